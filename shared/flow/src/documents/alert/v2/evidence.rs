//! The evidence of a stored finding.

use atalaya_core::detect;
use serde::{Deserialize, Serialize};

/// The number of bad requests, of all requests, and the number of minutes.
type Counted = (u64, u64, u32);

/// The observed value, and the baseline.
type Compared = (f64, f64);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Evidence {
    Failed {
        counted: Counted,
        normal: f64,
        by_chance: f64,
    },
    FailedForHours {
        counted: Counted,
        normal: f64,
    },
    FailedSinceDeployment {
        counted: Counted,
        before: f64,
        after: u32,
    },
    Slow {
        counted: Counted,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        longer_than_ms: Option<f64>,
        normal: f64,
        p50_ms: Compared,
        p90_ms: Compared,
    },
    SlowForHours {
        counted: Counted,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        longer_than_ms: Option<f64>,
        normal: f64,
        p90_ms: Compared,
        lately_p90_ms: f64,
        lately_minutes: u32,
    },
    SlowSinceDeployment {
        share: f64,
        before: f64,
        p90_ms: Compared,
        after: u32,
    },
    FarSlower {
        counted: Counted,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        longer_than_ms: Option<f64>,
        normal: f64,
    },
    Fewer {
        came: f64,
        due: f64,
        minutes: u32,
        ordinary: f64,
    },
    NoLines {
        minutes: u32,
        due: f64,
        longest: f64,
    },
    NewPattern {
        age: u32,
        count: u32,
    },
    PatternSurge {
        count: u32,
        minutes: u32,
        times: f64,
    },
    Shift {
        level: Level,
        minutes: u32,
        seen: f64,
        low: f64,
        high: f64,
    },
    Text(String),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Latency,
    Traffic,
}

impl Evidence {
    pub(super) fn of(evidence: &detect::Evidence) -> Self {
        match evidence.clone() {
            detect::Evidence::Failed {
                counted,
                normal,
                by_chance,
            } => Self::Failed {
                counted: stored_counted(counted),
                normal,
                by_chance,
            },
            detect::Evidence::FailedForHours { counted, normal } => Self::FailedForHours {
                counted: stored_counted(counted),
                normal,
            },
            detect::Evidence::FailedSinceDeployment {
                counted,
                before,
                after,
            } => Self::FailedSinceDeployment {
                counted: stored_counted(counted),
                before,
                after,
            },
            detect::Evidence::Slow {
                counted,
                longer_than_ms,
                normal,
                p50_ms,
                p90_ms,
            } => Self::Slow {
                counted: stored_counted(counted),
                longer_than_ms,
                normal,
                p50_ms: stored_compared(p50_ms),
                p90_ms: stored_compared(p90_ms),
            },
            detect::Evidence::SlowForHours {
                counted,
                longer_than_ms,
                normal,
                p90_ms,
                lately_p90_ms,
                lately_minutes,
            } => Self::SlowForHours {
                counted: stored_counted(counted),
                longer_than_ms,
                normal,
                p90_ms: stored_compared(p90_ms),
                lately_p90_ms,
                lately_minutes,
            },
            detect::Evidence::SlowSinceDeployment {
                share,
                before,
                p90_ms,
                after,
            } => Self::SlowSinceDeployment {
                share,
                before,
                p90_ms: stored_compared(p90_ms),
                after,
            },
            detect::Evidence::FarSlower {
                counted,
                longer_than_ms,
                normal,
            } => Self::FarSlower {
                counted: stored_counted(counted),
                longer_than_ms,
                normal,
            },
            detect::Evidence::Fewer {
                came,
                due,
                minutes,
                ordinary,
            } => Self::Fewer {
                came,
                due,
                minutes,
                ordinary,
            },
            detect::Evidence::NoLines {
                minutes,
                due,
                longest,
            } => Self::NoLines {
                minutes,
                due,
                longest,
            },
            detect::Evidence::NewPattern { age, count } => Self::NewPattern { age, count },
            detect::Evidence::PatternSurge {
                count,
                minutes,
                times,
            } => Self::PatternSurge {
                count,
                minutes,
                times,
            },
            detect::Evidence::Shift {
                level,
                minutes,
                seen,
                low,
                high,
            } => Self::Shift {
                level: stored_level(level),
                minutes,
                seen,
                low,
                high,
            },
            detect::Evidence::Text(words) => Self::Text(words),
        }
    }

