//! Evaluation: a minute is added to the state of each subject, and each detector looks at the
//! result.

use super::Case;
use super::MinuteView;
use super::columns;
use super::state::{RECENT, ServiceState, quarters};
use crate::baseline::Expected;
use crate::baseline::histogram::Histogram;
use crate::change::Change;
use crate::detect::FAR;
use crate::detect::no_logs::{self, Due};
use crate::detect::{self, Finding, QUARTER, Recent, Severity, Slice, Subject, Watch, new_error};
use crate::series::Sums;
use crate::sketch::{Bucket, Sketch};
use crate::time::{MINUTE_MS, Minute};

/// The span of the baseline's short-term traffic level, in minutes, and the requests that must be
/// usual in that span before the level is trusted.
const LEVEL_MINUTES: f64 = 45.0;
const LEVEL_DUE: f64 = 60.0;

/// How long a service counts as new, in minutes. No time of day was seen often enough yet to know
/// its jobs, so only grave findings may page.
const FIRST_DAYS: i64 = 3 * 1_440;

/// Adds a minute to the state of each subject, after empty minutes for any gap before it.
pub(super) fn take_in(state: &mut ServiceState, view: &MinuteView) {
    skip_gap(state, view.minute);
    admit(state, view);
    push(state, view);
    state.lines.see(view);
}

fn skip_gap(state: &mut ServiceState, minute: Minute) {
    let missed = state
        .closed_through
        .map_or(0, |through| minute.0 - through.0 - 1);
    // A gap longer than the minutes and quarter hours that are kept empties them all; more pushes
    // would change nothing.
    let longest = RECENT as i64 + QUARTER * quarters(&Subject::Requests) as i64;
    for back in (1..=missed.min(longest)).rev() {
        for tracked in state.subjects.values_mut() {
            tracked.push(minute.plus(-back), Slice::default());
        }
    }
}

pub(super) fn admit(state: &mut ServiceState, view: &MinuteView) {
    for (name, sums) in &view.routes {
        state.admit(&Subject::Route(name.clone()), sums.count);
    }
    for (name, sums) in &view.dependencies {
        state.admit(&Subject::Dependency(name.clone()), sums.count);
    }
}

/// Adds the minute to the recent minutes of each subject.
pub(super) fn push(state: &mut ServiceState, view: &MinuteView) {
    let whole = state.subjects.get(&Subject::Requests).map(|tracked| {
        let expected = tracked.baseline.expected(view.minute);
        // Where few requests are due in three quarters of an hour, their short-term level is mostly
        // chance.
        let level_known = expected.usual * LEVEL_MINUTES >= LEVEL_DUE;
        let due = if level_known {
            expected.due
        } else {
            expected.usual
        };
        (tracked.baseline.volume(), due)
    });
    let (volume, due) = whole.unwrap_or_default();
    let tracked = state.subjects.values();
    let expected: Vec<Expected> = tracked
        .map(|tracked| tracked.baseline.expected(view.minute))
        .collect();
    let by_route = by_route(view, state.subjects.keys().zip(&expected));
    for ((subject, tracked), expected) in state.subjects.iter_mut().zip(&expected) {
        let sums = sums_of(view, subject);
        let due = match subject {
            Subject::Requests => due,
            Subject::Dependency(_) | Subject::Lines | Subject::Message(_) => 0.0,
            Subject::Route(_) if volume <= 0.0 => 0.0,
            Subject::Route(_) => {
                due * (tracked.baseline.volume() / volume).min(1.0) * (1.0 - expected.error_rate)
            }
        };
        let slower = match subject {
            Subject::Requests => by_route,
            _ => Slower::of(&sums.latency, expected),
        };
        let p90 = ninth_decile(&sums.latency, expected);
        let blamed = subject
            .dependency()
            .and_then(|name| view.requests.causes.get(name))
            .copied()
            .unwrap_or_default();
        let whole = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        tracked.push(
            view.minute,
            Slice {
                count: whole(sums.count),
                errors: whole(sums.errors.min(sums.count)),
                timed: whole(sums.latency.count()),
                slow: whole(slower.slow),
                tail: whole(slower.tail),
                p50: sums.latency.quantile_ms(0.5).map_or(0, columns::tenths),
                p90: p90.map_or(0, columns::tenths),
                due: (due * 100.0) as u32,
                blamed: whole(blamed),
            },
        );
    }
}

