//! The Lambda door for log deliveries: environment, store, run. What becomes of a delivery is decided in `shared/flow`.

mod desk;
mod door;
mod environment;
mod failure;
mod output;

use std::process::ExitCode;
use std::{env, fs};

use atalaya_aws::dynamo::DynamoStore;
use lambda_runtime::{Runtime, service_fn};

use crate::door::Door;
use crate::environment::Environment;
use crate::output::{Level, Output};

/// One thread: an invocation waits for the store far more than it computes, and Lambda sends one at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let told = [("error", failure::chain(error.as_ref()).into())];
            Output::of_process().log(Level::Error, "function stopped", told);
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> anyhow::Result<()> {
    let environment = Environment::read(|key| env::var(key).ok(), |path| fs::read(path))?;
    let store = DynamoStore::new(&environment.access, &environment.table);
    let door = Door::new(store, environment);
    let runtime = Runtime::new(service_fn(|event| Box::pin(door.handle(event))));
    runtime.run().await.map_err(anyhow::Error::from_boxed)
}
