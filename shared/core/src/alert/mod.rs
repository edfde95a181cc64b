//! An incident: findings of one service that belong together, from the first to the last bad minute.
//!
//! A service has one open incident at a time. It opens with the first finding worth a ticket, is told again when its
//! cause, its severity or its symptoms materially change, and is resolved after some healthy minutes. What comes back
//! soon after is the same incident again, not a new one.

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

/// Healthy minutes in a row that resolve an incident.
pub(crate) const HEALTHY: u32 = 7;

/// Minutes after its end in which an incident comes back instead of another opening.
const AGAIN: i64 = 30;

/// Minutes between two updates that tell no more than further symptoms.
const PATIENCE: i64 = 5;

/// The most kinds of messages that are told.
pub const MAX_PATTERNS: usize = 3;

/// Minutes whose messages are told at most.
const TOLD_MINUTES: i64 = 10;

/// What became of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertEvent {
    /// It began.
    Open,
    /// Its cause, severity or symptoms materially changed, or it came back.
    Update,
    /// It is over.
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

/// Whether it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It goes on.
    Open,
    /// It is over.
    Resolved {
        /// The first healthy minute.
        ended: Minute,
    },
}

/// An incident of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Service and first minute: `loan-api-20260108T0842Z`. Also the key by which messages about it are folded.
    pub id: String,
    /// The service.
    pub service: String,
    /// The minute in which it began.
    pub since: Minute,
    /// Whether it goes on.
    pub status: Status,
    /// When it was first told, in milliseconds since the epoch.
    pub opened_at_ms: i64,
    /// When it was last told: when the last event was decided.
    pub at_ms: i64,
    /// How bad, at its worst so far.
    pub severity: Severity,
    /// What is wrong, how badly, and why.
    pub title: Title,
    /// What most likely caused it.
    pub cause: Cause,
    /// The findings when it was last told as open.
    pub findings: Vec<Finding>,
    /// All symptoms that were seen.
    pub symptoms: BTreeSet<(Detector, Subject)>,
    /// The changes that were laid beside it.
    pub changes: Vec<Change>,
    /// What was said most in its minutes, when it was last told as open.
    pub kinds: Vec<PatternCount>,
    /// The last minute whose event is part of this: judging it again changes nothing.
    pub judged_through: Minute,
}

impl Alert {
    /// Returns whether it goes on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    /// Returns what was told of it last.
    ///
    /// Its document holds no event: it is open as long as it was told once only, and over once it is resolved.
    #[must_use]
    pub fn event(&self) -> AlertEvent {
        match self.status {
            Status::Resolved { .. } => AlertEvent::Resolve,
            Status::Open if self.at_ms == self.opened_at_ms => AlertEvent::Open,
            Status::Open => AlertEvent::Update,
        }
    }

    /// Returns the minutes of which it is told what was said: from the first on, or the last ones where it goes on for
    /// long.
    #[must_use]
    pub fn told_minutes(&self) -> std::ops::RangeInclusive<i64> {
        let last = self.judged_through.0;
        self.since.0.max(last - TOLD_MINUTES + 1)..=last
    }

    /// Returns how long it lasted, or has lasted until it was last told, in milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> i64 {
        let end = match self.status {
            Status::Open => self.at_ms,
            Status::Resolved { ended } => ended.start_ms(),
        };
        (end - self.since.start_ms()).max(0)
    }

    /// Returns whether it went on in a minute that was decided at `now_ms`, though it may be over by now: so it is when a
    /// sweep that crashed is repeated.
    pub(crate) fn was_open(&self, minute: Minute, now_ms: i64) -> bool {
        self.is_open() || (self.judged_through > minute && now_ms >= self.opened_at_ms)
    }

    /// Returns whether trouble in a minute is this incident, come back.
    pub(crate) fn comes_back(&self, minute: Minute) -> bool {
        match self.status {
            Status::Open => true,
            Status::Resolved { ended } => minute.0 - ended.0 <= AGAIN,
        }
    }

    /// Returns the first healthy minute after it, where it was over before a minute.
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

/// Returns the incident that trouble opens.
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

/// Returns the incident as it is to be told again, or `None` where nothing material changed.
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
    // A further route tells nobody anything new, nor does another view of the same; a dependency that now fails too does.
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

/// Returns the incident as it is told to be over, after [`HEALTHY`] healthy minutes up to `minute`.
pub(crate) fn resolve(before: &Alert, minute: Minute, now_ms: i64) -> Alert {
    let ended = minute.plus(1 - i64::from(HEALTHY)).max(before.since);
    let mut after = before.clone();
    after.status = Status::Resolved { ended };
    (after.at_ms, after.judged_through) = (now_ms, minute);
    after.title = Title::Resolved(Box::new(before.title.clone()));
    after
}

/// Returns the incident as it is told to be over because a level has become normal.
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
