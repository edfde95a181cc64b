//! The laws of the flow as properties: whatever the batches are, in whatever order and however often they come.
//!
//! Law 6 is about the content of messages, and is tested with the code that renders them.

use std::collections::BTreeMap;

use anyhow::Context as _;
use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::series::SeriesKind;
use atalaya_core::settings::Settings;
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_core::window::Window;
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::store::{DocumentKind, Store};
use atalaya_flow::{Flow, FlowError, Ingested, Payload, Sink};
use proptest::prelude::*;
use serde_json::{Value, json};

mod batches;
mod failing;

use batches::{Batch, MINUTES, START_MS, batches, planted, record};
use failing::FailingStore;

const SERVICE: &str = "loan-api";

/// The results of a flow, for comparison.
#[derive(Debug, Default, PartialEq)]
struct Recorded {
    documents: Vec<u8>,
    findings: Vec<String>,
    incidents: Vec<String>,
}

impl Sink for Recorded {
    fn metrics(&mut self, _: Minute, documents: &[u8]) {
        self.documents.extend_from_slice(documents);
    }

    fn finding(&mut self, service: &str, finding: &Finding, now_ms: i64) {
        self.findings
            .push(format!("{now_ms} {service} {finding:?}"));
    }

    fn incident(&mut self, event: AlertEvent, incident: &Incident) {
        self.incidents.push(format!("{event:?} {incident:?}"));
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    }
}

fn run<T>(story: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime for the test").block_on(story)
}

/// Settings with rules for lines, so that the laws hold of what rules give, too.
fn settings() -> Settings {
    let text = r"services:
  loan-api:
    log_groups: [/ecs/prod/loan-api]
    fields: { latency: { path: latency_ms, unit: us } }
    extract:
      - name: odd
        regex: '^odd (?<method>[A-Z]+) (?<path>\S+) (?<status>\d{3}) (?<latency>\d+ms)$'
        examples:
          - line: odd PUT /r1/7 503 17ms
            gives: { method: PUT, path: /r1/7, status: 503, latency: 17 }
";
    Settings::parse(text).expect("is without fault")
}

fn flow() -> Flow<MemoryStore> {
    Flow::new(MemoryStore::default(), settings())
}

async fn ingest<S: Store>(
    flow: &mut Flow<S>,
    batch: &Batch,
    told: &mut Recorded,
) -> Result<Ingested, FlowError> {
    let json = batch.json();
    let now_ms = START_MS + MINUTES * MINUTE_MS;
    flow.ingest(Payload::Json(json.as_bytes()), now_ms, told)
        .await
}

/// Everything that a store holds for the minutes, by the names of series, so that the order of
/// their admission does not matter.
async fn windows<S: Store>(flow: &mut Flow<S>) -> anyhow::Result<BTreeMap<String, String>> {
    let (mut found, mut said) = (BTreeMap::new(), BTreeMap::<String, u64>::new());
    for service in [SERVICE, "scoring", "atalaya-ingest", "atalaya"] {
        let catalog = catalog(flow, service).await?;
        for minute in 0..MINUTES {
            let minute = Minute::of_ms(START_MS).plus(minute);
            let window: Window = flow.store.window(service, minute).await?;
            for (slot, sums) in window {
                let (kind, name) = { catalog.iter() }
                    .find(|(at, ..)| *at == slot.0)
                    .map(|(_, kind, name)| (*kind, name.as_str()))
                    .context("a slot of the catalog")?;
                let latency: Vec<_> = sums.latency.buckets().collect();
                let what = (
                    sums.count,
                    sums.errors,
                    sums.client_errors,
                    &sums.causes,
                    latency,
                );
                if kind.is_message() {
                    // Lines that turned out to have one log pattern may be counted under several
                    // slots.
                    let told = format!("{service} {minute:?} {kind:?} {name}");
                    *said.entry(told).or_insert(0) += sums.count;
                    continue;
                }
                found.insert(
                    format!("{service} {minute:?} {kind:?} {name}"),
                    format!("{what:?}"),
                );
            }
        }
    }
    found.extend(said.into_iter().map(|(told, n)| (told, n.to_string())));
    Ok(found)
}

