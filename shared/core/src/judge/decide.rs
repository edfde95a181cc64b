//! What becomes of the service's alert: opened, told again, resolved, or accepted as normal.

use super::Case;
use super::evaluate::watch;
use super::learn::{self, NewNormal};
use super::state::ServiceState;
use super::suspects::{last_of, suspects};
use super::view::MinuteView;
use crate::alert::cause::Trouble;
use crate::alert::{self, Alert, AlertEvent, HEALTHY};
use crate::detect::table::Holds;
use crate::detect::{Detector, Finding, Severity, Subject, Watch};
use crate::time::Minute;

/// What becomes of the service's alert.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Decision {
    /// What is to be told of it, where anything is.
    pub(super) told: Option<(AlertEvent, Alert)>,
    /// What is normal from now on; nothing is told of it again where the minute was judged before.
    pub(super) accepted: Option<NewNormal>,
}

impl Decision {
    fn told(event: AlertEvent, alert: Alert) -> Self {
        Self {
            told: Some((event, alert)),
            accepted: None,
        }
    }
}

/// Returns what becomes of the alert, and keeps count of suspects and healthy minutes.
pub(super) fn decide(
    state: &mut ServiceState,
    view: &MinuteView,
    case: &Case<'_>,
    findings: &[Finding],
) -> Decision {
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
    let accepted = |open: &Alert, normal: NewNormal| Decision {
        told: (!again).then(|| {
            let over = alert::accept(open, minute, now_ms, normal.symptom.clone());
            (AlertEvent::Resolve, over)
        }),
        accepted: Some(normal),
    };
    if findings.is_empty() || hours_alone {
        let Some(open) = mine.filter(|incident| incident.was_open(minute, now_ms)) else {
            return Decision::default();
        };
        if remains(state, open, minute, case) {
            state.healthy = 0;
            // What goes on at a level that nothing finds any more may be the new normal too.
            let normal = learn::taken_for_normal(state, open, minute, &open.findings);
            return normal.map_or_else(Decision::default, |normal| accepted(open, normal));
        }
        state.healthy += 1;
        if state.healthy < HEALTHY || again {
            return Decision::default();
        }
        return Decision::told(AlertEvent::Resolve, alert::resolve(open, minute, now_ms));
    }
    state.healthy = 0;
    if let Some(open) = going_on
        && let Some(normal) = learn::taken_for_normal(state, open, minute, findings)
    {
        return accepted(open, normal);
    }
    let suspects = suspects(state, findings, view);
    let Some(worst) = findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Ticket)
        .max_by(|a, b| a.surprise.total_cmp(&b.surprise))
    else {
        return Decision::default();
    };
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
        return Decision::default();
    }
    match mine {
        None => {
            let opened = alert::open(case.service, &trouble, now_ms);
            Decision::told(AlertEvent::Open, opened)
        }
        Some(before) => match alert::update(before, &trouble, now_ms) {
            Some(after) => Decision::told(AlertEvent::Update, after),
            None => Decision::default(),
        },
    }
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
