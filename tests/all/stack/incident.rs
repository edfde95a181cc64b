//! The reference incident from end to end: its log lines and deployments go in, and the channels
//! get the messages that a replay in memory reports: that the incident opened, and that it was
//! resolved.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use atalaya_cli::input::{self, Body};
use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::settings::Settings;
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_flow::evaluate_closed::closed_at;
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::{Flow, Payload, Sink, changes};
use atalaya_render::wire::v1::IncidentLine;
use atalaya_tests::aws::LogLine;
use atalaya_tests::far_end::{FarEnd, PARAMETER, SECRET_PATH, TOPIC_PATH};
use serde::Deserialize;
use serde_json::Value;

use super::scene::{Scene, now_ms};
use crate::conventions::root;

const GROUP: &str = "/bed/loan-api";

/// Lines are put by the hour: the result does not depend on how a stream is cut, and there are days
/// of lines.
const HOUR_MS: i64 = 3_600_000;

/// 2026-01-01T00:00:00Z.
const JANUARY_MS: i64 = 1_767_225_600_000;

/// How long a message may take from the table to its receiver.
const PATIENCE: Duration = Duration::from_mins(1);

/// The fields of a batch that are written to the log group.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    log_stream: String,
    log_events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    timestamp: i64,
    message: String,
}

/// Plays the incident and compares the messages that receivers got.
pub(super) fn opens_and_resolves(scene: &Scene<'_>, settings: &Settings) -> anyhow::Result<()> {
    // The replay has a runtime of its own, which cannot start within this test's.
    let told = thread::scope(|scope| scope.spawn(|| in_memory(settings)).join());
    let told = told.map_err(|_| anyhow::anyhow!("the story in memory panicked"))??;
    let far = FarEnd::start()?;
    let topic = scene.stack.output("topic_arn")?;
    let hook = format!("{}{SECRET_PATH}", far.endpoint());
    scene.aws.put_secret(PARAMETER, &hook)?;
    subscribe(scene, topic, &far)?;

    let mut hours = BTreeMap::<_, Vec<Event>>::new();
    let mut changes = Vec::new();
    for arrival in input::open_as(&incident(), settings, Some(GROUP)).arrivals {
        match arrival?.body {
            Body::Payload { bytes, .. } => {
                let batch: Batch = serde_json::from_slice(&bytes)?;
                for event in batch.log_events {
                    let hour = event.timestamp / HOUR_MS;
                    let events = hours.entry((hour, batch.log_stream.clone())).or_default();
                    events.push(event);
                }
            }
            Body::Change(event) => changes.push(event),
        }
    }
    for ((_, stream), mut events) in hours {
        events.sort_by_key(|event| event.timestamp);
        write(scene, &stream, &events)?;
    }
    let function = scene.stack.function("changes")?;
    for event in changes {
        // EventBridge takes no event in the name of ECS from anybody else, so the function is
        // invoked directly.
        let answered = scene.aws.invoke(function, event.as_bytes())?;
        ensure!(!answered.failed, "{}", answered.body);
    }
    let sweep = scene.stack.function("sweep")?;
    for (day, hour, minute) in ticks() {
        let tick = format!(r#"{{"time":"2026-01-{day:02}T{hour:02}:{minute:02}:00Z"}}"#);
        let answered = scene.aws.invoke(sweep, tick.as_bytes())?;
        ensure!(!answered.failed, "{}", answered.body);
    }

    // The id of a message names the incident, the event and its time; there may be messages about
    // the services of other scenes too.
    let messages = told.iter().map(|(event, line)| {
        let id = line["id"].as_str().context("an incident has an id")?;
        anyhow::Ok((
            format!("{id}/{event}/"),
            format!("{id}/{event}/{}", line["at"]),
        ))
    });
    let messages = messages.collect::<Result<Vec<_>, _>>()?;
    let (posts, notified) = arrived(&far, &messages[1].1)?;
    for (receiver, texts) in [("the web hook", &posts), ("the topic", &notified)] {
        for (kind, id) in &messages {
            let about = |part: &str| texts.iter().filter(|text| text.contains(part)).count();
            assert_eq!(
                (about(kind), about(id)),
                (1, 1),
                "{receiver}: {id}: {texts:#?}"
            );
        }
        let opened = texts.iter().find(|text| text.contains(&messages[0].1));
        let opened = opened.context("somebody was told that it opened")?;
        assert!(
            opened.contains("scoring deployed 02:10Z"),
            "{receiver}: {opened}"
        );
    }
    Ok(())
}

/// Returns when the sweep runs: day of January 2026, hour and minute. The first sweep of a service
/// begins with the minute before; from then on, each tick closes all minutes that are due.
fn ticks() -> impl Iterator<Item = (i64, i64, i64)> {
    let ticks = (5..=8).flat_map(|day| [0, 6, 12, 18].map(|hour| (day, hour)));
    let ticks = ticks.take_while(|tick| *tick <= (8, 12));
    ticks.map(|(day, hour)| (day, hour, if (day, hour) == (8, 12) { 31 } else { 2 }))
}

/// A sink that keeps the events of incidents.
#[derive(Default)]
struct Recorded(Vec<Value>);

impl Sink for Recorded {
    fn metrics(&mut self, _: Minute, _: &[u8]) {}
    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}
    fn incident(&mut self, event: AlertEvent, incident: &Incident) {
        let line = serde_json::to_value(IncidentLine::of(event, &incident.first));
        self.0.push(line.expect("plain values always encode"));
    }
}

