//! Judging: one closed minute of one service, against what was normal before it.
//!
//! The order is a law: the minute is judged first, against the baseline as it was, and learnt only then, unless there
//! is trouble or the service was just deployed. Nothing here asks a clock or remembers anything outside its arguments.

#[cfg(test)]
mod size_tests;
mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tuning_tests;
mod view;
#[cfg(test)]
mod world;

use std::collections::BTreeMap;

use crate::baseline::histogram::Histogram;
use crate::change::Change;
use crate::detect::tuning::Tuning;
use crate::detect::{self, Finding, Recent, Severity, Slice, Subject, Watch};
use crate::incident::cause::{Suspect, Trouble};
use crate::incident::{self, HEALTHY, Incident, IncidentEvent};
use crate::series::Sums;
use crate::time::{MINUTE_MS, Minute};
use state::Tracked;

pub use state::{MAX_BYTES, MAX_DEPENDENCIES, MAX_ROUTES, RECENT, ServiceState, StateError};
pub use view::MinuteView;

/// How long after a deployment of the service nothing is learnt.
const AFTER_DEPLOYMENT_MS: i64 = 30 * MINUTE_MS;

/// Minutes after which an incident that goes on is taken for what is normal now, and learning begins again.
const NEW_NORMAL: i64 = 6 * 60;

/// Minutes over which failing requests are laid at somebody's door.
const BLAME: usize = 10;

/// What judging a minute gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    /// What is unusual in the last minutes.
    pub findings: Vec<Finding>,
    /// What became of the service's incident, and how it is to be stored. Store it *before* the state: a crash between
    /// the two is then mended by judging the minute again, which changes nothing.
    pub incident: Option<(IncidentEvent, Incident)>,
}

/// What a minute is judged beside: everything but the minute itself and what is remembered of the service.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The service.
    pub service: &'a str,
    /// Its newest incident, open or resolved.
    pub last: Option<&'a Incident>,
    /// The changes of the service and of the services that it calls, of at least the last 24 hours.
    pub changes: &'a [Change],
    /// What its owners want found, and how surely.
    pub tuning: &'a Tuning,
    /// When this is decided, in milliseconds since the epoch.
    pub now_ms: i64,
}

/// Judges a closed minute of a service, then learns it.
///
/// Minutes come in order; one that was judged before is not judged again, and a gap counts as minutes of which nothing
/// is known.
pub fn judge(state: &mut ServiceState, view: &MinuteView, case: &Case<'_>) -> Judgement {
    if state
        .closed_through
        .is_some_and(|through| view.minute <= through)
    {
        return Judgement::default();
    }
    skip_gap(state, view.minute);
    admit(state, view);
    let slow = push(state, view);
    let findings = find(state, view.minute, case.tuning);
    let told = decide(state, view, case, &findings);
    let after = told.as_ref().map(|(_, incident)| incident).or(case.last);
    let open = after.filter(|incident| incident.was_open(view.minute, case.now_ms));
    if open.is_none() {
        (state.healthy, state.suspects) = (0, BTreeMap::new());
    }
    if may_learn(view.minute, &findings, open, case) {
        for ((subject, tracked), slow) in state.subjects.iter_mut().zip(slow) {
            tracked
                .baseline
                .learn(view.minute, sums_of(view, subject), slow);
        }
    }
    state.closed_through = Some(view.minute);
    Judgement {
        findings,
        incident: told,
    }
}

/// Judges the minutes of a service that are not closed yet, the newest of them still open, and learns nothing.
///
/// What it tells is what [`judge`] would tell if the newest minute ended now, as far as more of it cannot take that
/// back: trouble, but neither missing requests nor the end of an incident. `views` are in order, from the first minute
/// that is not closed; those that are closed are left out.
#[must_use]
pub fn glance(state: &ServiceState, views: &[MinuteView], case: &Case<'_>) -> Judgement {
    let mut state = state.clone();
    let open = |view: &&MinuteView| {
        state
            .closed_through
            .is_none_or(|through| view.minute > through)
    };
    let views: Vec<&MinuteView> = views.iter().filter(open).collect();
    let Some((newest, before)) = views.split_last() else {
        return Judgement::default();
    };
    for view in before {
        skip_gap(&mut state, view.minute);
        admit(&mut state, view);
        push(&mut state, view);
        state.closed_through = Some(view.minute);
    }
    skip_gap(&mut state, newest.minute);
    admit(&mut state, newest);
    push(&mut state, newest);
    let mut findings = find(&state, newest.minute, case.tuning);
    findings.retain(|finding| finding.detector.holds_early());
    let told = findings
        .iter()
        .any(|finding| finding.severity >= Severity::Ticket);
    if !told {
        return Judgement::default();
    }
    let incident = decide(&mut state, newest, case, &findings);
    Judgement { findings, incident }
}

