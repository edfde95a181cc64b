//! The catalog of a service: the list of its series.

use atalaya_core::catalog::Catalog;

use super::{DocumentKind, ONLY, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the key of a service's catalog.
#[must_use]
pub fn key(service: &str) -> DocKey {
    DocKey::new(DocumentKind::Catalog, service, ONLY)
}

/// Reads the stored form.
///
/// # Errors
/// If the text is not a stored catalog.
pub fn decode(service: &str, body: &str) -> Result<Catalog, FlowError> {
    Catalog::decode(body)
        .map_err(|source| unreadable(DocumentKind::Catalog.row().name, service, source))
}
