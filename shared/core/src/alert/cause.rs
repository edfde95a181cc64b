//! Finds the most likely cause of an alert. Blaming the wrong cause is worse than "unknown".
//!
//! A dependency is guilty when it explains what users feel and either its calls are unusual against
//! its own baseline or many failing requests name it. Of several guilty dependencies the one that
//! became unusual first is the cause, and the others followed from it. A deployment is evidence
//! beside a guilty dependency, and the cause where there is none.

use super::cause_evidence::{Blame, CauseEvidence, Deployed, Followed, Named};
use crate::change::{Change, ChangeKind, Phase};
use crate::detect::{Detector, Finding, Severity};
use crate::time::{MINUTE_MS, Minute};

/// How long before an alert a deployment of the service itself is taken for its cause.
const OWN_DEPLOYMENT_MS: i64 = 90 * MINUTE_MS;
/// How long before an alert a deployment of the service counts as fresh: if a dependency fails at
/// the same time, it is then more likely that the new version calls it wrongly.
const FRESH_DEPLOYMENT_MS: i64 = 15 * MINUTE_MS;
/// How long before an alert a deployment of a dependency is evidence, in milliseconds.
const DEPENDENCY_DEPLOYMENT_MS: i64 = 24 * 60 * MINUTE_MS;
/// Tolerance in time: a deployment may be reported, and may begin to show, a little before or after
/// the minute in which the trouble is seen.
const SLACK_MS: i64 = 2 * MINUTE_MS;

/// The share of failing requests that a guilty dependency must explain, where any dependency is named at all.
const EXPLAINS: f64 = 0.2;
/// The fewest failing requests from which shares of them are meaningful.
const ENOUGH: f64 = 5.0;
/// The most changes that are kept with an alert.
const MOST_CHANGES: usize = 10;

/// The likely cause of an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// The kind of cause.
    pub kind: CauseKind,
    /// The name of the dependency, or of the service itself; empty where the cause is unknown.
    pub name: String,
    /// The evidence for this cause.
    pub evidence: CauseEvidence,
}

/// Kinds of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseKind {
    /// Something that the service calls.
    Dependency,
    /// A deployment of the service itself.
    Change,
    /// The service itself, with no deployment.
    Own,
    /// Requests do not reach the service.
    Traffic,
    /// Clients.
    Client,
    /// The evidence points to no single cause.
    Unknown,
}

impl CauseKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Dependency,
        Self::Change,
        Self::Own,
        Self::Traffic,
        Self::Client,
        Self::Unknown,
    ];

    /// Returns its name in output and storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dependency => "dependency",
            Self::Change => "change",
            Self::Own => "own",
            Self::Traffic => "traffic",
            Self::Client => "client",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A dependency that is under suspicion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Suspect {
    pub(crate) name: Box<str>,
    /// The minute in which its calls became unusual; kept while the alert is open.
    pub(crate) since: Minute,
    /// Failing requests of the last minutes that name it.
    pub(crate) blamed: f64,
    /// Its failed calls of the last minutes.
    pub(crate) failed: f64,
    /// Whether its failures are mostly time-outs, in this minute.
    pub(crate) times_out: bool,
}

/// The present trouble of a service: its findings, its suspects and the changes around it.
#[derive(Debug)]
pub(crate) struct Trouble<'a> {
    pub(crate) minute: Minute,
    pub(crate) since: Minute,
    pub(crate) findings: &'a [Finding],
    pub(crate) suspects: &'a [Suspect],
    /// Failing requests of the last minutes.
    pub(crate) failing: f64,
    /// The cause that most failing requests of this minute name, such as the class of an exception;
    /// `None` where they name none.
    pub(crate) words: Option<&'a str>,
    pub(crate) changes: &'a [Change],
}

impl Trouble<'_> {
    /// Returns the worst severity among the findings.
    pub(crate) fn severity(&self) -> Severity {
        let all = self.findings.iter().map(|finding| finding.severity);
        all.max().unwrap_or(Severity::Info)
    }

    /// Returns the most surprising finding about a dependency.
    pub(crate) fn about(&self, dependency: &str) -> Option<&Finding> {
        let of = |finding: &&Finding| finding.subject.dependency() == Some(dependency);
        let by = |a: &&Finding, b: &&Finding| a.surprise.total_cmp(&b.surprise);
        self.findings.iter().filter(of).max_by(by)
    }

    fn users_feel(&self, detector: Detector) -> bool {
        let felt = |finding: &Finding| {
            finding.detector == detector && finding.subject.dependency().is_none()
        };
        self.findings.iter().any(felt)
    }

    /// Returns the share of failing requests that a suspect explains: those that name it, or, where no line names any
    /// dependency, its failed calls.
    fn explained(&self, suspect: &Suspect) -> f64 {
        if self.failing < 1.0 {
            return 0.0;
        }
        let named: f64 = self.suspects.iter().map(|suspect| suspect.blamed).sum();
        let by = if named > 0.0 {
            suspect.blamed
        } else {
            suspect.failed
        };
        (by / self.failing).min(1.0)
    }

    fn is_guilty(&self, suspect: &Suspect) -> bool {
        let share = self.explained(suspect);
        if self.users_feel(Detector::ErrorRate) && self.failing >= ENOUGH {
            return share >= EXPLAINS
                || (self.users_feel(Detector::Latency) && self.is_slow(suspect));
        }
        true
    }

    fn is_slow(&self, suspect: &Suspect) -> bool {
        let slow = |finding: &Finding| {
            finding.detector == Detector::Latency
                && finding.subject.dependency() == Some(&suspect.name)
        };
        self.findings.iter().any(slow)
    }
}

