//! An alert: findings of one service that belong together, from the first to the last bad minute.
//!
//! A service has at most one open alert. It opens with the first finding worth a ticket, is updated
//! when its cause, its severity or its symptoms materially change, and is resolved after some
//! healthy minutes. Trouble that returns soon after the end reopens the same alert instead of
//! opening a new one.

pub(crate) mod cause;
mod cause_evidence;
#[cfg(test)]
pub(crate) mod tests;
mod title;

use std::collections::BTreeSet;

use cause::Trouble;

use crate::change::Change;
use crate::detect::table::Holds;
use crate::detect::{Detector, Finding, Severity, Subject};
use crate::log_pattern::top::PatternCount;
use crate::time::Minute;

pub use cause::{Cause, CauseKind};
pub use cause_evidence::{Blame, CauseEvidence, Deployed, Followed, Named};
pub use title::{Fault, Symptom, Title};

/// Healthy minutes in a row that resolve an alert.
pub(crate) const HEALTHY: u32 = 7;

/// Minutes after the end of an alert in which new trouble reopens it.
const AGAIN: i64 = 30;

/// The least number of minutes between two updates whose only news is further symptoms.
const PATIENCE: i64 = 5;

/// The most log patterns that a message about an alert shows.
pub const MAX_PATTERNS: usize = 3;

/// The most minutes, up to the newest, whose log patterns are shown.
const TOLD_MINUTES: i64 = 10;

/// An event of an alert: a change of it that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertEvent {
    /// The alert opened.
    Open,
    /// Its cause, severity or symptoms materially changed, or it reopened.
    Update,
    /// The trouble is over, or its level was accepted as normal.
    Resolve,
}

impl AlertEvent {
    /// Returns its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Update => "update",
            Self::Resolve => "resolve",
        }
    }
}

/// Whether an alert, or an incident, is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is open: the trouble is going on.
    Open,
    /// The trouble is over, or its level was accepted as normal.
    Resolved {
        /// The first healthy minute.
        ended: Minute,
    },
}

/// An alert of a service, as it is kept and stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Service and first minute: `loan-api-20260108T0842Z`. Also the key by which messages about it are folded.
    pub id: String,
    /// The service.
    pub service: String,
    /// The first bad minute.
    pub since: Minute,
    /// Whether the alert is open.
    pub status: Status,
    /// When the decision to open it was made, in milliseconds since the epoch.
    pub opened_at_ms: i64,
    /// When its last event was decided, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The worst severity so far.
    pub severity: Severity,
    /// The title as data: what is wrong, how badly, and why.
    pub title: Title,
    /// The most likely cause.
    pub cause: Cause,
    /// The findings at its last event that was not its end.
    pub findings: Vec<Finding>,
    /// All symptoms seen so far, each a detector and its subject.
    pub symptoms: BTreeSet<(Detector, Subject)>,
    /// The changes of the day before it that are shown beside it.
    pub changes: Vec<Change>,
    /// The most frequent log patterns of its minutes, at its last event that was not its end.
    pub kinds: Vec<PatternCount>,
    /// The last minute whose event this alert includes: judging that minute again changes nothing.
    pub judged_through: Minute,
}

impl Alert {
    /// Returns whether it goes on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    /// Returns the last event of the alert.
    ///
    /// The stored document holds no event, so it follows from the times: an open alert without an
    /// update has equal times.
    #[must_use]
    pub fn event(&self) -> AlertEvent {
        match self.status {
            Status::Resolved { .. } => AlertEvent::Resolve,
            Status::Open if self.at_ms == self.opened_at_ms => AlertEvent::Open,
            Status::Open => AlertEvent::Update,
        }
    }

    /// Returns the minutes whose log patterns are shown: all from the first one on, or only the
    /// last ten of a long alert.
    #[must_use]
    pub fn told_minutes(&self) -> std::ops::RangeInclusive<i64> {
        let last = self.judged_through.0;
        self.since.0.max(last - TOLD_MINUTES + 1)..=last
    }

