//! The late marker of a minute: log events were added to the minute when it was closed, or about to
//! be.

use atalaya_core::time::Minute;
use serde::{Deserialize, Serialize};

use super::{DocumentKind, read};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the key of a minute's marker.
#[must_use]
pub fn key(service: &str, minute: Minute) -> DocKey {
    DocKey::new(DocumentKind::Late, service, minute.to_string())
}

/// Returns the stored form of a minute's marker.
pub(crate) fn encode(minute: Minute) -> String {
    let v1 = V1 {
        v: DocumentKind::Late.row().version,
        minute: minute.0,
    };
    serde_json::to_string(&v1).expect("numbers always encode")
}

/// Reads the stored form and returns the minute that is marked.
pub(crate) fn decode(service: &str, body: &str) -> Result<Minute, FlowError> {
    let v1: V1 = read(DocumentKind::Late, service, body)?;
    Ok(Minute(v1.minute))
}

/// The stored form, version 1, frozen.
#[derive(Serialize, Deserialize)]
struct V1 {
    v: u8,
    minute: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_stays_readable_and_is_still_what_is_written() {
        let frozen = r#"{"v":1,"minute":29464362}"#;
        let minute = decode("loan-api", frozen).expect("frozen fixture");
        assert_eq!(minute, Minute(29_464_362));
        assert_eq!(encode(minute), frozen);
    }
}
