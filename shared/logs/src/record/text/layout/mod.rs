//! Text with a time and a level in front, as logging libraries lay it out for people.

mod head;
mod level;
mod spans;
mod special;
mod tail;
#[cfg(test)]
mod tests;

use self::head::Head;
use super::{bare, logfmt, prose};
use crate::record::{Fields, Format, Moment};

/// Reads text with a time and a level in front, in any of the common arrangements; then what stands behind its message
/// (an object, pairs), and last what its words say.
pub(super) fn read(line: &str) -> Fields<'_> {
    let head = special::read(line).or_else(|| head::read(line));
    let Some(head) = head else {
        let fields = Fields {
            timestamp: special::rails_request(line),
            ..Fields::default()
        };
        return read_message(line, line, fields, Tail::Unknown);
    };
    let mut fields = Fields {
        format: Format::Layout,
        level: head.level,
        ..Fields::default()
    };
    let moment = head.time.and_then(|time| time.ms);
    fields.timestamp = moment.map(Moment::Ms);
    let front = line.get(..line.len() - head.rest.len()).unwrap_or_default();
    if front.contains('=') {
        logfmt::pairs(front, &mut fields);
        // Sidekiq counts in seconds, and says no unit.
        if front.contains(" jid=") {
            fields.latency_ms = fields.latency_ms.map(|seconds| seconds * 1e3);
        }
    }
    special::sanic(line, head.rest, &mut fields);
    let (message, tail) = message_of(&head, line);
    read_message(message, line, fields, tail)
}

/// What may follow a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// Not known: pairs may be part of the message, which keeps them.
    Unknown,
    /// The logger itself put pairs or an object behind the message.
    Fields,
}

/// Returns the message, and what is known of what follows it.
fn message_of<'a>(head: &Head<'a>, line: &str) -> (&'a str, Tail) {
    let taken = line.len() - head.rest.len();
    match spans::target(head.rest, line.get(..taken).unwrap_or_default()) {
        Some(rest) => (rest, Tail::Fields),
        None if head.tabbed => (head.rest, Tail::Fields),
        None => (head.rest, Tail::Unknown),
    }
}

fn read_message<'a>(
    text: &'a str,
    line: &'a str,
    mut fields: Fields<'a>,
    tail: Tail,
) -> Fields<'a> {
    let text = text.trim();
    let (mut message, behind) = tail::object(text);
    if let Some(object) = behind {
        let own = fields.message;
        fields.fill(&object);
        fields.message = own;
        if tail == Tail::Unknown {
            message = text;
        }
    }
    let spans = spans::read(message);
    if let Some(spans) = spans {
        message = spans.rest;
    }
    let pairs = logfmt::pairs(message, &mut fields);
    if let Some(spans) = spans {
        spans.fill(&mut fields);
    }
    if tail == Tail::Fields
        && let Some((_, list)) = message.split_once(", ")
    {
        logfmt::listed(list, &mut fields);
    }
    if let Some(from) = pairs.filter(|_| spans.is_some() || tail == Tail::Fields) {
        message = message[..from].trim_end();
    }
    fields.message = Some(bare(message));
    prose::read(message, &mut fields);
    fields.trace_id = fields.trace_id.or_else(|| prose::trace(line).map(bare));
    fields
}

/// Reads one more line of a message: fields that a pretty printer puts on lines of their own, as pino-pretty
/// (`    method: "GET"`) and tracing (`    in request with method: GET, uri: /x`) do, or words.
pub(super) fn below<'a>(line: &'a str, fields: &mut Fields<'a>) {
    let line = line.trim();
    if let Some((_, list)) = line
        .strip_prefix("in ")
        .and_then(|rest| rest.split_once(" with "))
    {
        logfmt::listed(list, fields);
    } else if !logfmt::listed(line, fields) {
        logfmt::pairs(line, fields);
        prose::read(line, fields);
    }
}
