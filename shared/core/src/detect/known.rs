//! The state of a service's log lines besides its requests: which log patterns its errors have, and
//! how long it usually logs nothing. It is small and of bounded size.

use atalaya_logs::template;

use crate::baseline::wire::{Reader, Writer};
use crate::series::OTHER;
use crate::time::Minute;
use crate::view::MinuteView;

/// The most log patterns of errors that are remembered: the most recent ones.
const MAX_KINDS: usize = 24;

/// Minutes without a log pattern after which a run of it is over.
pub(crate) const RUN_ENDS: i64 = 10;

/// The factor by which a rate fades each minute: a memory of one day.
const DAY_FADE: f64 = 1.0 - 1.0 / 1_440.0;

/// The factor by which the longest silence fades each day, so that one long night does not blind
/// the detector for ever.
const SILENCE_FADE: f64 = 0.97;

/// A log pattern of errors, and how often it is logged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Known {
    /// Its fingerprint as a number; 0 stands for all errors together.
    pub(crate) id: u64,
    /// The first minute in which it was logged.
    pub(crate) first: Minute,
    /// The last minute in which it was logged.
    pub(crate) last: Minute,
    /// The first minute of its present run, or of its last one.
    pub(crate) since: Minute,
    /// How often it was logged in that run.
    pub(crate) run: u32,
    /// In how many minutes of that run it was logged.
    pub(crate) run_minutes: u32,
    /// Its rate per minute before that run, faded over a day.
    pub(crate) rate: f32,
    /// The last minute that `rate` has learnt.
    learnt: Minute,
}

/// The state of a service's log lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lines {
    /// The first minute with lines.
    pub(crate) began: Option<Minute>,
    /// The last minute with lines.
    pub(crate) last: Minute,
    /// The longest stretch without lines, in minutes, fading.
    pub(crate) longest: f32,
    /// Lines per minute, faded over a day.
    pub(crate) rate: f32,
    /// Log patterns of errors, by fingerprint.
    pub(crate) kinds: Vec<Known>,
}

impl Known {
    fn new(id: u64, minute: Minute) -> Self {
        Self {
            id,
            first: minute,
            last: minute.plus(-RUN_ENDS - 1),
            since: minute,
            run: 0,
            run_minutes: 0,
            rate: 0.0,
            learnt: minute,
        }
    }

    /// Returns its fingerprint as it is shown.
    pub(crate) fn name(&self) -> Box<str> {
        format!("{:012x}", self.id).into()
    }

    /// Returns whether its run still goes on.
    pub(crate) fn goes_on(&self, minute: Minute) -> bool {
        minute.0 - self.last.0 <= RUN_ENDS && self.run > 0
    }

    fn see(&mut self, minute: Minute, n: u64) {
        if minute.0 - self.last.0 > RUN_ENDS {
            (self.since, self.run, self.run_minutes) = (minute, 0, 0);
        }
        self.last = minute;
        self.run = self.run.saturating_add(n.try_into().unwrap_or(u32::MAX));
        self.run_minutes = self.run_minutes.saturating_add(1);
    }

    fn learn(&mut self, minute: Minute, n: u64) {
        let days = (minute.0 - self.learnt.0).clamp(0, 100_000) as i32;
        let kept = f64::from(self.rate) * DAY_FADE.powi(days);
        self.rate = narrow(kept + n as f64 * (1.0 - DAY_FADE));
        self.learnt = minute;
    }
}

impl Lines {
    /// Takes in a minute's lines, before the minute is judged.
    pub(crate) fn see(&mut self, view: &MinuteView) {
        let minute = view.minute;
        let all: u64 = view.errors.values().sum();
        for (id, n) in kinds_of(view).chain((all > 0).then_some((0, all))) {
            if let Some(at) = self.slot(id, minute) {
                self.kinds[at].see(minute, n);
            }
        }
    }

