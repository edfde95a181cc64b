//! The catalog of a service: which series it has.

use atalaya_core::catalog::Catalog;

use super::{DocumentKind, ONLY, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the address of a service's catalog.
#[must_use]
pub fn key(service: &str) -> DocKey {
    DocKey::new(DocumentKind::Catalog, service, ONLY)
}

/// Reads the stored form.
///
/// # Errors
/// Where it is not what was written.
pub fn decode(service: &str, body: &str) -> Result<Catalog, FlowError> {
    Catalog::decode(body)
        .map_err(|source| unreadable(DocumentKind::Catalog.row().name, service, source))
}
