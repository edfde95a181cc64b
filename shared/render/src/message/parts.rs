//! The parts of a message: what of an alert is told, with every name and sentence as one clean line of bounded length.

use atalaya_core::alert::{Alert, Cause, CauseKind, MAX_PATTERNS};
use atalaya_core::change::Change;
use atalaya_core::detect::{Confidence, Detector, Finding, Severity, Signal};
use atalaya_core::log_pattern::top::PatternCount;
use atalaya_core::time::{MINUTE_MS, Minute};

use super::clean::line;
use super::{MAX_CHANGES, MAX_FINDINGS, MAX_NAME, MAX_SENTENCE};
use crate::words;

/// A finding. Moments are milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingPart {
    /// Who found it.
    pub detector: Detector,
    /// Which signal, where the detector looks at several.
    pub signal: Option<Signal>,
    /// `requests`, `route NAME` or `dependency NAME`.
    pub subject: String,
    /// The end of the last minute that was looked at.
    pub at_ms: i64,
    /// When it began.
    pub since_ms: i64,
    /// What was seen, in the detector's unit.
    pub seen: f64,
    /// What is normal.
    pub normal: f64,
    /// What is expected, from and to.
    pub band: (f64, f64),
    /// How unusual: `-ln` of an upper bound on its probability.
    pub surprise: f64,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The evidence in words.
    pub evidence: String,
}

/// The likely cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CausePart {
    /// What kind of thing.
    pub kind: CauseKind,
    /// Which dependency, or the service itself; empty where it is not known.
    pub name: String,
    /// Why it is thought so, in words.
    pub evidence: String,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePart {
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The ECS service.
    pub service: String,
    /// What happened, in words.
    pub what: String,
}

/// A log pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternPart {
    /// Its fingerprint.
    pub id: String,
    /// What was said, masked, with `<*>` for what differs; `other` for all that is not kept apart.
    pub text: String,
    /// `error` or `warn`.
    pub level: &'static str,
    /// How often.
    pub count: u64,
    /// When it was first logged at all, in milliseconds since the epoch; not known of `other`.
    pub first_seen_ms: Option<i64>,
}

/// Returns the findings, the most surprising first.
pub(super) fn findings(alert: &Alert) -> Vec<FindingPart> {
    let mut findings: Vec<&Finding> = alert.findings.iter().collect();
    findings.sort_by(|a, b| b.surprise.total_cmp(&a.surprise));
    findings.truncate(MAX_FINDINGS);
    findings.into_iter().map(FindingPart::of).collect()
}

/// Returns the changes, the newest first.
pub(super) fn changes(alert: &Alert) -> Vec<ChangePart> {
    let mut changes: Vec<&Change> = alert.changes.iter().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.at_ms));
    changes.truncate(MAX_CHANGES);
    changes.into_iter().map(ChangePart::of).collect()
}

/// Returns the log patterns that were logged most.
pub(super) fn patterns(alert: &Alert) -> Vec<PatternPart> {
    let patterns = alert.kinds.iter().take(MAX_PATTERNS);
    patterns.map(PatternPart::of).collect()
}

impl FindingPart {
    fn of(finding: &Finding) -> Self {
        let evidence = words::finding::evidence(&finding.subject, &finding.evidence);
        Self {
            detector: finding.detector,
            signal: finding.distinguishing_signal(),
            subject: line(&finding.subject.to_string(), MAX_NAME),
            at_ms: finding.minute.start_ms() + MINUTE_MS,
            since_ms: finding.since.start_ms(),
            seen: finding.seen,
            normal: finding.normal,
            band: finding.band,
            surprise: finding.surprise,
            severity: finding.severity,
            confidence: finding.confidence,
            evidence: line(&evidence, MAX_SENTENCE),
        }
    }
}

impl CausePart {
    pub(super) fn of(cause: &Cause) -> Self {
        Self {
            kind: cause.kind,
            name: line(&cause.name, MAX_NAME),
            evidence: line(&words::cause::evidence(cause), MAX_SENTENCE),
        }
    }
}

impl ChangePart {
    fn of(change: &Change) -> Self {
        Self {
            at_ms: change.at_ms,
            service: line(&change.service, MAX_NAME),
            what: line(&words::change::what(change), MAX_SENTENCE),
        }
    }
}

impl PatternPart {
    fn of(said: &PatternCount) -> Self {
        Self {
            id: said.id.clone(),
            text: line(&said.text, MAX_SENTENCE),
            level: said.level(),
            count: said.count,
            first_seen_ms: said.first.map(Minute::start_ms),
        }
    }
}
