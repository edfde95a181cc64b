//! What a judged minute teaches, and when a changed level is taken for the new normal.
//!
//! Nothing is learnt while something is wrong or was just deployed. What stays changed for hours, steadily, is no
//! incident any more but what is normal now; that is said, and what was known of it is weakened so that the next hours
//! decide. While they do, it is not told again.

#[cfg(test)]
mod tests;

use super::Case;
use super::evaluate::sums_of;
use super::state::{ServiceState, Settling, Tracked};
use super::view::MinuteView;
use crate::alert::{Alert, Symptom};
use crate::baseline::Signal;
use crate::change::Change;
use crate::detect::known::Calm;
use crate::detect::{Finding, Quarter, Severity, Subject};
use crate::time::{MINUTE_MS, Minute};

/// How long after a deployment of the service nothing is learnt.
const AFTER_DEPLOYMENT_MS: i64 = 30 * MINUTE_MS;

/// Minutes after which a changed level that is steady is taken for what is normal now.
const NEW_NORMAL: i64 = 6 * 60;

/// Minutes after which even failures, or silence, are: and after which what is not steady is learnt from again.
const LATE_NORMAL: i64 = 24 * 60;

/// The share of failures above which only [`LATE_NORMAL`] makes them normal.
const MANY_FAIL: f64 = 0.03;

/// What is left of the requests due, below which only [`LATE_NORMAL`] makes it normal.
const FEW_LEFT: f64 = 0.2;

/// How much the older and the newer half of the last hours may differ where they are steady.
const STEADY: f64 = 1.3;

/// Minutes in which what was taken for normal is learnt and not told again.
const SETTLES: i64 = 120;

/// Returns whether a minute may teach what is normal.
pub(super) fn may_learn(
    minute: Minute,
    findings: &[Finding],
    open: Option<&Alert>,
    case: &Case<'_>,
) -> Calm {
    if let Some(open) = open {
        let late = minute.0 - open.since.0 > LATE_NORMAL;
        return if late { Calm::Yes } else { Calm::No };
    }
    let just = |change: &Change| {
        let since = minute.start_ms() - change.at_ms;
        change.is_deployment()
            && change.service == case.service
            && (-MINUTE_MS..AFTER_DEPLOYMENT_MS).contains(&since)
    };
    if findings.is_empty() && !case.changes.iter().any(just) {
        Calm::Yes
    } else {
        Calm::No
    }
}

/// Learns a minute that was judged.
pub(super) fn learn(state: &mut ServiceState, view: &MinuteView, calm: Calm) {
    if calm == Calm::Yes {
        for (subject, tracked) in &mut state.subjects {
            tracked.learn(view.minute, &sums_of(view, subject).latency);
        }
    }
    state.lines.learn(view, calm);
    state.settling = state
        .settling
        .filter(|settling| view.minute < settling.until);
}

/// Returns the findings but for those of what was just taken for normal and is still being learnt.
pub(super) fn but_what_settles(
    state: &ServiceState,
    minute: Minute,
    mut findings: Vec<Finding>,
) -> Vec<Finding> {
    let settling = state.settling.filter(|settling| minute <= settling.until);
    let settles = |finding: &Finding| {
        settling
            .zip(finding.signal)
            .is_some_and(|(settling, signal)| settling.covers(signal))
    };
    findings.retain(|finding| !settles(finding));
    findings
}

/// Returns what of the findings is new: neither what was just taken for normal and is still being learnt, nor what
/// recurs at this time of the day. Where nobody is to be told of any, nothing.
pub(super) fn what_is_new(
    state: &ServiceState,
    minute: Minute,
    findings: Vec<Finding>,
) -> Vec<Finding> {
    let mut findings = but_what_settles(state, minute, findings);
    for finding in &mut findings {
        finding.severity = finding
            .severity
            .min(state.recurrences.at_most(finding, minute));
    }
    if !findings
        .iter()
        .any(|finding| finding.severity >= Severity::Ticket)
    {
        findings.clear();
    }
    findings
}

