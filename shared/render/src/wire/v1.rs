//! The output form of findings and incidents, version 1, frozen: what the command prints and the functions log, one JSON
//! object a line. Its fields keep their names and their order.

use atalaya_core::alert::{Alert, AlertEvent, Cause, Status};
use atalaya_core::change::Change;
use atalaya_core::detect::Finding;
use atalaya_core::log_pattern::top::PatternCount;
use atalaya_core::time::{MINUTE_MS, Minute};
use serde::Serialize;

use super::digits;
use crate::words;

/// An incident, as it is printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentLine {
    /// `open`, `update` or `resolve`.
    pub event: &'static str,
    /// The incident's id: the same in all its events.
    pub id: String,
    /// When the event was decided, in milliseconds since the epoch.
    pub at: i64,
    /// When it began, in milliseconds since the epoch.
    pub since: i64,
    /// The service.
    pub service: String,
    /// `page`, `ticket` or `info`.
    pub severity: &'static str,
    /// The title: what is wrong, how badly, and why, in one line.
    pub title: String,
    /// The most likely cause.
    pub cause: CauseLine,
    /// The findings of the last event while the incident was open.
    pub findings: Vec<FindingLine>,
    /// The changes of the day before, the newest first.
    pub changes: Vec<ChangeLine>,
    /// The most frequent log patterns of errors and warnings at the last event while the incident
    /// was open; left out if there were none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub error_kinds: Vec<LogPatternLine>,
    /// On resolve: the first healthy moment, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<i64>,
    /// On resolve: from `since` to `resolved_at`, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
}

/// A cause, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CauseLine {
    /// `dependency`, `change`, `own`, `traffic`, `client` or `unknown`.
    pub kind: String,
    /// The dependency, or the service itself; empty if unknown.
    pub name: String,
    /// The reason why it is the likely cause.
    pub evidence: String,
}

/// A finding, as it is printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingLine {
    /// The detector's id, which is also its anchor in `docs/detectors.md`.
    pub detector: String,
    /// `requests`, `route NAME` or `dependency NAME`.
    pub subject: String,
    /// The end of the last minute that was judged, in milliseconds since the epoch.
    pub at: i64,
    /// When it began, in milliseconds since the epoch.
    pub since: i64,
    /// The observed value.
    pub seen: f64,
    /// The unit of the observed and the expected values: `share`, `ms` or `per_minute`.
    pub unit: String,
    /// What is normal.
    pub expected: Band,
    /// The anomaly score: `-ln` of an upper bound on the probability of the observation.
    pub surprise: f64,
    /// `page`, `ticket` or `info`.
    pub severity: String,
    /// `high`, `medium` or `low`.
    pub confidence: String,
    /// The evidence, as English text.
    pub evidence: String,
    /// `errors` or `latency`, if the detector watches both; else left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// What is normal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Band {
    /// The lower end.
    pub low: f64,
    /// The middle.
    pub normal: f64,
    /// The upper end.
    pub high: f64,
}

/// A log pattern, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogPatternLine {
    /// Its fingerprint: twelve hexadecimal digits, the same whenever the same pattern is logged.
    pub id: String,
    /// The pattern's text, masked, with `<*>` for the parts that differ; `other` for all patterns
    /// that are not counted separately.
    pub text: String,
    /// `error` or `warn`.
    pub level: String,
    /// How often it was logged.
    pub count: u64,
    /// The first minute in which the service ever logged the pattern, in milliseconds since the
    /// epoch; unknown for `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<i64>,
}

/// A change, as it is printed.
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
    /// Returns the line of an incident.
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
            title: words::title::of(incident),
            cause: CauseLine::of(&incident.cause),
            findings: incident.findings.iter().map(FindingLine::of).collect(),
            changes: incident.changes.iter().map(ChangeLine::of).collect(),
            error_kinds: incident.kinds.iter().map(LogPatternLine::of).collect(),
            resolved_at: ended,
            duration_ms: ended.map(|_| incident.duration_ms()),
        }
    }
}

impl CauseLine {
    /// Returns the line of a cause.
    #[must_use]
    pub fn of(cause: &Cause) -> Self {
        Self {
            kind: cause.kind.name().to_owned(),
            name: cause.name.clone(),
            evidence: words::cause::evidence(cause),
        }
    }
}

impl FindingLine {
    /// Returns the line of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
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
            evidence: words::finding::evidence(&finding.subject, &finding.evidence),
            of: finding
                .distinguishing_signal()
                .map(|signal| signal.name().to_owned()),
        }
    }
}

impl LogPatternLine {
    /// Returns the line of a log pattern.
    #[must_use]
    pub fn of(said: &PatternCount) -> Self {
        Self {
            id: said.id.clone(),
            text: said.text.to_string(),
            level: said.level().to_owned(),
            count: said.count,
            first_seen: said.first.map(Minute::start_ms),
        }
    }
}

impl ChangeLine {
    /// Returns the line of a change.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        Self {
            at: change.at_ms,
            service: change.service.clone(),
            what: words::change::what(change),
        }
    }
}

#[cfg(test)]
mod tests {
    use atalaya_core::detect::{Detector, Severity, Signal, Subject};
    use atalaya_core::log_pattern::top::PatternCount;
    use atalaya_core::series::SeriesKind;

    use super::*;
    use crate::fixtures::{alert, resolved};

    #[test]
    fn the_line_of_an_incident_is_frozen() {
        let line = IncidentLine::of(AlertEvent::Resolve, &resolved());
        let line = serde_json::to_string(&line).expect("it encodes");
        let frozen = include_str!("fixtures/resolve-line-v1.json");
        assert_eq!(line, frozen.trim_end());
    }

    #[test]
    fn a_finding_names_its_signal_where_its_detector_has_two() {
        for (detector, signal, expected) in [
            (Detector::Drift, Signal::Errors, Some("errors")),
            (Detector::AfterDeploy, Signal::Latency, Some("latency")),
            (Detector::ErrorRate, Signal::Errors, None),
            (Detector::TrafficDrop, Signal::Traffic, None),
        ] {
            let finding = Finding {
                detector,
                signal: Some(signal),
                subject: Subject::Requests,
                severity: Severity::Info,
                ..alert().findings[0].clone()
            };
            let line = FindingLine::of(&finding);
            assert_eq!(line.of.as_deref(), expected, "{}", detector.id());
        }
    }

    #[test]
    fn a_log_pattern_is_printed_with_its_level_and_its_first_time() {
        let said = PatternCount {
            id: "3f2a9c01d4e7".into(),
            text: "scoring timed out after <*> ms".into(),
            severity: SeriesKind::Error,
            count: 12,
            first: Some(Minute(1)),
        };
        let line = |said: &PatternCount| {
            serde_json::to_string(&LogPatternLine::of(said)).expect("it encodes")
        };
        assert_eq!(
            line(&said),
            r#"{"id":"3f2a9c01d4e7","text":"scoring timed out after <*> ms","level":"error","count":12,"first_seen":60000}"#
        );
        let other = PatternCount {
            severity: SeriesKind::Warning,
            first: None,
            ..said
        };
        assert!(line(&other).ends_with(r#""level":"warn","count":12}"#));
    }
}
