//! Version 1 of a stored alert, frozen and only read: evidence and titles are the English text that
//! was in messages.

use atalaya_core::alert::{self, Cause, CauseEvidence, CauseKind, Status, Title};
use atalaya_core::detect::{Confidence, Detector, Evidence, Severity, Signal};
use atalaya_core::log_pattern::top::PatternCount;
use atalaya_core::time::{MINUTE_MS, Minute};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{StoredError, changes, known, level, subject, symptoms};

#[derive(Deserialize)]
pub(super) struct Alert {
    id: String,
    service: String,
    since: i64,
    #[serde(default)]
    ended: Option<i64>,
    opened_at: i64,
    at: i64,
    judged_through: i64,
    severity: String,
    title: String,
    cause: CauseV1,
    findings: Vec<Finding>,
    symptoms: Vec<(String, String)>,
    changes: Vec<Box<RawValue>>,
    /// Absent in alerts that were stored before log patterns were counted.
    #[serde(default)]
    kinds: Vec<LogPattern>,
}

#[derive(Deserialize)]
struct CauseV1 {
    kind: String,
    name: String,
    evidence: String,
}

#[derive(Deserialize)]
struct Finding {
    detector: String,
    subject: String,
    /// The end of the last minute, in milliseconds since the epoch.
    at: i64,
    /// In milliseconds since the epoch.
    since: i64,
    seen: f64,
    expected: Band,
    surprise: f64,
    severity: String,
    confidence: String,
    evidence: String,
    /// Present in alerts that were stored since a finding keeps its signal, if its detector has
    /// two.
    #[serde(default)]
    of: Option<String>,
}

#[derive(Deserialize)]
struct Band {
    low: f64,
    normal: f64,
    high: f64,
}

#[derive(Deserialize)]
struct LogPattern {
    id: String,
    text: String,
    level: String,
    count: u64,
    /// In milliseconds since the epoch.
    #[serde(default)]
    first_seen: Option<i64>,
}

impl Alert {
    pub(super) fn read(self) -> Result<alert::Alert, StoredError> {
        let prefix = format!("{}: ", self.service);
        let title = self.title.strip_prefix(&prefix).unwrap_or(&self.title);
        let findings = self.findings.into_iter().map(Finding::read);
        let kinds = self.kinds.into_iter().map(LogPattern::read);
        Ok(alert::Alert {
            title: Title::Text(title.to_owned()),
            id: self.id,
            service: self.service,
            since: Minute(self.since),
            status: self.ended.map_or(Status::Open, |ended| Status::Resolved {
                ended: Minute(ended),
            }),
            opened_at_ms: self.opened_at,
            at_ms: self.at,
            severity: known(Severity::named(&self.severity), "severity")?,
            cause: Cause {
                kind: known(CauseKind::named(&self.cause.kind), "cause")?,
                name: self.cause.name,
                evidence: CauseEvidence::Text(self.cause.evidence),
            },
            findings: findings.collect::<Result<_, _>>()?,
            symptoms: symptoms(self.symptoms)?,
            changes: changes(&self.changes)?,
            kinds: kinds.collect::<Result<_, _>>()?,
            judged_through: Minute(self.judged_through),
        })
    }
}

impl Finding {
    fn read(self) -> Result<atalaya_core::detect::Finding, StoredError> {
        let detector = known(Detector::named(&self.detector), "detector")?;
        Ok(atalaya_core::detect::Finding {
            detector,
            signal: self.signal(detector)?,
            subject: subject(&self.subject)?,
            minute: Minute::of_ms(self.at - MINUTE_MS),
            since: Minute::of_ms(self.since),
            seen: self.seen,
            normal: self.expected.normal,
            band: (self.expected.low, self.expected.high),
            surprise: self.surprise,
            severity: known(Severity::named(&self.severity), "severity")?,
            confidence: known(Confidence::named(&self.confidence), "confidence")?,
            evidence: Evidence::Text(self.evidence),
        })
    }

    /// Returns which of its detector's signals the finding is about. If the detector has two and
    /// the finding was stored before `of` existed, a word in its evidence shows whether something
    /// failed.
    fn signal(&self, detector: Detector) -> Result<Option<Signal>, StoredError> {
        let [_, _, ..] = detector.signals() else {
            return Ok(detector.signals().first().copied());
        };
        let name = match &self.of {
            Some(of) => of,
            None if self.evidence.contains(" failed ") => Signal::Errors.name(),
            None => Signal::Latency.name(),
        };
        let mut signals = detector.signals().iter().copied();
        let signal = signals.find(|signal| signal.name() == name);
        known(signal, "signal").map(Some)
    }
}

impl LogPattern {
    fn read(self) -> Result<PatternCount, StoredError> {
        Ok(PatternCount {
            severity: level(&self.level)?,
            id: self.id,
            text: self.text.into(),
            count: self.count,
            first: self.first_seen.map(Minute::of_ms),
        })
    }
}