/// Returns the events that the same input over a store in memory reports for the incident: that it
/// opened, and that it was resolved. A replay would report it within the minute; here, as in the
/// scene, the lines of whole hours are stored before a sweep runs.
fn in_memory(settings: &Settings) -> anyhow::Result<[(&'static str, Value); 2]> {
    let mut told = Recorded::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let mut flow = Flow::new(MemoryStore::default(), settings.clone());
        for arrival in input::open_as(&incident(), settings, Some(GROUP)).arrivals {
            let arrival = arrival?;
            match &arrival.body {
                Body::Payload { bytes, .. } => {
                    let payload = Payload::Json(bytes);
                    flow.ingest(payload, arrival.last_ms, &mut told).await?;
                }
                Body::Change(event) => {
                    changes::keep(&flow.store, event).await?;
                }
            }
        }
        for (day, hour, minute) in ticks() {
            let now_ms = JANUARY_MS + (((day - 1) * 24 + hour) * 60 + minute) * MINUTE_MS;
            flow.sweep_all(closed_at(now_ms), now_ms, &mut told).await?;
        }
        anyhow::Ok(())
    })?;
    let incidents = told.0;
    let only = |event: &'static str| {
        let mut lines = incidents.iter().filter(|line| line["event"] == event);
        let first = lines
            .next()
            .with_context(|| format!("the story in memory tells of no {event}"))?;
        ensure!(
            lines.next().is_none(),
            "the story in memory tells of more than one {event}"
        );
        anyhow::Ok((event, first.clone()))
    };
    Ok([only("open")?, only("resolve")?])
}

/// Returns the files of the incident.
fn incident() -> [PathBuf; 1] {
    [root().join("events/reference-incident")]
}

/// Puts an hour of a stream into the subscribed log group and waits until it was handled: hours
/// must be handled in order.
fn write(scene: &Scene<'_>, stream: &str, events: &[Event]) -> anyhow::Result<()> {
    let line = |event: &Event| LogLine {
        at_ms: event.timestamp,
        message: event.message.clone(),
    };
    let lines: Vec<_> = events.iter().map(line).collect();
    // No log line about the batch before can have this time.
    thread::sleep(Duration::from_millis(2));
    let since_ms = now_ms();
    scene.aws.put_log_lines(GROUP, stream, &lines)?;
    let deadline = Instant::now() + PATIENCE;
    let report = |line: &String| line.starts_with("REPORT ");
    while !scene.said_since(since_ms)?.iter().any(report) {
        ensure!(Instant::now() < deadline, "ingest was not invoked");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn subscribe(scene: &Scene<'_>, topic: &str, far: &FarEnd) -> anyhow::Result<()> {
    scene
        .aws
        .subscribe(topic, &format!("{}{TOPIC_PATH}", far.endpoint()))?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(asked) = far.notified().first() {
            let token = asked["Token"]
                .as_str()
                .context("a confirmation has a token")?;
            return scene.aws.confirm(topic, token);
        }
        ensure!(
            Instant::now() < deadline,
            "the topic asks for no confirmation"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// Waits for the last message at both receivers and returns all messages that they got, as text.
fn arrived(far: &FarEnd, last: &str) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut posts, mut notified) = (Vec::new(), Vec::new());
    let over = |messages: &[String]| messages.iter().any(|text| text.contains(last));
    let deadline = Instant::now() + PATIENCE;
    while !(over(&posts) && over(&notified)) {
        ensure!(
            Instant::now() < deadline,
            "nobody was told that it is over: {posts:#?} {notified:#?}"
        );
        thread::sleep(Duration::from_millis(200));
        posts.extend(far.posts().iter().map(Value::to_string));
        notified.extend(far.notified().iter().map(Value::to_string));
    }
    // Waits for any further message, which would be one too many.
    thread::sleep(Duration::from_secs(3));
    posts.extend(far.posts().iter().map(Value::to_string));
    notified.extend(far.notified().iter().map(Value::to_string));
    Ok((posts, notified))
}
