//! The log patterns of one batch: how many messages of each pattern came in each minute.
//!
//! Records at level warn or worse are counted, and those that name an error. The severity is part
//! of the pattern: the same words at warn and at error are two patterns.

use std::collections::{BTreeMap, HashMap};

use atalaya_logs::mask;
use atalaya_logs::record::{Fields, Level};
use atalaya_logs::template::skeleton;
use foldhash::fast::FixedState;

use super::LogPatterns;
use crate::series::{OTHER, SeriesKind, SeriesName};
use crate::time::Minute;

/// The most log patterns that one batch may hold for a service. It bounds memory only: how many a
/// service may keep is bounded by its [`Catalog`](crate::catalog::Catalog).
const MAX_PATTERNS: usize = 256;

/// The longest message that is remembered byte for byte, in bytes: it bounds memory only.
const MAX_MESSAGE_BYTES: usize = 512;

/// Counts by minute.
type Minutes = BTreeMap<Minute, u64>;

/// The log patterns of one service's messages in a batch.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    patterns: LogPatterns,
    /// Counts by the number of the log pattern; `None` counts messages that found no free entry.
    met: BTreeMap<(SeriesKind, Option<u16>), Minutes>,
    /// The numbers of skeletons that were counted before, by severity.
    known: [HashMap<Box<str>, u16, FixedState>; 2],
    /// The numbers of messages that were counted before, by their bytes, so that most messages need
    /// no skeleton.
    said: HashMap<Box<[u8]>, u16, FixedState>,
    /// A buffer for the key of a message in [`said`](Self::said).
    saying: Vec<u8>,
}

impl Messages {
    /// Counts the message of a record. `text` is a buffer for its skeleton.
    #[cold]
    pub(crate) fn add(&mut self, fields: &Fields<'_>, minute: Minute, text: &mut String) {
        // An error named by a record without a level was thrown, so it counts as an error; at a
        // level below error the program survived it, so it counts as a warning.
        let failed = fields.level.is_none_or(|level| level >= Level::Error);
        let kind = if failed {
            SeriesKind::Error
        } else {
            SeriesKind::Warning
        };
        self.saying.clear();
        self.saying.push(u8::from(failed));
        for part in [fields.error_type, fields.message].into_iter().flatten() {
            part.write_as_it_stands(&mut self.saying);
        }
        if let Some(number) = self.said.get(&*self.saying) {
            self.add_met(kind, Some(*number), minute, 1);
            return;
        }
        let error = fields.error_type.map(|error| error.text());
        if fields.level < Some(Level::Warn)
            && error.as_deref().is_none_or(|error| error.trim().is_empty())
        {
            return;
        }
        // Masking comes first, because a skeleton has lost the keys and marks by which secrets are
        // recognised.
        let error = error.as_deref().map(mask::name);
        let message = fields.message.map(|message| message.text());
        let message = message
            .as_deref()
            .map(|message| mask::name(skeleton::line(message)));
        skeleton::write(text, error.as_deref(), message.as_deref());
        if text.is_empty() {
            return;
        }
        let number = self.count(kind, text, minute, 1);
        if let Some(number) = number
            && self.saying.len() <= MAX_MESSAGE_BYTES
            && self.said.len() < MAX_PATTERNS
        {
            self.said.insert(self.saying.as_slice().into(), number);
        }
    }

    /// Counts a skeleton, and returns the number of its log pattern if that number can no longer
    /// change.
    fn count(&mut self, kind: SeriesKind, text: &str, minute: Minute, n: u64) -> Option<u16> {
        let known = &mut self.known[usize::from(kind == SeriesKind::Error)];
        if let Some(number) = known.get(text).copied() {
            self.add_met(kind, Some(number), minute, n);
            return Some(number);
        }
        let series = SeriesName {
            kind,
            name: text.into(),
        };
        let patterns = &mut self.patterns;
        let number = patterns.admit_within(series, (minute, minute), MAX_PATTERNS);
        // Only a skeleton that is itself an entry is remembered, so that names in messages do not
        // pile up here.
        let own = number.filter(|number| {
            let kind = patterns.get(*number);
            known.len() < MAX_PATTERNS && kind.is_some_and(|kind| &*kind.series.name == text)
        });
        if let Some(number) = own {
            known.insert(text.into(), number);
        }
        self.add_met(kind, number, minute, n);
        own
    }

    fn add_met(&mut self, kind: SeriesKind, number: Option<u16>, minute: Minute, n: u64) {
        let minutes = self.met.entry((kind, number)).or_default();
        *minutes.entry(minute).or_default() += n;
    }

    /// Adds all counts of another.
    pub(crate) fn absorb(&mut self, other: &Self) {
        for (series, minutes) in other.raw() {
            for (minute, n) in minutes {
                if &*series.name == OTHER {
                    self.add_met(series.kind, None, minute, n);
                } else {
                    self.count(series.kind, &series.name, minute, n);
                }
            }
        }
    }

    /// Returns each log pattern and its counts, in the order of their names, masked so that they
    /// may be stored.
    pub(crate) fn told(&self) -> BTreeMap<SeriesName, Minutes> {
        let mut told: BTreeMap<SeriesName, Minutes> = BTreeMap::new();
        let mut text = String::new();
        for (series, minutes) in self.raw() {
            let masked = mask::name(&series.name);
            let series = if *masked == *series.name {
                series
            } else {
                // The placeholders of masked values are variables, too.
                skeleton::write(&mut text, None, Some(&masked));
                let name = if text.is_empty() { OTHER } else { &text };
                SeriesName {
                    kind: series.kind,
                    name: name.into(),
                }
            };
            add(told.entry(series).or_default(), &minutes);
        }
        told
    }

    fn raw(&self) -> BTreeMap<SeriesName, Minutes> {
        let names: BTreeMap<u16, SeriesName> = self.patterns.told().collect();
        let mut raw: BTreeMap<SeriesName, Minutes> = BTreeMap::new();
        for ((kind, number), minutes) in &self.met {
            let number = number.and_then(|number| self.patterns.get(number));
            let known = number.and_then(|kind| names.get(&kind.number)).cloned();
            let series = known.unwrap_or_else(|| SeriesName {
                kind: *kind,
                name: OTHER.into(),
            });
            add(raw.entry(series).or_default(), minutes);
        }
        raw
    }
}

fn add(to: &mut Minutes, minutes: &Minutes) {
    for (minute, n) in minutes {
        *to.entry(*minute).or_default() += n;
    }
}
