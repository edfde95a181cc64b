//! The class of an error from a stack trace or an error's text, without unescaping either.

use memchr::memmem;

use crate::json::{Str, Value};

/// The longest class name that is believed, in bytes.
const LONGEST: usize = 200;

/// Returns the class that a stack trace names: in Python's form the one raised last, which stands last, in all others
/// the outermost, which stands first.
pub(super) fn class_of(value: Value<'_>) -> Option<Str<'_>> {
    let Value::Str(text) = value else {
        return None;
    };
    let raw = text.raw();
    let head = raw.get(..60).unwrap_or(raw);
    if memmem::find(head, b"Traceback (most recent call last)").is_some() {
        return last_raised(&text);
    }
    class_at(&text, 0)
}

/// Returns the class on the line behind the frames of the last traceback in the text.
fn last_raised<'a>(text: &Str<'a>) -> Option<Str<'a>> {
    let raw = text.raw();
    let feed = text.line_feed();
    let mut found = None;
    let mut after_frame = false;
    let mut at = 0;
    while at < raw.len() {
        let end = memmem::find(&raw[at..], feed).map_or(raw.len(), |found| at + found);
        let line = &raw[at..end];
        if line.starts_with(b"  ") {
            after_frame = true;
        } else if after_frame && !line.is_empty() {
            found = class_at(text, at).or(found);
            after_frame = false;
        }
        at = end + feed.len();
    }
    found
}

/// Returns the class name that begins at a place: it ends at a colon with a blank behind it, at a bracket, or with the
/// line, and looks like one.
fn class_at<'a>(text: &Str<'a>, from: usize) -> Option<Str<'a>> {
    let raw = text.raw().get(from..)?;
    let length = raw
        .iter()
        .take(LONGEST + 1)
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$' | b':' | b'`')
        })
        .count();
    let name = &raw[..length];
    let name = name.strip_suffix(b":").unwrap_or(name);
    let rest = &raw[name.len()..];
    // Node writes `Error [ERR_CODE]: …`; a line ends with a line feed or what stands for one.
    let ends = match rest.strip_prefix(b":").unwrap_or(rest) {
        [] | [b'\\' | b'\n', ..] => true,
        [b' ', ..] => rest.starts_with(b":") || rest.starts_with(b" ["),
        _ => false,
    };
    (ends && name.len() <= LONGEST && is_class(name)).then(|| text.part(from..from + name.len()))
}

/// Returns whether a word looks like a class of errors: qualified, or ending as such classes do.
fn is_class(name: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 10] = [
        b"Error",
        b"Exception",
        b"Timeout",
        b"Failure",
        b"Fault",
        b"Interrupt",
        b"Exit",
        b"Warning",
        b"Refused",
        b"NotFound",
    ];
    let last = name
        .rsplit(|byte| matches!(byte, b'.' | b':' | b'$'))
        .next()
        .unwrap_or_default();
    if !last.first().is_some_and(u8::is_ascii_uppercase) {
        return false;
    }
    let qualified = last.len() < name.len();
    let mixed = last.iter().any(u8::is_ascii_lowercase);
    mixed && (qualified || ENDINGS.iter().any(|ending| last.ends_with(ending)))
}
