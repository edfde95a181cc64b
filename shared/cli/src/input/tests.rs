//! Tests of the inputs as the rest of the command sees them: the deliveries, their order, and the
//! errors for bad input.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use atalaya_core::settings::Settings;
use atalaya_logs::batch::{Batch, Inflater};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// Gzips bytes.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory does not fail");
    encoder.finish().expect("memory does not fail")
}

/// Returns a batch with events at these times.
fn batch(stream: &str, times: &[i64]) -> String {
    let mut envelope = envelope::Envelope::new("1", "/ecs/g", stream, String::new());
    for time in times {
        envelope.add(*time, "m");
    }
    String::from_utf8(envelope.finish()).expect("is JSON")
}

/// Returns a direct Lambda event of a batch.
fn direct(batch: &str) -> String {
    let data = STANDARD.encode(gzip(batch.as_bytes()));
    format!(r#"{{"awslogs":{{"data":"{data}"}}}}"#)
}

/// Returns a Kinesis event of batches.
fn kinesis(batches: &[&str]) -> String {
    let record = |batch: &&str| {
        let data = STANDARD.encode(gzip(batch.as_bytes()));
        format!(
            r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"p","sequenceNumber":"1",
            "data":"{data}","approximateArrivalTimestamp":1545084650.987}}}}"#
        )
    };
    let records: Vec<String> = batches.iter().map(record).collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// Writes files into a folder and opens it.
fn open_files(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Opened) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("lies in the folder")).expect("can be made");
        fs::write(path, content).expect("can be written");
    }
    let opened = open(&[folder.path().to_owned()], &Settings::default());
    (folder, opened)
}

fn short(name: &str, folder: &Path) -> String {
    let path = PathBuf::from(name);
    let inner = path.strip_prefix(folder).unwrap_or(&path);
    inner.display().to_string()
}

/// Shows an arrival as `file first..last group/stream xEVENTS`.
fn show_one(arrival: Result<Arrival, InputFault>, folder: &Path) -> String {
    let arrival = match arrival {
        Ok(arrival) => arrival,
        Err(fault) => {
            let line = fault.line.map_or(String::new(), |line| format!(":{line}"));
            return format!("{}{line} {}", short(&fault.source, folder), fault.problem);
        }
    };
    let source = short(&arrival.source, folder);
    let (first, last) = (arrival.first_ms, arrival.last_ms);
    let Body::Payload { bytes, form } = &arrival.body else {
        return format!("{source} {last} change");
    };
    let mut inflater = Inflater::default();
    let json = match form {
        Form::Base64 => inflater.base64_gzip(bytes),
        Form::Gzip => inflater.gzip(bytes),
        Form::Json => Ok(bytes.as_slice()),
    };
    let batch = Batch::open(json.expect("opens")).expect("is a batch");
    let events: Vec<_> = batch
        .events()
        .map(|event| event.expect("is whole"))
        .collect();
    let ids: std::collections::HashSet<_> = events.iter().map(|e| e.id.text()).collect();
    assert_eq!(ids.len(), events.len(), "ids differ");
    format!(
        "{source} {first}..{last} {}/{} x{}",
        batch.group,
        batch.stream,
        events.len()
    )
}

fn show(files: &[(&str, &[u8])]) -> Vec<String> {
    let (folder, mut opened) = open_files(files);
    let faults = opened.faults.iter();
    let mut shown: Vec<String> = faults
        .map(|fault| format!("{}: {}", short(&fault.source, folder.path()), fault.problem))
        .collect();
    let first: Vec<_> = opened.arrivals.by_ref().collect();
    opened.arrivals.rewind();
    let again: Vec<_> = opened.arrivals.by_ref().collect();
    assert_eq!(first, again, "a second reading gives the same");
    let arrivals = first.into_iter();
    shown.extend(arrivals.map(|arrival| show_one(arrival, folder.path())));
    shown
}

const T: i64 = 1_767_571_200_000; // 2026-01-05T00:00:00Z

