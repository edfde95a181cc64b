//! The sample deliveries of `events/`: each encoded event is made from a readable batch beside it, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::aws::{ACCOUNT, LogLine};

/// In a readable batch, stands for a byte that is not UTF-8.
const BAD_BYTE: &str = "{byte 0xff}";

/// The inflated size of the decompression bomb: more than a payload of its size may have.
const BOMB_BYTES: usize = 32 << 20;

/// A batch as CloudWatch Logs writes it, its keys in its order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Batch {
    message_type: String,
    owner: String,
    log_group: String,
    log_stream: String,
    subscription_filters: Vec<String>,
    log_events: Vec<LogEvent>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogEvent {
    id: String,
    timestamp: i64,
    message: String,
}

/// Makes all encoded events from the readable batches of a folder and returns them by file name.
///
/// # Errors
/// If a batch is missing or not one.
pub fn make(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut made = BTreeMap::new();
    let mut put = |name: &str, event: &Value| {
        let mut text = serde_json::to_vec_pretty(event)?;
        text.push(b'\n');
        made.insert(format!("{name}.event.json"), text);
        anyhow::Ok(())
    };
    for name in [
        "direct-json",
        "stack-trace",
        "mixed-services",
        "out-of-order",
        "control-message",
        "empty-batch",
        "own-log-group",
    ] {
        put(name, &direct(&gzip(&compact(&read(folder, name)?)?)?))?;
    }

    let whole = compact(&read::<Batch>(folder, "two-members")?)?;
    let (head, tail) = whole.split_at(whole.len() / 2);
    put("two-members", &direct(&[gzip(head)?, gzip(tail)?].concat()))?;

    let marked = compact(&read::<Batch>(folder, "invalid-utf8")?)?;
    put("invalid-utf8", &direct(&gzip(&unmark(&marked)?)?))?;

    let whole = gzip(&compact(&read::<Batch>(folder, "direct-json")?)?)?;
    put("truncated-gzip", &direct(&whole[..whole.len() / 2]))?;
    put("bomb", &direct(&gzip(&vec![b' '; BOMB_BYTES])?))?;

    let [first, third]: [Batch; 2] = read(folder, "kinesis")?;
    let (first, third) = (gzip(&compact(&first)?)?, gzip(&compact(&third)?)?);
    let cut = &first[..first.len() / 2];
    put("kinesis", &kinesis(&[&first, cut, &third]))?;
    Ok(made)
}

/// Makes the event in which a subscription delivers lines of a stream; the same lines give the same
/// event.
///
/// # Errors
/// If it cannot be encoded.
pub fn delivery(group: &str, stream: &str, lines: &[LogLine]) -> anyhow::Result<Vec<u8>> {
    let event = |(n, line): (usize, &LogLine)| LogEvent {
        id: format!("{:038}{n:018}", line.at_ms),
        timestamp: line.at_ms,
        message: line.message.clone(),
    };
    let batch = Batch {
        message_type: "DATA_MESSAGE".into(),
        owner: ACCOUNT.into(),
        log_group: group.into(),
        log_stream: stream.into(),
        subscription_filters: vec!["atalaya".into()],
        log_events: lines.iter().enumerate().map(event).collect(),
    };
    Ok(serde_json::to_vec(&direct(&gzip(&compact(&batch)?)?))?)
}

fn read<T: for<'de> Deserialize<'de>>(folder: &Path, name: &str) -> anyhow::Result<T> {
    let path = folder.join(format!("{name}.batch.json"));
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no batch", path.display()))
}

fn compact(batch: &Batch) -> anyhow::Result<Vec<u8>> {
    Ok(serde_json::to_vec(batch)?)
}

/// Compresses into one gzip member without a time, so that the same input gives the same bytes.
fn gzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?)
}

/// Puts the bad byte wherever the text marks it.
fn unmark(marked: &[u8]) -> anyhow::Result<Vec<u8>> {
    let text = std::str::from_utf8(marked)?;
    ensure!(text.contains(BAD_BYTE), "nothing is marked {BAD_BYTE}");
    let parts: Vec<_> = text.split(BAD_BYTE).map(str::as_bytes).collect();
    Ok(parts.join(&0xff))
}

fn direct(gzip: &[u8]) -> Value {
    json!({ "awslogs": { "data": STANDARD.encode(gzip) } })
}

fn kinesis(payloads: &[&[u8]]) -> Value {
    let stream = "arn:aws:kinesis:us-east-1:123456789012:stream/atalaya";
    let record = |(n, gzip): (usize, &&[u8])| {
        let number = format!("4968461160350000000000000000000000000000000000000000{n:04}");
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": format!("{n:032x}"),
                "sequenceNumber": number,
                "data": STANDARD.encode(gzip),
                "approximateArrivalTimestamp": 1_767_861_783.5,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": format!("shardId-000000000000:{number}"),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/atalaya-ingest",
            "awsRegion": "us-east-1",
            "eventSourceARN": stream,
        })
    };
    json!({ "Records": (1..).zip(payloads).map(record).collect::<Vec<_>>() })
}
