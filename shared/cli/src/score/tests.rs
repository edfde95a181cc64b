//! Tests of the output and the errors of `score`, row by row; the scores themselves are tested with
//! the detector in the core crate.

use std::io::Cursor;

use atalaya_core::anomaly::Reading;
use indicatif::ProgressBar;
use proptest::prelude::*;

use super::Output;
use super::plot::Chart;
use super::rows::Rows;
use super::scored;

/// Scores a text; returns the output and the reported faults.
fn score(text: &[u8], output: Output, chart: Option<&mut Chart>) -> (String, Vec<String>) {
    let rows = match Rows::open("s.csv", Box::new(Cursor::new(text.to_vec()))) {
        Ok(rows) => rows,
        Err(fault) => return (String::new(), vec![fault.to_string()]),
    };
    let mut out = Vec::new();
    let bar = ProgressBar::hidden();
    let faults = scored("s.csv", rows, output, &mut out, chart, &bar);
    let faults = faults.expect("memory does not fail").list();
    let out = String::from_utf8(out).expect("text was printed");
    (out, faults.iter().map(ToString::to_string).collect())
}

/// Compares the output before the score of each row, and the reported faults; every score must be a
/// valid one.
fn check(text: &str, printed: &[&str], said: &[&str]) {
    let (out, faults) = score(text.as_bytes(), Output::Csv, None);
    let mut lines = out.lines();
    assert_eq!(
        lines.next(),
        Some("timestamp,value,anomaly_score"),
        "{text}"
    );
    let mut rows = Vec::new();
    for line in lines {
        let (row, score) = line.rsplit_once(',').expect("a row ends with its score");
        let number: f64 = score.parse().expect("a score is a number");
        assert!((0.0..=1.0).contains(&number), "{line}");
        assert_eq!(number.to_string(), score, "{line}");
        rows.push(row);
    }
    assert_eq!(rows, printed, "{text}");
    assert_eq!(faults, said, "{text}");
}

#[test]
fn rows_are_printed_as_they_were_and_in_their_order() {
    check(
        "host,value,timestamp\na,1.50,2014-02-14 14:27:00\nb, 2e0,2014-02-14 14:32:00\n",
        &["2014-02-14 14:27:00,1.50", "2014-02-14 14:32:00, 2e0"],
        &[],
    );
    check(
        "timestamp,value\n1392388020,1\n1392387720,-0\n1392388020,1\n",
        &["1392388020,1", "1392387720,-0", "1392388020,1"],
        &[],
    );
    check(
        "timestamp,value\n\"Feb 14, 2014 2:27:00 PM\",1\n",
        &["\"Feb 14, 2014 2:27:00 PM\",1"],
        &[],
    );
    check("timestamp,value\n", &[], &[]);
}

#[test]
fn a_row_that_cannot_be_read_keeps_its_place_and_is_named() {
    let number = "write numbers with a point and without separators, such as 1234.5";
    let gaps = "leave the row out: gaps are understood";
    check(
        "timestamp,value\n2014-02-14,1\n2014-02-15,\n2014-02-16,x\n2014-02-17,inf\n2014-02-18,2\n",
        &[
            "2014-02-14,1",
            "2014-02-15,",
            "2014-02-16,x",
            "2014-02-17,inf",
            "2014-02-18,2",
        ],
        &[
            &format!("s.csv:3: value is empty ({gaps})"),
            &format!("s.csv:4: `x` is no number ({number})"),
            &format!("s.csv:5: `inf` is no finite number ({gaps})"),
        ],
    );
    let many = format!("timestamp,value\n{}", "2014-02-14,\n".repeat(25));
    let (out, faults) = score(many.as_bytes(), Output::Csv, None);
    assert_eq!(out.lines().count(), 26);
    assert!(out.lines().skip(1).all(|line| line == "2014-02-14,,0"));
    assert_eq!(faults.len(), 21);
    let last = "s.csv: 5 more rows cannot be read (they have the score 0; see to the first ones)";
    assert_eq!(faults[20], last);
}

#[test]
fn json_says_what_was_expected() {
    let text = b"timestamp,value\n2014-02-14 14:27:00,1.50\nsoon,2\n";
    let (out, _) = score(text, Output::Json, None);
    let lines: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    assert_eq!(lines[0]["timestamp"], "2014-02-14 14:27:00");
    assert_eq!(lines[0]["at"], 1_392_388_020_000_i64);
    assert_eq!(lines[0]["value"], 1.5);
    let members = ["anomaly_score", "expected", "low", "high"];
    assert!(
        members.iter().all(|name| lines[0][*name].is_number()),
        "{out}"
    );
    assert!(lines[0]["found"].is_boolean());
    let unread = r#"{"timestamp":"soon","at":null,"value":null,"anomaly_score":0.0,"expected":null,"low":null,"high":null,"found":false,"since":null,"problem":"`soon` is no timestamp"}"#;
    assert_eq!(out.lines().nth(1), Some(unread));
}

/// Draws a series of which each row is what was measured, expected, and the score.
fn drawn(name: &str, rows: &[(i64, f64, f64, f64)]) -> String {
    let mut chart = Chart::new(name);
    for &(minute, value, expected, score) in rows {
        let reading = Reading {
            score,
            expected,
            band: (expected - 2.0, expected + 2.0),
            found: score > 0.5,
            since_s: minute * 60,
        };
        chart.take(1_392_388_020_000 + minute * 60_000, value, &reading);
    }
    chart.draw()
}

#[test]
fn a_small_series_is_drawn_as_before() {
    let rows = [
        (0, 10.0, 10.0, 0.0),
        (5, 11.5, 10.2, 0.02),
        (10, 10.5, 10.4, 0.0),
        (15, 31.0, 10.4, 0.97),
        (20, 12.0, 10.5, 0.1),
        // A gap.
        (90, 11.0, 10.5, 0.0),
        (95, 9.0, 10.5, 0.04),
    ];
    insta::assert_snapshot!(drawn("folder/cpu <&\"1\u{7}.csv", &rows));
    insta::assert_snapshot!(drawn("-", &[]));
}

#[test]
fn a_year_of_minutes_is_a_small_picture() {
    let rows: Vec<_> = (0..525_600)
        .map(|minute| {
            let wave = (minute as f64 / 229.0).sin() * 123.456 + (minute % 11) as f64;
            let score = if minute % 400 == 0 { 0.9 } else { 0.3 };
            (minute, wave, wave, score)
        })
        .collect();
    let svg = drawn("year.csv", &rows);
    assert!(svg.len() < 250_000, "{} bytes", svg.len());
    assert!(svg.contains("525,600 rows") && svg.contains("1,314 findings"));
}

proptest! {
    #[test]
    fn no_values_break_the_picture(rows in prop::collection::vec((any::<i32>(), any::<f64>(), any::<f64>(), 0.0..=1.0), 0..40)) {
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|(_, value, ..)| value.is_finite())
            .map(|(minute, value, expected, score)| (i64::from(minute), value, expected, score))
            .collect();
        let svg = drawn("x", &rows);
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for start in ["", "timestamp,value\n", "timestamp,value\n2014-02-14,"] {
            let text = [start.as_bytes(), bytes.as_slice()].concat();
            let mut chart = Chart::new("x");
            score(&text, Output::Json, Some(&mut chart));
            chart.draw();
        }
    }
}
