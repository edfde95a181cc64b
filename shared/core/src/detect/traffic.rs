//! `traffic_drop` and `completed_drop`: fewer requests come, or fewer are completed, than usual. See
//! `docs/detectors.md#traffic_drop`.
//!
//! The windows reach from 3 minutes to hours, and the question is whether `x` requests are credible
//! where `m` were due. The count of a minute varies more than a Poisson stream, and the level
//! itself wanders by a tenth, so the variance is `m · (d + 0.01 · m)` with the learnt dispersion
//! `d`. Only drops are findings: more requests than usual are good news, or show elsewhere.

use super::recent::sum;
use super::{Confidence, Detector, Evidence, Finding, Recent, Severity, Slice, Subject, Watch};
use crate::baseline::Signal;
use crate::surprise::of_few;

/// The windows, in minutes; those longer than the slices are made of quarter hours.
const WINDOWS: [usize; 8] = [3, 4, 6, 10, 15, 30, 60, 120];

/// The least surprise of a finding about the whole service: a chance below one in three million,
/// beyond all wandering.
const TROUBLE: f64 = 15.0;

/// The least surprise of a symptom of a route, which is reported beside other trouble only.
const SYMPTOM: f64 = 5.0;

/// The least surprise that still counts as remains of trouble.
const REMAINS: f64 = 4.0;

/// The square of the share by which the level wanders around its profile.
const WANDER: f64 = 0.006;

/// The largest share of the requests due that may be left: for trouble, for a symptom, and for
/// remains.
const LEFT: (f64, f64, f64) = (0.55, 0.75, 0.7);

/// The largest share that may be left for trouble in windows of more than a quarter of an hour,
/// because over hours levels wander.
const LEFT_LONG: f64 = 0.4;

/// The largest share that may be left for trouble while the hour itself was seen for less than
/// [`KNOWN_HOUR`] minutes: nearly nothing, because the first weekend, or the first evening, may
/// halve the traffic.
const LEFT_UNKNOWN: f64 = 0.2;

/// Minutes of evidence from which an hour of a kind of day counts as known: those of one day.
const KNOWN_HOUR: f64 = 55.0;

/// The fewest requests that must be due before their absence means anything.
const LEAST_DUE: f64 = 12.0;

/// How many minutes before a window give the level that is due in it, and how many requests must be
/// due in them.
const BEFORE: usize = 30;
const ENOUGH_DUE: f64 = 50.0;

/// The share of the requests due at which a minute may be part of a gap in the delivery of logs.
const GAP: f64 = 0.15;

/// The fewest minutes of a window in which requests must be missing; the second number holds if
/// nearly no request came in one of them, because a gap in the delivery of logs looks the same but
/// is shorter.
const LEAST_MISSING: (usize, usize) = (3, 4);

