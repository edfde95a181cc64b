//! The catalog of a service: its series, in the order in which they were first seen.
//!
//! The catalog bounds the series of a service: a flood of routes or error types fills it and then
//! counts as `other`, in every function and for ever, not only within one batch. A series keeps its
//! slot, so that a batch that is delivered again adds to the same window items.

mod reserved;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::log_pattern::{Known, LogPatterns, MAX_PATTERNS};
use crate::series::{OTHER, SeriesKind, SeriesName};
use crate::time::Minute;

pub use reserved::Reserved;

/// The most error causes that a service distinguishes; the rest count as `other`.
pub const MAX_CAUSES: usize = 32;

/// How many series share one window item. A batch pays for each item it adds to, a kilobyte at
/// least; an ordinary service's series fit one page, so that each of its batches is one write
/// (figures in docs/decisions.md).
pub const SLOTS_PER_PAGE: u16 = 16;

/// The place of a series in its service's catalog; slot 0 is always [`SeriesKind::Lines`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u16);

impl Slot {
    /// The slot of a service's log records.
    pub const LINES: Self = Self(0);

    /// The first slot of log patterns: far behind those of routes and dependencies, so that log
    /// patterns cannot crowd them out.
    const MESSAGES: u16 = 0xf000;

    /// Returns the slot of the log pattern with this number.
    #[must_use]
    pub const fn message(number: u16) -> Self {
        Self(Self::MESSAGES + number)
    }

    /// Returns the number of the log pattern in this slot; `None` for a slot of other series.
    #[must_use]
    pub const fn message_number(self) -> Option<u16> {
        self.0.checked_sub(Self::MESSAGES)
    }

    /// Returns the page of window items that holds the slot. Log patterns are on the first page,
    /// beside the log records that every batch adds to, so they never cost a write of their own.
    #[must_use]
    pub const fn page(self) -> u16 {
        match self.message_number() {
            Some(_) => 0,
            None => self.0 / SLOTS_PER_PAGE,
        }
    }
}

/// The series and error causes of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    series: Vec<SeriesName>,
    causes: Vec<Box<str>>,
    kinds: LogPatterns,
    /// The series of log patterns beyond the cap: one for warnings, one for errors.
    others: [SeriesName; 2],
    /// Whether lines of the application itself have logged requests. Then access lines of a server
    /// in front of it log the same requests again and are not counted.
    pub told_by_application: bool,
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            series: vec![SeriesName::lines()],
            causes: Vec::new(),
            kinds: LogPatterns::default(),
            others: [SeriesKind::Warning, SeriesKind::Error].map(|kind| SeriesName {
                kind,
                name: OTHER.into(),
            }),
            told_by_application: false,
        }
    }
}

impl Catalog {
    /// Returns the slot of a series, if it has one.
    #[must_use]
    pub fn slot(&self, series: &SeriesName) -> Option<Slot> {
        self.series
            .iter()
            .position(|known| known == series)
            .map(|at| Slot(at as u16))
    }

    /// Returns the series in a slot.
    #[must_use]
    pub fn series(&self, slot: Slot) -> Option<&SeriesName> {
        match slot.message_number() {
            None => self.series.get(usize::from(slot.0)),
            Some(number) => self.others.get(usize::from(number)).or_else(|| {
                let kind = self.kinds.get(number - self.others.len() as u16)?;
                Some(&kind.series)
            }),
        }
    }

    /// Returns the slot of a log pattern whose messages came from `minutes.0` to `minutes.1`. A new
    /// pattern is admitted while there is room; beyond, the slot is that of `other`.
    pub fn admit_message(&mut self, series: SeriesName, minutes: (Minute, Minute)) -> Slot {
        let other = u16::from(series.kind == SeriesKind::Error);
        let number = if &*series.name == OTHER {
            None
        } else {
            self.kinds.admit(series, minutes, MAX_PATTERNS)
        };
        Slot::message(number.map_or(other, |number| self.others.len() as u16 + number))
    }

