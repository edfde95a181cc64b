//! The level shifts of a service: a second document beside its state, written once per quarter of
//! an hour.

use atalaya_core::judge::LevelShifts;

use super::{DocumentKind, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the key of a service's level shifts.
#[must_use]
pub fn key(service: &str) -> DocKey {
    DocKey::new(DocumentKind::State, service, "levels")
}

/// Reads the stored form.
///
/// # Errors
/// If the text is not a stored document of level shifts.
pub fn decode(service: &str, body: &str) -> Result<LevelShifts, FlowError> {
    LevelShifts::decode(body).map_err(|source| unreadable("levels", service, source))
}
