//! The first stored form of a service's state, frozen: JSON of packed numbers. It is read and never written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::Deserialize;

use super::state::{RECENT, ServiceState, StateError, Tracked};
use crate::baseline::v1 as baseline;
use crate::baseline::wire::Reader;
use crate::detect::{Slice, Subject};
use crate::time::Minute;

#[derive(Deserialize)]
struct StoredState {
    v: u8,
    through: Option<i64>,
    healthy: u32,
    suspects: Vec<(String, i64)>,
    subjects: Vec<StoredSubject>,
}

#[derive(Deserialize)]
struct StoredSubject {
    #[serde(rename = "n")]
    subject: String,
    #[serde(rename = "b")]
    baseline: baseline::Stored,
    #[serde(rename = "r")]
    recent: String,
}

/// Reads the first version.
pub(super) fn read(body: &str) -> Result<ServiceState, StateError> {
    let stored: StoredState = serde_json::from_str(body)?;
    if stored.v != 1 {
        return Err(StateError::Version(stored.v));
    }
    let suspects = stored.suspects.into_iter();
    let mut state = ServiceState {
        closed_through: stored.through.map(Minute),
        healthy: stored.healthy,
        suspects: suspects
            .map(|(name, since)| (name.into(), Minute(since)))
            .collect(),
        ..ServiceState::default()
    };
    for stored in stored.subjects {
        let damaged = || StateError::Damaged(stored.subject.clone());
        let subject: Subject = stored.subject.parse().map_err(|_| damaged())?;
        let baseline = stored.baseline.restore().ok_or_else(damaged)?;
        let recent = recent(&stored.recent).ok_or_else(damaged)?;
        let mut tracked = Tracked::new(&subject, baseline);
        tracked.recent = recent;
        state.subjects.insert(subject, tracked);
    }
    Ok(state)
}

/// Reads the last minutes: eight varints each.
fn recent(text: &str) -> Option<Vec<Slice>> {
    let bytes = BASE64.decode(text).ok()?;
    let mut reader = Reader::new(&bytes);
    let mut next = || u32::try_from(reader.whole()?).ok();
    let mut slices = Vec::with_capacity(RECENT);
    for _ in 0..RECENT {
        slices.push(Slice {
            count: next()?,
            errors: next()?,
            timed: next()?,
            slow: next()?,
            p50: next()?,
            p90: next()?,
            due: next()?,
            blamed: next()?,
            ..Slice::default()
        });
    }
    reader.is_over().then_some(slices)
}