/// Returns the most likely cause of trouble that began in `since`.
pub(crate) fn of(service: &str, since: Minute, trouble: &Trouble<'_>) -> Cause {
    let own = last_deployment(trouble.changes, service, since, OWN_DEPLOYMENT_MS);
    let guilty: Vec<&Suspect> = trouble
        .suspects
        .iter()
        .filter(|suspect| trouble.is_guilty(suspect))
        .collect();
    let Some(first) = guilty.iter().map(|suspect| suspect.since).min() else {
        return without_dependency(service, since, trouble, own);
    };
    let mut together: Vec<(&Suspect, f64)> = guilty
        .iter()
        .filter(|suspect| suspect.since.0 - first.0 <= 2)
        .map(|suspect| (*suspect, weight(suspect, trouble)))
        .collect();
    together.sort_by(|a, b| b.1.total_cmp(&a.1));
    if let [(one, most), (other, next), ..] = together[..]
        && next * 1.5 > most
    {
        return unknown(CauseEvidence::Undecided {
            one: one.name.to_string(),
            other: other.name.to_string(),
        });
    }
    let culprit = together[0].0;
    let deployment = last_deployment(
        trouble.changes,
        &culprit.name,
        since,
        DEPENDENCY_DEPLOYMENT_MS,
    );
    let blame = blame(culprit, trouble);
    if let Some(own) = own.filter(|own| ms_before(own, since) <= FRESH_DEPLOYMENT_MS)
        && deployment.is_none()
    {
        return Cause {
            kind: CauseKind::Change,
            name: service.to_owned(),
            evidence: CauseEvidence::DeployedThenDependency {
                deployed: deployed(own, since),
                blame,
            },
        };
    }
    let later = guilty
        .iter()
        .filter(|suspect| suspect.since.0 - first.0 > 2);
    let followed = later.map(|other| Followed {
        dependency: other.name.to_string(),
        minutes_later: other.since.0 - culprit.since.0,
    });
    Cause {
        kind: CauseKind::Dependency,
        name: culprit.name.to_string(),
        evidence: CauseEvidence::Dependency {
            deployed: deployment.map(|change| deployed(change, since)),
            blame,
            followed: followed.collect(),
        },
    }
}

/// Returns whether a newly found cause should replace `told`, the one that was reported. A reported
/// dependency stays the cause while it still explains failures, because by then its consequences
/// may be more visible than its own trouble.
pub(crate) fn replaces(found: &Cause, told: &Cause, trouble: &Trouble<'_>) -> bool {
    if found.kind == CauseKind::Unknown {
        return false;
    }
    match told.kind {
        CauseKind::Unknown | CauseKind::Traffic | CauseKind::Client => true,
        CauseKind::Own => found.kind != CauseKind::Traffic,
        CauseKind::Change => false,
        CauseKind::Dependency => {
            let share = |name: &str| {
                let suspect = trouble.suspects.iter().find(|s| &*s.name == name);
                suspect.map_or(0.0, |suspect| trouble.explained(suspect))
            };
            found.kind == CauseKind::Dependency
                && trouble.failing >= 2.0 * ENOUGH
                && share(&told.name) < 0.1
                && share(&found.name) >= 0.6
                && !trouble
                    .suspects
                    .iter()
                    .any(|s| *s.name == told.name && trouble.is_slow(s))
        }
    }
}

/// Returns the changes worth showing with an alert: the last day's, the newest first, without
/// routine ones.
pub(crate) fn considered(since: Minute, changes: &[Change]) -> Vec<Change> {
    let from = since.start_ms() - DEPENDENCY_DEPLOYMENT_MS;
    let mut kept: Vec<Change> = changes
        .iter()
        .filter(|change| change.at_ms >= from)
        .filter(
            |change| !matches!(&change.kind, ChangeKind::Action { name } if name.ends_with("STEADY_STATE")),
        )
        .cloned()
        .collect();
    kept.sort_by(|a, b| {
        b.at_ms
            .cmp(&a.at_ms)
            .then_with(|| a.event_id.cmp(&b.event_id))
    });
    kept.truncate(MOST_CHANGES);
    kept
}

