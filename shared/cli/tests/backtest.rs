//! `atalaya backtest` as its users meet it: what a change of the settings would have told of simulated logs, whose
//! incidents are known, and how it ends.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs the command in a folder with a text on standard input; returns its exit code, what it printed and what it said.
fn atalaya(folder: &Path, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_atalaya"))
        .env_remove("CLICOLOR_FORCE")
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A command that is misused ends before it reads.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    let output = child.wait_with_output().expect("the command ends");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Runs a backtest of which nothing is wrong, and returns the lines of each kind.
fn backtest(folder: &Path, arguments: &[&str], input: &str) -> [Vec<Value>; 3] {
    let arguments = [&["backtest", "--output", "json"], arguments].concat();
    let (code, printed, said) = atalaya(folder, &arguments, input);
    assert_eq!((code, said.as_str()), (Some(0), ""), "{arguments:?}");
    let lines = printed.lines();
    let lines: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).expect("a JSON object a line"))
        .collect();
    ["incident", "difference", "summary"].map(|kind| {
        let of_kind = lines.iter().filter(|line| line["kind"] == kind);
        of_kind.cloned().collect()
    })
}

/// The logs of three ordinary days and a deployment that breaks the service on the fourth.
fn own_deploy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let arguments = ["simulate", "own-deploy", "--out", "logs", "--seed", "2"];
    let (code, ..) = atalaya(folder.path(), &arguments, "");
    assert_eq!(code, Some(0));
    folder
}

/// Settings of the simulated service with these wishes.
fn settings(folder: &Path, name: &str, detectors: &str) {
    let head = "services:\n  loan-api:\n    log_groups: [/ecs/prod/loan-api]\n    detectors:";
    fs::write(folder.join(name), format!("{head} {detectors}\n")).expect("can be written");
}

#[test]
fn a_silenced_detector_is_missing_and_nothing_else_is() {
    let folder = own_deploy();
    let folder = folder.path();
    settings(folder, "new.yaml", "off");
    settings(folder, "old.yaml", "{}");
    let both = ["--config", "new.yaml", "--against", "old.yaml", "logs"];
    let [incidents, differences, summary] = backtest(folder, &both, "");
    let labels = fs::read_to_string(folder.join("logs/labels.json")).expect("labels");
    let labels: Value = serde_json::from_str(&labels).expect("labels are JSON");
    let labelled = labels["incidents"].as_array().expect("a list");
    assert_eq!(incidents.len(), labelled.len());
    assert_eq!(differences.len(), labelled.len());
    for ((label, incident), difference) in labelled.iter().zip(&incidents).zip(&differences) {
        let ms = |value: &Value| value.as_i64().expect("milliseconds");
        let early = ms(&incident["since"]) - ms(&label["from_ms"]);
        assert!(early.abs() <= 2 * 60_000, "since {}", incident["since"]);
        assert_eq!(
            (&incident["run"], &incident["severity"]),
            (&"against".into(), &"page".into())
        );
        assert_eq!(incident["cause"]["kind"], label["cause"]["kind"]);
        let lasted = ms(&incident["ended_at"]) - ms(&incident["since"]);
        assert_eq!(ms(&incident["duration_ms"]), lasted);
        assert_eq!(difference["change"], "only_against");
        assert_eq!(difference["config"], Value::Null);
        assert_eq!(difference["against"]["ids"][0], incident["id"]);
    }
    assert_eq!(summary[0]["config"]["incidents"], 0);
    assert_eq!(summary[0]["against"]["pages"], labelled.len());
    assert_eq!(summary[0]["differences"]["only_against"], labelled.len());
}

#[test]
fn what_may_not_page_is_a_ticket_and_a_run_that_fails_on_it_says_so() {
    let folder = own_deploy();
    let folder = folder.path();
    settings(folder, "new.yaml", "ticket");
    let arguments = ["backtest", "--config", "new.yaml", "--fail-on", "ticket"];
    let against = folder.join("old.yaml");
    fs::write(&against, "namespace: Old\n").expect("can be written");
    let arguments = [&arguments[..], &["--against", "old.yaml", "logs"]].concat();
    let (code, printed, said) = atalaya(folder, &arguments, "");
    assert_eq!((code, said.as_str()), (Some(1), ""));
    let changed = printed.lines().find(|line| line.starts_with("  changed "));
    let changed = changed.expect("the incident is told by both");
    assert!(changed.contains("ticket instead of page"), "{changed}");
    assert!(printed.contains("0 only with new.yaml, 0 only with old.yaml, 1 changed"));
    assert!(
        !printed.contains('\u{1b}'),
        "no colours where nobody sees them"
    );
}

const REQUEST: &str = r#"{"timestamp":"2026-01-05T00:00:01.000Z","level":"info","service":"loan-api","message":"request completed","method":"GET","path":"/loan/40761","status":200,"latency_ms":42.7}"#;

#[test]
fn it_reads_what_replay_reads_and_leaves_the_state_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    settings(folder, "a.yaml", "off");
    settings(folder, "b.yaml", "{ latncy: off }");
    fs::write(folder.join("app.log"), REQUEST).expect("can be written");
    // Standard input can be read once only, and both runs see it.
    let both = ["--against", "a.yaml", "-"];
    let [_, _, summary] = backtest(folder, &both, REQUEST);
    let services = |run: &str| {
        summary[0][run]["services"]
            .as_object()
            .map(serde_json::Map::len)
    };
    assert_eq!(summary[0]["received"], 1);
    assert_eq!(
        (services("config"), services("against")),
        (Some(1), Some(1))
    );

    let (code, ..) = atalaya(folder, &["replay", "--state", "state", "app.log"], "");
    assert_eq!(code, Some(0));
    let database = || fs::read(folder.join("state/atalaya.db")).expect("the state is there");
    let before = database();
    let [_, _, summary] = backtest(folder, &["--state", "state", "app.log"], "");
    assert_eq!(summary[0]["duplicates"], 1);
    assert!(before == database(), "the state is not written");

    for (arguments, code, told) in [
        (
            &["--config", "b.yaml", "app.log"][..],
            2,
            "did you mean `latency`?",
        ),
        (
            &["--against", "c.yaml", "app.log"],
            2,
            "c.yaml: no such file or folder",
        ),
        (
            &["--state", "nowhere", "app.log"],
            2,
            "nowhere: no such file or folder",
        ),
        (
            &["missing.log", "app.log"],
            2,
            "missing.log: no such file or folder",
        ),
        (&["--fail-on", "info", "app.log"], 2, "invalid value 'info'"),
        (&["--fail-on", "ticket", "app.log"], 0, ""),
        (&[], 2, "required"),
    ] {
        let arguments = [&["backtest"], arguments].concat();
        let (ended, printed, said) = atalaya(folder, &arguments, "");
        assert_eq!(ended, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(told), "{arguments:?}: {said}");
        // What could be read is handled all the same.
        let handled = printed.contains(" log event");
        assert_eq!(
            handled,
            told.is_empty() || told.starts_with("missing"),
            "{printed}"
        );
    }
}
