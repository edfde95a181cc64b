//! An excerpt: masked lines of a service's failures in one batch.

use atalaya_core::excerpt::Excerpt;
use atalaya_core::time::Minute;
use atalaya_logs::batch::BatchKey;

use super::DocumentKind;
use crate::store::DocKey;

/// Returns the address of the excerpt of a batch: the same whenever the batch comes.
#[must_use]
pub fn key(service: &str, minute: Minute, batch: BatchKey) -> DocKey {
    DocKey::new(DocumentKind::Excerpt, service, Excerpt::id(minute, batch))
}
