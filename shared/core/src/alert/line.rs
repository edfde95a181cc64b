//! The output form of findings and incidents, version 1: what the command prints, one JSON object a line, and what
//! messages are made from. Its fields keep their names and their order.

use serde::{Deserialize, Serialize};

use super::{Alert, AlertEvent, Cause, Status};
use crate::change::{Change, ChangeKind};
use crate::detect::Finding;
use crate::log_pattern::top::PatternCount;
use crate::series::SeriesKind;
use crate::time::{MINUTE_MS, Minute};

/// An incident, as it is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentLine {
    /// `open`, `update` or `resolve`.
    pub event: &'static str,
    /// The incident's id: the same in all its events.
    pub id: String,
    /// When this was decided, in milliseconds since the epoch.
    pub at: i64,
    /// When it began, in milliseconds since the epoch.
    pub since: i64,
    /// The service.
    pub service: String,
    /// `page`, `ticket` or `info`.
    pub severity: &'static str,
    /// What, how badly, and why, in one line.
    pub title: String,
    /// What most likely caused it.
    pub cause: CauseLine,
    /// What was found, when it was last told as open.
    pub findings: Vec<FindingLine>,
    /// What changed in the day before, the newest first.
    pub changes: Vec<ChangeLine>,
    /// Which kinds of errors and warnings were logged most, when it was last told as open; left out where none were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub error_kinds: Vec<LogPatternLine>,
    /// On resolve: the first healthy moment, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<i64>,
    /// On resolve: from `since` to `resolved_at`, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
}

/// A cause, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseLine {
    /// `dependency`, `change`, `own`, `traffic`, `client` or `unknown`.
    pub kind: String,
    /// Which dependency, or the service itself; empty where it is not known.
    pub name: String,
    /// Why it is thought so.
    pub evidence: String,
}

/// A finding, as it is told and stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingLine {
    /// The detector's id, which is also its anchor in `docs/detectors.md`.
    pub detector: String,
    /// `requests`, `route NAME` or `dependency NAME`.
    pub subject: String,
    /// The end of the last minute that was looked at, in milliseconds since the epoch.
    pub at: i64,
    /// When it began, in milliseconds since the epoch.
    pub since: i64,
    /// What was seen.
    pub seen: f64,
    /// The unit of what was seen and expected: `share`, `ms` or `per_minute`.
    pub unit: String,
    /// What is normal.
    pub expected: Band,
    /// How unusual: `-ln` of an upper bound on its probability.
    pub surprise: f64,
    /// `page`, `ticket` or `info`.
    pub severity: String,
    /// `high`, `medium` or `low`.
    pub confidence: String,
    /// The evidence in words.
    pub evidence: String,
    /// `errors` or `latency`, where the detector looks at both; else left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// What is normal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// From.
    pub low: f64,
    /// The middle.
    pub normal: f64,
    /// To.
    pub high: f64,
}

/// A kind of messages, as it is told and stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPatternLine {
    /// Its fingerprint: twelve hexadecimal digits, the same whenever the same is said.
    pub id: String,
    /// What was said, masked, with `<*>` for what differs; `other` for all that is not kept apart.
    pub text: String,
    /// `error` or `warn`.
    pub level: String,
    /// How often.
    pub count: u64,
    /// The first minute in which the service ever said it, in milliseconds since the epoch; not known of `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<i64>,
}

/// A change, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeLine {
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// The ECS service.
    pub service: String,
    /// What happened, in words.
    pub what: String,
}

impl IncidentLine {
    /// Returns what is told of an incident.
    #[must_use]
    pub fn of(event: AlertEvent, incident: &Alert) -> Self {
        let ended = match incident.status {
            Status::Open => None,
            Status::Resolved { ended } => Some(ended.start_ms()),
        };
        Self {
            event: event.name(),
            id: incident.id.clone(),
            at: incident.at_ms,
            since: incident.since.start_ms(),
            service: incident.service.clone(),
            severity: incident.severity.name(),
            title: incident.title.clone(),
            cause: CauseLine::of(&incident.cause),
            findings: incident.findings.iter().map(FindingLine::of).collect(),
            changes: incident.changes.iter().map(ChangeLine::of).collect(),
            error_kinds: incident.kinds.clone(),
            resolved_at: ended,
            duration_ms: ended.map(|_| incident.duration_ms()),
        }
    }
}

impl CauseLine {
    /// Returns what is told of a cause.
    #[must_use]
    pub fn of(cause: &Cause) -> Self {
        Self {
            kind: cause.kind.name().to_owned(),
            name: cause.name.clone(),
            evidence: cause.evidence.clone(),
        }
    }
}

impl FindingLine {
    /// Returns what is told of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let of = finding
            .signal
            .filter(|_| finding.detector.signals().len() > 1);
        Self {
            detector: finding.detector.id().to_owned(),
            subject: finding.subject.to_string(),
            at: finding.minute.start_ms() + MINUTE_MS,
            since: finding.since.start_ms(),
            seen: digits(finding.seen),
            unit: finding.detector.row().unit.name().to_owned(),
            expected: Band {
                low: digits(finding.band.0),
                normal: digits(finding.normal),
                high: digits(finding.band.1),
            },
            surprise: digits(finding.surprise),
            severity: finding.severity.name().to_owned(),
            confidence: finding.confidence.name().to_owned(),
            evidence: finding.evidence.clone(),
            of: of.map(|signal| signal.name().to_owned()),
        }
    }
}

impl LogPatternLine {
    /// Returns what is told of a kind of messages.
    #[must_use]
    pub fn of(said: PatternCount) -> Self {
        let level = match said.severity {
            SeriesKind::Error => "error",
            _ => "warn",
        };
        Self {
            id: said.id,
            text: said.text.into(),
            level: level.to_owned(),
            count: said.count,
            first_seen: said.first.map(Minute::start_ms),
        }
    }
}

impl ChangeLine {
    /// Returns what is told of a change.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        let what = match &change.kind {
            ChangeKind::Deployment {
                phase,
                deployment_id,
            } => {
                let phase = match phase {
                    crate::change::Phase::InProgress => "began",
                    crate::change::Phase::Completed => "completed",
                    crate::change::Phase::Failed => "failed",
                };
                format!("deployment {deployment_id} {phase}")
            }
            ChangeKind::TaskStop { reason } => format!("task stopped: {reason}"),
            ChangeKind::Action { name } => name.clone(),
        };
        Self {
            at: change.at_ms,
            service: change.service.clone(),
            what,
        }
    }
}

/// Four digits after the point are plenty, and print the same everywhere.
fn digits(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}
