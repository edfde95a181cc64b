//! Series as CSV: found by the names of their columns, read row by row, so that a file of any size takes little memory.

use std::collections::VecDeque;
use std::io::BufRead;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::rows::{Misread, Row, point};
use crate::input::{InputFault, Line, Lines};

/// The most lines that a row may take; beyond, its quote is taken for one that was never closed.
const LINES: usize = 32;

/// What may stand between columns.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The rows of a CSV.
pub(crate) struct Table {
    source: String,
    /// `None` once the file has ended, or broken off.
    lines: Option<Lines>,
    /// Lines that were read in search of the end of a quote.
    ahead: VecDeque<(u64, Line)>,
    fields: Fields,
    /// Where the timestamp stands, and where the value.
    columns: (usize, usize),
}

impl Table {
    /// Reads the header.
    pub(super) fn open(source: &str, input: Box<dyn BufRead>) -> Result<Self, InputFault> {
        let mut table = Self {
            source: source.to_owned(),
            lines: Some(Lines::new(input)),
            ahead: VecDeque::new(),
            fields: Fields::new(DELIMITERS[0]),
            columns: (0, 1),
        };
        let header = loop {
            match table.line() {
                Some(Ok((line, Line::Text(text)))) if text.trim().is_empty() => drop((line, text)),
                Some(Ok((line, Line::Text(text)))) => break (line, text),
                Some(Ok((line, Line::TooLong))) => break (line, String::new()),
                Some(Err(fault)) => return Err(fault),
                None => break (1, String::new()),
            }
        };
        for delimiter in DELIMITERS {
            let mut fields = Fields::new(delimiter);
            if fields.split(&header.1)
                && let (Some(timestamp), Some(value)) =
                    (fields.named("timestamp"), fields.named("value"))
            {
                table.columns = (timestamp, value);
                table.fields = fields;
                return Ok(table);
            }
        }
        let problem = "header does not name the columns timestamp and value";
        let remedy = "begin the file with the line timestamp,value";
        Err(InputFault::new(source, problem, remedy).at_line(header.0))
    }

    /// Returns the next line and its number.
    fn line(&mut self) -> Option<Result<(u64, Line), InputFault>> {
        if let Some(line) = self.ahead.pop_front() {
            return Some(Ok(line));
        }
        let lines = self.lines.as_mut()?;
        match lines.next() {
            Ok(Some(line)) => Some(Ok((lines.number, line))),
            Ok(None) => {
                self.lines = None;
                None
            }
            Err(error) => {
                let number = lines.number + 1;
                self.lines = None;
                Some(Err(InputFault::of_io(&self.source, &error).at_line(number)))
            }
        }
    }

    /// Reads the row that begins with a text.
    fn row(&mut self, line: u64, text: &str) -> Result<Row, InputFault> {
        if !self.fields.split(text) && !self.joined(text)? {
            return Ok(broken(line, Misread::Quote));
        }
        let (timestamp, value) = self.columns;
        let field = |at: usize| self.fields.get(at).unwrap_or_default().to_owned();
        let (timestamp, value) = (field(timestamp), field(value));
        let count = self.fields.count();
        let point = if count <= self.columns.0.max(self.columns.1) {
            Err(Misread::Short(count))
        } else {
            point(&timestamp, &value)
        };
        Ok(Row {
            line,
            timestamp,
            value,
            point,
        })
    }

    /// Reads on in search of the end of a quote; where there is none, the lines are rows of their own.
    fn joined(&mut self, text: &str) -> Result<bool, InputFault> {
        let mut text = text.to_owned();
        let mut taken = VecDeque::new();
        let mut closed = false;
        while !closed && taken.len() < LINES {
            let Some(next) = self.line() else { break };
            let (number, line) = next?;
            if let Line::Text(more) = &line {
                text.push('\n');
                text.push_str(more);
                closed = more.contains('"') && self.fields.split(&text);
            }
            let too_long = line == Line::TooLong;
            taken.push_back((number, line));
            if too_long {
                break;
            }
        }
        if !closed {
            taken.append(&mut self.ahead);
            self.ahead = taken;
        }
        Ok(closed)
    }
}

impl Iterator for Table {
    type Item = Result<Row, InputFault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            return Some(match self.line()? {
                Ok((_, Line::Text(text))) if text.trim().is_empty() => continue,
                Ok((line, Line::Text(text))) => self.row(line, &text),
                Ok((line, Line::TooLong)) => Ok(broken(line, Misread::Long)),
                Err(fault) => Err(fault),
            });
        }
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// Returns the row for a line that cannot be read at all.
fn broken(line: u64, why: Misread) -> Row {
    Row {
        line,
        timestamp: String::new(),
        value: String::new(),
        point: Err(why),
    }
}

/// The fields of one record.
struct Fields {
    reader: Reader,
    delimiter: u8,
    text: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl Fields {
    fn new(delimiter: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            text: Vec::new(),
            ends: Vec::new(),
            count: 0,
        }
    }

