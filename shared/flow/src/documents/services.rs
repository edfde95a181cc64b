//! The list of services that a store knows, in the order in which they were first seen: a JSON
//! array of their names.

use super::{DocumentKind, ONLY, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the key of the list.
#[must_use]
pub fn key() -> DocKey {
    DocKey::new(DocumentKind::Services, "all", ONLY)
}

/// Returns the stored form.
///
/// # Panics
/// Never: names always encode.
#[must_use]
pub fn encode(names: &[String]) -> String {
    serde_json::to_string(names).expect("strings always encode")
}

/// Reads the stored form.
///
/// # Errors
/// If the text is not a stored list of services.
pub fn decode(body: &str) -> Result<Vec<String>, FlowError> {
    let name = DocumentKind::Services.row().name;
    serde_json::from_str(body).map_err(|source| unreadable(name, "all services", source))
}
