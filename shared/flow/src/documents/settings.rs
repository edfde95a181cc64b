//! The settings: the text of `atalaya.yaml` that was deployed last, and the last one that had no
//! faults.

use super::DocumentKind;
use crate::store::DocKey;

/// Returns the key of the text that was deployed last. Terraform writes it.
#[must_use]
pub fn next() -> DocKey {
    DocKey::new(DocumentKind::Settings, "atalaya", "next")
}

/// Returns the key of the last text that had no faults.
#[must_use]
pub fn good() -> DocKey {
    DocKey::new(DocumentKind::Settings, "atalaya", "good")
}
