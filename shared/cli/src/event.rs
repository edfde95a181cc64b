//! `atalaya event`: turns log lines into a Lambda event as the service would send it, and an event
//! back into a readable batch.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use atalaya_core::settings::Settings;
use atalaya_logs::batch::Inflater;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::diagnostics;
use crate::input::envelope::Envelope;
use crate::input::{Body, Content, Form, InputFault, Reading, inflated, readings};
use crate::outcome::{Failure, Outcome};

/// The most events of one batch, as CloudWatch Logs has it.
const MAX_EVENTS: usize = 10_000;

/// The most bytes of an event that Lambda accepts from a service that calls it and does not wait, in base64 of gzip.
const MAX_PAYLOAD: usize = 1_000_000;

/// What to do with Lambda events.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a Lambda event of log lines
    Make(MakeArgs),
    /// Show the batches in a Lambda event as readable JSON
    Show(ShowArgs),
}

/// The arguments of `atalaya event make`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Example:
  atalaya event make --log-group /ecs/prod/loan-api -o event.json app.log
  cargo lambda invoke ingest --data-file event.json")]
pub(crate) struct MakeArgs {
    /// The log group; by default that of the lines, or the file's name
    #[arg(long, value_name = "GROUP")]
    pub(crate) log_group: Option<String>,
    /// The log stream; by default that of the lines, or the file's name
    #[arg(long, value_name = "STREAM")]
    pub(crate) log_stream: Option<String>,
    /// The account that owns the log group
    #[arg(long, value_name = "ACCOUNT", default_value = "123456789012")]
    pub(crate) owner: String,
    /// Wrap the batches as a Kinesis stream delivers them
    #[arg(long)]
    pub(crate) kinesis: bool,
    /// Where to write the event; standard output unless told
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// A file of log lines, or - for standard input
    #[arg(value_name = "LINES")]
    pub(crate) lines: PathBuf,
}

/// The arguments of `atalaya event show`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ShowArgs {
    /// A file with a Lambda event, or - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Makes or shows a Lambda event.
pub(crate) fn run(command: &Command, out: &mut impl Write) -> Result<Outcome, Failure> {
    match command {
        Command::Make(args) => make(args, out),
        Command::Show(args) => show(args, out),
    }
}

/// Makes a Lambda event of a file of log lines, or of a readable batch.
fn make(args: &MakeArgs, out: &mut impl Write) -> Result<Outcome, Failure> {
    let (reading, mut faults) = only(&args.lines, args.log_group.as_deref())?;
    let batches = batches(&reading, args, &mut faults)?;
    let mut payloads = Vec::with_capacity(batches.len());
    for batch in &batches {
        payloads.push(gzip(batch)?);
    }
    let event = if args.kinesis {
        kinesis(&payloads)
    } else {
        let [payload] = payloads.as_slice() else {
            let problem = format!(
                "makes {} batches, and a direct event holds one",
                payloads.len()
            );
            let remedy = "add --kinesis, name one --log-stream, or give fewer lines";
            return Err(InputFault::new(reading.name(), problem, remedy).into());
        };
        let data = STANDARD.encode(payload);
        if data.len() > MAX_PAYLOAD {
            let problem = format!(
                "makes an event of {} bytes; Lambda takes no such",
                data.len()
            );
            return Err(InputFault::new(reading.name(), problem, "give fewer lines").into());
        }
        json!({"awslogs": {"data": data}})
    };
    let mut text = event.to_string();
    text.push('\n');
    match &args.out {
        Some(path) => fs::write(path, text).map_err(|error| {
            let name = path.display().to_string();
            InputFault::new(
                &name,
                format!("cannot be written: {error}"),
                "name a file in a folder that exists and may be written to",
            )
        })?,
        None => out.write_all(text.as_bytes())?,
    }
    Ok(diagnostics::faults(&faults))
}

