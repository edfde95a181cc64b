//! The settings: the text of `atalaya.yaml` as it was deployed, and as it was last found without fault.

use super::DocumentKind;
use crate::store::DocKey;

/// Returns the address of the text that was deployed last. Terraform writes it.
#[must_use]
pub fn next() -> DocKey {
    DocKey::new(DocumentKind::Settings, "atalaya", "next")
}

/// Returns the address of the text that was last found without fault.
#[must_use]
pub fn good() -> DocKey {
    DocKey::new(DocumentKind::Settings, "atalaya", "good")
}
