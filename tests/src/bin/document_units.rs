//! Measures the cost of documents, which comes on top of that of windows: DynamoDB's units for a
//! service's rollups in a month, and for an event of an incident, as DynamoDB Local counts them.
//!
//! `./tests/run --with cargo run -p atalaya-tests --bin document-units`.

use anyhow::Context as _;
use atalaya_aws::dynamo::DynamoStore;
use atalaya_aws::dynamo::table::Units;
use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::settings::Settings;
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_flow::documents;
use atalaya_flow::store::{Save, Store as _};
use atalaya_flow::{Flow, Payload, Sink};
use atalaya_tests::bed::{DynamoDbLocal, Storage};
use atalaya_tests::local::store;
use serde_json::{Value, json};

/// 2026-01-06T08:00Z.
const START_MS: i64 = 1_767_686_400_000;
const SERVICE: &str = "loan-api";
const HOURS_A_MONTH: f64 = 730.0;

/// A service, and the parts of its traffic.
struct Traffic {
    name: &'static str,
    routes: u64,
    dependencies: u64,
    requests_a_minute: u64,
}

/// Keeps the last event of an incident.
#[derive(Default)]
struct Last(Option<Incident>);

impl Sink for Last {
    fn metrics(&mut self, _: Minute, _: &[u8]) {}
    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}
    fn incident(&mut self, _: AlertEvent, incident: &Incident) {
        self.0 = Some(incident.clone());
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = DynamoDbLocal::start(&Storage::Memory)?;
    let server = server.context("run it through tests/run, which brings DynamoDB Local")?;
    println!(
        "{:>8} {:>8} {:>13} {:>15} {:>13} {:>17} {:>16}",
        "service",
        "routes",
        "dependencies",
        "requests/min",
        "bytes/hour",
        "writes/month",
        "reads/month"
    );
    let [small, large] = [("small", 5, 2, 20), ("large", 60, 12, 6_000)].map(
        |(name, routes, dependencies, requests_a_minute)| Traffic {
            name,
            routes,
            dependencies,
            requests_a_minute,
        },
    );
    for traffic in [small, large] {
        let store = store(server.endpoint(), &format!("documents-{}", traffic.name))?;
        store.create_table().await?;
        rollup(
            &mut Flow::new(store.metered(), Settings::default()),
            &traffic,
        )
        .await?;
    }
    let store = store(server.endpoint(), "documents-incident")?;
    store.create_table().await?;
    Box::pin(incident(Flow::new(store.metered(), Settings::default()))).await
}

fn since(now: Units, before: Units) -> Units {
    Units {
        reads: now.reads - before.reads,
        writes: now.writes - before.writes,
    }
}

/// Fills an hour, rolls it up, and measures each call that this takes.
async fn rollup(flow: &mut Flow<DynamoStore>, traffic: &Traffic) -> anyhow::Result<()> {
    let mut random = fastrand::Rng::with_seed(7);
    for minute in 0..60 {
        let at_ms = START_MS + minute * MINUTE_MS;
        let json = batch(&mut random, traffic, at_ms, 0.01);
        flow.ingest(Payload::Json(json.as_bytes()), at_ms, &mut Last::default())
            .await?;
    }
    let (hour, over_ms) = (Minute::of_ms(START_MS), START_MS + 90 * MINUTE_MS);
    flow.sweep(
        SERVICE,
        Minute::of_ms(over_ms),
        over_ms,
        &mut Last::default(),
    )
    .await?;
    let store = &flow.store;
    let before = store.units();
    for minute in 0..60 {
        store.window(SERVICE, hour.plus(minute)).await?;
    }
    let key = documents::rollup::key(SERVICE, hour);
    let stored = store.load(&key).await?.context("it was rolled up")?;
    let rollup = store.save(&key, stored.version, &stored.body).await?;
    // The hour's marker is written once, and updated once after the rollup.
    let key = documents::hour_marker::key(SERVICE, hour);
    let marker = store.load(&key).await?.context("it was marked")?;
    let marked = store.save(&key, marker.version, &marker.body).await?;
    let taken_off = store.save(&key, marker.version + 1, &marker.body).await?;
    anyhow::ensure!(
        [rollup, marked, taken_off] == [Save::Saved; 3],
        "nobody else writes"
    );
    for _quarter in 0..4 {
        store.list(key.kind, SERVICE, "", 96).await?;
    }
    let used = since(store.units(), before);
    println!(
        "{:>8} {:>8} {:>13} {:>15} {:>13} {:>17.0} {:>16.0}",
        traffic.name,
        traffic.routes,
        traffic.dependencies,
        traffic.requests_a_minute,
        stored.body.len(),
        HOURS_A_MONTH * used.writes,
        HOURS_A_MONTH * used.reads,
    );
    Ok(())
}

/// Lets a service fail, and measures the cost of writing an event's documents.
async fn incident(mut flow: Flow<DynamoStore>) -> anyhow::Result<()> {
    let traffic = Traffic {
        name: "trouble",
        routes: 6,
        dependencies: 3,
        requests_a_minute: 80,
    };
    let mut random = fastrand::Rng::with_seed(7);
    let mut last = Last::default();
    for minute in 0..80 {
        let at_ms = START_MS + minute * MINUTE_MS;
        flow.sweep(SERVICE, Minute::of_ms(START_MS), at_ms, &mut last)
            .await?;
        let failing = if minute < 70 { 0.002 } else { 0.4 };
        let json = batch(&mut random, &traffic, at_ms, failing);
        flow.ingest(Payload::Json(json.as_bytes()), at_ms + 1, &mut last)
            .await?;
    }
    let incident = last.0.context("there was an incident")?;
    let alert = &incident.first;
    println!("\n{:>10} {:>8} {:>8}", "document", "bytes", "writes");
    for (name, key, body) in [
        (
            "alert",
            documents::alert::key(&alert.service, &alert.id),
            documents::alert::encode(alert),
        ),
        (
            "incident",
            documents::incident::key(alert),
            documents::incident::encode(&incident),
        ),
    ] {
        let stored = flow.store.load(&key).await?.context("it was written")?;
        let before = flow.store.units();
        let saved = flow.store.save(&key, stored.version, &body).await?;
        anyhow::ensure!(saved == Save::Saved, "nobody else writes");
        let used = since(flow.store.units(), before);
        println!("{name:>10} {:>8} {:>8}", body.len(), used.writes);
    }
    Ok(())
}

/// Returns a batch of a minute's requests, each of which asks a dependency.
fn batch(random: &mut fastrand::Rng, traffic: &Traffic, at_ms: i64, failing: f64) -> String {
    let event = |n: u64| {
        // Squared, so that some routes are asked much more often than others.
        let route = (random.f64().powi(2) * traffic.routes as f64) as u64;
        let dependency = random.u64(..traffic.dependencies);
        let line = json!({
            "service": SERVICE, "route": format!("/loan/v{route}/apply"), "method": "POST",
            "status": if random.f64() < failing { 503 } else { 200 },
            "latency_ms": 20.0 * (route + 1) as f64 * (random.f64() + 0.5).powi(3),
            "dependency": format!("dependency-{dependency}"), "dependency_ms": 5.0 + 80.0 * random.f64(),
        });
        json!({"id": format!("{at_ms}-{n}"), "timestamp": at_ms, "message": line.to_string()})
    };
    let events: Vec<Value> = (0..traffic.requests_a_minute).map(event).collect();
    json!({"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/ecs/loan-api",
        "logStream": "a", "subscriptionFilters": [], "logEvents": events})
    .to_string()
}
