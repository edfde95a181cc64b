//! Measures the cost of counting a service: DynamoDB's write units for a thousand log events, from
//! small services to very busy ones, as DynamoDB Local counts them.
//!
//! `./tests/run --with cargo run -p atalaya-tests --bin write-units [-- SHARDS]`. `SHARDS` tries
//! another number of shards than the one in use.

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use anyhow::Context as _;
use atalaya_aws::dynamo::DynamoStore;
use atalaya_core::catalog::{SLOTS_PER_PAGE, Slot};
use atalaya_core::series::Sums;
use atalaya_core::time::Minute;
use atalaya_core::window::{ItemKey, Part, SHARDS, Window};
use atalaya_flow::store::{Merge, Store as _};
use atalaya_logs::batch::BatchKey;
use atalaya_tests::bed::{DynamoDbLocal, Storage};
use atalaya_tests::local::store;

const ROUTES: u16 = 10;
const DEPENDENCIES: u16 = 4;
/// Log patterns of warnings and errors; one event in fifty has one.
const KINDS: u16 = 12;
const BATCHES_A_MINUTE: u64 = 4;
const BYTES_A_READ_UNIT: f64 = 4096.0;

/// A service's traffic.
struct Traffic {
    events_a_minute: u64,
    streams: u64,
}

/// The cost of a minute of it.
#[derive(Default)]
struct Cost {
    batches: u64,
    writes: u64,
    write_units: f64,
    items: usize,
    read_units: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let shard = match env::args().nth(1) {
        Some(number) => number.parse().context("SHARDS is a number from 1 to 255")?,
        None => SHARDS,
    };
    anyhow::ensure!(shard > 0, "SHARDS is a number from 1 to 255");
    let server = DynamoDbLocal::start(&Storage::Memory)?;
    let server = server.context("run it through tests/run, which brings DynamoDB Local")?;
    println!(
        "shard {shard}, {SLOTS_PER_PAGE} slots a page, {} series",
        1 + ROUTES + DEPENDENCIES
    );
    println!(
        "{:>10} {:>7} {:>7} {:>6} {:>8} {:>10} {:>11} {:>6} {:>10} {:>10}",
        "events/min",
        "streams",
        "batches",
        "writes",
        "units",
        "units/1000",
        "units/write",
        "items",
        "bytes/item",
        "read units"
    );
    for (n, (events_a_minute, streams)) in (0..).zip([
        (1_000, 1),
        (1_000, 3),
        (60_000, 1),
        (60_000, 20),
        (60_000, 100),
        (60_000, 500),
    ]) {
        let traffic = Traffic {
            events_a_minute,
            streams,
        };
        let store = store(server.endpoint(), &format!("cost-{n}"))?;
        store.create_table().await?;
        let cost = measure(&store.metered(), &traffic, shard).await?;
        println!(
            "{events_a_minute:>10} {streams:>7} {:>7} {:>6} {:>8} {:>10.2} {:>11.2} {:>6} {:>10.0} {:>10}",
            cost.batches,
            cost.writes,
            cost.write_units,
            cost.write_units * 1000.0 / events_a_minute as f64,
            cost.write_units / cost.writes as f64,
            cost.items,
            cost.read_units * BYTES_A_READ_UNIT / cost.items as f64,
            cost.read_units,
        );
    }
    Ok(())
}

/// Merges a minute of traffic, batch by batch as they would come, and reads the minute once.
async fn measure(store: &DynamoStore, traffic: &Traffic, shard: u8) -> anyhow::Result<Cost> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut cost = Cost::default();
    let mut items = BTreeSet::new();
    // A stream's shard is a hash of its name; here, of its number.
    let places: Vec<u8> = (0..traffic.streams)
        .map(|stream| (fastrand::Rng::with_seed(stream).u64(..) % u64::from(shard)) as u8)
        .collect();
    for _ in 0..BATCHES_A_MINUTE {
        for place in &places {
            cost.batches += 1;
            let events = traffic.events_a_minute / (traffic.streams * BATCHES_A_MINUTE);
            for part in batch(&mut random, events, *place, cost.batches) {
                items.insert((part.item.page, part.item.shard));
                cost.writes += 1;
                let merged = store.merge(&part).await?;
                anyhow::ensure!(merged != Merge::Repeated, "every batch is new");
            }
        }
    }
    cost.write_units = store.units().writes;
    store.window("loan-api", Minute(29_460_000)).await?;
    cost.read_units = store.units().reads;
    cost.items = items.len();
    Ok(cost)
}

/// Returns the parts of one batch: half of its events report a request, a third a call, some a
/// warning or an error, and all are log records.
fn batch(random: &mut fastrand::Rng, events: u64, shard: u8, number: u64) -> Vec<Part> {
    let mut slots = Window::new();
    for _ in 0..events {
        if random.f64() < 0.02 {
            // Squared, as below: two numbers are reserved for patterns that are not counted
            // separately.
            let kind = (random.f64().powi(2) * f64::from(KINDS)) as u16;
            slots.entry(Slot::message(2 + kind)).or_default().count += 1;
        }
        let lines = slots.entry(Slot::LINES).or_default();
        lines.count += 1;
        let chance = random.f64();
        // Squared, so that some routes are asked much more often than others.
        let popular = random.f64().powi(2);
        let (slot, typical_ms) = if chance < 0.5 {
            let route = (popular * f64::from(ROUTES)) as u16;
            (1 + route, 20.0 * f64::from(route + 1))
        } else if chance < 0.83 {
            let dependency = (popular * f64::from(DEPENDENCIES)) as u16;
            (
                1 + ROUTES + dependency,
                5.0 * f64::from(dependency + 1).powi(2),
            )
        } else {
            continue;
        };
        let failed = random.f64() < 0.01;
        if failed {
            blame(lines, random);
        }
        let sums = slots.entry(Slot(slot)).or_default();
        sums.count += 1;
        sums.client_errors += u64::from(random.f64() < 0.03);
        sums.latency.add(typical_ms * (0.5 * normal(random)).exp());
        if failed {
            blame(sums, random);
        }
    }
    let mut pages: BTreeMap<u16, Window> = BTreeMap::new();
    for (slot, sums) in slots {
        pages.entry(slot.page()).or_default().insert(slot, sums);
    }
    let part = |(page, sums)| Part {
        item: ItemKey {
            service: "loan-api".into(),
            minute: Minute(29_460_000),
            page,
            shard,
        },
        batch: BatchKey(number.to_be_bytes()),
        sums,
    };
    pages.into_iter().map(part).flat_map(Part::split).collect()
}

fn blame(sums: &mut Sums, random: &mut fastrand::Rng) {
    sums.errors += 1;
    sums.add_cause(["scoring", "502", "ReadTimeout"][random.usize(..3)], 1);
}

/// A number from about the standard normal distribution (Irwin and Hall: twelve uniform ones).
fn normal(random: &mut fastrand::Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}
