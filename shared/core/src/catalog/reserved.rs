//! Reserved places: what the settings of a service name is in its catalog whatever was met before.

use std::collections::BTreeSet;

use crate::series::SeriesKind;

/// How much room the catalog of a service has, and for which series a place is kept.
///
/// A named series that was not met yet counts as if it were there, so that the cap holds. A catalog that was filled
/// before its places were reserved grows by those that are named.
#[derive(Debug, Clone)]
pub struct Reserved<'s> {
    /// The most routes and dependencies that are kept apart, named ones included.
    pub(crate) cap: usize,
    routes: BTreeSet<&'s str>,
    dependencies: BTreeSet<&'s str>,
}

impl<'s> Reserved<'s> {
    /// Returns the room of a service whose settings name these routes and dependencies.
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