    /// Returns the log pattern in each slot, and its first minute; for `other` no first minute is
    /// known.
    #[must_use]
    pub fn messages(&self) -> BTreeMap<Slot, (SeriesName, Option<Minute>)> {
        let others = (0..).zip(&self.others);
        let others = others.map(|(at, series)| (Slot::message(at), (series.clone(), None)));
        let known = self.kinds.known().into_iter();
        let of = |(number, Known { series, first })| {
            let slot = Slot::message(self.others.len() as u16 + number);
            (slot, (series, Some(first)))
        };
        others.chain(known.map(of)).collect()
    }

    /// Returns the slot of a series. A reserved series is always admitted, any other while fewer
    /// than `cap` routes and dependencies are known or reserved; beyond, the slot is that of
    /// `other` of the same kind.
    pub fn admit(&mut self, series: &SeriesName, cap: usize, reserved: &Reserved<'_>) -> Slot {
        if let Some(slot) = self.slot(series) {
            return slot;
        }
        let is_free = |known: &&SeriesName| {
            let counts = known.kind != SeriesKind::Lines && &*known.name != OTHER;
            counts && !reserved.has(known.kind, &known.name)
        };
        if &*series.name != OTHER
            && !reserved.has(series.kind, &series.name)
            && self.series.iter().filter(is_free).count() + reserved.len() >= cap
        {
            let other = SeriesName {
                kind: series.kind,
                name: OTHER.into(),
            };
            return self.admit(&other, cap, reserved);
        }
        self.series.push(series.clone());
        Slot(self.series.len() as u16 - 1)
    }

    /// Returns the name under which a cause is counted: its own, or `other` once [`MAX_CAUSES`] are
    /// known. A dependency that the settings name always counts under its own name.
    pub fn admit_cause<'a>(&mut self, cause: &'a str, reserved: &Reserved<'_>) -> &'a str {
        if self.causes.iter().any(|known| &**known == cause) {
            return cause;
        }
        if self.causes.len() >= MAX_CAUSES && !reserved.has(SeriesKind::Dependency, cause) {
            return OTHER;
        }
        self.causes.push(cause.into());
        cause
    }

    /// Returns a number that rises with every change since the catalog was made or read.
    #[must_use]
    pub fn revision(&self) -> u64 {
        let own = self.series.len() + self.causes.len() + usize::from(self.told_by_application);
        own as u64 + self.kinds.revision()
    }

    /// Returns the names of all series of a kind, in the order in which they were first seen.
    pub fn names(&self, kind: SeriesKind) -> impl Iterator<Item = &str> {
        let of_kind = self.series.iter().filter(move |series| series.kind == kind);
        of_kind.map(|series| &*series.name)
    }

    /// Returns how many routes and dependencies are known, `other` included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.series.len() - 1
    }

    /// Returns whether no route and no dependency is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the stored form.
    #[must_use]
    pub fn encode(&self) -> String {
        let named = |kind| {
            let of_kind = move |(at, s): (usize, &SeriesName)| {
                (s.kind == kind).then(|| (at as u16, s.name.to_string()))
            };
            self.series.iter().enumerate().filter_map(of_kind).collect()
        };
        let v1 = v1::Catalog {
            routes: named(SeriesKind::Route),
            dependencies: named(SeriesKind::Dependency),
            causes: self.causes.iter().map(ToString::to_string).collect(),
            told_by_application: self.told_by_application,
            messages: { self.kinds.iter() }
                .map(|kind| v1::Message {
                    number: kind.number,
                    error: u8::from(kind.series.kind == SeriesKind::Error),
                    text: kind.series.name.to_string(),
                    first: kind.first.0,
                    week: kind.week,
                })
                .collect(),
            aliases: self.kinds.aliases().to_vec(),
        };
        serde_json::to_string(&v1).expect("strings and numbers always encode")
    }

    /// Reads the stored form.
    pub fn decode(body: &str) -> Result<Self, CatalogError> {
        let v1: v1::Catalog = serde_json::from_str(body)?;
        let routes = v1
            .routes
            .into_iter()
            .map(|(at, name)| (at, SeriesKind::Route, name));
        let calls = v1
            .dependencies
            .into_iter()
            .map(|(at, name)| (at, SeriesKind::Dependency, name));
        let mut named: Vec<_> = routes.chain(calls).collect();
        named.sort_unstable();
        let mut catalog = Self::default();
        for (expected, (at, kind, name)) in (1..).zip(named) {
            if at != expected {
                return Err(CatalogError::Gap {
                    expected,
                    found: at,
                });
            }
            catalog.series.push(SeriesName {
                kind,
                name: name.into(),
            });
        }
        catalog.causes = v1.causes.into_iter().map(Into::into).collect();
        catalog.told_by_application = v1.told_by_application;
        for message in v1.messages {
            let kind = match message.error {
                0 => SeriesKind::Warning,
                _ => SeriesKind::Error,
            };
            let name = message.text.into();
            let first = Minute(message.first);
            let series = SeriesName { kind, name };
            catalog
                .kinds
                .restore(message.number, series, first, message.week);
        }
        catalog.kinds.restore_aliases(v1.aliases);
        Ok(catalog)
    }
}