    /// Splits a record; returns whether it is whole, which it is not where a quote is open at its end.
    fn split(&mut self, record: &str) -> bool {
        self.reader.reset();
        let delimiters = memchr::memchr_iter(self.delimiter, record.as_bytes()).count();
        self.ends.clear();
        self.ends.resize(delimiters + 2, 0);
        self.text.clear();
        self.text.resize(record.len() + 2, 0);
        self.count = 0;
        let (mut written, mut ended) = (0, 0);
        // The line break ends the record, unless it stands within quotes.
        for part in [record.as_bytes(), b"\n"] {
            let mut rest = part;
            while !rest.is_empty() {
                let (result, read, put, ends) = self.reader.read_record(
                    rest,
                    &mut self.text[written..],
                    &mut self.ends[ended..],
                );
                rest = &rest[read..];
                written += put;
                ended += ends;
                match result {
                    ReadRecordResult::Record => {
                        self.count = ended;
                        return true;
                    }
                    ReadRecordResult::InputEmpty => {}
                    // A record is never longer than its text, nor has it more fields than delimiters and one.
                    ReadRecordResult::OutputFull
                    | ReadRecordResult::OutputEndsFull
                    | ReadRecordResult::End => return false,
                }
            }
        }
        false
    }

    fn count(&self) -> usize {
        self.count
    }

    fn get(&self, at: usize) -> Option<&str> {
        let ends = self.ends.get(..self.count)?;
        let end = *ends.get(at)?;
        let start = at.checked_sub(1).map_or(0, |before| ends[before]);
        std::str::from_utf8(self.text.get(start..end)?).ok()
    }

    /// Returns where the column of a name stands; the first where several have it.
    fn named(&self, name: &str) -> Option<usize> {
        (0..self.count).find(|at| {
            let found = self.get(*at).unwrap_or_default();
            found.trim().eq_ignore_ascii_case(name)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// Reads a CSV and shows each row as `line: timestamp|value`, or what is wrong with it.
    fn check(text: &[u8], expected: &[&str]) {
        let table = Table::open("t.csv", Box::new(Cursor::new(text.to_vec())));
        let shown: Vec<String> = match table {
            Err(fault) => vec![fault.to_string()],
            Ok(table) => table
                .map(|row| match row.expect("memory does not fail") {
                    Row {
                        line,
                        point: Err(why),
                        ..
                    } => format!("{line}: {why}"),
                    Row {
                        line,
                        timestamp,
                        value,
                        ..
                    } => format!("{line}: {timestamp}|{value}"),
                })
                .collect(),
        };
        assert_eq!(shown, expected, "{}", String::from_utf8_lossy(text));
    }

    #[test]
    fn rows_are_found_in_whatever_way_a_csv_is_written() {
        let refused = "t.csv:1: header does not name the columns timestamp and value \
                       (begin the file with the line timestamp,value)";
        for (text, expected) in [
            (
                "timestamp,value\n2014-02-14,1.50\n2014-02-15,2",
                &["2: 2014-02-14|1.50", "3: 2014-02-15|2"][..],
            ),
            ("timestamp,value\r\n2014-02-14,1\r\n", &["2: 2014-02-14|1"]),
            (
                "\n value , Timestamp ,host\n\n1, 2014-02-14 ,\"a,b\"\n",
                &["4:  2014-02-14 |1"],
            ),
            ("timestamp;value\n2014-02-14;1\n", &["2: 2014-02-14|1"]),
            ("timestamp\tvalue\n2014-02-14\t1\n", &["2: 2014-02-14|1"]),
            (
                "\"timestamp\",\"value\"\n\"2014-02-14\",\"1\"\n",
                &["2: 2014-02-14|1"],
            ),
            (
                "timestamp,note,value\n2014-02-14,\"a \"\"b\"\"\nc\",1\n2014-02-15,,2\n",
                &["2: 2014-02-14|1", "4: 2014-02-15|2"],
            ),
            (
                "timestamp,value\n2014-02-14,\"1\n2014-02-15,2\n2014-02-16,3\n",
                &[
                    "2: quote is not closed",
                    "3: 2014-02-15|2",
                    "4: 2014-02-16|3",
                ],
            ),
            (
                "timestamp,value\n2014-02-14\n,1\nx,1\n2014-02-15,2,3\n",
                &[
                    "2: row has 1 of the header's columns, too few to hold a timestamp and a value",
                    "3: `` is no timestamp",
                    "4: `x` is no timestamp",
                    "5: 2014-02-15|2",
                ],
            ),
            ("timestamp,value\n", &[]),
            ("2014-02-14,1\n", &[refused]),
            ("\"timestamp,value\n1,2\n", &[refused]),
        ] {
            check(text.as_bytes(), expected);
        }
        let endless = [
            b"timestamp,value\n".as_slice(),
            &vec![b'1'; 3 << 20],
            b"\n2014-02-14,1\n",
        ];
        check(
            &endless.concat(),
            &["2: line is longer than 1 MiB", "3: 2014-02-14|1"],
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_each_line_is_at_most_one_row(bytes in hostile()) {
            let text = [b"timestamp,value,x\n", bytes.as_slice()].concat();
            let lines = bytes.split(|byte| *byte == b'\n').count();
            let table = Table::open("t.csv", Box::new(Cursor::new(text)));
            let rows = table.expect("the header is right").filter_map(Result::ok);
            prop_assert!(rows.count() <= lines);
        }
    }

    /// Random bytes, mostly those that are common in CSV.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            4 => prop::sample::select(&b"\",\n\r;0.e-"[..]),
            1 => any::<u8>(),
        ];
        prop::collection::vec(byte, 0..400)
    }
}
