//! The cause of a stored alert.

use atalaya_core::alert::{self, CauseEvidence, CauseKind};
use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::{StoredError, known};

#[derive(Serialize, Deserialize)]
pub(super) struct Cause {
    kind: String,
    name: String,
    evidence: Why,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Why {
    Dependency {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deployed: Option<Deployed>,
        blame: Blame,
        /// The dependencies that began to fail later, each with its name and how many minutes later.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        followed: Vec<(String, i64)>,
    },
    DeployedThenDependency {
        deployed: Deployed,
        blame: Blame,
    },
    Deployed(Deployed),
    TaskStopped {
        reason: String,
    },
    OwnFailures {
        failed: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
    NoRequests,
    Undecided {
        one: String,
        other: String,
    },
    Nothing,
    Text(String),
}

#[derive(Serialize, Deserialize)]
struct Deployed {
    service: String,
    at: i64,
    minutes_before: i64,
}

#[derive(Serialize, Deserialize)]
struct Blame {
    dependency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calls: Option<Evidence>,
    /// How many failing requests name it, of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    named: Option<(f64, f64)>,
}

impl Cause {
    pub(super) fn of(cause: &alert::Cause) -> Self {
        Self {
            kind: cause.kind.name().to_owned(),
            name: cause.name.clone(),
            evidence: Why::of(&cause.evidence),
        }
    }

    pub(super) fn read(self) -> Result<alert::Cause, StoredError> {
        Ok(alert::Cause {
            kind: known(CauseKind::named(&self.kind), "cause")?,
            name: self.name,
            evidence: self.evidence.read(),
        })
    }
}

impl Why {
    fn of(evidence: &CauseEvidence) -> Self {
        match evidence {
            CauseEvidence::Dependency {
                deployed,
                blame,
                followed,
            } => Self::Dependency {
                deployed: deployed.as_ref().map(Deployed::of),
                blame: Blame::of(blame),
                followed: followed
                    .iter()
                    .map(|other| (other.dependency.clone(), other.minutes_later))
                    .collect(),
            },
            CauseEvidence::DeployedThenDependency { deployed, blame } => {
                Self::DeployedThenDependency {
                    deployed: Deployed::of(deployed),
                    blame: Blame::of(blame),
                }
            }
            CauseEvidence::Deployed(deployed) => Self::Deployed(Deployed::of(deployed)),
            CauseEvidence::TaskStopped { reason } => Self::TaskStopped {
                reason: reason.clone(),
            },
            CauseEvidence::OwnFailures { failed, words } => Self::OwnFailures {
                failed: *failed,
                words: words.clone(),
            },
            CauseEvidence::NoRequests => Self::NoRequests,
            CauseEvidence::Undecided { one, other } => Self::Undecided {
                one: one.clone(),
                other: other.clone(),
            },
            CauseEvidence::Nothing => Self::Nothing,
            CauseEvidence::Text(words) => Self::Text(words.clone()),
        }
    }

    fn read(self) -> CauseEvidence {
        match self {
            Self::Dependency {
                deployed,
                blame,
                followed,
            } => CauseEvidence::Dependency {
                deployed: deployed.map(Deployed::read),
                blame: blame.read(),
                followed: followed
                    .into_iter()
                    .map(|(dependency, minutes_later)| alert::Followed {
                        dependency,
                        minutes_later,
                    })
                    .collect(),
            },
            Self::DeployedThenDependency { deployed, blame } => {
                CauseEvidence::DeployedThenDependency {
                    deployed: deployed.read(),
                    blame: blame.read(),
                }
            }
            Self::Deployed(deployed) => CauseEvidence::Deployed(deployed.read()),
            Self::TaskStopped { reason } => CauseEvidence::TaskStopped { reason },
            Self::OwnFailures { failed, words } => CauseEvidence::OwnFailures { failed, words },
            Self::NoRequests => CauseEvidence::NoRequests,
            Self::Undecided { one, other } => CauseEvidence::Undecided { one, other },
            Self::Nothing => CauseEvidence::Nothing,
            Self::Text(words) => CauseEvidence::Text(words),
        }
    }
}

impl Deployed {
    fn of(deployed: &alert::Deployed) -> Self {
        Self {
            service: deployed.service.clone(),
            at: deployed.at_ms,
            minutes_before: deployed.minutes_before,
        }
    }

    fn read(self) -> alert::Deployed {
        alert::Deployed {
            service: self.service,
            at_ms: self.at,
            minutes_before: self.minutes_before,
        }
    }
}

impl Blame {
    fn of(blame: &alert::Blame) -> Self {
        Self {
            dependency: blame.dependency.clone(),
            calls: blame.calls.as_ref().map(Evidence::of),
            named: blame.named.map(|named| (named.count, named.failing)),
        }
    }

    fn read(self) -> alert::Blame {
        alert::Blame {
            dependency: self.dependency,
            calls: self.calls.map(Evidence::read),
            named: { self.named }.map(|(count, failing)| alert::Named { count, failing }),
        }
    }
}
