//! The Lambda door of the schedule: once a minute, closes the minutes of every service that are over.

mod round;

use std::process::ExitCode;

use atalaya_aws::dynamo::DynamoStore;
use atalaya_core::settings::Settings;
use atalaya_door::deadline::{now_ms, within};
use atalaya_door::environment::Environment;
use atalaya_door::failure::Failure;
use atalaya_door::keeper::Keeper;
use atalaya_door::output::Output;
use atalaya_flow::Flow;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use tokio::sync::Mutex;

use crate::round::{Round, Tick};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    atalaya_door::ended(serve().await)
}

async fn serve() -> anyhow::Result<()> {
    let environment = Environment::of_process("sweep")?;
    let store = DynamoStore::new(&environment.access, &environment.table);
    let round = Mutex::new(Round {
        flow: Flow::new(store.clone(), Settings::default()),
        keeper: Keeper::new(&environment),
        clock: environment.clock,
        function: environment.function,
        output: Output::of_process(),
    });
    let handle = async |event: LambdaEvent<Tick>| {
        // Lambda sends one event at a time, so nobody ever waits for it.
        let mut round = round.lock().await;
        round.flow.store = within(&store, &event.context);
        round.go(&event.payload, now_ms()).await.map_err(Failure)
    };
    let runtime = Runtime::new(service_fn(|event| Box::pin(handle(event))));
    runtime.run().await.map_err(anyhow::Error::from_boxed)
}
