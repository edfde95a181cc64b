//! The opening of an alert: which alert of a service was opened last, and when.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, ONLY, read};
use crate::error::FlowError;
use crate::store::DocKey;

/// The alert that was opened last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    /// Its id.
    pub(crate) alert: String,
    /// When the process was about to open it, in milliseconds since the epoch.
    pub(crate) at_ms: i64,
}

/// Returns the key of a service's opening.
#[must_use]
pub fn key(service: &str) -> DocKey {
    DocKey::new(DocumentKind::Opening, service, ONLY)
}

/// Returns the stored form.
pub(crate) fn encode(opening: &Opening) -> String {
    let v1 = V1 {
        v: DocumentKind::Opening.row().version,
        incident: opening.alert.clone(),
        at_ms: opening.at_ms,
    };
    serde_json::to_string(&v1).expect("strings and numbers always encode")
}

/// Reads the stored form.
pub(crate) fn decode(service: &str, body: &str) -> Result<Opening, FlowError> {
    let v1: V1 = read(DocumentKind::Opening, service, body)?;
    Ok(Opening {
        alert: v1.incident,
        at_ms: v1.at_ms,
    })
}

/// The stored form, version 1, frozen.
#[derive(Serialize, Deserialize)]
struct V1 {
    v: u8,
    incident: String,
    at_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_stays_readable_and_is_still_what_is_written() {
        let frozen = r#"{"v":1,"incident":"loan-api-20260108T0842Z","at_ms":1767861900000}"#;
        let opening = decode("loan-api", frozen).expect("frozen fixture");
        assert_eq!(opening.alert, "loan-api-20260108T0842Z");
        assert_eq!(encode(&opening), frozen);
    }
}
