//! The state of a service: what is normal for it and how far it was judged.

use atalaya_core::judge::ServiceState;

use super::{DocumentKind, ONLY, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the address of a service's state.
#[must_use]
pub fn key(service: &str) -> DocKey {
    DocKey::new(DocumentKind::State, service, ONLY)
}

/// Reads the stored form.
///
/// # Errors
/// Where it is not what was written.
pub fn decode(service: &str, body: &str) -> Result<ServiceState, FlowError> {
    ServiceState::decode(body)
        .map_err(|source| unreadable(DocumentKind::State.row().name, service, source))
}
