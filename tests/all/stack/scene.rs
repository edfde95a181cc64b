//! Shared by the scenes in the applied stack: makes log lines of a service, and compares the
//! results of the stack with those of the reference.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use atalaya_aws::dynamo::DynamoStore;
use atalaya_core::series::{SeriesName, Sums};
use atalaya_core::settings::Settings;
use atalaya_core::time::Minute;
use atalaya_flow::store::Store;
use atalaya_tests::aws::{Aws, LogLine};
use atalaya_tests::local;
use atalaya_tests::samples::delivery;
use atalaya_tests::stack::Stack;
use serde_json::{Value, json};

use crate::flow_kill::{Totals, add, by_name};
use crate::reference::Reference;

/// How long the stack may take to show a result.
const PATIENCE: Duration = Duration::from_mins(2);

/// When the scenes begin: Thursday 2026-01-08 09:00 UTC.
pub(crate) const START_MS: i64 = 1_767_862_800_000;

/// Everything that is counted for a service: windows by minute and series, and the sums of its
/// metrics.
pub(crate) type Counted = (BTreeMap<(Minute, SeriesName), Sums>, Totals);

/// One service in the stack, and its reference.
pub(crate) struct Scene<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) aws: Aws,
    pub(crate) ingest: String,
    pub(crate) queue: String,
    service: &'static str,
    group: String,
    store: DynamoStore,
    reference: Reference,
    opened_ms: i64,
}

impl<'a> Scene<'a> {
    /// Opens the scene of a service, whose log group is `/bed/<service>`.
    pub(crate) fn open(
        stack: &'a Stack,
        settings: &Settings,
        service: &'static str,
    ) -> anyhow::Result<Self> {
        let table = stack.output("table_name")?;
        Ok(Self {
            stack,
            aws: stack.aws(),
            ingest: stack.function("ingest")?.to_owned(),
            queue: stack.output("failure_queue_url")?.to_owned(),
            service,
            group: format!("/bed/{service}"),
            // Bypasses the throttling proxy: the test's own reads must not be throttled.
            store: local::store(&stack.ministack.endpoint(), table)?,
            reference: Reference::with(settings.clone()),
            opened_ms: now_ms(),
        })
    }

    /// Writes lines into the service's log group, as its tasks would, and passes them to the
    /// reference as well.
    pub(crate) async fn write(&mut self, stream: &str, lines: &[LogLine]) -> anyhow::Result<()> {
        self.reference_gets(&self.event(stream, lines)?).await;
        self.aws.put_log_lines(&self.group, stream, lines)
    }

    /// Returns the event that a subscription would make of lines.
    pub(crate) fn event(&self, stream: &str, lines: &[LogLine]) -> anyhow::Result<Vec<u8>> {
        delivery(&self.group, stream, lines)
    }

    /// Lets the reference handle an event.
    pub(crate) async fn reference_gets(&mut self, event: &[u8]) {
        self.reference.handle(event).await;
    }