/// How many newest minutes without any request are too long for a gap in the delivery of logs, and
/// how many requests, in hundredths, must be due in each so that their absence is not chance.
const LEAST_SILENT: usize = 3;
const SURELY_DUE: u32 = 1_000;

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    let newest = recent.last(1).first()?;
    let (detector, least, left, came) = match (recent.subject, watch) {
        _ if newest.due == 0 => return None,
        (Subject::Requests, Watch::Trouble) => (
            Detector::TrafficDrop,
            TROUBLE,
            LEFT.0,
            count as fn(&Slice) -> u32,
        ),
        (Subject::Requests, Watch::Remains) => (
            Detector::TrafficDrop,
            REMAINS,
            LEFT.2,
            count as fn(&Slice) -> u32,
        ),
        (Subject::Route(_), Watch::Trouble) => (
            Detector::CompletedDrop,
            SYMPTOM,
            LEFT.1,
            completed as fn(&Slice) -> u32,
        ),
        // A symptom of a route does not hold an alert open.
        _ => return None,
    };
    let bar = recent.bar(detector, watch);
    let (least, left) = (least * bar, (1.0 - (1.0 - left) * bar).max(0.0));
    // The limit for an unknown hour does not depend on the owners' sensitivity.
    let unknown_hour = recent.expected.due_minutes < KNOWN_HOUR;
    let left = match (recent.subject, watch) {
        (Subject::Requests, Watch::Trouble) if unknown_hour => left.min(LEFT_UNKNOWN),
        _ => left,
    };
    let remains = [recent.minutes_with(4.0 * REMAINS * 100.0, (5, 60), |slice| slice.due)];
    let windows = match (recent.subject, watch) {
        (Subject::Requests, Watch::Trouble) => &WINDOWS[..],
        (_, Watch::Remains) => &remains[..],
        _ => &WINDOWS[2..5],
    };
    let missing = |slice: &Slice| f64::from(came(slice)) <= left * f64::from(slice.due) / 100.0;
    // A window may still show a drop that is over, so requests must be missing from the newest
    // minutes too.
    let goes_on = recent.last(2).iter().all(missing) || watch == Watch::Remains;
    if !goes_on {
        return None;
    }
    let mut best: Option<Seen> = None;
    for &minutes in windows {
        let left = if minutes > recent.slices.len() && watch == Watch::Trouble {
            left.min(LEFT_LONG)
        } else {
            left
        };
        let mut seen = Seen::of(recent, minutes, came);
        if watch == Watch::Trouble {
            seen.due *= level_before(recent, minutes) / overtaught(recent);
        }
        if seen.due < LEAST_DUE || seen.came > left * seen.due {
            continue;
        }
        let slices = recent.last(minutes);
        let lasting = slices.iter().filter(|slice| missing(slice)).count();
        let nearly_none =
            |slice: &Slice| f64::from(slice.count) <= GAP * f64::from(slice.due) / 100.0;
        let silent = |slice: &&Slice| slice.count == 0 && slice.due >= SURELY_DUE;
        let silent = slices.iter().rev().take_while(silent).count();
        let gap = slices.iter().any(nearly_none) && silent < LEAST_SILENT;
        let enough = if gap {
            LEAST_MISSING.1
        } else {
            LEAST_MISSING.0
        };
        if watch == Watch::Trouble && lasting < enough {
            continue;
        }
        let surprise = of_few(seen.came, seen.due, inflation(recent, &seen));
        if surprise >= least && best.is_none_or(|most| surprise > most.surprise) {
            best = Some(Seen { surprise, ..seen });
        }
    }
    let best = best?;
    let inflation = inflation(recent, &best);
    let Seen {
        minutes,
        came: seen,
        due,
        surprise,
    } = best;
    let per_minute = |n: f64| n / minutes as f64;
    let spread = (due * inflation).sqrt();
    let band = (
        per_minute((due - 3.0 * spread).max(0.0)),
        per_minute(due + 3.0 * spread),
    );
    Some(Finding {
        detector,
        subject: recent.subject.clone(),
        signal: Some(Signal::Traffic),
        minute: recent.minute,
        since: first_of_run(recent, minutes, missing),
        seen: per_minute(seen),
        normal: per_minute(due),
        band,
        surprise,
        severity: match recent.subject {
            Subject::Requests => Severity::Page,
            _ => Severity::Info,
        },
        confidence: Confidence::of(surprise, recent.expected.minutes),
        evidence: Evidence::Fewer {
            came: seen,
            due,
            minutes: minutes as u32,
            ordinary: (due - 3.0 * spread).max(0.0),
        },
    })
}

/// Returns the variance of a window's requests over that of a Poisson stream: minutes differ by
/// more than chance, levels wander, and the number due is itself a mean of few minutes.
fn inflation(recent: &Recent<'_>, seen: &Seen) -> f64 {
    let known = seen.minutes.min(60) as f64 / recent.expected.due_minutes.max(1.0);
    recent.expected.dispersion + WANDER * seen.due + known
}

/// The requests that came and that were due in a window.
#[derive(Debug, Clone, Copy)]
struct Seen {
    minutes: usize,
    came: f64,
    due: f64,
    surprise: f64,
}

impl Seen {
    fn of(recent: &Recent<'_>, minutes: usize, came: fn(&Slice) -> u32) -> Self {
        let slices = recent.last(minutes);
        let mut seen = Self {
            minutes: slices.len(),
            came: sum(slices, came),
            due: sum(slices, |slice| slice.due) / 100.0,
            surprise: 0.0,
        };
        for quarter in recent.quarters_within(minutes) {
            seen.minutes += quarter.minutes as usize;
            seen.came += f64::from(came(&quarter.sum));
            seen.due += f64::from(quarter.sum.due) / 100.0;
        }
        seen
    }
}

/// Returns the share of the requests due that came in the [`BEFORE`] minutes before a window, at
/// most 1. It keeps a holiday, or the end of a campaign, which is a slow change of level, from
/// being taken for a drop.
fn level_before(recent: &Recent<'_>, minutes: usize) -> f64 {
    let slices = recent.slices.len();
    let old = &recent.slices[..slices.saturating_sub(minutes)];
    let (mut came, mut due, mut looked_at) = (
        sum(old, count),
        sum(old, |slice| slice.due) / 100.0,
        old.len(),
    );
    let mut back = slices;
    for quarter in recent.quarters.iter().rev() {
        if quarter.minutes == 0 || (looked_at >= BEFORE && due >= ENOUGH_DUE) {
            break;
        }
        if back >= minutes {
            came += f64::from(quarter.sum.count);
            due += f64::from(quarter.sum.due) / 100.0;
            looked_at += quarter.minutes as usize;
        }
        back += quarter.minutes as usize;
    }
    // Too few requests due say nothing about the level.
    if due < LEAST_DUE {
        1.0
    } else {
        ((came + 3.0 * came.sqrt()) / due).min(1.0)
    }
}

