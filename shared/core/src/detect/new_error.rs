//! `new_error` and `error_surge`: errors of a log pattern that was never logged before, or that is
//! logged far more often than usual. See `docs/detectors.md#new_error`.
//!
//! A log pattern is known by the fingerprint of its text (see `template`). A run of it, which is a
//! stretch without ten minutes of silence, is compared with its faded daily rate: the Poisson bound
//! for `k` where `m` are due. A new release may change the words of a message and so make a new
//! pattern although nothing is wrong. Therefore neither detector opens an alert unless all errors
//! together surge too; and neither ever pages, because requests that fail do.

use super::known::{Known, Lines};
use super::tuning::Tuning;
use super::{Confidence, Detector, Evidence, Finding, Severity, Subject};
use crate::surprise::of_much;
use crate::time::Minute;

/// Minutes with lines that must be known before a log pattern is called new, or its rate unusual: a
/// day.
const LEARNT: i64 = 1_440;

/// How long a log pattern is called new, in minutes.
const NEW: i64 = 60;

/// The fewest errors in a run, and the fewest minutes with them, that are worth a ticket.
const TOLD: (u32, u32) = (20, 5);

/// The fewest errors in a run that are shown as a symptom beside other trouble.
const LEAST: u32 = 3;

/// The least surprise: a chance below one in a million.
const SURPRISE: f64 = 14.0;

/// The least multiple of the errors due that must be logged.
const TIMES: f64 = 4.0;

/// Returns the findings about log patterns of errors.
pub(crate) fn find(lines: &Lines, minute: Minute, tuning: &Tuning) -> Vec<Finding> {
    let Some(began) = lines.began else {
        return Vec::new();
    };
    let known = minute.0 - began.0;
    if known < LEARNT {
        return Vec::new();
    }
    let all_surge = lines
        .all()
        .is_some_and(|all| surge(all, minute, 1.0).is_some());
    let about = |kind: &Known| {
        if kind.id == 0 || kind.run < LEAST || kind.last < minute.plus(-2) {
            return None;
        }
        let new = kind.first.0 - began.0 >= LEARNT && minute.0 - kind.first.0 < NEW;
        let detector = if new {
            Detector::NewError
        } else {
            Detector::ErrorSurge
        };
        let bar = tuning.bar(detector, &Subject::Message(kind.name()));
        let surprise = surge(kind, minute, bar)?;
        let many = kind.run >= TOLD.0 && kind.run_minutes >= TOLD.1;
        Some(finding(
            kind,
            minute,
            known,
            Found {
                new,
                surprise,
                telling: many && all_surge,
            },
        ))
    };
    lines.kinds.iter().filter_map(about).collect()
}

#[derive(Debug, Clone, Copy)]
struct Found {
    new: bool,
    surprise: f64,
    telling: bool,
}

/// Returns the surprise of a run if the run passes the detector's bars, multiplied by `bar`.
fn surge(kind: &Known, minute: Minute, bar: f64) -> Option<f64> {
    if !kind.goes_on(minute) {
        return None;
    }
    let minutes = (minute.0 - kind.since.0 + 1) as f64;
    // No log pattern is expected to be rarer than one message in ten hours.
    let due = minutes * f64::from(kind.rate).max(1.0 / 600.0);
    let run = f64::from(kind.run);
    // Errors come in clumps: a variance of three times the mean.
    let surprise = of_much(run, due, 3.0);
    let times = 1.0 + (TIMES - 1.0) * bar;
    (run >= times * due && (surprise >= SURPRISE * bar || kind.rate <= 0.0)).then_some(surprise)
}

