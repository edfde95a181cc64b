//! Text of any form, gone through once from front to back.

use super::sql::{Statements, detail, statements};
use super::values::{Found, is_key_part, value_of};
use super::word::{WordKind, is_word, word_at};
use super::{Mask, Rewrite, Span, images, numbers, people, phone, tokens, urls};

/// A text on its way.
struct Reader<'t> {
    text: &'t [u8],
    mask: &'t Mask,
    statements: Statements,
    /// Where the next thing may begin: what is before was replaced.
    done: usize,
    /// Up to where quotes belong to a literal of SQL that was met.
    literal_end: usize,
    /// Up to where digits belong to an id that was recognised.
    id_end: usize,
    /// Up to where words belong to the name of a resource, and are no keys.
    name_end: usize,
    /// The value under a key that was met: its key is gone through, too, before it is replaced.
    value: Option<Span>,
}

/// Masks a text once.
pub(super) fn mask(text: &str, mask: &Mask) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut made = Rewrite::new(text);
    let mut reader = Reader {
        text: text.as_bytes(),
        mask,
        statements: statements(text.as_bytes()),
        done: 0,
        literal_end: 0,
        id_end: 0,
        name_end: 0,
        value: None,
    };
    let mut at = 0;
    while at < text.len() {
        let value = reader.value.take_if(|value| value.from <= at);
        let value = value.filter(|value| value.to > at);
        if let Some(span) = value.or_else(|| reader.find(at)) {
            let from = span.from.max(made.done);
            let value = text.as_bytes().get(from..span.to).unwrap_or_default();
            let word = mask.word(span.kind, value);
            made.replace(span.from, span.to, word.as_bytes());
            at = span.to.max(at + 1);
            reader.done = at;
        } else if let Some(end) = word_at(text.as_bytes(), at) {
            at = end;
            reader.done = end;
        } else {
            at += 1;
        }
    }
    made.finish()
}

/// Returns whether a text is too short and too simple to hold anything: most values of a JSON line are.
pub(super) fn is_plain(text: &str) -> bool {
    // The shortest token that is recognised by letters alone is that of `bearer abcdeF`.
    const SHORT: usize = 13;
    let simple = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'_' | b'/' | b'.');
    text.len() < 5 || (text.len() < SHORT && text.bytes().all(simple))
}

/// Returns whether what stands before is an escape, of which the last letter belongs to no word: `\n`, `\u0026`, `%20`.
pub(super) fn follows_escape(text: &[u8], at: usize) -> bool {
    let hex = u8::is_ascii_hexdigit;
    match text.get(..at).unwrap_or_default() {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'] => true,
        [.., b'%', _, _] => is_escape(&text[at - 3..]),
        [.., b'\\', b'u', a, b, c, d] => hex(a) && hex(b) && hex(c) && hex(d),
        _ => false,
    }
}

