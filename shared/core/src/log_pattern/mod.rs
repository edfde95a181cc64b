//! The log patterns of a service: a bounded list of the skeletons of its messages, and the rules by
//! which skeletons become one pattern.
//!
//! Two rules make skeletons one log pattern. By the first, a place that may hold a name is variable
//! once a masked value, or [`NAMES`] different words, stood there while everything around it was
//! the same. This is never taken back, so later messages are kept under the pattern only. The
//! second rule (module `groups`) is applied when patterns are read. Both rules depend on which
//! messages came and not on their order, so the final patterns and their counts are the same
//! however the messages were ordered and batched. Entries of one log pattern are merged in storage
//! only when there is no room for a new one.

mod groups;
pub(crate) mod tally;
pub mod top;

use std::collections::BTreeMap;

use atalaya_logs::template::shape::Shape;
use atalaya_logs::template::{MAX_BYTES, VARIABLE};

use crate::series::{SeriesKind, SeriesName};
use crate::time::Minute;

/// How many different words in one place make it a variable.
pub const NAMES: usize = 3;

/// The most entries that a service keeps; messages that find no free entry count as `other`.
pub const MAX_PATTERNS: usize = 64;

/// After how many weeks without a message an entry may be given to a new pattern when there is no
/// room.
const IDLE_WEEKS: i64 = 4;

/// The most merged entries whose numbers are remembered, so that what was counted under such a
/// number is still found.
const MAX_ALIASES: usize = 96;

/// Entries are compared again once at least one in this many of them is new.
const SHARE_NEW: usize = 8;

const MINUTES_A_WEEK: i64 = 7 * 24 * 60;

/// An entry of the list: the skeleton of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPattern {
    /// The number under which its messages are counted.
    pub number: u16,
    /// Its severity ([`SeriesKind::Warning`] or [`SeriesKind::Error`]) and the skeleton.
    pub series: SeriesName,
    /// The first minute with such a message.
    pub first: Minute,
    /// The last week with such a message, in weeks since the epoch.
    pub(crate) week: i64,
    shape: Shape,
}

/// The log pattern that an entry belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// Its severity, and the skeleton with a variable in all places that are known to hold one.
    pub series: SeriesName,
    /// The first minute with any message of the pattern.
    pub first: Minute,
}

/// The log patterns of a service: its entries, in the order in which they were first met.
#[derive(Debug, Clone, Default)]
pub struct LogPatterns {
    entries: Vec<LogPattern>,
    /// The numbers of merged entries, each with the number of the entry that it was merged into.
    aliases: Vec<(u16, u16)>,
    /// How many times entries or aliases were changed.
    revision: u64,
    /// How many entries were made since they were last compared. It keeps a flood of new messages
    /// from comparing all entries again and again when there is no room.
    new: usize,
}

impl PartialEq for LogPatterns {
    fn eq(&self, other: &Self) -> bool {
        (&self.entries, &self.aliases) == (&other.entries, &other.aliases)
    }
}

impl Eq for LogPatterns {}

/// Returns the week of a minute.
const fn week_of(minute: Minute) -> i64 {
    minute.0.div_euclid(MINUTES_A_WEEK)
}

impl LogPatterns {
    /// Returns the number of the entry for a skeleton whose messages came from `first` to `last`,
    /// or for the skeleton with variables that the first rule makes of it. A new entry is made
    /// while there are fewer than `cap`; `None` stands for `other`.
    pub(crate) fn admit_within(
        &mut self,
        mut series: SeriesName,
        (first, last): (Minute, Minute),
        cap: usize,
    ) -> Option<u16> {
        if series.name.len() > MAX_BYTES {
            return None;
        }
        let mut shape = Shape::of(&series.name);
        if !shape.values.is_empty() {
            let known = self.filled(series.kind, &shape);
            if *known != *series.name {
                shape = Shape::of(&known);
                series.name = known.into();
            }
        }
        let week = week_of(last);
        if let Some(pattern) = self
            .entries
            .iter_mut()
            .find(|pattern| pattern.series == series)
        {
            if first < pattern.first || week > pattern.week {
                pattern.first = pattern.first.min(first);
                pattern.week = pattern.week.max(week);
                self.revision += 1;
            }
            return Some(pattern.number);
        }
        if self.entries.len() >= cap {
            return None;
        }
        let number = self.free_number()?;
        self.new += 1;
        self.revision += 1;
        self.entries.push(LogPattern {
            number,
            series,
            first,
            week,
            shape,
        });
        Some(number)
    }

