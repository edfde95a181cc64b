//! The catalog of a service: which series it has, in the order in which they were first met.
//!
//! It is what bounds a service: a flood of routes or error types fills the catalog and then runs into `other`, in
//! every function and for ever, not only within one batch. A series keeps its slot, so that a batch which comes again
//! meets the same window items.

use serde::{Deserialize, Serialize};

use crate::series::{OTHER, SeriesKind, SeriesName};

/// The most error causes a service keeps apart; the rest are `other`.
pub const MAX_CAUSES: usize = 32;

/// Series that share one window item. A batch pays for each item it meets, a kilobyte at least: an ordinary service's
/// series fit one page, so that its batches are one write each (figures in docs/decisions.md).
pub const SLOTS_PER_PAGE: u16 = 16;

/// The place of a series in its service's catalog; slot 0 is always [`SeriesKind::Lines`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u16);

impl Slot {
    /// The slot of a service's log records.
    pub const LINES: Self = Self(0);

    /// Returns the page of window items that holds the slot.
    #[must_use]
    pub const fn page(self) -> u16 {
        self.0 / SLOTS_PER_PAGE
    }
}

/// The series and error causes of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    series: Vec<SeriesName>,
    causes: Vec<Box<str>>,
    /// Whether lines of the application itself were seen to tell requests, so that access lines of a server in front
    /// of it tell the same requests again.
    pub told_by_application: bool,
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            series: vec![SeriesName::lines()],
            causes: Vec::new(),
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
        self.series.get(usize::from(slot.0))
    }

    /// Returns the slot of a series, admitting it while fewer than `cap` routes and dependencies are known, and that
    /// of its kind's `other` beyond.
    pub fn admit(&mut self, series: &SeriesName, cap: usize) -> Slot {
        if let Some(slot) = self.slot(series) {
            return slot;
        }
        let named = self
            .series
            .iter()
            .filter(|s| s.kind != SeriesKind::Lines && &*s.name != OTHER);
        if &*series.name != OTHER && named.count() >= cap {
            return self.admit(
                &SeriesName {
                    kind: series.kind,
                    name: OTHER.into(),
                },
                cap,
            );
        }
        self.series.push(series.clone());
        Slot(self.series.len() as u16 - 1)
    }

    /// Returns the name under which a cause is counted: its own, or `other` once [`MAX_CAUSES`] are known.
    pub fn admit_cause<'a>(&mut self, cause: &'a str) -> &'a str {
        if self.causes.iter().any(|known| &**known == cause) {
            return cause;
        }
        if self.causes.len() >= MAX_CAUSES {
            return OTHER;
        }
        self.causes.push(cause.into());
        cause
    }

    /// Returns the names of all series of a kind, in the order in which they were first met.
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for (series, slot) in met {
            assert_eq!(catalog.admit(&series, 2), Slot(slot), "{series:?}");
        }
        assert_eq!(catalog.series(Slot(3)), Some(&SeriesName::route(OTHER)));
        assert_eq!(
            catalog.series(Slot(4)),
            Some(&SeriesName::dependency(OTHER))
        );
        assert_eq!(catalog.slot(&SeriesName::lines()), Some(Slot::LINES));
    }

    #[test]
    fn causes_beyond_the_cap_are_other() {
        let mut catalog = Catalog::default();
        let names: Vec<String> = (0..=MAX_CAUSES).map(|n| format!("E{n}")).collect();
        let admitted: Vec<&str> = names.iter().map(|n| catalog.admit_cause(n)).collect();
        assert_eq!(admitted[MAX_CAUSES - 1], names[MAX_CAUSES - 1]);
        assert_eq!(admitted[MAX_CAUSES], OTHER);
        assert_eq!(catalog.admit_cause("E0"), "E0");
    }

    #[test]
    fn the_stored_form_comes_back_as_it_was_and_old_ones_stay_readable() {
        let mut catalog = Catalog {
            told_by_application: true,
            ..Catalog::default()
        };
        catalog.admit(&SeriesName::dependency("scoring"), 9);
        catalog.admit(&SeriesName::route("/loan/{id}"), 9);
        catalog.admit_cause("ReadTimeout");
        assert_eq!(
            Catalog::decode(&catalog.encode()).expect("own form"),
            catalog
        );
        let frozen =
            r#"{"r":[[2,"/loan/{id}"]],"d":[[1,"scoring"]],"c":["ReadTimeout"],"app":true}"#;
        assert_eq!(Catalog::decode(frozen).expect("frozen fixture"), catalog);
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
