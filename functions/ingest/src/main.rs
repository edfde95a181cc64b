//! The Lambda door for log deliveries: environment, store, run. What becomes of a delivery is decided in `shared/flow`.

mod counts;
mod desk;
mod door;

use std::process::ExitCode;

use atalaya_aws::dynamo::DynamoStore;
use atalaya_door::environment::Environment;
use lambda_runtime::{Runtime, service_fn};

use crate::door::Door;

/// One thread: an invocation waits for the store far more than it computes, and Lambda sends one at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    atalaya_door::ended(serve().await)
}

async fn serve() -> anyhow::Result<()> {
    let environment = Environment::of_process("ingest")?;
    let store = DynamoStore::new(&environment.access, &environment.table);
    let door = Door::new(store, environment)?;
    let runtime = Runtime::new(service_fn(|event| Box::pin(door.handle(event))));
    runtime.run().await.map_err(anyhow::Error::from_boxed)
}
