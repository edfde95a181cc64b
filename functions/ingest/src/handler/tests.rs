//! Tests the handler over a store in memory that can be made to fail, with both output streams
//! captured.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use atalaya_core::settings::Settings;
use atalaya_core::time::Minute;
use atalaya_core::window::{Part, Window};
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::store::{DocKey, Document, DocumentKind, Merge, Retry, Save, StoreError};
use atalaya_lambda::self_metric::Function;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::*;

const MS: i64 = 1_767_861_720_000;

/// A store that throttles once this many merges are done.
struct Throttled {
    memory: MemoryStore,
    merges: AtomicUsize,
}

impl Store for Throttled {
    async fn merge(&self, part: &Part) -> Result<Merge, StoreError> {
        let left = self.merges.load(Ordering::Relaxed);
        if left == 0 {
            return Err(StoreError {
                step: "merge".into(),
                retry: Retry::Later,
                source: "throttled".into(),
            });
        }
        self.merges.store(left - 1, Ordering::Relaxed);
        self.memory.merge(part).await
    }

    async fn window(&self, service: &str, minute: Minute) -> Result<Window, StoreError> {
        self.memory.window(service, minute).await
    }

    async fn load(&self, key: &DocKey) -> Result<Option<Document>, StoreError> {
        self.memory.load(key).await
    }

    async fn save(&self, key: &DocKey, expected: u64, body: &str) -> Result<Save, StoreError> {
        self.memory.save(key, expected, body).await
    }

    async fn list(
        &self,
        kind: DocumentKind,
        scope: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        self.memory.list(kind, scope, from, limit).await
    }
}

/// A captured output stream.
#[derive(Clone, Default)]
struct Caught(Arc<Mutex<Vec<u8>>>);

impl Write for Caught {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Caught {
    /// Returns the lines so far, each of which must be JSON.
    fn lines(&self) -> Vec<Value> {
        let bytes = self.0.lock().expect("nobody panics");
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        lines
            .map(|line| serde_json::from_slice(line).expect("a line is JSON"))
            .collect()
    }
}

struct Scene {
    handler: Handler<Throttled>,
    metrics: Caught,
    log: Caught,
}

fn scene(merges: usize, clock: Clock) -> Scene {
    let settings = Settings {
        own_log_groups: vec!["/own".into()],
        ..Settings::default()
    };
    let (metrics, log) = (Caught::default(), Caught::default());
    let output = Output::on(Box::new(metrics.clone()), Box::new(log.clone()));
    let store = Throttled {
        memory: MemoryStore::default(),
        merges: merges.into(),
    };
    Scene {
        handler: Handler::new(
            Flow::new(store, Settings::default()),
            SettingsCache::of_file(settings),
            clock,
            "ingest".into(),
            output,
        ),
        metrics,
        log,
    }
}

impl Scene {
    async fn handle(&mut self, event: &Value) -> Result<Value, FlowError> {
        let answer = self
            .handler
            .handle(event.to_string().as_bytes(), MS)
            .await?;
        Ok(serde_json::to_value(answer).expect("an answer encodes"))
    }

    /// Returns the value of one of the last invocation's self-metrics.
    fn told(&self, name: &str) -> u64 {
        let last = self.metrics.lines().pop().expect("something is told");
        last[name].as_u64().expect("it is a count")
    }

    /// Returns level and message of the lines of the log.
    fn logged(&self) -> Vec<String> {
        let told = |line: &Value| format!("{} {}", line["level"], line["message"]);
        let lines = self.log.lines();
        lines
            .iter()
            .map(|line| told(line).replace('"', ""))
            .collect()
    }
}

/// Returns the gzip of a batch of one request, `minutes` after [`MS`].
fn gzip(group: &str, minutes: i64) -> Vec<u8> {
    let line = r#"{"service":"loan-api","method":"GET","path":"/a","status":200,"latency_ms":5}"#;
    let batch = json!({
        "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": group, "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": [
            {"id": format!("{group}{minutes}"), "timestamp": MS + minutes * 60_000, "message": line}
        ],
    });
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    write!(gzip, "{batch}").expect("memory takes it");
    gzip.finish().expect("memory takes it")
}

fn direct(gzip: &[u8]) -> Value {
    json!({"awslogs": {"data": STANDARD.encode(gzip)}})
}

fn kinesis(payloads: &[&[u8]]) -> Value {
    let record = |(n, gzip): (usize, &&[u8])| {
        json!({"eventID": format!("shard:{n}"), "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": "p", "sequenceNumber": n.to_string(),
            "data": STANDARD.encode(gzip), "approximateArrivalTimestamp": 1_545_084_650.987}})
    };
    json!({"Records": payloads.iter().enumerate().map(record).collect::<Vec<_>>()})
}

