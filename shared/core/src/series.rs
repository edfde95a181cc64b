//! Series and their sums: the smallest values that merge.

use std::collections::BTreeMap;

use crate::sketch::Sketch;

pub use atalaya_logs::route::{MAX_NAME_BYTES, OTHER};

/// What a series is about. The order is part of stored keys and of output; append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeriesKind {
    /// All log records of a service: `count` is records, `errors` those at level error or fatal.
    Lines,
    /// Requests served on a route.
    Route,
    /// Calls made to a dependency.
    Dependency,
    /// Records at level warn of one log pattern: see [`template`](atalaya_logs::template).
    Warning,
    /// Records at level error or worse of one log pattern.
    Error,
}

impl SeriesKind {
    /// Returns whether the series counts the messages of a log pattern.
    #[must_use]
    pub const fn is_message(self) -> bool {
        matches!(self, Self::Warning | Self::Error)
    }
}

/// A series of one service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesName {
    /// What it is about.
    pub kind: SeriesKind,
    /// The route template, the dependency's name or the log pattern's template; empty for
    /// [`SeriesKind::Lines`].
    pub name: Box<str>,
}

impl SeriesName {
    /// Returns the series of all log records of a service.
    #[must_use]
    pub fn lines() -> Self {
        Self {
            kind: SeriesKind::Lines,
            name: Box::default(),
        }
    }

    /// Returns the series of requests on a route.
    #[must_use]
    pub fn route(template: &str) -> Self {
        Self {
            kind: SeriesKind::Route,
            name: template.into(),
        }
    }

    /// Returns the series of calls to a dependency.
    #[must_use]
    pub fn dependency(name: &str) -> Self {
        Self {
            kind: SeriesKind::Dependency,
            name: name.into(),
        }
    }
}

/// The sums of a series within a minute. Merging commutes and associates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Requests, calls or log records.
    pub count: u64,
    /// 5xx answers and failures of our own; failed calls; records at error level.
    pub errors: u64,
    /// 4xx answers.
    pub client_errors: u64,
    /// Durations of the requests or calls whose line gives one.
    pub latency: Sketch,
    /// Errors by what the line blames: a dependency, an error type or a status.
    pub causes: BTreeMap<Box<str>, u64>,
}

impl Sums {
    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.errors = self.errors.saturating_add(other.errors);
        self.client_errors = self.client_errors.saturating_add(other.client_errors);
        self.latency.merge(&other.latency);
        for (cause, n) in &other.causes {
            self.add_cause(cause, *n);
        }
    }

    /// Adds `n` errors to a cause.
    pub fn add_cause(&mut self, cause: &str, n: u64) {
        if let Some(count) = self.causes.get_mut(cause) {
            *count = count.saturating_add(n);
        } else {
            self.causes.insert(cause.into(), n);
        }
    }

    /// Returns whether nothing was summed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sums() -> impl Strategy<Value = Sums> {
        let causes = prop::collection::btree_map("[ab]", 1..9_u64, 0..3);
        let latency = prop::collection::vec(0.0_f64..1e5, 0..9);
        (0..99_u64, 0..9_u64, 0..9_u64, latency, causes).prop_map(
            |(count, errors, client, ms, by)| {
                let mut sums = Sums {
                    count,
                    errors,
                    client_errors: client,
                    ..Sums::default()
                };
                for ms in ms {
                    sums.latency.add(ms);
                }
                for (cause, n) in by {
                    sums.add_cause(&cause, n);
                }
                sums
            },
        )
    }

    proptest! {
        #[test]
        fn merging_is_blind_to_order(a in sums(), b in sums(), c in sums()) {
            let fold = |parts: [&Sums; 3]| {
                let mut all = Sums::default();
                for part in parts {
                    all.merge(part);
                }
                all
            };
            prop_assert_eq!(fold([&a, &b, &c]), fold([&c, &a, &b]));
        }
    }
}
