//! Log lines of text files: exports to S3, `aws logs tail`, and plain logs.

use std::path::Path;
use std::sync::Arc;

use atalaya_logs::record::timestamp;

use super::fault::InputFault;
use super::filter::FilterEntries;
use super::kind::{InputKind, Recognised, own_time};
use super::lines::{Line, Lines, MAX_LINE};
use super::walk::Found;

/// One log event of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its log stream.
    pub(crate) stream: Arc<str>,
    /// Its time in milliseconds since the epoch; that of the line before if it carries none.
    pub(crate) timestamp_ms: i64,
    /// Whether the time comes from outside the message.
    pub(crate) dated: Dated,
    /// The message.
    pub(crate) message: String,
    /// The line it begins on, from 1.
    pub(crate) first_line: u64,
    /// The line it ends on.
    pub(crate) last_line: u64,
}

/// The source of an entry's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dated {
    /// From outside the message: the log event's own time.
    Outside,
    /// From the message itself, or from the line before it.
    Inside,
}

/// The entries of a file.
#[derive(Debug)]
pub(crate) enum Entries {
    /// Of text.
    Text(TextEntries),
    /// Of the JSON of the AWS command line.
    Filter(FilterEntries),
}

impl Entries {
    /// Opens a file of one of the kinds that hold log lines.
    pub(crate) fn open(file: &Found, recognised: &Recognised) -> Result<Self, InputFault> {
        let input = file.location.open();
        let input = input.map_err(|error| InputFault::of_io(file.location.name(), &error))?;
        let source = file.location.name().to_owned();
        let stream: Arc<str> = file.stream().into();
        if recognised.kind == InputKind::FilterJson {
            return Ok(Self::Filter(FilterEntries::new(source, input, stream)));
        }
        Ok(Self::Text(TextEntries {
            source,
            lines: Some(Lines::new(input)),
            kind: recognised.kind,
            stream,
            last_ms: recognised.first_ms.unwrap_or_default(),
            pending: None,
        }))
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, InputFault>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Text(entries) => entries.next(),
            Self::Filter(entries) => entries.next(),
        }
    }
}

/// The entries of a text file.
#[derive(Debug)]
pub(crate) struct TextEntries {
    source: String,
    /// `None` once the file has ended, or broken off.
    lines: Option<Lines>,
    kind: InputKind,
    stream: Arc<str>,
    last_ms: i64,
    /// An entry of an export or a tail, which may go on with lines that carry no time.
    pending: Option<Entry>,
}

impl TextEntries {
    fn next(&mut self) -> Option<Result<Entry, InputFault>> {
        loop {
            let Some(lines) = &mut self.lines else {
                return self.pending.take().map(Ok);
            };
            let line = lines.next();
            let number = lines.number;
            match line {
                Ok(Some(Line::Text(line))) => {
                    if let Some(entry) = self.take(line, number) {
                        return Some(Ok(entry));
                    }
                }
                Ok(Some(Line::TooLong)) => {
                    let problem = format!("line is longer than {MAX_LINE} bytes and was left out");
                    let remedy = "CloudWatch Logs takes no such line; split it";
                    let fault = InputFault::new(&self.source, problem, remedy);
                    return Some(Err(fault.at_line(number)));
                }
                Ok(None) => self.lines = None,
                Err(error) => {
                    self.lines = None;
                    let fault = InputFault::of_io(&self.source, &error);
                    return Some(Err(fault.at_line(number + 1)));
                }
            }
        }
    }

