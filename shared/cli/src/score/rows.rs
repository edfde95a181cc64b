//! The rows of a series, from any kind of file: the text of each, and the values read from it.

use std::io::BufRead;
use std::vec;

use atalaya_logs::record::timestamp;

use super::cloudwatch;
use super::table::Table;
use crate::input::{InputFault, is_binary};

/// The most characters of a text that an error repeats.
const REPEATED: usize = 40;

/// One row of a series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    /// The timestamp, to the letter; empty where the row has none.
    pub(crate) timestamp: String,
    /// The value, to the letter; empty where the row has none.
    pub(crate) value: String,
    /// The values read from them.
    pub(crate) point: Result<Point, Misread>,
}

/// The values of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// When, in milliseconds since the epoch.
    pub(crate) at_ms: i64,
    /// The measured value; finite.
    pub(crate) value: f64,
}

/// Why a row cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misread {
    /// It has fewer columns than the header.
    #[error("row has {0} of the header's columns, too few to hold a timestamp and a value")]
    Short(usize),
    /// A quote is opened and not closed.
    #[error("quote is not closed")]
    Quote,
    /// The line is too long to be a row.
    #[error("line is longer than 1 MiB")]
    Long,
    /// The timestamp is no moment.
    #[error("{0} is no timestamp")]
    Timestamp(String),
    /// There is no value.
    #[error("value is empty")]
    NoValue,
    /// The value is no number.
    #[error("{0} is no number")]
    Number(String),
    /// The value is NaN or infinite.
    #[error("{0} is no finite number")]
    NotFinite(String),
}

impl Misread {
    /// Returns what to do about it, as a fragment.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::Short(_) => "write all columns of the header in each row",
            Self::Quote => "close it on the same line, or leave it out",
            Self::Long => "give a series, one short row a line",
            Self::Timestamp(_) => {
                "write 2026-01-05 08:42:00, RFC 3339, or seconds or milliseconds since 1970"
            }
            Self::NoValue | Self::NotFinite(_) => "leave the row out: gaps are understood",
            Self::Number(_) => "write numbers with a point and without separators, such as 1234.5",
        }
    }
}

/// Reads the values of two texts.
pub(super) fn point(timestamp: &str, value: &str) -> Result<Point, Misread> {
    let at_ms = moment(timestamp).ok_or_else(|| Misread::Timestamp(repeated(timestamp)))?;
    let text = value.trim();
    if text.is_empty() {
        return Err(Misread::NoValue);
    }
    let value: f64 = text.parse().map_err(|_| Misread::Number(repeated(text)))?;
    if !value.is_finite() {
        return Err(Misread::NotFinite(repeated(text)));
    }
    Ok(Point { at_ms, value })
}

/// Reads a moment; series of days leave out the time of day.
fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    timestamp::parse(text).or_else(|| timestamp::parse(&format!("{text} 00:00")))
}

/// Quotes a text for an error, cut where it is long.
fn repeated(text: &str) -> String {
    let short: String = text.chars().take(REPEATED).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", short.escape_debug())
}

/// The rows of a file, one after the other.
#[derive(Debug)]
pub(crate) enum Rows {
    /// Of a CSV, as it is read.
    Table(Box<Table>),
    /// Of a JSON document, in order of time.
    Given {
        /// The rows.
        rows: vec::IntoIter<Row>,
        /// What the reader should know.
        note: Option<String>,
    },
}

impl Rows {
    /// Begins to read a series; its kind is recognised by its beginning.
    pub(crate) fn open(source: &str, mut input: Box<dyn BufRead>) -> Result<Self, InputFault> {
        let head = input
            .fill_buf()
            .map_err(|error| InputFault::of_io(source, &error))?;
        if head.is_empty() {
            let remedy = "give a series that begins with the line timestamp,value";
            return Err(InputFault::new(source, "is empty", remedy));
        }
        if is_binary(head) {
            let remedy = "give CSV or JSON, or gzip of them; UTF-16 must be converted to UTF-8";
            return Err(InputFault::new(source, "is binary, not text", remedy));
        }
        if matches!(head.trim_ascii_start().first(), Some(b'{' | b'[')) {
            let (rows, note) = cloudwatch::read(source, input)?;
            let rows = rows.into_iter();
            return Ok(Self::Given { rows, note });
        }
        let table = Table::open(source, input)?;
        Ok(Self::Table(Box::new(table)))
    }

    /// Returns what the reader should know of how the file was understood.
    pub(crate) fn note(&self) -> Option<&str> {
        match self {
            Self::Table(_) => None,
            Self::Given { note, .. } => note.as_deref(),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, InputFault>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Table(table) => table.next(),
            Self::Given { rows, .. } => rows.next().map(Ok),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_and_values_are_read_in_the_usual_forms() {
        let at = 1_392_388_020_000_i64;
        for (timestamp, value, expected) in [
            ("2014-02-14 14:27:00", "51.846", Ok((at, 51.846))),
            ("2014-02-14 14:27:00.250", "1e3", Ok((at + 250, 1000.0))),
            ("2014-02-14T14:27:00Z", " -1.5 ", Ok((at, -1.5))),
            ("2014-02-14T16:27:00+02:00", "0", Ok((at, 0.0))),
            (" 2014-02-14 14:27", "+7", Ok((at, 7.0))),
            ("2014-02-14", ".5", Ok((at - 52_020_000, 0.5))),
            ("1392388020", "1", Ok((at, 1.0))),
            ("1392388020000", "1", Ok((at, 1.0))),
            ("1392388020.5", "1", Ok((at + 500, 1.0))),
            ("soon", "1", Err("`soon` is no timestamp")),
            ("", "1", Err("`` is no timestamp")),
            ("2014-02-30", "1", Err("`2014-02-30` is no timestamp")),
            ("2014-02-14", "", Err("value is empty")),
            ("2014-02-14", "1,5", Err("`1,5` is no number")),
            ("2014-02-14", "n/a", Err("`n/a` is no number")),
            ("2014-02-14", "NaN", Err("`NaN` is no finite number")),
            ("2014-02-14", "-inf", Err("`-inf` is no finite number")),
            ("2014-02-14", "1e999", Err("`1e999` is no finite number")),
        ] {
            let read = point(timestamp, value);
            let read = read.map(|point| (point.at_ms, point.value));
            let read = read.map_err(|misread| misread.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "{timestamp} {value}");
        }
    }
}
