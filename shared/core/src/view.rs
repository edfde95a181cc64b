//! Views of window items, with names instead of slots: a service's minute as it is judged, and its
//! most frequent log patterns.

use std::collections::BTreeMap;

use atalaya_logs::template;

use crate::catalog::Catalog;
use crate::log_pattern::top::{PatternCount, ranked};
use crate::series::{SeriesKind, SeriesName, Sums};
use crate::time::Minute;
use crate::window::Window;

/// A closed minute of a service. A minute in which nothing was logged is an empty view, not a missing one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MinuteView {
    /// The minute.
    pub minute: Minute,
    /// All requests served, over all routes.
    pub requests: Sums,
    /// Requests by route.
    pub routes: BTreeMap<Box<str>, Sums>,
    /// Calls by dependency.
    pub dependencies: BTreeMap<Box<str>, Sums>,
    /// All log records.
    pub lines: Sums,
    /// How often each log pattern of errors was logged, by the name of its series.
    pub errors: BTreeMap<Box<str>, u64>,
    /// How often each log pattern of warnings was logged, by the name of its series.
    pub warnings: BTreeMap<Box<str>, u64>,
}

impl MinuteView {
    /// Returns the view of a minute in which nothing was logged.
    #[must_use]
    pub fn empty(minute: Minute) -> Self {
        Self {
            minute,
            ..Self::default()
        }
    }

    /// Returns the view of a window's totals; slots that the catalog does not know are left out.
    #[must_use]
    pub fn of(minute: Minute, catalog: &Catalog, window: &Window) -> Self {
        let mut view = Self::empty(minute);
        for (slot, sums) in window {
            let Some(series) = catalog.series(*slot) else {
                continue;
            };
            match series.kind {
                SeriesKind::Lines => view.lines.merge(sums),
                SeriesKind::Route => {
                    view.requests.merge(sums);
                    view.routes
                        .entry(series.name.clone())
                        .or_default()
                        .merge(sums);
                }
                SeriesKind::Dependency => {
                    let calls = view.dependencies.entry(series.name.clone());
                    calls.or_default().merge(sums);
                }
                SeriesKind::Error => {
                    *view.errors.entry(series.name.clone()).or_default() += sums.count;
                }
                SeriesKind::Warning => {
                    *view.warnings.entry(series.name.clone()).or_default() += sums.count;
                }
            }
        }
        view
    }
}

/// Returns the log patterns of a window, at most `most`: errors before warnings, then the most
/// frequent, then by text. Slots that the catalog does not know are left out.
#[must_use]
pub fn top_patterns(catalog: &Catalog, window: &Window, most: usize) -> Vec<PatternCount> {
    let known = catalog.messages();
    let mut counts: BTreeMap<&SeriesName, (u64, Option<Minute>)> = BTreeMap::new();
    for (slot, sums) in window {
        if let Some((series, first)) = known.get(slot) {
            counts.entry(series).or_insert((0, *first)).0 += sums.count;
        }
    }
    let said = { counts.into_iter() }.map(|(series, (count, first))| PatternCount {
        id: template::id(&series.name),
        text: series.name.clone(),
        severity: series.kind,
        count,
        first,
    });
    ranked(said.collect(), most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Reserved, Slot};
    use crate::series::SeriesName;

    #[test]
    fn slots_become_names_and_routes_add_up() {
        let mut catalog = Catalog::default();
        let [a, b, dependency] = [
            SeriesName::route("/a"),
            SeriesName::route("/b"),
            SeriesName::dependency("scoring"),
        ]
        .map(|series| catalog.admit(&series, 9, &Reserved::of(None)));
        let sums = |count| Sums {
            count,
            errors: 1,
            ..Sums::default()
        };
        let slots = [
            (a, 2),
            (b, 3),
            (dependency, 5),
            (Slot::LINES, 40),
            (Slot(99), 1),
        ];
        let window: Window = slots.map(|(slot, count)| (slot, sums(count))).into();
        let view = MinuteView::of(Minute(7), &catalog, &window);
        assert_eq!((view.requests.count, view.requests.errors), (5, 2));
        assert_eq!(view.routes["/b"].count, 3);
        assert_eq!(view.dependencies["scoring"].count, 5);
        assert_eq!((view.minute, view.lines.count), (Minute(7), 40));
    }
}