    /// Takes a line and returns the entry that it completes, if any.
    fn take(&mut self, line: String, number: u64) -> Option<Entry> {
        let parsed = match self.kind {
            InputKind::Export => {
                export(&line).map(|(ms, message)| (ms, Arc::clone(&self.stream), message))
            }
            InputKind::Tail => {
                tail(&line).map(|(ms, stream, message)| (ms, stream.into(), message))
            }
            _ => {
                // CloudWatch Logs takes no empty event, so an empty line was never one.
                if line.is_empty() {
                    return None;
                }
                self.last_ms = own_time(&line).unwrap_or(self.last_ms);
                return Some(Entry {
                    stream: Arc::clone(&self.stream),
                    timestamp_ms: self.last_ms,
                    dated: Dated::Inside,
                    message: line,
                    first_line: number,
                    last_line: number,
                });
            }
        };
        if let Some((timestamp_ms, stream, message)) = parsed {
            self.last_ms = timestamp_ms;
            let entry = Entry {
                stream,
                timestamp_ms,
                dated: Dated::Outside,
                message: message.to_owned(),
                first_line: number,
                last_line: number,
            };
            return self.pending.replace(entry);
        }
        // A line without a time goes on with the event before it: its message held a line break.
        if let Some(pending) = &mut self.pending
            && pending.message.len() + line.len() < MAX_LINE
        {
            if !line.is_empty() {
                pending.message.push('\n');
                pending.message.push_str(&line);
                pending.last_line = number;
            }
            return None;
        }
        if line.is_empty() {
            return None;
        }
        let entry = Entry {
            stream: Arc::clone(&self.stream),
            timestamp_ms: self.last_ms,
            dated: Dated::Inside,
            message: line,
            first_line: number,
            last_line: number,
        };
        self.pending.replace(entry)
    }
}

/// Reads a line of an export: a time as `2026-01-05T00:00:00.123Z`, a space, the message.
pub(crate) fn export(line: &str) -> Option<(i64, &str)> {
    let (time, message) = (line.get(..24)?, line.get(24..)?);
    let bytes = time.as_bytes();
    if bytes[10] != b'T' || bytes[19] != b'.' || bytes[23] != b'Z' {
        return None;
    }
    // An event whose message begins with a line break leaves nothing behind the time.
    let message = match message.strip_prefix(' ') {
        Some(message) => message,
        None if message.is_empty() => message,
        None => return None,
    };
    Some((timestamp::parse(time)?, message))
}

/// Reads a line of `aws logs tail`: a time with a zone, a space, the log stream, a space, the message.
pub(crate) fn tail(line: &str) -> Option<(i64, &str, &str)> {
    let (time, rest) = line.split_once(' ')?;
    let bytes = time.as_bytes();
    let zoned = matches!(bytes.len(), 25 | 32) && bytes[10] == b'T' && time.ends_with("+00:00");
    if !zoned {
        return None;
    }
    let (stream, message) = rest.split_once(' ').unwrap_or((rest, ""));
    // CloudWatch Logs forbids these two in the name of a log stream, and loggers put brackets around levels.
    if stream.is_empty() || stream.contains([':', '*']) || stream.starts_with(['[', '{', '"']) {
        return None;
    }
    Some((timestamp::parse(time)?, stream, message))
}

/// Returns whether a path is one that an export to S3 writes: `<stream>/000000.gz`.
pub(crate) fn is_export_path(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').next().unwrap_or_default();
    stem.len() == 6 && stem.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_exports_and_tails_are_told_apart() {
        for (line, exported, tailed) in [
            ("2026-01-05T00:00:00.123Z a b", Some("a b"), None),
            ("2026-01-05T00:00:00.123Z ", Some(""), None),
            ("2026-01-05T00:00:00.123Z", Some(""), None),
            ("2026-01-05T00:00:00.123Zx", None, None),
            ("2026-13-05T00:00:00.123Z a", None, None),
            ("2026-01-05T00:00:00.123000+00:00 s m n", None, Some("m n")),
            ("2026-01-05T00:00:00+00:00 s m", None, Some("m")),
            ("2026-01-05T00:00:00.123000+00:00 [INFO] m", None, None),
            (
                "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
                None,
                None,
            ),
            ("", None, None),
        ] {
            assert_eq!(export(line).map(|(_, message)| message), exported, "{line}");
            assert_eq!(tail(line).map(|(_, _, message)| message), tailed, "{line}");
        }
    }
}