/// Returns by which factor, at least 1, more requests came in the last hours than were due: a rush
/// that is over may have raised the number due by as much.
fn overtaught(recent: &Recent<'_>) -> f64 {
    let quarters = recent.quarters.iter().filter(|quarter| quarter.sum.due > 0);
    let (came, due) = quarters.fold((0.0, 0.0), |(came, due), quarter| {
        (
            came + f64::from(quarter.sum.count),
            due + f64::from(quarter.sum.due) / 100.0,
        )
    });
    if due > 0.0 {
        (came / due).max(1.0)
    } else {
        1.0
    }
}

fn count(slice: &Slice) -> u32 {
    slice.count
}

fn completed(slice: &Slice) -> u32 {
    slice.count.saturating_sub(slice.errors)
}

/// Returns the first minute of the run of missing requests. Unlike failures, missing requests show
/// in minutes without any request, so every minute counts. If all slices of a longer window miss
/// requests, the run begins where the window does.
fn first_of_run(
    recent: &Recent<'_>,
    minutes: usize,
    bad: impl Fn(&Slice) -> bool,
) -> crate::time::Minute {
    let (mut since, mut calm) = (recent.minute, 0);
    for (back, slice) in (0..).zip(recent.slices.iter().rev()) {
        if bad(slice) {
            since = recent.minute.plus(-back);
            calm = 0;
        } else {
            calm += 1;
        }
        if calm >= 2 {
            return since;
        }
    }
    let mut at = recent.minute.plus(1 - recent.slices.len() as i64);
    for quarter in recent.quarters_within(minutes).iter().rev() {
        if !bad(&quarter.sum) {
            break;
        }
        at = at.plus(-i64::from(quarter.minutes));
        since = at;
    }
    since
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Expected;
    use crate::detect::tests::found;

    fn check(came: &[u32], due: u32, known: f64, expected: Option<i64>) {
        let slices: Vec<Slice> = came
            .iter()
            .map(|count| Slice {
                count: *count,
                due: due * 100,
                ..Slice::default()
            })
            .collect();
        let baseline = Expected {
            dispersion: 1.2,
            due_minutes: known,
            minutes: 9_999.0,
            ..Expected::default()
        };
        let finding = found(&Subject::Requests, &slices, &baseline, find);
        let since = finding.as_ref().map(|finding| finding.since.0);
        assert_eq!(since, expected, "{came:?} of {due}: {finding:?}");
    }

    #[test]
    fn silence_and_large_drops_are_found_and_rises_are_not() {
        check(&[24, 25, 26, 24, 0, 0, 0, 0], 25, 60.0, Some(97));
        // A few minutes with nearly no request may be a gap in the delivery of logs. Three minutes
        // with none at all, where many are due, are no gap, and neither are three with a third of
        // the requests due.
        check(&[24, 25, 26, 24, 0, 0], 25, 60.0, None);
        check(&[24, 25, 26, 24, 2, 2, 2], 25, 60.0, None);
        check(&[24, 25, 26, 24, 0, 0, 0], 25, 60.0, Some(98));
        check(&[8, 9, 8, 9, 0, 0, 0], 8, 60.0, None);
        check(&[99, 100, 101, 30, 31, 32], 100, 60.0, Some(98));
        check(&[24, 25, 26, 24, 25, 0], 25, 60.0, None);
        check(&[9, 8, 10, 9, 9, 8, 9, 10, 8, 9], 25, 60.0, Some(91));
        check(&[18, 17, 19, 16, 18, 17, 18, 19, 16, 18], 25, 60.0, None);
        // In an hour that is not known yet, only silence is a finding.
        check(&[9, 8, 10, 9, 9, 8, 9, 10, 8, 9], 25, 10.0, None);
        check(&[0; 8], 25, 10.0, Some(93));
        check(&[50; 15], 25, 60.0, None);
        // Night: three a minute, silent for a while.
        check(&[0; 4], 3, 60.0, None);
        check(&[0; 10], 3, 60.0, Some(91));
        check(&[0; 15], 0, 60.0, None);
    }
}