fn skip_gap(state: &mut ServiceState, minute: Minute) {
    let missed = state
        .closed_through
        .map_or(0, |through| minute.0 - through.0 - 1);
    for _ in 0..missed.min(RECENT as i64) {
        for tracked in state.subjects.values_mut() {
            tracked.push(Slice::default());
        }
    }
}

fn admit(state: &mut ServiceState, view: &MinuteView) {
    for (name, sums) in &view.routes {
        state.admit(&Subject::Route(name.clone()), sums.count);
    }
    for (name, sums) in &view.dependencies {
        state.admit(&Subject::Dependency(name.clone()), sums.count);
    }
}

/// Adds the minute to what is remembered of each subject, and returns how many of its durations were slow.
fn push(state: &mut ServiceState, view: &MinuteView) -> Vec<u64> {
    let whole = state.subjects.get(&Subject::Requests).map(|tracked| {
        (
            tracked.baseline.volume(),
            tracked.baseline.expected(view.minute).due,
        )
    });
    let (volume, due) = whole.unwrap_or_default();
    let mut all_slow = Vec::with_capacity(state.subjects.len());
    for (subject, tracked) in &mut state.subjects {
        let sums = sums_of(view, subject);
        let expected = tracked.baseline.expected(view.minute);
        let due = match subject {
            Subject::Requests => due,
            Subject::Dependency(_) => 0.0,
            Subject::Route(_) if volume <= 0.0 => 0.0,
            Subject::Route(_) => {
                due * (tracked.baseline.volume() / volume).min(1.0) * (1.0 - expected.error_rate)
            }
        };
        let slow = expected.slow_above.map_or(0, |above| {
            let beyond = sums
                .latency
                .buckets()
                .filter(|(bucket, _)| Histogram::bucket(*bucket) > above);
            beyond.map(|(_, n)| n).sum()
        });
        let tenths = |q| {
            sums.latency
                .quantile_ms(q)
                .map_or(0, |ms| (ms * 10.0) as u32)
        };
        let blamed = subject
            .dependency()
            .and_then(|name| view.requests.causes.get(name))
            .copied()
            .unwrap_or_default();
        let whole = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        tracked.push(Slice {
            count: whole(sums.count),
            errors: whole(sums.errors.min(sums.count)),
            timed: whole(sums.latency.count()),
            slow: whole(slow),
            p50: tenths(0.5),
            p90: tenths(0.9),
            due: (due * 100.0) as u32,
            blamed: whole(blamed),
        });
        all_slow.push(slow);
    }
    all_slow
}

fn find(state: &ServiceState, minute: Minute, tuning: &Tuning) -> Vec<Finding> {
    let mut findings: Vec<Finding> = state
        .subjects
        .iter()
        .flat_map(|(subject, tracked)| watch(subject, tracked, minute, tuning, Watch::Trouble))
        .filter_map(|finding| tuning.apply(finding))
        .collect();
    let telling = |finding: &Finding| finding.severity >= Severity::Ticket;
    if !findings.iter().any(telling) {
        findings.clear();
        return findings;
    }
    findings.extend(leads(state, minute, tuning, &findings));
    findings.sort_by(|a, b| (&a.subject, a.detector).cmp(&(&b.subject, b.detector)));
    findings
}

/// Beside trouble, dependencies whose calls are unusual too, if less surely.
fn leads(
    state: &ServiceState,
    minute: Minute,
    tuning: &Tuning,
    findings: &[Finding],
) -> Vec<Finding> {
    let found = |lead: &Finding| {
        let same =
            |known: &Finding| (known.detector, &known.subject) == (lead.detector, &lead.subject);
        findings.iter().any(same)
    };
    let dependencies = state
        .subjects
        .iter()
        .filter(|(subject, _)| subject.dependency().is_some());
    let leads = dependencies
        .flat_map(|(subject, tracked)| watch(subject, tracked, minute, tuning, Watch::Lead));
    leads
        .filter(|lead| !found(lead))
        .map(|mut lead| {
            lead.severity = Severity::Info;
            lead
        })
        .collect()
}

fn watch(
    subject: &Subject,
    tracked: &Tracked,
    minute: Minute,
    tuning: &Tuning,
    watch: Watch,
) -> Vec<Finding> {
    let expected = tracked.baseline.expected(minute);
    let recent = Recent {
        subject,
        slices: &tracked.recent,
        minute,
        expected: &expected,
        tuning,
    };
    detect::all(&recent, watch)
}