/// How many durations of a minute are slow, and how many are far slower than usual.
#[derive(Debug, Clone, Copy, Default)]
struct Slower {
    slow: u64,
    tail: u64,
}

impl Slower {
    fn of(latency: &Sketch, expected: &Expected) -> Self {
        let beyond =
            |above: Option<usize>| above.map_or(0, |above| Histogram::beyond(latency, above));
        Self {
            slow: beyond(expected.slow_above),
            tail: beyond(expected.tail_above.map(|above| above + FAR)),
        }
    }
}

/// Counts the slow requests of a whole service, each by the threshold of its route where that is
/// known, and by the threshold of all requests where it is not.
///
/// A request of a fast route can be ten times as slow as usual and still be faster than a slow
/// route is on a good day; and when a slow route gets a larger part of the traffic, nothing is
/// wrong. Counting by strata notices the first and ignores the second (Mantel and Haenszel,
/// "Statistical aspects of the analysis of data from retrospective studies", JNCI 22, 1959).
fn by_route<'a>(
    view: &MinuteView,
    expected: impl Iterator<Item = (&'a Subject, &'a Expected)> + Clone,
) -> Slower {
    let all = expected.clone().find(|(of, _)| **of == Subject::Requests);
    let Some((_, of_all)) = all else {
        return Slower::default();
    };
    let mut counted = Slower::of(&view.requests.latency, of_all);
    for (subject, usual) in expected {
        let Subject::Route(_) = subject else {
            continue;
        };
        let latency = &sums_of(view, subject).latency;
        let (own, as_all) = (Slower::of(latency, usual), Slower::of(latency, of_all));
        if usual.slow_above.is_some() {
            counted.slow = (counted.slow + own.slow).saturating_sub(as_all.slow);
        }
        if usual.tail_above.is_some() {
            counted.tail = (counted.tail + own.tail).saturating_sub(as_all.tail);
        }
    }
    counted
}

/// Returns the ninth decile of a minute's durations in milliseconds.
///
/// The largest of a few durations lies below the ninth decile: of `n < 9` durations it is, in the
/// mean, the quantile `n / (n + 1)` (Blom, "Statistical Estimates and Transformed Beta-Variables",
/// 1958). The missing factor is taken from the usual durations, as if they were lognormal.
fn ninth_decile(latency: &Sketch, expected: &Expected) -> Option<f64> {
    /// The normal quantiles of `n / (n + 1)` over that of nine tenths, for `n` from 1.
    const PARTS: [f64; 8] = [0.0, 0.336, 0.526, 0.657, 0.755, 0.833, 0.898, 0.953];
    let seen = latency.quantile_ms(0.9)?;
    let few = usize::try_from(latency.count())
        .ok()
        .and_then(|n| PARTS.get(n.checked_sub(1)?));
    let (Some(part), true) = (few, expected.p50_ms > 0.0) else {
        return Some(seen);
    };
    let spread = (expected.p90_ms / expected.p50_ms).max(1.0);
    Some(Bucket::of(seen * spread.powf(1.0 - part)).value_ms())
}

/// Returns the findings of the last minutes, or none if none of them is worth a ticket.
pub(super) fn find(state: &ServiceState, minute: Minute, case: &Case<'_>) -> Vec<Finding> {
    let requests_due = state
        .subjects
        .get(&Subject::Requests)
        .and_then(|requests| requests.recent.last())
        .map_or(
            Due::No,
            |slice| if slice.due > 0 { Due::Yes } else { Due::No },
        );
    let about_subjects = state
        .subjects
        .keys()
        .flat_map(|subject| watch(state, subject, minute, case, Watch::Trouble));
    let mut findings: Vec<Finding> = about_subjects
        .chain(new_error::find(&state.lines, minute, case.tuning))
        .chain(no_logs::find(
            &state.lines,
            minute,
            requests_due,
            case.tuning,
        ))
        .filter_map(|finding| case.tuning.apply(finding))
        .collect();
    let harmful = |finding: &Finding| {
        let told = finding.severity >= Severity::Ticket && finding.surprise >= detect::HARMFUL;
        told && finding.subject.dependency().is_some()
    };
    if findings.iter().any(harmful) {
        harm(state, minute, case, &mut findings);
    }
    let telling = |finding: &Finding| finding.severity >= Severity::Ticket;
    if !findings.iter().any(telling) {
        findings.clear();
        return findings;
    }
    findings.extend(leads(state, minute, case, &findings));
    let level_shifts = case.level_shifts.iter().cloned();
    findings.extend(level_shifts.filter_map(|finding| case.tuning.apply(finding)));
    findings.sort_by(|a, b| (&a.subject, a.detector).cmp(&(&b.subject, b.detector)));
    findings
}

