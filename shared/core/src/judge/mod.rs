//! Judging: one closed minute of one service, against what was normal before it.
//!
//! The order is a law: the minute is judged first, against the baseline as it was, and learnt only then, unless there
//! is trouble or the service was just deployed. Nothing here asks a clock or remembers anything outside its arguments.

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
mod view;
#[cfg(test)]
mod world;

use std::collections::BTreeMap;

use decide::Decision;

use crate::alert::{Alert, AlertEvent};
use crate::change::Change;
use crate::detect::tuning::Tuning;
use crate::detect::{Finding, Severity};

pub use late::revise;
pub use level_shifts::{LevelShifts, LevelShiftsError};
pub use prefilter::prefilter;
pub use state::{MAX_BYTES, MAX_DEPENDENCIES, MAX_ROUTES, RECENT, ServiceState, StateError};
pub use view::MinuteView;

/// What judging a minute gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    /// What is unusual in the last minutes.
    pub findings: Vec<Finding>,
    /// What became of the service's alert, and how it is to be stored. Store it *before* the state: a crash between
    /// the two is then mended by judging the minute again, which changes nothing.
    pub incident: Option<(AlertEvent, Alert)>,
}

/// What a minute is judged beside: everything but the minute itself and what is remembered of the service.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The service.
    pub service: &'a str,
    /// Its newest incident, open or resolved.
    pub last: Option<&'a Alert>,
    /// The changes of the service and of the services that it calls, of at least the last 24 hours.
    pub changes: &'a [Change],
    /// What its owners want found, and how surely.
    pub tuning: &'a Tuning,
    /// What its levels showed of late; told beside trouble.
    pub level_shifts: &'a [Finding],
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

/// Judges the minutes of a service that are not closed yet, the newest of them still open, and learns nothing.
///
/// What it tells is what [`judge`] would tell if the newest minute ended now, as far as more of it cannot take that
/// back: trouble, but neither missing requests nor the end of an incident. `views` are in order, from the first minute
/// that is not closed; those that are closed are left out.
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
