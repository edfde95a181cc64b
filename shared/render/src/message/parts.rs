//! The parts of a message: the contents of an alert, with every name and sentence as one clean line
//! of bounded length.

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
    /// The detector that found it.
    pub detector: Detector,
    /// The signal, if the detector watches several.
    pub signal: Option<Signal>,
    /// `requests`, `route NAME` or `dependency NAME`.
    pub subject: String,
    /// The end of the last minute that was judged.
    pub at_ms: i64,
    /// When it began.
    pub since_ms: i64,
    /// The observed value, in the detector's unit.
    pub seen: f64,
    /// The baseline.
    pub normal: f64,
    /// The expected band, lower and upper end.
    pub band: (f64, f64),
    /// The anomaly score: `-ln` of an upper bound on the probability of the observation.
    pub surprise: f64,
    /// The severity.
    pub severity: Severity,
    /// The confidence.
    pub confidence: Confidence,
    /// The evidence, as English text.
    pub evidence: String,
}

/// The likely cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CausePart {
    /// The kind of cause.
    pub kind: CauseKind,
    /// The dependency, or the service itself; empty if unknown.
    pub name: String,
    /// The reason why it is the likely cause, as English text.
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
    /// The pattern's text, masked, with `<*>` for the parts that differ; `other` for all patterns
    /// that are not counted separately.
    pub text: String,
    /// `error` or `warn`.
    pub level: &'static str,
    /// How often it was logged.
    pub count: u64,
    /// When it was first logged at all, in milliseconds since the epoch; unknown for `other`.
    pub first_seen_ms: Option<i64>,
}

/// Returns the findings, the one with the highest anomaly score first.
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

/// Returns the most frequent log patterns.
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
