//! Properties of evaluating a running service, over a store that fails at any of its writes: what
//! an evaluation of the open minute reports within the minute, what a sweep makes of the same
//! minute later, and how late log events change it.

use atalaya_core::alert::{Alert, AlertEvent};
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::settings::Settings;
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_flow::documents;
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::store::{DocumentKind, Store as _};
use atalaya_flow::{Flow, Payload, Sink};
use serde_json::{Value, json};

mod failing;

use failing::FailingStore;

const SERVICE: &str = "loan-api";
/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;
const QUIET: i64 = 150;
/// Parts of a minute that are delivered each by itself.
const PARTS: i64 = 6;
const PART_MS: i64 = MINUTE_MS / PARTS;

/// The reported events, for comparison.
#[derive(Debug, Default, PartialEq)]
struct Recorded(Vec<String>);

impl Sink for Recorded {
    fn metrics(&mut self, minute: Minute, documents: &[u8]) {
        self.0.push(format!("{minute} {}", documents.len()));
    }
    fn finding(&mut self, service: &str, finding: &Finding, now_ms: i64) {
        self.0.push(format!("{now_ms} {service} {finding:?}"));
    }
    fn incident(&mut self, event: AlertEvent, incident: &Incident) {
        self.0.push(format!("{event:?} {incident:?}"));
    }
}

/// A service that runs minute after minute, over a store that may fail.
struct Watch {
    flow: Flow<FailingStore<MemoryStore>>,
    told: Recorded,
    /// The write of each step that fails; none where it is large.
    failing: u64,
    open_evaluation_failures: u64,
}

/// Returns ten requests of a part of a minute, of which so many fail.
fn requests(minute: i64, part: i64, failed: i64) -> Vec<Value> {
    let event = |n: i64| {
        let status = if n < failed { 500 } else { 200 };
        let line = json!({"path": "/apply", "method": "POST", "status": status, "latency_ms": 80});
        json!({
            "id": format!("{minute}-{part}-{n}-{status}"),
            "timestamp": START_MS + minute * MINUTE_MS + part * PART_MS + n * 900,
            "message": line.to_string(),
        })
    };
    (0..10).map(event).collect()
}

impl Watch {
    /// Returns a service after a time without failures.
    async fn after_quiet_hours(failing: u64) -> anyhow::Result<Self> {
        let store = FailingStore::new(MemoryStore::default());
        let mut watch = Self {
            flow: Flow::new(store, Settings::default()),
            told: Recorded::default(),
            failing: u64::MAX,
            open_evaluation_failures: 0,
        };
        for minute in 0..QUIET {
            let events = (0..PARTS).flat_map(|part| requests(minute, part, 0));
            watch.deliver(events.collect(), minute, PARTS - 1).await?;
        }
        watch.failing = failing;
        Ok(watch)
    }

    /// Delivers events at the end of a part of a minute, and sweeps before it as a minute begins. What fails is tried
    /// again.
    async fn deliver(&mut self, events: Vec<Value>, minute: i64, part: i64) -> anyhow::Result<()> {
        let now_ms = START_MS + minute * MINUTE_MS + (part + 1) * PART_MS - 100;
        self.sweep(now_ms).await?;
        let batch = json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/ecs/loan-api",
            "logStream": "a", "subscriptionFilters": [], "logEvents": events});
        let json = batch.to_string();
        let payload = Payload::Json(json.as_bytes());
        self.flow.store.fail_at(self.failing);
        let first = self.flow.ingest(payload, now_ms, &mut self.told).await;
        self.flow.store.heal();
        let taken = match first {
            Ok(taken) => taken,
            Err(_) => self.flow.ingest(payload, now_ms, &mut self.told).await?,
        };
        self.open_evaluation_failures += taken.ledger.open_evaluation_failures;
        Ok(())
    }

    async fn sweep(&mut self, now_ms: i64) -> anyhow::Result<()> {
        let first = Minute::of_ms(START_MS);
        self.flow.store.fail_at(self.failing);
        let swept = self.flow.sweep(SERVICE, first, now_ms, &mut self.told);
        let swept = swept.await;
        self.flow.store.heal();
        if swept.is_err() {
            let again = self.flow.sweep(SERVICE, first, now_ms, &mut self.told);
            again.await?;
        }
        Ok(())
    }

    async fn minute(&mut self, minute: i64, failed: i64) -> anyhow::Result<()> {
        for part in 0..PARTS {
            self.deliver(requests(minute, part, failed), minute, part)
                .await?;
        }
        Ok(())
    }

    /// Returns the alerts as they are stored.
    async fn incidents(&self) -> anyhow::Result<Vec<Alert>> {
        let stored = self
            .flow
            .store
            .list(DocumentKind::Alert, SERVICE, "", 99)
            .await?;
        let decode = |document: atalaya_flow::store::Document| {
            documents::alert::decode(SERVICE, &document.body)
        };
        Ok(stored.into_iter().map(decode).collect::<Result<_, _>>()?)
    }
}

