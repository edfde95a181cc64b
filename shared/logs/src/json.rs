//! A pull reader over JSON that borrows and never builds a tree.
//!
//! A log line in a CloudWatch Logs payload is JSON *inside a JSON string*. [`Cursor`] with `NESTED = true` reads such a
//! line in place, in its escaped form, so that the message is neither unescaped nor copied to look at its fields. It is
//! lenient where leniency loses nothing (raw control characters in strings, bytes that are not UTF-8) and gives
//! [`Broken`] for the rest; no input makes it panic or recurse.

mod escape;
#[cfg(test)]
mod tests;
mod visit;

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use self::escape::unescape;
pub use self::visit::{Held, Value, Visit};
use crate::scan;

/// How deep objects and arrays may nest; what is deeper is [`Broken`].
pub const MAX_DEPTH: u32 = 128;

/// How deep objects and lists are entered for their members; what is deeper is skipped.
const MAX_ENTERED: u32 = 8;

/// The text is not JSON at this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not JSON at byte {at}")]
pub struct Broken {
    /// Where, in bytes from the beginning of the text.
    pub at: usize,
}

/// How the bytes of a string stand for its characters.
///
/// It is as wide as a word: a byte would leave seven unused ones behind it in each [`Str`], which the compiler copies in
/// pieces that overlap, and reading them back at once stalls the machine at every key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
enum Form {
    /// They are its characters.
    Bare,
    /// They are the inside of a JSON string, with escapes.
    Escaped,
    /// They are the inside of a JSON string that stands in a JSON string: escaped twice.
    Nested,
}

/// The text of a string, borrowed as it stands in its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Str<'a> {
    raw: &'a [u8],
    form: Form,
}

impl<'a> Str<'a> {
    /// Wraps text that stands for itself, such as a line of a file.
    #[must_use]
    pub const fn bare(raw: &'a [u8]) -> Self {
        Self {
            raw,
            form: Form::Bare,
        }
    }

    /// Returns the text itself; bytes that are not UTF-8 become U+FFFD, and so do halves of surrogate pairs.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        match self.form {
            Form::Bare => String::from_utf8_lossy(self.raw),
            Form::Escaped => Cow::Owned(unescape(self.raw)),
            Form::Nested => Cow::Owned(unescape(unescape(self.raw).as_bytes())),
        }
    }

    /// Returns the bytes where they stand for themselves: for names and words, which are rarely escaped.
    #[must_use]
    #[inline]
    pub fn plain(&self) -> Option<&'a [u8]> {
        (self.form == Form::Bare).then_some(self.raw)
    }

    /// Returns the first byte as it stands: a backslash where the text begins with an escape.
    #[must_use]
    pub fn first_byte(&self) -> Option<u8> {
        self.raw.first().copied()
    }

    /// Returns the text as it stands.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Returns what of the text stands in its first `bytes` bytes; an escape or a character may be cut there.
    #[must_use]
    pub(crate) fn head(self, bytes: usize) -> Self {
        let raw = &self.raw[..self.raw.len().min(bytes)];
        Self { raw, ..self }
    }

    /// Returns a part of the text as it stands; it must not begin or end within an escape.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        Self {
            raw: self.raw.get(range).unwrap_or_default(),
            form: self.form,
        }
    }

    /// Returns what stands for a line feed in the text.
    pub(crate) const fn line_feed(&self) -> &'static [u8] {
        match self.form {
            Form::Bare => b"\n",
            Form::Escaped => b"\\n",
            Form::Nested => b"\\\\n",
        }
    }

    /// Writes the text as it stands, and how it stands, so that what is written is the same only for the same text.
    pub fn write_as_it_stands(&self, out: &mut Vec<u8>) {
        out.push(self.form as u8);
        out.extend_from_slice(&self.raw.len().to_le_bytes());
        out.extend_from_slice(self.raw);
    }

    /// Returns the length of the text as it stands, in bytes.
    #[must_use]
    pub const fn raw_len(&self) -> usize {
        self.raw.len()
    }

    /// Returns whether the text, once white space is skipped, begins like a JSON object.
    #[must_use]
    pub fn begins_object(&self) -> bool {
        self.raw.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
    }

    /// Reads the text as a JSON object, in place, handing each member to `visit`; `visit` must take its value.
    pub fn read_object<V: Visit<'a>>(&self, visit: &mut V) -> Result<(), Broken> {
        match self.form {
            Form::Bare => Cursor::<false>::new(self.raw).document(visit),
            Form::Escaped => Cursor::<true>::new(self.raw).document(visit),
            Form::Nested => Err(Broken { at: 0 }),
        }
    }
}

