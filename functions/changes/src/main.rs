//! The Lambda function for events of ECS: stores deployments, task stops and service actions, so
//! that findings can be compared with what changed.

mod handler;

use std::process::ExitCode;

use atalaya_aws::dynamo::DynamoStore;
use atalaya_lambda::deadline::{now_ms, within};
use atalaya_lambda::environment::Environment;
use atalaya_lambda::failure::Failure;
use atalaya_lambda::output::Output;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use crate::handler::Handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    atalaya_lambda::ended(serve().await)
}

async fn serve() -> anyhow::Result<()> {
    let environment = Environment::of_process("changes")?;
    let store = DynamoStore::new(&environment.access, &environment.table);
    let handler = Mutex::new(Handler {
        store: store.clone(),
        function: environment.function,
        output: Output::of_process(),
    });
    let handle = async |event: LambdaEvent<Box<RawValue>>| {
        // Lambda sends one event at a time, so this lock is never contended.
        let mut handler = handler.lock().await;
        handler.store = within(&store, &event.context);
        let taken = handler.handle(event.payload.get(), now_ms()).await;
        taken.map_err(Failure)
    };
    let runtime = Runtime::new(service_fn(|event| Box::pin(handle(event))));
    runtime.run().await.map_err(anyhow::Error::from_boxed)
}