/// Asserts that the outbox is complete: each alert is in its incident with its last event.
async fn owed(watch: &Watch) -> anyhow::Result<()> {
    let stored = { &watch.flow.store }
        .list(DocumentKind::Incident, "all", "", 99)
        .await?;
    let decode = |document: &atalaya_flow::store::Document| {
        documents::incident::decode("all", &document.body).map(|incident| incident.first)
    };
    let owed: Vec<Alert> = stored.iter().map(decode).collect::<Result<_, _>>()?;
    assert_eq!(owed, watch.incidents().await?);
    Ok(())
}

/// Plays ten minutes of failures and the time after them, and returns the incident as it was first
/// reported and as it was in the end.
async fn trouble(failing: u64) -> anyhow::Result<(Watch, Alert, Alert)> {
    let mut watch = Watch::after_quiet_hours(failing).await?;
    let mut first = None;
    for minute in QUIET..QUIET + 10 {
        watch.minute(minute, 5).await?;
        first = first.or(watch.incidents().await?.pop());
    }
    for minute in QUIET + 10..QUIET + 35 {
        watch.minute(minute, 0).await?;
    }
    let mut incidents = watch.incidents().await?;
    assert_eq!(incidents.len(), 1, "failing at {failing}: {incidents:#?}");
    owed(&watch).await?;
    let last = incidents.pop().expect("it is one");
    Ok((watch, first.expect("it was opened"), last))
}

#[tokio::test]
async fn laws_2_and_4_trouble_is_told_within_the_minute_and_once_whatever_fails()
-> anyhow::Result<()> {
    let (watch, opened, over) = trouble(u64::MAX).await?;
    // The incident opens before the third bad minute is over.
    let second = START_MS + (QUIET + 1) * MINUTE_MS;
    assert!(
        (second..second + 2 * MINUTE_MS).contains(&opened.opened_at_ms),
        "{opened:?}"
    );
    assert!(opened.is_open() && !over.is_open());
    assert_eq!(watch.open_evaluation_failures, 0);
    let opens = watch.told.0.iter().filter(|told| told.starts_with("Open"));
    assert_eq!(opens.count(), 1);
    let mut failures = 0;
    for failing in 0..6 {
        let (watch, late, ended) = trouble(failing).await?;
        assert_eq!(
            (&late.id, &ended.id),
            (&opened.id, &opened.id),
            "failing at {failing}"
        );
        assert_eq!(ended.status, over.status, "failing at {failing}");
        let delay = late.opened_at_ms - opened.opened_at_ms;
        assert!(
            (0..=MINUTE_MS).contains(&delay),
            "failing at {failing}: {delay} ms later"
        );
        failures += watch.open_evaluation_failures;
    }
    assert!(
        failures > 0,
        "some of the writes that failed were those of evaluating open minutes"
    );
    Ok(())
}

#[tokio::test]
async fn law_5_the_same_hours_are_told_in_the_same_bytes() -> anyhow::Result<()> {
    let (first, ..) = trouble(u64::MAX).await?;
    let (second, ..) = trouble(u64::MAX).await?;
    assert_eq!(first.told, second.told);
    Ok(())
}

/// Plays minutes whose failures arrive after the minutes are closed, and returns the incidents and
/// how often one was reported.
async fn late_failures(failing: u64) -> anyhow::Result<(Vec<Alert>, usize)> {
    let mut watch = Watch::after_quiet_hours(failing).await?;
    let bad = QUIET..QUIET + 4;
    for minute in bad.clone() {
        watch.minute(minute, 0).await?;
    }
    let now = bad.end + 2;
    watch.minute(bad.end, 0).await?;
    watch.minute(bad.end + 1, 0).await?;
    assert_eq!(watch.incidents().await?, []);
    let late = bad
        .clone()
        .flat_map(|minute| (0..PARTS).flat_map(move |part| requests(minute, part, 8)));
    let late: Vec<Value> = late
        .filter(|event| event["id"].as_str().is_some_and(|id| id.ends_with("-500")))
        .collect();
    // The same batch is delivered three times.
    for part in 0..3 {
        watch.deliver(late.clone(), now, part).await?;
    }
    for minute in now + 1..now + 25 {
        watch.minute(minute, 0).await?;
    }
    let told = watch.told.0.iter().filter(|told| told.starts_with("Open"));
    let told = told.count();
    Ok((watch.incidents().await?, told))
}

#[tokio::test]
async fn law_2_late_events_reopen_what_they_must_once() -> anyhow::Result<()> {
    let (incidents, told) = late_failures(u64::MAX).await?;
    let [incident] = &incidents[..] else {
        panic!("{incidents:#?}");
    };
    assert_eq!(told, 1);
    let since = incident.since.0 - Minute::of_ms(START_MS).0;
    assert_eq!(since, QUIET, "it began when the lines say that it did");
    assert!(!incident.is_open(), "{incident:?}");
    for failing in 0..6 {
        let (again, told) = late_failures(failing).await?;
        let ids: Vec<_> = again.iter().map(|incident| &incident.id).collect();
        assert_eq!(ids, [&incident.id], "failing at {failing}");
        assert!(told <= 1, "failing at {failing}: told {told} times");
    }
    Ok(())
}