/// Adds findings about requests that suffer from a dependency's trouble. Because the trouble of the
/// dependency is certain, they are accepted at a lower bar than findings that stand alone.
fn harm(state: &ServiceState, minute: Minute, case: &Case<'_>, findings: &mut Vec<Finding>) {
    let served = state
        .subjects
        .keys()
        .filter(|subject| subject.dependency().is_none());
    let harmed = served.flat_map(|subject| watch(state, subject, minute, case, Watch::Harm));
    for finding in harmed.filter_map(|finding| case.tuning.apply(finding)) {
        let same = |known: &&mut Finding| {
            (known.detector, &known.subject) == (finding.detector, &finding.subject)
        };
        match findings.iter_mut().find(same) {
            Some(known) => known.severity = known.severity.max(finding.severity),
            None => findings.push(finding),
        }
    }
}

/// Returns the leads: dependencies whose calls are unusual beside other trouble, at a lower bar.
/// They are information only.
fn leads(
    state: &ServiceState,
    minute: Minute,
    case: &Case<'_>,
    findings: &[Finding],
) -> Vec<Finding> {
    let found = |lead: &Finding| {
        let same =
            |known: &Finding| (known.detector, &known.subject) == (lead.detector, &lead.subject);
        findings.iter().any(same)
    };
    let subjects = state.subjects.keys();
    let dependencies = subjects.filter(|subject| subject.dependency().is_some());
    let leads = dependencies.flat_map(|name| watch(state, name, minute, case, Watch::Lead));
    leads
        .filter(|lead| !found(lead))
        .map(|mut lead| {
            lead.severity = Severity::Info;
            lead
        })
        .collect()
}

/// Returns the findings about one subject.
pub(super) fn watch(
    state: &ServiceState,
    subject: &Subject,
    minute: Minute,
    case: &Case<'_>,
    watch: Watch,
) -> Vec<Finding> {
    let Some(tracked) = state.subjects.get(subject) else {
        return Vec::new();
    };
    let expected = tracked.baseline.expected(minute);
    let weight = match subject {
        Subject::Route(_) => {
            let all = state.subjects.get(&Subject::Requests);
            let all = all.map_or(0.0, |all| all.baseline.volume());
            (tracked.baseline.volume() / all.max(1.0)).min(1.0)
        }
        _ => 1.0,
    };
    // Minutes before the end of the last alert are left out: what they show was reported already.
    let healthy_from = case.last.and_then(|last| last.healthy_from(minute));
    let known = healthy_from.map_or(RECENT, |from| (minute.0 - from.0 + 1).max(1) as usize);
    let recent = Recent {
        subject,
        slices: &tracked.recent[RECENT.saturating_sub(known)..],
        quarters: &tracked.quarters,
        minute,
        expected: &expected,
        tuning: case.tuning,
        weight,
        healthy_from,
        deployed: deployed(minute, case.changes),
    };
    let mut findings = detect::all(&recent, watch);
    let began = state.lines.began.unwrap_or(minute);
    if minute.0 - began.0 < FIRST_DAYS {
        for finding in findings.iter_mut().filter(|finding| !finding.is_grave()) {
            finding.severity = finding.severity.min(Severity::Ticket);
        }
    }
    findings
}

/// Returns when the last deployment began, of the service or of one of its dependencies.
fn deployed(minute: Minute, changes: &[Change]) -> Option<Minute> {
    let until = minute.start_ms() + MINUTE_MS;
    let began = changes
        .iter()
        .filter(|change| change.begins_deployment() && change.at_ms < until);
    began.map(|change| Minute::of_ms(change.at_ms)).max()
}