fn finding(kind: &Known, minute: Minute, known: i64, found: Found) -> Finding {
    let minutes = minute.0 - kind.since.0 + 1;
    let per_minute = f64::from(kind.run) / minutes as f64;
    let rate = f64::from(kind.rate);
    let evidence = if found.new {
        Evidence::NewPattern {
            age: (minute.0 - kind.first.0 + 1) as u32,
            count: kind.run,
        }
    } else {
        Evidence::PatternSurge {
            count: kind.run,
            minutes: minutes as u32,
            times: per_minute / rate.max(1.0 / 600.0),
        }
    };
    Finding {
        detector: if found.new {
            Detector::NewError
        } else {
            Detector::ErrorSurge
        },
        subject: Subject::Message(kind.name()),
        signal: None,
        minute,
        since: kind.since,
        seen: per_minute,
        normal: rate,
        band: (0.0, rate + 3.0 * (3.0 * rate / minutes as f64).sqrt()),
        surprise: found.surprise,
        severity: if found.telling {
            Severity::Ticket
        } else {
            Severity::Info
        },
        confidence: Confidence::of(found.surprise, known as f64),
        evidence,
    }
}

#[cfg(test)]
mod tests {
    use atalaya_logs::template;

    use super::*;
    use crate::detect::known::Calm;
    use crate::series::{OTHER, Sums};
    use crate::view::MinuteView;

    /// Minutes that are logged as usual before anything happens: two days.
    const USUAL: i64 = 2_880;

