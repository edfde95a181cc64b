//! Measures the cost of evaluating open minutes: DynamoDB's read units of `ingest` for a thousand
//! batches, and of `sweep` for a minute, as DynamoDB Local counts them, in healthy minutes and
//! during an incident.
//!
//! `./tests/run --with cargo run -p atalaya-tests --bin open-units`.

use anyhow::Context as _;
use atalaya_aws::dynamo::DynamoStore;
use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::settings::Settings;
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_flow::documents;
use atalaya_flow::store::Store as _;
use atalaya_flow::{Flow, Payload, Sink};
use atalaya_tests::bed::{DynamoDbLocal, Storage};
use atalaya_tests::local::store;
use serde_json::{Value, json};

/// 2026-01-06T08:00Z.
const START_MS: i64 = 1_767_686_400_000;
const SERVICE: &str = "loan-api";
/// Batches of a stream in a minute.
const BATCHES: i64 = 30;
const EVENTS: i64 = 40;
/// The minutes until there is a baseline, and those that are measured.
const BEFORE: i64 = 65;
const MEASURED: i64 = 5;

/// A sink that counts the events of incidents.
#[derive(Default)]
struct Recorded(usize);

impl Sink for Recorded {
    fn metrics(&mut self, _: Minute, _: &[u8]) {}
    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}
    fn incident(&mut self, _: AlertEvent, _: &Incident) {
        self.0 += 1;
    }
}

/// The cost of some minutes.
struct Cost {
    ingest_reads: f64,
    ingest_writes: f64,
    sweep_reads: f64,
    sweep_writes: f64,
    told: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = DynamoDbLocal::start(&Storage::Memory)?;
    let server = server.context("run it through tests/run, which brings DynamoDB Local")?;
    println!(
        "{:>8} {:>8} {:>22} {:>23} {:>19} {:>20} {:>6}",
        "streams",
        "",
        "reads/1000 batches",
        "writes/1000 batches",
        "reads/sweep",
        "writes/sweep",
        "told"
    );
    for streams in [1, 5] {
        let store = store(server.endpoint(), &format!("open-{streams}"))?;
        store.create_table().await?;
        let mut flow = Flow::new(store.metered(), Settings::default());
        let mut random = fastrand::Rng::with_seed(7);
        play(&mut flow, &mut random, 0..BEFORE, streams.min(2), 0.002).await?;
        let good = BEFORE..BEFORE + MEASURED;
        let bad = good.end..good.end + MEASURED;
        for (name, minutes, failing) in [("good", good, 0.002), ("trouble", bad, 0.4)] {
            let cost = play(&mut flow, &mut random, minutes, streams, failing).await?;
            println!(
                "{streams:>8} {name:>8} {:>22.1} {:>23.1} {:>19.1} {:>20.1} {:>6}",
                cost.ingest_reads,
                cost.ingest_writes,
                cost.sweep_reads,
                cost.sweep_writes,
                cost.told
            );
        }
        let key = documents::state::key(SERVICE);
        let state = flow.store.load(&key).await?.context("it was swept")?;
        println!("{streams:>8}    state of {} bytes", state.body.len());
    }
    Ok(())
}

/// Lets streams deliver in turns, with a sweep as each minute begins.
async fn play(
    flow: &mut Flow<DynamoStore>,
    random: &mut fastrand::Rng,
    minutes: std::ops::Range<i64>,
    streams: i64,
    failing: f64,
) -> anyhow::Result<Cost> {
    let mut told = Recorded::default();
    let (mut ingest, mut sweep) = ((0.0, 0.0), (0.0, 0.0));
    let measured = minutes.end - minutes.start;
    // While nothing is measured, a few batches are enough.
    let batches = if measured == MEASURED { BATCHES } else { 2 };
    for minute in minutes {
        let minute_ms = START_MS + minute * MINUTE_MS;
        let before = flow.store.units();
        flow.sweep(SERVICE, Minute::of_ms(START_MS), minute_ms, &mut told)
            .await?;
        let swept = flow.store.units();
        sweep.0 += swept.reads - before.reads;
        sweep.1 += swept.writes - before.writes;
        for n in 0..batches {
            let at_ms = minute_ms + n * MINUTE_MS / batches;
            for stream in 0..streams {
                let batch = batch(random, stream, at_ms, failing);
                flow.ingest(Payload::Json(batch.as_bytes()), at_ms, &mut told)
                    .await?;
            }
        }
        let after = flow.store.units();
        ingest.0 += after.reads - swept.reads;
        ingest.1 += after.writes - swept.writes;
    }
    let thousands = (measured * batches * streams) as f64 / 1_000.0;
    Ok(Cost {
        ingest_reads: ingest.0 / thousands,
        ingest_writes: ingest.1 / thousands,
        sweep_reads: sweep.0 / measured as f64,
        sweep_writes: sweep.1 / measured as f64,
        told: told.0,
    })
}

/// Returns a batch of requests on six routes, most of which call one of three services.
fn batch(random: &mut fastrand::Rng, stream: i64, at_ms: i64, failing: f64) -> String {
    let event = |n: i64| {
        let line = json!({
            "service": SERVICE, "path": format!("/r{}", random.u8(..6)), "method": "GET",
            "status": if random.f64() < failing { 503 } else { 200 }, "latency_ms": random.u32(20..300),
            "dependency": (["scoring", "aurora", "auth"][random.usize(..3)]), "dependency_ms": random.u32(5..90),
        });
        json!({"id": format!("{stream}-{at_ms}-{n}"), "timestamp": at_ms, "message": line.to_string()})
    };
    let events: Vec<Value> = (0..EVENTS).map(event).collect();
    json!({"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/ecs/loan-api",
        "logStream": stream.to_string(), "subscriptionFilters": [], "logEvents": events})
    .to_string()
}
