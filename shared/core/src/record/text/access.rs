//! Access log lines of servers, in the common log format and its kin.

use super::{bare, is_method};
use crate::json::Value;
use crate::record::json::set;
use crate::record::names::Field;
use crate::record::{Fields, Format, Moment, Teller};

/// Reads a line of the common log format and its kin: `… "GET /path HTTP/1.1" 200 …`, perhaps a `[time]` before it.
pub(super) fn read(line: &str) -> Option<Fields<'_>> {
    let (before, rest) = line.split_once('"')?;
    let (request, after) = rest.split_once('"')?;
    let mut words = request.split(' ');
    let (method, path, protocol) = (words.next()?, words.next()?, words.next()?);
    if !is_method(method) || !protocol.starts_with("HTTP/") || words.next().is_some() {
        return None;
    }
    let status = after.split_ascii_whitespace().next()?;
    let mut fields = Fields {
        format: Format::Access,
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
