//! Measures how many merges per second the store on disk takes from one thread.
//!
//! `cargo run --release -p atalaya-flow --features embedded --example merge_speed`

use std::time::Instant;

use atalaya_core::catalog::{SLOTS_PER_PAGE, Slot};
use atalaya_core::series::Sums;
use atalaya_core::time::Minute;
use atalaya_core::window::{ItemKey, Part, Window};
use atalaya_flow::embedded::EmbeddedStore;
use atalaya_flow::store::{Merge, Store as _, StoreError};
use atalaya_logs::batch::BatchKey;

const MERGES: u64 = 60_000;
/// Batches of one stream that meet in one minute.
const BATCHES_A_MINUTE: u64 = 10;

/// Returns a page of four ordinary series: some dozens of requests each, latencies over thirty buckets.
fn part(n: u64) -> Part {
    let mut sums = Sums {
        count: 60,
        errors: 2,
        ..Sums::default()
    };
    for i in 0..60_u32 {
        sums.latency.add(8.0 * 1.05_f64.powi((i * 7 % 60) as i32));
    }
    sums.add_cause("scoring", 2);
    let page = (n % 4) as u16;
    let batch = n / 4;
    Part {
        item: ItemKey {
            service: "loan-api".into(),
            minute: Minute((batch / BATCHES_A_MINUTE) as i64),
            page,
            shard: 0,
        },
        batch: BatchKey(batch.to_be_bytes()),
        sums: (0..4)
            .map(|slot| (Slot(page * SLOTS_PER_PAGE + slot), sums.clone()))
            .collect::<Window>(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StoreError> {
    let folder = tempfile::tempdir().expect("a folder for the measurement");
    let store = EmbeddedStore::open(folder.path())?;
    let parts: Vec<Part> = (0..MERGES).map(part).collect();
    for what in ["new", "repeated"] {
        let mut repeated = 0_u64;
        let start = Instant::now();
        for part in &parts {
            repeated += u64::from(store.merge(part).await? == Merge::Repeated);
        }
        let a_second = MERGES as f64 / start.elapsed().as_secs_f64();
        println!("{what}: {a_second:.0} merges/s, {repeated} of {MERGES} were repeated");
    }
    Ok(())
}
