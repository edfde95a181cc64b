//! Text of any form, gone through once from front to back.

use super::keys::{is_key_part, value_of};
use super::sql::{Statements, statements};
use super::{CARD, EMAIL, IBAN, LITERAL, PERSON, PHONE, Rewrite, SECRET, Span, numbers, tokens};

/// A text on its way.
struct Reader<'t> {
    text: &'t [u8],
    statements: Statements,
    /// Where the next thing may begin: what is before was replaced.
    done: usize,
    /// Up to where quotes belong to a literal of SQL that was met.
    literal_end: usize,
    /// Up to where digits belong to an id that was recognised.
    id_end: usize,
    /// The value under a key that was met: its key is gone through, too, before it is replaced.
    value: Option<Span>,
}

/// Masks a text once.
pub(super) fn mask(text: &str) -> String {
    let mut made = Rewrite::new(text);
    let mut reader = Reader {
        text: text.as_bytes(),
        statements: statements(text.as_bytes()),
        done: 0,
        literal_end: 0,
        id_end: 0,
        value: None,
    };
    let mut at = 0;
    while at < text.len() {
        let value = reader.value.take_if(|value| value.from <= at);
        let value = value.filter(|value| value.to > at);
        if let Some(span) = value.or_else(|| reader.find(at)) {
            made.replace(span.from, span.to, span.word.as_bytes());
            at = span.to.max(at + 1);
            reader.done = at;
        } else {
            at += 1;
        }
    }
    made.finish()
}

impl Reader<'_> {
    /// Returns what is to be masked that is told by what stands at `at`.
    fn find(&mut self, at: usize) -> Option<Span> {
        let byte = self.text[at];
        let before = at.checked_sub(1).map(|before| self.text[before]);
        let span = |from, to, word| Span { from, to, word };
        match byte {
            0x1b => return self.colour(at).map(|to| span(at, to, "")),
            b'@' => return self.email(at, at + 1),
            b'%' if self.text[at..].starts_with(b"%40") => return self.email(at, at + 3),
            b'%' if self.text[at..].starts_with(b"%2B") => {
                return numbers::phone(self.text, at + 3).map(|to| span(at, to, PHONE));
            }
            b'+' if !before.is_some_and(|before| before.is_ascii_alphanumeric()) => {
                return numbers::phone(self.text, at + 1).map(|to| span(at, to, PHONE));
            }
            b':' => {
                let found = tokens::userinfo(self.text, at);
                self.value = found
                    .map(|(from, to)| span(from, to, SECRET))
                    .or(self.value);
                return None;
            }
            b'\'' | b'"' => {
                if at < self.literal_end {
                    return None;
                }
                let (from, to) = self.statements.literal(self.text, at)?;
                self.literal_end = to + 1;
                return (from < to).then_some(span(from, to, LITERAL));
            }
            b'-' => {
                if let Some(to) = tokens::private_key(self.text, at) {
                    return Some(span(at, to, SECRET));
                }
            }
            _ => {}
        }
        if is_key_part(byte) && !before.is_some_and(is_key_part) {
            self.key(at);
        }
        if tokens::is_aws_secret_part(byte)
            && !before.is_some_and(tokens::is_aws_secret_part)
            && let Some(to) = tokens::aws_secret(self.text, at)
        {
            return Some(span(at, to, SECRET));
        }
        if !byte.is_ascii_alphanumeric() {
            return None;
        }
        let begins_run = !before.is_some_and(|before| before.is_ascii_alphanumeric());
        if begins_run && at >= self.id_end {
            if let Some(end) = id(self.text, at) {
                self.id_end = end;
            } else if let Some(to) = tokens::token(self.text, at) {
                return Some(span(at, to, SECRET));
            } else if let Some(to) = numbers::iban(self.text, at) {
                return Some(span(at, to, IBAN));
            } else if let Some(to) = numbers::person(self.text, at) {
                return Some(span(at, to, PERSON));
            }
        }
        let begins_digits =
            byte.is_ascii_digit() && !before.is_some_and(|before| before.is_ascii_digit());
        if begins_digits && at >= self.id_end {
            return numbers::card(self.text, at).map(|to| span(at, to, CARD));
        }
        None
    }

    /// Looks at the key that begins at `at`, or at the name of a scheme of credentials.
    fn key(&mut self, at: usize) {
        let end = at
            + self.text[at..]
                .iter()
                .take_while(|byte| is_key_part(**byte))
                .count();
        let credentials = || {
            let (from, to) = tokens::scheme(self.text, at, end)?;
            let word = SECRET;
            Some(Span { from, to, word })
        };
        let found = value_of(self.text, at, end).or_else(credentials);
        // A key in a value that is to be replaced says nothing more.
        if self.value.is_none() {
            self.value = found;
        }
    }

    fn email(&self, at: usize, after: usize) -> Option<Span> {
        let (from, to) = tokens::email(self.text, self.done, at, after)?;
        let word = EMAIL;
        Some(Span { from, to, word })
    }

    /// Returns where a terminal's control sequence ends: it could stand between a key and its value.
    fn colour(&self, at: usize) -> Option<usize> {
        let rest = self.text[at..].strip_prefix(b"\x1b[")?;
        let is_parameter = |byte: &&u8| (0x20..0x40).contains(*byte);
        let length = rest.iter().take(32).take_while(is_parameter).count();
        matches!(rest.get(length), Some(0x40..=0x7e)).then_some(at + 2 + length + 1)
    }
}

/// Returns where the UUID or the hexadecimal id ends that begins here: digits in it are no number.
fn id(text: &[u8], at: usize) -> Option<usize> {
    const UUID: [usize; 5] = [8, 4, 4, 4, 12];
    const LENGTHS: [usize; 6] = [12, 16, 24, 32, 40, 64];
    let hex_at = |at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        rest.iter()
            .take(65)
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count()
    };
    let ends = |end: usize| !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    let first = hex_at(at);
    if LENGTHS.contains(&first) && ends(at + first) {
        let letters = text[at..at + first].iter().any(u8::is_ascii_alphabetic);
        return letters.then_some(at + first);
    }
    let mut end = at;
    for (number, length) in UUID.into_iter().enumerate() {
        if number > 0 {
            if text.get(end) != Some(&b'-') {
                return None;
            }
            end += 1;
        }
        if hex_at(end) != length {
            return None;
        }
        end += length;
    }
    ends(end).then_some(end)
}
