//! A DynamoDB for a laptop: runs DynamoDB Local with Atalaya's table in it until the program is
//! stopped, and prints the environment that a function needs to use it.
//!
//! `./tests/run --with cargo run -p atalaya-tests --bin local-store`

use std::io::{self, Read as _};

use anyhow::Context as _;
use atalaya_tests::bed::{DynamoDbLocal, Storage};
use atalaya_tests::local::{environment, store};

const TABLE: &str = "atalaya";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = DynamoDbLocal::start(&Storage::Memory)?;
    let server = server.context("DynamoDB Local is missing; run this with ./tests/run --with")?;
    store(server.endpoint(), TABLE)?.create_table().await?;
    let own = [("ATALAYA_TABLE", TABLE), ("ATALAYA_CLOCK", "event")];
    for (name, value) in own.into_iter().chain(environment(server.endpoint())) {
        println!("export {name}={value}");
    }
    println!("# the table is there; end of input or Ctrl-C stops the server and forgets it");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
