//! The class of an error from a stack trace or an error's text, without unescaping either.

use memchr::memmem;

use crate::exception::class;
use crate::json::{Str, Value};

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
    name_at(&text, 0).filter(|name| {
        let name = std::str::from_utf8(name.raw());
        name.is_ok_and(|name| class::judge(name).is_some())
    })
}

/// Returns the class on the line behind the frames of the last traceback in the text, whatever it is called.
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
            found = name_at(text, at).or(found);
            after_frame = false;
        }
        at = end + feed.len();
    }
    found
}

/// Returns the name that begins at a place as that of a class does: it ends at a colon with a blank behind it, at a
/// bracket, or with the line.
fn name_at<'a>(text: &Str<'a>, from: usize) -> Option<Str<'a>> {
    let raw = text.raw().get(from..)?;
    let length = raw
        .iter()
        .take(class::MOST_BYTES + 1)
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
    let begins = name.first().is_some_and(u8::is_ascii_alphabetic);
    (begins && ends && name.len() <= class::MOST_BYTES).then(|| text.part(from..from + name.len()))
}
