//! The smallest possible function, as the baseline for measuring cold starts: it answers every
//! event with nothing.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;

async fn hello(_: LambdaEvent<Value>) -> Result<(), Error> {
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Runtime::new(service_fn(hello)).run().await
}
