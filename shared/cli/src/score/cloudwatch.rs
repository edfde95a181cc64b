//! Series as the AWS command line prints them: `get-metric-statistics` and `get-metric-data`, as JSON.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::rows::{Misread, Row, point};
use crate::input::InputFault;

/// The largest document that is read: 1,440 points of `get-metric-statistics` take 200 KB.
const MOST: u64 = 256 << 20;

/// The statistic that is scored if a file holds several: the first of these that is there;
/// percentiles come after them.
const STATISTICS: [&str; 5] = ["Average", "Sum", "Maximum", "Minimum", "SampleCount"];

/// What to do with a document of another kind.
const REMEDY: &str =
    "give what aws cloudwatch get-metric-statistics or get-metric-data prints with --output json";

/// A document, or a part of one that `--query` cut out.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(borrow)]
    datapoints: Option<Vec<Datapoint<'a>>>,
    #[serde(borrow)]
    metric_data_results: Option<Vec<Measured<'a>>>,
    #[serde(borrow)]
    timestamps: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    values: Option<Vec<&'a RawValue>>,
}

/// One point of `get-metric-statistics`: a timestamp, a unit, and a member for each statistic.
type Datapoint<'a> = BTreeMap<String, &'a RawValue>;

/// One series of `get-metric-data`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Measured<'a> {
    #[serde(default)]
    id: String,
    #[serde(borrow)]
    timestamps: Vec<&'a RawValue>,
    #[serde(borrow)]
    values: Vec<&'a RawValue>,
}

/// Reads a document into rows in order of time, as CloudWatch gives them in none; with what the reader should know.
pub(super) fn read(
    source: &str,
    input: impl BufRead,
) -> Result<(Vec<Row>, Option<String>), InputFault> {
    let mut text = String::new();
    let read = input.take(MOST + 1).read_to_string(&mut text);
    read.map_err(|error| InputFault::of_io(source, &error))?;
    if text.len() as u64 > MOST {
        let problem = format!("JSON is larger than {} MiB", MOST >> 20);
        return Err(InputFault::new(source, problem, "give it as CSV"));
    }
    let wrong = |error: serde_json::Error| {
        let line = error.line() as u64;
        let problem = format!("is no series in JSON: {error}");
        InputFault::new(source, problem, REMEDY).at_line(line)
    };
    let (pairs, note) = if text.trim_start().starts_with('[') {
        datapoints(source, serde_json::from_str(&text).map_err(wrong)?)?
    } else {
        pairs(source, serde_json::from_str(&text).map_err(wrong)?)?
    };
    let mut places = Places::new(&text);
    let mut rows: Vec<Row> = pairs
        .into_iter()
        .map(|(timestamp, value)| places.row(timestamp, value))
        .collect();
    // A row without a time comes first, unchanged.
    rows.sort_by_key(|row| row.point.as_ref().map(|point| point.at_ms).ok());
    Ok((rows, note))
}

/// Pairs of timestamp and value, to the letter, with what the reader should know.
type Pairs<'a> = (Vec<(&'a RawValue, Option<&'a RawValue>)>, Option<String>);

fn pairs<'a>(source: &str, document: Document<'a>) -> Result<Pairs<'a>, InputFault> {
    let refused = |problem: &str| InputFault::new(source, problem, REMEDY);
    if let Some(points) = document.datapoints {
        return datapoints(source, points);
    }
    let (timestamps, values) = match document.metric_data_results {
        Some(mut results) if results.len() == 1 => {
            let Measured {
                timestamps, values, ..
            } = results.remove(0);
            (timestamps, values)
        }
        Some(results) if results.is_empty() => return Err(refused("holds no series")),
        Some(results) => {
            let ids: Vec<&str> = results.iter().map(|result| &*result.id).collect();
            let problem = format!("holds {} series: {}", ids.len(), ids.join(", "));
            let remedy = "cut one out with --query 'MetricDataResults[0]'";
            return Err(InputFault::new(source, problem, remedy));
        }
        None => match (document.timestamps, document.values) {
            (Some(timestamps), Some(values)) => (timestamps, values),
            _ => return Err(refused("is JSON, but no series")),
        },
    };
    if timestamps.len() != values.len() {
        let (of_time, of_value) = (timestamps.len(), values.len());
        let problem = format!("has {of_time} timestamps and {of_value} values");
        return Err(refused(&problem));
    }
    let pairs = timestamps.into_iter().zip(values.into_iter().map(Some));
    Ok((pairs.collect(), None))
}

