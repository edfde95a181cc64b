//! The places that the settings of a service reserve in its catalog.

use crate::catalog::Reserved;

use super::{DEFAULT_MAX_SERIES, ServiceSettings};

impl<'s> Reserved<'s> {
    /// Returns the room of a service; without settings nothing is named.
    #[must_use]
    pub fn of(settings: Option<&'s ServiceSettings>) -> Self {
        let cap = settings.map_or(DEFAULT_MAX_SERIES, |settings| settings.max_series);
        let routes = settings.into_iter().flat_map(ServiceSettings::named_routes);
        let dependencies = settings.into_iter().flat_map(|it| it.dependencies.keys());
        Self::new(usize::from(cap), routes, dependencies.map(String::as_str))
    }
}
