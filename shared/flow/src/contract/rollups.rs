//! The part of the store contract that rollups rely on: a scenario of four hours whose rollups are
//! exact, however often it is run and at whichever point an earlier run was interrupted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::rollup::{Called, Rollup, Served, hour_of};
use atalaya_core::settings::Settings;
use atalaya_core::time::{MINUTE_MS, Minute};

use crate::documents;
use crate::error::FlowError;
use crate::evaluate_closed::closed_at;
use crate::ingest::{Flow, Payload};
use crate::sink::Sink;
use crate::store::Store;

/// The service of the scenario.
pub const SERVICE: &str = "loan-api";

/// 2026-01-05T08:00:00Z, when the story begins.
pub const START_MS: i64 = 1_767_600_000_000;

/// Requests of a batch.
const REQUESTS: i64 = 12;

/// A step of the scenario, with the minute in which it happens.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A batch arrives whose requests are of this minute and those after it.
    Batch(i64),
    /// The service is swept.
    Sweep,
}

/// The scenario: hours 0 to 2 with their last and first minutes, batches that are delivered again,
/// and one that is hours late.
const STORY: [(i64, Step); 19] = [
    (0, Step::Batch(0)),
    (10, Step::Sweep),
    (31, Step::Batch(30)),
    (60, Step::Batch(59)),
    // As late as log streams often are: before the hour is rolled up.
    (71, Step::Batch(17)),
    (95, Step::Sweep),
    (96, Step::Batch(95)),
    // The batch is delivered again after its hour was rolled up.
    (97, Step::Batch(30)),
    (119, Step::Batch(118)),
    (121, Step::Batch(120)),
    (160, Step::Sweep),
    (161, Step::Batch(160)),
    // Hours late, after its hour was rolled up.
    (170, Step::Batch(40)),
    (180, Step::Batch(178)),
    (188, Step::Sweep),
    (189, Step::Batch(40)),
    (190, Step::Batch(95)),
    (215, Step::Sweep),
    (280, Step::Sweep),
];

/// One request: its minute, its route, its status, its duration and what it called.
fn requests(first: i64) -> impl Iterator<Item = (i64, &'static str, u16, f64, &'static str)> {
    (0..REQUESTS).map(move |n| {
        let seed = first * 7 + n;
        let route = ["/apply", "/status", "/quote"][(seed % 3) as usize];
        let status = [200, 404, 503, 200, 200][(seed % 5) as usize];
        let called = ["scoring", "aurora"][(seed % 2) as usize];
        let ms = (seed * 7_919 % 4_000) as f64 / 4.0;
        (first + n / 8, route, status, ms, called)
    })
}

