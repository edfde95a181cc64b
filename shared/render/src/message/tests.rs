//! Messages of one incident, open, changed and over, in every form; limits and hostile text.

use atalaya_core::alert::{CauseEvidence, Title};
use atalaya_core::detect::Evidence;

use super::*;
use crate::fixtures::{alert, resolved};
use crate::message::related::MetricUnit;

fn updated() -> Alert {
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

fn message(incident: &Alert) -> Message {
    Message::of(incident, &settings(), &deployment(), gathered())
}

fn pretty(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).expect("is JSON");
    serde_json::to_string_pretty(&value).expect("is JSON")
}

#[test]
fn every_form_of_every_event_is_as_agreed() {
    for incident in [alert(), updated(), resolved()] {
        let message = message(&incident);
        let event = message.event.name();
        let text = format!("{}\n\n{}", text::subject(&message), text::body(&message));
        insta::assert_snapshot!(format!("{event}-text"), text);
        insta::assert_snapshot!(format!("{event}-slack"), pretty(&slack::payload(&message)));
        insta::assert_snapshot!(format!("{event}-json"), pretty(&json::payload(&message)));
        let event_json = pretty(&pagerduty::event(&message, "KEY"));
        insta::assert_snapshot!(format!("{event}-pagerduty"), event_json);
    }
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

/// An incident whose every text is hostile and as long as it likes.
fn hostile() -> Message {
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

#[test]
fn a_subject_is_short_printable_ascii() {
    for message in [message(&alert()), hostile()] {
        let subject = text::subject(&message);
        assert!(subject.len() <= text::MAX_SUBJECT, "{subject}");
        assert!(subject.starts_with("[PAGE] prod "), "{subject}");
        assert!(
            subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "{subject}"
        );
    }
}

/// Returns all texts of a Slack message: `(kind of block, text)`.
fn slack_texts(message: &Message) -> Vec<(String, String)> {
    let payload: serde_json::Value =
        serde_json::from_str(&slack::payload(message)).expect("is JSON");
    let blocks = payload["blocks"].as_array().expect("has blocks");
    assert!(blocks.len() <= slack::MAX_BLOCKS, "{} blocks", blocks.len());
    let fallback = payload["text"].as_str().expect("has a text");
    let mut texts = vec![("fallback".to_owned(), fallback.to_owned())];
    for block in blocks {
        let kind = block["type"].as_str().expect("has a type");
        let text = match kind {
            "context" => &block["elements"][0],
            _ => &block["text"],
        };
        assert_eq!(text["verbatim"] == true, kind != "header", "{block}");
        let text = text["text"].as_str().expect("has a text");
        texts.push((kind.to_owned(), text.to_owned()));
    }
    texts
}

#[test]
fn slack_takes_it_and_reads_nothing_into_it() {
    for message in [message(&alert()), hostile()] {
        for (kind, text) in slack_texts(&message) {
            let most = if kind == "header" {
                slack::MAX_HEADER
            } else {
                slack::MAX_SECTION
            };
            assert!(
                !text.is_empty() && text.chars().count() <= most,
                "{kind}: {text}"
            );
            if kind == "header" {
                continue;
            }
            // What Slack reads begins with `<`: nothing but our own links, each on a line of its own.
            for (at, _) in text.match_indices('<') {
                assert!(text[at..].starts_with("<https://"), "{text}");
                assert!(text[..at].ends_with("• "), "{text}");
            }
            for (at, _) in text.match_indices('&') {
                let escape = ["&amp;", "&lt;", "&gt;"];
                assert!(escape.iter().any(|e| text[at..].starts_with(e)), "{text}");
            }
            if let Some(code) = text.strip_prefix("```") {
                let inside = code.strip_suffix("```").expect("a block of code ends");
                assert!(!inside.contains('`'), "{text}");
            }
            assert!(!text.contains(['\0', '\r', '\u{202e}']), "{text}");
        }
    }
}

#[test]
fn nothing_that_could_not_be_had_is_left_out_in_silence() {
    let bare = Message::of(
        &alert(),
        &Settings::default(),
        &deployment(),
        Gathered::default(),
    );
    let bare = bare.without("slack ssm:/atalaya/slack was not told: answered 500");
    for text in [
        text::body(&bare),
        slack::payload(&bare),
        json::payload(&bare),
    ] {
        assert!(
            text.contains("names no log group of this service"),
            "{text}"
        );
        assert!(text.contains("was not told: answered 500"), "{text}");
    }
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
