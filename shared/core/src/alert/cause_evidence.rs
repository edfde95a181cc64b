//! The evidence for a cause, as data. The words for it are chosen where it is shown.

use crate::detect::Evidence;

/// The evidence for a cause.
#[derive(Debug, Clone, PartialEq)]
pub enum CauseEvidence {
    /// A dependency is unusual and explains what users feel.
    Dependency {
        /// Its deployment in the day before, if there was one.
        deployed: Option<Deployed>,
        /// The evidence against the dependency.
        blame: Blame,
        /// The dependencies that became unusual after it.
        followed: Vec<Followed>,
    },
    /// The service itself was deployed shortly before one of its dependencies became unusual.
    DeployedThenDependency {
        /// The deployment of the service.
        deployed: Deployed,
        /// The evidence against the dependency.
        blame: Blame,
    },
    /// The service itself was deployed before, and no dependency is unusual.
    Deployed(Deployed),
    /// A task of the service ran out of memory, or crashed.
    TaskStopped {
        /// Why, in ECS's words.
        reason: String,
    },
    /// Requests fail, no dependency is unusual and nothing was deployed.
    OwnFailures {
        /// How many failed in the last ten minutes.
        failed: f64,
        /// The cause that most of their lines name, such as the class of an exception.
        words: Option<String>,
    },
    /// Requests do not reach the service; those that do are answered as usual.
    NoRequests,
    /// Two dependencies became unusual at the same time and explain about as much.
    Undecided {
        /// The one that explains more.
        one: String,
        /// The other one.
        other: String,
    },
    /// No dependency and no change explains it.
    Nothing,
    /// The words of a cause that was stored before evidence was data.
    Text(String),
}

/// A deployment before an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// The ECS service.
    pub service: String,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// Minutes from the deployment to the first bad minute, 0 or more.
    pub minutes_before: i64,
}

/// The evidence against a dependency.
#[derive(Debug, Clone, PartialEq)]
pub struct Blame {
    /// The dependency.
    pub dependency: String,
    /// The most surprising finding about calls to it.
    pub calls: Option<Evidence>,
    /// How many failing requests name it.
    pub named: Option<Named>,
}

/// Failing requests that name a dependency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Named {
    /// How many name it.
    pub count: f64,
    /// How many requests fail in all, more than 0.
    pub failing: f64,
}

/// A dependency that became unusual after the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The dependency.
    pub dependency: String,
    /// How many minutes after the cause it became unusual.
    pub minutes_later: i64,
}

impl CauseEvidence {
    /// Returns whether this evidence already includes that of a finding, so that a message that
    /// shows the cause need not show the finding as well.
    #[must_use]
    pub fn holds(&self, dependency: Option<&str>, evidence: &Evidence) -> bool {
        match self {
            Self::Dependency { blame, .. } | Self::DeployedThenDependency { blame, .. } => {
                dependency == Some(&blame.dependency) && blame.calls.as_ref() == Some(evidence)
            }
            _ => false,
        }
    }
}
