//! Plain-text lines: access log lines, logfmt, and text with a time and a level in front.

use super::json::set;
use super::names::{self, Field};
use super::{Fields, Level, Moment, Teller, duration};
use crate::json::{Str, Value};

/// Reads a line of text. Every line is a record: what is not recognised is its message.
#[must_use]
pub fn read(line: &str) -> Fields<'_> {
    let line = line.trim_end();
    access(line)
        .or_else(|| logfmt(line))
        .unwrap_or_else(|| prose(line))
}

fn bare(text: &str) -> Str<'_> {
    Str::bare(text.as_bytes())
}

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Reads a line of the common log format and its kin: `… "GET /path HTTP/1.1" 200 …`, perhaps a `[time]` before it.
fn access(line: &str) -> Option<Fields<'_>> {
    let (before, rest) = line.split_once('"')?;
    let (request, after) = rest.split_once('"')?;
    let mut words = request.split(' ');
    let (method, path, protocol) = (words.next()?, words.next()?, words.next()?);
    if !METHODS.contains(&method) || !protocol.starts_with("HTTP/") || words.next().is_some() {
        return None;
    }
    let status = after.split_ascii_whitespace().next()?;
    let mut fields = Fields {
        teller: Teller::Access,
        ..Fields::default()
    };
    set(&mut fields, Field::Status, Value::Str(bare(status)));
    fields.status?;
    fields.method = Some(bare(method));
    fields.path = Some(bare(path));
    let time = before
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'));
    fields.timestamp = time.map(|(time, _)| Moment::Text(bare(time)));
    Some(fields)
}

/// Reads `key=value key="a value"` lines: at least three pairs, the first at the front of the line.
fn logfmt(line: &str) -> Option<Fields<'_>> {
    let mut fields = Fields::default();
    let mut pairs = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '@');
        if key.is_empty() || !key.chars().all(is_name) {
            return None;
        }
        let (value, after) = logfmt_value(after)?;
        if let Some(field) = names::field(key.as_bytes()) {
            set(&mut fields, field, Value::Str(value));
        }
        pairs += 1;
        rest = after.trim_start();
    }
    (pairs >= 3).then_some(fields)
}

/// Returns the value at the front, its quotes taken off, and what follows it.
fn logfmt_value(text: &str) -> Option<(Str<'_>, &str)> {
    if !text.starts_with('"') {
        let end = text.find(' ').unwrap_or(text.len());
        return Some((bare(&text[..end]), &text[end..]));
    }
    let mut cursor = crate::json::Cursor::<false>::new(text.as_bytes());
    let value = cursor.string().ok()?;
    text.get(cursor.at()..).map(|after| (value, after))
}

/// Reads text with a time and a level in front, in any of the common arrangements.
fn prose(line: &str) -> Fields<'_> {
    let mut fields = Fields::default();
    let mut rest = line;
    if let Some((time, after)) = leading_time(line) {
        fields.timestamp = Some(Moment::Text(bare(time)));
        rest = after;
    }
    if let Some((level, after)) = leading_level(rest) {
        fields.level = Some(level);
        rest = after;
    }
    let message = rest.trim_start_matches([' ', '-', ':']);
    fields.message = Some(bare(if message.is_empty() { line } else { message }));
    outcome(message, &mut fields);
    fields
}

/// Returns the time at the front of a line, and what follows it.
fn leading_time(line: &str) -> Option<(&str, &str)> {
    let digits = |from: usize, to: usize| {
        line.as_bytes()
            .get(from..to)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let is_date = digits(0, 4)
        && digits(5, 7)
        && digits(8, 10)
        && digits(11, 13)
        && line.as_bytes()[4] == b'-';
    if !is_date {
        return None;
    }
    let end = line[11..].find([' ', ']']).map_or(line.len(), |at| 11 + at);
    Some((&line[..end], &line[end..]))
}

/// Returns the level among the first words of a line, and what follows it. Only a word in capitals counts, or one in
/// brackets or before a colon: `error` in the middle of a sentence is no level.
fn leading_level(text: &str) -> Option<(Level, &str)> {
    let mut at = 0;
    for word in text.split([' ', '\t']).take(8) {
        let start = at;
        at += word.len() + 1;
        let core = strip_colour(word).trim_matches(['[', ']', ':', '(', ')', '|', '-']);
        let capitals = core.bytes().all(|byte| byte.is_ascii_uppercase());
        let marked = word.len() > core.len();
        if core.len() >= 3
            && (capitals || marked)
            && let Some(level) = Level::parse(core.as_bytes())
        {
            return Some((level, text.get(start + word.len()..).unwrap_or_default()));
        }
    }
    None
}

/// Takes terminal colour codes off both ends of a word.
fn strip_colour(word: &str) -> &str {
    let mut word = word;
    while let Some(rest) = word.strip_prefix("\u{1b}[") {
        word = rest.split_once('m').map_or("", |(_, after)| after);
    }
    word.split('\u{1b}').next().unwrap_or_default()
}

/// Reads `METHOD /path STATUS DURATION`, the form in which many applications write a request's outcome.
fn outcome<'a>(message: &'a str, fields: &mut Fields<'a>) {
    let mut words = message.split(' ');
    let (Some(method), Some(path), Some(status)) = (words.next(), words.next(), words.next())
    else {
        return;
    };
    if !METHODS.contains(&method) || !path.starts_with('/') {
        return;
    }
    set(fields, Field::Status, Value::Str(bare(status)));
    if fields.status.is_some() {
        fields.method = Some(bare(method));
        fields.path = Some(bare(path));
        fields.latency_ms = words
            .next()
            .and_then(|word| duration::parse(word, names::Unit::Unsaid));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::show;

    #[test]
    fn lines_of_the_common_kinds_are_read() {
        for (line, expected) in [
            (
                r#"127.0.0.1 - - [21/Nov/2026:08:04:03 +0000] "POST /loan/apply HTTP/1.1" 201 67 "-" "x""#,
                "access at=1795248243000 method=POST path=/loan/apply status=201",
            ),
            (
                r#"10.0.1.2 - - "GET /health HTTP/1.1" 200 2"#,
                "access method=GET path=/health status=200",
            ),
            (
                r#"time="2026-01-01T00:00:00Z" level=info service=loan-worker route=/a method=GET status=200 duration=4.5ms msg="job \"x\" done" dep=s3"#,
                "at=1767225600000 info service=loan-worker method=GET route=/a status=200 ms=4.5 dep=s3 msg=job \"x\" done",
            ),
            (
                "2026-11-21 08:04:04,335 - loans.clients - WARNING - scoring responded in 865 ms",
                "at=1795248244335 warn msg=scoring responded in 865 ms",
            ),
            (
                "2026-11-21T08:04:04.335Z  INFO 1 --- [app] [main] c.e.Loan : POST /loan/apply 201 145ms",
                "at=1795248244335 info msg=1 --- [app] [main] c.e.Loan : POST /loan/apply 201 145ms",
            ),
            (
                "GET /loan/7 404 3ms",
                "method=GET path=/loan/7 status=404 ms=3 msg=GET /loan/7 404 3ms",
            ),
            (
                "\u{1b}[33mWARN\u{1b}[0m pool waiting=0",
                "warn msg=pool waiting=0",
            ),
            ("an error in a sentence", "msg=an error in a sentence"),
            ("{not json: 12", "msg={not json: 12"),
            ("", "msg="),
            ("a=1 b", "msg=a=1 b"),
        ] {
            assert_eq!(show(&read(line)), expected, "{line}");
        }
    }
}
