//! Whom an incident blames, and the forms in which it is stored and told.

use super::cause::{Suspect, Trouble};
use super::line::IncidentLine;
use super::*;
use crate::baseline::Signal;
use crate::change::{ChangeKind, Phase};
use crate::detect;

/// 2026-01-08T08:42Z.
const SINCE: Minute = Minute(29_464_362);

fn finding(detector: Detector, subject: &str, surprise: f64) -> Finding {
    Finding {
        minute: SINCE.plus(2),
        since: SINCE,
        normal: 0.004,
        band: (0.0, 0.02),
        surprise,
        severity: if subject.starts_with("dep") {
            Severity::Ticket
        } else {
            Severity::Page
        },
        evidence: format!("{subject} is unusual"),
        ..detect::tests::finding(detector, subject.parse().expect("a subject"), 0.31)
    }
}

fn suspect(name: &str, after: i64, blamed: f64) -> Suspect {
    Suspect {
        name: name.into(),
        since: SINCE.plus(after),
        blamed,
        failed: blamed,
        times_out: true,
    }
}

fn deployment(service: &str, minutes_before: i64) -> Change {
    Change {
        service: service.into(),
        at_ms: SINCE.plus(-minutes_before).start_ms(),
        kind: ChangeKind::Deployment {
            phase: Phase::InProgress,
            deployment_id: format!("ecs-svc/{minutes_before}"),
        },
        event_id: format!("e-{minutes_before}"),
    }
}

struct Case<'a> {
    subjects: &'a [&'a str],
    suspects: &'a [Suspect],
    changes: &'a [Change],
}

