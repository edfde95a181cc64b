//! Lines of AWS Lambda: the platform's own, and those that its runtimes lay out for functions that only print.

use super::{bare, trace};
use crate::record::duration;
use crate::record::json;
use crate::record::names::Unit;
use crate::record::{Fields, Format, Level, Moment, timestamp};

/// Reads a line of the platform: START, END, REPORT, INIT and the like. It carries no level.
pub(super) fn platform(line: &str) -> Option<Fields<'_>> {
    let (word, rest) = line.split_once([' ', '\t'])?;
    let is_platform = match word {
        "START" | "END" | "REPORT" => rest.starts_with("RequestId: "),
        "XRAY" => rest.starts_with("TraceId: "),
        "INIT_START" | "RESTORE_START" => rest.starts_with("Runtime Version: "),
        "INIT_REPORT" => rest.starts_with("Init Duration: "),
        "RESTORE_REPORT" => rest.starts_with("Restore Duration: "),
        "EXTENSION" | "TELEMETRY" | "LOGS" => rest.starts_with("Name: "),
        "RequestId:" => {
            let (id, after) = rest.split_once(' ')?;
            is_request_id(id) && (after.starts_with("Error: ") || after.starts_with("Process "))
        }
        _ => false,
    };
    if !is_platform {
        return None;
    }
    let mut fields = Fields {
        format: Format::Lambda,
        // The trace, or the class of an error, stands below in the same event.
        message: line.lines().next().map(|line| bare(line.trim_end())),
        ..Fields::default()
    };
    if matches!(word, "REPORT" | "INIT_REPORT" | "RESTORE_REPORT") {
        // The first duration is how long it took; what was billed follows.
        fields.latency_ms = value(rest, "Duration: ")
            .and_then(|took| took.strip_suffix(" ms"))
            .and_then(|ms| duration::parse(ms, Unit::Millis));
        fields.error_type = value(rest, "Error Type: ").map(bare);
    }
    if word == "RequestId:" {
        fields.error_type = line
            .lines()
            .nth(1)
            .filter(|class| class.starts_with("Runtime.") && !class.contains(' '))
            .map(bare);
    }
    if matches!(word, "REPORT" | "XRAY") {
        fields.trace_id = value(line, "XRAY TraceId: ")
            .and_then(trace::xray)
            .map(bare);
    }
    Some(fields)
}

/// Returns what follows a name, up to the next column.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(name)?;
    rest.split(['\t', '\n', '\r']).next().map(str::trim)
}

/// Reads what the runtimes of Node.js and .NET make of printed text: `TIME⇥REQUEST⇥LEVEL⇥message`; and the platform's
/// `TIME REQUEST Task timed out after 3.00 seconds`.
pub(super) fn printed(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let mut fields = Fields {
        format: Format::Lambda,
        timestamp: Some(Moment::Ms(ms)),
        ..Fields::default()
    };
    if let Some(rest) = rest.strip_prefix('\t') {
        let (id, rest) = rest.split_once('\t')?;
        let (level, message) = rest.split_once('\t').unwrap_or((rest, ""));
        if !is_request_id(id) {
            return None;
        }
        fields.level = Some(Level::parse(level.as_bytes())?);
        fields.message = Some(bare(message));
        // `Invoke Error ⇥{"errorType":"TypeError",…}` is what an exception that nobody caught becomes.
        if let Some((at, _)) = message.match_indices("\t{").next()
            && let Some(thrown) = json::fields(&bare(&message[at + 1..]))
        {
            fields.error_type = thrown.error_type;
        }
        return Some(fields);
    }
    let (id, message) = rest.strip_prefix(' ')?.split_once(' ')?;
    let took = message
        .strip_prefix("Task timed out after ")?
        .strip_suffix(" seconds")?;
    fields.latency_ms = Some(duration::parse(took, Unit::Seconds)?);
    fields.message = Some(bare(message));
    is_request_id(id).then_some(fields)
}

/// Reads what Python's runtime makes of records of its logging: `[LEVEL]⇥TIME⇥REQUEST⇥message`.
pub(super) fn python(line: &str) -> Option<Fields<'_>> {
    let (level, rest) = line.strip_prefix('[')?.split_once(']')?;
    let level = Level::parse(level.as_bytes())?;
    let rest = rest.strip_prefix(['\t', ' '])?;
    let (time, rest) = rest.split_once(['\t', ' '])?;
    let (id, message) = rest.split_once(['\t', ' '])?;
    // Milliseconds are written without zeros in front: `.5Z` is five of them.
    let (seconds, millis) = time.strip_suffix('Z')?.split_once('.')?;
    let (ms, after) = timestamp::dated(seconds)?;
    if !is_request_id(id) || !after.is_empty() || millis.len() > 3 {
        return None;
    }
    Some(Fields {
        format: Format::Lambda,
        timestamp: Some(Moment::Ms(ms + millis.parse::<i64>().ok()?)),
        level: Some(level),
        message: Some(bare(message)),
        ..Fields::default()
    })
}

fn is_request_id(word: &str) -> bool {
    const LENGTH: usize = 36;
    let uuid = word.len() == LENGTH
        && word.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    uuid || word == "undefined"
}