/// The slots of a service as the store has them.
async fn catalog<S: Store>(
    flow: &Flow<S>,
    service: &str,
) -> anyhow::Result<Vec<(u16, SeriesKind, String)>> {
    use atalaya_core::catalog::{Catalog, Slot};
    let key = atalaya_flow::documents::catalog::key(service);
    let catalog = match flow.store.load(&key).await? {
        Some(document) => Catalog::decode(&document.body)?,
        None => Catalog::default(),
    };
    let slots = 0..=catalog.len() as u16;
    let series = slots.filter_map(|at| {
        catalog
            .series(Slot(at))
            .map(|s| (at, s.kind, s.name.to_string()))
    });
    let messages = catalog.messages();
    let messages = messages.into_iter().map(|(slot, (series, first))| {
        let name = format!("{} since {first:?}", series.name);
        (slot.0, series.kind, name)
    });
    Ok(series.chain(messages).collect())
}

/// The totals of metric documents: each number by what it is of, latencies by value.
fn totals(documents: &[u8]) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut totals = BTreeMap::new();
    for line in documents
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let document: Value = serde_json::from_slice(line)?;
        let at = &document["_aws"]["Timestamp"];
        let of = ["Service", "Route", "Dependency"].map(|name| document[name].to_string());
        let mut add =
            |name: String, n: u64| *totals.entry(format!("{at} {of:?} {name}")).or_default() += n;
        for (name, value) in document.as_object().context("an object")? {
            if let Some(n) = value.as_u64() {
                add(name.clone(), n);
            }
            let lists = (value["Values"].as_array(), value["Counts"].as_array());
            if let (Some(values), Some(counts)) = lists {
                for (value, n) in values.iter().zip(counts) {
                    add(format!("{name} {value}"), n.as_u64().context("a count")?);
                }
            }
        }
    }
    totals.retain(|_, n| *n > 0);
    Ok(totals)
}

/// The results of batches: the windows, and the totals of all emitted metrics.
type Outcome = (BTreeMap<String, String>, BTreeMap<String, u64>);

