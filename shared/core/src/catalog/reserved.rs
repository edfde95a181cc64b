//! Reserved places: a series that the settings of a service name is always admitted to its catalog,
//! whatever was seen before.

use std::collections::BTreeSet;

use crate::series::SeriesKind;

/// How many series the catalog of a service may hold, and for which of them a place is reserved.
///
/// A named series counts against the cap even before it is seen, so that the cap holds. A catalog
/// that was filled before its places were reserved grows by the named series.
#[derive(Debug, Clone)]
pub struct Reserved<'s> {
    /// The most routes and dependencies with a series of their own, named ones included.
    pub(crate) cap: usize,
    routes: BTreeSet<&'s str>,
    dependencies: BTreeSet<&'s str>,
}

impl<'s> Reserved<'s> {
    /// Returns the limits of a service whose settings name these routes and dependencies.
    pub(crate) fn new(
        cap: usize,
        routes: impl Iterator<Item = &'s str>,
        dependencies: impl Iterator<Item = &'s str>,
    ) -> Self {
        Self {
            cap,
            routes: routes.collect(),
            dependencies: dependencies.collect(),
        }
    }

    /// Returns whether a series has its place reserved.
    #[must_use]
    pub fn has(&self, kind: SeriesKind, name: &str) -> bool {
        match kind {
            SeriesKind::Route => self.routes.contains(name),
            SeriesKind::Dependency => self.dependencies.contains(name),
            SeriesKind::Lines | SeriesKind::Warning | SeriesKind::Error => false,
        }
    }

    /// Returns how many places are reserved.
    pub(crate) fn len(&self) -> usize {
        self.routes.len() + self.dependencies.len()
    }
}
