//! An alert for tests: requests of `loan-api` fail because of `scoring`, which was deployed in the night.

use atalaya_core::alert::{
    Alert, Blame, Cause, CauseEvidence, CauseKind, Deployed, Fault, Named, Status, Symptom, Title,
};
use atalaya_core::change::{Change, ChangeKind, Phase};
use atalaya_core::detect::{Confidence, Detector, Evidence, Finding, Severity, Subject};
use atalaya_core::time::Minute;

/// 2026-01-08T08:42Z.
const SINCE: Minute = Minute(29_464_362);

/// Returns the alert as it opened.
pub(crate) fn alert() -> Alert {
    let calls = Subject::Dependency("scoring".into());
    let findings = vec![
        finding(
            Detector::ErrorRate,
            Subject::Requests,
            30.0,
            Severity::Page,
            "requests is unusual",
        ),
        finding(
            Detector::Latency,
            calls,
            41.5,
            Severity::Ticket,
            "dependency scoring is unusual",
        ),
    ];
    let deployed_ms = SINCE.plus(-392).start_ms();
    let opened_ms = SINCE.plus(5).start_ms();
    Alert {
        id: "loan-api-20260108T0842Z".into(),
        service: "loan-api".into(),
        since: SINCE,
        status: Status::Open,
        opened_at_ms: opened_ms,
        at_ms: opened_ms,
        severity: Severity::Page,
        title: Title::Wrong {
            symptom: Some(Symptom::of(&findings[0])),
            fault: Some(Fault::TimesOut),
        },
        cause: Cause {
            kind: CauseKind::Dependency,
            name: "scoring".into(),
            evidence: CauseEvidence::Dependency {
                deployed: Some(Deployed {
                    service: "scoring".into(),
                    at_ms: deployed_ms,
                    minutes_before: 392,
                }),
                blame: Blame {
                    dependency: "scoring".into(),
                    calls: Some(findings[1].evidence.clone()),
                    named: Some(Named {
                        count: 18.0,
                        failing: 20.0,
                    }),
                },
                followed: Vec::new(),
            },
        },
        symptoms: findings
            .iter()
            .map(|finding| (finding.detector, finding.subject.clone()))
            .collect(),
        findings,
        changes: vec![Change {
            service: "scoring".into(),
            at_ms: deployed_ms,
            kind: ChangeKind::Deployment {
                phase: Phase::InProgress,
                deployment_id: "ecs-svc/392".into(),
            },
            event_id: "e-392".into(),
        }],
        kinds: Vec::new(),
        judged_through: SINCE.plus(2),
    }
}

/// Returns the alert as it was resolved after 62 minutes.
pub(crate) fn resolved() -> Alert {
    let open = alert();
    Alert {
        status: Status::Resolved {
            ended: SINCE.plus(62),
        },
        at_ms: SINCE.plus(73).start_ms(),
        judged_through: SINCE.plus(68),
        title: Title::Resolved(Box::new(open.title.clone())),
        ..open
    }
}

fn finding(
    detector: Detector,
    subject: Subject,
    surprise: f64,
    severity: Severity,
    words: &str,
) -> Finding {
    Finding {
        detector,
        signal: detector.signals().first().copied(),
        subject,
        minute: SINCE.plus(2),
        since: SINCE,
        seen: 0.31,
        normal: 0.004,
        band: (0.0, 0.02),
        surprise,
        severity,
        confidence: Confidence::High,
        evidence: Evidence::Text(words.into()),
    }
}
