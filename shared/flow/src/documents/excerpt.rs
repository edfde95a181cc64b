//! An excerpt: masked lines of a service's failures in one batch.

use atalaya_core::excerpt::Excerpt;
use atalaya_core::time::Minute;
use atalaya_logs::batch::BatchKey;

use super::DocumentKind;
use crate::store::DocKey;

/// Returns the key of the excerpt of a batch: the same each time the batch is delivered.
#[must_use]
pub fn key(service: &str, minute: Minute, batch: BatchKey) -> DocKey {
    DocKey::new(DocumentKind::Excerpt, service, Excerpt::id(minute, batch))
}