    /// Returns a number as `admit_within` does, but makes room when there is none: it merges
    /// entries of one log pattern, or drops one that had no message for weeks.
    pub fn admit(
        &mut self,
        series: SeriesName,
        minutes: (Minute, Minute),
        cap: usize,
    ) -> Option<u16> {
        if let Some(number) = self.admit_within(series.clone(), minutes, cap) {
            return Some(number);
        }
        let enough = self.new * SHARE_NEW >= cap;
        if enough {
            self.compact();
        }
        if self.entries.len() >= cap {
            self.forget_idle(week_of(minutes.1))?;
        }
        self.admit_within(series, minutes, cap)
    }

    /// Merges the entries that belong to one log pattern.
    fn compact(&mut self) {
        let known = self.known();
        let mut kept: Vec<LogPattern> = Vec::with_capacity(self.entries.len());
        for mut pattern in self.entries.clone() {
            let Some(Known { series, first }) = known.get(&pattern.number) else {
                continue;
            };
            if let Some(one) = kept.iter_mut().find(|one| one.series == *series) {
                one.week = one.week.max(pattern.week);
                for (_, to) in &mut self.aliases {
                    if *to == pattern.number {
                        *to = one.number;
                    }
                }
                self.aliases.push((pattern.number, one.number));
                continue;
            }
            pattern.shape = Shape::of(&series.name);
            (pattern.series, pattern.first) = (series.clone(), *first);
            kept.push(pattern);
        }
        // An alias is added only when an entry is merged away, so `entries` differs whenever
        // aliases do.
        self.revision += u64::from(self.entries != kept);
        self.entries = kept;
        let over = self.aliases.len().saturating_sub(MAX_ALIASES);
        self.aliases.drain(..over);
        self.new = 0;
    }

    /// Drops the entry that has been without a message for longest, if that is at least
    /// [`IDLE_WEEKS`].
    fn forget_idle(&mut self, week: i64) -> Option<()> {
        let oldest = self.entries.iter().enumerate();
        let (at, pattern) = oldest.min_by_key(|(_, pattern)| pattern.week)?;
        if pattern.week + IDLE_WEEKS > week {
            return None;
        }
        let gone = self.entries.remove(at).number;
        self.aliases.retain(|(_, to)| *to != gone);
        self.revision += 1;
        Some(())
    }

    fn free_number(&self) -> Option<u16> {
        let taken = |number: &u16| {
            self.entries.iter().any(|pattern| pattern.number == *number)
                || self.aliases.iter().any(|(from, _)| from == number)
        };
        (0..u16::MAX).find(|number| !taken(number))
    }

    /// Returns a skeleton with `<*>` in the places that are variable by the first rule, given the
    /// entries and the skeleton itself.
    fn filled(&self, severity: SeriesKind, shape: &Shape) -> String {
        let same = |pattern: &&LogPattern| {
            pattern.series.kind == severity
                && pattern.shape.key == shape.key
                && pattern.shape.values.len() == shape.values.len()
        };
        let alike: Vec<&Shape> = { self.entries.iter().filter(same) }
            .map(|pattern| &pattern.shape)
            .collect();
        shape.fill(|place| {
            let mut met: Vec<&str> = Vec::with_capacity(NAMES);
            let values = alike.iter().copied().chain([shape]);
            for value in values.map(|shape| &*shape.values[place]) {
                if value == VARIABLE {
                    return true;
                }
                if !met.contains(&value) {
                    met.push(value);
                }
            }
            met.len() >= NAMES
        })
    }

