//! The marker of an hour: log events were added to the hour, and whether it was rolled up since.

use atalaya_core::time::Minute;
use serde::{Deserialize, Serialize};

use super::{DocumentKind, read};
use crate::error::FlowError;
use crate::store::DocKey;

/// The state of an hour to which log events were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HourMarker {
    /// Its first minute.
    pub(crate) hour: Minute,
    /// When it was last marked, in milliseconds since the epoch. The totals for which it was marked
    /// are written soon after.
    pub(crate) at_ms: i64,
    /// Whether it was rolled up since.
    pub(crate) rolled_up: bool,
}

/// Returns the key of the marker of the hour that begins with a minute.
#[must_use]
pub fn key(service: &str, hour: Minute) -> DocKey {
    DocKey::new(DocumentKind::HourMarker, service, hour.to_string())
}

/// Returns the stored form.
pub(crate) fn encode(marker: HourMarker) -> String {
    let v1 = V1 {
        v: DocumentKind::HourMarker.row().version,
        hour: marker.hour.0,
        at_ms: marker.at_ms,
        rolled_up: marker.rolled_up,
    };
    serde_json::to_string(&v1).expect("numbers always encode")
}

/// Reads the stored form.
pub(crate) fn decode(service: &str, body: &str) -> Result<HourMarker, FlowError> {
    let v1: V1 = read(DocumentKind::HourMarker, service, body)?;
    Ok(HourMarker {
        hour: Minute(v1.hour),
        at_ms: v1.at_ms,
        rolled_up: v1.rolled_up,
    })
}

/// The stored form, version 1, frozen.
#[derive(Serialize, Deserialize)]
struct V1 {
    v: u8,
    hour: i64,
    at_ms: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    rolled_up: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_stays_readable_and_is_still_what_is_written() {
        for (frozen, rolled_up) in [
            (r#"{"v":1,"hour":29464320,"at_ms":1767859200000}"#, false),
            (
                r#"{"v":1,"hour":29464320,"at_ms":1767859200000,"rolled_up":true}"#,
                true,
            ),
        ] {
            let marker = decode("loan-api", frozen).expect("frozen fixture");
            assert_eq!(
                (marker.hour, marker.rolled_up),
                (Minute(29_464_320), rolled_up)
            );
            assert_eq!(encode(marker), frozen);
        }
    }
}
