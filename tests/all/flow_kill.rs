//! Ingesting over DynamoDB Local under `kill -9`: a process that ingests batches is killed at
//! random points and started again with the same batches, until it finishes. The counts are then
//! exact, and no metric was emitted twice.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Context as _, ensure};
use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::settings::Settings;
use atalaya_core::time::Minute;
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::store::Store;
use atalaya_flow::{Flow, Payload, Sink};
use atalaya_tests::local::store;
use serde_json::{Value, json};

use crate::store_dynamodb::table;

/// Gives the store's endpoint to the process that is to be killed, which is this test binary too.
const ENDPOINT: &str = "ATALAYA_KILL_ENDPOINT";

/// How often the process is killed: 25 times, or as often as this variable says.
const KILLS: &str = "ATALAYA_KILLS";

const TABLE: &str = "flow-kill";
const START_MS: i64 = 1_767_602_520_000;
const BATCHES: u64 = 12;

/// A batch of three services, a dozen routes and two dependencies over two minutes.
fn batch(number: u64) -> String {
    let event = |n: u64| {
        let seed = number * 1_000 + n;
        let line = json!({
            "service": (["loan-api", "auth", "ledger"][(seed % 3) as usize]),
            "path": format!("/r{}/{seed}", seed % 12), "method": "GET",
            "status": (if seed.is_multiple_of(17) { 503 } else { 200 }),
            "latency_ms": (seed * 7919 % 4_000) as f64 / 3.0,
            "dependency": (["scoring", "aurora"][(seed % 2) as usize]), "dependency_ms": (seed % 90),
        });
        let at = START_MS + (n * 600) as i64;
        json!({"id": format!("{seed:056}"), "timestamp": at, "message": line.to_string()})
    };
    let events: Vec<Value> = (0..200).map(event).collect();
    json!({"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/ecs/loan-api",
        "logStream": format!("task-{}", number % 5), "logEvents": events})
    .to_string()
}

/// Writes metrics at once, as the function does, bypassing the test harness, which would buffer
/// them.
struct Out;

impl Sink for Out {
    fn metrics(&mut self, _: Minute, documents: &[u8]) {
        // If the reader is gone, the next write to the store ends the process.
        drop(io::stdout().lock().write_all(documents));
    }
    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}
    fn incident(&mut self, _: AlertEvent, _: &Incident) {}
}

async fn handle_all<S: Store>(store: S, sink: &mut impl Sink) -> anyhow::Result<Flow<S>> {
    let mut flow = Flow::new(store, Settings::default());
    for number in 0..BATCHES {
        flow.ingest(Payload::Json(batch(number).as_bytes()), START_MS, sink)
            .await?;
    }
    Ok(flow)
}

/// Not a test by itself: the process that is killed.
#[tokio::test]
async fn handles_batches_until_it_is_killed() -> anyhow::Result<()> {
    let Ok(endpoint) = env::var(ENDPOINT) else {
        return Ok(());
    };
    handle_all(store(&endpoint, TABLE)?, &mut Out).await?;
    Ok(())
}

fn spawn(endpoint: &str) -> io::Result<Child> {
    let (_, this) = module_path!().split_once("::").unwrap_or_default();
    Command::new(env::current_exe()?)
        .args([
            "--exact",
            &format!("{this}::handles_batches_until_it_is_killed"),
            "--nocapture",
        ])
        .env(ENDPOINT, endpoint)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Totals by service, second dimension, minute and metric; latencies by value.
pub(crate) type Totals = BTreeMap<(String, String, i64, String), u64>;

/// Adds the EMF lines in `text`. A line that a kill cut off does not count: CloudWatch takes whole
/// lines only.
pub(crate) fn add(totals: &mut Totals, text: &str) {
    for document in text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let Some(service) = document["Service"].as_str() else {
            continue;
        };
        let second = document["Route"]
            .as_str()
            .or(document["Dependency"].as_str());
        let minute = document["_aws"]["Timestamp"].as_i64().unwrap_or_default();
        let mut count = |name: String, n: u64| {
            let key = (
                service.to_owned(),
                second.unwrap_or_default().to_owned(),
                minute,
                name,
            );
            *totals.entry(key).or_default() += n;
        };
        for name in ["Requests", "Errors", "ClientErrors", "Calls", "CallErrors"] {
            document[name]
                .as_u64()
                .into_iter()
                .for_each(|n| count(name.to_owned(), n));
        }
        for name in ["Latency", "CallLatency"] {
            let list = |key: &str| document[name][key].as_array().cloned().unwrap_or_default();
            for (value, n) in list("Values").iter().zip(list("Counts")) {
                count(format!("{name} {value}"), n.as_u64().unwrap_or_default());
            }
        }
    }
}

