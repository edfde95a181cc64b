//! The Lambda function of the table's stream: notifies the channels of each incident document that
//! was written.

mod event;
mod handler;

use std::env;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use atalaya_aws::channels::Channels;
use atalaya_aws::dynamo::DynamoStore;
use atalaya_aws::metrics::Metrics;
use atalaya_core::settings::Settings;
use atalaya_flow::notify::Ports;
use atalaya_lambda::deadline::{now_ms, time_left, within};
use atalaya_lambda::environment::Environment;
use atalaya_lambda::failure::Failure;
use atalaya_lambda::output::Output;
use atalaya_lambda::settings_cache::SettingsCache;
use atalaya_render::message::Deployment;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use tokio::sync::Mutex;

use crate::event::StreamEvent;
use crate::handler::Handler;

/// The ARN of the topic that gets every event; without it, only the configured channels are
/// notified.
const TOPIC: &str = "ATALAYA_TOPIC";

/// The environment's name in messages, such as `prod`.
const ENVIRONMENT: &str = "ATALAYA_ENVIRONMENT";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    atalaya_lambda::ended(serve().await)
}

async fn serve() -> anyhow::Result<()> {
    let environment = Environment::of_process("notify")?;
    let given = |key: &str| env::var(key).ok().filter(|value| !value.is_empty());
    let store = DynamoStore::new(&environment.access, &environment.table);
    let channels = Channels::new(&environment.access, given);
    let metrics = Metrics::new(&environment.access);
    let handler = Mutex::new(Handler {
        store: store.clone(),
        settings: Settings::default(),
        ports: Ports {
            notifier: channels.clone(),
            evidence: metrics.clone(),
            deployment: Deployment {
                region: environment.access.region().to_owned(),
                environment: given(ENVIRONMENT),
            },
            topic: given(TOPIC),
        },
        settings_cache: SettingsCache::new(&environment),
        function: environment.function,
        output: Output::of_process(),
    });
    let handle = async |event: LambdaEvent<StreamEvent>| {
        // Lambda sends one event at a time, so this lock is never contended.
        let mut handler = handler.lock().await;
        let left = time_left(event.context.deadline(), SystemTime::now());
        let deadline = left.map(|left| Instant::now() + left);
        handler.store = within(&store, &event.context);
        handler.ports.notifier = channels.with_deadline(deadline);
        handler.ports.evidence = metrics.with_deadline(deadline);
        let told = Box::pin(handler.handle(&event.payload, now_ms())).await;
        told.map_err(Failure)
    };
    let runtime = Runtime::new(service_fn(|event| Box::pin(handle(event))));
    runtime.run().await.map_err(anyhow::Error::from_boxed)
}
