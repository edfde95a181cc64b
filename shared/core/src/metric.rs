//! CloudWatch embedded metric format (EMF): the documents that a series and minute becomes.
//!
//! CloudWatch drops a document that breaks a rule and says nothing, so the rules are kept here, each with its number from
//! AWS's specification ("Specification: Embedded metric format", "PutMetricData"): see [`limits`]. A document that would
//! break one is split, or refused with a reason that is counted.

use std::sync::LazyLock;

use crate::series::{SeriesKind, SeriesName, Sums};
use crate::sketch::Bucket;
use crate::time::{MINUTE_MS, Minute};

/// The rules of the specification.
pub mod limits {
    /// Metrics in one directive.
    pub const METRICS: usize = 100;
    /// Values of one metric in one document.
    pub const VALUES: usize = 100;
    /// Dimensions in one set.
    pub const DIMENSIONS: usize = 30;
    /// Bytes of one document: that of a log event.
    pub const DOCUMENT_BYTES: usize = 1_000_000;
    /// Characters of a dimension's value.
    pub const DIMENSION_CHARS: usize = 1024;
    /// Characters of a dimension's name.
    pub const DIMENSION_NAME_CHARS: usize = 250;
    /// Characters of a namespace.
    pub const NAMESPACE_CHARS: usize = 255;
    /// How far back a timestamp may lie, in milliseconds: 14 days.
    pub const PAST_MS: i64 = 14 * 24 * 3_600_000;
    /// How far ahead a timestamp may lie, in milliseconds: 2 hours.
    pub const AHEAD_MS: i64 = 2 * 3_600_000;
}

/// Why a document was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// CloudWatch accepts no metric of a minute so long ago, or so far ahead.
    TooOldOrAhead,
    /// The name of a service, route or dependency cannot be a dimension's value.
    BadName,
}

impl Refusal {
    /// Returns the name under which it is counted, in snake case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooOldOrAhead => "too_old_or_ahead",
            Self::BadName => "bad_name",
        }
    }
}

/// The names of a kind of series in its documents.
struct Names {
    dimension: &'static str,
    /// Whether the values without the second dimension are wanted too: `[Service]` beside `[Service, Route]`.
    service_alone: bool,
    count: &'static str,
    errors: &'static str,
    client_errors: Option<&'static str>,
    latency: &'static str,
}

const REQUESTS: Names = Names {
    dimension: "Route",
    service_alone: true,
    count: "Requests",
    errors: "Errors",
    client_errors: Some("ClientErrors"),
    latency: "Latency",
};

const CALLS: Names = Names {
    dimension: "Dependency",
    service_alone: false,
    count: "Calls",
    errors: "CallErrors",
    client_errors: None,
    latency: "CallLatency",
};

/// Writes the documents of one series and minute to `out`, each on a line of its own, and returns how many.
///
/// Normally that is one document. A latency over more than 100 buckets needs more, of which only
/// the first counts requests. The series of all log lines, and those of log patterns, have no
/// metrics and make no document. `now_ms` is the present time, against which the age of the minute
/// is checked.
pub fn write(
    out: &mut Vec<u8>,
    namespace: &str,
    service: &str,
    series: &SeriesName,
    (minute, sums): (Minute, &Sums),
    now_ms: i64,
) -> Result<usize, Refusal> {
    let names = match series.kind {
        // A metric for each log pattern would cause a bill that nobody expects.
        SeriesKind::Lines | SeriesKind::Warning | SeriesKind::Error => return Ok(0),
        SeriesKind::Route => &REQUESTS,
        SeriesKind::Dependency => &CALLS,
    };
    check_time(minute, now_ms)?;
    if !is_dimension_value(service) || !is_dimension_value(&series.name) {
        return Err(Refusal::BadName);
    }
    let buckets: Vec<(Bucket, u64)> = sums.latency.buckets().collect();
    let mut rest = buckets.as_slice();
    let mut documents = 0;
    while documents == 0 || !rest.is_empty() {
        let (values, later) = rest.split_at(rest.len().min(limits::VALUES));
        rest = later;
        let counts = (documents == 0).then_some(sums);
        document(
            out,
            namespace,
            names,
            (service, &series.name),
            minute,
            counts,
            values,
        );
        documents += 1;
    }
    Ok(documents)
}

