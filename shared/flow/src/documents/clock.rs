//! The clock of a replay: when its last run stopped.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, ONLY, read};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the key of the clock.
#[must_use]
pub fn key() -> DocKey {
    DocKey::new(DocumentKind::Clock, "replay", ONLY)
}

/// Returns the stored form of a moment in milliseconds since the epoch.
///
/// # Panics
/// Never: numbers always encode.
#[must_use]
pub fn encode(at_ms: i64) -> String {
    let v1 = V1 {
        v: DocumentKind::Clock.row().version,
        at_ms,
    };
    serde_json::to_string(&v1).expect("numbers always encode")
}

/// Reads the stored form and returns when the last run stopped, in milliseconds since the epoch.
///
/// # Errors
/// If the text is not a stored clock, or is of another version.
pub fn decode(body: &str) -> Result<i64, FlowError> {
    let v1: V1 = read(DocumentKind::Clock, "the replay", body)?;
    Ok(v1.at_ms)
}

/// The stored form, version 1, frozen.
#[derive(Serialize, Deserialize)]
struct V1 {
    v: u8,
    at_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_stays_readable_and_is_still_what_is_written() {
        let frozen = r#"{"v":1,"at_ms":1767861900000}"#;
        assert_eq!(decode(frozen).expect("frozen fixture"), 1_767_861_900_000);
        assert_eq!(encode(1_767_861_900_000), frozen);
    }
}
