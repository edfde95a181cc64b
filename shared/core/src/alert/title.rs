//! The title of an incident: what, how badly, and why, in one line that is read on a lock screen.

use super::cause::{Cause, CauseKind, Trouble};
use crate::detect::{Detector, Finding, Subject, duration, percent};

/// Returns the title: `loan-api: 31 % of requests fail (normally 0.4 %), scoring times out`.
pub(super) fn of(service: &str, trouble: &Trouble<'_>, cause: &Cause) -> String {
    let what = trouble.findings.iter().max_by(|a, b| {
        let by_rank = rank(a).cmp(&rank(b));
        by_rank.then_with(|| a.surprise.total_cmp(&b.surprise))
    });
    let what = what.map_or_else(|| "something is unusual".to_owned(), symptom);
    format!("{service}: {what}{}", why(trouble, cause))
}

/// Users before dependencies, worse before milder, failures before slowness.
fn rank(finding: &Finding) -> (bool, crate::detect::Severity, u8) {
    let users = finding.subject.dependency().is_none();
    let kind = match (finding.detector, &finding.subject) {
        (Detector::ErrorRate, Subject::Requests) => 4,
        (Detector::ErrorRate, _) => 3,
        (Detector::AfterDeploy | Detector::Drift, _) if finding.is_of_failures() => 3,
        (Detector::TrafficDrop, _) => 2,
        (Detector::Latency | Detector::LatencyTail, _) => 1,
        (Detector::AfterDeploy | Detector::Drift | Detector::NoLogs, _) => 1,
        (
            Detector::CompletedDrop
            | Detector::NewError
            | Detector::ErrorSurge
            | Detector::LatencyLevel
            | Detector::TrafficLevel,
            _,
        ) => 0,
    };
    (users, finding.severity, kind)
}

fn symptom(finding: &Finding) -> String {
    let what = match &finding.subject {
        Subject::Requests => "requests".to_owned(),
        Subject::Route(name) => name.to_string(),
        Subject::Dependency(name) => format!("calls to {name}"),
        Subject::Lines => "log lines".to_owned(),
        Subject::Message(id) => format!("errors of kind {id}"),
    };
    let (seen, normal) = (finding.seen, finding.normal);
    match finding.detector {
        _ if finding.is_of_failures() => format!(
            "{} of {what} fail (normally {})",
            percent(seen),
            percent(normal)
        ),
        Detector::Latency => format!(
            "{what} slow, p90 {} (normally {})",
            duration(seen),
            duration(normal)
        ),
        Detector::LatencyLevel => format!(
            "{what} slow, median {} (normally {})",
            duration(seen),
            duration(normal)
        ),
        Detector::LatencyTail => format!(
            "{} of {what} far slower than usual (normally {})",
            percent(seen),
            percent(normal)
        ),
        Detector::Drift => format!(
            "{what} get slower, {} slow (normally {})",
            percent(seen),
            percent(normal)
        ),
        Detector::NoLogs => "no log lines".to_owned(),
        Detector::ErrorRate | Detector::AfterDeploy => format!(
            "{} of {what} slow (normally {})",
            percent(seen),
            percent(normal)
        ),
        Detector::TrafficDrop
        | Detector::CompletedDrop
        | Detector::NewError
        | Detector::ErrorSurge
        | Detector::TrafficLevel => {
            format!("{seen:.1} {what} a minute (normally {normal:.1})")
        }
    }
}

fn why(trouble: &Trouble<'_>, cause: &Cause) -> String {
    match cause.kind {
        CauseKind::Dependency => {
            let name = &cause.name;
            let suspect = trouble.suspects.iter().find(|s| *s.name == **name);
            match suspect {
                Some(suspect) if suspect.times_out => format!(", {name} times out"),
                Some(suspect) if suspect.failed > suspect.blamed.min(1.0) => {
                    format!(", {name} fails")
                }
                _ => format!(", {name} is slow"),
            }
        }
        CauseKind::Change => ", after its deployment".to_owned(),
        CauseKind::Own | CauseKind::Traffic | CauseKind::Client | CauseKind::Unknown => {
            String::new()
        }
    }
}