    /// Returns each entry with the variables that the first rule has found by now; in this form it
    /// may be merged into another list.
    pub fn told(&self) -> impl Iterator<Item = (u16, SeriesName)> {
        self.entries.iter().map(|pattern| {
            let name = self.filled(pattern.series.kind, &pattern.shape).into();
            let kind_of = pattern.series.kind;
            (
                pattern.number,
                SeriesName {
                    kind: kind_of,
                    name,
                },
            )
        })
    }

    /// Returns the log pattern of each number, merged entries included.
    #[must_use]
    pub fn known(&self) -> BTreeMap<u16, Known> {
        let told: Vec<(u16, SeriesName)> = self.told().collect();
        let names: Vec<&SeriesName> = told.iter().map(|(_, series)| series).collect();
        let groups = groups::of(&names);
        let mut firsts: BTreeMap<&SeriesName, Minute> = BTreeMap::new();
        for (pattern, group) in self.entries.iter().zip(&groups) {
            let first = firsts.entry(group).or_insert(pattern.first);
            *first = pattern.first.min(*first);
        }
        let known = |(pattern, group): (&LogPattern, &SeriesName)| {
            let first = firsts[group];
            let series = group.clone();
            (pattern.number, Known { series, first })
        };
        let mut known: BTreeMap<u16, Known> = self.entries.iter().zip(&groups).map(known).collect();
        for (from, to) in &self.aliases {
            if let Some(of) = known.get(to).cloned() {
                known.insert(*from, of);
            }
        }
        known
    }

    /// Returns the entry of a number, or the one that it was merged into.
    #[must_use]
    pub fn get(&self, number: u16) -> Option<&LogPattern> {
        let is_from = |(from, _): &&(u16, u16)| *from == number;
        let number = self
            .aliases
            .iter()
            .find(is_from)
            .map_or(number, |(_, to)| *to);
        self.entries.iter().find(|pattern| pattern.number == number)
    }