fn failed(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().expect("a list");
    let names = failures.iter().filter_map(|f| f["itemIdentifier"].as_str());
    names.collect()
}

#[tokio::test]
async fn each_self_metric_of_the_table_is_emitted_and_no_other() {
    let mut scene = scene(99, Clock::Wall);
    let failed = scene.handle(&json!({})).await;
    failed.expect_err("is no delivery");
    let document = scene.metrics.lines().pop().expect("one document");
    let keys = document.as_object().expect("an object").keys();
    let mut names: Vec<&str> = keys.map(String::as_str).collect();
    names.retain(|name| !["_aws", "Function"].contains(name));
    names.sort_unstable();
    assert_eq!(names, Function::Ingest.metric_names());
}

#[tokio::test]
async fn a_record_that_cannot_be_opened_is_rejected_and_named() {
    let mut scene = scene(99, Clock::Wall);
    let (first, third) = (gzip("/a", 0), gzip("/a", 1));
    let event = kinesis(&[&first, b"no gzip", &third]);
    let answer = scene.handle(&event).await.expect("is handled");
    assert_eq!(failed(&answer), ["1"]);
    assert_eq!((scene.told("Records"), scene.told("Rejected")), (2, 1));
    assert_eq!((scene.told("Received"), scene.told("Failures")), (3, 0));
    assert_eq!(scene.logged(), ["ERROR record rejected"]);
    assert_eq!(scene.log.lines()[0]["sequence_number"], "1");
}

#[tokio::test]
async fn from_the_first_record_that_fails_all_come_again() {
    let mut scene = scene(2, Clock::Wall);
    let payloads = [0, 1, 2, 3].map(|minute| gzip("/a", minute));
    let event = kinesis(&payloads.each_ref().map(Vec::as_slice));
    let answer = scene.handle(&event).await.expect("is answered");
    assert_eq!(failed(&answer), ["2", "3"]);
    assert_eq!((scene.told("Records"), scene.told("Failures")), (2, 1));
    assert_eq!(scene.logged(), ["WARN record comes again"]);

    // What was counted at the first attempt is not counted again, and the rest is.
    scene.handler.flow.store.merges.store(99, Ordering::Relaxed);
    let answer = scene.handle(&event).await.expect("is answered");
    assert_eq!(failed(&answer), [""; 0]);
    assert_eq!((scene.told("Records"), scene.told("Duplicates")), (2, 2));
}

#[tokio::test]
async fn what_cannot_be_opened_is_counted_and_fails_for_good() {
    let mut scene = scene(99, Clock::Wall);
    for event in [direct(b"no gzip"), json!({"what": 1}), json!([])] {
        let error = scene.handle(&event).await.expect_err("cannot be opened");
        assert_eq!(type_of(&error), "NonRetryable");
        assert_eq!((scene.told("Rejected"), scene.told("Failures")), (1, 1));
    }
    assert_eq!(scene.logged(), ["ERROR delivery failed"; 3]);
}

#[tokio::test]
async fn the_functions_own_log_group_is_left_out_and_told_of_once() {
    let mut scene = scene(99, Clock::Wall);
    let event = direct(&gzip("/own", 0));
    for _ in 0..2 {
        scene.handle(&event).await.expect("is left out");
        assert_eq!((scene.told("Filtered"), scene.told("Windows")), (1, 0));
    }
    assert_eq!(scene.logged(), ["ERROR subscribed to own log group"]);
}
