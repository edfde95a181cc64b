//! The Lambda door for what ECS says of itself: deployments, task stops and service actions are remembered, so that a
//! finding can be laid beside what changed.

mod clerk;

use std::process::ExitCode;

use atalaya_aws::dynamo::DynamoStore;
use atalaya_core::settings::Settings;
use atalaya_door::deadline::{now_ms, within};
use atalaya_door::environment::Environment;
use atalaya_door::failure::Failure;
use atalaya_door::output::Output;
use atalaya_flow::Flow;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use crate::clerk::Clerk;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    atalaya_door::ended(serve().await)
}

async fn serve() -> anyhow::Result<()> {
    let environment = Environment::of_process("changes")?;
    let store = DynamoStore::new(&environment.access, &environment.table);
    let clerk = Mutex::new(Clerk {
        // No setting bears on a change.
        flow: Flow::new(store.clone(), Settings::default()),
        function: environment.function,
        output: Output::of_process(),
    });
    let handle = async |event: LambdaEvent<Box<RawValue>>| {
        // Lambda sends one event at a time, so nobody ever waits for it.
        let mut clerk = clerk.lock().await;
        clerk.flow.store = within(&store, &event.context);
        let taken = clerk.take(event.payload.get(), now_ms()).await;
        taken.map_err(Failure)
    };
    let runtime = Runtime::new(service_fn(|event| Box::pin(handle(event))));
    runtime.run().await.map_err(anyhow::Error::from_boxed)
}
