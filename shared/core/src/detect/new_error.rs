//! `new_error` and `error_surge`: a kind of error that was never logged before, or is logged far more often than usual.
//! See `docs/detectors.md#new_error`.
//!
//! A kind is a fingerprint of what is said (see `template`). A run of it, a stretch without ten minutes of silence, is
//! compared with its faded daily rate: the Poisson bound for `k` where `m` are due. A message may change its words and
//! become another kind without anything being wrong, so neither tells anybody unless all errors together surge too; and
//! neither ever pages: requests that fail do.

use super::known::{Known, Lines};
use super::surprise::of_much;
use super::tuning::Tuning;
use super::{Confidence, Detector, Finding, Severity, Subject};
use crate::time::Minute;

/// Minutes of lines that must be known before a kind is called new, or its rate unusual: a day.
const LEARNT: i64 = 1_440;

/// Minutes for which a kind is called new.
const NEW: i64 = 60;

/// The fewest of a run, and the fewest minutes of it, that somebody is told of.
const TOLD: (u32, u32) = (20, 5);

/// The fewest of a run that are a symptom.
const LEAST: u32 = 3;

/// The surprise that counts: a chance below one in a million.
const SURPRISE: f64 = 14.0;

/// How many times what is due must be logged.
const TIMES: f64 = 4.0;

/// Returns the findings about kinds of errors.
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

/// Returns the surprise of a run, where it is one by bars that are multiplied by `bar`.
fn surge(kind: &Known, minute: Minute, bar: f64) -> Option<f64> {
    if !kind.goes_on(minute) {
        return None;
    }
    let minutes = (minute.0 - kind.since.0 + 1) as f64;
    // Nothing is promised to be rarer than one in ten hours.
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
        let ago = minute.0 - kind.first.0 + 1;
        format!(
            "a kind of error first seen {ago} min ago, {} times since",
            kind.run
        )
    } else {
        format!(
            "a known kind of error {} times in {minutes} min, {:.1} times as often as usual",
            kind.run,
            per_minute / rate.max(1.0 / 600.0)
        )
    };
    Finding {
        detector: if found.new {
            Detector::NewError
        } else {
            Detector::ErrorSurge
        },
        subject: Subject::Message(kind.name()),
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
