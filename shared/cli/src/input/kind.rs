//! Recognises a file by its content.

use std::fmt;
use std::path::Path;

use atalaya_logs::exception::line;
use atalaya_logs::json::{Cursor, Str};
use atalaya_logs::record::{self, Level, timestamp};

use super::fault::InputFault;
use super::text;

/// The recognised kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// Events of a Lambda function: direct or Kinesis subscriptions, one or several.
    LambdaEvent,
    /// Batches as they are once decoded.
    Batch,
    /// Events of EventBridge about ECS.
    EcsEvent,
    /// A part of an export of a log group to S3: each line a time and a message.
    Export,
    /// What `aws logs filter-log-events` or `get-log-events` print.
    FilterJson,
    /// What `aws logs tail` prints: each line a time, a log stream and a message.
    Tail,
    /// Log lines as they were written.
    Plain,
}

impl fmt::Display for InputKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::LambdaEvent => "Lambda event",
            Self::Batch => "decoded batch",
            Self::EcsEvent => "EventBridge event of ECS",
            Self::Export => "S3 export",
            Self::FilterJson => "JSON of aws logs filter-log-events",
            Self::Tail => "text of aws logs tail",
            Self::Plain => "plain log",
        })
    }
}

/// A kind, and what else the first lines showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recognised {
    pub(crate) kind: InputKind,
    /// The first time found, in milliseconds since the epoch: lines before it have it too.
    pub(crate) first_ms: Option<i64>,
    /// The service that the first lines name, if it is the same in all that name one: the others are of it too.
    pub(crate) service: Option<String>,
}

impl Recognised {
    /// Returns what the reader should know.
    pub(crate) fn note(&self) -> Option<&'static str> {
        (self.kind == InputKind::Plain && self.first_ms.is_none())
            .then_some("its first lines carry no time; they count for 1970-01-01T00:00Z")
    }
}

/// How many lines are read to recognise the kind.
const LINES: usize = 200;

/// Recognises the kind of a file by its beginning; `whole` says whether that is all of it.
pub(crate) fn recognise(
    head: &[u8],
    whole: Whole,
    source: &str,
    path: Option<&Path>,
) -> Result<Recognised, InputFault> {
    if head.trim_ascii().is_empty() && whole == Whole::Yes {
        let remedy = "give a file with log lines or events, or leave it out";
        return Err(InputFault::new(source, "is empty", remedy));
    }
    if is_binary(head) {
        let remedy = "give text, JSON, or gzip of them; UTF-16 must be converted to UTF-8";
        return Err(InputFault::new(source, "is binary, not text", remedy));
    }
    if let Some(kind) = json(head, whole, source, path)? {
        return Ok(Recognised {
            kind,
            first_ms: None,
            service: None,
        });
    }
    let head = String::from_utf8_lossy(head);
    let lines: Vec<&str> = head
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .collect();
    let kind = text_kind(&lines, path);
    let first_ms = match kind {
        InputKind::Export => lines.iter().find_map(|line| Some(text::export(line)?.0)),
        InputKind::Tail => lines.iter().find_map(|line| Some(text::tail(line)?.0)),
        _ => head.lines().find_map(own_time),
    };
    Ok(Recognised {
        kind,
        first_ms,
        service: one_service(&lines, kind),
    })
}

/// Returns the service that the lines name, if all lines that name one name the same.
fn one_service(lines: &[&str], kind: InputKind) -> Option<String> {
    let mut found: Option<String> = None;
    let mut memory = String::new();
    for line in lines {
        let message = match kind {
            InputKind::Export => text::export(line).map(|(_, message)| message),
            InputKind::Tail => text::tail(line).map(|(_, _, message)| message),
            _ => None,
        };
        let line = message.unwrap_or(line);
        let fields = record::read(Str::bare(line.as_bytes()), &mut memory);
        let Some(service) = fields.service.map(|service| service.text()) else {
            continue;
        };
        match &found {
            None => found = Some(service.into_owned()),
            Some(found) if *found == service => {}
            Some(_) => return None,
        }
    }
    found
}

/// Whether the beginning of a file is all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whole {
    /// It is.
    Yes,
    /// There is more.
    No,
}

