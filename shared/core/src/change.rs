//! Changes around a service: deployments, task stops and actions, as ECS reports them through
//! EventBridge.
//!
//! An alert shows the changes before it, and a change may be its cause. Source of the shapes:
//! Amazon ECS developer guide, "Amazon ECS events" (service deployment, task state and service
//! action events).

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use atalaya_logs::mask;

/// The longest reason or name that is kept, in characters.
const MAX_TEXT: usize = 200;

/// Something that happened to an ECS service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The ECS service, without its cluster.
    pub service: String,
    /// When it happened, in milliseconds since the epoch.
    pub at_ms: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// EventBridge's id of the event: the same for one that is delivered twice.
    pub event_id: String,
}

/// What happened to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// A deployment came a step further; a rollback is a deployment too.
    Deployment {
        /// How far it came.
        phase: Phase,
        /// ECS's id of it, `ecs-svc/…`: the same in all its steps.
        deployment_id: String,
    },
    /// A task stopped.
    TaskStop {
        /// Why, in ECS's words; `OutOfMemoryError` of a container comes first.
        reason: String,
    },
    /// The service's scheduler did or noticed something.
    Action {
        /// ECS's name of it: `SERVICE_STEADY_STATE`, `SERVICE_TASK_START_IMPAIRED`, …
        name: String,
    },
}

/// How far a deployment came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It began.
    InProgress,
    /// The service is steady on it.
    Completed,
    /// The circuit breaker gave it up.
    Failed,
}

/// Why a text is no change.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It is not the JSON of an EventBridge event.
    #[error("not an EventBridge event: it needs at least source, detail-type and detail")]
    Json(#[from] serde_json::Error),
    /// It comes from elsewhere than ECS.
    #[error("event of source {0}; only aws.ecs tells of deployments and tasks")]
    Source(String),
    /// It comes from ECS, but says nothing about a service's health.
    #[error("ECS event of type {0}; only deployment state, task state and service action are kept")]
    DetailType(String),
    /// It lacks what a change needs.
    #[error("ECS event without {0}")]
    Missing(&'static str),
    /// A deployment event with a name that is not known.
    #[error("deployment event with the unknown name {0}")]
    Phase(String),
    /// A task that belongs to no service, or has not stopped: nothing is wrong, and there is nothing to keep.
    #[error("task event that is of no interest: {0}")]
    Uninteresting(&'static str),
}

impl Change {
    /// Reads an EventBridge event of ECS.
    pub fn parse(json: &str) -> Result<Self, ChangeError> {
        let event: EventBridgeEvent<Value> = serde_json::from_str(json)?;
        if event.source != "aws.ecs" {
            return Err(ChangeError::Source(short(&event.source)));
        }
        let detail = &event.detail;
        let (service, kind) = match event.detail_type.as_str() {
            "ECS Deployment State Change" => (service_of(&event)?, deployment(detail)?),
            "ECS Service Action" => {
                let name = short(text(detail, "eventName").ok_or(missing("detail.eventName"))?);
                (service_of(&event)?, ChangeKind::Action { name })
            }
            "ECS Task State Change" => task_stop(detail)?,
            other => return Err(ChangeError::DetailType(short(other))),
        };
        let at_ms = event.time.ok_or(missing("time"))?.timestamp_millis();
        let event_id = event.id.ok_or(missing("id"))?;
        Ok(Self {
            service,
            at_ms,
            kind,
            event_id,
        })
    }

    /// Returns the id under which a store keeps the change: `2026-01-05T02:10:00.000Z#<event>`, sortable by time.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}#{}", iso(self.at_ms), self.event_id)
    }

    /// Returns the smallest id of what happened at a moment (in milliseconds since the epoch) or after it.
    #[must_use]
    pub fn first_id_at(ms: i64) -> String {
        iso(ms)
    }

    /// Returns whether it is a step of a deployment.
    #[must_use]
    pub fn is_deployment(&self) -> bool {
        matches!(self.kind, ChangeKind::Deployment { .. })
    }

    /// Returns whether a deployment begins with it.
    #[must_use]
    pub fn begins_deployment(&self) -> bool {
        matches!(
            self.kind,
            ChangeKind::Deployment {
                phase: Phase::InProgress,
                ..
            }
        )
    }

    /// Returns the stored form.
    #[must_use]
    pub fn encode(&self) -> String {
        let kind = match self.kind.clone() {
            ChangeKind::Deployment {
                phase,
                deployment_id,
            } => v1::Kind::Deployment {
                phase,
                deployment_id,
            },
            ChangeKind::TaskStop { reason } => v1::Kind::TaskStop { reason },
            ChangeKind::Action { name } => v1::Kind::Action { name },
        };
        let v1 = v1::Change {
            v: 1,
            service: self.service.clone(),
            at: self.at_ms,
            event: self.event_id.clone(),
            kind,
        };
        serde_json::to_string(&v1).expect("strings and numbers always encode")
    }

    /// Reads the stored form.
    pub fn decode(body: &str) -> Result<Self, serde_json::Error> {
        let v1: v1::Change = serde_json::from_str(body)?;
        let kind = match v1.kind {
            v1::Kind::Deployment {
                phase,
                deployment_id,
            } => ChangeKind::Deployment {
                phase,
                deployment_id,
            },
            v1::Kind::TaskStop { reason } => ChangeKind::TaskStop { reason },
            v1::Kind::Action { name } => ChangeKind::Action { name },
        };
        Ok(Self {
            service: v1.service,
            at_ms: v1.at,
            kind,
            event_id: v1.event,
        })
    }
}

/// Returns whether an ECS service can have this name: letters, digits, `-` and `_`, at most 255.
#[must_use]
pub fn may_name_service(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=255).contains(&name.len()) && name.bytes().all(fits)
}

