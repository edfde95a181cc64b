//! The rollup of an hour of a service.

use atalaya_core::rollup::Rollup;
use atalaya_core::time::Minute;

use super::{DocumentKind, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the key of the rollup of the hour that begins with a minute.
#[must_use]
pub fn key(service: &str, hour: Minute) -> DocKey {
    DocKey::new(DocumentKind::Rollup, service, hour.to_string())
}

/// Returns the first minute of the hour that an id names; `None` if the text is no such id.
#[must_use]
pub fn hour(id: &str) -> Option<Minute> {
    Minute::parse(id)
}

/// Reads the stored form.
///
/// # Errors
/// If the text is not a stored rollup.
pub fn decode(service: &str, body: &str) -> Result<Rollup, FlowError> {
    Rollup::decode(body)
        .map_err(|source| unreadable(DocumentKind::Rollup.row().name, service, source))
}
