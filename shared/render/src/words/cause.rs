//! Puts into English why a cause is the likely one.

use atalaya_core::alert::{Blame, Cause, CauseEvidence, Deployed};
use atalaya_core::detect::Subject;
use atalaya_core::time::Minute;

use super::{finding, percent};

/// Returns why a cause is the likely one, in one line.
#[must_use]
pub fn evidence(cause: &Cause) -> String {
    match &cause.evidence {
        CauseEvidence::Dependency {
            deployed,
            blame,
            followed,
        } => {
            let mut parts: Vec<String> = deployed.iter().map(deployment).collect();
            parts.push(blamed(blame));
            parts.extend(followed.iter().map(|other| {
                format!(
                    "{} followed {} min later",
                    other.dependency, other.minutes_later
                )
            }));
            parts.join("; ")
        }
        CauseEvidence::DeployedThenDependency { deployed, blame } => {
            format!("{}; since then {}", deployment(deployed), blamed(blame))
        }
        CauseEvidence::Deployed(deployed) => {
            format!("{}; no dependency is unusual", deployment(deployed))
        }
        CauseEvidence::TaskStopped { reason } => {
            format!("a task of {} stopped: {reason}", cause.name)
        }
        CauseEvidence::OwnFailures { failed, words } => {
            let words = words.as_ref();
            let words =
                words.map_or_else(String::new, |words| format!(", most of them with {words}"));
            format!(
                "{failed:.0} requests failed in the last 10 min{words}; no dependency is unusual and nothing was deployed"
            )
        }
        CauseEvidence::NoRequests => {
            "requests do not reach the service; those that do are answered as usual".to_owned()
        }
        CauseEvidence::Undecided { one, other } => {
            format!("{one} and {other} became unusual at the same time and explain about as much")
        }
        CauseEvidence::Nothing => "no dependency and no change explains it".to_owned(),
        CauseEvidence::Text(words) => words.clone(),
    }
}

/// The evidence against a dependency.
fn blamed(blame: &Blame) -> String {
    let mut parts = Vec::new();
    let name = &blame.dependency;
    if let Some(calls) = &blame.calls {
        let subject = Subject::Dependency(name.as_str().into());
        parts.push(finding::evidence(&subject, calls));
    }
    if let Some(named) = &blame.named {
        parts.push(format!(
            "{:.0} of {:.0} failing requests name {name} ({})",
            named.count,
            named.failing,
            percent(named.count / named.failing),
        ));
    }
    if parts.is_empty() {
        parts.push(format!("{name} was unusual first"));
    }
    parts.join("; ")
}

/// `scoring deployed 02:10Z, 6 h 32 min before`.
fn deployment(deployed: &Deployed) -> String {
    let minutes = deployed.minutes_before;
    let ago = match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    let time = Minute::of_ms(deployed.at_ms).to_string();
    let clock = time
        .split_once('T')
        .map_or(time.as_str(), |(_, clock)| clock);
    format!("{} deployed {clock}, {ago} before", deployed.service)
}

#[cfg(test)]
mod tests {
    use atalaya_core::alert::{CauseKind, Followed, Named};
    use atalaya_core::detect::{Counted, Evidence};

    use super::*;

    /// 2026-01-08T02:10Z.
    const NIGHT_MS: i64 = 1_767_838_200_000;

    #[track_caller]
    fn check(name: &str, data: CauseEvidence, expected: &str) {
        let cause = Cause {
            kind: CauseKind::Unknown,
            name: "loan-api".into(),
            evidence: data,
        };
        assert_eq!(evidence(&cause), expected, "{name}");
    }

    fn deployed(service: &str, minutes_before: i64) -> Deployed {
        Deployed {
            service: service.into(),
            at_ms: NIGHT_MS,
            minutes_before,
        }
    }

    fn blame(calls: Option<Evidence>, named: Option<Named>) -> Blame {
        Blame {
            dependency: "scoring".into(),
            calls,
            named,
        }
    }

    fn failing() -> Evidence {
        Evidence::FailedForHours {
            counted: Counted {
                bad: 21,
                of: 60,
                minutes: 60,
            },
            normal: 0.003,
        }
    }

    const NAMED: Named = Named {
        count: 18.0,
        failing: 20.0,
    };

    #[test]
    fn a_dependency_is_blamed_with_all_that_speaks_against_it() {
        check(
            "all of it",
            CauseEvidence::Dependency {
                deployed: Some(deployed("prod-scoring", 392)),
                blame: blame(Some(failing()), Some(NAMED)),
                followed: vec![Followed {
                    dependency: "aurora".into(),
                    minutes_later: 13,
                }],
            },
            "prod-scoring deployed 02:10Z, 6 h 32 min before; 21 of 60 calls to scoring failed in the last 60 min (35 %, \
             normally 0.3 %); 18 of 20 failing requests name scoring (90 %); aurora followed 13 min later",
        );
        check(
            "nothing but when it began",
            CauseEvidence::Dependency {
                deployed: None,
                blame: blame(None, None),
                followed: Vec::new(),
            },
            "scoring was unusual first",
        );
    }

    #[test]
    fn a_deployment_is_told_with_its_age() {
        check(
            "alone",
            CauseEvidence::Deployed(deployed("loan-api", 4)),
            "loan-api deployed 02:10Z, 4 min before; no dependency is unusual",
        );
        check(
            "beside a dependency",
            CauseEvidence::DeployedThenDependency {
                deployed: deployed("loan-api", 4),
                blame: blame(None, Some(NAMED)),
            },
            "loan-api deployed 02:10Z, 4 min before; since then 18 of 20 failing requests name scoring (90 %)",
        );
    }

    #[test]
    fn a_service_fails_of_itself() {
        check(
            "a task",
            CauseEvidence::TaskStopped {
                reason: "OutOfMemoryError".into(),
            },
            "a task of loan-api stopped: OutOfMemoryError",
        );
        let failures = |words: Option<&str>| CauseEvidence::OwnFailures {
            failed: 20.0,
            words: words.map(str::to_owned),
        };
        check(
            "with words",
            failures(Some("NullPointerException")),
            "20 requests failed in the last 10 min, most of them with NullPointerException; no dependency is unusual and \
             nothing was deployed",
        );
        check(
            "without words",
            failures(None),
            "20 requests failed in the last 10 min; no dependency is unusual and nothing was deployed",
        );
    }

    #[test]
    fn what_is_not_known_is_said() {
        check(
            "no requests",
            CauseEvidence::NoRequests,
            "requests do not reach the service; those that do are answered as usual",
        );
        check(
            "two at once",
            CauseEvidence::Undecided {
                one: "aurora".into(),
                other: "scoring".into(),
            },
            "aurora and scoring became unusual at the same time and explain about as much",
        );
        check(
            "nothing",
            CauseEvidence::Nothing,
            "no dependency and no change explains it",
        );
        check(
            "an older version's",
            CauseEvidence::Text("as it was".into()),
            "as it was",
        );
    }
}