/// Returns the time that a line carries, in milliseconds since the epoch.
pub(crate) fn own_time(line: &str) -> Option<i64> {
    let mut memory = String::new();
    let fields = record::read(Str::bare(line.as_bytes()), &mut memory);
    timestamp::of(&fields.timestamp?)
}

/// Text holds no zero bytes, and hardly any that are not UTF-8.
pub(crate) fn is_binary(head: &[u8]) -> bool {
    let sample = &head[..head.len().min(8 << 10)];
    if memchr::memchr(0, sample).is_some() {
        return true;
    }
    let control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x1b);
    let odd = sample.iter().filter(control).count();
    let broken = String::from_utf8_lossy(sample)
        .chars()
        .filter(|c| *c == char::REPLACEMENT_CHARACTER)
        .count();
    (odd + broken) * 10 > sample.len()
}

/// Distinguishes the kinds of JSON by the keys of the first object; `None` for log lines.
fn json(
    head: &[u8],
    whole: Whole,
    source: &str,
    path: Option<&Path>,
) -> Result<Option<InputKind>, InputFault> {
    let unknown = |problem: &str| {
        let remedy =
            "give a Lambda event, a batch, an event of ECS, filter-log-events output or log lines";
        Err(InputFault::new(source, problem, remedy))
    };
    let text = head.trim_ascii();
    let is_document = path
        .and_then(Path::extension)
        .is_some_and(|extension| extension == "json");
    let is_json =
        || whole == Whole::Yes && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
    if let Some(rest) = text.strip_prefix(b"[") {
        let opens = matches!(rest.trim_ascii_start().first(), Some(b'{' | b'[' | b']'));
        return if opens || is_json() {
            unknown("is a JSON array, which is no kind of input")
        } else {
            Ok(None)
        };
    }
    if !text.starts_with(b"{") {
        return if is_document && is_json() {
            unknown("is JSON, but not an object")
        } else {
            Ok(None)
        };
    }
    let mut cursor = Cursor::<false>::new(text);
    let mut first = true;
    let mut tells_line = false;
    let mut has_events = false;
    if cursor.open_object().is_ok() {
        while let Ok(Some(key)) = cursor.next_key(&mut first) {
            match key.plain().unwrap_or_default() {
                b"awslogs" | b"Records" => return Ok(Some(InputKind::LambdaEvent)),
                b"messageType" | b"logEvents" => return Ok(Some(InputKind::Batch)),
                b"detail-type" => return Ok(Some(InputKind::EcsEvent)),
                b"source" => {
                    let value = cursor.clone().string();
                    if value.is_ok_and(|value| value.text() == "aws.ecs") {
                        return Ok(Some(InputKind::EcsEvent));
                    }
                }
                b"events" => has_events = cursor.clone().take(b'['),
                b"message" | b"msg" | b"level" | b"timestamp" | b"time" => tells_line = true,
                _ => {}
            }
            if cursor.skip().is_err() {
                break;
            }
        }
    }
    if has_events && !tells_line {
        return Ok(Some(InputKind::FilterJson));
    }
    // A file of log lines has an object on its first line; a document often goes over many.
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
    let line: Result<serde_json::Map<String, serde_json::Value>, _> =
        serde_json::from_slice(first_line);
    match line {
        Ok(line) if line.is_empty() => unknown("begins with an empty JSON object"),
        Ok(_) if is_document && !tells_line && first_line.len() == text.len() => {
            unknown("is JSON of no known kind")
        }
        Ok(_) => Ok(None),
        Err(_) if is_document => unknown("is broken JSON, or JSON of no known kind"),
        Err(_) if is_json() => unknown("is JSON of no known kind"),
        Err(_) => Ok(None),
    }
}

