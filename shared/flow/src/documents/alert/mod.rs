//! The alert of a service: what is wrong with it, from the first to the last bad minute.

use atalaya_core::alert::Alert;

use super::{DocumentKind, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the address of an alert.
#[must_use]
pub fn key(service: &str, alert: &str) -> DocKey {
    DocKey::new(DocumentKind::Alert, service, alert)
}

/// Returns the stored form.
#[must_use]
pub fn encode(alert: &Alert) -> String {
    alert.encode()
}

/// Reads the stored form; `scope` says in an error whose it is.
///
/// # Errors
/// Where it is not what was written.
pub fn decode(scope: &str, body: &str) -> Result<Alert, FlowError> {
    Alert::decode(body).map_err(|source| unreadable(DocumentKind::Alert.row().name, scope, source))
}