async fn outcome(batches: &[Batch]) -> anyhow::Result<Outcome> {
    let (mut flow, mut told) = (flow(), Recorded::default());
    for batch in batches {
        ingest(&mut flow, batch, &mut told).await?;
    }
    Ok((windows(&mut flow).await?, totals(&told.documents)?))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn law_1_every_log_event_is_accounted_for(batches in batches()) {
        run(async {
            let (mut flow, mut told) = (flow(), Recorded::default());
            for again in [false, true] {
                for batch in &batches {
                    let ledger = ingest(&mut flow, batch, &mut told).await.expect("memory").ledger;
                    prop_assert!(ledger.balances(), "{ledger:?}");
                    prop_assert_eq!(ledger.received, batch.received());
                    let records = if again { 0 } else { ledger.records + ledger.continuations };
                    let taken = batch.received() - ledger.rejects() - ledger.filtered;
                    // A batch of continuation lines alone adds nothing by which a repetition could
                    // be recognised.
                    if ledger.windows > 0 || ledger.duplicates > 0 {
                        prop_assert_eq!(records + ledger.duplicates, taken);
                    }
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn law_2_what_comes_again_changes_nothing(
        batches in batches(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        failing in 0..8_u64,
    ) {
        run(async {
            let expected = outcome(&batches).await.expect("memory");
            // Every batch is delivered, in any order, and some are delivered again; the store fails
            // at one call of each attempt.
            let again = order.iter().map(|index| &batches[index.index(batches.len())]);
            let mut flow = Flow::new(FailingStore::new(MemoryStore::default()), settings());
            let mut told = Recorded::default();
            for batch in again.chain(&batches) {
                flow.store.fail_at(failing);
                if let Err(error) = ingest(&mut flow, batch, &mut told).await {
                    prop_assert_eq!(error.to_string(), "a write failed");
                    flow.store.heal();
                    ingest(&mut flow, batch, &mut told).await.expect("healed");
                }
            }
            flow.store.heal();
            prop_assert_eq!(windows(&mut flow).await.expect("memory"), expected.0);
            prop_assert_eq!(totals(&told.documents).expect("JSON"), expected.1);
            Ok(())
        })?;
    }

    #[test]
    fn law_3_cuts_and_order_do_not_show(batches in batches(), cut in any::<prop::sample::Index>()) {
        run(async {
            let expected = outcome(&batches).await.expect("memory");
            let mut pieces = Vec::new();
            for batch in &batches {
                let (mut front, mut back) = (batch.clone(), batch.clone());
                let at = cut.index(batch.events.len() + 1);
                back.events = front.events.split_off(at);
                // The last piece is delivered first.
                pieces.insert(0, front);
                pieces.insert(0, back);
            }
            prop_assert_eq!(outcome(&pieces).await.expect("memory"), expected);
            Ok(())
        })?;
    }

    /// A cut within a stack trace may cost its head the type of the error, and nothing else.
    #[test]
    fn law_3_a_cut_within_a_record_costs_no_request(records in prop::collection::vec(record(), 1..8), cut in any::<prop::sample::Index>()) {
        run(async {
            let lines: Vec<&str> = records.iter().flat_map(|record| record.lines()).collect();
            let events = lines.iter().enumerate().map(|(n, line)| (n as u32, (0, Some((*line).to_owned()))));
            let whole = Batch { stream: 1, group: "/ecs/prod/loan-api", kind: "DATA_MESSAGE", events: events.collect() };
            let mut front = whole.clone();
            let back = Batch { events: front.events.split_off(cut.index(lines.len() + 1)), ..whole.clone() };
            let (_, expected) = outcome(&[whole]).await.expect("memory");
            let (_, found) = outcome(&[back, front]).await.expect("memory");
            prop_assert_eq!(found, expected);
            Ok(())
        })?;
    }

    #[test]
    fn law_5_the_same_input_gives_the_same_bytes(batches in batches()) {
        run(async {
            let mut runs = Vec::new();
            for _ in 0..2 {
                let (mut flow, mut told) = (flow(), Recorded::default());
                for batch in &batches {
                    ingest(&mut flow, batch, &mut told).await.expect("memory");
                }
                let now_ms = START_MS + 10 * MINUTE_MS;
                flow.sweep_all(Minute::of_ms(START_MS), now_ms, &mut told).await.expect("memory");
                runs.push(told);
            }
            prop_assert_eq!(&runs[0], &runs[1]);
            Ok(())
        })?;
    }

    #[test]
    fn law_7_own_log_groups_are_not_read(batches in batches()) {
        run(async {
            let (mut flow, mut told) = (flow(), Recorded::default());
            for mut batch in batches {
                batch.group = "/aws/lambda/atalaya-notify";
                let ledger = ingest(&mut flow, &batch, &mut told).await.expect("memory").ledger;
                prop_assert_eq!(ledger.filtered + ledger.rejects(), batch.received());
                prop_assert_eq!((ledger.records, ledger.windows), (0, 0));
            }
            prop_assert_eq!(&told, &Recorded::default());
            prop_assert!(windows(&mut flow).await.expect("memory").is_empty());
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn law_8_no_secret_of_a_line_reaches_the_store(
        front in "[ a-zA-Z.,:\n]{0,520}",
        back in "[ a-zA-Z.,:]{0,40}",
        (before, secret, after) in planted(),
        form in 0..3_u8,
    ) {
        run(async {
            let text = format!("{front} {before}{secret}{after} {back}");
            let line = match form {
                0 => json!({"level": "error", "msg": text}).to_string(),
                1 => json!({"level": "error", "msg": "x", "body": json!({"m": text}).to_string()}).to_string(),
                _ => format!("2026-01-01 00:00:00 ERROR {}", text.replace('\n', " ")),
            };
            let batch = Batch {
                stream: 0,
                group: "/ecs/prod/loan-api",
                kind: "DATA_MESSAGE",
                events: vec![(1, (0, Some(line)))],
            };
            let mut flow = flow();
            let ingested = ingest(&mut flow, &batch, &mut Recorded::default()).await.expect("memory");
            prop_assert_eq!(ingested.ledger.excerpt_failures, 0);
            let samples = flow.store.list(DocumentKind::Excerpt, SERVICE, "", 9).await.expect("memory");
            prop_assert_eq!(samples.len(), 1);
            let sample = atalaya_core::excerpt::Excerpt::decode(&samples[0].body).expect("a sample");
            prop_assert!(!samples[0].body.contains(&secret), "{}", samples[0].body);
            prop_assert!(!sample.lines[0].text.contains(&secret), "{}", sample.lines[0].text);
            for (_, kind, name) in catalog(&flow, SERVICE).await.expect("memory") {
                prop_assert!(!name.contains(&secret), "{kind:?} {name}");
            }
            Ok(())
        })?;
    }
}

/// A batch is counted and its metrics are emitted even if its excerpt cannot be stored, and one
/// excerpt is stored per minute.
#[tokio::test]
async fn a_sample_costs_the_batch_nothing() -> anyhow::Result<()> {
    let batch = |id: u32, at: i64| Batch {
        stream: 0,
        group: "/ecs/prod/loan-api",
        kind: "DATA_MESSAGE",
        events: vec![(
            id,
            (at, Some(r#"{"level":"error","msg":"boom"}"#.to_owned())),
        )],
    };
    let store = FailingStore::new(MemoryStore::default());
    let mut flow = Flow::new(store, Settings::default());
    let mut told = Recorded::default();
    ingest(&mut flow, &batch(1, 0), &mut told).await?;
    // The marker and the window are written; the excerpt is not.
    flow.store.fail_at(2);
    let failed = ingest(&mut flow, &batch(2, MINUTE_MS), &mut told).await?;
    flow.store.heal();
    assert_eq!(
        (failed.ledger.excerpt_failures, failed.ledger.windows),
        (1, 2)
    );
    for (id, at) in [(3, MINUTE_MS), (4, MINUTE_MS + 1), (5, 1), (1, 0)] {
        let ingested = ingest(&mut flow, &batch(id, at), &mut told).await?;
        assert_eq!(ingested.ledger.excerpt_failures, 0, "{id}");
    }
    let samples = flow
        .store
        .list(DocumentKind::Excerpt, SERVICE, "", 9)
        .await?;
    let minutes: Vec<_> = samples.iter().map(|sample| &sample.id[..17]).collect();
    // The failing store wrote before it failed, so that minute 1 has that one, too.
    assert_eq!(
        minutes,
        [
            "2026-01-01T00:00Z",
            "2026-01-01T00:01Z",
            "2026-01-01T00:01Z"
        ]
    );
    Ok(())
}

/// Runs a service for some minutes with this many requests in each, of which some fail, and sweeps
/// after each.
async fn run_minutes(
    flow: &mut Flow<MemoryStore>,
    minutes: std::ops::Range<i64>,
    failed: usize,
    told: &mut Recorded,
) -> anyhow::Result<()> {
    let request = |status: u16| {
        Some(
            json!({"route": "/loan/apply", "method": "POST", "status": status, "latency_ms": 80})
                .to_string(),
        )
    };
    for minute in minutes {
        let events = (0..60).map(|n: usize| {
            let status = if n < failed { 500 } else { 200 };
            let id = minute as u32 * 100 + n as u32;
            (id, (minute * MINUTE_MS + n as i64 * 900, request(status)))
        });
        let batch = Batch {
            stream: 0,
            group: "/ecs/prod/loan-api",
            kind: "DATA_MESSAGE",
            events: events.collect(),
        };
        let now_ms = START_MS + (minute + 2) * MINUTE_MS;
        let json = batch.json();
        flow.ingest(Payload::Json(json.as_bytes()), now_ms, told)
            .await?;
        flow.sweep(SERVICE, Minute::of_ms(START_MS), now_ms, told)
            .await?;
    }
    Ok(())
}

/// Whether a spike was reported after a quiet time, and a second one like it after the first was
/// over.
#[tokio::test]
async fn law_4_a_spike_does_not_excuse_itself_nor_the_next() -> anyhow::Result<()> {
    const QUIET: i64 = 180;
    let (mut flow, mut told) = (flow(), Recorded::default());
    run_minutes(&mut flow, 0..QUIET, 0, &mut told).await?;
    assert_eq!(
        told.findings,
        Vec::<String>::new(),
        "a quiet service gives no cause to speak"
    );

    // Half of all requests fail for an hour. The first such minutes are found because a minute is
    // judged before it is learnt; because learning is frozen meanwhile, the last ones do not count
    // as normal either.
    run_minutes(&mut flow, QUIET..QUIET + 60, 30, &mut told).await?;
    assert!(
        told.incidents.iter().any(|told| told.starts_with("Open")),
        "{:?}",
        told.incidents
    );
    assert!(
        !told
            .incidents
            .iter()
            .any(|told| told.starts_with("Resolve")),
        "{:?}",
        told.incidents
    );

    run_minutes(&mut flow, QUIET + 60..QUIET + 180, 0, &mut told).await?;
    let resolved = told
        .incidents
        .iter()
        .filter(|told| told.starts_with("Resolve"))
        .count();
    assert_eq!(resolved, 1, "{:?}", told.incidents);

    let opened = told
        .incidents
        .iter()
        .filter(|told| told.starts_with("Open"))
        .count();
    run_minutes(&mut flow, QUIET + 180..QUIET + 200, 30, &mut told).await?;
    let opened_again = told
        .incidents
        .iter()
        .filter(|told| told.starts_with("Open"))
        .count();
    assert_eq!(
        opened_again,
        opened + 1,
        "the hour of failures was not learned as normal"
    );
    Ok(())
}