/// Distinguishes exports, tails and plain logs. An export's message may begin like a plain line,
/// and a plain line like an export's. If both are possible, the file is read as an export: if that
/// is wrong, messages lose nothing but their time.
fn text_kind(lines: &[&str], path: Option<&Path>) -> InputKind {
    let share = |matches: &dyn Fn(&str) -> bool| {
        let found = lines.iter().filter(|line| matches(line)).count();
        // Lines of a stack trace carry no time; the first line does.
        found > 0 && lines.first().is_some_and(|line| matches(line))
    };
    let padded_level = |line: &str| -> bool {
        text::export(line).is_some_and(|(_, message)| {
            let word = message.trim_start().split(' ').next().unwrap_or_default();
            message.starts_with(' ') && Level::parse(word.as_bytes()).is_some()
        })
    };
    if share(&|line| text::export(line).is_some()) {
        let named = path.is_some_and(text::is_export_path);
        // In an export every event has its time; a log that a program wrote may mix its own lines with others'.
        let others = |line: &&str| text::export(line).is_none() && !goes_on(line);
        let mixed = lines.iter().any(others) || lines.iter().any(|line| padded_level(line));
        if named || !mixed {
            return InputKind::Export;
        }
    }
    let streams = |line: &str| {
        text::tail(line).is_some_and(|(_, stream, _)| Level::parse(stream.as_bytes()).is_none())
    };
    if share(&streams) {
        return InputKind::Tail;
    }
    InputKind::Plain
}

/// Returns whether a line looks like a continuation line of a message of several lines.
fn goes_on(line: &str) -> bool {
    line.starts_with([' ', '\t', '}', ']']) || line::is_frame(line) || line::thrown(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(head: &str, path: &str) -> String {
        let path = Path::new(path);
        match recognise(head.as_bytes(), Whole::Yes, "f", Some(path)) {
            Ok(found) => found.kind.to_string(),
            Err(fault) => fault.problem,
        }
    }

    #[test]
    fn every_kind_is_recognised_by_its_content() {
        let export = "2026-01-05T00:00:00.123Z {\"level\":\"info\"}\n";
        for (head, path, expected) in [
            (r#"{"awslogs":{"data":"H4s="}}"#, "a.json", "Lambda event"),
            (r#"{"awslogs":{"data":"H4s"#, "a.json", "Lambda event"),
            (r#"{"Records":[]}"#, "a", "Lambda event"),
            (
                "{\n \"messageType\": \"DATA_MESSAGE\"",
                "a",
                "decoded batch",
            ),
            (r#"{"logEvents":[{"#, "a", "decoded batch"),
            (
                r#"{"version":"0","detail-type":"x"}"#,
                "a",
                "EventBridge event of ECS",
            ),
            (r#"{"source":"aws.ecs"}"#, "a", "EventBridge event of ECS"),
            (
                r#"{"events":[{"timestamp":1,"message":"m"}]}"#,
                "a",
                "JSON of aws logs filter-log-events",
            ),
            (
                r#"{"level":"info","msg":"m","events":[1]}"#,
                "a",
                "plain log",
            ),
            (export, "s/000000.gz", "S3 export"),
            (export, "x.log", "S3 export"),
            (
                "2026-01-05T00:00:00.123Z a\n\tat b\n2026-01-05T00:00:00.123Z c",
                "x.log",
                "S3 export",
            ),
            (
                "2026-01-05T00:00:00.123Z  INFO 1 --- [main] c.e.A : m",
                "x.log",
                "plain log",
            ),
            (
                "2026-01-05T00:00:00.123000+00:00 ecs/app/7f m",
                "x",
                "text of aws logs tail",
            ),
            ("2026-01-05T00:00:00.123000+00:00 INFO m", "x", "plain log"),
            ("[2026-11-21 08:03:59 +0000] [1] [INFO] m", "x", "plain log"),
            ("GET / 200 3ms", "x.log", "plain log"),
            (r#"{"msg":"m"}"#, "x.json", "plain log"),
            ("", "x", "is empty"),
            (" \n", "x", "is empty"),
            ("a\0b", "x", "is binary, not text"),
            ("[]", "x", "is a JSON array, which is no kind of input"),
            ("[1,[2]]", "x", "is a JSON array, which is no kind of input"),
            ("42", "x.json", "is JSON, but not an object"),
            ("42", "x.log", "plain log"),
            ("{}", "x", "begins with an empty JSON object"),
            (r#"{"a":1}"#, "x.json", "is JSON of no known kind"),
            ("{\n\"a\":1}", "x", "is JSON of no known kind"),
            (
                r#"{"a":"#,
                "x.json",
                "is broken JSON, or JSON of no known kind",
            ),
        ] {
            assert_eq!(kind(head, path), expected, "{head:?} in {path}");
        }
    }
}
