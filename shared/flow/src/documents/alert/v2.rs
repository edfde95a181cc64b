//! Version 2 of a stored alert, frozen: evidence and titles are data. Minutes are counted since the epoch, moments in
//! milliseconds.

mod cause;
mod evidence;
mod title;

use atalaya_core::alert::{self, Status};
use atalaya_core::change::Change;
use atalaya_core::detect::{self, Confidence, Detector, Severity, Signal};
use atalaya_core::log_pattern::top::PatternCount;
use atalaya_core::time::Minute;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{StoredError, changes, known, level, subject, symptoms};

#[derive(Serialize, Deserialize)]
pub(super) struct Alert {
    v: u8,
    id: String,
    service: String,
    since: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
    opened_at: i64,
    at: i64,
    judged_through: i64,
    severity: String,
    title: title::Title,
    cause: cause::Cause,
    findings: Vec<Finding>,
    symptoms: Vec<(String, String)>,
    changes: Vec<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kinds: Vec<LogPattern>,
}

#[derive(Serialize, Deserialize)]
struct Finding {
    detector: String,
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signal: Option<String>,
    minute: i64,
    since: i64,
    seen: f64,
    normal: f64,
    band: (f64, f64),
    surprise: f64,
    severity: String,
    confidence: String,
    evidence: evidence::Evidence,
}

#[derive(Serialize, Deserialize)]
struct LogPattern {
    id: String,
    text: String,
    level: String,
    count: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<i64>,
}

impl Alert {
    pub(super) fn of(alert: &alert::Alert) -> Self {
        let symptoms = alert.symptoms.iter();
        Self {
            v: 2,
            id: alert.id.clone(),
            service: alert.service.clone(),
            since: alert.since.0,
            ended: match alert.status {
                Status::Open => None,
                Status::Resolved { ended } => Some(ended.0),
            },
            opened_at: alert.opened_at_ms,
            at: alert.at_ms,
            judged_through: alert.judged_through.0,
            severity: alert.severity.name().to_owned(),
            title: title::Title::of(&alert.title),
            cause: cause::Cause::of(&alert.cause),
            findings: alert.findings.iter().map(Finding::of).collect(),
            symptoms: symptoms
                .map(|(detector, subject)| (detector.id().to_owned(), subject.to_string()))
                .collect(),
            changes: alert.changes.iter().map(raw).collect(),
            kinds: alert.kinds.iter().map(LogPattern::of).collect(),
        }
    }

    pub(super) fn read(self) -> Result<alert::Alert, StoredError> {
        let findings = self.findings.into_iter().map(Finding::read);
        let kinds = self.kinds.into_iter().map(LogPattern::read);
        Ok(alert::Alert {
            id: self.id,
            service: self.service,
            since: Minute(self.since),
            status: self.ended.map_or(Status::Open, |ended| Status::Resolved {
                ended: Minute(ended),
            }),
            opened_at_ms: self.opened_at,
            at_ms: self.at,
            severity: known(Severity::named(&self.severity), "severity")?,
            title: self.title.read()?,
            cause: self.cause.read()?,
            findings: findings.collect::<Result<_, _>>()?,
            symptoms: symptoms(self.symptoms)?,
            changes: changes(&self.changes)?,
            kinds: kinds.collect::<Result<_, _>>()?,
            judged_through: Minute(self.judged_through),
        })
    }
}

impl Finding {
    fn of(finding: &detect::Finding) -> Self {
        Self {
            detector: finding.detector.id().to_owned(),
            subject: finding.subject.to_string(),
            signal: stored_signal(finding.signal),
            minute: finding.minute.0,
            since: finding.since.0,
            seen: finding.seen,
            normal: finding.normal,
            band: finding.band,
            surprise: finding.surprise,
            severity: finding.severity.name().to_owned(),
            confidence: finding.confidence.name().to_owned(),
            evidence: evidence::Evidence::of(&finding.evidence),
        }
    }

    fn read(self) -> Result<detect::Finding, StoredError> {
        Ok(detect::Finding {
            detector: known(Detector::named(&self.detector), "detector")?,
            subject: subject(&self.subject)?,
            signal: signal(self.signal)?,
            minute: Minute(self.minute),
            since: Minute(self.since),
            seen: self.seen,
            normal: self.normal,
            band: self.band,
            surprise: self.surprise,
            severity: known(Severity::named(&self.severity), "severity")?,
            confidence: known(Confidence::named(&self.confidence), "confidence")?,
            evidence: self.evidence.read(),
        })
    }
}

impl LogPattern {
    fn of(said: &PatternCount) -> Self {
        Self {
            id: said.id.clone(),
            text: said.text.to_string(),
            level: said.level().to_owned(),
            count: said.count,
            first: said.first.map(|minute| minute.0),
        }
    }

    fn read(self) -> Result<PatternCount, StoredError> {
        Ok(PatternCount {
            severity: level(&self.level)?,
            id: self.id,
            text: self.text.into(),
            count: self.count,
            first: self.first.map(Minute),
        })
    }
}

/// Returns a change in its own stored form.
fn raw(change: &Change) -> Box<RawValue> {
    RawValue::from_string(change.encode()).expect("the stored form of a change is JSON")
}

fn stored_signal(signal: Option<Signal>) -> Option<String> {
    signal.map(|signal| signal.name().to_owned())
}

fn signal(stored: Option<String>) -> Result<Option<Signal>, StoredError> {
    let named = |name: String| known(Signal::named(&name), "signal");
    stored.map(named).transpose()
}
