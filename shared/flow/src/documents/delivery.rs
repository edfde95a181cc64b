//! A delivery: that a channel took the message about an event of an incident.

use super::DocumentKind;
use crate::store::DocKey;

/// Returns the address of the delivery of an incident's event: `<at>#<event>#<channel>`, the moment in milliseconds since
/// the epoch.
#[must_use]
pub fn key(incident: &str, at_ms: i64, event: &str, channel: &str) -> DocKey {
    let id = format!("{at_ms}#{event}#{channel}");
    DocKey::new(DocumentKind::Delivery, incident, id)
}
