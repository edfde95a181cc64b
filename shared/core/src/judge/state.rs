//! What is remembered of a service between two minutes: how far it was judged, its last minutes, and what is normal.
//! One document of at most 16 KB, in a frozen form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::baseline::pack::{pack_varints, unpack_varints};
use crate::baseline::{Baseline, v1 as baseline_v1};
use crate::detect::{Slice, Subject};
use crate::time::Minute;

/// How many of the last minutes are remembered.
pub const RECENT: usize = 15;

/// The most dependencies of a service whose baselines are kept: the busiest.
pub const MAX_DEPENDENCIES: usize = 8;

/// The most routes of a service whose baselines are kept: the busiest.
pub const MAX_ROUTES: usize = 6;

/// The most that the stored form may take, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// The longest name of a route or dependency that gets a baseline of its own, in bytes.
const MAX_NAME: usize = 64;

/// What is known of a subject.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tracked {
    pub(crate) baseline: Baseline,
    /// The last minutes, the newest last; always [`RECENT`] of them.
    pub(crate) recent: Vec<Slice>,
}

/// What is remembered of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceState {
    /// The last minute that was judged and learnt.
    pub closed_through: Option<Minute>,
    /// Healthy minutes in a row, while an incident is open.
    pub(crate) healthy: u32,
    /// When the calls of dependencies became unusual, while an incident is open.
    pub(crate) suspects: BTreeMap<Box<str>, Minute>,
    pub(crate) subjects: BTreeMap<Subject, Tracked>,
}

impl Default for ServiceState {
    fn default() -> Self {
        let requests = Tracked::new(Baseline::of_service());
        Self {
            closed_through: None,
            healthy: 0,
            suspects: BTreeMap::new(),
            subjects: BTreeMap::from([(Subject::Requests, requests)]),
        }
    }
}

impl Tracked {
    fn new(baseline: Baseline) -> Self {
        Self {
            baseline,
            recent: vec![Slice::default(); RECENT],
        }
    }

    pub(crate) fn push(&mut self, slice: Slice) {
        self.recent.remove(0);
        self.recent.push(slice);
    }
}

impl ServiceState {
    /// Makes room for a subject with `count` requests in this minute: while there is room, or in the place of one that
    /// has seen less than that in all of the last day.
    pub(crate) fn admit(&mut self, subject: &Subject, count: u64) {
        let (name, most) = match subject {
            Subject::Requests => return,
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
            .insert(subject.clone(), Tracked::new(Baseline::of_part()));
    }

    /// Returns the stored form, at most [`MAX_BYTES`].
    #[must_use]
    pub fn encode(&self) -> String {
        let subject = |(subject, tracked): (&Subject, &Tracked)| v1::Tracked {
            subject: subject.to_string(),
            baseline: tracked.baseline.store(),
            recent: pack_varints(tracked.recent.iter().flat_map(numbers)),
        };
        let v1 = v1::State {
            v: 1,
            through: self.closed_through.map(|minute| minute.0),
            healthy: self.healthy,
            suspects: self
                .suspects
                .iter()
                .map(|(name, since)| (name.to_string(), since.0))
                .collect(),
            subjects: self.subjects.iter().map(subject).collect(),
        };
        serde_json::to_string(&v1).expect("strings and numbers always encode")
    }

    /// Reads the stored form.
    pub fn decode(body: &str) -> Result<Self, StateError> {
        let v1: v1::State = serde_json::from_str(body)?;
        if v1.v != 1 {
            return Err(StateError::Version(v1.v));
        }
        let mut state = Self {
            closed_through: v1.through.map(Minute),
            healthy: v1.healthy,
            suspects: v1
                .suspects
                .into_iter()
                .map(|(name, since)| (name.into(), Minute(since)))
                .collect(),
            ..Self::default()
        };
        for stored in v1.subjects {
            let damaged = || StateError::Damaged(stored.subject.clone());
            let subject: Subject = stored.subject.parse().map_err(|_| damaged())?;
            let baseline = Baseline::restore(&stored.baseline).ok_or_else(damaged)?;
            let numbers = unpack_varints(&stored.recent).ok_or_else(damaged)?;
            let (slices, rest) = numbers.as_chunks::<8>();
            if slices.len() != RECENT || !rest.is_empty() {
                return Err(damaged());
            }
            let recent = slices.iter().map(slice).collect();
            state.subjects.insert(subject, Tracked { baseline, recent });
        }
        Ok(state)
    }
}

fn numbers(slice: &Slice) -> [u32; 8] {
    [
        slice.count,
        slice.errors,
        slice.timed,
        slice.slow,
        slice.p50,
        slice.p90,
        slice.due,
        slice.blamed,
    ]
}

fn slice(numbers: &[u32; 8]) -> Slice {
    let [count, errors, timed, slow, p50, p90, due, blamed] = *numbers;
    Slice {
        count,
        errors,
        timed,
        slow,
        p50,
        p90,
        due,
        blamed,
    }
}

/// Why a stored state cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It is not the JSON that was written.
    #[error("stored state is not readable")]
    Json(#[from] serde_json::Error),
    /// It is of a version that this program does not know.
    #[error("stored state has version {0}; this program reads version 1")]
    Version(u8),
    /// The numbers of a subject are not what was written.
    #[error("stored state is damaged at {0}")]
    Damaged(String),
}

/// The stored form, frozen.
mod v1 {
    use super::{Deserialize, Serialize, baseline_v1};

    #[derive(Serialize, Deserialize)]
    pub(super) struct State {
        pub(super) v: u8,
        pub(super) through: Option<i64>,
        pub(super) healthy: u32,
        pub(super) suspects: Vec<(String, i64)>,
        pub(super) subjects: Vec<Tracked>,
    }

    #[derive(Serialize, Deserialize)]
    pub(super) struct Tracked {
        #[serde(rename = "n")]
        pub(super) subject: String,
        #[serde(rename = "b")]
        pub(super) baseline: baseline_v1::Stored,
        #[serde(rename = "r")]
        pub(super) recent: String,
    }
}
