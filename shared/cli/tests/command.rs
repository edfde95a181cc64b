//! The built command as its users meet it: what it prints, what it says of bad input, and its exit codes.

mod harness;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use harness::{REQUEST, atalaya, folder, lines, run, run_with, text};

fn gzip(chunk: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..times {
        encoder.write_all(chunk).expect("memory does not fail");
    }
    encoder.finish().expect("memory does not fail")
}

#[test]
fn exit_codes_are_as_documented() {
    let folder = folder(&[
        ("good.yaml", b"services: {}\n"),
        ("bad.yaml", b"servces: {}\n\nnotify: 3\n"),
        ("app.log", REQUEST.as_bytes()),
        ("empty.log", b""),
        ("cpu.csv", b"timestamp,value\n2014-02-14 14:27:00,1\n"),
        ("odd.csv", b"timestamp,value\n2014-02-14 14:27:00,one\n"),
    ]);
    let mut wrong = Vec::new();
    for (arguments, code, said) in [
        (&["--help"][..], 0, "Exit codes"),
        (&["--version"], 0, "atalaya"),
        (&[], 2, "Usage"),
        (&["fly"], 2, "fly"),
        (&["check", "good.yaml"], 0, "no faults"),
        (&["check", "bad.yaml"], 1, "bad.yaml:1:"),
        (&["check", "bad.yaml"], 1, "bad.yaml:3:"),
        (&["check", "none.yaml"], 2, "none.yaml: no such file"),
        (&["check", "--schema"], 0, "json-schema.org"),
        (&["check", "--schema", "good.yaml"], 2, "--schema"),
        (&["check"], 2, "FILE"),
        (&["replay", "app.log"], 0, ""),
        (
            &["replay", "--config", "bad.yaml", "app.log"],
            2,
            "bad.yaml:1:",
        ),
        (&["replay", "none.log"], 2, "none.log: no such file"),
        (&["replay", "--repeat", "0", "app.log"], 2, "--repeat"),
        (
            &["replay", "--output", "none", "--repeat", "3", "app.log"],
            0,
            "",
        ),
        (
            &["inspect", "app.log", "empty.log"],
            2,
            "empty.log: is empty",
        ),
        (
            &["event", "show", "app.log"],
            2,
            "app.log: is no event but a plain log",
        ),
        (&["score", "cpu.csv"], 0, "2014-02-14 14:27:00,1,"),
        (&["score", "odd.csv"], 2, "odd.csv:2: `one` is no number"),
        (&["score", "app.log"], 2, "app.log: is JSON, but no series"),
        (&["score", "none.csv"], 2, "none.csv: no such file"),
        (&["score", "."], 2, ".: is a folder"),
        (&["score", "cpu.csv", "odd.csv"], 2, "--out DIR"),
        (
            &["score", "--plot", "none/cpu.svg", "cpu.csv"],
            3,
            "none/cpu.svg cannot be written",
        ),
        (
            &["simulate", "nothing", "--out", "x"],
            2,
            "unknown scenario",
        ),
    ] {
        let output = run(folder.path(), arguments);
        let all = text(&output.stdout) + &text(&output.stderr);
        if output.status.code() != Some(code) || !all.contains(said) {
            let ended = output.status;
            wrong.push(format!(
                "{arguments:?}: {ended}, not {code} with {said:?}: {all}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_input_is_named_and_counted_and_the_rest_is_handled() {
    // This inflates to 2 GB, of one line.
    let endless = gzip(&vec![b'a'; 1 << 20], 2_000);
    let zeros = gzip(&vec![0; 1 << 20], 50);
    let cut = gzip(b"2026-01-05T00:00:00.000Z a\n", 1_000);
    let deep = format!(
        "{{\"awslogs\":{}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let nested = format!("{}1{}\n", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    for (name, content, said) in [
        ("zeros.gz", zeros.as_slice(), "zeros.gz: is binary"),
        (
            "endless.log.gz",
            &endless,
            "endless.log.gz:1: line is longer",
        ),
        ("000000.gz", &cut[..cut.len() - 9], "000000.gz:"),
        (
            "damaged.gz",
            b"\x1f\x8b\x08\x00nonsense",
            "gzip data is damaged",
        ),
        (
            "base64.json",
            br#"{"awslogs":{"data":"!!!"}}"#,
            "base64.json:1: payload is not base64",
        ),
        (
            "gzip.json",
            br#"{"awslogs":{"data":"aGVsbG8="}}"#,
            "gzip.json:1: payload is not gzip",
        ),
        (
            "typed.json",
            br#"{"awslogs":[1]}"#,
            "typed.json:1: not a log delivery",
        ),
        ("list.json", b"[1,[2]]", "list.json"),
        (
            "object.json",
            b"{\"a\":{}}",
            "object.json: is JSON of no known kind",
        ),
        (
            "deep.json",
            deep.as_bytes(),
            "deep.json:1: not a log delivery",
        ),
        ("nested.json", nested.as_bytes(), "nested.json"),
        ("binary.log", b"\x7fELF\x00\x00", "binary.log: is binary"),
        ("empty.log", b"", "empty.log: is empty"),
        (
            "records.json",
            br#"{"Records":[{"kinesis":{"data":"***"}}]}"#,
            "records.json:1: not a log delivery",
        ),
        (
            "batch.json",
            br#"{"messageType":"DATA_MESSAGE","owner":"1","logGro"#,
            "batch.json:1: JSON is cut off",
        ),
    ] {
        let folder = folder(&[(name, content), ("good.log", REQUEST.as_bytes())]);
        let output = run(
            folder.path(),
            &["replay", "--output", "json", name, "good.log"],
        );
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
        assert!(stderr.contains(said), "{name}: {stderr}");
        let lines = lines(&output);
        let summary = lines.last().expect("there is a summary");
        assert_eq!(summary["kind"], "summary", "{name}");
        assert!(summary["records"].as_u64() >= Some(1), "{name}: {summary}");
        assert_eq!(
            summary["rejected"]["unreadable_delivery"], 1,
            "{name}: {summary}"
        );
        if content.len() > 1 << 20 {
            continue;
        }
        let inspected = run(folder.path(), &["inspect", name]);
        assert_eq!(inspected.status.code(), Some(2), "inspect {name}");
    }
}

#[test]
fn what_is_whole_of_a_broken_batch_is_counted() {
    let event = r#"{"id":"1","timestamp":1767571201000,"message":"m"}"#;
    let head =
        r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":["#;
    for (events, reason) in [
        (format!(r#"{event},{{"id":"2","times"#), "cut_off"),
        (format!(r#"{event},{{"id":"2"}}]}}"#), "malformed_event"),
    ] {
        let folder = folder(&[("batch.json", format!("{head}{events}").as_bytes())]);
        let output = run(folder.path(), &["replay", "--output", "json", "batch.json"]);
        assert_eq!(output.status.code(), Some(2), "{reason}");
        let lines = lines(&output);
        let summary = lines.last().expect("there is a summary");
        assert_eq!(summary["records"], 1, "{summary}");
        assert_eq!(summary["rejected"][reason], 1, "{summary}");
        let inspected = run(folder.path(), &["inspect", "batch.json"]);
        assert_eq!(inspected.status.code(), Some(2), "{reason}");
    }
}

#[test]
fn inspect_shows_what_is_recognised() {
    let trace = "2026-01-05T00:00:02.000Z ERROR boom\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\n";
    let log = format!("{REQUEST}\n{trace}hello\n");
    let folder = folder(&[("app.log", log.as_bytes())]);
    let output = run(folder.path(), &["inspect", "--output", "json", "app.log"]);
    assert_eq!(output.status.code(), Some(0));
    let expected = [
        r#"{"source":"app.log","first_line":1,"last_line":1,"timestamp_ms":1767571201000,"level":"info","message":"request completed","service":"loan-api","method":"GET","path":"/loan/40761","route":"/loan/{id}","status":200,"latency_ms":42.7,"trace_id":"1-695aff14-6053604ec1b06da8f8e78ce7","error_type":null,"dependency":null,"error_cause":null,"format":"JSON","rules":{"latency":"key latency_ms","level":"key level","message":"key message","method":"key method","path":"key path","service":"key service","status":"key status","timestamp":"key timestamp","trace_id":"key trace_id"}}"#,
        r#"{"source":"app.log","first_line":2,"last_line":4,"timestamp_ms":1767571202000,"level":"error","message":"boom","service":null,"method":null,"path":null,"route":null,"status":null,"latency_ms":null,"trace_id":null,"error_type":null,"dependency":null,"error_cause":null,"format":"text layout","rules":{"level":"text layout","message":"text layout","timestamp":"text layout"}}"#,
        r#"{"source":"app.log","first_line":5,"last_line":5,"timestamp_ms":null,"level":null,"message":"hello","service":null,"method":null,"path":null,"route":null,"status":null,"latency_ms":null,"trace_id":null,"error_type":null,"dependency":null,"error_cause":null,"format":"text","rules":{"message":"text"}}"#,
    ];
    assert_eq!(text(&output.stdout).lines().collect::<Vec<_>>(), expected);

    // Not a terminal: no colours, and nothing that a log line smuggles in.
    let shown = run_with(
        folder.path(),
        &["inspect", "-"],
        &format!("{log}\u{1b}[31mred\u{7}\n"),
    );
    let shown = text(&shown.stdout);
    assert!(
        !shown.contains('\u{1b}') && !shown.contains('\u{7}'),
        "{shown}"
    );
    for said in [
        "- (plain log)",
        "GET /loan/40761",
        "status 200",
        "2 more lines joined",
        "red",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
}

#[test]
fn lines_survive_the_way_into_an_event_and_back() {
    let log =
        format!("{REQUEST}\nplain \"quoted\" \\ \u{e9}\u{1f980}\n\tat a.B\n{REQUEST}\n{REQUEST}\n");
    let folder = folder(&[("app.log", log.as_bytes())]);
    for wrapping in [&[][..], &["--kinesis"]] {
        let make = [
            &[
                "event",
                "make",
                "--log-group",
                "/ecs/g",
                "--log-stream",
                "s",
                "-o",
                "e.json",
            ],
            wrapping,
            &["app.log"],
        ]
        .concat();
        let made = run(folder.path(), &make);
        assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
        let shown = run(folder.path(), &["event", "show", "e.json"]);
        let batch: Value = serde_json::from_slice(&shown.stdout).expect("is JSON");
        assert_eq!(batch["logGroup"], "/ecs/g");
        assert_eq!(batch["logStream"], "s");
        let events = batch["logEvents"].as_array().expect("is a list");
        let messages: Vec<&str> = events
            .iter()
            .filter_map(|e| e["message"].as_str())
            .collect();
        assert_eq!(messages, log.lines().collect::<Vec<_>>());
        let times: Vec<i64> = events
            .iter()
            .filter_map(|e| e["timestamp"].as_i64())
            .collect();
        assert_eq!(times, [1_767_571_201_000; 5]);

        // A readable batch is made an event again, and shown the same.
        fs::write(folder.path().join("b.batch.json"), &shown.stdout).expect("can be written");
        let again = [&["event", "make"], wrapping, &["b.batch.json"]].concat();
        let again = run(folder.path(), &again);
        let shown_again = run_with(folder.path(), &["event", "show", "-"], &text(&again.stdout));
        assert_eq!(text(&shown_again.stdout), text(&shown.stdout));
    }
}

#[test]
fn the_same_lines_come_to_the_same_by_every_way_in() {
    let log = format!("{REQUEST}\n").repeat(3);
    let before = |prefix: &str| {
        let lines: Vec<String> = log
            .lines()
            .map(|line| format!("{prefix} {line}\n"))
            .collect();
        lines.concat()
    };
    let export = before("2026-01-05T00:00:01.000Z");
    let tail = before("2026-01-05T00:00:01.000000+00:00 s/1");
    let events: Vec<Value> = log
        .lines()
        .map(|line| serde_json::json!({"logStreamName": "s", "timestamp": 1_767_571_201_000_i64, "message": line}))
        .collect();
    let filter = serde_json::json!({"events": events, "searchedLogStreams": []}).to_string();
    let folder = folder(&[
        ("app.log", log.as_bytes()),
        ("tree/s/000000.gz", &gzip(export.as_bytes(), 1)),
        ("tail.txt", tail.as_bytes()),
        ("filter.json", filter.as_bytes()),
    ]);
    let made = run(
        folder.path(),
        &["event", "make", "-o", "event.json", "app.log"],
    );
    assert_eq!(made.status.code(), Some(0));
    let metrics = |input: &str| {
        let output = run(folder.path(), &["replay", "--output", "json", input]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{input}: {}",
            text(&output.stderr)
        );
        let mut lines = lines(&output);
        lines.retain(|line| line["kind"] == "metric");
        lines
    };
    let expected = metrics("app.log");
    assert!(!expected.is_empty());
    for input in ["tree", "tail.txt", "filter.json", "event.json"] {
        assert_eq!(metrics(input), expected, "{input}");
    }
}

#[test]
fn a_series_is_scored_from_every_source_and_into_a_folder() {
    let rows: Vec<String> = (0..200)
        .map(|row| {
            format!(
                "2014-02-{:02} {:02}:00:00,{}\n",
                1 + row / 24,
                row % 24,
                row % 5
            )
        })
        .collect();
    let csv = format!("timestamp,value\n{}", rows.concat());
    let points: Vec<Value> = rows
        .iter()
        .rev()
        .filter_map(|row| row.trim().split_once(','))
        .map(|(at, value)| serde_json::json!({"Timestamp": at, "Average": value.parse::<f64>().ok()}))
        .collect();
    let json = serde_json::json!({"Label": "CPU", "Datapoints": points}).to_string();
    let folder = folder(&[
        ("data/a/cpu.csv", csv.as_bytes()),
        ("data/cpu.csv.gz", &gzip(csv.as_bytes(), 1)),
        ("cpu.json", json.as_bytes()),
    ]);
    let from_file = run(folder.path(), &["score", "data/a/cpu.csv"]);
    assert_eq!(
        from_file.status.code(),
        Some(0),
        "{}",
        text(&from_file.stderr)
    );
    let scored = text(&from_file.stdout);
    assert_eq!(scored.lines().count(), 201);
    let from_pipe = run_with(folder.path(), &["score", "--plot", "cpu.svg", "-"], &csv);
    assert_eq!(text(&from_pipe.stdout), scored);
    let svg = fs::read_to_string(folder.path().join("cpu.svg")).expect("it was drawn");
    assert!(
        svg.starts_with("<svg ") && svg.contains("200 rows"),
        "{svg}"
    );
    let scores = |printed: &str| -> Vec<String> {
        let last = |line: &str| line.rsplit(',').next().map(str::to_owned);
        printed.lines().filter_map(last).collect()
    };
    let from_json = run(folder.path(), &["score", "cpu.json"]);
    assert_eq!(scores(&text(&from_json.stdout)), scores(&scored));

    let filed = run(folder.path(), &["score", "--out", "out", "data"]);
    assert_eq!(filed.status.code(), Some(0), "{}", text(&filed.stderr));
    for file in ["out/a/cpu.csv", "out/cpu.csv"] {
        let found = fs::read_to_string(folder.path().join(file)).expect("it was scored");
        assert_eq!(found, scored, "{file}");
    }
    let twice = ["score", "--out", "out", "data/a/cpu.csv", "data/cpu.csv.gz"];
    let twice = run(folder.path(), &twice);
    assert_eq!(twice.status.code(), Some(2));
    assert!(text(&twice.stderr).contains("as another was"));
}

#[test]
fn a_reader_that_has_enough_ends_the_command_quietly() {
    let folder = folder(&[("app.log", format!("{REQUEST}\n").repeat(20_000).as_bytes())]);
    let mut child = atalaya()
        .current_dir(folder.path())
        .args(["inspect", "--output", "json", "app.log"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn the_example_of_odd_lines_is_read_by_its_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/odd-lines");
    let checked = run(&folder, &["check", "atalaya.yaml"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
    let said = "atalaya.yaml: no faults; 1 services, 0 objectives, 0 channels, 6 rules for lines\n";
    assert_eq!(text(&checked.stdout), said);

    let arguments = [
        "inspect",
        "--config",
        "atalaya.yaml",
        "--output",
        "json",
        "clearing.log",
    ];
    let inspected = lines(&run(&folder, &arguments));
    let shown: Vec<String> = inspected
        .iter()
        .map(|line| {
            let names = [
                "level",
                "method",
                "path",
                "status",
                "latency_ms",
                "error_type",
                "dependency",
            ];
            let known = names.iter().filter(|name| !line[**name].is_null());
            let known: Vec<String> = known.map(|name| line[*name].to_string()).collect();
            format!("{} by {}", known.join(" "), line["rules"])
        })
        .collect();
    let request = r#"by {"latency":"fields: outcome.micros","method":"fields: do","path":"fields: what","status":"fields: outcome.rc"}"#;
    assert_eq!(
        shown,
        [
            format!(r#""POST" "/clearing/4711/settle" 201 83.0 {request}"#),
            format!(r#""POST" "/clearing/4712/settle" 502 3012.0 {request}"#),
            r#""warn" 4250.0 by {"latency":"extract: batch-job","level":"extract: batch-job","message":"text"}"#.to_owned(),
            r#" by {"message":"text"}"#.to_owned(),
            r#""error" 3000.0 "LEDGER_SLOW" "ledger" by {"dependency":"extract: ledger-timeout","error_type":"extract: ledger-timeout","latency":"extract: ledger-timeout","level":"extract: ledger-timeout","message":"key msg"}"#.to_owned(),
        ]
    );
    let arguments = [
        "replay",
        "--config",
        "atalaya.yaml",
        "--output",
        "json",
        "clearing.log",
    ];
    let counted: Vec<String> = lines(&run(&folder, &arguments))
        .iter()
        .filter(|line| line["kind"] == "metric")
        .map(|line| {
            let names = [
                "Service",
                "Route",
                "Dependency",
                "Requests",
                "Errors",
                "Calls",
                "CallErrors",
            ];
            let told = names.iter().filter(|name| !line["emf"][**name].is_null());
            let told: Vec<String> = told.map(|name| line["emf"][*name].to_string()).collect();
            told.join(" ")
        })
        .collect();
    assert_eq!(
        counted,
        [
            r#""clearing" "/clearing/{id}/settle" 2 1"#,
            r#""clearing" "ledger" 1 1"#,
        ]
    );

    // One line changed, and the file proves itself wrong.
    let broken = fs::read_to_string(folder.join("atalaya.yaml")).expect("it is there");
    let broken = broken.replace(
        "done in %{NUMBER:latency:s}",
        "done in %{NUMBER:latency:ms}",
    );
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("atalaya.yaml"), broken).expect("can be written");
    let checked = run(folder.path(), &["check", "atalaya.yaml"]);
    assert_eq!(checked.status.code(), Some(1));
    assert_eq!(
        text(&checked.stdout),
        "atalaya.yaml:31:13: services.clearing.extract[0].examples[0]: must give level `warn`, latency `4250 ms`, but gives \
         level `warn`, latency `4.25 ms` (correct the rule, or what its example says)\n"
    );
}
