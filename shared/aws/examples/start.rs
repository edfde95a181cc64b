//! Does only what a function does with AWS at its start, to measure what that costs.
//!
//! `cargo build --release -p atalaya-aws --example start`, then
//! `valgrind --tool=callgrind target/release/examples/start amazon` (or `native`; `none` is the cost of the rest).

use std::time::Instant;

use anyhow::Context as _;
use atalaya_aws::access::{Access, ROOTS_KEY};
use atalaya_aws::dynamo::DynamoStore;

fn main() -> anyhow::Result<()> {
    let roots = std::env::args()
        .nth(1)
        .context("say amazon, native or none")?;
    if roots == "none" {
        return Ok(());
    }
    let start = Instant::now();
    let access = Access::from_env(|key| {
        let value = match key {
            "AWS_REGION" => "eu-south-2",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "example",
            ROOTS_KEY => &*roots,
            _ => return None,
        };
        Some(value.into())
    })?;
    let store = DynamoStore::new(&access, "atalaya");
    let took = start.elapsed();
    drop(store);
    println!("{roots} roots: {} µs", took.as_micros());
    Ok(())
}