/// Reads JSON from the front, a token at a time. `NESTED`: the text is the inside of a JSON string.
#[derive(Debug, Clone)]
pub struct Cursor<'a, const NESTED: bool> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a, const NESTED: bool> Cursor<'a, NESTED> {
    /// Begins at the front of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Returns how many bytes were read.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Goes on from a place that a search found.
    pub fn go_to(&mut self, at: usize) {
        self.at = at.min(self.bytes.len());
    }

    fn broken<T>(&self) -> Result<T, Broken> {
        Err(Broken { at: self.at })
    }

    /// A quote as it stands in the text.
    const QUOTE: &'static [u8] = if NESTED { b"\\\"" } else { b"\"" };

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Skips white space; in a nested text, escaped white space too.
    #[inline]
    pub fn space(&mut self) {
        // Loggers that save bytes write none.
        if let Some(b' ' | b'\t' | b'\n' | b'\r' | b'\\') = self.byte() {
            self.skip_space();
        }
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'\\' if NESTED => match self.bytes.get(self.at + 1) {
                    Some(b'n' | b't' | b'r') => self.at += 2,
                    _ => return,
                },
                _ => return,
            }
        }
    }

    /// Takes a punctuation mark if it comes next, white space before it skipped.
    #[expect(
        clippy::inline_always,
        reason = "called for every member of every line; left to itself the compiler does not, which costs a fifth of all"
    )]
    #[inline(always)]
    pub fn take(&mut self, mark: u8) -> bool {
        if self.byte() != Some(mark) {
            self.space();
            if self.byte() != Some(mark) {
                return false;
            }
        }
        self.at += 1;
        true
    }

    /// Returns whether only white space is left.
    pub fn ends(&mut self) -> bool {
        self.space();
        self.at >= self.bytes.len()
    }

    /// Returns whether a string comes next, white space before it skipped.
    pub fn is_string(&mut self) -> bool {
        self.space();
        self.clone().take_quote()
    }

    #[inline]
    fn take_quote(&mut self) -> bool {
        let found = self.rest().starts_with(Self::QUOTE);
        self.at += if found { Self::QUOTE.len() } else { 0 };
        found
    }

    /// Reads a string, white space before it skipped.
    #[expect(
        clippy::inline_always,
        reason = "called for every member of every line; left to itself the compiler does not, which costs a fifth of all"
    )]
    #[inline(always)]
    pub fn string(&mut self) -> Result<Str<'a>, Broken> {
        if !self.take_quote() {
            self.space();
            if !self.take_quote() {
                return self.broken();
            }
        }
        let text = self.rest();
        let Some(found) = scan::quote_or_backslash(text, 0) else {
            return self.broken();
        };
        // Most strings hold no escape, so that the first find is the end.
        if text[found..].starts_with(Self::QUOTE) {
            self.at += found + Self::QUOTE.len();
            return Ok(Str::bare(&text[..found]));
        }
        if NESTED {
            self.rest_of_nested_string(found)
        } else {
            self.rest_of_string(found)
        }
    }

    /// Goes on with a string that has an escape `found` bytes from here.
    fn rest_of_string(&mut self, found: usize) -> Result<Str<'a>, Broken> {
        let text = self.rest();
        let mut found = found;
        while text[found] == b'\\' {
            let Some(next) = scan::quote_or_backslash(text, found + 2) else {
                return self.broken();
            };
            found = next;
        }
        self.at += found + 1;
        Ok(Str {
            raw: &text[..found],
            form: Form::Escaped,
        })
    }

    /// Goes on with a string that has an escape `found` bytes from here. A quote that is not escaped ends the text
    /// around it: what stands behind it is another's.
    fn rest_of_nested_string(&mut self, found: usize) -> Result<Str<'a>, Broken> {
        let text = self.rest();
        let mut found = found;
        loop {
            let taken = match text[found..] {
                [b'\\', b'"', ..] => break,
                // An escape of the inner text: the backslash is itself escaped, and so may be what it escapes.
                [b'\\', b'\\', b'\\', ..] => 4,
                [b'\\', b'\\', ..] => 3,
                // An outer \u can stand for a quote or a backslash: too odd to read in place.
                [b'\\', b'u', ..] | [b'"', ..] | [] | [_] => return self.broken(),
                _ => 2,
            };
            let Some(next) = scan::quote_or_backslash(text, found + taken) else {
                return self.broken();
            };
            found = next;
        }
        self.at += found + 2;
        Ok(Str {
            raw: &text[..found],
            form: Form::Nested,
        })
    }

    /// Reads a string whose contents do not matter here but whose end does, such as a log message: quotes in it stand
    /// behind a backslash, so it looks at quotes alone.
    pub fn long_string(&mut self) -> Result<Str<'a>, Broken> {
        self.space();
        if NESTED || !self.take_quote() {
            return self.broken();
        }
        let start = self.at;
        let mut search = start;
        loop {
            let rest = self.bytes.get(search..).unwrap_or_default();
            let Some(found) = memchr(b'"', rest) else {
                return self.broken();
            };
            let found = search + found;
            let before = &self.bytes[start..found];
            let backslashes = before
                .iter()
                .rev()
                .take_while(|byte| **byte == b'\\')
                .count();
            if backslashes.is_multiple_of(2) {
                self.at = found + 1;
                let bare = memchr(b'\\', before).is_none();
                let form = if bare { Form::Bare } else { Form::Escaped };
                return Ok(Str { raw: before, form });
            }
            search = found + 1;
        }
    }

    /// Reads a number or a word as it is written.
    #[inline]
    fn literal(&mut self) -> Result<Value<'a>, Broken> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let is_part = |byte: &&u8| LITERAL[usize::from(**byte)];
        let length = rest.iter().take_while(is_part).count();
        let literal = &rest[..length];
        let value = match literal {
            b"true" | b"false" | b"null" => Value::Word(literal),
            [b'-' | b'0'..=b'9', ..] => Value::Number(literal),
            _ => return self.broken(),
        };
        self.at += length;
        Ok(value)
    }

    /// Reads an integer such as a timestamp, white space before it skipped.
    pub fn integer(&mut self) -> Result<i64, Broken> {
        self.space();
        let before = self.at;
        let broken = Err(Broken { at: before });
        let Value::Number(digits) = self.literal()? else {
            return broken;
        };
        let (sign, digits) = match digits {
            [b'-', digits @ ..] => (-1, digits),
            digits => (1, digits),
        };
        // Eighteen digits cannot overflow, and reach beyond any date.
        if !(1..=18).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return broken;
        }
        let number = { digits.iter() }.fold(0_i64, |n, digit| n * 10 + i64::from(digit - b'0'));
        Ok(sign * number)
    }

    /// Skips one value of any kind.
    pub fn skip(&mut self) -> Result<(), Broken> {
        let mut depth = 0_u32;
        loop {
            self.space();
            match self.byte() {
                Some(b'{' | b'[') => {
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return self.broken();
                    }
                    self.at += 1;
                    // What follows an opening mark is its closing mark or a member; both are met in the next round.
                    continue;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',' | b':') if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                Some(b'"' | b'\\') => {
                    self.string()?;
                }
                _ => {
                    self.literal()?;
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Begins an object; then [`Self::next_key`] gives its keys.
    pub fn open_object(&mut self) -> Result<(), Broken> {
        if self.take(b'{') {
            Ok(())
        } else {
            self.broken()
        }
    }

    /// Returns the next key of an object, its colon taken, or `None` at the end; `first` at the first call.
    #[expect(
        clippy::inline_always,
        reason = "called for every member of every line; left to itself the compiler does not, which costs a fifth of all"
    )]
    #[inline(always)]
    pub fn next_key(&mut self, first: &mut bool) -> Result<Option<Str<'a>>, Broken> {
        let is_first = std::mem::take(first);
        if is_first || !self.take(b',') {
            if self.take(b'}') {
                return Ok(None);
            }
            if !is_first {
                return self.broken();
            }
        }
        let key = self.string()?;
        if self.take(b':') {
            Ok(Some(key))
        } else {
            self.broken()
        }
    }

    fn document<V: Visit<'a>>(mut self, visit: &mut V) -> Result<(), Broken> {
        let scope = visit.begin();
        self.open_object()?;
        self.members(scope, 0, visit)?;
        if self.ends() {
            visit.end();
            Ok(())
        } else {
            self.broken()
        }
    }

    /// Reads the members of an object up to its end. Objects and lists in it are entered where the visitor wants them,
    /// down to [`MAX_ENTERED`]; others are skipped.
    fn members<V: Visit<'a>>(
        &mut self,
        scope: V::Scope,
        depth: u32,
        visit: &mut V,
    ) -> Result<(), Broken> {
        let mut first = true;
        while let Some(key) = self.next_key(&mut first)? {
            self.space();
            match self.byte() {
                Some(b'"' | b'\\') => {
                    let value = Value::Str(self.string()?);
                    visit.member(scope, &key, value);
                }
                Some(b'{' | b'[') if depth >= MAX_ENTERED => self.skip()?,
                Some(b'{') => match visit.enters(scope, &key, Held::Members) {
                    Some(inner) => {
                        self.at += 1;
                        self.members(inner, depth + 1, visit)?;
                    }
                    None => self.skip()?,
                },
                Some(b'[') => match visit.enters(scope, &key, Held::Elements) {
                    Some(inner) => {
                        self.at += 1;
                        self.elements((scope, &key), inner, depth + 1, visit)?;
                    }
                    None => self.skip()?,
                },
                _ => {
                    let value = self.literal()?;
                    visit.member(scope, &key, value);
                }
            }
        }
        Ok(())
    }

    /// Reads a list up to its end: the members of its objects in the scope `inner`, its values under the list's key. Hardly
    /// any line has one that is wanted, so it stands apart from what is done for every member.
    #[inline(never)]
    fn elements<V: Visit<'a>>(
        &mut self,
        (scope, key): (V::Scope, &Str<'a>),
        inner: V::Scope,
        depth: u32,
        visit: &mut V,
    ) -> Result<(), Broken> {
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.space();
            match self.byte() {
                Some(b'"' | b'\\') => {
                    let value = Value::Str(self.string()?);
                    visit.member(scope, key, value);
                }
                Some(b'{') => {
                    self.at += 1;
                    self.members(inner, depth, visit)?;
                }
                Some(b'[') => self.skip()?,
                _ => {
                    let value = self.literal()?;
                    visit.member(scope, key, value);
                }
            }
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.broken();
            }
        }
    }
}

