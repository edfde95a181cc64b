//! Decides what becomes of the service's alert: opened, updated, resolved, or accepted as normal.

use super::Case;
use super::MinuteView;
use super::evaluate::watch;
use super::learn::{self, NewNormal};
use super::state::ServiceState;
use super::suspects::{last_of, suspects};
use crate::alert::cause::Trouble;
use crate::alert::{self, Alert, AlertEvent, HEALTHY};
use crate::detect::table::Holds;
use crate::detect::{Detector, Finding, Severity, Subject, Watch};
use crate::time::Minute;

/// The decision about the service's alert.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Decision {
    /// The event to report and the alert after it, if anything is to be reported.
    pub(super) told: Option<(AlertEvent, Alert)>,
    /// The level that is normal from now on, if one is accepted. It is set without an event when
    /// the minute was judged before, because the alert's end was reported then.
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

/// Decides about the alert, and updates the suspects and the count of healthy minutes in `state`.
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
    // A window of hours still shows trouble for a while after its end, so such a detector opens an
    // alert but does not hold it open.
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
            // Where remains of the trouble persist at a level that no detector reports any more,
            // that level may be the new normal too.
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
    // `max_by_key` keeps the last of equals, so the order is reversed for the first one to win.
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

/// Returns whether any symptom of an alert is still visible, at the lower bar of
/// [`Watch::Remains`].
fn remains(state: &ServiceState, open: &Alert, minute: Minute, case: &Case<'_>) -> bool {
    // Few requests count as remains only if the alert was about missing requests: traffic wanders
    // by itself.
    let of_traffic = (Detector::TrafficDrop, Subject::Requests);
    let missed = open.symptoms.contains(&of_traffic);
    let counts = |finding: &Finding| missed || finding.detector != Detector::TrafficDrop;
    let left = |subject| {
        let found = watch(state, subject, minute, case, Watch::Remains);
        found.iter().any(counts)
    };
    open.subjects().into_iter().any(left)
}
