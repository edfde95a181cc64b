//! `traffic_drop` and `completed_drop`: fewer requests come, or fewer are completed, than usual. See
//! `docs/detectors.md#traffic_drop`.
//!
//! Over the last 5, 10 and 15 minutes: are `x` requests credible where `m` were due? A minute's count varies more than a
//! Poisson stream, and the level itself wanders by a tenth, so the variance is `m · (d + 0.01 · m)` with the learnt
//! dispersion `d`. Only drops are looked for: more requests than usual are good news, or show elsewhere.

use super::sum;
use super::surprise::of_few;
use super::{Confidence, Detector, Finding, Recent, Severity, Slice, Subject, Watch};

/// The windows, in minutes.
const WINDOWS: [usize; 3] = [5, 10, 15];

/// The surprise that counts as trouble for the service: a chance below one in 160,000 beside all wander.
const TROUBLE: f64 = 12.0;

/// The surprise that counts as a symptom of a route, beside other trouble only.
const SYMPTOM: f64 = 5.0;

/// The surprise that still counts as remains of trouble.
const REMAINS: f64 = 4.0;

/// The square of the share by which the level wanders around its profile.
const WANDER: f64 = 0.01;

/// The most that may be left of what was due: for trouble, for a symptom, and for remains.
const LEFT: (f64, f64, f64) = (0.5, 0.75, 0.7);

/// The most that may be left for trouble while the hour itself was watched for less than [`KNOWN_HOUR`] minutes: nearly
/// nothing. The first weekend, and the first evening, may halve the traffic.
const LEFT_UNKNOWN: f64 = 0.2;

/// Minutes of evidence that make an hour of a kind of day known: one day's.
const KNOWN_HOUR: f64 = 55.0;

/// Fewest requests due before their absence means anything.
const LEAST_DUE: f64 = 15.0;

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    let newest = recent.last(1).first()?;
    let (detector, least, left, came) = match (recent.subject, watch) {
        (Subject::Dependency(_), _) | (_, Watch::Lead) => return None,
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
        // A symptom beside others does not keep an incident open.
        (Subject::Route(_), Watch::Remains) => return None,
    };
    let bar = recent.bar(detector, watch);
    let (least, left) = (least * bar, (1.0 - (1.0 - left) * bar).max(0.0));
    // That an hour is not known yet is no matter of how close one looks.
    let unknown_hour = recent.expected.due_minutes < KNOWN_HOUR;
    let left = match (recent.subject, watch) {
        (Subject::Requests, Watch::Trouble) if unknown_hour => left.min(LEFT_UNKNOWN),
        _ => left,
    };
    let windows = match watch {
        Watch::Trouble | Watch::Lead => &WINDOWS[..],
        Watch::Remains => &WINDOWS[..1],
    };
    let mut best: Option<(f64, f64, f64, usize)> = None;
    for &minutes in windows {
        let slices = recent.last(minutes);
        let (seen, due) = (sum(slices, came), sum(slices, |slice| slice.due) / 100.0);
        if due < LEAST_DUE || seen > left * due {
            continue;
        }
        let surprise = of_few(seen, due, recent.expected.dispersion + WANDER * due);
        if surprise >= least && best.is_none_or(|(most, ..)| surprise > most) {
            best = Some((surprise, seen, due, slices.len()));
        }
    }
    let (surprise, seen, due, minutes) = best?;
    let per_minute = |n: f64| n / minutes as f64;
    let spread = (due * (recent.expected.dispersion + WANDER * due)).sqrt();
    let band = (
        per_minute((due - 3.0 * spread).max(0.0)),
        per_minute(due + 3.0 * spread),
    );
    let verb = match detector {
        Detector::CompletedDrop => "were completed",
        _ => "came",
    };
    let missing = |slice: &Slice| f64::from(came(slice)) <= left * f64::from(slice.due) / 100.0;
    Some(Finding {
        detector,
        subject: recent.subject.clone(),
        minute: recent.minute,
        since: first_of_run(recent, missing),
        seen: per_minute(seen),
        normal: per_minute(due),
        band,
        surprise,
        severity: match recent.subject {
            Subject::Requests => Severity::Page,
            Subject::Route(_) | Subject::Dependency(_) => Severity::Info,
        },
        confidence: Confidence::of(surprise, recent.expected.minutes),
        evidence: format!(
            "{seen:.0} {} {verb} in the last {minutes} min where {due:.0} were due ({:.0} % fewer); {:.0} or more would be \
             ordinary",
            recent.subject.noun(),
            (1.0 - seen / due) * 100.0,
            (due - 3.0 * spread).max(0.0),
        ),
    })
}

fn count(slice: &Slice) -> u32 {
    slice.count
}

fn completed(slice: &Slice) -> u32 {
    slice.count.saturating_sub(slice.errors)
}

/// Unlike failures, missing requests show in the minutes that have none: every minute counts.
fn first_of_run(recent: &Recent<'_>, bad: impl Fn(&Slice) -> bool) -> crate::time::Minute {
    let (mut since, mut calm) = (recent.minute, 0);
    for (back, slice) in (0..).zip(recent.slices.iter().rev()) {
        if bad(slice) {
            since = recent.minute.plus(-back);
            calm = 0;
        } else {
            calm += 1;
        }
        if calm >= 2 {
            break;
        }
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
        check(&[24, 25, 26, 24, 25, 0], 25, 60.0, None);
        check(&[9, 8, 10, 9, 9, 8, 9, 10, 8, 9], 25, 60.0, Some(91));
        check(&[18, 17, 19, 16, 18, 17, 18, 19, 16, 18], 25, 60.0, None);
        // An hour that is not known yet is only missed when it is silent.
        check(&[9, 8, 10, 9, 9, 8, 9, 10, 8, 9], 25, 10.0, None);
        check(&[0; 8], 25, 10.0, Some(93));
        check(&[50; 15], 25, 60.0, None);
        // Night: three a minute, silent for a while.
        check(&[0; 5], 3, 60.0, None);
        check(&[0; 10], 3, 60.0, Some(91));
        check(&[0; 15], 0, 60.0, None);
    }
}
