//! A change: a deployment, a task stop or an action, stored under the service that it happened to.

use atalaya_core::change::Change;
use serde::de::IgnoredAny;

use super::{DocumentKind, read, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the key of a change.
#[must_use]
pub fn key(change: &Change) -> DocKey {
    DocKey::new(DocumentKind::Change, &change.service, change.id())
}

/// Reads the stored form.
///
/// # Errors
/// If the text is not a stored change, or is of another version.
pub fn decode(service: &str, body: &str) -> Result<Change, FlowError> {
    let kind = DocumentKind::Change;
    let _: IgnoredAny = read(kind, service, body)?;
    Change::decode(body).map_err(|source| unreadable(kind.row().name, service, source))
}
