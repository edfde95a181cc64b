//! `atalaya score`: prints the anomaly score of each row of a series, by the detector that runs in
//! the functions.
//!
//! One pass: a row is judged by the rows before it, printed, and learnt. A row that cannot be read
//! keeps its place in the output with a score of 0, so that the output has a row for each row of
//! the input.

mod args;
mod cloudwatch;
mod plot;
mod print;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};

use atalaya_core::anomaly::Scorer;
use indicatif::ProgressBar;

use crate::input::{self, InputFault, walk};
use crate::outcome::{Failure, Outcome};
use crate::{diagnostics, progress};
pub use args::{Args, Output};
use plot::Chart;
use rows::Rows;

/// The most faults that are printed one by one; the rest are counted.
const TOLD: usize = 20;

/// Why a series cannot be scored, beyond faults of its rows.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// Standard output holds one series.
    #[error("{0} series on standard output; write each to a file of its own with --out DIR")]
    Several(usize),
    /// A file cannot be written.
    #[error("{path} cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl From<ScoreError> for Failure {
    fn from(error: ScoreError) -> Self {
        match error {
            ScoreError::Several(_) => Self::input(error),
            ScoreError::Write { .. } => Self::internal(error),
        }
    }
}

/// Scores what the arguments name.
pub(crate) fn run(args: &Args, out: &mut impl Write) -> Result<Outcome, Failure> {
    if let Some(folder) = &args.out {
        return folder_of(args, folder);
    }
    let [series] = args.series.as_slice() else {
        return Err(ScoreError::Several(args.series.len()).into());
    };
    let source = series.display().to_string();
    let mut chart = args.plot.as_ref().map(|_| Chart::new(&source));
    let faults = score(&source, open(series)?, args.output, out, chart.as_mut())?;
    if let (Some(path), Some(chart)) = (&args.plot, chart) {
        let write = |source| ScoreError::Write {
            path: path.clone(),
            source,
        };
        fs::write(path, chart.draw()).map_err(write)?;
    }
    Ok(diagnostics::faults(&faults.list()))
}

/// Scores each file of the inputs into a file of the same name in a folder.
fn folder_of(args: &Args, folder: &Path) -> Result<Outcome, Failure> {
    let (files, mut faults) = walk::files(&args.series);
    let mut written = BTreeSet::new();
    let bar = progress::rows();
    for file in files {
        let name = file.location.name();
        let path = folder.join(named(&file.below(), args.output));
        if !written.insert(path.clone()) {
            let problem = format!("would be written to {} as another was", path.display());
            let remedy = "give the folder above both, and names are kept below it";
            faults.push(InputFault::new(name, problem, remedy));
            continue;
        }
        let opened = file.location.open();
        let opened = opened.map_err(|error| InputFault::of_io(name, &error));
        let rows = match opened.and_then(|input| Rows::open(name, input)) {
            Ok(rows) => rows,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let write = |source| ScoreError::Write {
            path: path.clone(),
            source,
        };
        let parent = path.parent().unwrap_or(folder);
        let made = fs::create_dir_all(parent).and_then(|()| fs::File::create(&path));
        let mut out = BufWriter::with_capacity(64 << 10, made.map_err(write)?);
        let found = scored(name, rows, args.output, &mut out, None, &bar).map_err(write)?;
        out.flush().map_err(write)?;
        faults.extend(found.list());
    }
    bar.finish_and_clear();
    Ok(diagnostics::faults(&faults))
}

/// Returns what a scored file is called: as the series, with the ending of what is in it.
fn named(series: &Path, output: Output) -> PathBuf {
    let plain = match series.extension() {
        Some(ending) if ending == OsStr::new("gz") => series.with_extension(""),
        _ => series.to_owned(),
    };
    plain.with_extension(match output {
        Output::Csv => "csv",
        Output::Json => "jsonl",
    })
}

fn open(series: &Path) -> Result<Box<dyn BufRead>, InputFault> {
    let name = series.display().to_string();
    if series.as_os_str() == "-" {
        return input::stdin_as_it_comes().map_err(|error| InputFault::of_io("-", &error));
    }
    if series.is_dir() {
        let remedy = "name one of its files, or score all of them with --out DIR";
        return Err(InputFault::new(&name, "is a folder", remedy));
    }
    let place = walk::Found::file(series.to_owned()).location;
    place
        .open()
        .map_err(|error| InputFault::of_io(&name, &error))
}

/// Scores one series to the output.
fn score(
    source: &str,
    input: Box<dyn BufRead>,
    output: Output,
    out: &mut impl Write,
    chart: Option<&mut Chart>,
) -> Result<Faults, Failure> {
    let rows = Rows::open(source, input)?;
    let bar = progress::rows();
    let scored = scored(source, rows, output, out, chart, &bar);
    bar.finish_and_clear();
    Ok(scored?)
}

/// Scores rows as they come.
fn scored(
    source: &str,
    rows: Rows,
    output: Output,
    out: &mut impl Write,
    mut chart: Option<&mut Chart>,
    bar: &ProgressBar,
) -> io::Result<Faults> {
    if let Some(note) = rows.note() {
        anstream::eprintln!("note: {source}: {note}");
    }
    let mut scorer = Scorer::default();
    let mut faults = Faults::of(source);
    let mut order = Order::default();
    print::header(out, output)?;
    for row in rows {
        bar.inc(1);
        let row = match row {
            Ok(row) => row,
            Err(fault) => {
                faults.push(fault);
                break;
            }
        };
        match &row.point {
            Ok(point) => {
                order.see(point.at_ms, row.line);
                let reading = scorer.read(point.at_ms.div_euclid(1000), point.value);
                print::row(out, output, &row, *point, &reading)?;
                if let Some(chart) = &mut chart {
                    chart.take(point.at_ms, point.value, &reading);
                }
            }
            Err(why) => {
                print::unread(out, output, &row, why)?;
                let fault = InputFault::new(source, why.to_string(), why.remedy());
                faults.push(fault.at_line(row.line));
            }
        }
    }
    if let Some(first) = order.first_back {
        let times = order.back;
        anstream::eprintln!(
            "note: {source}:{first}: time steps back, {times} times in all; rows are judged in their order"
        );
    }
    Ok(faults)
}

/// Whether time only goes forward.
#[derive(Default)]
struct Order {
    last_ms: Option<i64>,
    /// The line of the first row that is older than the one before it.
    first_back: Option<u64>,
    back: u64,
}

impl Order {
    fn see(&mut self, at_ms: i64, line: u64) {
        if self.last_ms.is_some_and(|last| at_ms < last) {
            self.first_back.get_or_insert(line);
            self.back += 1;
        }
        self.last_ms = Some(at_ms);
    }
}

/// What is wrong with the rows of one file: the first faults, and how many there are.
#[derive(Debug)]
struct Faults {
    source: String,
    first: Vec<InputFault>,
    more: u64,
}

impl Faults {
    fn of(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            first: Vec::new(),
            more: 0,
        }
    }

    fn push(&mut self, fault: InputFault) {
        if self.first.len() < TOLD {
            self.first.push(fault);
        } else {
            self.more += 1;
        }
    }

    /// Returns the text to print.
    fn list(self) -> Vec<InputFault> {
        let mut list = self.first;
        if self.more > 0 {
            let problem = format!("{} more rows cannot be read", self.more);
            let remedy = "they have the score 0; see to the first ones";
            list.push(InputFault::new(&self.source, problem, remedy));
        }
        list
    }
}