/// Why a stored catalog cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It is not the JSON that was written.
    #[error("stored catalog is not readable")]
    Json(#[from] serde_json::Error),
    /// A slot is missing, so that window items could not be named.
    #[error("stored catalog skips from slot {expected} to {found}")]
    Gap {
        /// The slot that should follow.
        expected: u16,
        /// The slot that was found.
        found: u16,
    },
}

/// The stored form, frozen: `docs/architecture.md` says how a second version would come beside it.
mod v1 {
    use super::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(super) struct Catalog {
        #[serde(rename = "r")]
        pub(super) routes: Vec<(u16, String)>,
        #[serde(rename = "d")]
        pub(super) dependencies: Vec<(u16, String)>,
        #[serde(rename = "c")]
        pub(super) causes: Vec<String>,
        #[serde(rename = "app", default)]
        pub(super) told_by_application: bool,
        /// Log patterns, added to the form later; stored as tuples, in the order of the fields.
        #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
        pub(super) messages: Vec<Message>,
        #[serde(rename = "ma", default, skip_serializing_if = "Vec::is_empty")]
        pub(super) aliases: Vec<(u16, u16)>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(from = "Stored", into = "Stored")]
    #[derive(Clone)]
    pub(super) struct Message {
        pub(super) number: u16,
        pub(super) error: u8,
        pub(super) text: String,
        pub(super) first: i64,
        pub(super) week: i64,
    }

    type Stored = (u16, u8, String, i64, i64);

    impl From<Stored> for Message {
        fn from((number, error, text, first, week): Stored) -> Self {
            Self {
                number,
                error,
                text,
                first,
                week,
            }
        }
    }

