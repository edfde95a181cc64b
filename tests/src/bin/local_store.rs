//! A DynamoDB for a laptop: DynamoDB Local with Atalaya's table in it, until the program is stopped. It prints what the
//! function's environment must say.
//!
//! `./tests/run --with cargo run -p atalaya-tests --bin local-store`

use std::io::{self, Read as _};

use anyhow::Context as _;
use atalaya_aws::access::Access;
use atalaya_aws::dynamo::DynamoStore;
use atalaya_tests::bed::{DynamoDbLocal, Storage};

const TABLE: &str = "atalaya";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = DynamoDbLocal::start(&Storage::Memory)?;
    let server = server.context("DynamoDB Local is missing; run this with ./tests/run --with")?;
    let environment = [
        ("ATALAYA_TABLE", TABLE),
        ("ATALAYA_CLOCK", "event"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", server.endpoint()),
    ];
    let known = |key: &str| environment.iter().find(|(name, _)| *name == key);
    let access = Access::from_env(|key| known(key).map(|(_, value)| (*value).to_owned()))?;
    DynamoStore::new(&access, TABLE).create_table().await?;
    for (name, value) in environment {
        println!("export {name}={value}");
    }
    println!("# the table is there; end of input or Ctrl-C stops the server and forgets it");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