struct Kept(String);

impl Sink for Kept {
    fn metrics(&mut self, _: Minute, documents: &[u8]) {
        self.0.push_str(&String::from_utf8_lossy(documents));
    }
    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}
    fn incident(&mut self, _: AlertEvent, _: &Incident) {}
}

/// Runs the process, kills it after `limit`, and returns its output and whether it was killed.
fn run(endpoint: &str, limit: Duration) -> anyhow::Result<(String, bool)> {
    let mut child = spawn(endpoint)?;
    let mut out = child.stdout.take().context("stdout is piped")?;
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        out.read_to_end(&mut text)
            .map(|_| String::from_utf8_lossy(&text).into_owned())
    });
    let began = Instant::now();
    while began.elapsed() < limit && child.try_wait()?.is_none() {
        thread::sleep(Duration::from_millis(1));
    }
    child.kill()?;
    let killed = child.wait()?.code().is_none();
    let text = reader
        .join()
        .map_err(|_| anyhow::anyhow!("the reader panicked"))??;
    Ok((text, killed))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_killed_flow_counts_everything_once() -> anyhow::Result<()> {
    let Some((kept, server)) = table(TABLE).await? else {
        return Ok(());
    };
    let kills: u64 = env::var(KILLS)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(25);
    let mut random = fastrand::Rng::with_seed(7);
    let mut said = Totals::new();
    let mut killed = 0;
    // The limit grows a little with each kill, so that kills fall on all of the batches.
    for n in 0..kills * 3 {
        if killed == kills {
            break;
        }
        let limit = Duration::from_micros(random.u64(5_000..40_000 + 600_000 * n / kills));
        let (text, by_signal) = run(server.endpoint(), limit)?;
        killed += u64::from(by_signal);
        add(&mut said, &text);
    }
    let (text, by_signal) = run(server.endpoint(), Duration::from_mins(2))?;
    ensure!(!by_signal, "the last process is not killed");
    add(&mut said, &text);

    let mut all = Kept(String::new());
    let reference = handle_all(MemoryStore::default(), &mut all).await?;
    let mut expected = Totals::new();
    add(&mut expected, &all.0);
    for service in ["loan-api", "auth", "ledger"] {
        for minute in 0..3 {
            let minute = Minute::of_ms(START_MS).plus(minute);
            let (here, there) = (
                kept.window(service, minute).await?,
                reference.store.window(service, minute).await?,
            );
            assert_eq!(
                by_name(&kept, service, here).await?,
                by_name(&reference.store, service, there).await?
            );
        }
    }
    for (key, n) in &said {
        ensure!(expected.get(key) >= Some(n), "{key:?} was said twice");
    }
    let requests = |totals: &Totals| -> u64 {
        totals
            .iter()
            .filter(|(key, _)| key.3 == "Requests")
            .map(|(_, n)| n)
            .sum()
    };
    eprintln!(
        "{killed} kills: windows exact; {} of {} requests were said as metrics, none twice",
        requests(&said),
        requests(&expected)
    );
    Ok(())
}

/// Slots are assigned in the order of arrival, so windows are compared by the names of their
/// series.
pub(crate) async fn by_name(
    store: &impl Store,
    service: &str,
    window: atalaya_core::window::Window,
) -> anyhow::Result<BTreeMap<atalaya_core::series::SeriesName, atalaya_core::series::Sums>> {
    let key = atalaya_flow::documents::catalog::key(service);
    let document = store
        .load(&key)
        .await?
        .context("every service has a catalog")?;
    let catalog = atalaya_core::catalog::Catalog::decode(&document.body)?;
    let named = window.into_iter().map(|(slot, sums)| {
        catalog
            .series(slot)
            .cloned()
            .map(|series| (series, sums))
            .context("slots are known")
    });
    named.collect()
}
