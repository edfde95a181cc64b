//! Learning: which judged minutes the baseline learns, and when a changed level is accepted as the
//! new normal.
//!
//! The baseline learns nothing while something is wrong or just after a deployment. A level that
//! stays changed for hours, and is steady, is no incident any more but the new normal: the alert
//! ends with that reason, and the old evidence for the level is weakened so that the next hours
//! decide. While the baseline learns the new level, findings about it are not reported.

#[cfg(test)]
mod tests;

use super::Case;
use super::MinuteView;
use super::evaluate::sums_of;
use super::state::{ServiceState, Settling, Tracked};
use crate::alert::{Alert, Symptom};
use crate::baseline::Signal;
use crate::change::Change;
use crate::detect::known::Calm;
use crate::detect::{Finding, Quarter, Severity, Subject};
use crate::time::{MINUTE_MS, Minute};

/// How long after a deployment of the service the baseline learns nothing, in milliseconds.
const AFTER_DEPLOYMENT_MS: i64 = 30 * MINUTE_MS;

/// Minutes after which a changed level that is steady is accepted as the new normal.
const NEW_NORMAL: i64 = 6 * 60;

/// Minutes after which even a high share of failures, or missing traffic, is accepted as normal;
/// and after which the baseline learns again although the level is not steady.
const LATE_NORMAL: i64 = 24 * 60;

/// The share of failures above which a level is accepted only after [`LATE_NORMAL`].
const MANY_FAIL: f64 = 0.03;

/// The share of the requests due below which a level of traffic is accepted only after
/// [`LATE_NORMAL`].
const FEW_LEFT: f64 = 0.2;

/// The largest factor between the older and the newer half of the last hours at which a level
/// counts as steady.
const STEADY: f64 = 1.3;

/// How long, in minutes, the baseline learns a newly accepted level while findings about it are not
/// reported.
const SETTLES: i64 = 120;

/// Returns whether the baseline may learn a minute.
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

/// Lets the baselines learn a judged minute if it was calm; the state of log lines takes in every
/// minute.
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

/// Returns the findings without those about signals whose new level is still being learnt.
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

/// Returns the findings that are news: without those about signals whose new level is still being
/// learnt, and with the severity of recurring ones capped. Returns none if none is worth a ticket
/// after that.
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

/// A changed level that is accepted as normal from now on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NewNormal {
    /// The most surprising finding about the level, for the message that the alert is over.
    pub(super) symptom: Symptom,
    /// The signals to learn anew, each with its subject.
    relearnt: Vec<(Subject, Signal)>,
    settling: Settling,
}

/// Returns the new normal if the alert has lasted long enough and its level is steady.
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

/// Weakens the evidence for the old level, so that the hours after `minute` decide what is normal.
pub(super) fn accept(state: &mut ServiceState, normal: &NewNormal, minute: Minute) {
    for (subject, signal) in &normal.relearnt {
        if let Some(tracked) = state.subjects.get_mut(subject) {
            tracked.baseline.relearn(*signal, minute);
        }
    }
    state.settling = Some(normal.settling);
}

/// Returns whether a level is too bad to be accepted as normal within a day.
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

/// Returns whether a signal is about the same in the newer half of the last hours as in the older
/// half.
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