    /// Returns how long the alert lasted, or, while it is open, how long it had lasted at its last
    /// event, in milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> i64 {
        let end = match self.status {
            Status::Open => self.at_ms,
            Status::Resolved { ended } => ended.start_ms(),
        };
        (end - self.since.start_ms()).max(0)
    }

    /// Returns whether the alert was open in a minute that was decided at `now_ms`, even if it is
    /// resolved by now. The two differ when a sweep that crashed is repeated.
    pub(crate) fn was_open(&self, minute: Minute, now_ms: i64) -> bool {
        self.is_open() || (self.judged_through > minute && now_ms >= self.opened_at_ms)
    }

    /// Returns whether trouble in a minute belongs to this alert: because it is open, or because it
    /// ended so recently that it reopens.
    pub(crate) fn comes_back(&self, minute: Minute) -> bool {
        match self.status {
            Status::Open => true,
            Status::Resolved { ended } => minute.0 - ended.0 <= AGAIN,
        }
    }

    /// Returns the first healthy minute after the alert, if the alert was over before `minute`.
    pub(crate) fn healthy_from(&self, minute: Minute) -> Option<Minute> {
        match self.status {
            Status::Resolved { ended } if self.judged_through < minute => Some(ended),
            _ => None,
        }
    }

    /// Returns the subjects of its symptoms.
    pub(crate) fn subjects(&self) -> BTreeSet<&Subject> {
        self.symptoms.iter().map(|(_, subject)| subject).collect()
    }
}

/// Returns the alert that trouble opens.
pub(crate) fn open(service: &str, trouble: &Trouble<'_>, now_ms: i64) -> Alert {
    let since = trouble.since;
    let cause = cause::of(service, since, trouble);
    let stamp: String = since
        .to_string()
        .chars()
        .filter(|c| *c != '-' && *c != ':')
        .collect();
    Alert {
        id: format!("{service}-{stamp}"),
        service: service.to_owned(),
        since,
        status: Status::Open,
        opened_at_ms: now_ms,
        at_ms: now_ms,
        severity: trouble.severity(),
        title: Title::of(trouble, &cause),
        cause,
        findings: trouble.findings.to_vec(),
        symptoms: symptoms(trouble.findings),
        changes: cause::considered(since, trouble.changes),
        kinds: Vec::new(),
        judged_through: trouble.minute,
    }
}

/// Returns the alert after an update, or `None` if nothing material changed.
pub(crate) fn update(before: &Alert, trouble: &Trouble<'_>, now_ms: i64) -> Option<Alert> {
    let back = !before.is_open();
    let mut after = before.clone();
    after.severity = before.severity.max(trouble.severity());
    let found = cause::of(&before.service, before.since, trouble);
    let same = (found.kind, &found.name) == (before.cause.kind, &before.cause.name);
    if same || cause::replaces(&found, &before.cause, trouble) {
        after.cause = found;
    }
    after.symptoms.extend(symptoms(trouble.findings));
    let news = after.symptoms.difference(&before.symptoms);
    // A further route is no news, nor is a log pattern or a level shift, which are other views of
    // the same trouble; but a dependency that now fails too is.
    let beside = |of: &Detector| of.signals().is_empty() && of.row().holds == Holds::Neither;
    let further = news
        .filter(|(detector, subject)| !beside(detector) && !matches!(subject, Subject::Route(_)))
        .count();
    let waited = trouble.minute.0 - before.judged_through.0 >= PATIENCE;
    let same_cause =
        (after.cause.kind, &after.cause.name) == (before.cause.kind, &before.cause.name);
    if !back && same_cause && after.severity == before.severity && !(further > 0 && waited) {
        return None;
    }
    after.status = Status::Open;
    after.title = Title::of(trouble, &after.cause);
    after.findings = trouble.findings.to_vec();
    after.changes = cause::considered(before.since, trouble.changes);
    (after.at_ms, after.judged_through) = (now_ms, trouble.minute);
    Some(after)
}

/// Returns the alert after its end, which is known after [`HEALTHY`] healthy minutes up to
/// `minute`.
pub(crate) fn resolve(before: &Alert, minute: Minute, now_ms: i64) -> Alert {
    let ended = minute.plus(1 - i64::from(HEALTHY)).max(before.since);
    let mut after = before.clone();
    after.status = Status::Resolved { ended };
    (after.at_ms, after.judged_through) = (now_ms, minute);
    after.title = Title::Resolved(Box::new(before.title.clone()));
    after
}

/// Returns the alert after its end in `minute`, where its level was accepted as normal.
pub(crate) fn accept(before: &Alert, minute: Minute, now_ms: i64, normal: Symptom) -> Alert {
    let mut after = before.clone();
    after.status = Status::Resolved { ended: minute };
    (after.at_ms, after.judged_through) = (now_ms, minute);
    after.title = Title::Accepted(normal);
    after
}

fn symptoms(findings: &[Finding]) -> BTreeSet<(Detector, Subject)> {
    let of = |finding: &Finding| (finding.detector, finding.subject.clone());
    findings.iter().map(of).collect()
}