fn case<'a>(subjects: &'a [&'a str], suspects: &'a [Suspect], changes: &'a [Change]) -> Case<'a> {
    Case {
        subjects,
        suspects,
        changes,
    }
}

fn check(case: &Case<'_>, kind: CauseKind, name: &str, evidence: &str) {
    let findings: Vec<Finding> = case
        .subjects
        .iter()
        .map(|subject| finding(Detector::ErrorRate, subject, 30.0))
        .collect();
    let trouble = Trouble {
        minute: SINCE.plus(2),
        since: SINCE,
        findings: &findings,
        suspects: case.suspects,
        failing: 20.0,
        words: Some("NullPointerException"),
        changes: case.changes,
    };
    let found = cause::of("loan-api", SINCE, &trouble);
    assert_eq!(
        (found.kind, &*found.name),
        (kind, name),
        "{}",
        found.evidence
    );
    assert!(found.evidence.contains(evidence), "{}", found.evidence);
}

#[test]
fn blame_goes_to_who_began_and_explains_or_to_nobody() {
    let [scoring, aurora] = ["dependency scoring", "dependency aurora"];
    let both = ["requests", scoring, aurora];
    let night = [
        deployment("prod-scoring", 392),
        deployment("scoring", 3_000),
    ];
    // The first one is the cause, though its consequence is louder by now; its deployment is the evidence.
    check(
        &case(
            &both,
            &[suspect("aurora", 13, 14.0), suspect("scoring", 0, 6.0)],
            &night,
        ),
        CauseKind::Dependency,
        "scoring",
        "prod-scoring deployed 02:10Z, 6 h 32 min before; dependency scoring is unusual",
    );
    // At the same time: who explains more, or nobody.
    check(
        &case(
            &both,
            &[suspect("aurora", 1, 16.0), suspect("scoring", 0, 4.0)],
            &[],
        ),
        CauseKind::Dependency,
        "aurora",
        "16 of 20 failing requests name aurora (80 %)",
    );
    check(
        &case(
            &both,
            &[suspect("aurora", 0, 9.0), suspect("scoring", 0, 9.0)],
            &[],
        ),
        CauseKind::Unknown,
        "",
        "aurora and scoring became unusual at the same time",
    );
    // A dependency that failing requests do not name explains nothing.
    let idle = [suspect("aurora", 0, 0.0), suspect("scoring", 5, 15.0)];
    check(
        &case(&both, &idle, &[]),
        CauseKind::Dependency,
        "scoring",
        "",
    );
    let own = [deployment("loan-api", 4)];
    check(
        &case(&["requests"], &[], &own),
        CauseKind::Change,
        "loan-api",
        "loan-api deployed 08:38Z, 4 min before; no dependency is unusual",
    );
    // A fresh release that calls a dependency wrongly; an older one is no excuse for the dependency.
    let failing = [suspect("scoring", 0, 18.0)];
    check(
        &case(&["requests", scoring], &failing, &own),
        CauseKind::Change,
        "loan-api",
        "since then dependency scoring is unusual",
    );
    check(
        &case(
            &["requests", scoring],
            &failing,
            &[deployment("loan-api", 60)],
        ),
        CauseKind::Dependency,
        "scoring",
        "",
    );
    check(
        &case(
            &["requests"],
            &[],
            &[deployment("loan-api", 120), deployment("rescoring", 5)],
        ),
        CauseKind::Own,
        "loan-api",
        "most of them with NullPointerException",
    );
}

#[test]
fn the_stored_and_the_told_forms_are_frozen() {
    let findings = [
        finding(Detector::ErrorRate, "requests", 30.0),
        finding(Detector::Latency, "dependency scoring", 41.5),
    ];
    let suspects = [suspect("scoring", 0, 18.0)];
    let changes = [deployment("scoring", 392)];
    let trouble = Trouble {
        minute: SINCE.plus(2),
        since: SINCE,
        findings: &findings,
        suspects: &suspects,
        failing: 20.0,
        words: None,
        changes: &changes,
    };
    let opened = open("loan-api", &trouble, SINCE.plus(5).start_ms());
    assert_eq!(opened.id, "loan-api-20260108T0842Z");
    assert_eq!(
        opened.title,
        "loan-api: 31 % of requests fail (normally 0.4 %), scoring times out"
    );
    assert_eq!(update(&opened, &trouble, 0), None, "nothing new");
    let over = resolve(&opened, SINCE.plus(68), SINCE.plus(73).start_ms());
    let told = IncidentLine::of(AlertEvent::Resolve, &over);
    let told = serde_json::to_string(&told).expect("it encodes");
    let forms = [
        (opened.encode(), include_str!("fixtures/open-v1.json")),
        (over.encode(), include_str!("fixtures/resolved-v1.json")),
        (told, include_str!("fixtures/resolve-line-v1.json")),
    ];
    for (form, frozen) in forms {
        assert_eq!(form, frozen.trim_end());
    }
    assert_eq!(Alert::decode(&opened.encode()).expect("own form"), opened);
    assert_eq!(Alert::decode(&over.encode()).expect("own form"), over);
    let later = opened.encode().replacen(r#""v":1"#, r#""v":9"#, 1);
    assert!(matches!(
        Alert::decode(&later),
        Err(StoredError::Version(9))
    ));
    let strange = opened.encode().replace("error_rate", "horoscope");
    assert!(matches!(
        Alert::decode(&strange),
        Err(StoredError::Unknown("detector"))
    ));
}

#[test]
fn what_a_finding_is_about_is_stored_where_its_detector_looks_at_two_things() {
    let failed = "24 of 480 requests failed in the last 2 h";
    let slow = "240 of 480 requests took longer than 400 ms in the last 2 h";
    let [errors, latency] = [Signal::Errors, Signal::Latency];
    for (detector, signal, evidence, stored) in [
        (Detector::Drift, errors, slow, Some("errors")),
        (Detector::AfterDeploy, latency, failed, Some("latency")),
        (Detector::ErrorRate, errors, slow, None),
        (Detector::Latency, latency, failed, None),
    ] {
        let findings = [Finding {
            signal: Some(signal),
            evidence: evidence.to_owned(),
            ..finding(detector, "requests", 30.0)
        }];
        let trouble = Trouble {
            minute: SINCE.plus(2),
            since: SINCE,
            findings: &findings,
            suspects: &[],
            failing: 0.0,
            words: None,
            changes: &[],
        };
        let opened = open("loan-api", &trouble, SINCE.plus(5).start_ms());
        let body = opened.encode();
        let written = stored.map(|word| format!(r#","of":"{word}""#));
        assert_eq!(
            body.contains(r#""of":"#),
            written.as_ref().is_some_and(|word| body.contains(word)),
            "{body}"
        );
        assert_eq!(Alert::decode(&body).expect("own form"), opened);
        let Some(written) = written else {
            continue;
        };
        // Before, only the words told it.
        let before = Alert::decode(&body.replace(&written, "")).expect("an old form");
        let by_words = if evidence == failed { errors } else { latency };
        assert_eq!(before.findings[0].signal, Some(by_words));
        let strange = body.replace(&written, r#","of":"traffic""#);
        assert!(matches!(
            Alert::decode(&strange),
            Err(StoredError::Unknown("signal"))
        ));
    }
}
