//! The output for each row: CSV for programs that evaluate detectors, JSON for readers who ask why.

use std::io::{self, Write};

use atalaya_core::anomaly::Reading;
use serde::Serialize;

use super::Output;
use super::rows::{Misread, Point, Row};

/// Prints what comes before all rows.
pub(super) fn header(out: &mut impl Write, output: Output) -> io::Result<()> {
    match output {
        Output::Csv => writeln!(out, "timestamp,value,anomaly_score"),
        Output::Json => Ok(()),
    }
}

/// Prints a row that was judged.
pub(super) fn row(
    out: &mut impl Write,
    output: Output,
    row: &Row,
    point: Point,
    reading: &Reading,
) -> io::Result<()> {
    match output {
        Output::Csv => csv(out, row, reading.score),
        Output::Json => json(
            out,
            &Line {
                timestamp: &row.timestamp,
                at: Some(point.at_ms),
                value: Some(point.value),
                anomaly_score: reading.score,
                expected: Some(reading.expected),
                low: Some(reading.band.0),
                high: Some(reading.band.1),
                found: reading.found,
                since: reading.found.then(|| reading.since_s.saturating_mul(1000)),
                problem: None,
            },
        ),
    }
}

/// Prints a row that could not be read: it is not learnt, and its score is 0.
pub(super) fn unread(
    out: &mut impl Write,
    output: Output,
    row: &Row,
    why: &Misread,
) -> io::Result<()> {
    match output {
        Output::Csv => csv(out, row, 0.0),
        Output::Json => json(
            out,
            &Line {
                timestamp: &row.timestamp,
                at: None,
                value: None,
                anomaly_score: 0.0,
                expected: None,
                low: None,
                high: None,
                found: false,
                since: None,
                problem: Some(why.to_string()),
            },
        ),
    }
}

fn csv(out: &mut impl Write, row: &Row, score: f64) -> io::Result<()> {
    field(out, &row.timestamp)?;
    out.write_all(b",")?;
    field(out, &row.value)?;
    // The shortest decimal that is read back as the same number.
    writeln!(out, ",{score}")
}

/// Writes a text as it was, in quotes where it would be read as more than one field.
fn field(out: &mut impl Write, text: &str) -> io::Result<()> {
    if text.contains([',', '"', '\n', '\r']) {
        write!(out, "\"{}\"", text.replace('"', "\"\""))
    } else {
        out.write_all(text.as_bytes())
    }
}

fn json(out: &mut impl Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// A line of `--output json`; numbers that are not finite are `null`.
#[derive(Serialize)]
struct Line<'a> {
    timestamp: &'a str,
    at: Option<i64>,
    value: Option<f64>,
    anomaly_score: f64,
    expected: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    found: bool,
    since: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}
