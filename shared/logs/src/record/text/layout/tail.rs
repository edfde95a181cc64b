//! Objects behind a message: winston, zap, monolog and others append the fields of a record as JSON.

use crate::json::{Cursor, Str};
use crate::record::{Fields, json};

/// Returns the message before the JSON object that ends a text, and the fields of the object.
pub(super) fn object(text: &str) -> (&str, Option<Fields<'_>>) {
    if !text.ends_with(['}', ']']) {
        return (text, None);
    }
    let Some(at) = begins(text) else {
        return (text, None);
    };
    let mut cursor = Cursor::<false>::new(&text.as_bytes()[at..]);
    if cursor.skip().is_err() {
        return (text, None);
    }
    let end = at + cursor.at();
    // Monolog prints two: the context and what its processors added.
    let rest = text.get(end..).unwrap_or_default().trim_start();
    if !(rest.is_empty() || rest.starts_with(['{', '['])) {
        return (text, None);
    }
    let fields = json::fields(&Str::bare(&text.as_bytes()[at..end]));
    let message = text[..at].trim_end();
    match fields {
        Some(fields) => (message, Some(fields)),
        None => (text, None),
    }
}

/// Returns where an object begins that white space precedes.
fn begins(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    bytes.windows(2).enumerate().position(|(at, pair)| {
        pair[0] == b'{'
            && matches!(pair[1], b'"' | b'}')
            && (at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'\n'))
    })
}
