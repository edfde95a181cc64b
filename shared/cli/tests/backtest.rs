//! `atalaya backtest` as its users meet it: what a change of the settings would have told of simulated logs, whose
//! incidents are known, and how it ends.

mod harness;

use std::fs;
use std::path::Path;

use serde_json::Value;

use harness::{REQUEST, folder, lines, run, run_with, text};

/// Runs a backtest of which nothing is wrong, and returns the lines of each kind.
fn backtest(folder: &Path, arguments: &[&str], input: &str) -> [Vec<Value>; 3] {
    let arguments = [&["backtest", "--output", "json"], arguments].concat();
    let output = run_with(folder, &arguments, input);
    let ended = (output.status.code(), text(&output.stderr));
    assert_eq!(ended, (Some(0), String::new()), "{arguments:?}");
    let lines = lines(&output);
    ["incident", "difference", "summary"].map(|kind| {
        let of_kind = lines.iter().filter(|line| line["kind"] == kind);
        of_kind.cloned().collect()
    })
}

/// The logs of three ordinary days and a deployment that breaks the service on the fourth.
fn own_deploy() -> tempfile::TempDir {
    let folder = folder(&[]);
    let arguments = ["simulate", "own-deploy", "--out", "logs", "--seed", "2"];
    let made = run(folder.path(), &arguments);
    assert_eq!(made.status.code(), Some(0));
    folder
}

/// Settings of the simulated service with these overrides.
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
    let output = run(folder, &arguments);
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!((output.status.code(), said.as_str()), (Some(1), ""));
    let changed = printed.lines().find(|line| line.starts_with("  changed "));
    let changed = changed.expect("the incident is told by both");
    assert!(changed.contains("ticket instead of page"), "{changed}");
    assert!(printed.contains("0 only with new.yaml, 0 only with old.yaml, 1 changed"));
    assert!(
        !printed.contains('\u{1b}'),
        "no colours where nobody sees them"
    );
}

#[test]
fn it_reads_what_replay_reads_and_leaves_the_state_as_it_was() {
    let folder = folder(&[("app.log", REQUEST.as_bytes())]);
    let folder = folder.path();
    settings(folder, "a.yaml", "off");
    settings(folder, "b.yaml", "{ latncy: off }");
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

    let replayed = run(folder, &["replay", "--state", "state", "app.log"]);
    assert_eq!(replayed.status.code(), Some(0));
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
        let output = run(folder, &arguments);
        let (printed, said) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
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
