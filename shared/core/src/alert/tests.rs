//! The cause that an alert names, the evidence for it, and the content of its title.

use super::cause::{Suspect, Trouble};
use super::*;
use crate::change::{ChangeKind, Phase};
use crate::detect::{self, Evidence, Signal};
use crate::time::MINUTE_MS;

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
        evidence: Evidence::Text(format!("{subject} is unusual")),
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

/// Returns an alert of a service whose requests fail because of `scoring`, which was deployed in the night.
pub(crate) fn opened() -> Alert {
    let findings = [
        finding(Detector::ErrorRate, "requests", 30.0),
        finding(Detector::Latency, "dependency scoring", 41.5),
    ];
    let suspects = [suspect("scoring", 0, 18.0)];
    let changes = [deployment("scoring", 392)];
    let trouble = trouble(&findings, &suspects, &changes);
    open("loan-api", &trouble, SINCE.plus(5).start_ms())
}

fn trouble<'a>(
    findings: &'a [Finding],
    suspects: &'a [Suspect],
    changes: &'a [Change],
) -> Trouble<'a> {
    Trouble {
        minute: SINCE.plus(2),
        since: SINCE,
        findings,
        suspects,
        failing: 20.0,
        words: Some("NullPointerException"),
        changes,
    }
}

fn deployed(service: &str, minutes_before: i64) -> Deployed {
    Deployed {
        service: service.into(),
        at_ms: SINCE.plus(-minutes_before).start_ms(),
        minutes_before,
    }
}

/// Returns the evidence against a dependency with a finding, which so many failing requests name.
fn blame(dependency: &str, count: f64) -> Blame {
    let failing = 20.0;
    Blame {
        dependency: dependency.into(),
        calls: Some(Evidence::Text(format!(
            "dependency {dependency} is unusual"
        ))),
        named: (count >= 1.0).then_some(Named { count, failing }),
    }
}

fn by_dependency(deployed: Option<Deployed>, blame: Blame, followed: &[(&str, i64)]) -> Cause {
    let followed = followed.iter().map(|(name, minutes_later)| Followed {
        dependency: (*name).into(),
        minutes_later: *minutes_later,
    });
    Cause {
        kind: CauseKind::Dependency,
        name: blame.dependency.clone(),
        evidence: CauseEvidence::Dependency {
            deployed,
            blame,
            followed: followed.collect(),
        },
    }
}

fn of_itself(kind: CauseKind, evidence: CauseEvidence) -> Cause {
    Cause {
        kind,
        name: "loan-api".into(),
        evidence,
    }
}

/// Asserts the cause of trouble in which requests, and calls to `unusual`, fail.
#[track_caller]
fn check(name: &str, unusual: &[&str], suspects: &[Suspect], changes: &[Change], expected: &Cause) {
    let subjects = unusual.iter().map(|name| format!("dependency {name}"));
    let findings: Vec<Finding> = std::iter::once("requests".to_owned())
        .chain(subjects)
        .map(|subject| finding(Detector::ErrorRate, &subject, 30.0))
        .collect();
    let found = cause::of("loan-api", SINCE, &trouble(&findings, suspects, changes));
    assert_eq!(found, *expected, "{name}");
}

#[test]
fn who_began_is_the_cause_and_its_deployment_is_evidence() {
    let night = [
        deployment("prod-scoring", 392),
        deployment("scoring", 3_000),
    ];
    check(
        "the consequence is louder by now",
        &["scoring", "aurora"],
        &[suspect("aurora", 13, 14.0), suspect("scoring", 0, 6.0)],
        &night,
        &by_dependency(
            Some(deployed("prod-scoring", 392)),
            blame("scoring", 6.0),
            &[("aurora", 13)],
        ),
    );
}

#[test]
fn of_those_that_began_together_who_explains_more_is_the_cause_or_nobody() {
    let both = ["scoring", "aurora"];
    check(
        "one explains more",
        &both,
        &[suspect("aurora", 1, 16.0), suspect("scoring", 0, 4.0)],
        &[],
        &by_dependency(None, blame("aurora", 16.0), &[]),
    );
    let undecided = CauseEvidence::Undecided {
        one: "aurora".into(),
        other: "scoring".into(),
    };
    check(
        "they explain as much",
        &both,
        &[suspect("aurora", 0, 9.0), suspect("scoring", 0, 9.0)],
        &[],
        &Cause {
            kind: CauseKind::Unknown,
            name: String::new(),
            evidence: undecided,
        },
    );
    check(
        "failing requests do not name the first one",
        &both,
        &[suspect("aurora", 0, 0.0), suspect("scoring", 5, 15.0)],
        &[],
        &by_dependency(None, blame("scoring", 15.0), &[]),
    );
}

#[test]
fn a_deployment_of_its_own_is_the_cause_where_it_is_fresh_or_nothing_else_is() {
    let own = [deployment("loan-api", 4)];
    let alone = CauseEvidence::Deployed(deployed("loan-api", 4));
    check(
        "no dependency is unusual",
        &[],
        &[],
        &own,
        &of_itself(CauseKind::Change, alone),
    );
    let failing = [suspect("scoring", 0, 18.0)];
    let then = CauseEvidence::DeployedThenDependency {
        deployed: deployed("loan-api", 4),
        blame: blame("scoring", 18.0),
    };
    check(
        "a fresh release that calls a dependency wrongly",
        &["scoring"],
        &failing,
        &own,
        &of_itself(CauseKind::Change, then),
    );
    check(
        "an older release is no excuse for the dependency",
        &["scoring"],
        &failing,
        &[deployment("loan-api", 60)],
        &by_dependency(None, blame("scoring", 18.0), &[]),
    );
    let failures = CauseEvidence::OwnFailures {
        failed: 20.0,
        words: Some("NullPointerException".into()),
    };
    check(
        "releases that are too old, or of others",
        &[],
        &[],
        &[deployment("loan-api", 120), deployment("rescoring", 5)],
        &of_itself(CauseKind::Own, failures),
    );
}

#[test]
fn a_title_tells_the_worst_finding_and_keeps_it_to_the_end() {
    let opened = opened();
    assert_eq!(opened.id, "loan-api-20260108T0842Z");
    let wrong = Title::Wrong {
        symptom: Some(Symptom {
            detector: Detector::ErrorRate,
            subject: Subject::Requests,
            signal: Some(Signal::Errors),
            seen: 0.31,
            normal: 0.004,
        }),
        fault: Some(Fault::TimesOut),
    };
    assert_eq!(opened.title, wrong);
    let suspects = [suspect("scoring", 0, 18.0)];
    let trouble = trouble(&opened.findings, &suspects, &[]);
    assert_eq!(update(&opened, &trouble, 0), None, "nothing new");
    let over = resolve(&opened, SINCE.plus(68), SINCE.plus(73).start_ms());
    assert_eq!(over.title, Title::Resolved(Box::new(wrong)));
    assert_eq!(over.duration_ms(), 62 * MINUTE_MS);
}

#[test]
fn a_cause_holds_the_evidence_of_calls_to_its_dependency_alone() {
    let cause = by_dependency(None, blame("scoring", 6.0), &[]);
    let of = |text: &str| Evidence::Text(text.to_owned());
    let own = of("dependency scoring is unusual");
    for (name, dependency, evidence, expected) in [
        ("its own", Some("scoring"), &own, true),
        ("another's", Some("aurora"), &own, false),
        ("the users'", None, &own, false),
        ("another of its own", Some("scoring"), &of("slow"), false),
    ] {
        assert_eq!(
            cause.evidence.holds(dependency, evidence),
            expected,
            "{name}"
        );
    }
}
