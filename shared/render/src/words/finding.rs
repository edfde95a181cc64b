//! Puts the evidence of a finding into English, numbers with their units.

use atalaya_core::detect::{Compared, Counted, Evidence, Level, Subject};

use super::{duration, percent};

/// Returns what is counted of a subject: `calls to scoring`.
#[must_use]
pub fn noun(subject: &Subject) -> String {
    match subject {
        Subject::Requests => "requests".into(),
        Subject::Route(name) => format!("requests to {name}"),
        Subject::Dependency(name) => format!("calls to {name}"),
        Subject::Lines => "log lines".into(),
        Subject::Message(id) => format!("errors of kind {id}"),
    }
}

/// Returns the evidence of a finding about a subject.
#[must_use]
pub fn evidence(subject: &Subject, evidence: &Evidence) -> String {
    let noun = noun(subject);
    match evidence {
        Evidence::Failed {
            counted,
            normal,
            by_chance,
        } => format!(
            "{} ({}); normal at this hour is {}, up to {} by chance",
            failed(counted, &noun, &minutes(counted.minutes)),
            percent(counted.share()),
            percent(*normal),
            percent(*by_chance),
        ),
        Evidence::FailedForHours { counted, normal } => format!(
            "{} ({}, normally {})",
            failed(counted, &noun, &hours(counted.minutes)),
            percent(counted.share()),
            percent(*normal),
        ),
        Evidence::FailedSinceDeployment {
            counted,
            before,
            after,
        } => format!(
            "{} ({}; before the deployment {}), {after} min after a deployment",
            failed(counted, &noun, &minutes(counted.minutes)),
            percent(counted.share()),
            percent(*before),
        ),
        Evidence::Slow {
            counted,
            longer_than_ms,
            normal,
            p50_ms,
            p90_ms,
        } => format!(
            "{} ({}, normally {}); median {}, p90 {}",
            took_longer(counted, &noun, *longer_than_ms, &minutes(counted.minutes)),
            percent(counted.share()),
            percent(*normal),
            compared(p50_ms),
            compared(p90_ms),
        ),
        Evidence::SlowForHours {
            counted,
            longer_than_ms,
            normal,
            p90_ms,
            lately_p90_ms,
            lately_minutes,
        } => format!(
            "{} ({}, normally {}); p90 {}, in the last {lately_minutes} min {} (normally {})",
            took_longer(counted, &noun, *longer_than_ms, &hours(counted.minutes)),
            percent(counted.share()),
            percent(*normal),
            duration(p90_ms.seen),
            duration(*lately_p90_ms),
            duration(p90_ms.normal),
        ),
        Evidence::SlowSinceDeployment {
            share,
            before,
            p90_ms,
            after,
        } => format!(
            "{} of {noun} are slow (before the deployment {}), p90 {}, {after} min after a deployment",
            percent(*share),
            percent(*before),
            compared(p90_ms),
        ),
        Evidence::FarSlower {
            counted,
            longer_than_ms,
            normal,
        } => format!(
            "{} ({}, normally {}), far beyond the usual slowest",
            took_longer(counted, &noun, *longer_than_ms, &minutes(counted.minutes)),
            percent(counted.share()),
            percent(*normal),
        ),
        Evidence::Fewer {
            came,
            due,
            minutes,
            ordinary,
        } => {
            let verb = match subject {
                Subject::Route(_) => "were completed",
                _ => "came",
            };
            format!(
                "{came:.0} {noun} {verb} in the last {minutes} min where {due:.0} were due ({:.0} % fewer); \
                 {ordinary:.0} or more would be ordinary",
                (1.0 - came / due) * 100.0,
            )
        }
        Evidence::NoLines {
            minutes,
            due,
            longest,
        } => format!(
            "no log line for {minutes} min where {due:.0} were due; the longest silence of late was {longest:.0} min; a \
             gap of the delivery looks the same"
        ),
        Evidence::NewPattern { age, count } => {
            format!("a kind of error first seen {age} min ago, {count} times since")
        }
        Evidence::PatternSurge {
            count,
            minutes,
            times,
        } => format!(
            "a known kind of error {count} times in {minutes} min, {times:.1} times as often as usual"
        ),
        Evidence::Shift {
            level,
            minutes,
            seen,
            low,
            high,
        } => {
            let (noun, shown): (_, fn(f64) -> String) = match level {
                Level::Latency => ("median latency", duration),
                Level::Traffic => ("traffic", |rate| format!("{rate:.1} a minute")),
            };
            format!(
                "{noun} of {minutes} min was {}, where {} to {} is usual at this hour, unlike anything of late",
                shown(*seen),
                shown(*low),
                shown(*high),
            )
        }
        Evidence::Text(words) => words.clone(),
    }
}

