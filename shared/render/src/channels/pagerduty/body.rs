//! A message as an event of the Events API v2: the incident's id is the key by which PagerDuty
//! groups all messages about the incident into one alert.
//!
//! Source: PagerDuty developer documentation, "Send an alert event" of the Events API v2.

use serde_json::{Value, json};

use crate::message::link::Link;
use crate::message::{Message, text, words};
use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Severity;

/// The longest summary, in characters.
pub const MAX_SUMMARY: usize = 1_024;
/// The longest deduplication key, in characters.
pub const MAX_DEDUP_KEY: usize = 255;

/// Returns the JSON of the request. The routing key is a secret, and so is what is returned.
#[must_use]
pub fn event(message: &Message, routing_key: &str) -> String {
    let mut event = json!({
        "routing_key": routing_key,
        "event_action": match message.event {
            AlertEvent::Open | AlertEvent::Update => "trigger",
            AlertEvent::Resolve => "resolve",
        },
        "dedup_key": dedup_key(message),
    });
    // A resolve carries nothing else: PagerDuty ignores it.
    if message.event != AlertEvent::Resolve {
        event["payload"] = payload(message);
        event["client"] = "Atalaya".into();
        let link = |link: &Link| json!({"href": link.url, "text": link.label});
        event["links"] = message.links.iter().map(link).collect();
    }
    event.to_string()
}

/// Returns the key by which PagerDuty groups the messages about an incident.
#[must_use]
pub fn dedup_key(message: &Message) -> String {
    message.dedup_key.chars().take(MAX_DEDUP_KEY).collect()
}

fn payload(message: &Message) -> Value {
    let summary: String = words::headline(message).chars().take(MAX_SUMMARY).collect();
    json!({
        "summary": summary,
        "source": message.service,
        "severity": match message.severity {
            Severity::Page => "critical",
            Severity::Ticket => "warning",
            Severity::Info => "info",
        },
        "component": message.service,
        "group": message.environment,
        "custom_details": {"id": message.id, "text": text::body(message)},
    })
}