/// Returns whether a byte is escaped here as URLs have it.
fn is_escape(text: &[u8]) -> bool {
    matches!(text, [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

impl Reader<'_> {
    /// Returns what is to be masked because of what stands at `at`.
    fn find(&mut self, at: usize) -> Option<Span> {
        let byte = self.text[at];
        let before = at.checked_sub(1).map(|before| self.text[before]);
        let span = |from, to, kind| Span { from, to, kind };
        match byte {
            0x1b => return self.colour(at).map(|to| span(at, to, WordKind::Colour)),
            b'@' => {
                let source = urls::data_source(self.text, self.done, at);
                let source = source.map(|(from, to)| span(from, to, WordKind::Password));
                return source.or_else(|| self.email(at, at + 1));
            }
            b'%' => return self.escaped(at),
            b'+' if !before.is_some_and(|before| before.is_ascii_alphanumeric())
                || follows_escape(self.text, at) =>
            {
                if let Some(to) = phone::international(self.text, at + 1) {
                    return Some(span(at, to, WordKind::Phone));
                }
            }
            b'(' => {
                return phone::north_american(self.text, at)
                    .map(|to| span(at, to, WordKind::Phone));
            }
            b':' => {
                self.userinfo(at);
                return None;
            }
            b'\'' | b'"' => {
                if at < self.literal_end {
                    return None;
                }
                let (from, to) = self.statements.literal(self.text, at)?;
                self.literal_end = to + 1;
                let known = is_word(&self.text[from..to]);
                return (from < to && !known).then_some(span(from, to, WordKind::Literal));
            }
            b'-' => {
                if let Some(to) = tokens::private_key(self.text, at) {
                    return Some(span(at, to, WordKind::Secret));
                }
            }
            b'D' | b'F' | b'K' => {
                if let Some((from, to)) = detail(self.text, at)
                    && !is_word(&self.text[from..to])
                {
                    self.value = self.value.or(Some(span(from, to, WordKind::Literal)));
                }
            }
            _ => {}
        }
        let alphanumeric = byte.is_ascii_alphanumeric();
        let goes_on = before.is_some_and(|before| before.is_ascii_alphanumeric());
        let escape = alphanumeric && goes_on && follows_escape(self.text, at);
        // The digits of `%3D` begin nothing; what follows them may.
        let in_escape = before == Some(b'%') && is_escape(&self.text[at - 1..]);
        let begins_run = alphanumeric && (escape || !(goes_on || in_escape));
        if begins_run
            && at >= self.name_end
            && let Some(end) = resource(self.text, at)
        {
            self.name_end = end;
        }
        if is_key_part(byte) && (!before.is_some_and(is_key_part) || escape) && at >= self.name_end
        {
            self.key(at);
        }
        if tokens::is_aws_secret_part(byte)
            && (escape
                || before.is_none_or(|byte| byte == b'/' || !tokens::is_aws_secret_part(byte)))
            && let Some(to) = tokens::aws_secret(self.text, at)
        {
            return Some(span(at, to, WordKind::Secret));
        }
        if !alphanumeric {
            return None;
        }
        if begins_run && at >= self.id_end {
            if let Some(end) = images::digest(self.text, at).or_else(|| id(self.text, at)) {
                self.id_end = end;
            } else if let Some(to) = tokens::token(self.text, at) {
                return Some(span(at, to, WordKind::Secret));
            } else if let Some(to) = numbers::iban(self.text, at) {
                return Some(span(at, to, WordKind::Iban));
            } else if let Some(to) = people::person(self.text, at, self.mask.people) {
                return Some(span(at, to, WordKind::Person));
            } else if let Some(to) = phone::north_american(self.text, at) {
                return Some(span(at, to, WordKind::Phone));
            }
        }
        let begins_digits = byte.is_ascii_digit()
            && (!before.is_some_and(|before| before.is_ascii_digit()) || escape);
        if begins_digits && at >= self.id_end {
            return numbers::card(self.text, at).map(|to| span(at, to, WordKind::Card));
        }
        None
    }

    /// Looks at a mark that is escaped as URLs have it.
    fn escaped(&mut self, at: usize) -> Option<Span> {
        let rest = &self.text[at..];
        if rest.starts_with(b"%40") {
            return self.email(at, at + 3);
        }
        if rest.starts_with(b"%2540") {
            return self.email(at, at + 5);
        }
        let kind = WordKind::Phone;
        for plus in [&b"%2B"[..], b"%252B"] {
            if rest.starts_with(plus) {
                let to = phone::international(self.text, at + plus.len())?;
                return Some(Span { from: at, to, kind });
            }
        }
        if rest.starts_with(b"%28") {
            let to = phone::north_american(self.text, at)?;
            return Some(Span { from: at, to, kind });
        }
        self.userinfo(at);
        None
    }

    /// Looks at the key that begins at `at`, or at the name of a scheme of credentials.
    fn key(&mut self, at: usize) {
        let end = at
            + self.text[at..]
                .iter()
                .take_while(|byte| is_key_part(**byte))
                .count();
        let found = match value_of(self.text, at, end, self.mask) {
            Some(Found::Span(span)) => Some(span),
            Some(Found::Id(to)) => {
                self.id_end = self.id_end.max(to);
                None
            }
            None => tokens::scheme(self.text, at, end).map(|(from, to)| Span {
                from,
                to,
                kind: WordKind::Secret,
            }),
        };
        // A key in a value that is to be replaced says nothing more.
        if self.value.is_none() {
            self.value = found;
        }
    }

    /// Looks for credentials in the URL whose mark stands at `at`.
    fn userinfo(&mut self, at: usize) {
        let found = urls::userinfo(self.text, at);
        let found = found.filter(|(from, to)| {
            let value = &self.text[*from..*to];
            !is_word(value) && value.iter().any(u8::is_ascii_alphanumeric)
        });
        if let Some((from, to)) = found {
            let kind = WordKind::Password;
            self.value = Some(Span { from, to, kind });
        }
    }

    fn email(&self, at: usize, after: usize) -> Option<Span> {
        let (from, to) = urls::email(self.text, self.done, at, after)?;
        let kind = WordKind::Email;
        Some(Span { from, to, kind })
    }

    /// Returns where a terminal's control sequence ends: it could stand between a key and its value.
    fn colour(&self, at: usize) -> Option<usize> {
        let rest = self.text[at..].strip_prefix(b"\x1b[")?;
        let is_parameter = |byte: &&u8| (0x20..0x40).contains(*byte);
        let length = rest.iter().take(32).take_while(is_parameter).count();
        matches!(rest.get(length), Some(0x40..=0x7e)).then_some(at + 2 + length + 1)
    }
}

/// Returns where the ARN or URN ends that begins here: `secret:` in it is a kind of resource.
fn resource(text: &[u8], at: usize) -> Option<usize> {
    const MARKS: [&[u8]; 4] = [b"arn:aws", b"arn%3Aaws", b"arn%3aaws", b"urn:"];
    let rest = text.get(at..)?;
    MARKS.iter().find(|mark| rest.starts_with(mark))?;
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b":/_.*-+%$".contains(byte);
    Some(at + rest.iter().take_while(is_part).count())
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
