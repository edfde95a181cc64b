//! Excerpts: a few masked lines of a service's failures, so that a notification can show what
//! failed.
//!
//! [`choose`] picks the lines of a batch; this module defines what is kept of a line, and the
//! stored form. A line is masked before it is cut, so that no half of a secret is left at the end.

pub mod choose;
mod v1;

use std::fmt::{self, Write as _};

use atalaya_logs::batch::BatchKey;
use atalaya_logs::mask::Mask;

use crate::time::Minute;

/// The most lines of an excerpt.
pub const MAX_LINES: usize = 3;

/// The most bytes of UTF-8 in a line of an excerpt.
pub const MAX_TEXT_BYTES: usize = 500;

/// The most bytes of a stored excerpt.
pub const MAX_DOCUMENT_BYTES: usize = 2048;

/// How many bytes of a line are read. A longer line is judged by its beginning.
const MAX_READ_BYTES: usize = 16 * 1024;

/// Masked lines of one service's failures in one batch, the worst first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// One to [`MAX_LINES`] lines.
    pub lines: Vec<ExcerptLine>,
}

/// The lines that were chosen for an excerpt, as they were logged. They can only be read through
/// [`Self::mask`], which is called when an excerpt is stored. Most are dropped unread, because one
/// excerpt per minute is enough.
#[derive(Clone, Default)]
pub struct Chosen {
    /// When each was logged, in milliseconds since the epoch, and its text.
    lines: Vec<(i64, String)>,
}

/// One masked line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcerptLine {
    /// When it was logged, in milliseconds since the epoch.
    pub at_ms: i64,
    /// Its text: masked, at most [`MAX_TEXT_BYTES`] long, without control characters.
    pub text: String,
}

/// A stored text that is not an excerpt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an excerpt: {0}")]
pub struct NotASample(String);

impl Excerpt {
    /// Returns the stored form, without the last lines where it would be longer than
    /// [`MAX_DOCUMENT_BYTES`].
    #[must_use]
    pub fn encode(&self) -> String {
        let mut count = self.lines.len().min(MAX_LINES);
        loop {
            let body = v1::encode(&self.lines[..count]);
            if body.len() <= MAX_DOCUMENT_BYTES || count == 0 {
                return body;
            }
            count -= 1;
        }
    }

    /// Reads a stored form.
    pub fn decode(body: &str) -> Result<Self, NotASample> {
        v1::decode(body).map_err(|error| NotASample(error.to_string()))
    }

    /// Returns the id of the document: sortable by time, and the same whenever a batch is delivered
    /// again.
    #[must_use]
    pub fn id(minute: Minute, batch: BatchKey) -> String {
        let mut id = format!("{minute}#");
        for byte in batch.0 {
            write!(id, "{byte:02x}").expect("a string takes all");
        }
        id
    }
}

impl Chosen {
    /// Returns the minute of the newest line, under which the excerpt is kept; `None` without lines.
    #[must_use]
    pub fn minute(&self) -> Option<Minute> {
        let newest = self.lines.iter().map(|(at_ms, _)| *at_ms).max();
        newest.map(Minute::of_ms)
    }

    /// Adds the lines of another, as far as there is room.
    pub fn absorb(&mut self, other: &Self) {
        let room = MAX_LINES.saturating_sub(self.lines.len());
        self.lines.extend(other.lines.iter().take(room).cloned());
    }

    /// Returns the lines masked, so that they may be stored.
    #[must_use]
    pub fn mask(&self, mask: &Mask) -> Excerpt {
        let line = |(at_ms, line): &(i64, String)| ExcerptLine::of(line, *at_ms, mask);
        Excerpt {
            lines: self.lines.iter().map(line).collect(),
        }
    }
}

/// Shows the number of lines only, because they are not masked yet.
impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chosen({} lines)", self.lines.len())
    }
}

impl ExcerptLine {
    /// Makes the masked and cut form of a line.
    #[must_use]
    pub fn of(line: &str, at_ms: i64, mask: &Mask) -> Self {
        Self {
            at_ms,
            text: shown(line, mask),
        }
    }
}

/// Returns the masked and cut text of a line.
fn shown(line: &str, mask: &Mask) -> String {
    let line = line.trim();
    // Of a stack trace only the first line is kept; a JSON record over several lines is kept whole.
    let line = if line.starts_with('{') {
        line
    } else {
        line.lines().next().unwrap_or_default()
    };
    let (masked, whole) = mask.front(line, MAX_READ_BYTES);
    visible(&masked, whole)
}

