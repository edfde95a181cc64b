//! The stored form of an incident, version 1, frozen: the incident item is also the outbox of what is owed to people.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::line::{CauseLine, FindingLine, LogPatternLine};
use super::{Alert, Cause, CauseKind, Status};
use crate::baseline::Signal;
use crate::change::Change;
use crate::detect::{Confidence, Detector, Finding, Severity};
use crate::time::{MINUTE_MS, Minute};

/// Why a stored incident cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// It is not the JSON that was written.
    #[error("stored incident is not readable")]
    Json(#[from] serde_json::Error),
    /// It is of a version that this program does not know.
    #[error("stored incident has version {0}; this program reads version 1")]
    Version(u8),
    /// A word or a number in it is not one that was ever written.
    #[error("stored incident has an unknown {0}")]
    Unknown(&'static str),
}

impl Alert {
    /// Returns the stored form.
    #[must_use]
    pub fn encode(&self) -> String {
        let v1 = v1::Alert {
            v: 1,
            id: self.id.clone(),
            service: self.service.clone(),
            since: self.since.0,
            ended: match self.status {
                Status::Open => None,
                Status::Resolved { ended } => Some(ended.0),
            },
            opened_at: self.opened_at_ms,
            at: self.at_ms,
            judged_through: self.judged_through.0,
            severity: self.severity.name().to_owned(),
            title: self.title.clone(),
            cause: CauseLine::of(&self.cause),
            findings: self.findings.iter().map(FindingLine::of).collect(),
            symptoms: self
                .symptoms
                .iter()
                .map(|(detector, subject)| (detector.id().to_owned(), subject.to_string()))
                .collect(),
            changes: self.changes.iter().map(raw).collect(),
            kinds: self.kinds.clone(),
        };
        serde_json::to_string(&v1).expect("strings and finite numbers always encode")
    }

    /// Reads the stored form.
    pub fn decode(body: &str) -> Result<Self, StoredError> {
        let v1: v1::Alert = serde_json::from_str(body)?;
        if v1.v != 1 {
            return Err(StoredError::Version(v1.v));
        }
        let findings: Result<_, _> = v1.findings.into_iter().map(finding).collect();
        let symptom = |(detector, subject): (String, String)| {
            let detector = Detector::named(&detector).ok_or(StoredError::Unknown("detector"))?;
            let subject = subject
                .parse()
                .map_err(|_| StoredError::Unknown("subject"))?;
            Ok::<_, StoredError>((detector, subject))
        };
        let symptoms: Result<_, _> = v1.symptoms.into_iter().map(symptom).collect();
        let changes: Result<_, _> = v1
            .changes
            .iter()
            .map(|body| Change::decode(body.get()))
            .collect();
        Ok(Self {
            id: v1.id,
            service: v1.service,
            since: Minute(v1.since),
            status: v1.ended.map_or(Status::Open, |ended| Status::Resolved {
                ended: Minute(ended),
            }),
            opened_at_ms: v1.opened_at,
            at_ms: v1.at,
            severity: Severity::named(&v1.severity).ok_or(StoredError::Unknown("severity"))?,
            title: v1.title,
            cause: Cause {
                kind: CauseKind::named(&v1.cause.kind).ok_or(StoredError::Unknown("cause"))?,
                name: v1.cause.name,
                evidence: v1.cause.evidence,
            },
            findings: findings?,
            symptoms: symptoms?,
            changes: changes?,
            kinds: v1.kinds,
            judged_through: Minute(v1.judged_through),
        })
    }
}

/// A change in its own stored form.
fn raw(change: &Change) -> Box<RawValue> {
    RawValue::from_string(change.encode()).expect("the stored form of a change is JSON")
}

fn finding(line: FindingLine) -> Result<Finding, StoredError> {
    let detector = Detector::named(&line.detector).ok_or(StoredError::Unknown("detector"))?;
    Ok(Finding {
        detector,
        signal: signal(detector, &line)?,
        subject: line
            .subject
            .parse()
            .map_err(|_| StoredError::Unknown("subject"))?,
        minute: Minute::of_ms(line.at - MINUTE_MS),
        since: Minute::of_ms(line.since),
        seen: line.seen,
        normal: line.expected.normal,
        band: (line.expected.low, line.expected.high),
        surprise: line.surprise,
        severity: Severity::named(&line.severity).ok_or(StoredError::Unknown("severity"))?,
        confidence: Confidence::named(&line.confidence)
            .ok_or(StoredError::Unknown("confidence"))?,
        evidence: line.evidence,
    })
}

/// What of its subject a finding is about. Where the detector looks at two things, a finding that was stored before this
/// was kept says it in its evidence alone, which tells what failed by that word.
fn signal(detector: Detector, line: &FindingLine) -> Result<Option<Signal>, StoredError> {
    let [_, _, ..] = detector.signals() else {
        return Ok(detector.signals().first().copied());
    };
    let told = match &line.of {
        Some(of) => of,
        None if line.evidence.contains(" failed ") => Signal::Errors.name(),
        None => Signal::Latency.name(),
    };
    let mut signals = detector.signals().iter().copied();
    let signal = signals.find(|signal| signal.name() == told);
    signal.map(Some).ok_or(StoredError::Unknown("signal"))
}

/// The stored form, frozen.
mod v1 {
    use super::{CauseLine, Deserialize, FindingLine, LogPatternLine, RawValue, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(super) struct Alert {
        pub(super) v: u8,
        pub(super) id: String,
        pub(super) service: String,
        pub(super) since: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub(super) ended: Option<i64>,
        pub(super) opened_at: i64,
        pub(super) at: i64,
        pub(super) judged_through: i64,
        pub(super) severity: String,
        pub(super) title: String,
        pub(super) cause: CauseLine,
        pub(super) findings: Vec<FindingLine>,
        pub(super) symptoms: Vec<(String, String)>,
        pub(super) changes: Vec<Box<RawValue>>,
        /// Since messages are counted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub(super) kinds: Vec<LogPatternLine>,
    }
}
