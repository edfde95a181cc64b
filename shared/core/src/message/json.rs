//! A message as JSON for any receiver, version 1: its fields keep their names.

use serde::Serialize;

use super::{Message, text};
use crate::incident::line::{CauseLine, ChangeLine, FindingLine, KindLine};

/// Returns the JSON of the request.
#[must_use]
pub fn payload(message: &Message) -> String {
    let samples = message.samples.iter();
    let figures = message.figures.iter();
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
        cause: CauseV1 {
            line: &message.cause,
            external: message.cause_is_external,
        },
        findings: &message.findings,
        changes: &message.changes,
        error_kinds: &message.error_kinds,
        samples: samples
            .map(|sample| SampleV1 {
                at: sample.at_ms,
                text: &sample.text,
            })
            .collect(),
        metrics: figures
            .map(|figure| FigureV1 {
                label: &figure.label,
                unit: figure.unit.name(),
                during: figure.during,
                before: figure.before,
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
    findings: &'a [FindingLine],
    changes: &'a [ChangeLine],
    #[serde(skip_serializing_if = "<[KindLine]>::is_empty")]
    error_kinds: &'a [KindLine],
    samples: Vec<SampleV1<'a>>,
    metrics: Vec<FigureV1<'a>>,
    missing: &'a [String],
    owner: Option<&'a str>,
    links: Vec<LinkV1<'a>>,
    text: String,
}

#[derive(Serialize)]
struct CauseV1<'a> {
    #[serde(flatten)]
    line: &'a CauseLine,
    /// Left out of the JSON unless settings say so of the dependency.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    external: bool,
}

#[derive(Serialize)]
struct SampleV1<'a> {
    at: i64,
    text: &'a str,
}

#[derive(Serialize)]
struct FigureV1<'a> {
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
