//! The second stored form of a service's state, frozen: bytes in base64, the version first.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use super::columns;
use super::recurrence::Recurrences;
use super::state::{self, RECENT, ServiceState, StateError, Tracked};
use crate::baseline::Baseline;
use crate::baseline::wire::{Reader, Writer};
use crate::detect::Subject;
use crate::detect::known::Lines;
use crate::time::Minute;

const VERSION: u8 = 2;

/// Returns the stored form.
pub(super) fn write(state: &ServiceState) -> String {
    let mut writer = Writer::default();
    writer.byte(VERSION);
    // The smallest number stands for "no minute was judged yet".
    writer.signed(state.closed_through.map_or(i64::MIN, |minute| minute.0));
    writer.whole(state.healthy.into());
    writer.whole(state.suspects.len() as u64);
    for (name, since) in &state.suspects {
        writer.bytes(name.as_bytes());
        writer.signed(since.0);
    }
    state.lines.write(&mut writer);
    writer.byte(state.settling.map_or(0, |settling| settling.signals));
    if let Some(settling) = state.settling {
        writer.signed(settling.until.0);
    }
    state.recurrences.write(&mut writer);
    writer.whole(state.subjects.len() as u64);
    for (subject, tracked) in &state.subjects {
        let (kind, name) = match subject {
            Subject::Requests => (0, ""),
            Subject::Route(name) => (1, &**name),
            Subject::Dependency(name) => (2, &**name),
            // These have no baseline: the state of log lines is written before the subjects.
            Subject::Lines | Subject::Message(_) => continue,
        };
        writer.byte(kind);
        writer.bytes(name.as_bytes());
        tracked.baseline.write(&mut writer);
        columns::write(&tracked.recent, &mut writer);
        columns::write_quarters(&tracked.quarters, &mut writer);
    }
    BASE64.encode(writer.into_bytes())
}

/// Reads the stored form.
pub(super) fn read(body: &str) -> Result<ServiceState, StateError> {
    let bytes = BASE64.decode(body)?;
    let mut reader = Reader::new(&bytes);
    let version = reader.byte().unwrap_or_default();
    if version != VERSION {
        return Err(StateError::Version(version));
    }
    let damaged = |what: &str| StateError::Damaged(what.to_owned());
    let (mut state, subjects) = head(&mut reader).ok_or_else(|| damaged("its head"))?;
    for _ in 0..subjects {
        let subject = subject(&mut reader).ok_or_else(|| damaged("a name"))?;
        let tracked = tracked(&subject, &mut reader);
        let tracked = tracked.ok_or_else(|| damaged(&subject.to_string()))?;
        state.subjects.insert(subject, tracked);
    }
    if reader.is_over() {
        Ok(state)
    } else {
        Err(damaged("its end"))
    }
}

fn head(reader: &mut Reader<'_>) -> Option<(ServiceState, u64)> {
    let through = reader.signed()?;
    let mut state = ServiceState {
        closed_through: (through != i64::MIN).then_some(Minute(through)),
        healthy: u32::try_from(reader.whole()?).ok()?,
        ..ServiceState::default()
    };
    for _ in 0..reader.whole()? {
        let name = name(reader)?;
        state.suspects.insert(name, Minute(reader.signed()?));
    }
    state.lines = Lines::read(reader)?;
    let signals = reader.byte()?;
    if signals != 0 {
        let until = Minute(reader.signed()?);
        state.settling = Some(state::Settling { until, signals });
    }
    state.recurrences = Recurrences::read(reader)?;
    Some((state, reader.whole()?))
}

fn subject(reader: &mut Reader<'_>) -> Option<Subject> {
    let (kind, name) = (reader.byte()?, name(reader)?);
    match kind {
        0 => Some(Subject::Requests),
        1 => Some(Subject::Route(name)),
        2 => Some(Subject::Dependency(name)),
        _ => None,
    }
}

fn name(reader: &mut Reader<'_>) -> Option<Box<str>> {
    String::from_utf8(reader.bytes()?).ok().map(Into::into)
}

fn tracked(subject: &Subject, reader: &mut Reader<'_>) -> Option<Tracked> {
    let new = match subject {
        Subject::Requests => Baseline::of_service(),
        _ => Baseline::of_part(),
    };
    Some(Tracked {
        baseline: new.read(reader)?,
        recent: columns::read(RECENT, reader)?,
        quarters: columns::read_quarters(state::quarters(subject), reader)?,
    })
}
