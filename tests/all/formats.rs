//! Recordings of real loggers, each with its expected values: `inspect` must find in a record what
//! was given to the logger.
//!
//! `tests/formats/MANIFEST.md` describes each recording, and `tests/formats/make` makes them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use atalaya_cli::{Outcome, inspect};
use serde_json::Value;

use crate::conventions::root;

/// The fields that are compared. Records of several lines are compared by their last line too.
const FIELDS: [&str; 10] = [
    "timestamp_ms",
    "level",
    "message",
    "method",
    "path",
    "status",
    "latency_ms",
    "trace_id",
    "error_type",
    "dependency",
];

/// The least F1 of a recording.
const LEAST: f64 = 0.97;

/// The most differences that are printed for a recording.
const TOLD: usize = 12;

fn folder() -> PathBuf {
    root().join("tests/formats")
}

/// Returns the names of the recordings, sorted.
fn recordings() -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder())? {
        let name = entry?.file_name().into_string();
        if let Some(name) = name.ok().as_deref().and_then(|n| n.strip_suffix(".log")) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn objects(text: &str) -> anyhow::Result<Vec<Value>> {
    let lines = text.lines().filter(|line| !line.is_empty());
    Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// Returns what `inspect` finds in a recording, by the first line of each record.
fn found(name: &str) -> anyhow::Result<BTreeMap<u64, Value>> {
    let args = inspect::Args {
        config: None,
        output: inspect::Output::Json,
        inputs: vec![folder().join(format!("{name}.log"))],
    };
    let mut out = Vec::new();
    let outcome = inspect::run(&args, &mut out)?;
    ensure!(outcome == Outcome::Clean, "{name}: {outcome:?}");
    let records = objects(std::str::from_utf8(&out)?)?;
    let line = |record: &Value| record["first_line"].as_u64();
    Ok(records
        .into_iter()
        .filter_map(|record| Some((line(&record)?, record)))
        .collect())
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the name of a class without its packages, modules or enclosing classes.
fn class(name: &str) -> &str {
    let name = name.rsplit("::").next().unwrap_or(name);
    name.rsplit(['.', '$']).next().unwrap_or(name)
}

/// Returns whether a field's value is the one that the truth gives.
fn is_right(field: &str, found: &Value, truth: &Value) -> bool {
    match field {
        "latency_ms" => {
            let (Some(found), Some(truth)) = (found.as_f64(), truth.as_f64()) else {
                return false;
            };
            // The tolerance: the rounding of a float, and the digits that a unit of the next size
            // leaves out.
            (found - truth).abs() <= (truth.abs() * 0.002).max(0.011)
        }
        "timestamp_ms" => {
            let (Some(found), Some(truth)) = (found.as_i64(), truth.as_i64()) else {
                return false;
            };
            found.abs_diff(truth) <= 1
        }
        "message" => {
            let (Some(found), Some(truth)) = (found.as_str(), truth.as_str()) else {
                return false;
            };
            squeezed(found).contains(&squeezed(truth))
        }
        "error_type" => {
            let (Some(found), Some(truth)) = (found.as_str(), truth.as_str()) else {
                return false;
            };
            class(found) == class(truth)
        }
        _ => found == truth,
    }
}

/// How a recording was read.
#[derive(Default)]
struct Score {
    right: u32,
    /// Values that the truth has and the reader has not, or has otherwise.
    missed: u32,
    /// Values that the reader has and the truth has not, or has otherwise.
    invented: u32,
    differences: Vec<String>,
}

impl Score {
    fn f1(&self) -> f64 {
        let twice = f64::from(2 * self.right);
        twice / (twice + f64::from(self.missed + self.invented)).max(1.0)
    }

    /// Compares a record with its truth.
    fn record(&mut self, found: &Value, truth: &Value) {
        let at = &truth["first_line"];
        if truth["last_line"] != *at {
            // If the reader joined the record to the one above, it is missing here, and all its
            // fields count as missed.
            let last = found.get("last_line").unwrap_or(at);
            if *last == truth["last_line"] {
                self.right += 1;
            } else {
                self.missed += 1;
                self.differences
                    .push(format!("{at}: ends on {}, not {last}", truth["last_line"]));
            }
        }
        for field in FIELDS {
            self.field(field, found, truth);
        }
    }

    fn field(&mut self, field: &str, found: &Value, truth: &Value) {
        let others = truth["alt"][field]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let (found, at, truth) = (&found[field], &truth["first_line"], &truth[field]);
        let is_other = |found: &Value| {
            let mut values = others.iter().filter(|other| !other.is_null());
            values.any(|other| is_right(field, found, other))
        };
        if found.is_null() && (truth.is_null() || others.contains(&Value::Null)) {
            return;
        }
        if !found.is_null() && (is_other(found) || is_right(field, found, truth)) {
            self.right += 1;
            return;
        }
        // A banner's text or a date may be part of the message: that misleads nobody.
        if truth.is_null() && ["message", "timestamp_ms"].contains(&field) {
            return;
        }
        self.missed += u32::from(!truth.is_null());
        self.invented += u32::from(!found.is_null());
        self.differences
            .push(format!("{at}: {field} is {found}, not {truth}"));
    }
}

fn score(name: &str) -> anyhow::Result<Score> {
    let truth = fs::read_to_string(folder().join(format!("{name}.truth.jsonl")))
        .with_context(|| format!("{name}.log has no truth beside it"))?;
    let found = found(name)?;
    let mut score = Score::default();
    for truth in objects(&truth)? {
        let first = truth["first_line"].as_u64().context("a truth has a line")?;
        let nothing = Value::Null;
        score.record(found.get(&first).unwrap_or(&nothing), &truth);
    }
    Ok(score)
}

#[test]
fn each_recording_is_understood() -> anyhow::Result<()> {
    let names = recordings()?;
    assert!(names.len() >= 25, "{names:?}");
    let mut report = String::new();
    for name in names {
        let score = score(&name)?;
        if score.f1() >= LEAST {
            continue;
        }
        let all = score.differences.len();
        writeln!(report, "{name}: F1 {:.3}, {all} differences", score.f1())?;
        for difference in score.differences.iter().take(TOLD) {
            writeln!(report, "  {name}.log:{difference}")?;
        }
    }
    assert!(report.is_empty(), "below {LEAST}:\n{report}");
    Ok(())
}

#[test]
fn each_recording_is_explained() -> anyhow::Result<()> {
    let manifest = fs::read_to_string(folder().join("MANIFEST.md"))?;
    let is_in_a_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let words: Vec<&str> = manifest.split(|c| !is_in_a_word(c)).collect();
    for name in recordings()? {
        assert!(
            words.contains(&name.as_str()),
            "tests/formats/MANIFEST.md does not tell of {name}"
        );
    }
    Ok(())
}
