//! What becomes of the service's incident: opened, told again, resolved.

use super::Case;
use super::MinuteView;
use super::evaluate::watch;
use super::learn;
use super::state::ServiceState;
use super::suspects::{last_of, suspects};
use crate::alert::cause::Trouble;
use crate::alert::{self, Alert, AlertEvent, HEALTHY};
use crate::detect::table::Holds;
use crate::detect::{Detector, Finding, Severity, Subject, Watch};
use crate::time::Minute;

/// Returns what becomes of the incident, and keeps count of suspects and healthy minutes.
pub(super) fn decide(
    state: &mut ServiceState,
    view: &MinuteView,
    case: &Case<'_>,
    findings: &[Finding],
) -> Option<(AlertEvent, Alert)> {
    let (minute, now_ms) = (view.minute, case.now_ms);
    let mine = case.last.filter(|incident| incident.comes_back(minute));
    let again = mine.is_some_and(|incident| incident.judged_through >= minute);
    let going_on = mine.filter(|mine| mine.is_open() || mine.judged_through >= minute);
    // Windows of hours show what is over for a while: they open, and do not hold open.
    let of_hours = |finding: &Finding| {
        finding.severity < Severity::Ticket || finding.detector.row().holds != Holds::Open
    };
    let hours_alone = !findings.is_empty()
        && findings.iter().all(of_hours)
        && mine.is_some_and(|open| {
            open.was_open(minute, now_ms) && !remains(state, open, minute, case)
        });
    if findings.is_empty() || hours_alone {
        let open = mine.filter(|incident| incident.was_open(minute, now_ms))?;
        if remains(state, open, minute, case) {
            state.healthy = 0;
            // What goes on at a level that nothing finds any more may be the new normal too.
            let normal = learn::taken_for_normal(state, open, minute, &open.findings)?;
            return (!again).then(|| accepted(open, minute, now_ms, &normal));
        }
        state.healthy += 1;
        let over = state.healthy >= HEALTHY && !again;
        return over.then(|| (AlertEvent::Resolve, alert::resolve(open, minute, now_ms)));
    }
    state.healthy = 0;
    if let Some(open) = going_on
        && let Some(normal) = learn::taken_for_normal(state, open, minute, findings)
    {
        return (!again).then(|| accepted(open, minute, now_ms, &normal));
    }
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
            AlertEvent::Open,
            alert::open(case.service, &trouble, now_ms),
        )),
        Some(before) => {
            let after = alert::update(before, &trouble, now_ms)?;
            Some((AlertEvent::Update, after))
        }
    }
}

fn accepted(open: &Alert, minute: Minute, now_ms: i64, normal: &str) -> (AlertEvent, Alert) {
    let over = alert::accept(open, minute, now_ms, normal);
    (AlertEvent::Resolve, over)
}

/// Whether anything is left of an incident's symptoms.
fn remains(state: &ServiceState, open: &Alert, minute: Minute, case: &Case<'_>) -> bool {
    // Missing requests are what is left of missing requests only: levels wander by themselves.
    let of_traffic = (Detector::TrafficDrop, Subject::Requests);
    let missed = open.symptoms.contains(&of_traffic);
    let counts = |finding: &Finding| missed || finding.detector != Detector::TrafficDrop;
    let left = |subject| {
        let found = watch(state, subject, minute, case, Watch::Remains);
        found.iter().any(counts)
    };
    open.subjects().into_iter().any(left)
}