    impl From<Message> for Stored {
        fn from(m: Message) -> Self {
            (m.number, m.error, m.text, m.first, m.week)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{DependencySettings, ServiceSettings};

    #[test]
    fn series_beyond_the_cap_share_other_of_their_kind() {
        let mut catalog = Catalog::default();
        let met = [
            (SeriesName::route("/a"), 1),
            (SeriesName::dependency("b"), 2),
            (SeriesName::route("/c"), 3),
            (SeriesName::route("/d"), 3),
            (SeriesName::dependency("e"), 4),
            (SeriesName::route("/a"), 1),
        ];
        let none = Reserved::of(None);
        for (series, slot) in met {
            assert_eq!(catalog.admit(&series, 2, &none), Slot(slot), "{series:?}");
        }
        assert_eq!(catalog.series(Slot(3)), Some(&SeriesName::route(OTHER)));
        assert_eq!(
            catalog.series(Slot(4)),
            Some(&SeriesName::dependency(OTHER))
        );
        assert_eq!(catalog.slot(&SeriesName::lines()), Some(Slot::LINES));
    }

    #[test]
    fn what_is_named_is_admitted_beside_any_number_of_others() {
        let settings = ServiceSettings {
            routes: vec!["/loan".into()],
            dependencies: [("scoring".to_owned(), DependencySettings::default())].into(),
            ..ServiceSettings::default()
        };
        let reserved = Reserved::of(Some(&settings));
        let mut catalog = Catalog::default();
        let met = [
            ("the first of two that are free", SeriesName::route("/a"), 1),
            ("the second", SeriesName::dependency("b"), 2),
            ("no place is left", SeriesName::route("/c"), 3),
            ("a named route", SeriesName::route("/loan"), 4),
            ("what was admitted", SeriesName::route("/a"), 1),
            ("none is left still", SeriesName::route("/d"), 3),
            ("a named dependency", SeriesName::dependency("scoring"), 5),
            ("not its route", SeriesName::route("scoring"), 3),
        ];
        for (row, series, slot) in met {
            let before = (catalog.revision(), catalog.len());
            assert_eq!(catalog.admit(&series, 4, &reserved), Slot(slot), "{row}");
            let grown = catalog.len() > before.1;
            assert_eq!(catalog.revision() > before.0, grown, "{row}");
        }
        for n in 0..=MAX_CAUSES {
            catalog.admit_cause(&format!("E{n}"), &reserved);
        }
        assert_eq!(catalog.admit_cause("scoring", &reserved), "scoring");
        assert_eq!(catalog.admit_cause("auth", &reserved), OTHER);
    }

    #[test]
    fn causes_beyond_the_cap_are_other() {
        let mut catalog = Catalog::default();
        let none = Reserved::of(None);
        let names: Vec<String> = (0..=MAX_CAUSES).map(|n| format!("E{n}")).collect();
        let admitted: Vec<&str> = names
            .iter()
            .map(|n| catalog.admit_cause(n, &none))
            .collect();
        assert_eq!(admitted[MAX_CAUSES - 1], names[MAX_CAUSES - 1]);
        assert_eq!(admitted[MAX_CAUSES], OTHER);
        assert_eq!(catalog.admit_cause("E0", &none), "E0");
    }

    #[test]
    fn the_stored_form_comes_back_as_it_was_and_old_ones_stay_readable() {
        let mut catalog = Catalog {
            told_by_application: true,
            ..Catalog::default()
        };
        let none = Reserved::of(None);
        catalog.admit(&SeriesName::dependency("scoring"), 9, &none);
        catalog.admit(&SeriesName::route("/loan/{id}"), 9, &none);
        catalog.admit_cause("ReadTimeout", &none);
        assert_eq!(
            Catalog::decode(&catalog.encode()).expect("own form"),
            catalog
        );
        let frozen =
            r#"{"r":[[2,"/loan/{id}"]],"d":[[1,"scoring"]],"c":["ReadTimeout"],"app":true}"#;
        assert_eq!(Catalog::decode(frozen).expect("frozen fixture"), catalog);
        let message = |kind, name: &str| SeriesName {
            kind,
            name: name.into(),
        };
        let warning = message(SeriesKind::Warning, "pool <*> is slow");
        let error = message(SeriesKind::Error, "login failed for ana");
        let minutes = (Minute(29_460_000), Minute(29_460_001));
        assert_eq!(catalog.admit_message(warning, minutes), Slot::message(2));
        assert_eq!(catalog.admit_message(error, minutes), Slot::message(3));
        let with_messages = r#"{"r":[[2,"/loan/{id}"]],"d":[[1,"scoring"]],"c":["ReadTimeout"],"app":true,"m":[[0,0,"pool <*> is slow",29460000,2922],[1,1,"login failed for ana",29460000,2922]],"ma":[[7,1]]}"#;
        let decoded = Catalog::decode(with_messages).expect("frozen fixture");
        assert_eq!(decoded.encode(), with_messages);
        assert_eq!(
            decoded.kinds.iter().collect::<Vec<_>>(),
            catalog.kinds.iter().collect::<Vec<_>>()
        );
        assert_eq!(
            decoded.series(Slot::message(9)),
            decoded.series(Slot::message(3))
        );
        assert!(matches!(Catalog::decode("{"), Err(CatalogError::Json(_))));
        let gap = r#"{"r":[[2,"/x"]],"d":[],"c":[]}"#;
        assert!(matches!(
            Catalog::decode(gap),
            Err(CatalogError::Gap {
                expected: 1,
                found: 2
            })
        ));
    }
}