/// The service that a deployment or an action is about, from its ARN: `…:service/<cluster>/<service>`, or the older
/// `…:service/<service>`.
fn service_of(event: &EventBridgeEvent<Value>) -> Result<String, ChangeError> {
    let mut arns = event.resources.iter().flatten();
    let named = |arn: &String| {
        let (_, path) = arn.split_once(":service/")?;
        path.rsplit('/')
            .next()
            .filter(|name| !name.is_empty())
            .map(short)
    };
    arns.find_map(named)
        .ok_or(missing("a service ARN in resources"))
}

fn deployment(detail: &Value) -> Result<ChangeKind, ChangeError> {
    let name = text(detail, "eventName").ok_or(missing("detail.eventName"))?;
    let phase = match name {
        "SERVICE_DEPLOYMENT_IN_PROGRESS" => Phase::InProgress,
        "SERVICE_DEPLOYMENT_COMPLETED" => Phase::Completed,
        "SERVICE_DEPLOYMENT_FAILED" => Phase::Failed,
        other => return Err(ChangeError::Phase(short(other))),
    };
    Ok(ChangeKind::Deployment {
        phase,
        deployment_id: short(text(detail, "deploymentId").unwrap_or_default()),
    })
}

fn task_stop(detail: &Value) -> Result<(String, ChangeKind), ChangeError> {
    if text(detail, "lastStatus") != Some("STOPPED") {
        return Err(ChangeError::Uninteresting("the task has not stopped"));
    }
    let group = text(detail, "group").unwrap_or_default();
    let Some(service) = group.strip_prefix("service:") else {
        return Err(ChangeError::Uninteresting("the task is of no service"));
    };
    let containers = detail.get("containers").and_then(Value::as_array);
    let killed = containers.into_iter().flatten().find_map(|container| {
        text(container, "reason").filter(|reason| reason.contains("OutOfMemory"))
    });
    let told = [
        killed,
        text(detail, "stopCode"),
        text(detail, "stoppedReason"),
    ];
    let words: Vec<&str> = told.into_iter().flatten().collect();
    let reason = short(&words.join(": "));
    Ok((short(service), ChangeKind::TaskStop { reason }))
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn short(text: &str) -> String {
    mask::name(text).chars().take(MAX_TEXT).collect()
}

const fn missing(what: &'static str) -> ChangeError {
    ChangeError::Missing(what)
}

fn iso(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        Err(_) => format!("{ms:020}"),
    }
}

