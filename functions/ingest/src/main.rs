//! The Lambda function for log deliveries: reads the environment, opens the store, and runs. How a
//! delivery is handled is decided in `shared/flow`.

mod counts;
mod function;
mod handler;

use std::process::ExitCode;

use atalaya_aws::dynamo::DynamoStore;
use atalaya_lambda::environment::Environment;
use lambda_runtime::{Runtime, service_fn};

use crate::function::Function;

/// One thread: an invocation waits for the store far more than it computes, and Lambda sends one at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    atalaya_lambda::ended(serve().await)
}

async fn serve() -> anyhow::Result<()> {
    let environment = Environment::of_process("ingest")?;
    let store = DynamoStore::new(&environment.access, &environment.table);
    let function = Function::new(store, environment)?;
    let runtime = Runtime::new(service_fn(|event| Box::pin(function.handle(event))));
    runtime.run().await.map_err(anyhow::Error::from_boxed)
}