/// Returns a subject's sums of a minute.
pub(super) fn sums_of<'a>(view: &'a MinuteView, subject: &Subject) -> &'a Sums {
    static NOTHING: std::sync::LazyLock<Sums> = std::sync::LazyLock::new(Sums::default);
    let part = match subject {
        Subject::Requests => Some(&view.requests),
        Subject::Route(name) => view.routes.get(name),
        Subject::Dependency(name) => view.dependencies.get(name),
        Subject::Lines => Some(&view.lines),
        Subject::Message(_) => None,
    };
    part.unwrap_or(&NOTHING)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Returns a minute with requests, each row a route, how many requests it has and how many
    /// milliseconds each takes.
    fn minute(minute: i64, requests: &[(&str, u64, f64)]) -> MinuteView {
        let mut view = MinuteView::empty(Minute(minute));
        let mut routes: BTreeMap<Box<str>, Sums> = BTreeMap::new();
        for (route, n, ms) in requests {
            let mut sums = Sums {
                count: *n,
                ..Sums::default()
            };
            sums.latency.add_count(Bucket::of(*ms), *n);
            view.requests.merge(&sums);
            routes.entry((*route).into()).or_default().merge(&sums);
        }
        view.routes = routes;
        view
    }

    /// Returns how many requests of a minute are slow, after six hours in which `/fast` took 9 to
    /// 11 ms and `/slow` 900 to 1100.
    fn slow(requests: &[(&str, u64, f64)]) -> u32 {
        let mut state = ServiceState::default();
        for at in 0..360 {
            let jitter = 1.0 + 0.02 * (at % 11 - 5) as f64;
            let usual = [("/fast", 20, 10.0 * jitter), ("/slow", 5, 1_000.0 * jitter)];
            let view = minute(at, &usual);
            take_in(&mut state, &view);
            for (subject, tracked) in &mut state.subjects {
                tracked.learn(view.minute, &sums_of(&view, subject).latency);
            }
            state.closed_through = Some(view.minute);
        }
        take_in(&mut state, &minute(360, requests));
        let all = &state.subjects[&Subject::Requests];
        all.recent.last().expect("it was taken in").slow
    }

    #[test]
    fn a_request_is_slow_by_what_is_usual_for_its_route() {
        for (requests, expected) in [
            (vec![("/fast", 20, 10.0), ("/slow", 5, 1_000.0)], 0),
            // Requests ten times as slow as usual, and still faster than the slow route.
            (vec![("/fast", 20, 100.0), ("/slow", 5, 1_000.0)], 20),
            (vec![("/fast", 20, 10.0), ("/slow", 5, 3_000.0)], 5),
            // More requests to the slow route are no trouble.
            (vec![("/fast", 5, 10.0), ("/slow", 50, 1_000.0)], 0),
            // A route without a baseline of its own is measured by that of all requests.
            (vec![("/fast", 20, 10.0), ("/new", 3, 5_000.0)], 3),
            (vec![("/fast", 20, 10.0), ("/new", 3, 500.0)], 0),
        ] {
            assert_eq!(slow(&requests), expected, "{requests:?}");
        }
    }

    #[test]
    fn the_largest_of_few_is_less_than_the_ninth_decile() {
        let usual = Expected {
            p50_ms: 100.0,
            p90_ms: 200.0,
            ..Expected::default()
        };
        for (n, ms, expected) in [
            (0, 100.0, None),
            // A single duration is taken for the median.
            (1, 100.0, Some(200.0)),
            (1, 400.0, Some(800.0)),
            (4, 150.0, Some(190.0)),
            (9, 150.0, Some(150.0)),
            (500, 150.0, Some(150.0)),
        ] {
            let mut latency = Sketch::default();
            latency.add_count(Bucket::of(ms), n);
            let found = ninth_decile(&latency, &usual);
            let near = |(a, b): (f64, f64)| (a / b - 1.0).abs() < 0.1;
            let alike = found.is_some() == expected.is_some();
            assert!(
                alike && found.zip(expected).is_none_or(near),
                "{n}: {found:?}"
            );
        }
        let mut one = Sketch::default();
        one.add(100.0);
        let unknown = ninth_decile(&one, &Expected::default());
        assert!(unknown.is_some_and(|ms| ms < 110.0), "{unknown:?}");
    }
}
