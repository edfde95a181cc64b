//! Text with a time and a level in front, as logging libraries lay it out for people.

use super::{bare, prose};
use crate::record::{Fields, Format, Level, Moment};

/// Reads text with a time and a level in front, in any of the common arrangements.
pub(super) fn read(line: &str) -> Fields<'_> {
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
    if rest.len() < line.len() {
        fields.format = Format::Layout;
    }
    let message = rest.trim_start_matches([' ', '-', ':']);
    fields.message = Some(bare(if message.is_empty() { line } else { message }));
    prose::read(message, &mut fields);
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
        let core = word.trim_matches(['[', ']', ':', '(', ')', '|', '-']);
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