    /// Waits until the counts in the stack are those of the reference, and asserts that they are.
    pub(crate) async fn assert_counted(&self, story: &str) -> anyhow::Result<()> {
        assert!(
            self.reference.failures.is_empty(),
            "{:?}",
            self.reference.failures
        );
        let expected = self.expected().await?;
        ensure!(
            !expected.0.is_empty(),
            "{story}: the reference counted nothing"
        );
        let deadline = Instant::now() + PATIENCE;
        let mut counted = self.counted().await?;
        while counted != expected && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(500));
            counted = self.counted().await?;
        }
        assert_eq!(counted.0, expected.0, "{story}: windows");
        assert_eq!(counted.1, expected.1, "{story}: metrics");
        Ok(())
    }

    /// Returns the counts of the reference.
    pub(crate) async fn expected(&self) -> anyhow::Result<Counted> {
        let windows = self.windows(&self.reference.flow.store).await?;
        Ok((windows, self.totals(&self.reference.told.metrics)))
    }

    /// Returns the counts of the stack, and the log lines of its functions.
    pub(crate) async fn counted(&self) -> anyhow::Result<Counted> {
        let windows = self.windows(&self.store).await?;
        Ok((windows, self.totals(&self.said()?)))
    }

    /// Returns the log lines of `ingest` since the scene was opened.
    pub(crate) fn said(&self) -> anyhow::Result<Vec<String>> {
        self.said_since(self.opened_ms)
    }

    /// Returns the log lines of `ingest` since a moment, in milliseconds since the epoch.
    pub(crate) fn said_since(&self, since_ms: i64) -> anyhow::Result<Vec<String>> {
        let group = format!("/aws/lambda/{}", self.ingest);
        self.aws.log_lines(&group, since_ms)
    }

    async fn windows(
        &self,
        store: &impl Store,
    ) -> anyhow::Result<BTreeMap<(Minute, SeriesName), Sums>> {
        let mut windows = BTreeMap::new();
        for minute in &self.reference.told.minutes {
            let window = store.window(self.service, *minute).await?;
            if window.is_empty() {
                continue;
            }
            let series = by_name(store, self.service, window).await?;
            windows.extend(
                series
                    .into_iter()
                    .map(|(name, sums)| ((*minute, name), sums)),
            );
        }
        Ok(windows)
    }

    fn totals(&self, said: &[String]) -> Totals {
        let mut totals = Totals::new();
        for line in said.iter().filter(|line| line.starts_with(r#"{"_aws""#)) {
            add(&mut totals, line);
        }
        totals.retain(|(service, ..), _| service == self.service);
        totals
    }

    /// Waits until the failure queue holds so many messages.
    pub(crate) fn await_depth(&self, depth: u64) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.aws.depth(&self.queue)? != depth {
            let said = || self.said().unwrap_or_default().join("\n");
            ensure!(
                Instant::now() < deadline,
                "the failure queue holds {} messages, not {depth}; ingest said: {}",
                self.aws.depth(&self.queue)?,
                said()
            );
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Returns the sum of a metric that Lambda itself keeps of `ingest`.
    pub(crate) fn lambda_metric(&self, name: &str) -> anyhow::Result<f64> {
        let body = json!({
            "Namespace": "AWS/Lambda", "MetricName": name, "Period": 86_400, "Statistics": ["Sum"],
            "Dimensions": [{ "Name": "FunctionName", "Value": self.ingest }],
            "StartTime": "2020-01-01T00:00:00Z", "EndTime": "2100-01-01T00:00:00Z",
        });
        let target = "GraniteServiceVersion20100801";
        let answer = self
            .aws
            .call("monitoring", target, "GetMetricStatistics", &body)?;
        let points = answer["Datapoints"].as_array().context("no datapoints")?;
        Ok(points
            .iter()
            .filter_map(|point| point["Sum"].as_f64())
            .sum())
    }
}

/// Returns lines of a service from `from` on, half a dozen per second, some of them failures, in
/// three formats.
pub(crate) fn lines(from: u64, count: u64) -> Vec<LogLine> {
    let line = |n: u64| {
        // A different draw for each line, and the same in each run.
        let mut random = fastrand::Rng::with_seed(n);
        let at_ms = START_MS + (n * 17) as i64;
        let status = *random
            .choice(&[200, 200, 200, 201, 404, 503, 200, 200])
            .unwrap_or(&200);
        let path = format!(
            "/cart/{}/{}",
            random.u32(..50_000),
            random.choice(["pay", "items"]).unwrap_or("pay")
        );
        let latency = f64::from(random.u32(1_000..900_000)) / 1_000.0;
        let message = match random.u32(..10) {
            0 => format!("GET {path} {status} {latency}ms"),
            1 => format!("level=info method=POST path={path} status={status} duration={latency}ms"),
            2 => json!({ "level": "error", "msg": "payment declined", "error_type": "CardError" }).to_string(),
            _ => json!({
                "level": if status >= 500 { "error" } else { "info" },
                "method": "GET", "path": path, "status": status, "latency_ms": latency,
                "dependency": (["stripe", "aurora"][random.usize(..2)]), "dependency_ms": random.u32(1..300),
            })
            .to_string(),
        };
        LogLine { at_ms, message }
    };
    (from..from + count).map(line).collect()
}

/// Returns the machine's time in milliseconds since the epoch, under which CloudWatch Logs stores
/// log lines.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

/// Returns an event as JSON.
pub(crate) fn json_of(event: &[u8]) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(event)?)
}
