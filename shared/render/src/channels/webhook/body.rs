//! A message as JSON for any receiver, version 1, frozen: its fields keep their names and their order.

use serde::Serialize;

use atalaya_core::detect::Signal;

use crate::message::parts::{ChangePart, FindingPart, PatternPart};
use crate::message::{Message, text};
use crate::wire::digits;

/// Returns the JSON of the request.
#[must_use]
pub fn payload(message: &Message) -> String {
    let excerpts = message.excerpts.iter();
    let metrics = message.metrics.iter();
    let links = message.links.iter();
    let v1 = V1 {
        version: 1,
        id: &message.id,
        dedup_key: &message.dedup_key,
        event: message.event.name(),
        severity: message.severity.name(),
        service: &message.service,
        environment: message.environment.as_deref(),
        title: &message.title,
        at: message.at_ms,
        since: message.since_ms,
        resolved_at: message.resolved_at_ms,
        duration_ms: message.duration_ms,
        cause: CauseV1::of(message),
        findings: message.findings.iter().map(FindingV1::of).collect(),
        changes: message.changes.iter().map(ChangeV1::of).collect(),
        error_kinds: message.error_kinds.iter().map(PatternV1::of).collect(),
        excerpts: excerpts
            .map(|excerpt| ExcerptV1 {
                at: excerpt.at_ms,
                text: &excerpt.text,
            })
            .collect(),
        metrics: metrics
            .map(|metric| MetricV1 {
                label: &metric.label,
                unit: metric.unit.name(),
                during: metric.during,
                before: metric.before,
            })
            .collect(),
        missing: &message.missing,
        owner: message.owner.as_deref(),
        links: links
            .map(|link| LinkV1 {
                label: &link.label,
                url: &link.url,
            })
            .collect(),
        text: text::body(message),
    };
    serde_json::to_string(&v1).expect("strings and finite numbers always encode")
}

#[derive(Serialize)]
struct V1<'a> {
    version: u8,
    id: &'a str,
    dedup_key: &'a str,
    event: &'static str,
    severity: &'static str,
    service: &'a str,
    environment: Option<&'a str>,
    title: &'a str,
    at: i64,
    since: i64,
    resolved_at: Option<i64>,
    duration_ms: i64,
    cause: CauseV1<'a>,
    findings: Vec<FindingV1<'a>>,
    changes: Vec<ChangeV1<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    error_kinds: Vec<PatternV1<'a>>,
    excerpts: Vec<ExcerptV1<'a>>,
    metrics: Vec<MetricV1<'a>>,
    missing: &'a [String],
    owner: Option<&'a str>,
    links: Vec<LinkV1<'a>>,
    text: String,
}

#[derive(Serialize)]
struct CauseV1<'a> {
    kind: &'static str,
    name: &'a str,
    evidence: &'a str,
    /// Whether another company runs the dependency; left out of the JSON unless the settings say
    /// so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    external: bool,
}

#[derive(Serialize)]
struct FindingV1<'a> {
    detector: &'static str,
    subject: &'a str,
    at: i64,
    since: i64,
    seen: f64,
    unit: &'static str,
    expected: ExpectedV1,
    surprise: f64,
    severity: &'static str,
    confidence: &'static str,
    evidence: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'static str>,
}

#[derive(Serialize)]
struct ExpectedV1 {
    low: f64,
    normal: f64,
    high: f64,
}

#[derive(Serialize)]
struct ChangeV1<'a> {
    at: i64,
    service: &'a str,
    what: &'a str,
}

#[derive(Serialize)]
struct PatternV1<'a> {
    id: &'a str,
    text: &'a str,
    level: &'static str,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<i64>,
}

impl<'a> CauseV1<'a> {
    fn of(message: &'a Message) -> Self {
        let cause = &message.cause;
        Self {
            kind: cause.kind.name(),
            name: &cause.name,
            evidence: &cause.evidence,
            external: message.cause_is_external,
        }
    }
}

impl<'a> FindingV1<'a> {
    fn of(finding: &'a FindingPart) -> Self {
        Self {
            detector: finding.detector.id(),
            subject: &finding.subject,
            at: finding.at_ms,
            since: finding.since_ms,
            seen: digits(finding.seen),
            unit: finding.detector.row().unit.name(),
            expected: ExpectedV1 {
                low: digits(finding.band.0),
                normal: digits(finding.normal),
                high: digits(finding.band.1),
            },
            surprise: digits(finding.surprise),
            severity: finding.severity.name(),
            confidence: finding.confidence.name(),
            evidence: &finding.evidence,
            of: finding.signal.map(Signal::name),
        }
    }
}

impl<'a> ChangeV1<'a> {
    fn of(change: &'a ChangePart) -> Self {
        Self {
            at: change.at_ms,
            service: &change.service,
            what: &change.what,
        }
    }
}

impl<'a> PatternV1<'a> {
    fn of(pattern: &'a PatternPart) -> Self {
        Self {
            id: &pattern.id,
            text: &pattern.text,
            level: pattern.level,
            count: pattern.count,
            first_seen: pattern.first_seen_ms,
        }
    }
}

#[derive(Serialize)]
struct ExcerptV1<'a> {
    at: i64,
    text: &'a str,
}

#[derive(Serialize)]
struct MetricV1<'a> {
    label: &'a str,
    unit: &'static str,
    during: f64,
    before: Option<f64>,
}

#[derive(Serialize)]
struct LinkV1<'a> {
    label: &'a str,
    url: &'a str,
}
