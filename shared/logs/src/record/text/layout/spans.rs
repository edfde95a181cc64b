//! Spans of Rust's `tracing`: `request{method=GET uri=/x}: target: message key=value`.

use super::super::logfmt;
use crate::record::Fields;

/// The spans in front of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spans<'a> {
    /// All spans, outermost first.
    text: &'a str,
    /// The message and what follows it.
    pub(super) rest: &'a str,
}

/// Reads the spans in front of a message, and the target behind them.
pub(super) fn read(text: &str) -> Option<Spans<'_>> {
    let mut rest = text;
    let mut found = false;
    while let Some(after) = span(rest) {
        found = true;
        rest = after;
        if let Some(after) = rest.strip_prefix(": ") {
            rest = after;
            break;
        }
        rest = rest.strip_prefix(':').unwrap_or(rest);
    }
    if !found {
        return None;
    }
    let spans = &text[..text.len() - rest.len()];
    Some(Spans {
        text: spans,
        rest: after_target(rest).unwrap_or(rest),
    })
}

impl<'a> Spans<'a> {
    /// Fills in what the spans say, the innermost first.
    pub(super) fn fill(&self, fields: &mut Fields<'a>) {
        let mut rest = self.text;
        let mut found = [""; 8];
        let mut count = 0;
        while let Some(after) = span(rest) {
            if count < found.len() {
                found[count] = &rest[..rest.len() - after.len()];
                count += 1;
            }
            rest = after.trim_start_matches([':', ' ']);
        }
        for span in found[..count].iter().rev() {
            if let Some((_, pairs)) = span.split_once('{') {
                logfmt::pairs(pairs.strip_suffix('}').unwrap_or(pairs), fields);
            }
        }
    }
}

/// Returns what follows the span at the front: a name and its pairs in braces, with quoted values skipped.
fn span(text: &str) -> Option<&str> {
    let open = text.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.:".contains(c)))?;
    let braced = text.get(open..)?.strip_prefix('{')?;
    if open == 0 {
        return None;
    }
    let mut depth = 1_u32;
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in braced.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let rest = &braced[at + 1..];
            return (rest.starts_with(':') && braced[..at].contains('=')).then_some(rest);
        }
    }
    None
}

/// Returns what follows the target (`loan_api::http: `) at the front.
fn after_target(text: &str) -> Option<&str> {
    let (target, rest) = text.split_once(": ")?;
    let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '-';
    (!target.is_empty() && target.chars().all(is_path)).then_some(rest)
}

/// Returns what follows the target where the head is that of tracing's default: a time in microseconds, and UTC.
pub(super) fn target<'a>(text: &'a str, head: &str) -> Option<&'a str> {
    let time = head.trim_start().split(' ').next()?;
    if time.len() != 27 || !time.ends_with('Z') || time.as_bytes()[10] != b'T' {
        return None;
    }
    let text = text.trim_start();
    // A target with a path in it was taken for a name by the head already.
    if span(text).is_some() || head.trim_end().ends_with(':') {
        return Some(text);
    }
    after_target(text)
}
