//! The evidence of a finding, as data: counts, the minutes they cover, and what is normal. The
//! words for it are chosen where it is shown.

/// How many of all requests or calls of the last minutes were bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many failed, or were slow.
    pub bad: u64,
    /// Of how many requests or calls.
    pub of: u64,
    /// How many minutes, the newest ones, these counts cover.
    pub minutes: u32,
}

impl Counted {
    /// Returns the share of bad ones, 0 to 1; 0 of nothing.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.of > 0 {
            self.bad as f64 / self.of as f64
        } else {
            0.0
        }
    }
}

/// A value that was seen, and the normal one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// What was seen.
    pub seen: f64,
    /// What is normal.
    pub normal: f64,
}

/// The series of a whole service whose level is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The median latency, in milliseconds.
    Latency,
    /// Requests a minute.
    Traffic,
}

/// The evidence of a finding. Shares are 0 to 1, durations milliseconds.
///
/// For slowness, `longer_than_ms` is the duration beyond which a request or call is slow; `None`
/// stands for all requests of a service, each of which is compared with the threshold of its route.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// A share failed that is unlikely at this hour.
    Failed {
        /// What failed.
        counted: Counted,
        /// The share that fails at this hour.
        normal: f64,
        /// The largest share that fails by chance.
        by_chance: f64,
    },
    /// A share failed for an hour or more.
    FailedForHours {
        /// What failed.
        counted: Counted,
        /// The share that fails normally.
        normal: f64,
    },
    /// A share failed since a deployment.
    FailedSinceDeployment {
        /// What failed.
        counted: Counted,
        /// The share that failed before it.
        before: f64,
        /// Minutes since the deployment.
        after: u32,
    },
    /// A share was slow.
    Slow {
        /// What was slow.
        counted: Counted,
        /// Beyond which duration.
        longer_than_ms: Option<f64>,
        /// The share that is slow normally.
        normal: f64,
        /// The median.
        p50_ms: Compared,
        /// The ninth decile.
        p90_ms: Compared,
    },
    /// A share was slow for an hour or more.
    SlowForHours {
        /// What was slow.
        counted: Counted,
        /// Beyond which duration.
        longer_than_ms: Option<f64>,
        /// The share that is slow normally.
        normal: f64,
        /// The ninth decile of these hours.
        p90_ms: Compared,
        /// The ninth decile of the newest minutes.
        lately_p90_ms: f64,
        /// How many newest minutes these are.
        lately_minutes: u32,
    },
    /// A share was slow since a deployment.
    SlowSinceDeployment {
        /// The share that was slow.
        share: f64,
        /// The share that was slow before it.
        before: f64,
        /// The ninth decile.
        p90_ms: Compared,
        /// Minutes since the deployment.
        after: u32,
    },
    /// A share was slower than the slowest usually are.
    FarSlower {
        /// What was far slower.
        counted: Counted,
        /// Beyond which duration.
        longer_than_ms: Option<f64>,
        /// The share that is far slower normally.
        normal: f64,
    },
    /// Fewer requests came, or were completed, than were due.
    Fewer {
        /// How many came.
        came: f64,
        /// How many were due.
        due: f64,
        /// How many minutes, the newest ones, these counts cover.
        minutes: u32,
        /// The fewest that would be ordinary.
        ordinary: f64,
    },
    /// No line was logged.
    NoLines {
        /// For how many minutes.
        minutes: u32,
        /// The lines that were due in them.
        due: f64,
        /// The longest time without lines of late, in minutes.
        longest: f64,
    },
    /// Errors of a log pattern that was never logged before.
    NewPattern {
        /// Minutes since it was first logged.
        age: u32,
        /// How often it was logged since.
        count: u32,
    },
    /// Errors of a log pattern that is logged far more often than usual.
    PatternSurge {
        /// How often.
        count: u32,
        /// In how many minutes.
        minutes: u32,
        /// How many times as often as usual.
        times: f64,
    },
    /// A series shifted to another level.
    Shift {
        /// The series.
        level: Level,
        /// Over how many minutes the value was taken.
        minutes: u32,
        /// The value: milliseconds, or requests a minute.
        seen: f64,
        /// The lowest usual value at this hour.
        low: f64,
        /// The highest usual value at this hour.
        high: f64,
    },
    /// The words of a finding that was stored before evidence was data.
    Text(String),
}
