//! A service's closed minute as it is judged: requests, routes and dependencies by name instead of by slot.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::series::{SeriesKind, Sums};
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
    /// How often each kind of error was logged, by the name of its series.
    pub errors: BTreeMap<Box<str>, u64>,
    /// How often each kind of warning was logged, by the name of its series.
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
