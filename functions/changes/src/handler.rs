//! The handler: takes one event of ECS, stores the change that it reports, and answers with the
//! change's id.

use atalaya_core::change::ChangeError;
use atalaya_flow::store::Store;
use atalaya_flow::{FlowError, changes};
use atalaya_lambda::failure::{chain, type_of};
use atalaya_lambda::output::{LogLevel, Output};
use atalaya_lambda::self_metric::SelfMetric;
use atalaya_logs::batch::{BatchError, Delivery};
use serde::Serialize;

/// The answer to an event.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Answer {
    /// The id under which the change is stored; `None` if the event reports no change.
    kept: Option<String>,
}

/// The store of changes, and the output for logs and metrics.
pub(crate) struct Handler<S> {
    pub(crate) store: S,
    pub(crate) function: String,
    pub(crate) output: Output,
}

impl<S: Store> Handler<S> {
    /// Takes one event. `wall_ms` is the machine's time in milliseconds since the epoch.
    ///
    /// # Errors
    /// If the event is none of ECS, or the change cannot be stored.
    pub(crate) async fn handle(&mut self, event: &str, wall_ms: i64) -> Result<Answer, FlowError> {
        let taken = self.keep(event).await;
        if let Err(error) = &taken {
            let fields = [
                ("retry", type_of(error).into()),
                ("error", chain(error).into()),
            ];
            self.output.log(LogLevel::Error, "change not kept", fields);
        }
        let kept = matches!(&taken, Ok(Answer { kept: Some(_) }));
        let counts = [
            (SelfMetric::Changes, kept.into()),
            (SelfMetric::Failures, taken.is_err().into()),
        ];
        self.output.about_self(&self.function, wall_ms, &counts);
        taken
    }

    async fn keep(&mut self, event: &str) -> Result<Answer, FlowError> {
        let Delivery::Change(event) = Delivery::recognise(event.as_bytes())? else {
            let told = "it holds log lines, which the function `ingest` takes";
            return Err(BatchError::NotADelivery(told).into());
        };
        match changes::keep(&self.store, event).await {
            Ok(change) => Ok(Answer {
                kept: Some(change.id()),
            }),
            // The EventBridge rule matches by type only, so events of tasks that merely start
            // arrive as well.
            Err(FlowError::Change(ChangeError::Uninteresting(_))) => Ok(Answer { kept: None }),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{self, Read as _};

    use atalaya_flow::memory::MemoryStore;
    use atalaya_flow::store::DocumentKind;
    use atalaya_lambda::self_metric::Function;
    use serde_json::json;

    use super::*;

    fn handler() -> Handler<MemoryStore> {
        Handler {
            store: MemoryStore::default(),
            function: "changes".into(),
            output: Output::on(Box::new(io::sink()), Box::new(io::sink())),
        }
    }

    #[tokio::test]
    async fn each_self_metric_of_the_table_is_emitted_and_no_other() {
        let (mut metrics, stdout) = io::pipe().expect("a pipe");
        let mut handler = handler();
        handler.output = Output::on(Box::new(stdout), Box::new(io::sink()));
        handler.handle("{}", 0).await.expect_err("is refused");
        drop(handler);
        let mut text = String::new();
        metrics.read_to_string(&mut text).expect("UTF-8");
        let document: BTreeMap<&str, serde_json::Value> =
            serde_json::from_str(&text).expect("one document");
        let names = document
            .keys()
            .filter(|name| !["_aws", "Function"].contains(name));
        assert_eq!(
            names.copied().collect::<Vec<_>>(),
            Function::Changes.metric_names()
        );
    }

    #[tokio::test]
    async fn a_task_that_merely_starts_is_no_failure() {
        let event = json!({
            "version": "0", "id": "e", "source": "aws.ecs", "detail-type": "ECS Task State Change",
            "account": "123456789012", "time": "2026-01-08T02:10:00Z", "region": "us-east-1",
            "resources": [], "detail": {"lastStatus": "RUNNING", "group": "service:loan-api"},
        });
        let answer = handler().handle(&event.to_string(), 0).await;
        assert_eq!(answer.expect("is taken"), Answer { kept: None });
    }

    #[tokio::test]
    async fn a_deployment_is_kept_once_and_so_is_one_from_the_failure_queue() {
        let event = include_str!("../../../events/deployment.event.json");
        let failed = format!(r#"{{"version":"1.0","requestPayload":{event}}}"#);
        let mut handler = handler();
        for event in [event, event, &failed] {
            let answer = handler.handle(event, 0).await.expect("is taken");
            let id = answer.kept.expect("is kept");
            let scope = id.clone();
            let store = &handler.store;
            let mut kept = 0;
            for service in ["scoring", "loan-api"] {
                let list = store.list(DocumentKind::Change, service, "", 9).await;
                kept += list.expect("memory").len();
            }
            assert_eq!(kept, 1, "{scope}");
        }
    }

    #[tokio::test]
    async fn what_is_no_event_of_ecs_fails_for_good() {
        for event in ["{}", r#"{"awslogs":{"data":"H4s="}}"#, "[]"] {
            let error = handler().handle(event, 0).await.expect_err("is refused");
            assert_eq!(type_of(&error), "NonRetryable", "{event}");
        }
    }
}