    /// Learns a judged minute. The rates of log patterns are learnt only if the minute is `calm`,
    /// which means that nothing is wrong.
    pub(crate) fn learn(&mut self, view: &MinuteView, calm: Calm) {
        let (minute, lines) = (view.minute, view.lines.count);
        if lines > 0 {
            let gap = (minute.0 - self.last.0 - 1).max(0) as f64;
            if self.began.is_some() {
                // An outage can at most about double the longest silence.
                let longest = f64::from(self.longest);
                let days = SILENCE_FADE.powf((gap + 1.0) / 1_440.0);
                self.longest = narrow((longest * days).max(gap.min(2.0 * longest + 5.0)));
            } else {
                self.began = Some(minute);
            }
            self.last = minute;
        }
        if self.began.is_none() {
            // Nothing is stored before the first minute with lines, so nothing is kept in memory
            // either.
            self.kinds.clear();
            return;
        }
        self.rate = narrow(f64::from(self.rate) * DAY_FADE + lines as f64 * (1.0 - DAY_FADE));
        if calm == Calm::Yes {
            let all: u64 = view.errors.values().sum();
            for (id, n) in kinds_of(view).chain((all > 0).then_some((0, all))) {
                if let Some(known) = self.kinds.iter_mut().find(|known| known.id == id) {
                    known.learn(minute, n);
                }
            }
        }
    }

    /// Returns how often all errors together are logged.
    pub(crate) fn all(&self) -> Option<&Known> {
        self.kinds.iter().find(|known| known.id == 0)
    }

    /// Returns the entry of a log pattern, and makes room for a new one.
    fn slot(&mut self, id: u64, minute: Minute) -> Option<usize> {
        if let Some(at) = self.kinds.iter().position(|known| known.id == id) {
            return Some(at);
        }
        if self.kinds.len() >= MAX_KINDS {
            let idle = |(_, known): &(usize, &Known)| known.id != 0 && !known.goes_on(minute);
            let oldest = self.kinds.iter().enumerate().filter(idle);
            let (oldest, _) = oldest.min_by_key(|(_, known)| (known.last, known.id))?;
            self.kinds.remove(oldest);
        }
        self.kinds.push(Known::new(id, minute));
        Some(self.kinds.len() - 1)
    }

    /// Writes the stored form.
    pub(crate) fn write(&self, writer: &mut Writer) {
        let Some(began) = self.began else {
            writer.byte(0);
            return;
        };
        writer.byte(1);
        writer.signed(began.0);
        let after = |minute: Minute| minute.0 - began.0;
        writer.signed(after(self.last));
        writer.whole(self.longest.to_bits().into());
        writer.whole(self.rate.to_bits().into());
        writer.whole(self.kinds.len() as u64);
        for known in &self.kinds {
            writer.whole(known.id);
            for minute in [known.first, known.last, known.since, known.learnt] {
                writer.signed(after(minute));
            }
            for n in [known.run, known.run_minutes, known.rate.to_bits()] {
                writer.whole(n.into());
            }
        }
    }

    /// Reads the stored form, or returns `None` where it is damaged.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        if reader.byte()? == 0 {
            return Some(Self::default());
        }
        let began = reader.signed()?;
        let minute = |reader: &mut Reader<'_>| Some(Minute(began.checked_add(reader.signed()?)?));
        let whole = |reader: &mut Reader<'_>| u32::try_from(reader.whole()?).ok();
        let float = |reader: &mut Reader<'_>| {
            let x = f32::from_bits(whole(reader)?);
            (x.is_finite() && x >= 0.0).then_some(x)
        };
        let mut lines = Self {
            began: Some(Minute(began)),
            last: minute(reader)?,
            longest: float(reader)?,
            rate: float(reader)?,
            kinds: Vec::new(),
        };
        for _ in 0..reader.whole()?.min(MAX_KINDS as u64) {
            lines.kinds.push(Known {
                id: reader.whole()?,
                first: minute(reader)?,
                last: minute(reader)?,
                since: minute(reader)?,
                learnt: minute(reader)?,
                run: whole(reader)?,
                run_minutes: whole(reader)?,
                rate: float(reader)?,
            });
        }
        Some(lines)
    }
}

/// Returns a number rounded as in the stored form, so that going on in memory and reading back give
/// the same.
fn narrow(x: f64) -> f32 {
    x as f32
}

/// Whether the baseline may learn a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calm {
    /// It may: nothing is wrong.
    Yes,
    /// It may not: something is wrong or has just changed.
    No,
}

/// Returns the log patterns of a minute's errors, by fingerprint; errors that count as `other` are
/// left out.
fn kinds_of(view: &MinuteView) -> impl Iterator<Item = (u64, u64)> {
    let named = view.errors.iter().filter(|(name, _)| &***name != OTHER);
    named.filter_map(|(name, n)| {
        let id = u64::from_str_radix(&template::id(name), 16).ok()?;
        Some((id, *n))
    })
}
