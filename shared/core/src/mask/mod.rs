//! Masking: what must never leave, replaced by a word of its kind, in a line of any form.
//!
//! Every value is found by its shape (`numbers`, `tokens`, `sql`) or by the key it stands under (`keys`). A line that
//! is JSON stays JSON (`json`); everything else is gone through as text (`text`). All is linear in the
//! length of the line, and nothing is asked of it.

mod json;
mod keys;
mod numbers;
mod sql;
#[cfg(test)]
mod tests;
mod text;
mod tokens;

use std::borrow::Cow;

/// What stands for a payment card number.
pub(super) const CARD: &str = "[card]";
/// What stands for a bank account number.
pub(super) const IBAN: &str = "[iban]";
/// What stands for an e-mail address.
pub(super) const EMAIL: &str = "[email]";
/// What stands for a password, a token, a key.
pub(super) const SECRET: &str = "[secret]";
/// What stands for a phone number.
pub(super) const PHONE: &str = "[phone]";
/// What stands for the number of a person's identity document.
pub(super) const PERSON: &str = "[id]";
/// What stands for a text in an SQL statement.
pub(super) const LITERAL: &str = "[text]";
/// What stands for a line that cannot be masked in a stable way.
const EVERYTHING: &str = "[masked]";

/// How often a line is gone through until nothing is found any more; hostile lines aside, the second time finds nothing.
const ROUNDS: usize = 4;

/// How deep JSON in a string of JSON is looked into as JSON; what is deeper is text.
const DEPTH: u32 = 3;

/// Returns the text with everything masked that must never leave; borrowed where there is nothing.
///
/// Masking twice is masking once. The result is at most some nine times as long as the text: a word of up to eight
/// bytes for each value.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut known = Cow::Borrowed(text);
    // What stands beside a masked value can be a value itself once the word stands there, so one time is not enough.
    for _ in 0..ROUNDS {
        let next = line(&known, DEPTH);
        if *next == *known {
            return known;
        }
        known = Cow::Owned(next);
    }
    if *line(&known, DEPTH) == *known {
        known
    } else {
        Cow::Borrowed(EVERYTHING)
    }
}

/// Goes through a line once.
fn line(text: &str, depth: u32) -> String {
    let begins = text.trim_start().starts_with(['{', '[']);
    if depth > 0 && begins && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        json::mask(text, depth - 1)
    } else {
        text::mask(text)
    }
}

/// A place in a text and the word that is to stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: usize,
    to: usize,
    word: &'static str,
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