/// Shows the batches of a Lambda event as readable JSON.
fn show(args: &ShowArgs, out: &mut impl Write) -> Result<Outcome, Failure> {
    let (reading, mut faults) = only(&args.file, None)?;
    let Content::Documents(mut documents) = reading.content()? else {
        let problem = format!("is no event but a {}", reading.kind());
        let remedy = "make an event of it with atalaya event make";
        return Err(InputFault::new(reading.name(), problem, remedy).into());
    };
    let mut inflater = Inflater::default();
    while let Some(document) = documents.next() {
        let document = match document {
            Ok(document) => document,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let json = match &document.body {
            Body::Payload { bytes, form } => inflated(&mut inflater, bytes, *form),
            Body::Change(json) => Ok(json.as_bytes()),
        };
        let json = match json {
            Ok(json) => String::from_utf8_lossy(json),
            Err(error) => {
                faults.push(documents.fault(document.line, &error));
                continue;
            }
        };
        match serde_json::from_str::<Shown>(&json) {
            Ok(shown) => {
                serde_json::to_writer_pretty(&mut *out, &shown).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
            Err(error) => {
                let problem = format!("batch is not whole JSON: {error}");
                let remedy = "fetch the event again; replay still counts what it can";
                let fault = InputFault::new(reading.name(), problem, remedy);
                faults.push(fault.at_line(document.line));
            }
        }
    }
    out.flush()?;
    Ok(diagnostics::faults(&faults))
}

/// A batch, or any other JSON, in the order in which a person reads it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Shown {
    Batch(ShownBatch),
    Other(Value),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShownBatch {
    message_type: Value,
    owner: Value,
    log_group: Value,
    log_stream: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    subscription_filters: Vec<Value>,
    log_events: Vec<ShownEvent>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ShownEvent {
    Event {
        id: String,
        timestamp: i64,
        message: String,
        #[serde(flatten)]
        others: Map<String, Value>,
    },
    Other(Value),
}

/// Opens the one file that a command takes.
fn only(path: &Path, log_group: Option<&str>) -> Result<(Reading, Vec<InputFault>), Failure> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(InputFault::new(&name, "is a folder", "give one file of it").into());
    }
    let (mut readings, mut faults) = readings(&[path.to_owned()], &Settings::default(), log_group);
    match (readings.pop(), faults.pop()) {
        (Some(reading), None) => Ok((reading, Vec::new())),
        (_, Some(fault)) => Err(fault.into()),
        (None, None) => Err(InputFault::new(&name, "holds nothing", "give log lines").into()),
    }
}

/// Returns the batches of a file: of log lines, one a stream and 10,000 events; of batches, those themselves.
fn batches(
    reading: &Reading,
    args: &MakeArgs,
    faults: &mut Vec<InputFault>,
) -> Result<Vec<Vec<u8>>, Failure> {
    let entries = match reading.content()? {
        Content::Entries(entries) => entries,
        Content::Documents(documents) => {
            let mut batches = Vec::new();
            for document in documents {
                let Body::Payload {
                    bytes,
                    form: Form::Json,
                } = document?.body
                else {
                    let remedy = "give log lines or a readable batch";
                    let fault = InputFault::new(reading.name(), "is an event already", remedy);
                    return Err(fault.into());
                };
                if let Err(error) = serde_json::from_slice::<IgnoredAny>(&bytes) {
                    let problem = format!("batch is not whole JSON: {error}");
                    let fault = InputFault::new(reading.name(), problem, "give the whole batch");
                    return Err(fault.into());
                }
                batches.push(bytes);
            }
            return Ok(batches);
        }
    };
    let group = reading.log_group();
    let named: Option<Arc<str>> = args.log_stream.as_deref().map(Into::into);
    let mut full = Vec::new();
    let mut open: BTreeMap<Arc<str>, (usize, Envelope)> = BTreeMap::new();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let stream = named.clone().unwrap_or(entry.stream);
        let begin = |part: usize| {
            let mark = if part == 0 {
                String::new()
            } else {
                format!("-{part}")
            };
            Envelope::new(&args.owner, &group, &stream, mark)
        };
        let (part, envelope) = open
            .entry(Arc::clone(&stream))
            .or_insert_with(|| (0, begin(0)));
        if envelope.events() == MAX_EVENTS {
            *part += 1;
            full.push(std::mem::replace(envelope, begin(*part)).finish());
        }
        envelope.add(entry.timestamp_ms, &entry.message);
    }
    full.extend(open.into_values().map(|(_, envelope)| envelope.finish()));
    Ok(full)
}

fn gzip(json: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json)?;
    encoder.finish()
}

/// Wraps payloads as a Kinesis stream delivers them. Kinesis's numbers and dates are constants, so
/// that the same lines make the same event.
fn kinesis(payloads: &[Vec<u8>]) -> Value {
    const STREAM: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/logs";
    let record = |(at, payload): (usize, &Vec<u8>)| {
        let sequence = format!("{at:056}");
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": format!("{at:032x}"),
                "sequenceNumber": sequence,
                "data": STANDARD.encode(payload),
                "approximateArrivalTimestamp": 1_767_571_200.0,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": format!("shardId-000000000000:{sequence}"),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/atalaya",
            "awsRegion": "us-east-1",
            "eventSourceARN": STREAM,
        })
    };
    let records: Vec<Value> = payloads.iter().enumerate().map(record).collect();
    json!({ "Records": records })
}