fn batch(first: i64) -> String {
    let mut events = String::new();
    for (n, (minute, route, status, ms, called)) in (0..).zip(requests(first)) {
        let at = START_MS + minute * MINUTE_MS + n * 1_000;
        let comma = if n == 0 { "" } else { "," };
        write!(
            events,
            r#"{comma}{{"id":"{first}-{n}","timestamp":{at},"message":"{{\"service\":\"{SERVICE}\",\"route\":\"{route}\",\"method\":\"GET\",\"status\":{status},\"latency_ms\":{ms},\"dependency\":\"{called}\",\"dependency_ms\":{n}}}"}}"#
        )
        .expect("a string takes all");
    }
    let head = r#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/ecs/loan-api""#;
    let stream = first % 3;
    format!(r#"{head},"logStream":"{stream}","subscriptionFilters":[],"logEvents":[{events}]}}"#)
}

/// Runs the scenario from its beginning.
///
/// # Errors
/// If the store fails.
pub async fn play<S: Store>(flow: &mut Flow<S>) -> Result<(), FlowError> {
    for (minute, step) in STORY {
        let now_ms = START_MS + minute * MINUTE_MS + MINUTE_MS / 2;
        match step {
            Step::Batch(first) => {
                let json = batch(first);
                flow.ingest(Payload::Json(json.as_bytes()), now_ms, &mut Nobody)
                    .await?;
            }
            Step::Sweep => {
                flow.sweep(SERVICE, closed_at(now_ms), now_ms, &mut Nobody)
                    .await?;
            }
        }
    }
    Ok(())
}

/// Returns the expected totals of the scenario's requests, hour by hour, counted one by one,
/// without the causes of failures.
#[must_use]
pub fn expected() -> BTreeMap<Minute, Rollup> {
    let mut rollups: BTreeMap<Minute, Rollup> = BTreeMap::new();
    let mut batches: Vec<i64> = STORY
        .iter()
        .filter_map(|(_, step)| match step {
            Step::Batch(first) => Some(*first),
            Step::Sweep => None,
        })
        .collect();
    batches.sort_unstable();
    batches.dedup();
    for (n, (minute, route, status, ms, called)) in
        batches.iter().flat_map(|first| (0..).zip(requests(*first)))
    {
        let hour = hour_of(Minute::of_ms(START_MS).plus(minute));
        let rollup = rollups.entry(hour).or_default();
        let served: &mut Served = rollup.routes.entry(route.into()).or_default();
        let failed = status >= 500;
        served.good += u64::from(!failed);
        served.bad += u64::from(failed);
        served.client_errors += u64::from((400..500).contains(&status));
        served.latency.add(ms);
        let calls: &mut Called = rollup.dependencies.entry(called.into()).or_default();
        calls.calls += 1;
        calls.latency.add(f64::from(n));
    }
    rollups
}

/// Asserts that the rollups are exact once the scenario has run to its end.
///
/// # Errors
/// If the store fails.
///
/// # Panics
/// If a rollup is not exact.
pub async fn exact<S: Store>(flow: &Flow<S>) -> Result<(), FlowError> {
    let stored = flow.rollups(SERVICE, Minute::of_ms(START_MS), 99).await?;
    let mut day = Rollup::default();
    let mut found = BTreeMap::new();
    for (hour, mut rollup) in stored {
        day.merge(&rollup);
        for (route, served) in &mut rollup.routes {
            let blamed: u64 = served.causes.values().sum();
            assert_eq!(blamed, served.bad, "{hour} {route}");
            served.causes.clear();
        }
        for called in rollup.dependencies.values_mut() {
            called.failed = 0;
        }
        found.insert(hour, rollup);
    }
    let expected = expected();
    assert_eq!(found, expected);
    let total: u64 = { expected.values() }
        .map(|hour| hour.requests().total())
        .sum();
    assert_eq!(day.requests().total(), total, "hours make a day");
    Ok(())
}

/// Asserts that rollups are exact and written no more often than they must be, on a store that
/// holds nothing about the service.
///
/// # Errors
/// If the store fails.
///
/// # Panics
/// If the store breaks the contract.
pub async fn check<S: Store>(store: S) -> Result<(), FlowError> {
    let mut flow = Flow::new(store, Settings::default());
    play(&mut flow).await?;
    exact(&flow).await?;
    let versions = async |flow: &Flow<S>| -> Result<Vec<u64>, FlowError> {
        let mut versions = Vec::new();
        for hour in 0..4 {
            let hour = Minute::of_ms(START_MS).plus(60 * hour);
            let key = documents::rollup::key(SERVICE, hour);
            let document = flow.store.load(&key).await?;
            versions.push(document.map_or(0, |document| document.version));
        }
        Ok(versions)
    };
    // The late batch changed its hour once; the batches that were delivered again changed nothing;
    // an hour without requests has no rollup.
    assert_eq!(versions(&flow).await?, [2, 1, 1, 0]);
    let mut again = Flow::new(flow.store, Settings::default());
    play(&mut again).await?;
    exact(&again).await?;
    assert_eq!(versions(&again).await?, [2, 1, 1, 0], "told again");
    Ok(())
}

/// A sink that ignores everything.
struct Nobody;

impl Sink for Nobody {
    fn metrics(&mut self, _: Minute, _: &[u8]) {}
    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}
    fn incident(&mut self, _: AlertEvent, _: &Incident) {}
}