/// Takes one statistic of points that may carry several.
fn datapoints<'a>(source: &str, points: Vec<Datapoint<'a>>) -> Result<Pairs<'a>, InputFault> {
    let mut flat = points;
    for point in &mut flat {
        // Percentiles stand one level deeper.
        let extended = point.remove("ExtendedStatistics");
        let extended = extended.and_then(|raw| serde_json::from_str::<Datapoint>(raw.get()).ok());
        point.extend(extended.unwrap_or_default());
        point.remove("Unit");
    }
    let mut names: Vec<&str> = Vec::new();
    for name in flat.iter().flat_map(BTreeMap::keys) {
        if name != "Timestamp" && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let rank = |name: &&str| STATISTICS.iter().position(|known| known == name);
    names.sort_by_key(|name| rank(name).unwrap_or(STATISTICS.len()));
    let Some(taken) = names.first().map(|name| (*name).to_owned()) else {
        let problem = "holds no datapoints";
        return Err(InputFault::new(source, problem, "ask for a longer time"));
    };
    let note = (names.len() > 1).then(|| {
        let all = names.join(", ");
        format!("holds {all}; {taken} is scored")
    });
    let mut pairs = Vec::new();
    for mut point in flat {
        let Some(timestamp) = point.remove("Timestamp") else {
            let problem = "a datapoint has no Timestamp";
            return Err(InputFault::new(source, problem, REMEDY));
        };
        pairs.push((timestamp, point.remove(&taken)));
    }
    Ok((pairs, note))
}

/// Finds the line of a document on which a value is; fast if values are asked for in the order of
/// the text.
struct Places<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    fn line_of(&mut self, value: &RawValue) -> u64 {
        let start = self.text.as_ptr() as usize;
        let at = (value.get().as_ptr() as usize).saturating_sub(start);
        if at < self.at {
            (self.at, self.line) = (0, 1);
        }
        let passed = self.text.as_bytes().get(self.at..at).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at = at;
        self.line
    }

    fn row(&mut self, timestamp: &RawValue, value: Option<&RawValue>) -> Row {
        let line = self.line_of(timestamp);
        let timestamp = plain(timestamp);
        let value = value.map(plain).unwrap_or_default();
        let point = if value == "null" {
            Err(Misread::NoValue)
        } else {
            point(&timestamp, &value)
        };
        Row {
            line,
            timestamp,
            value,
            point,
        }
    }
}

/// Returns the text of a string, or a value as it is written.
fn plain(raw: &RawValue) -> String {
    serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let shown: Vec<String> = match read("m.json", Cursor::new(text)) {
            Err(fault) => vec![fault.to_string()],
            Ok((rows, note)) => {
                let rows = rows.into_iter().map(|row| match row.point {
                    Err(why) => format!("{}: {why}", row.line),
                    Ok(_) => format!("{}: {}|{}", row.line, row.timestamp, row.value),
                });
                note.into_iter().chain(rows).collect()
            }
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn what_the_aws_command_prints_is_read() {
        for (text, expected) in [
            (
                "{\"Label\":\"CPUUtilization\",\"Datapoints\":[\n{\"Timestamp\":\"2014-02-14T14:32:00Z\",\"Average\":2.50,\"Unit\":\"Percent\"},\n\
                 {\"Timestamp\":\"2014-02-14T14:27:00+00:00\",\"Average\":1.0,\"Unit\":\"Percent\"}]}",
                &[
                    "3: 2014-02-14T14:27:00+00:00|1.0",
                    "2: 2014-02-14T14:32:00Z|2.50",
                ][..],
            ),
            (
                r#"{"Datapoints":[{"Timestamp":"2014-02-14T14:27:00Z","SampleCount":9,"Maximum":3,"ExtendedStatistics":{"p90":7}}]}"#,
                &[
                    "holds Maximum, SampleCount, p90; Maximum is scored",
                    "1: 2014-02-14T14:27:00Z|3",
                ],
            ),
            (
                r#"[{"Timestamp":1392388020.0,"ExtendedStatistics":{"p99":7e1}}]"#,
                &["1: 1392388020.0|7e1"],
            ),
            (
                r#"{"MetricDataResults":[{"Id":"m1","Label":"x","Timestamps":["2014-02-14T14:32:00Z","2014-02-14T14:27:00Z"],"Values":[2,1],"StatusCode":"Complete"}],"Messages":[]}"#,
                &["1: 2014-02-14T14:27:00Z|1", "1: 2014-02-14T14:32:00Z|2"],
            ),
            (
                r#"{"Timestamps":["2014-02-14T14:32:00Z","x"],"Values":[null,1]}"#,
                &["1: value is empty", "1: `x` is no timestamp"],
            ),
            (
                r#"{"MetricDataResults":[{"Id":"a","Timestamps":[],"Values":[]},{"Id":"b","Timestamps":[],"Values":[]}]}"#,
                &["m.json: holds 2 series: a, b (cut one out with --query 'MetricDataResults[0]')"],
            ),
            (
                r#"{"Timestamps":["2014-02-14T14:32:00Z"],"Values":[]}"#,
                &[
                    "m.json: has 1 timestamps and 0 values (give what aws cloudwatch get-metric-statistics or get-metric-data prints with --output json)",
                ],
            ),
            (
                "{\"Datapoints\":[]}",
                &["m.json: holds no datapoints (ask for a longer time)"],
            ),
        ] {
            check(text, expected);
        }
        for text in [
            "{}",
            "{\"a\":1}",
            "[1]",
            "{\n\"Datapoints\":3}",
            "{",
            "[{}]",
            "[{\"Average\":1}]",
        ] {
            assert!(read("m.json", Cursor::new(text)).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[\\[{]([{}\\[\\]:,\"\\\\0-9.eE\n-]|\"(Datapoints|Timestamps?|Values|Average)\"){0,60}") {
            drop(read("m.json", Cursor::new(text)));
        }
    }
}