    pub(super) fn read(self) -> detect::Evidence {
        match self {
            Self::Failed {
                counted,
                normal,
                by_chance,
            } => detect::Evidence::Failed {
                counted: read_counted(counted),
                normal,
                by_chance,
            },
            Self::FailedForHours { counted, normal } => detect::Evidence::FailedForHours {
                counted: read_counted(counted),
                normal,
            },
            Self::FailedSinceDeployment {
                counted,
                before,
                after,
            } => detect::Evidence::FailedSinceDeployment {
                counted: read_counted(counted),
                before,
                after,
            },
            Self::Slow {
                counted,
                longer_than_ms,
                normal,
                p50_ms,
                p90_ms,
            } => detect::Evidence::Slow {
                counted: read_counted(counted),
                longer_than_ms,
                normal,
                p50_ms: read_compared(p50_ms),
                p90_ms: read_compared(p90_ms),
            },
            Self::SlowForHours {
                counted,
                longer_than_ms,
                normal,
                p90_ms,
                lately_p90_ms,
                lately_minutes,
            } => detect::Evidence::SlowForHours {
                counted: read_counted(counted),
                longer_than_ms,
                normal,
                p90_ms: read_compared(p90_ms),
                lately_p90_ms,
                lately_minutes,
            },
            Self::SlowSinceDeployment {
                share,
                before,
                p90_ms,
                after,
            } => detect::Evidence::SlowSinceDeployment {
                share,
                before,
                p90_ms: read_compared(p90_ms),
                after,
            },
            Self::FarSlower {
                counted,
                longer_than_ms,
                normal,
            } => detect::Evidence::FarSlower {
                counted: read_counted(counted),
                longer_than_ms,
                normal,
            },
            Self::Fewer {
                came,
                due,
                minutes,
                ordinary,
            } => detect::Evidence::Fewer {
                came,
                due,
                minutes,
                ordinary,
            },
            Self::NoLines {
                minutes,
                due,
                longest,
            } => detect::Evidence::NoLines {
                minutes,
                due,
                longest,
            },
            Self::NewPattern { age, count } => detect::Evidence::NewPattern { age, count },
            Self::PatternSurge {
                count,
                minutes,
                times,
            } => detect::Evidence::PatternSurge {
                count,
                minutes,
                times,
            },
            Self::Shift {
                level,
                minutes,
                seen,
                low,
                high,
            } => detect::Evidence::Shift {
                level: read_level(level),
                minutes,
                seen,
                low,
                high,
            },
            Self::Text(words) => detect::Evidence::Text(words),
        }
    }
}

fn stored_counted(counted: detect::Counted) -> Counted {
    (counted.bad, counted.of, counted.minutes)
}

fn read_counted((bad, of, minutes): Counted) -> detect::Counted {
    detect::Counted { bad, of, minutes }
}

fn stored_compared(compared: detect::Compared) -> Compared {
    (compared.seen, compared.normal)
}

fn read_compared((seen, normal): Compared) -> detect::Compared {
    detect::Compared { seen, normal }
}

fn stored_level(level: detect::Level) -> Level {
    match level {
        detect::Level::Latency => Level::Latency,
        detect::Level::Traffic => Level::Traffic,
    }
}

fn read_level(level: Level) -> detect::Level {
    match level {
        Level::Latency => detect::Level::Latency,
        Level::Traffic => detect::Level::Traffic,
    }
}