/// Returns what becomes of the incident, and keeps count of suspects and healthy minutes.
fn decide(
    state: &mut ServiceState,
    view: &MinuteView,
    case: &Case<'_>,
    findings: &[Finding],
) -> Option<(IncidentEvent, Incident)> {
    let (minute, now_ms) = (view.minute, case.now_ms);
    let mine = case.last.filter(|incident| incident.comes_back(minute));
    let again = mine.is_some_and(|incident| incident.judged_through >= minute);
    if findings.is_empty() {
        let open = mine.filter(|incident| incident.was_open(minute, now_ms))?;
        state.healthy = if remains(state, open, minute, case.tuning) {
            0
        } else {
            state.healthy + 1
        };
        let over = state.healthy >= HEALTHY && !again;
        return over.then(|| {
            (
                IncidentEvent::Resolve,
                incident::resolve(open, minute, now_ms),
            )
        });
    }
    state.healthy = 0;
    let suspects = suspects(state, findings, view);
    let worst = findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Ticket)
        .max_by(|a, b| a.surprise.total_cmp(&b.surprise))?;
    let failing = state
        .subjects
        .get(&Subject::Requests)
        .map_or(0.0, |requests| last_of(requests, |slice| slice.errors));
    // The first in order wins among equals.
    let causes = view.requests.causes.iter().rev();
    let words = causes.max_by_key(|(_, n)| **n);
    let trouble = Trouble {
        minute,
        since: worst.since,
        findings,
        suspects: &suspects,
        failing,
        words: words.map(|(words, _)| &**words),
        changes: case.changes,
    };
    if again {
        return None;
    }
    match mine {
        None => Some((
            IncidentEvent::Open,
            incident::open(case.service, &trouble, now_ms),
        )),
        Some(before) => {
            let after = incident::update(before, &trouble, now_ms)?;
            Some((IncidentEvent::Update, after))
        }
    }
}

/// Whether anything is left of an incident's symptoms.
fn remains(state: &ServiceState, open: &Incident, minute: Minute, tuning: &Tuning) -> bool {
    open.subjects().into_iter().any(|subject| {
        let tracked = state.subjects.get(subject);
        tracked.is_some_and(|tracked| {
            !watch(subject, tracked, minute, tuning, Watch::Remains).is_empty()
        })
    })
}

/// Returns the dependencies under suspicion: those whose calls are or were unusual while this goes on, and those that
/// most failing requests name.
fn suspects(state: &mut ServiceState, findings: &[Finding], view: &MinuteView) -> Vec<Suspect> {
    let failing = state
        .subjects
        .get(&Subject::Requests)
        .map_or(0.0, |requests| last_of(requests, |slice| slice.errors));
    let mut suspects = Vec::new();
    for (subject, tracked) in &state.subjects {
        let Some(name) = subject.dependency() else {
            continue;
        };
        let unusual = findings
            .iter()
            .filter(|finding| finding.subject == *subject);
        let mut since = unusual.map(|finding| finding.since).min();
        let blamed = last_of(tracked, |slice| slice.blamed);
        if since.is_none() && blamed >= 5.0 && blamed >= 0.5 * failing {
            let first = tracked.recent.iter().position(|slice| slice.blamed > 0);
            since = first.map(|at| view.minute.plus(at as i64 + 1 - RECENT as i64));
        }
        let known = state.suspects.get(name).copied();
        if let (None, Some(since)) = (known, since) {
            state.suspects.insert(name.into(), since);
        }
        let Some(since) = known.or(since) else {
            continue;
        };
        let calls = sums_of(view, subject);
        let timeouts: u64 = calls
            .causes
            .iter()
            .filter(|(cause, _)| is_timeout(cause))
            .map(|(_, n)| n)
            .sum();
        suspects.push(Suspect {
            name: name.into(),
            since,
            blamed,
            failed: last_of(tracked, |slice| slice.errors),
            times_out: timeouts > 0 && timeouts * 2 >= calls.errors,
        });
    }
    suspects
}

fn is_timeout(cause: &str) -> bool {
    let lower = cause.to_ascii_lowercase();
    ["timeout", "timed out", "timedout", "time-out", "504"]
        .iter()
        .any(|word| lower.contains(word))
}

fn may_learn(
    minute: Minute,
    findings: &[Finding],
    open: Option<&Incident>,
    case: &Case<'_>,
) -> bool {
    if let Some(open) = open {
        return minute.0 - open.since.0 > NEW_NORMAL;
    }
    let just = |change: &Change| {
        let since = minute.start_ms() - change.at_ms;
        change.is_deployment()
            && change.service == case.service
            && (-MINUTE_MS..AFTER_DEPLOYMENT_MS).contains(&since)
    };
    findings.is_empty() && !case.changes.iter().any(just)
}

fn last_of(tracked: &Tracked, of: impl Fn(&Slice) -> u32) -> f64 {
    let from = tracked.recent.len().saturating_sub(BLAME);
    tracked.recent[from..]
        .iter()
        .map(|slice| f64::from(of(slice)))
        .sum()
}

fn sums_of<'a>(view: &'a MinuteView, subject: &Subject) -> &'a Sums {
    static NOTHING: std::sync::LazyLock<Sums> = std::sync::LazyLock::new(Sums::default);
    let part = match subject {
        Subject::Requests => Some(&view.requests),
        Subject::Route(name) => view.routes.get(name),
        Subject::Dependency(name) => view.dependencies.get(name),
    };
    part.unwrap_or(&NOTHING)
}
