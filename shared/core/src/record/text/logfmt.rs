//! Lines of `key=value` pairs.

use super::bare;
use crate::json::{Cursor, Str, Value};
use crate::record::json::set;
use crate::record::names;
use crate::record::{Fields, Format};

/// Reads `key=value key="a value"` lines: at least three pairs, the first at the front of the line.
pub(super) fn read(line: &str) -> Option<Fields<'_>> {
    let mut fields = Fields {
        format: Format::Logfmt,
        ..Fields::default()
    };
    let mut pairs = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '@');
        if key.is_empty() || !key.chars().all(is_name) {
            return None;
        }
        let (value, after) = value(after)?;
        if let Some(field) = names::field(key.as_bytes()) {
            set(&mut fields, field, Value::Str(value));
        }
        pairs += 1;
        rest = after.trim_start();
    }
    (pairs >= 3).then_some(fields)
}

/// Returns the value at the front, its quotes taken off, and what follows it.
fn value(text: &str) -> Option<(Str<'_>, &str)> {
    if !text.starts_with('"') {
        let end = text.find(' ').unwrap_or(text.len());
        return Some((bare(&text[..end]), &text[end..]));
    }
    let mut cursor = Cursor::<false>::new(text.as_bytes());
    let value = cursor.string().ok()?;
    text.get(cursor.at()..).map(|after| (value, after))
}
