//! The state of a service: its baseline, and the last minute that was judged.

use atalaya_core::judge::ServiceState;

use super::{DocumentKind, ONLY, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the key of a service's state.
#[must_use]
pub fn key(service: &str) -> DocKey {
    DocKey::new(DocumentKind::State, service, ONLY)
}

/// Reads the stored form.
///
/// # Errors
/// If the text is not a stored state.
pub fn decode(service: &str, body: &str) -> Result<ServiceState, FlowError> {
    ServiceState::decode(body)
        .map_err(|source| unreadable(DocumentKind::State.row().name, service, source))
}
