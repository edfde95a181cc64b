//! The state of a service, kept between two minutes: how far it was judged, its last minutes, and
//! its baselines.

use std::collections::BTreeMap;

use super::recurrence::Recurrences;
use super::{v1, v2};
use crate::baseline::{Baseline, Counts, Signal, WINDOW};
use crate::detect::known::Lines;
use crate::detect::{QUARTER, Quarter, Slice, Subject};
use crate::sketch::Sketch;
use crate::time::Minute;

/// How many of the last minutes are kept one by one.
pub const RECENT: usize = 15;

/// The most dependencies of a service whose baselines are kept: the busiest.
pub const MAX_DEPENDENCIES: usize = 8;

/// The most routes of a service whose baselines are kept: the busiest.
pub const MAX_ROUTES: usize = 6;

/// The most that the stored form may take, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// The longest name of a route or dependency that gets a baseline of its own, in bytes.
const MAX_NAME: usize = 64;

/// The baseline and the recent past of a subject.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tracked {
    pub(crate) baseline: Baseline,
    /// The last minutes, the newest last; always [`RECENT`] of them.
    pub(crate) recent: Vec<Slice>,
    /// The quarter hours before them, the newest last; always [`quarters`] of them.
    pub(crate) quarters: Vec<Quarter>,
}

/// Returns how many quarter hours are kept for a subject: four hours of requests, and one hour of
/// calls to a dependency.
pub(super) const fn quarters(of: &Subject) -> usize {
    match of {
        Subject::Dependency(_) => 4,
        _ => 16,
    }
}

/// The state of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceState {
    /// The last minute that was judged.
    pub closed_through: Option<Minute>,
    /// Healthy minutes in a row while an alert is open.
    pub(crate) healthy: u32,
    /// The minute in which calls to each suspected dependency became unusual, while an alert is
    /// open.
    pub(crate) suspects: BTreeMap<Box<str>, Minute>,
    pub(crate) subjects: BTreeMap<Subject, Tracked>,
    /// The log patterns of its errors, and how long it usually logs nothing.
    pub(crate) lines: Lines,
    /// The signals whose new level was just accepted as normal, while the baseline still learns it.
    pub(crate) settling: Option<Settling>,
    /// The findings that come at the same time of day.
    pub(super) recurrences: Recurrences,
}

/// Signals whose changed level was accepted as normal and is being learnt; their findings are not
/// reported meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Settling {
    /// The last minute of learning.
    pub(crate) until: Minute,
    /// The signals, one bit each.
    pub(super) signals: u8,
}

impl Settling {
    const fn bit(signal: Signal) -> u8 {
        match signal {
            Signal::Traffic => 1,
            Signal::Errors => 2,
            Signal::Latency => 4,
        }
    }

    pub(super) const fn add(&mut self, signal: Signal) {
        self.signals |= Self::bit(signal);
    }

    pub(super) const fn covers(self, signal: Signal) -> bool {
        self.signals & Self::bit(signal) != 0
    }
}

impl Default for ServiceState {
    fn default() -> Self {
        let requests = Tracked::new(&Subject::Requests, Baseline::of_service());
        Self {
            closed_through: None,
            healthy: 0,
            suspects: BTreeMap::new(),
            subjects: BTreeMap::from([(Subject::Requests, requests)]),
            lines: Lines::default(),
            settling: None,
            recurrences: Recurrences::default(),
        }
    }
}

impl Tracked {
    pub(super) fn new(subject: &Subject, baseline: Baseline) -> Self {
        Self {
            baseline,
            recent: vec![Slice::default(); RECENT],
            quarters: vec![Quarter::default(); quarters(subject)],
        }
    }

    /// Adds the newest minute. The oldest minute drops out of `recent` and is summed into its
    /// quarter hour.
    pub(crate) fn push(&mut self, minute: Minute, slice: Slice) {
        let past = self.recent.remove(0);
        self.recent.push(slice);
        if minute.plus(-(RECENT as i64)).0.rem_euclid(QUARTER) == 0 {
            self.quarters.remove(0);
            self.quarters.push(Quarter::default());
        }
        if let Some(quarter) = self.quarters.last_mut() {
            quarter.add(&past);
        }
    }

    /// Teaches the baseline the minute that was pushed last; `latency` holds that minute's
    /// durations.
    pub(crate) fn learn(&mut self, minute: Minute, latency: &Sketch) {
        let from = self.recent.len().saturating_sub(WINDOW);
        let lately = self.recent[from..].iter().map(counts).sum();
        let now = self.recent.last().map(counts).unwrap_or_default();
        self.baseline.learn(minute, latency, now, lately);
    }
}

impl ServiceState {
    /// Begins to track a route or dependency that has `count` requests in this minute. While there
    /// is a free place it gets that; else it takes the place of the least busy one, if that had
    /// fewer requests in the whole last day.
    pub(crate) fn admit(&mut self, subject: &Subject, count: u64) {
        let (name, most) = match subject {
            Subject::Requests | Subject::Lines | Subject::Message(_) => return,
            Subject::Route(name) => (name, MAX_ROUTES),
            Subject::Dependency(name) => (name, MAX_DEPENDENCIES),
        };
        if name.len() > MAX_NAME || self.subjects.contains_key(subject) {
            return;
        }
        let same =
            |other: &&Subject| std::mem::discriminant(*other) == std::mem::discriminant(subject);
        if self.subjects.keys().filter(same).count() >= most {
            let volume = |(_, tracked): &(&Subject, &Tracked)| tracked.baseline.volume();
            let rivals = self.subjects.iter().filter(|(other, _)| same(other));
            let least = rivals.min_by(|a, b| volume(a).total_cmp(&volume(b)));
            let Some((weakest, tracked)) = least else {
                return;
            };
            if tracked.baseline.volume() >= count as f64 {
                return;
            }
            let weakest = weakest.clone();
            self.subjects.remove(&weakest);
        }
        self.subjects
            .insert(subject.clone(), Tracked::new(subject, Baseline::of_part()));
    }

    /// Returns the stored form, at most [`MAX_BYTES`].
    #[must_use]
    pub fn encode(&self) -> String {
        v2::write(self)
    }

    /// Reads the stored form, in the current version or an earlier one.
    pub fn decode(body: &str) -> Result<Self, StateError> {
        if body.starts_with('{') {
            v1::read(body)
        } else {
            v2::read(body)
        }
    }
}

fn counts(slice: &Slice) -> Counts {
    Counts {
        count: slice.count.into(),
        errors: slice.errors.into(),
        timed: slice.timed.into(),
        slow: slice.slow.into(),
        tail: slice.tail.into(),
    }
}

/// Why a stored state cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It is not the JSON that the first version wrote.
    #[error("stored state is not readable")]
    Json(#[from] serde_json::Error),
    /// It is not base64.
    #[error("stored state is not readable")]
    Base64(#[from] base64::DecodeError),
    /// It is of a version that this program does not know.
    #[error("stored state has version {0}; this program reads versions 1 and 2")]
    Version(u8),
    /// The named part of the bytes is not what [`ServiceState::encode`] writes.
    #[error("stored state is damaged at {0}")]
    Damaged(String),
}
