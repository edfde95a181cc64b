//! The main job, through the built command: what each scenario's logs come to, against the truth that stands beside
//! them, and that repeats, disorder and restarts change nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Runs the command and returns its exit code and the JSON lines that it printed.
fn atalaya(arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
    let run = Command::new(env!("CARGO_BIN_EXE_atalaya"))
        .args(arguments)
        .output();
    let run = run.expect("the command starts");
    let text = String::from_utf8(run.stdout).expect("output is UTF-8");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object a line"));
    (run.status.code(), lines.collect())
}

fn events(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../events")
        .join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

const MINUTE_MS: i64 = 60_000;

/// Asserts that a simulated folder's incidents are told as its labels have them: each once, opened within five minutes,
/// with its cause, resolved after its end; and no other.
fn check_labels(folder: &Path) {
    let (code, lines) = atalaya(&["replay", "--output", "json", text(folder)]);
    assert_eq!(code, Some(0));
    let labels = std::fs::read_to_string(folder.join("labels.json")).expect("labels");
    let labels: Value = serde_json::from_str(&labels).expect("labels are JSON");
    let labelled = labels["incidents"].as_array().expect("a list");
    let told = |event: &str| -> Vec<&Value> {
        lines
            .iter()
            .filter(|l| l["kind"] == "incident" && l["event"] == event)
            .collect()
    };
    let (opened, resolved) = (told("open"), told("resolve"));
    assert_eq!(
        (opened.len(), resolved.len()),
        (labelled.len(), labelled.len()),
        "{lines:?}"
    );
    for ((label, open), resolve) in labelled.iter().zip(opened).zip(resolved) {
        let ms = |value: &Value| value.as_i64().expect("milliseconds");
        let (from, to) = (ms(&label["from_ms"]), ms(&label["to_ms"]));
        let delay = ms(&open["at"]) - from;
        assert!(
            (0..=5 * MINUTE_MS).contains(&delay),
            "opened {delay} ms after it began"
        );
        assert!(
            (ms(&open["since"]) - from).abs() <= 2 * MINUTE_MS,
            "since {}",
            open["since"]
        );
        assert_eq!(open["cause"]["kind"], label["cause"]["kind"]);
        assert_eq!(open["cause"]["name"], label["cause"]["name"]);
        if label["change"].is_object() {
            let evidence = open["cause"]["evidence"].as_str().expect("text");
            assert!(
                evidence.contains("deploy"),
                "the deployment is evidence: {evidence}"
            );
        }
        let after = ms(&resolve["at"]) - to;
        assert!(
            (0..=20 * MINUTE_MS).contains(&after),
            "resolved {after} ms after its end"
        );
        assert_eq!(resolve["id"], open["id"]);
    }
    let times = lines
        .iter()
        .filter_map(|l| l["at"].as_i64().or(l["emf"]["_aws"]["Timestamp"].as_i64()));
    assert!(times.is_sorted(), "lines stand in the order of their times");
    let summary = lines.last().expect("a summary");
    let count = |name: &str| summary[name].as_u64().expect("a count");
    let rejected: u64 = summary["rejected"]
        .as_object()
        .expect("by reason")
        .values()
        .filter_map(Value::as_u64)
        .sum();
    let kept = count("records") + count("continuations") + count("filtered") + count("duplicates");
    assert_eq!(count("received"), kept + rejected);
}

#[test]
fn the_reference_incident_is_told_as_it_was() {
    check_labels(&events("reference-incident"));
}

#[test]
fn other_scenarios_are_told_as_they_were() {
    for (scenario, seed) in [
        ("own-deploy", "2"),
        ("aurora-failover", "3"),
        ("quiet:2", "4"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let out = text(folder.path());
        let made = Command::new(env!("CARGO_BIN_EXE_atalaya"))
            .args(["simulate", scenario, "--out", out, "--seed", seed])
            .output();
        assert!(
            made.expect("the command starts").status.success(),
            "{scenario}"
        );
        check_labels(folder.path());
    }
}

/// Adds up what EMF lines say, by service, second dimension, minute and metric (latencies by value, too).
fn totals(lines: &[Value], into: &mut BTreeMap<String, u64>) {
    for emf in lines
        .iter()
        .filter(|l| l["kind"] == "metric")
        .map(|l| &l["emf"])
    {
        let place = format!(
            "{} {} {} {}",
            emf["Service"], emf["Route"], emf["Dependency"], emf["_aws"]["Timestamp"]
        );
        let mut add = |name: String, n: &Value| {
            *into.entry(format!("{place} {name}")).or_default() += n.as_u64().unwrap_or_default();
        };
        for name in ["Requests", "Errors", "ClientErrors", "Calls", "CallErrors"] {
            add(name.to_owned(), &emf[name]);
        }
        for name in ["Latency", "CallLatency"] {
            let list = |key: &str| emf[name][key].as_array().cloned().unwrap_or_default();
            for (value, n) in list("Values").iter().zip(&list("Counts")) {
                add(format!("{name} {value}"), n);
            }
        }
    }
}

#[test]
fn repeats_disorder_and_restarts_change_no_metric() {
    let names = [
        "direct-json",
        "mixed-services",
        "stack-trace",
        "out-of-order",
        "two-members",
        "kinesis",
    ];
    let inputs: Vec<PathBuf> = names
        .iter()
        .map(|name| events(&format!("{name}.event.json")))
        .collect();
    let replay = |state: Option<&Path>, inputs: &[&PathBuf]| {
        let mut arguments = vec!["replay", "--output", "json"];
        arguments.extend(state.into_iter().flat_map(|path| ["--state", text(path)]));
        arguments.extend(inputs.iter().map(|path| text(path)));
        atalaya(&arguments).1
    };
    let all: Vec<&PathBuf> = inputs.iter().collect();
    let mut once = BTreeMap::new();
    totals(&replay(None, &all), &mut once);
    assert!(once.values().sum::<u64>() > 50, "the samples say something");

    let disordered: Vec<&PathBuf> = all.iter().rev().chain(&all).copied().collect();
    let mut twice = BTreeMap::new();
    totals(&replay(None, &disordered), &mut twice);
    assert_eq!(twice, once, "twice and out of order");

    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    let mut restarted = BTreeMap::new();
    totals(&replay(Some(&state), &all[2..]), &mut restarted);
    totals(&replay(Some(&state), &disordered), &mut restarted);
    assert_eq!(restarted, once, "over a restart");

    assert_eq!(
        replay(None, &all),
        replay(None, &all),
        "the same input gives the same lines"
    );
}
