//! The picture of a scored series: what was measured, what was expected, what was found, and the score below.
//!
//! [`Chart`] takes the rows as they come and keeps a bounded number of columns of them (`columns`); when all are there,
//! `picture` draws them on `axis`. No file is opened here.

mod axis;
mod columns;
mod findings;
mod picture;

use atalaya_core::anomaly::Reading;

use columns::Columns;
use findings::Findings;

/// What is drawn of a series; takes little memory, however long the series is.
#[derive(Debug)]
pub(crate) struct Chart {
    /// The series' name.
    name: String,
    rows: u64,
    columns: Columns,
    findings: Findings,
}

impl Chart {
    /// Begins the picture of a series.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rows: 0,
            columns: Columns::default(),
            findings: Findings::default(),
        }
    }

    /// Takes a row, its time in milliseconds since the epoch and its value finite.
    pub(crate) fn take(&mut self, at_ms: i64, value: f64, reading: &Reading) {
        self.rows += 1;
        self.columns.take(at_ms, value, reading);
        if reading.found {
            self.findings.take(at_ms, value, reading);
        }
    }

    /// Returns the picture as an SVG document.
    pub(crate) fn draw(&self) -> String {
        picture::draw(self)
    }
}