/// Returns the text cut to its length, with characters that are invisible to a terminal or a reader
/// written as escapes.
fn visible(text: &str, whole: bool) -> String {
    const CUT: char = '…';
    let mut made = String::new();
    let mut room = 0;
    let mut piece = String::new();
    for character in text.chars() {
        piece.clear();
        match character {
            '\n' => piece.push_str("\\n"),
            '\r' => piece.push_str("\\r"),
            '\t' => piece.push_str("\\t"),
            c if is_hidden(c) => piece.extend(c.escape_unicode()),
            c => piece.push(c),
        }
        if made.len() + piece.len() > MAX_TEXT_BYTES {
            made.truncate(room);
            made.push(CUT);
            return made;
        }
        made.push_str(&piece);
        if made.len() + CUT.len_utf8() <= MAX_TEXT_BYTES {
            room = made.len();
        }
    }
    if !whole {
        made.truncate(room);
        made.push(CUT);
    }
    made
}

/// Returns whether a character changes how others are shown: control characters, and marks of
/// direction.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(line: &str) -> String {
        ExcerptLine::of(line, 5, &Mask::default()).text
    }

    #[test]
    fn a_line_is_kept_masked_short_and_visible() {
        for (line, expected) in [
            ("boom", "boom"),
            (
                "  java.lang.X: no\n\tat a.b(C.java:1)\n\tat d",
                "java.lang.X: no",
            ),
            (
                "{\"a\":1,\n \"password\":\"x\"}",
                "{\"a\":1,\\n \"password\":\"[secret]\"}",
            ),
            ("a\tb \u{7}\u{202e}c", "a\\tb \\u{7}\\u{202e}c"),
            (
                "\u{1b}[31mERROR\u{1b}[0m \u{1b}[3mtoken\u{1b}[0m\u{1b}[2m=\u{1b}[0mabc",
                "ERROR token=[secret]",
            ),
            ("to a.b@example.com", "to [email]"),
            ("", ""),
        ] {
            assert_eq!(kept(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_where_characters_end() {
        for line in [
            "ñ".repeat(300),
            "\u{1}".repeat(300),
            "x".repeat(501),
            "€".repeat(20_000),
        ] {
            let text = kept(&line);
            assert!(
                text.len() <= MAX_TEXT_BYTES && text.len() > MAX_TEXT_BYTES - 12,
                "{text}"
            );
            assert!(text.ends_with('…'), "{text}");
        }
        assert_eq!(kept(&"x".repeat(500)), "x".repeat(500));
    }

    #[test]
    fn a_secret_is_not_left_in_part_by_any_cut() {
        let card = "4111 1111 1111 1111";
        for length in (480..505).chain(MAX_READ_BYTES - 30..MAX_READ_BYTES + 5) {
            // The long token shrinks to a word, so that the text behind it moves to the front.
            let filler = if length < 1000 {
                "x ".repeat(length / 2)
            } else {
                format!("token={} ", "x".repeat(length))
            };
            let text = kept(&format!("{filler}{card} and more"));
            assert!(!text.contains("41"), "{length}: {text}");
        }
    }

    #[test]
    fn the_stored_form_is_as_it_was() {
        let excerpt = Excerpt {
            lines: vec![
                ExcerptLine {
                    at_ms: 1_767_602_520_123,
                    text: r#"{"a":"ñ"}"#.into(),
                },
                ExcerptLine {
                    at_ms: -1,
                    text: String::new(),
                },
            ],
        };
        let body = r#"{"lines":[{"at":1767602520123,"text":"{\"a\":\"ñ\"}"},{"at":-1,"text":""}]}"#;
        assert_eq!(excerpt.encode(), body);
        assert_eq!(Excerpt::decode(body), Ok(excerpt.clone()));
        let later = body.replace("\"at\":-1", "\"new\":[1],\"at\":-1");
        assert_eq!(
            Excerpt::decode(&later),
            Ok(excerpt.clone()),
            "what a later version adds is left alone"
        );
        for body in ["", "{}", r#"{"lines":[{"at":"x","text":""}]}"#] {
            let error = Excerpt::decode(body).expect_err("not an excerpt");
            assert!(error.to_string().starts_with("not an excerpt: "), "{error}");
        }
        let id = Excerpt::id(
            Minute::of_ms(1_767_602_520_123),
            BatchKey([0, 0xa1, 2, 3, 4, 5, 6, 0xff]),
        );
        assert_eq!(id, "2026-01-05T08:42Z#00a10203040506ff");
    }

    #[test]
    fn the_stored_form_keeps_its_length() {
        let line = |fill: &str| ExcerptLine {
            at_ms: i64::MIN,
            text: kept(&fill.repeat(600)),
        };
        for fill in ["x", "\"", "\\", "\u{1}", "€"] {
            let excerpt = Excerpt {
                lines: vec![line(fill); MAX_LINES],
            };
            let body = excerpt.encode();
            assert!(body.len() <= MAX_DOCUMENT_BYTES, "{fill}: {}", body.len());
            let back = Excerpt::decode(&body).expect("an excerpt");
            assert!(!back.lines.is_empty(), "{fill}");
            assert_eq!(back.lines[..], excerpt.lines[..back.lines.len()]);
        }
    }
}