/// What is normal from now on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NewNormal {
    /// The worst of what is accepted.
    pub(super) symptom: Symptom,
    /// What of whom is learnt anew.
    relearnt: Vec<(Subject, Signal)>,
    settling: Settling,
}

/// Returns what is normal from now on, where an alert has lasted long enough and is steady.
pub(super) fn taken_for_normal(
    state: &ServiceState,
    open: &Alert,
    minute: Minute,
    findings: &[Finding],
) -> Option<NewNormal> {
    let lasts = minute.0 - open.since.0;
    if lasts < NEW_NORMAL {
        return None;
    }
    let telling = || {
        findings
            .iter()
            .filter(|finding| finding.severity >= Severity::Ticket)
    };
    let steady = |finding: &Finding| {
        let tracked = state.subjects.get(&finding.subject);
        tracked
            .zip(finding.signal)
            .is_some_and(|(tracked, signal)| {
                (lasts >= LATE_NORMAL || !is_grave(tracked, signal)) && is_steady(tracked, signal)
            })
    };
    if !telling().all(steady) {
        return None;
    }
    let worst = telling().max_by(|a, b| a.surprise.total_cmp(&b.surprise))?;
    let symptom = Symptom::of(worst);
    let mut settling = Settling {
        until: minute.plus(SETTLES),
        ..Settling::default()
    };
    let of = |finding: &Finding| Some((finding.subject.clone(), finding.signal?));
    let relearnt: Vec<_> = findings.iter().filter_map(of).collect();
    for (_, signal) in &relearnt {
        settling.add(*signal);
    }
    Some(NewNormal {
        symptom,
        relearnt,
        settling,
    })
}

/// Weakens what was known of a level that is normal from `minute` on, so that the next hours decide.
pub(super) fn accept(state: &mut ServiceState, normal: &NewNormal, minute: Minute) {
    for (subject, signal) in &normal.relearnt {
        if let Some(tracked) = state.subjects.get_mut(subject) {
            tracked.baseline.relearn(*signal, minute);
        }
    }
    state.settling = Some(normal.settling);
}

/// Whether it is too bad to be called normal within a day.
fn is_grave(tracked: &Tracked, signal: Signal) -> bool {
    let (failing, left) = tracked
        .quarters
        .iter()
        .fold((0.0, 0.0), |(failing, left), quarter| {
            (failing + errors(quarter), left + traffic(quarter))
        });
    let quarters = tracked.quarters.len().max(1) as f64;
    match signal {
        Signal::Errors => failing / quarters > MANY_FAIL,
        Signal::Traffic => left / quarters < FEW_LEFT,
        Signal::Latency => false,
    }
}

/// Whether the newer half of the last hours is as the older one.
fn is_steady(tracked: &Tracked, signal: Signal) -> bool {
    let (older, newer) = tracked.quarters.split_at(tracked.quarters.len() / 2);
    let mean = |quarters: &[Quarter], of: fn(&Quarter) -> f64| {
        let known = quarters.iter().filter(|quarter| quarter.minutes > 0);
        let (sum, n) = known.fold((0.0, 0.0), |(sum, n), quarter| (sum + of(quarter), n + 1.0));
        sum / f64::max(n, 1.0)
    };
    let alike = |of: fn(&Quarter) -> f64, slack: f64| {
        let (a, b) = (mean(older, of), mean(newer, of));
        a.max(b) <= STEADY * a.min(b) + slack
    };
    match signal {
        Signal::Errors => alike(errors, 0.005),
        Signal::Latency => alike(slow, 0.02),
        Signal::Traffic => alike(traffic, 0.05),
    }
}

fn errors(quarter: &Quarter) -> f64 {
    f64::from(quarter.sum.errors) / f64::from(quarter.sum.count.max(1))
}

fn slow(quarter: &Quarter) -> f64 {
    f64::from(quarter.sum.slow) / f64::from(quarter.sum.timed.max(1))
}

fn traffic(quarter: &Quarter) -> f64 {
    f64::from(quarter.sum.count) / (f64::from(quarter.sum.due) / 100.0).max(1.0)
}
