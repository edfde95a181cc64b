//! Handles one small batch N times in a process whose catalog of the service is large, to measure
//! the cost of a batch that adds no new series.
//!
//! `cargo build --release -p atalaya-flow --example warm_ingest`, then
//! `valgrind --tool=callgrind target/release/examples/warm_ingest N` prints nothing of its own; the difference between
//! two N is what a batch costs in instructions.

use anyhow::Context as _;
use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::settings::Settings;
use atalaya_core::time::Minute;
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::{Flow, Payload, Sink};
use serde_json::{Value, json};

/// Routes of the service, as many as settings allow.
const ROUTES: usize = 1_000;
/// Lines of the small batch.
const LINES: usize = 20;
/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;

struct Silent;

impl Sink for Silent {
    fn metrics(&mut self, _: Minute, _: &[u8]) {}
    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}
    fn incident(&mut self, _: AlertEvent, _: &Incident) {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let times: usize = std::env::args().nth(1).context("how often")?.parse()?;
    let text = "services: { api: { log_groups: [/ecs/api], max_series: 1000 } }";
    let mut flow = Flow::new(MemoryStore::default(), Settings::parse(text)?);
    ingest(&mut flow, &batch("all", ROUTES)).await?;
    let small = batch("small", LINES);
    for _ in 0..times {
        ingest(&mut flow, &small).await?;
    }
    Ok(())
}

async fn ingest(flow: &mut Flow<MemoryStore>, batch: &str) -> anyhow::Result<()> {
    let payload = Payload::Json(batch.as_bytes());
    flow.ingest(payload, START_MS + 5_000, &mut Silent).await?;
    Ok(())
}

/// Returns a batch with a request on each of the first `routes` routes.
fn batch(name: &str, routes: usize) -> String {
    let event = |n: usize| -> Value {
        let route = format!("/products/list-{n}/details");
        let line = json!({"route": route, "method": "GET", "status": 200, "latency_ms": 12});
        json!({"id": format!("{name}-{n}"), "timestamp": START_MS, "message": line.to_string()})
    };
    json!({
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/ecs/api",
        "logStream": name,
        "subscriptionFilters": ["all"],
        "logEvents": (0..routes).map(event).collect::<Vec<_>>(),
    })
    .to_string()
}
