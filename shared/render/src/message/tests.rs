//! Tests of the messages of one incident, opened, updated and resolved; the tests of the channels
//! render the same messages.

use atalaya_core::alert::{CauseEvidence, Title};
use atalaya_core::detect::Evidence;

use super::*;
use crate::fixtures::{alert, resolved};
use crate::message::related::MetricUnit;

pub(crate) fn updated() -> Alert {
    let mut incident = alert();
    incident.at_ms += 6 * 60_000;
    incident
}

fn settings() -> Settings {
    let text = "services:
  loan-api:
    log_groups: [/ecs/prod/loan-api]
    owner: credit-platform
    runbook: https://runbooks.example.com/loan-api?a=1&b=2
    dependencies: { scoring: { external: true }, aurora: { rds_cluster: loans } }
";
    Settings::parse(text).expect("is without fault")
}

fn deployment() -> Deployment {
    Deployment {
        region: "us-east-1".into(),
        environment: Some("prod".into()),
    }
}

fn gathered() -> Gathered {
    let excerpt = |at_ms, text: &str| ExcerptLine {
        at_ms,
        text: text.into(),
    };
    Gathered {
        excerpts: vec![
            excerpt(
                1_767_861_905_000,
                "ERROR scoring timed out after 3000 ms, request ****",
            ),
            excerpt(1_767_861_901_000, "WARN retry 3 of 3 for customer ****"),
        ],
        metrics: vec![RelatedMetric {
            label: "DatabaseConnections of loans".into(),
            unit: MetricUnit::Count,
            during: 87.0,
            before: Some(45.4),
        }],
        missing: vec!["CPUUtilization of loans: no data".into()],
    }
}

pub(crate) fn message(incident: &Alert) -> Message {
    Message::of(incident, &settings(), &deployment(), gathered())
}

#[test]
fn the_event_is_read_off_the_document() {
    let rows = [
        (alert(), AlertEvent::Open, "open/1767862020000"),
        (updated(), AlertEvent::Update, "update/1767862380000"),
        (resolved(), AlertEvent::Resolve, "resolve/1767866100000"),
    ];
    for (incident, event, id) in rows {
        assert_eq!(incident.event(), event);
        assert_eq!(
            message_id(&incident),
            format!("loan-api-20260108T0842Z/{id}")
        );
    }
}

/// An incident in which every text is hostile and too long.
pub(crate) fn hostile() -> Message {
    let evil = "<!channel> & <https://evil.example|click> ```*b* `x` \u{202e}\r\nBcc: all@example.com\0 ñ ";
    let evil = evil.repeat(200);
    let mut incident = alert();
    incident.title = Title::Text(evil.clone());
    incident.service.clone_from(&evil);
    incident.cause.name.clone_from(&evil);
    incident.cause.evidence = CauseEvidence::Text(evil.clone());
    incident.findings[0].evidence = Evidence::Text(evil.clone());
    let finding = incident.findings[0].clone();
    incident.findings = vec![finding; 100];
    incident.changes = vec![incident.changes[0].clone(); 100];
    for change in &mut incident.changes {
        change.service.clone_from(&evil);
    }
    let excerpt = ExcerptLine {
        at_ms: 0,
        text: evil.clone(),
    };
    let gathered = Gathered {
        excerpts: vec![excerpt; 100],
        metrics: Vec::new(),
        missing: vec![evil; 40],
    };
    Message::of(&incident, &settings(), &deployment(), gathered)
}

/// A message for which no evidence could be read.
pub(crate) fn bare() -> Message {
    let gathered = Gathered::default();
    let message = Message::of(&alert(), &Settings::default(), &deployment(), gathered);
    message.without("slack ssm:/atalaya/slack was not told: answered 500")
}

#[test]
fn related_metrics_are_the_service_its_cause_and_its_databases() {
    let incident = alert();
    let wanted = related::wanted(&incident, &settings());
    let labels: Vec<_> = wanted.iter().map(|wanted| wanted.label.as_str()).collect();
    let expected = [
        "Requests",
        "Errors",
        "Latency p90",
        "Calls of scoring",
        "CallErrors of scoring",
        "CallLatency p90 of scoring",
        "DatabaseConnections of loans",
        "CPUUtilization of loans",
    ];
    assert_eq!(labels, expected);
    let since = incident.since.start_ms();
    let points = [(since - 60_000, 2.0), (since - 120_000, 4.0), (since, 9.0)];
    let metric = RelatedMetric::of(&wanted[6], &points, since).expect("has points");
    assert_eq!((metric.during, metric.before), (9.0, Some(3.0)));
    assert_eq!(RelatedMetric::of(&wanted[6], &points[..2], since), None);
}
