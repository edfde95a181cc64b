//! The words of a message, with the marks around each, and the durations among them.

use super::vocabulary::{Lists, lists_of};
use crate::record::duration;
use crate::record::names::Unit;

/// How many words of a message are read; the outcome of a request or call stands early in it.
const MOST: usize = 48;

/// How many words hardly any message has more of.
const USUAL: usize = 16;

/// A word with the marks around it taken off.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Word<'a> {
    /// The word without marks; empty where there are only marks.
    pub(super) core: &'a str,
    /// The marks before it.
    pub(super) before: &'a str,
    /// The marks behind it.
    pub(super) after: &'a str,
    /// The lists of words that it is in.
    pub(super) lists: Lists,
}

impl<'a> Word<'a> {
    fn of(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends = [bytes.first(), bytes.last()];
        if ends
            .iter()
            .all(|byte| byte.is_some_and(u8::is_ascii_alphanumeric))
        {
            return Self {
                core: text,
                before: "",
                after: "",
                lists: lists_of(text),
            };
        }
        let unopened = text.trim_start_matches(is_mark);
        let core = unopened.trim_end_matches(is_mark);
        Self {
            core,
            before: &text[..text.len() - unopened.len()],
            after: &unopened[core.len()..],
            lists: lists_of(core),
        }
    }

    /// Compares without regard to case; `word` is in lower case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.core.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub(super) const fn is_one_of(&self, lists: Lists) -> bool {
        self.lists.any(lists)
    }

    /// Returns whether a clause ends with this word.
    pub(super) fn ends_clause(&self) -> bool {
        self.core.is_empty() || self.after.contains([',', ':', ';', '.', ')', ']'])
    }

    pub(super) fn is_number(&self) -> bool {
        !self.core.is_empty() && self.core.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Returns whether a character stands around words and is no part of one.
const fn is_mark(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '`'
            | '('
            | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '<'
            | '>'
            | ','
            | ';'
            | ':'
            | '|'
            | '.'
            | '!'
    )
}

/// The first words of a message.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    list: Vec<Word<'a>>,
}

impl<'a> Words<'a> {
    /// Parts a message at its white space.
    pub(super) fn of(message: &'a str) -> Self {
        let mut list = Vec::with_capacity(USUAL);
        list.extend(
            { message.split([' ', '\t', '|', '\u{a0}']) }
                .filter(|text| !text.is_empty())
                .take(MOST)
                .map(Word::of),
        );
        Self { list }
    }

    /// Returns a word; beyond the last there are empty ones.
    pub(super) fn get(&self, at: usize) -> Word<'a> {
        self.list.get(at).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, Word<'a>)> + '_ {
        self.list.iter().copied().enumerate()
    }

    /// Returns the duration at a place, in milliseconds, and how many words it takes; only with a unit.
    pub(super) fn duration(&self, at: usize) -> Option<(f64, usize)> {
        let word = self.get(at);
        let text = word.core.strip_prefix('~').unwrap_or(word.core);
        if !text.as_bytes().first()?.is_ascii_digit() || word.before.ends_with(['+', '-']) {
            return None;
        }
        if text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        {
            let unit = self.get(at + 1);
            let millis = millis_of(unit.core).filter(|_| word.after.is_empty())?;
            let number: f64 = text.parse().ok()?;
            return Some((number * millis, 2)).filter(|(ms, _)| *ms <= 86_400_000.0);
        }
        duration::parse(text, Unit::Unsaid).map(|ms| (ms, 1))
    }
}

/// Returns how many milliseconds a unit is that stands as a word of its own.
fn millis_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" | "nanoseconds" => 1e-6,
        "us" | "µs" | "μs" | "microseconds" => 1e-3,
        "ms" | "msec" | "msecs" | "millis" | "milliseconds" | "millisecond" => 1.0,
        "s" | "sec" | "secs" | "seconds" | "second" => 1e3,
        "minutes" | "min" => 6e4,
        _ => return None,
    })
}