impl<'a> Cursor<'a, false> {
    /// Reads a string that is a JSON object from its first character on, handing its members to `visit`: its end is
    /// found on the way, so the text is gone through once. Where the string is none, nothing is read.
    pub fn string_of_object<V: Visit<'a>>(&mut self, visit: &mut V) -> Option<Str<'a>> {
        self.space();
        if !self.bytes.get(self.at..)?.starts_with(b"\"{") {
            return None;
        }
        let scope = visit.begin();
        let start = self.at + 1;
        let mut inner = Cursor::<true> {
            bytes: self.bytes,
            at: start + 1,
        };
        inner.members(scope, 0, visit).ok()?;
        inner.space();
        let end = inner.at;
        if inner.byte() != Some(b'"') {
            return None;
        }
        visit.end();
        self.at = end + 1;
        let raw = &self.bytes[start..end];
        // `{}` holds no escape.
        let bare = memchr(b'\\', raw).is_none();
        let form = if bare { Form::Bare } else { Form::Escaped };
        Some(Str { raw, form })
    }
}

/// The bytes that numbers and words are made of.
const LITERAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let of = byte as u8;
        table[byte] = of.is_ascii_alphanumeric() || matches!(of, b'+' | b'-' | b'.');
        byte += 1;
    }
    table
};
