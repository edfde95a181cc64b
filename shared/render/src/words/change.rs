//! Puts a change into English.

use atalaya_core::change::{Change, ChangeKind, Phase};

/// Returns what changed: `deployment ecs-svc/392 began`.
#[must_use]
pub fn what(change: &Change) -> String {
    match &change.kind {
        ChangeKind::Deployment {
            phase,
            deployment_id,
        } => {
            let phase = match phase {
                Phase::InProgress => "began",
                Phase::Completed => "completed",
                Phase::Failed => "failed",
            };
            format!("deployment {deployment_id} {phase}")
        }
        ChangeKind::TaskStop { reason } => format!("task stopped: {reason}"),
        ChangeKind::Action { name } => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_told_in_few_words() {
        let deployment = |phase| ChangeKind::Deployment {
            phase,
            deployment_id: "ecs-svc/1".into(),
        };
        for (kind, expected) in [
            (deployment(Phase::InProgress), "deployment ecs-svc/1 began"),
            (
                deployment(Phase::Completed),
                "deployment ecs-svc/1 completed",
            ),
            (deployment(Phase::Failed), "deployment ecs-svc/1 failed"),
            (
                ChangeKind::TaskStop {
                    reason: "OutOfMemoryError".into(),
                },
                "task stopped: OutOfMemoryError",
            ),
            (
                ChangeKind::Action {
                    name: "SERVICE_TASK_START_IMPAIRED".into(),
                },
                "SERVICE_TASK_START_IMPAIRED",
            ),
        ] {
            let change = Change {
                service: "scoring".into(),
                at_ms: 0,
                kind,
                event_id: "e".into(),
            };
            assert_eq!(what(&change), expected);
        }
    }
}