/// Returns the weight of the evidence against a suspect, from the share of failures that it
/// explains and from how unusual its calls are.
fn weight(suspect: &Suspect, trouble: &Trouble<'_>) -> f64 {
    let surprise = trouble
        .about(&suspect.name)
        .map_or(0.0, |finding| finding.surprise);
    (0.05 + trouble.explained(suspect)) * (10.0 + surprise)
}

fn blame(culprit: &Suspect, trouble: &Trouble<'_>) -> Blame {
    let finding = trouble.about(&culprit.name);
    let named = culprit.blamed >= 1.0 && trouble.failing >= 1.0;
    Blame {
        dependency: culprit.name.to_string(),
        calls: finding.map(|finding| finding.evidence.clone()),
        named: named.then(|| Named {
            count: culprit.blamed.min(trouble.failing),
            failing: trouble.failing,
        }),
    }
}

fn without_dependency(
    service: &str,
    since: Minute,
    trouble: &Trouble<'_>,
    own: Option<&Change>,
) -> Cause {
    let cause = |kind, evidence| Cause {
        kind,
        name: service.to_owned(),
        evidence,
    };
    if let Some(deployment) = own {
        let evidence = CauseEvidence::Deployed(deployed(deployment, since));
        return cause(CauseKind::Change, evidence);
    }
    let fails = trouble.users_feel(Detector::ErrorRate);
    if let Some(reason) = stopped(trouble.changes, service, since) {
        let reason = reason.to_owned();
        return cause(CauseKind::Own, CauseEvidence::TaskStopped { reason });
    }
    let named: f64 = trouble.suspects.iter().map(|suspect| suspect.blamed).sum();
    if fails && trouble.failing >= ENOUGH && named < EXPLAINS * trouble.failing {
        let evidence = CauseEvidence::OwnFailures {
            failed: trouble.failing,
            words: trouble.words.map(str::to_owned),
        };
        return cause(CauseKind::Own, evidence);
    }
    let drop = |finding: &Finding| finding.detector == Detector::TrafficDrop;
    if !fails && !trouble.users_feel(Detector::Latency) && trouble.findings.iter().any(drop) {
        return cause(CauseKind::Traffic, CauseEvidence::NoRequests);
    }
    unknown(CauseEvidence::Nothing)
}

fn unknown(evidence: CauseEvidence) -> Cause {
    Cause {
        kind: CauseKind::Unknown,
        name: String::new(),
        evidence,
    }
}

/// Returns the last deployment that began within `within_ms` before the trouble. A deployment sends
/// several events; its first one counts.
fn last_deployment<'a>(
    changes: &'a [Change],
    name: &str,
    since: Minute,
    within_ms: i64,
) -> Option<&'a Change> {
    let of = |change: &&Change| change.is_deployment() && is_service(&change.service, name);
    let all: Vec<&Change> = changes.iter().filter(of).collect();
    let id = |change: &Change| match &change.kind {
        ChangeKind::Deployment { deployment_id, .. } if !deployment_id.is_empty() => {
            Some(deployment_id.clone())
        }
        _ => None,
    };
    let is_first = |change: &&&Change| {
        let same = |other: &&&Change| id(other).is_some() && id(other) == id(change);
        !all.iter()
            .filter(same)
            .any(|other| other.at_ms < change.at_ms)
    };
    let until = since.start_ms() + SLACK_MS;
    let began =
        |change: &&&Change| change.at_ms <= until && change.at_ms >= since.start_ms() - within_ms;
    let key = |change: &&Change| (change.at_ms, started(change), change.event_id.clone());
    let first = all.iter().filter(is_first).filter(began).copied();
    first.max_by_key(key)
}

fn started(change: &Change) -> bool {
    matches!(
        change.kind,
        ChangeKind::Deployment {
            phase: Phase::InProgress,
            ..
        }
    )
}

/// Returns whether a log means this ECS service by `name`: `scoring` means `prod-scoring` or
/// `scoring-service` too, but not `rescoring`.
fn is_service(service: &str, name: &str) -> bool {
    service == name
        || service
            .split(['-', '_', '.'])
            .any(|part| part.eq_ignore_ascii_case(name))
}

/// Returns the reason of a task of the service that ran out of memory, or crashed, near the
/// beginning of the trouble.
fn stopped<'a>(changes: &'a [Change], service: &str, since: Minute) -> Option<&'a str> {
    let near = |at: i64| (since.start_ms() - at).abs() <= FRESH_DEPLOYMENT_MS;
    changes.iter().rev().find_map(|change| match &change.kind {
        ChangeKind::TaskStop { reason } if change.service == service && near(change.at_ms) => {
            let crash =
                reason.contains("OutOfMemory") || reason.contains("EssentialContainerExited");
            crash.then_some(reason.as_str())
        }
        _ => None,
    })
}

fn ms_before(change: &Change, since: Minute) -> i64 {
    (since.start_ms() - change.at_ms).max(0)
}

fn deployed(change: &Change, since: Minute) -> Deployed {
    Deployed {
        service: change.service.clone(),
        at_ms: change.at_ms,
        minutes_before: ms_before(change, since) / MINUTE_MS,
    }
}