/// The stored form, frozen.
mod v1 {
    use super::{Deserialize, Phase, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(super) struct Change {
        pub(super) v: u8,
        pub(super) service: String,
        pub(super) at: i64,
        pub(super) event: String,
        pub(super) kind: Kind,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(super) enum Kind {
        Deployment { phase: Phase, deployment_id: String },
        TaskStop { reason: String },
        Action { name: String },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(detail_type: &str, resource: &str, detail: &str) -> String {
        format!(
            r#"{{"version":"0","id":"e-1","detail-type":"{detail_type}","source":"aws.ecs",
            "account":"111122223333","time":"2026-01-08T02:10:00Z","region":"us-east-1",
            "resources":["{resource}"],"detail":{detail}}}"#
        )
    }

    const ARN: &str = "arn:aws:ecs:us-east-1:111122223333:service/prod/scoring";

    fn check(json: &str, service: &str, kind: &ChangeKind, frozen: &str) {
        let change = Change::parse(json).expect("an event of ECS");
        assert_eq!((change.service.as_str(), &change.kind), (service, kind));
        assert_eq!(change.at_ms, 1_767_838_200_000);
        assert_eq!(change.id(), "2026-01-08T02:10:00.000Z#e-1");
        assert_eq!(change.encode(), frozen);
        assert_eq!(Change::decode(frozen).expect("frozen fixture"), change);
    }

    #[test]
    fn deployments_stops_and_actions_are_told_and_kept() {
        let rows = [
            (
                "SERVICE_DEPLOYMENT_IN_PROGRESS",
                Phase::InProgress,
                "in_progress",
            ),
            (
                "SERVICE_DEPLOYMENT_COMPLETED",
                Phase::Completed,
                "completed",
            ),
            ("SERVICE_DEPLOYMENT_FAILED", Phase::Failed, "failed"),
        ];
        for (name, phase, stored) in rows {
            let detail = format!(r#"{{"eventName":"{name}","deploymentId":"ecs-svc/7"}}"#);
            let deployment_id = "ecs-svc/7".to_owned();
            check(
                &event("ECS Deployment State Change", ARN, &detail),
                "scoring",
                &ChangeKind::Deployment {
                    phase,
                    deployment_id,
                },
                &format!(
                    r#"{{"v":1,"service":"scoring","at":1767838200000,"event":"e-1","kind":{{"deployment":{{"phase":"{stored}","deployment_id":"ecs-svc/7"}}}}}}"#
                ),
            );
        }
        let detail = r#"{"lastStatus":"STOPPED","group":"service:loan-api","stopCode":"EssentialContainerExited",
            "stoppedReason":"Essential container in task exited",
            "containers":[{"name":"app","exitCode":137,"reason":"OutOfMemoryError: Container killed due to memory usage"}]}"#;
        let reason = "OutOfMemoryError: Container killed due to memory usage: EssentialContainerExited: Essential container in task exited";
        check(
            &event(
                "ECS Task State Change",
                "arn:aws:ecs:x:1:task/prod/9",
                detail,
            ),
            "loan-api",
            &ChangeKind::TaskStop {
                reason: reason.into(),
            },
            &format!(
                r#"{{"v":1,"service":"loan-api","at":1767838200000,"event":"e-1","kind":{{"task_stop":{{"reason":"{reason}"}}}}}}"#
            ),
        );
        check(
            &event(
                "ECS Service Action",
                "arn:aws:ecs:us-east-1:1:service/scoring",
                r#"{"eventName":"SERVICE_TASK_START_IMPAIRED"}"#,
            ),
            "scoring",
            &ChangeKind::Action {
                name: "SERVICE_TASK_START_IMPAIRED".into(),
            },
            r#"{"v":1,"service":"scoring","at":1767838200000,"event":"e-1","kind":{"action":{"name":"SERVICE_TASK_START_IMPAIRED"}}}"#,
        );
    }

    #[test]
    fn what_is_no_change_says_why() {
        let stopped = r#"{"lastStatus":"STOPPED","group":"family:batch"}"#;
        let rows = [
            ("{".to_owned(), "not an EventBridge event"),
            (
                event("ECS Deployment State Change", ARN, "{}").replace("aws.ecs", "aws.ec2"),
                "event of source aws.ec2",
            ),
            (
                event("ECS Container Instance State Change", ARN, "{}"),
                "ECS event of type ECS Container",
            ),
            (
                event("ECS Deployment State Change", ARN, "{}"),
                "without detail.eventName",
            ),
            (
                event("ECS Deployment State Change", ARN, r#"{"eventName":"NEW"}"#),
                "unknown name NEW",
            ),
            (
                event("ECS Service Action", "x", r#"{"eventName":"A"}"#),
                "without a service ARN",
            ),
            (event("ECS Task State Change", ARN, stopped), "no service"),
            (
                event("ECS Task State Change", ARN, r#"{"lastStatus":"RUNNING"}"#),
                "has not stopped",
            ),
        ];
        for (json, words) in rows {
            let error = Change::parse(&json).expect_err("no change").to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