#[test]
fn each_kind_arrives_as_batches() {
    let tail = "2026-01-05T00:00:00.500000+00:00 s/1 a\n2026-01-05T00:00:01.000000+00:00 s/2 b\n\
                2026-01-05T00:00:02.000000+00:00 s/1 c\n\tat d\n";
    let filter = r#"{"events":[{"logStreamName":"s","timestamp":1767571200000,"message":"a","eventId":"1"},
        {"logStreamName":"s","timestamp":1767571260000,"message":"a","eventId":"2"}],"searchedLogStreams":[]}"#;
    let change = r#"{"version":"0","id":"e","detail-type":"ECS Deployment State Change","source":"aws.ecs",
        "account":"1","time":"2026-01-05T00:00:00Z","region":"r",
        "resources":["arn:aws:ecs:us-west-2:1:service/default/servicetest"],
        "detail":{"eventType":"INFO","eventName":"SERVICE_DEPLOYMENT_COMPLETED","deploymentId":"d","reason":"r"}}"#;
    let event = direct(&batch("s", &[T, T + 200_000]));
    let records = kinesis(&[&batch("s", &[T]), &batch("t", &[T + 5])]);
    let export = b"2026-01-05T00:00:00.000Z a\n2026-01-05T00:00:59.000Z b\n  at c\n2026-01-05T00:01:00.000Z d\n";
    let mut wrong = Vec::new();
    for (name, content, expected) in [
        (
            "a.event.json",
            event.as_bytes(),
            vec!["0..200000 /ecs/g/s x2"],
        ),
        (
            "k.json",
            records.as_bytes(),
            vec!["0..0 /ecs/g/s x1", "5..5 /ecs/g/t x1"],
        ),
        (
            "b.batch.json",
            batch("s", &[T]).as_bytes(),
            vec!["0..0 /ecs/g/s x1"],
        ),
        (
            "tail.txt",
            tail.as_bytes(),
            vec!["1000..1000 tail/s/2 x1", "500..2000 tail/s/1 x2"],
        ),
        (
            "f.json",
            filter.as_bytes(),
            vec!["0..0 f/s x1", "60000..60000 f/s x1"],
        ),
        (
            "prod/app/000000.gz",
            &gzip(export),
            vec!["0..59000 prod/app x2", "60000..60000 prod/app x1"],
        ),
        (
            "app.log",
            b"start\n\n2026-01-05T00:00:01.000Z  INFO x\n  at b\n",
            vec!["1000..1000 app/app x3"],
        ),
        ("c.json", change.as_bytes(), vec!["0 change"]),
    ] {
        let shown: Vec<String> = show(&[(name, content)])
            .iter()
            .map(|line| {
                line.strip_prefix(&format!("{name} "))
                    .unwrap_or(line)
                    .to_owned()
            })
            .collect();
        let since = |time: &str| {
            let ms: i64 = time.parse().expect("is a time");
            (ms - T).to_string()
        };
        let relative: Vec<String> = shown
            .iter()
            .map(|line| {
                let (times, rest) = line.split_once(' ').expect("has times");
                match times.split_once("..") {
                    Some((first, last)) => format!("{}..{} {rest}", since(first), since(last)),
                    None => format!("{} {rest}", since(times)),
                }
            })
            .collect();
        if relative != expected {
            wrong.push(format!("{name}: {relative:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn bad_input_is_named_and_the_rest_is_handled() {
    let event = direct(&batch("s", &[T]));
    let cut = event.replace("\"}}", "!\"}}");
    let lines = format!("{cut}\n{event}\n");
    let export = gzip(
        b"2026-01-05T00:00:00.000Z a\n2026-01-05T00:00:00.000Z b\n"
            .repeat(4000)
            .as_slice(),
    );
    let long = format!(
        "2026-01-05T00:00:00.000Z {}\n2026-01-05T00:00:00.000Z b\n",
        "x".repeat(2 << 20)
    );
    for (name, content, expected) in [
        (
            "e.json",
            lines.as_bytes(),
            vec!["e.json:1 payload is not base64", "e.json x1"],
        ),
        (
            "s/000000.gz",
            &export[..export.len() - 4],
            vec![
                "s/000000.gz:8001 gzip data is damaged or cut off",
                "s/000000.gz x8000",
            ],
        ),
        (
            "l.log",
            long.as_bytes(),
            vec!["l.log:1 line is longer", "l.log x1"],
        ),
        (
            "x.json",
            br#"{"awslogs":{"data":5}}"#,
            vec!["x.json:1 not a log delivery: awslogs has no data"],
        ),
        (
            "x.json",
            br#"{"messageType":"DATA_MESSAGE"}"#,
            vec!["x.json:1 envelope has no owner"],
        ),
        (
            "x.json",
            br#"{"detail-type":"x","source":"aws.ecs"}"#,
            vec!["x.json:1 not an EventBridge event"],
        ),
        ("x.bin", b"\x00\x01\x02", vec!["x.bin: is binary, not text"]),
        (
            "x.gz",
            b"\x1f\x8b\x08\x00",
            vec!["x.gz: gzip data is damaged"],
        ),
        ("x.log", b"", vec!["x.log: is empty"]),
        ("README.md", b"x", vec![": holds no file to read"]),
    ] {
        let shown = show(&[(name, content)]);
        let fits = |(shown, expected): (&String, &&str)| {
            // An arrival is shown by its file and its number of events.
            let ends = expected.split_once(" x").is_some_and(|(file, n)| {
                shown.starts_with(file) && shown.ends_with(&format!("x{n}"))
            });
            ends || shown.starts_with(expected)
        };
        assert!(
            shown.len() == expected.len() && shown.iter().zip(&expected).all(fits),
            "{name}: {shown:?}"
        );
    }
}

#[test]
fn files_are_merged_by_time_and_the_low_mark_is_true() {
    let a = format!(
        "{}\n{}\n",
        direct(&batch("a", &[T + 10, T + 90])),
        direct(&batch("a", &[T + 20]))
    );
    let b = direct(&batch("b", &[T + 15]));
    let probe = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","logEvents":[]}"#;
    let (_folder, mut opened) = open_files(&[
        ("a.json", a.as_bytes()),
        ("b.json", b.as_bytes()),
        ("p.json", probe.as_bytes()),
    ]);
    let mut seen = Vec::new();
    loop {
        let mark = opened.arrivals.low_mark();
        let Some(arrival) = opened.arrivals.next() else {
            break;
        };
        let arrival = arrival.expect("is whole");
        seen.push((
            mark.saturating_sub(T),
            arrival.first_ms - T,
            arrival.last_ms - T,
        ));
    }
    assert_eq!(
        seen,
        [(10, 15, 15), (10, 15, 15), (10, 20, 20), (10, 10, 90)]
    );
    assert_eq!(opened.arrivals.low_mark(), i64::MAX);
}

#[test]
fn an_event_beside_its_readable_batch_is_taken_once() {
    let readable = batch("s", &[T]);
    let event = direct(&readable);
    let shown = show(&[
        ("a.batch.json", readable.as_bytes()),
        ("a.event.json", event.as_bytes()),
        ("labels.json", b"{}"),
        (".hidden", b"x"),
    ]);
    assert_eq!(shown, [format!("a.event.json {T}..{T} /ecs/g/s x1")]);
}

#[test]
fn what_does_not_fit_in_memory_arrives_all_the_same() {
    // Tests keep 1 MB; this is about 2.4.
    let mut text = String::new();
    let line = "x".repeat(1_000);
    for minute in 0..20 {
        for second in 0..60 {
            for ms in 0..2 {
                let time = format!("2026-01-05T00:{minute:02}:{second:02}.00{ms}Z");
                text.extend([time.as_str(), " ", &line, "\n"]);
            }
        }
    }
    let small = direct(&batch("s", &[T + 90_000]));
    let (_folder, mut opened) = open_files(&[
        ("big.log", text.as_bytes()),
        ("small.json", small.as_bytes()),
    ]);
    let mut last = i64::MIN;
    let mut lines = 0;
    for arrival in opened.arrivals.by_ref() {
        let arrival = arrival.expect("is whole");
        assert!(arrival.last_ms >= last, "arrivals are in order");
        last = arrival.last_ms;
        if let Body::Payload {
            bytes,
            form: Form::Json,
        } = &arrival.body
        {
            lines += Batch::open(bytes).expect("is a batch").events().count();
        }
    }
    assert_eq!(lines, 20 * 60 * 2);
}

#[test]
fn more_minutes_than_turns_arrive_in_order_and_below_no_mark() {
    let line = "x".repeat(20_000);
    let minute = |n: usize| format!("2026-01-05T{:02}:{:02}:00.000Z {line}\n", n / 60, n % 60);
    let text: Vec<String> = (0..100).map(minute).collect();
    let (_folder, mut opened) = open_files(&[("big.log", text.concat().as_bytes())]);
    assert_eq!(opened.arrivals.total(), 100);
    let mut times = Vec::new();
    loop {
        let mark = opened.arrivals.low_mark();
        let Some(arrival) = opened.arrivals.next() else {
            break;
        };
        let arrival = arrival.expect("is whole");
        assert!(mark <= arrival.first_ms, "{mark} is no lower bound");
        times.push((arrival.last_ms - T) / 60_000);
    }
    assert_eq!(times, (0..100).collect::<Vec<_>>());
}

#[test]
fn equal_lines_are_different_events_and_the_same_file_is_the_same_batch() {
    let text = "2026-01-05T00:00:00.000Z same\n".repeat(25_000);
    let keys = || {
        let (_folder, opened) = open_files(&[("s/000000", text.as_bytes())]);
        let arrivals = opened.arrivals.map(|arrival| arrival.expect("is whole"));
        arrivals
            .map(|arrival| {
                let Body::Payload { bytes, .. } = arrival.body else {
                    panic!("is a batch")
                };
                // The tree's name is that of a temporary folder; the ids are what must be the same.
                let batch = Batch::open(&bytes).expect("is a batch");
                let ids: Vec<String> = batch
                    .events()
                    .flatten()
                    .map(|e| e.id.text().into_owned())
                    .collect();
                ids.join(" ")
            })
            .collect::<Vec<_>>()
    };
    let once = keys();
    assert_eq!(once.len(), 3);
    assert!(once[0] != once[1] && once[1] != once[2]);
    assert_eq!(once, keys());
}
