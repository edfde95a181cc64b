//! What settings name, through the built command: a replay gives it its place and its one name, also in a state that
//! other names filled before.

mod harness;

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use harness::{REQUEST, folder, lines, run, run_with, text};

const SETTINGS: &[u8] = b"services:
  api:
    log_groups: [/ecs/api]
    routes: [/loan/apply]
    dependencies: { scoring: { aliases: [scoring.example.net] } }
";

/// Replays lines with the settings over the state of the folder, and returns the metrics.
fn replay(folder: &Path, log: &str) -> Vec<Value> {
    let arguments = ["replay", "--config", "atalaya.yaml", "--state", "state"];
    let arguments = [&arguments[..], &["--output", "json", "-"]].concat();
    let output = run_with(folder, &arguments, log);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut lines = lines(&output);
    lines.retain(|line| line["kind"] == "metric");
    lines
}

/// Returns the sum of a metric of `api` over one dimension.
fn sum(metrics: &[Value], dimension: &str, of: &str, metric: &str) -> u64 {
    let emf = metrics.iter().map(|line| &line["emf"]);
    let of = emf.filter(|emf| emf["Service"] == "api" && emf[dimension] == of);
    of.filter_map(|emf| emf[metric].as_u64()).sum()
}

/// A word of letters: digits would make it an id.
fn word(n: u32) -> String {
    let digits = format!("{n:03}");
    let letter = |digit: u8| char::from(digit - b'0' + b'a');
    digits.bytes().map(letter).collect()
}

/// Returns a line of the second within the first minutes of the day.
fn request(second: u32, service: &str, path: &str) -> String {
    let time = format!("T00:{:02}:{:02}", second / 60, second % 60);
    let line = REQUEST.replace("T00:00:01", &time);
    line.replace("loan-api", service)
        .replace("/loan/40761", path)
}

#[test]
fn no_flood_of_other_names_takes_the_place_of_what_settings_name() {
    let mut flood = String::new();
    for n in 0..300 {
        writeln!(flood, "{}", request(n, &word(n), "/x")).expect("writes to memory");
        writeln!(flood, "{}", request(n, "api", &format!("/{}", word(n)))).expect("as above");
    }
    let call = |second: u32, name: &str| {
        format!(
            r#"{{"timestamp":"2026-01-05T00:10:{second:02}.000Z","service":"api","dependency":"{name}","duration_ms":7.5}}"#
        )
    };
    let named = [
        request(600, "api", "/loan/apply"),
        request(601, "api", "/loan/apply"),
        call(2, "scoring"),
        call(3, "scoring.example.net"),
    ];
    let named = named.join("\n") + "\n";
    let both = format!("{flood}{named}");
    for (row, logs) in [
        ("one after the other", &[&flood, &named][..]),
        ("all at once", &[&both]),
    ] {
        let folder = folder(&[("atalaya.yaml", SETTINGS)]);
        let checked = run(folder.path(), &["check", "atalaya.yaml"]);
        assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
        let metrics: Vec<Value> = { logs.iter() }
            .flat_map(|log| replay(folder.path(), log))
            .collect();
        let requests = |route| sum(&metrics, "Route", route, "Requests");
        assert_eq!(requests("/loan/apply"), 2, "{row}");
        assert_eq!(
            requests("other"),
            202,
            "{row}: 98 routes beside one route and one dependency"
        );
        let calls = |dependency| sum(&metrics, "Dependency", dependency, "Calls");
        assert_eq!(calls("scoring"), 2, "{row}");
        assert_eq!(calls("scoring.example.net"), 0, "{row}");
    }
}
