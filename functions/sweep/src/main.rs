//! The Lambda function of the schedule: once a minute, closes the minutes of every service that are over.

mod handler;

use std::process::ExitCode;

use atalaya_aws::dynamo::DynamoStore;
use atalaya_core::settings::Settings;
use atalaya_flow::Flow;
use atalaya_lambda::deadline::{now_ms, within};
use atalaya_lambda::environment::Environment;
use atalaya_lambda::failure::Failure;
use atalaya_lambda::output::Output;
use atalaya_lambda::settings_cache::SettingsCache;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use tokio::sync::Mutex;

use crate::handler::{Handler, Tick};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    atalaya_lambda::ended(serve().await)
}

async fn serve() -> anyhow::Result<()> {
    let environment = Environment::of_process("sweep")?;
    let store = DynamoStore::new(&environment.access, &environment.table);
    let handler = Mutex::new(Handler {
        flow: Flow::new(store.clone(), Settings::default()),
        settings_cache: SettingsCache::new(&environment),
        clock: environment.clock,
        function: environment.function,
        output: Output::of_process(),
    });
    let handle = async |event: LambdaEvent<Tick>| {
        // Lambda sends one event at a time, so this lock is never contended.
        let mut handler = handler.lock().await;
        handler.flow.store = within(&store, &event.context);
        let swept = handler.handle(&event.payload, now_ms()).await;
        swept.map_err(Failure)
    };
    let runtime = Runtime::new(service_fn(|event| Box::pin(handle(event))));
    runtime.run().await.map_err(anyhow::Error::from_boxed)
}
