//! The Lambda door of the table's stream: each incident document that was written is told to people.

mod event;
mod herald;

use std::env;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use atalaya_aws::channels::{Channels, PAGERDUTY};
use atalaya_aws::dynamo::DynamoStore;
use atalaya_aws::metrics::Metrics;
use atalaya_core::message::Place;
use atalaya_core::settings::Settings;
use atalaya_door::deadline::{now_ms, time_left, within};
use atalaya_door::environment::Environment;
use atalaya_door::failure::Failure;
use atalaya_door::keeper::Keeper;
use atalaya_door::output::Output;
use atalaya_flow::notify::Outside;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use tokio::sync::Mutex;

use crate::event::StreamEvent;
use crate::herald::Herald;

/// The ARN of the topic that hears of everything; without it, nobody hears but the configured channels.
const TOPIC: &str = "ATALAYA_TOPIC";

/// The environment's name in messages, such as `prod`.
const ENVIRONMENT: &str = "ATALAYA_ENVIRONMENT";

/// Where PagerDuty takes events, in place of its host in the US: its EU host, or a test's own.
const PAGERDUTY_URL: &str = "ATALAYA_PAGERDUTY_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    atalaya_door::ended(serve().await)
}

async fn serve() -> anyhow::Result<()> {
    let environment = Environment::of_process("notify")?;
    let given = |key: &str| env::var(key).ok().filter(|value| !value.is_empty());
    let store = DynamoStore::new(&environment.access, &environment.table);
    let pagerduty = given(PAGERDUTY_URL);
    let channels = Channels::new(
        &environment.access,
        pagerduty.as_deref().unwrap_or(PAGERDUTY),
    );
    let metrics = Metrics::new(&environment.access);
    let herald = Mutex::new(Herald {
        store: store.clone(),
        settings: Settings::default(),
        outside: Outside {
            notifier: channels.clone(),
            evidence: metrics.clone(),
            place: Place {
                region: environment.access.region().to_owned(),
                environment: given(ENVIRONMENT),
            },
            topic: given(TOPIC),
        },
        keeper: Keeper::new(&environment),
        function: environment.function,
        output: Output::of_process(),
    });
    let handle = async |event: LambdaEvent<StreamEvent>| {
        // Lambda sends one event at a time, so nobody ever waits for it.
        let mut herald = herald.lock().await;
        let left = time_left(event.context.deadline(), SystemTime::now());
        let deadline = left.map(|left| Instant::now() + left);
        herald.store = within(&store, &event.context);
        herald.outside.notifier = channels.with_deadline(deadline);
        herald.outside.evidence = metrics.with_deadline(deadline);
        let told = Box::pin(herald.handle(&event.payload, now_ms())).await;
        told.map_err(Failure)
    };
    let runtime = Runtime::new(service_fn(|event| Box::pin(handle(event))));
    runtime.run().await.map_err(anyhow::Error::from_boxed)
}
