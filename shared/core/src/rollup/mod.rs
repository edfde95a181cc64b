//! Rollups: the sums of an hour of a service, from which error budgets and reports are computed.
//!
//! A rollup is summed from the windows of its hour. Rollups merge as windows do, so hours make a day, in any order.

mod v1;

use std::collections::BTreeMap;

use crate::judge::MinuteView;
use crate::series::{OTHER, Sums};
use crate::sketch::Sketch;
use crate::time::Minute;

pub use v1::RollupError;

/// The most that the stored form may take, in bytes: DynamoDB takes items of 400 KB.
pub const MAX_BYTES: usize = 300 * 1024;

/// Minutes that a rollup sums.
pub const MINUTES: i64 = 60;

/// Returns the first minute of the hour of a minute, which is the key of the hour's rollup.
#[must_use]
pub const fn hour_of(minute: Minute) -> Minute {
    Minute(minute.0 - minute.0.rem_euclid(MINUTES))
}

/// The sums of one hour of a service, or of several hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rollup {
    /// Requests served, by route.
    pub routes: BTreeMap<Box<str>, Served>,
    /// Calls made, by dependency.
    pub dependencies: BTreeMap<Box<str>, Called>,
}

/// Requests served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// Those that did not fail; answers of 4xx are among them.
    pub good: u64,
    /// Those that failed: answers of 5xx, and failures of our own.
    pub bad: u64,
    /// Those that count for no objective; 0 as yet.
    pub excluded: u64,
    /// Answers of 4xx, for objectives that leave them out.
    pub client_errors: u64,
    /// Those that failed, by the cause that their lines name.
    pub causes: BTreeMap<Box<str>, u64>,
    /// Durations of those whose line gives one: latency objectives are counted from them, within
    /// the sketch's error.
    pub latency: Sketch,
}

/// Calls made to a dependency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called {
    /// All of them.
    pub calls: u64,
    /// Those that failed.
    pub failed: u64,
    /// Durations of those whose line gives one.
    pub latency: Sketch,
}

impl Rollup {
    /// Adds a minute.
    pub fn add(&mut self, view: &MinuteView) {
        for (name, sums) in &view.routes {
            let route = self.routes.entry(name.clone()).or_default();
            route.merge(&Served::of(sums));
        }
        for (name, sums) in &view.dependencies {
            let dependency = self.dependencies.entry(name.clone()).or_default();
            dependency.merge(&Called::of(sums));
        }
    }

    /// Adds the sums of another rollup, which must be of another hour: the same hour twice would
    /// count twice.
    pub fn merge(&mut self, other: &Self) {
        for (name, served) in &other.routes {
            self.routes.entry(name.clone()).or_default().merge(served);
        }
        for (name, called) in &other.dependencies {
            let dependency = self.dependencies.entry(name.clone()).or_default();
            dependency.merge(called);
        }
    }

    /// Returns the requests of all routes.
    #[must_use]
    pub fn requests(&self) -> Served {
        let mut all = Served::default();
        for served in self.routes.values() {
            all.merge(served);
        }
        all
    }

    /// Returns whether there was neither a request nor a call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty() && self.dependencies.is_empty()
    }

    /// Returns the stored form: some 150 bytes for each route and dependency, at most [`MAX_BYTES`]. Where it would be
    /// longer, routes and dependencies with the fewest requests and calls count as [`OTHER`].
    #[must_use]
    pub fn encode(&self) -> String {
        let mut body = v1::write(self);
        let mut folded = None;
        while body.len() > MAX_BYTES {
            let folded: &mut Self = folded.get_or_insert_with(|| self.clone());
            let [routes, dependencies] = [folded.routes.len(), folded.dependencies.len()];
            fold(&mut folded.routes, Served::total, Served::merge);
            fold(
                &mut folded.dependencies,
                |called| called.calls,
                Called::merge,
            );
            if (folded.routes.len(), folded.dependencies.len()) == (routes, dependencies) {
                break;
            }
            body = v1::write(folded);
        }
        body
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// Refuses bytes that [`Self::encode`] did not write.
    pub fn decode(body: &str) -> Result<Self, RollupError> {
        v1::read(body)
    }
}

/// Merges the half with the smallest counts into [`OTHER`]; among equal counts, those that come
/// first by name.
fn fold<T: Default>(
    named: &mut BTreeMap<Box<str>, T>,
    count: impl Fn(&T) -> u64,
    merge: impl Fn(&mut T, &T),
) {
    let mut fewest: Vec<(u64, Box<str>)> = named
        .iter()
        .filter(|(name, _)| &***name != OTHER)
        .map(|(name, sums)| (count(sums), name.clone()))
        .collect();
    fewest.sort_unstable();
    let mut other = named.remove(OTHER).unwrap_or_default();
    for (_, name) in fewest.iter().take(fewest.len().div_ceil(2)) {
        if let Some(sums) = named.remove(name) {
            merge(&mut other, &sums);
        }
    }
    named.insert(OTHER.into(), other);
}

impl Served {
    fn of(sums: &Sums) -> Self {
        Self {
            good: sums.count.saturating_sub(sums.errors),
            bad: sums.errors,
            excluded: 0,
            client_errors: sums.client_errors,
            causes: sums.causes.clone(),
            latency: sums.latency.clone(),
        }
    }

    /// Returns how many there are in all.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.good
            .saturating_add(self.bad)
            .saturating_add(self.excluded)
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        self.good = self.good.saturating_add(other.good);
        self.bad = self.bad.saturating_add(other.bad);
        self.excluded = self.excluded.saturating_add(other.excluded);
        self.client_errors = self.client_errors.saturating_add(other.client_errors);
        for (cause, n) in &other.causes {
            let count = self.causes.entry(cause.clone()).or_default();
            *count = count.saturating_add(*n);
        }
        self.latency.merge(&other.latency);
    }
}

impl Called {
    fn of(sums: &Sums) -> Self {
        Self {
            calls: sums.count,
            failed: sums.errors,
            latency: sums.latency.clone(),
        }
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failed = self.failed.saturating_add(other.failed);
        self.latency.merge(&other.latency);
    }
}

#[cfg(test)]
mod tests;
