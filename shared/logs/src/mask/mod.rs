//! Masking: what must never leave, replaced by a word of its kind, in a line of any form.
//!
//! Every value is found by its shape (`numbers`, `people`, `phone`, `tokens`, `sql`) or by the key it stands under
//! (`keys`, `values`); names of container images look like some of them and are none
//! (`images`). A line that is JSON stays JSON (`json`); everything else is gone through as text (`text`). All
//! is linear in the length of the line, and nothing is asked of it.
//!
//! With a [`Key`] the word says which values are the same, `[email 3f9a2c]`, and not which value it is (`word`).

mod images;
mod json;
mod keys;
mod numbers;
mod people;
mod phone;
mod sql;
#[cfg(test)]
mod tests;
mod text;
mod tokens;
mod urls;
mod values;
mod word;

use std::borrow::Cow;

pub use people::{Countries, Country};
pub use word::{KEY_BYTES, Key};

use word::WordKind;

/// What stands for a line that cannot be masked in a stable way.
const EVERYTHING: &str = "[masked]";

/// How often a line is gone through until nothing is found any more; hostile lines aside, the second time finds nothing.
const ROUNDS: usize = 4;

/// How deep JSON in a string of JSON is looked into as JSON; what is deeper is text.
const DEPTH: u32 = 3;

/// How much of a text is looked at for a name, in bytes.
const NAME_READ_BYTES: usize = 4096;

/// What is left out at the end of a text that was not read whole: half of a secret may not be recognised as one.
const CUT_MARGIN_BYTES: usize = 512;

/// How lines are masked: by whose identity documents, and with which key.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    key: Option<Key>,
    people: Countries,
}

impl Mask {
    /// Masks with words that say nothing but the kind, so that texts which differ in a value only become the same.
    #[must_use]
    pub const fn plain(people: Countries) -> Self {
        Self { key: None, people }
    }

    /// Masks with words that say which values are the same.
    #[must_use]
    pub const fn keyed(key: Key, people: Countries) -> Self {
        let key = Some(key);
        Self { key, people }
    }

    /// Returns the text with everything masked that must never leave; borrowed where there is nothing.
    ///
    /// Masking twice is masking once. The result is at most some nine times as long as the text: a word of up to eight
    /// bytes for each value, and a hash only where the value was longer than that.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut known = Cow::Borrowed(text);
        // What stands beside a masked value can be a value itself once the word stands there, so one time is not enough.
        for _ in 0..ROUNDS {
            let next = self.line(&known, DEPTH);
            if *next == *known {
                return known;
            }
            known = Cow::Owned(next);
        }
        if *self.line(&known, DEPTH) == *known {
            known
        } else {
            Cow::Borrowed(EVERYTHING)
        }
    }

    /// Returns the masked front of a text, at most `most` bytes of it being read, and whether that was all of it. Of
    /// a text that was cut, the end is left out as far as the half of a secret may reach.
    #[must_use]
    pub fn front<'t>(&self, text: &'t str, most: usize) -> (Cow<'t, str>, bool) {
        let read = &text[..text.floor_char_boundary(most)];
        let masked = self.text(read);
        if read.len() == text.len() {
            return (masked, true);
        }
        let kept = masked.floor_char_boundary(masked.len().saturating_sub(CUT_MARGIN_BYTES));
        let cut = match masked {
            Cow::Borrowed(masked) => Cow::Borrowed(&masked[..kept]),
            Cow::Owned(mut masked) => {
                masked.truncate(kept);
                Cow::Owned(masked)
            }
        };
        (cut, false)
    }

    /// Goes through a line once.
    fn line(&self, text: &str, depth: u32) -> String {
        let begins = text.trim_start().starts_with(['{', '[']);
        if depth > 0 && begins && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
            json::mask(text, depth - 1, self)
        } else {
            text::mask(text, self)
        }
    }
}

/// Returns a name that was found in a line (a route, a dependency, an error, a service) masked: with words that say
/// nothing but the kind, as a name that held the same value twice and another once must not become two series, and
/// with the documents of every country, as a name never needs a person's number.
#[must_use]
pub fn name(text: &str) -> Cow<'_, str> {
    if text::is_plain(text) {
        return Cow::Borrowed(text);
    }
    Mask::plain(Countries::ALL).front(text, NAME_READ_BYTES).0
}

/// A place in a text and the kind of value that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: usize,
    to: usize,
    kind: WordKind,
}

/// A text in the making: the old one with spans replaced, from front to back.
#[derive(Debug)]
struct Rewrite<'t> {
    text: &'t [u8],
    made: Vec<u8>,
    /// How much of the old text was taken over or replaced.
    done: usize,
}

impl<'t> Rewrite<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            made: Vec::with_capacity(text.len()),
            done: 0,
        }
    }

    /// Puts bytes in the place of a span; what of the span was replaced before stays so.
    fn replace(&mut self, from: usize, to: usize, with: &[u8]) {
        let from = from.max(self.done);
        let kept = self.text.get(self.done..from).unwrap_or_default();
        self.made.extend_from_slice(kept);
        self.made.extend_from_slice(with);
        self.done = to.max(from);
    }

    fn finish(mut self) -> String {
        let rest = self.text.get(self.done..).unwrap_or_default();
        self.made.extend_from_slice(rest);
        // Spans end where characters do; should one not, the halves are shown as such.
        String::from_utf8(self.made)
            .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
    }
}
