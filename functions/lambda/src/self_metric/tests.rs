//! Compares the table with everything that is generated from it: EMF documents, the file that
//! Terraform reads, and the tables in the documentation.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use atalaya_core::metric::limits;
use serde::Serialize;
use serde_json::{Value, json};

use super::*;

/// If this variable is set, the files that are generated from the table are rewritten instead of
/// compared.
const REGENERATE: &str = "ATALAYA_REGENERATE";

/// The lines of docs/telemetry.md that enclose the generated tables.
const BEGIN: &str =
    "<!-- Made from TABLE in self_metric/table.rs; a test says how to make it anew. -->\n";
const END: &str = "<!-- End of what is made. -->\n";

/// Asserts that a file of the repository is what the table generates, or rewrites it.
#[track_caller]
fn assert_current(path: &str, make: impl FnOnce(&str) -> String) {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    let found = fs::read_to_string(&full).unwrap_or_default();
    let made = make(&found);
    if env::var_os(REGENERATE).is_some() {
        fs::write(&full, made).expect("the file can be written");
    } else {
        assert!(
            found == made,
            "{path} is not what the table of self-metrics makes of it: run \
             `{REGENERATE}=1 cargo test -p {} self_metric`",
            env!("CARGO_PKG_NAME")
        );
    }
}

#[test]
fn terraform_reads_the_table_as_it_is() {
    #[derive(Serialize)]
    struct File {
        made_from: &'static str,
        namespace: &'static str,
        dimension: &'static str,
        metrics: Vec<Line>,
    }
    #[derive(Serialize)]
    struct Line {
        function: &'static str,
        metric: &'static str,
        unit: &'static str,
        alarm: Option<AlarmLine>,
        covered_by: Option<&'static str>,
        no_alarm: Option<&'static str>,
    }
    #[derive(Serialize)]
    struct AlarmLine {
        name: &'static str,
        statistic: &'static str,
        period_s: u32,
        periods: u32,
        threshold: u32,
        description: String,
    }
    let line = |row: &Row| {
        let (mut alarm, mut covered_by, mut no_alarm) = (None, None, None);
        match &row.watch {
            Watch::Alarm(own) => {
                alarm = Some(AlarmLine {
                    name: own.name,
                    statistic: "Sum",
                    period_s: own.period_s,
                    periods: own.periods,
                    threshold: own.threshold,
                    description: description(own),
                });
            }
            Watch::CoveredBy(other) => covered_by = Some(*other),
            Watch::NoAlarm(reason) => no_alarm = Some(*reason),
        }
        Line {
            function: row.function.name(),
            metric: row.metric.name(),
            unit: UNIT,
            alarm,
            covered_by,
            no_alarm,
        }
    };
    assert_current("infra/modules/pipeline/self-metrics.json", |_| {
        let file = File {
            made_from: "TABLE in self_metric/table.rs; a test says how to make it anew",
            namespace: NAMESPACE,
            dimension: DIMENSION,
            metrics: TABLE.iter().map(line).collect(),
        };
        let mut text = serde_json::to_string_pretty(&file).expect("plain values always encode");
        text.push('\n');
        text
    });
}

#[test]
fn people_read_the_table_as_it_is() {
    assert_current("docs/telemetry.md", |found| {
        let (before, rest) = found.split_once(BEGIN).expect("the first line is there");
        let (_, after) = rest.split_once(END).expect("the last line is there");
        let mut text = format!("{before}{BEGIN}");
        for function in Function::ALL {
            let name = function.name();
            let _ = write!(
                text,
                "\n`{name}` emits:\n\n| metric | meaning | alarm |\n|---|---|---|\n"
            );
            for row in TABLE.iter().filter(|row| row.function == function) {
                let alarm = match &row.watch {
                    Watch::Alarm(alarm) => format!("`{}`", alarm.name),
                    Watch::CoveredBy(other) => format!("covered by `{other}`"),
                    Watch::NoAlarm(reason) => format!("none: {reason}"),
                };
                let _ = writeln!(
                    text,
                    "| `{}` | {} | {alarm} |",
                    row.metric.name(),
                    row.meaning
                );
            }
        }
        text + "\n" + END + after
    });
}

#[test]
fn each_metric_of_a_function_and_each_alarm_stands_once() {
    let (mut metrics, mut alarms) = (BTreeSet::new(), BTreeSet::new());
    for row in TABLE {
        let what = (row.function, row.metric);
        assert!(metrics.insert(what), "{what:?} stands twice");
        if let Watch::Alarm(alarm) = &row.watch {
            assert!(alarms.insert(alarm.name), "{} stands twice", alarm.name);
        }
    }
}

#[test]
fn each_alarm_is_one_that_cloudwatch_takes_and_people_understand() {
    for alarm in TABLE.iter().filter_map(|row| match &row.watch {
        Watch::Alarm(alarm) => Some(alarm),
        _ => None,
    }) {
        let name = alarm.name;
        let letters = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(name.chars().all(letters), "{name}");
        assert!(
            alarm.period_s.is_multiple_of(60) && alarm.periods > 0,
            "{name}"
        );
        // CloudWatch looks back a day at most, and takes 1,024 characters of description.
        assert!(alarm.period_s * alarm.periods <= 86_400, "{name}");
        assert!((80..=1000).contains(&description(alarm).len()), "{name}");
        for sentences in [alarm.cause, alarm.remedy] {
            assert!(sentences.ends_with('.'), "{name}: {sentences}");
        }
    }
}

#[test]
fn a_document_keeps_the_rules_of_emf() {
    let counts = [(SelfMetric::Sweeps, 3), (SelfMetric::SweepFailures, 0)];
    let line = document("atalaya-sweep", 1_767_602_520_000, &counts);
    assert_eq!(line.last(), Some(&b'\n'));
    let document: Value = serde_json::from_slice(&line).expect("JSON");
    let expected = json!({
        "_aws": {"Timestamp": 1_767_602_520_000_i64, "CloudWatchMetrics": [{
            "Namespace": "Atalaya/Self", "Dimensions": [["Function"]],
            "Metrics": [{"Name": "SweepFailures", "Unit": "Count"}, {"Name": "Sweeps", "Unit": "Count"}],
        }]},
        "Function": "atalaya-sweep", "Sweeps": 3, "SweepFailures": 0,
    });
    assert_eq!(document, expected);
    assert!(
        line.starts_with(br#"{"_aws":"#),
        "as all other documents begin"
    );
    // Whatever a function emits fits into one directive.
    for function in Function::ALL {
        assert!(function.metric_names().len() <= limits::METRICS);
    }
}

/// Returns the text of the alarm.
fn description(alarm: &Alarm) -> String {
    format!("{} {}", alarm.cause, alarm.remedy)
}
