//! Judging: one closed minute of one service is compared with the baseline as it was before that
//! minute.
//!
//! The order is a law. The minute is judged first, and only then does the baseline learn it, unless
//! something is wrong or the service was just deployed: otherwise trouble would teach the baseline
//! that trouble is normal. Nothing here reads a clock or keeps anything outside its arguments.

mod columns;
mod decide;
mod evaluate;
mod late;
mod learn;
mod level_shifts;
#[cfg(test)]
mod open_tests;
mod prefilter;
mod recurrence;
#[cfg(test)]
mod size_tests;
mod state;
mod suspects;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tuning_tests;
mod v1;
mod v2;
#[cfg(test)]
mod world;

use std::collections::BTreeMap;

use decide::Decision;

use crate::alert::{Alert, AlertEvent};
use crate::change::Change;
use crate::detect::tuning::Tuning;
use crate::detect::{Finding, Severity};

pub use crate::view::MinuteView;
pub use late::revise;
pub use level_shifts::{LevelShifts, LevelShiftsError};
pub use prefilter::prefilter;
pub use state::{MAX_BYTES, MAX_DEPENDENCIES, MAX_ROUTES, RECENT, ServiceState, StateError};

/// The result of judging a minute.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    /// The findings of the last minutes; empty when none of them is worth a ticket.
    pub findings: Vec<Finding>,
    /// The event of the service's alert, and the alert to store; `None` when nothing is to be
    /// reported. Store it *before* the state: if the process crashes between the two writes,
    /// judging the same minute again reaches the same alert and changes nothing.
    pub incident: Option<(AlertEvent, Alert)>,
}

/// The context of judging a minute: everything but the minute itself and the service's state.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The service.
    pub service: &'a str,
    /// The newest alert of the service, open or resolved.
    pub last: Option<&'a Alert>,
    /// The changes of the service and of the services that it calls, of at least the last 24 hours.
    pub changes: &'a [Change],
    /// The detector settings that the service's owners chose.
    pub tuning: &'a Tuning,
    /// Level shifts found within the last hour; they are reported only beside other trouble.
    pub level_shifts: &'a [Finding],
    /// The time of this decision, in milliseconds since the epoch.
    pub now_ms: i64,
}

/// Judges a closed minute of a service, and then lets the baseline learn it.
///
/// Minutes must come in order. A minute that was judged before is not judged again, and minutes
/// missing in between count as minutes without data.
pub fn judge(state: &mut ServiceState, view: &MinuteView, case: &Case<'_>) -> Judgement {
    if state
        .closed_through
        .is_some_and(|through| view.minute <= through)
    {
        return Judgement::default();
    }
    evaluate::take_in(state, view);
    let found = evaluate::find(state, view.minute, case);
    let findings = learn::what_is_new(state, view.minute, found.clone());
    state.recurrences.learn(&found, view.minute);
    let Decision { told, accepted } = decide::decide(state, view, case, &findings);
    if let Some(normal) = accepted {
        learn::accept(state, &normal, view.minute);
    }
    let after = told.as_ref().map(|(_, incident)| incident).or(case.last);
    let open = after.filter(|incident| incident.was_open(view.minute, case.now_ms));
    if open.is_none() {
        (state.healthy, state.suspects) = (0, BTreeMap::new());
    }
    let unsettled = learn::but_what_settles(state, view.minute, found);
    let calm = learn::may_learn(view.minute, &unsettled, open, case);
    learn::learn(state, view, calm);
    state.closed_through = Some(view.minute);
    Judgement {
        findings,
        incident: told,
    }
}

/// Judges the minutes of a service that are not closed yet, of which the newest is still open, and
/// learns nothing.
///
/// The result is what [`judge`] would report if the newest minute ended now, as far as further
/// events of that minute cannot take it back: it reports trouble, but neither missing requests nor
/// the end of an alert. `views` must be in order, from the first minute that is not closed; minutes
/// that are closed are skipped.
#[must_use]
pub fn judge_open(state: &ServiceState, views: &[MinuteView], case: &Case<'_>) -> Judgement {
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
        evaluate::take_in(&mut state, view);
        state.closed_through = Some(view.minute);
    }
    evaluate::take_in(&mut state, newest);
    let found = evaluate::find(&state, newest.minute, case);
    let mut findings = learn::what_is_new(&state, newest.minute, found);
    findings.retain(|finding| finding.detector.row().holds_early);
    let told = findings
        .iter()
        .any(|finding| finding.severity >= Severity::Ticket);
    if !told {
        return Judgement::default();
    }
    let Decision { told, .. } = decide::decide(&mut state, newest, case, &findings);
    let incident = told.filter(|(event, _)| *event != AlertEvent::Resolve);
    Judgement { findings, incident }
}
