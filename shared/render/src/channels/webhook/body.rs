//! A message as JSON for any receiver, version 1: its fields keep their names.

use serde::Serialize;

use crate::message::{Message, text};
use atalaya_core::alert::line::{CauseLine, ChangeLine, FindingLine, LogPatternLine};

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
        cause: &message.cause,
        findings: &message.findings,
        changes: &message.changes,
        error_kinds: &message.error_kinds,
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
    cause: &'a CauseLine,
    findings: &'a [FindingLine],
    changes: &'a [ChangeLine],
    #[serde(skip_serializing_if = "<[LogPatternLine]>::is_empty")]
    error_kinds: &'a [LogPatternLine],
    excerpts: Vec<ExcerptV1<'a>>,
    metrics: Vec<MetricV1<'a>>,
    missing: &'a [String],
    owner: Option<&'a str>,
    links: Vec<LinkV1<'a>>,
    text: String,
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