    /// A log pattern of errors, and how many are logged every how many minutes.
    type Row = (&'static str, u64, i64);

    fn view(minute: i64, kinds: &[Row]) -> MinuteView {
        let now = kinds.iter().filter(|(_, _, every)| minute % every == 0);
        MinuteView {
            lines: Sums {
                count: 50,
                ..Sums::default()
            },
            errors: now.map(|(kind, n, _)| ((*kind).into(), *n)).collect(),
            ..MinuteView::empty(Minute(minute))
        }
    }

    /// The log: as usual until the first minute of `then`, and for how many minutes so.
    struct Case<'a> {
        usual: (i64, &'a [Row]),
        then: &'a [(i64, &'a [Row])],
    }

    fn found(case: &Case<'_>) -> Vec<Finding> {
        let mut lines = Lines::default();
        let (until, usual) = case.usual;
        for minute in 1..until {
            lines.see(&view(minute, usual));
            lines.learn(&view(minute, usual), Calm::Yes);
        }
        let mut minute = until;
        for (minutes, kinds) in case.then {
            for at in minute..minute + minutes {
                lines.see(&view(at, kinds));
                lines.learn(&view(at, kinds), Calm::No);
            }
            minute += minutes;
        }
        find(&lines, Minute(minute - 1), &Tuning::default())
    }

    /// Asserts which log patterns are reported, by which detector, with which severity, and how
    /// many minutes after the usual stretch they began.
    #[track_caller]
    fn check(case: &Case<'_>, expected: &[(&str, Detector, Severity, i64)]) {
        let findings = found(case);
        let short: Vec<_> = findings
            .iter()
            .map(|finding| {
                let since = finding.since.0 - case.usual.0;
                (&finding.subject, finding.detector, finding.severity, since)
            })
            .collect();
        let subjects = expected
            .iter()
            .map(|(kind, ..)| Subject::Message(template::id(kind).into()));
        let subjects: Vec<_> = subjects.collect();
        let expected: Vec<_> = subjects
            .iter()
            .zip(expected)
            .map(|(subject, (_, detector, severity, since))| {
                (subject, *detector, *severity, *since)
            })
            .collect();
        assert_eq!(short, expected, "{findings:#?}");
    }

    /// A service that logs one error every two hours.
    const SELDOM: (i64, &[Row]) = (USUAL, &[("timeout", 1, 120)]);

    /// Ten each minute.
    const OFTEN: &[Row] = &[("timeout", 10, 1)];

    const fn seldom<'a>(then: &'a [(i64, &'a [Row])]) -> Case<'a> {
        Case {
            usual: SELDOM,
            then,
        }
    }

    const fn often<'a>(then: &'a [(i64, &'a [Row])]) -> Case<'a> {
        Case {
            usual: (USUAL, OFTEN),
            then,
        }
    }

    #[test]
    fn what_was_never_logged_is_new_for_an_hour() {
        let new = Detector::NewError;
        let rows: [(i64, u64, &[_]); 6] = [
            (2, 1, &[]),
            (3, 1, &[("boom", new, Severity::Info, 0)]),
            // Many errors, but not for long; and for long, but not many.
            (2, 40, &[("boom", new, Severity::Info, 0)]),
            (12, 1, &[("boom", new, Severity::Info, 0)]),
            (12, 10, &[("boom", new, Severity::Ticket, 0)]),
            (
                90,
                10,
                &[("boom", Detector::ErrorSurge, Severity::Ticket, 0)],
            ),
        ];
        for (minutes, n, expected) in rows {
            let boom = [("boom", n, 1)];
            check(&seldom(&[(minutes, &boom)]), expected);
        }
    }

    #[test]
    fn what_is_logged_far_more_often_surges() {
        let surge = Detector::ErrorSurge;
        let rows: [(i64, u64, &[_]); 4] = [
            (3, 1, &[]),
            (2, 40, &[("timeout", surge, Severity::Info, 1)]),
            (12, 10, &[("timeout", surge, Severity::Ticket, 1)]),
            (90, 10, &[("timeout", surge, Severity::Ticket, 1)]),
        ];
        for (minutes, n, expected) in rows {
            let timeouts = [("timeout", n, 1)];
            // Half an hour of silence comes before it: without such a gap, errors belong to a
            // single run.
            let usual = (USUAL + 30, SELDOM.1);
            let case = Case {
                usual,
                then: &[(1, &[]), (minutes, &timeouts)],
            };
            check(&case, expected);
        }
    }

    #[test]
    fn what_is_usual_over_or_only_said_otherwise_tells_nobody() {
        let boom: &[Row] = &[("boom", 10, 1)];
        // The usual rate, and half as many again.
        check(&often(&[(30, OFTEN)]), &[]);
        let more: &[Row] = &[("timeout", 15, 1)];
        let paused = [(20, &[][..]), (30, more)];
        check(&often(&paused), &[]);
        // Only the words changed: there are as many errors as ever.
        let reworded = [("boom", Detector::NewError, Severity::Info, 0)];
        check(&often(&[(30, boom)]), &reworded);
        // It is over for some minutes.
        check(&seldom(&[(12, boom), (4, &[])]), &[]);
        // Errors that count as `other` have no log pattern.
        check(&seldom(&[(12, &[(OTHER, 10, 1)])]), &[]);
    }

    #[test]
    fn nothing_is_new_to_who_knows_little() {
        let boom: &[Row] = &[("boom", 10, 1)];
        let then: &[(i64, &[Row])] = &[(12, boom)];
        let young = Case {
            usual: (600, SELDOM.1),
            then,
        };
        check(&young, &[]);
        check(
            &Case {
                usual: (1, &[]),
                then,
            },
            &[],
        );
        // A log pattern that came on the first day is not called new on the second.
        let met = Case {
            usual: (1_425, SELDOM.1),
            then: &[(40, boom)],
        };
        let surge = ("boom", Detector::ErrorSurge, Severity::Ticket, 0);
        check(&met, &[surge]);
    }

    #[test]
    fn the_evidence_is_how_often_and_since_when() {
        for (kind, new) in [("boom", true), ("timeout", false)] {
            let then = [(kind, 10, 1)];
            let case = Case {
                usual: (USUAL + 30, SELDOM.1),
                then: &[(1, &[]), (12, &then)],
            };
            let findings = found(&case);
            assert_eq!(findings.len(), 1, "{kind}");
            match findings[0].evidence {
                Evidence::NewPattern { age: 12, count } if new => assert_eq!(count, 120),
                Evidence::PatternSurge {
                    count: 120,
                    minutes: 12,
                    times,
                } if !new => assert!((times - 1_331.9).abs() < 0.1, "{times}"),
                ref other => panic!("{kind}: {other:?}"),
            }
            assert!((findings[0].seen - 10.0).abs() < 1e-9, "ten a minute");
            assert!(findings[0].normal < 0.02);
            assert!(findings[0].surprise > 100.0, "{}", findings[0].surprise);
        }
    }
}