fn check_time(minute: Minute, now_ms: i64) -> Result<(), Refusal> {
    let age = now_ms.saturating_sub(minute.start_ms());
    let fits = (-limits::AHEAD_MS..=limits::PAST_MS - MINUTE_MS).contains(&age);
    if fits {
        Ok(())
    } else {
        Err(Refusal::TooOldOrAhead)
    }
}

/// Returns whether CloudWatch accepts a text as a dimension's value: ASCII without control
/// characters, not blank, not beginning with a colon, of bounded length.
fn is_dimension_value(text: &str) -> bool {
    (1..=limits::DIMENSION_CHARS).contains(&text.len())
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && text.bytes().any(|byte| byte != b' ')
        && !text.starts_with(':')
}

fn document(
    out: &mut Vec<u8>,
    namespace: &str,
    names: &Names,
    (service, name): (&str, &str),
    minute: Minute,
    counts: Option<&Sums>,
    values: &[(Bucket, u64)],
) {
    put(out, r#"{"_aws":{"Timestamp":"#);
    put_number(out, minute.start_ms());
    put(out, r#","CloudWatchMetrics":[{"Namespace":"#);
    put_text(out, namespace);
    put(out, r#","Dimensions":["#);
    put(
        out,
        if names.service_alone {
            r#"["Service"],["Service",""#
        } else {
            r#"["Service",""#
        },
    );
    put(out, names.dimension);
    put(out, r#""]],"Metrics":["#);
    let mut comma = "";
    if counts.is_some() {
        for name in [Some(names.count), Some(names.errors), names.client_errors]
            .into_iter()
            .flatten()
        {
            put(out, comma);
            put_metric(out, name, "Count");
            comma = ",";
        }
    }
    if !values.is_empty() {
        put(out, comma);
        put_metric(out, names.latency, "Milliseconds");
    }
    put(out, r#"]}]},"Service":"#);
    put_text(out, service);
    put(out, ",\"");
    put(out, names.dimension);
    put(out, "\":");
    put_text(out, name);
    if let Some(sums) = counts {
        put_count(out, names.count, sums.count);
        put_count(out, names.errors, sums.errors);
        if let Some(name) = names.client_errors {
            put_count(out, name, sums.client_errors);
        }
    }
    if !values.is_empty() {
        put_values(out, names.latency, values);
    }
    put(out, "}\n");
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn put_number(out: &mut Vec<u8>, number: impl itoa::Integer) {
    put(out, itoa::Buffer::new().format(number));
}

/// Writes a JSON string.
fn put_text(out: &mut Vec<u8>, text: &str) {
    let plain = text
        .bytes()
        .all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\');
    if plain {
        out.push(b'"');
        put(out, text);
        out.push(b'"');
    } else {
        serde_json::to_writer(out, text).expect("writing to memory does not fail");
    }
}

fn put_metric(out: &mut Vec<u8>, name: &str, unit: &str) {
    put(out, r#"{"Name":""#);
    put(out, name);
    put(out, r#"","Unit":""#);
    put(out, unit);
    put(out, "\"}");
}

fn put_count(out: &mut Vec<u8>, name: &str, count: u64) {
    put(out, ",\"");
    put(out, name);
    put(out, "\":");
    put_number(out, count);
}

fn put_values(out: &mut Vec<u8>, name: &str, values: &[(Bucket, u64)]) {
    /// The value of each bucket as it is written: to six figures, which is far finer than the bucket.
    static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let buckets = (0..=Bucket::OVER.number()).filter_map(Bucket::new);
        buckets
            .map(|bucket| six_figures(bucket.value_ms()))
            .collect()
    });
    put(out, ",\"");
    put(out, name);
    put(out, "\":{\"Values\":[");
    for (n, (bucket, _)) in values.iter().enumerate() {
        put(out, if n == 0 { "" } else { "," });
        put(out, &TEXTS[usize::from(bucket.number())]);
    }
    put(out, "],\"Counts\":[");
    for (n, (_, count)) in values.iter().enumerate() {
        put(out, if n == 0 { "" } else { "," });
        put_number(out, *count);
    }
    put(out, "]}");
}

fn six_figures(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let decimals = (5 - value.log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    const NOW: i64 = 1_767_602_520_000;

    fn lines(out: &[u8]) -> Vec<Value> {
        let text = std::str::from_utf8(out).expect("UTF-8");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    fn written(series: &SeriesName, sums: &Sums) -> Vec<Value> {
        let mut out = Vec::new();
        let minute = Minute::of_ms(NOW);
        let count =
            write(&mut out, "Atalaya", "loan-api", series, (minute, sums), NOW).expect("fits");
        assert!(
            out.split(|byte| *byte == b'\n')
                .all(|line| line.len() < limits::DOCUMENT_BYTES)
        );
        let documents = lines(&out);
        assert_eq!(documents.len(), count);
        documents
    }

    /// Asserts every rule of the specification on a document, with the numbers in it.
    fn check_rules(document: &Value) {
        let directives = document["_aws"]["CloudWatchMetrics"]
            .as_array()
            .expect("directives");
        assert!(document["_aws"]["Timestamp"].is_i64());
        for directive in directives {
            let namespace = directive["Namespace"].as_str().expect("namespace");
            assert!((1..=255).contains(&namespace.len()));
            let metrics = directive["Metrics"].as_array().expect("metrics");
            assert!((1..=100).contains(&metrics.len()));
            for metric in metrics {
                let name = metric["Name"].as_str().expect("name");
                assert!(
                    ["Count", "Milliseconds"].contains(&metric["Unit"].as_str().expect("unit"))
                );
                match &document[name] {
                    Value::Number(_) => {}
                    values => {
                        let list = |key: &str| values[key].as_array().expect("list").len();
                        assert!((1..=100).contains(&list("Values")));
                        assert_eq!(list("Values"), list("Counts"));
                    }
                }
            }
            let sets = directive["Dimensions"].as_array().expect("dimension sets");
            assert!(!sets.is_empty());
            for set in sets {
                let set = set.as_array().expect("set");
                assert!(set.len() <= 30);
                for name in set {
                    let name = name.as_str().expect("dimension name");
                    assert!((1..=250).contains(&name.len()) && !name.starts_with(':'));
                    let value = document[name]
                        .as_str()
                        .expect("a dimension's value is text");
                    assert!((1..=1024).contains(&value.len()), "no empty dimension");
                    assert!(!value.trim().is_empty() && value.is_ascii());
                }
            }
        }
    }

    #[test]
    fn a_route_is_one_document_with_both_dimension_sets() {
        let mut sums = Sums {
            count: 3,
            errors: 1,
            client_errors: 1,
            ..Sums::default()
        };
        for ms in [10.0, 10.1, 3000.0] {
            sums.latency.add(ms);
        }
        let documents = written(&SeriesName::route("/loan/{id}"), &sums);
        let expected = serde_json::json!([{
            "_aws": {"Timestamp": NOW, "CloudWatchMetrics": [{
                "Namespace": "Atalaya",
                "Dimensions": [["Service"], ["Service", "Route"]],
                "Metrics": [
                    {"Name": "Requests", "Unit": "Count"}, {"Name": "Errors", "Unit": "Count"},
                    {"Name": "ClientErrors", "Unit": "Count"}, {"Name": "Latency", "Unit": "Milliseconds"}
                ]}]},
            "Service": "loan-api", "Route": "/loan/{id}",
            "Requests": 3, "Errors": 1, "ClientErrors": 1,
            "Latency": {"Values": [9.92555, 3021.7], "Counts": [2, 1]}
        }]);
        assert_eq!(Value::from(documents), expected);
    }

    #[test]
    fn a_dependency_has_its_own_names_and_a_line_makes_none() {
        let sums = Sums {
            count: 2,
            errors: 1,
            ..Sums::default()
        };
        let documents = written(&SeriesName::dependency("scoring"), &sums);
        assert_eq!(
            documents[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            serde_json::json!([["Service", "Dependency"]])
        );
        assert_eq!(
            (&documents[0]["Calls"], &documents[0]["CallErrors"]),
            (&Value::from(2), &Value::from(1))
        );
        assert_eq!(
            documents[0].get("CallLatency"),
            None,
            "a metric without values is left out"
        );
        assert_eq!(written(&SeriesName::lines(), &sums), Vec::<Value>::new());
    }

    #[test]
    fn a_wide_latency_is_split_and_counts_once() {
        let mut sums = Sums {
            count: 258,
            ..Sums::default()
        };
        for number in 0..=Bucket::OVER.number() {
            sums.latency
                .add_count(Bucket::new(number).expect("in range"), 1);
        }
        let documents = written(&SeriesName::route("/x"), &sums);
        assert_eq!(documents.len(), 3, "258 values, 100 a document");
        documents.iter().for_each(check_rules);
        let requests: Vec<_> = documents
            .iter()
            .map(|d| d.get("Requests").and_then(Value::as_u64))
            .collect();
        assert_eq!(requests, [Some(258), None, None]);
        let values: usize = documents
            .iter()
            .map(|d| d["Latency"]["Values"].as_array().map_or(0, Vec::len))
            .sum();
        assert_eq!(values, 258);
    }

    #[test]
    fn what_cloudwatch_would_drop_in_silence_is_refused_aloud() {
        let refused = |service: &str, name: &str, minute: i64| {
            let mut out = Vec::new();
            let at = (Minute::of_ms(minute), &Sums::default());
            let result = write(
                &mut out,
                "Atalaya",
                service,
                &SeriesName::route(name),
                at,
                NOW,
            );
            assert!(result.is_ok() || out.is_empty());
            result.err()
        };
        let day = 24 * 3_600_000;
        assert_eq!(refused("s", "/x", NOW), None);
        assert_eq!(refused("s", "/x", NOW - 13 * day), None);
        assert_eq!(
            refused("s", "/x", NOW - 14 * day),
            Some(Refusal::TooOldOrAhead)
        );
        assert_eq!(refused("s", "/x", NOW + 3_600_000), None);
        assert_eq!(
            refused("s", "/x", NOW + 3 * 3_600_000),
            Some(Refusal::TooOldOrAhead)
        );
        for name in ["", " ", ":x", "caf\u{e9}", "tab\t", &"x".repeat(1025)] {
            assert_eq!(refused("s", name, NOW), Some(Refusal::BadName), "{name}");
            assert_eq!(refused(name, "/x", NOW), Some(Refusal::BadName), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_name_makes_a_document_within_the_rules_or_none(
            service in "\\PC{0,40}", name in "\\PC{0,40}", count in 0_u64..9, ms in prop::collection::vec(0.0..1e9_f64, 0..300),
        ) {
            let mut sums = Sums { count, ..Sums::default() };
            for ms in ms {
                sums.latency.add(ms);
            }
            let mut out = Vec::new();
            let series = SeriesName::dependency(&name);
            if let Ok(n) = write(&mut out, "Atalaya", &service, &series, (Minute::of_ms(NOW), &sums), NOW) {
                let documents = lines(&out);
                prop_assert_eq!(documents.len(), n);
                documents.iter().for_each(check_rules);
            }
            // A name from `route::name` always makes a document.
            let clean = atalaya_logs::route::name(&name);
            let series = SeriesName::dependency(&clean);
            let mut out = Vec::new();
            prop_assert!(write(&mut out, "A", "s", &series, (Minute::of_ms(NOW), &sums), NOW).is_ok());
        }
    }
}