/// `21 of 60 calls to scoring failed in the last 3 min`.
fn failed(counted: &Counted, noun: &str, stretch: &str) -> String {
    let Counted { bad, of, .. } = counted;
    format!("{bad} of {of} {noun} failed in the last {stretch}")
}

/// `12 of 13 calls to scoring took longer than 400 ms in the last 3 min`.
fn took_longer(counted: &Counted, noun: &str, than_ms: Option<f64>, stretch: &str) -> String {
    let Counted { bad, of, .. } = counted;
    let than = than_ms.map_or_else(|| "is usual for their route".to_owned(), duration);
    format!("{bad} of {of} {noun} took longer than {than} in the last {stretch}")
}

/// `700 ms (normally 330 ms)`.
fn compared(ms: &Compared) -> String {
    format!("{} (normally {})", duration(ms.seen), duration(ms.normal))
}

fn minutes(minutes: u32) -> String {
    format!("{minutes} min")
}

/// `75 min` or `4 h 10 min`.
fn hours(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0 | 1, _) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(bad: u64, of: u64, minutes: u32) -> Counted {
        Counted { bad, of, minutes }
    }

    fn against(seen: f64, normal: f64) -> Compared {
        Compared { seen, normal }
    }

    #[track_caller]
    fn check(subject: &Subject, data: &Evidence, expected: &str) {
        assert_eq!(evidence(subject, data), expected);
    }

    fn scoring() -> Subject {
        Subject::Dependency("scoring".into())
    }

    fn apply() -> Subject {
        Subject::Route("/loan/apply".into())
    }

    #[test]
    fn failures_are_counted_beside_what_chance_allows() {
        check(
            &scoring(),
            &Evidence::Failed {
                counted: counted(21, 60, 3),
                normal: 0.003,
                by_chance: 0.0241,
            },
            "21 of 60 calls to scoring failed in the last 3 min (35 %); normal at this hour is 0.3 %, up to 2.4 % by \
             chance",
        );
    }

    #[test]
    fn failures_of_hours_are_told_in_hours() {
        for (minutes, words) in [
            (
                75,
                "90 of 1200 requests to /loan/apply failed in the last 75 min (7.5 %, normally 0.1 %)",
            ),
            (
                120,
                "90 of 1200 requests to /loan/apply failed in the last 2 h (7.5 %, normally 0.1 %)",
            ),
            (
                250,
                "90 of 1200 requests to /loan/apply failed in the last 4 h 10 min (7.5 %, normally 0.1 %)",
            ),
        ] {
            let failed = Evidence::FailedForHours {
                counted: counted(90, 1_200, minutes),
                normal: 0.001,
            };
            check(&apply(), &failed, words);
        }
    }

    #[test]
    fn what_a_deployment_began_is_told_with_its_age() {
        check(
            &Subject::Requests,
            &Evidence::FailedSinceDeployment {
                counted: counted(60, 300, 15),
                before: 0.004,
                after: 20,
            },
            "60 of 300 requests failed in the last 15 min (20 %; before the deployment 0.4 %), 20 min after a deployment",
        );
        check(
            &apply(),
            &Evidence::SlowSinceDeployment {
                share: 0.5,
                before: 0.05,
                p90_ms: against(700.0, 330.0),
                after: 20,
            },
            "50 % of requests to /loan/apply are slow (before the deployment 5.0 %), p90 700 ms (normally 330 ms), 20 min \
             after a deployment",
        );
    }

    #[test]
    fn slowness_is_told_with_its_threshold_and_quantiles() {
        check(
            &scoring(),
            &Evidence::Slow {
                counted: counted(12, 13, 3),
                longer_than_ms: Some(400.0),
                normal: 0.05,
                p50_ms: against(1_470.0, 230.0),
                p90_ms: against(2_100.0, 330.0),
            },
            "12 of 13 calls to scoring took longer than 400 ms in the last 3 min (92 %, normally 5.0 %); median 1.5 s \
             (normally 230 ms), p90 2.1 s (normally 330 ms)",
        );
        check(
            &Subject::Requests,
            &Evidence::SlowForHours {
                counted: counted(1_200, 2_400, 240),
                longer_than_ms: None,
                normal: 0.05,
                p90_ms: against(802.0, 330.0),
                lately_p90_ms: 800.0,
                lately_minutes: 15,
            },
            "1200 of 2400 requests took longer than is usual for their route in the last 4 h (50 %, normally 5.0 %); p90 \
             802 ms, in the last 15 min 800 ms (normally 330 ms)",
        );
        check(
            &Subject::Requests,
            &Evidence::FarSlower {
                counted: counted(42, 1_600, 4),
                longer_than_ms: None,
                normal: 0.001,
            },
            "42 of 1600 requests took longer than is usual for their route in the last 4 min (2.6 %, normally 0.1 %), far \
             beyond the usual slowest",
        );
    }

    #[test]
    fn what_does_not_come_is_told_beside_what_was_due() {
        let fewer = Evidence::Fewer {
            came: 6.0,
            due: 74.6,
            minutes: 3,
            ordinary: 41.2,
        };
        check(
            &Subject::Requests,
            &fewer,
            "6 requests came in the last 3 min where 75 were due (92 % fewer); 41 or more would be ordinary",
        );
        check(
            &apply(),
            &fewer,
            "6 requests to /loan/apply were completed in the last 3 min where 75 were due (92 % fewer); 41 or more would \
             be ordinary",
        );
        check(
            &Subject::Lines,
            &Evidence::NoLines {
                minutes: 60,
                due: 312.8,
                longest: 1.0,
            },
            "no log line for 60 min where 313 were due; the longest silence of late was 1 min; a gap of the delivery \
             looks the same",
        );
    }

    #[test]
    fn log_patterns_are_told_by_their_age_or_their_rate() {
        let subject = Subject::Message("3f2a9c01d4e7".into());
        check(
            &subject,
            &Evidence::NewPattern {
                age: 12,
                count: 120,
            },
            "a kind of error first seen 12 min ago, 120 times since",
        );
        check(
            &subject,
            &Evidence::PatternSurge {
                count: 120,
                minutes: 12,
                times: 1_331.92,
            },
            "a known kind of error 120 times in 12 min, 1331.9 times as often as usual",
        );
    }

    #[test]
    fn shifts_of_a_level_are_told_in_its_unit() {
        let shift = |level, seen, low, high| Evidence::Shift {
            level,
            minutes: 15,
            seen,
            low,
            high,
        };
        check(
            &Subject::Requests,
            &shift(Level::Latency, 480.0, 0.0, 320.0),
            "median latency of 15 min was 480 ms, where 0.0 ms to 320 ms is usual at this hour, unlike anything of late",
        );
        check(
            &Subject::Requests,
            &shift(Level::Traffic, 61.26, 18.0, 32.5),
            "traffic of 15 min was 61.3 a minute, where 18.0 a minute to 32.5 a minute is usual at this hour, unlike \
             anything of late",
        );
    }

    #[test]
    fn words_of_older_versions_stay() {
        check(&scoring(), &Evidence::Text("as it was".into()), "as it was");
    }
}