    /// Returns the entries, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &LogPattern> {
        self.entries.iter()
    }

    /// Returns how many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns a number that rises with every change.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the numbers of merged entries, each with the number of the entry that it was merged
    /// into.
    pub(crate) fn aliases(&self) -> &[(u16, u16)] {
        &self.aliases
    }

    /// Adds an entry from its stored form.
    pub(crate) fn restore(&mut self, number: u16, series: SeriesName, first: Minute, week: i64) {
        let shape = Shape::of(&series.name);
        self.new += 1;
        self.entries.push(LogPattern {
            number,
            series,
            first,
            week,
            shape,
        });
    }

    /// Sets the numbers of merged entries from the stored form.
    pub(crate) fn restore_aliases(&mut self, aliases: Vec<(u16, u16)>) {
        self.aliases = aliases;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn met(patterns: &mut LogPatterns, text: &str, minute: i64, cap: usize) -> Option<u16> {
        let series = SeriesName {
            kind: SeriesKind::Error,
            name: text.into(),
        };
        patterns.admit(series, (Minute(minute), Minute(minute)), cap)
    }

    /// Returns the log patterns that messages count as, once all of them are met.
    fn groups(messages: &[&str]) -> BTreeMap<Box<str>, (usize, Minute)> {
        let mut patterns = LogPatterns::default();
        let places: Vec<_> = { messages.iter().enumerate() }
            .map(|(n, text)| met(&mut patterns, text, n as i64, 99).expect("there is room"))
            .collect();
        let known = patterns.known();
        let mut groups = BTreeMap::new();
        for at in places {
            let Known { series, first } = known[&at].clone();
            groups.entry(series.name).or_insert((0, first)).0 += 1;
        }
        groups
    }

    #[test]
    fn a_place_is_variable_after_some_words_or_one_number() {
        for (messages, expected) in [
            (
                vec!["login failed for user ann", "login failed for user bob"],
                vec!["login failed for user ann", "login failed for user bob"],
            ),
            (
                vec![
                    "login failed for user ann",
                    "login failed for user bob",
                    "login failed for user cy",
                ],
                vec!["login failed for user <*>"],
            ),
            (
                vec!["login failed for user ann", "login failed for user <*>"],
                vec!["login failed for user <*>"],
            ),
            (
                vec![
                    "login failed for ann on db",
                    "login failed for bob on db",
                    "login failed for cy on db",
                ],
                vec!["login failed for <*> on db"],
            ),
            (
                vec!["Read timed out", "Connect timed out", "Write timed out"],
                vec!["Connect timed out", "Read timed out", "Write timed out"],
            ),
        ] {
            let found: Vec<_> = groups(&messages).into_keys().collect();
            let found: Vec<&str> = found.iter().map(|name| &**name).collect();
            assert_eq!(found, expected, "{messages:?}");
        }
    }

    #[test]
    fn a_flood_ends_in_other_and_idle_kinds_make_room() {
        let mut patterns = LogPatterns::default();
        for n in 0..10_000_u32 {
            let word: String = n.to_string().bytes().map(|b| char::from(b + 49)).collect();
            met(&mut patterns, &format!("{word}: failed"), 0, MAX_PATTERNS);
        }
        assert_eq!(patterns.len(), MAX_PATTERNS);
        assert_eq!(
            met(
                &mut patterns,
                "new: failed",
                IDLE_WEEKS * MINUTES_A_WEEK - 1,
                MAX_PATTERNS
            ),
            None
        );
        assert_eq!(
            met(
                &mut patterns,
                "a: failed",
                IDLE_WEEKS * MINUTES_A_WEEK,
                MAX_PATTERNS
            ),
            Some(0),
            "known"
        );
        assert_eq!(
            met(
                &mut patterns,
                "new: failed",
                IDLE_WEEKS * MINUTES_A_WEEK,
                MAX_PATTERNS
            ),
            Some(1)
        );
        assert_eq!(patterns.len(), MAX_PATTERNS);
    }

    fn messages() -> impl Strategy<Value = Vec<String>> {
        let word = prop::sample::select(vec!["ann", "bob", "cy", "dan", "<*>", "user"]);
        let message = (word.clone(), word, 0..3).prop_map(|(a, b, n)| match n {
            0 => format!("login failed for user {a} on host {b}"),
            1 => format!("request to {a} timed out, retrying with {b}"),
            _ => format!("{a} {b} failed"),
        });
        prop::collection::vec(message, 0..40)
    }

    proptest! {
        #[test]
        fn order_does_not_show(messages in messages(), seed in any::<u64>()) {
            let order: Vec<&str> = messages.iter().map(String::as_str).collect();
            let mut other = order.clone();
            other.sort_by_key(|text| xxhash_rust::xxh3::xxh3_64_with_seed(text.as_bytes(), seed));
            let counts = |messages: &[&str]| -> BTreeMap<Box<str>, usize> {
                groups(messages).into_iter().map(|(name, (n, _))| (name, n)).collect()
            };
            prop_assert_eq!(counts(&order), counts(&other));
        }

        #[test]
        fn the_revision_rises_with_every_change_and_with_nothing_else(
            messages in messages(), weeks in prop::collection::vec(0..9_i64, 40),
        ) {
            let mut kinds = LogPatterns::default();
            for (text, week) in messages.iter().zip(weeks) {
                let before = kinds.clone();
                met(&mut kinds, text, week * MINUTES_A_WEEK, 6);
                prop_assert_eq!(kinds.revision() > before.revision(), kinds != before);
            }
        }
    }
}
