//! Events stay within PagerDuty's limits, and the receipt holds the key from its answer.

use super::*;
use crate::channels::tests::answered;
use crate::fixtures::alert;
use crate::message::tests::{hostile, message, updated};

#[test]
fn the_limits_are_those_of_the_events_api() {
    // developer.pagerduty.com, "Send an alert event": 512 KB an event.
    assert_eq!((body::MAX_SUMMARY, body::MAX_DEDUP_KEY), (1_024, 255));
    for mut message in [message(&alert()), message(&updated()), hostile()] {
        message.dedup_key = "k".repeat(1_000);
        let event = body::event(&message, "KEY");
        assert!(event.len() <= 512_000, "{} bytes", event.len());
        let event: Value = serde_json::from_str(&event).expect("is JSON");
        let summary = event["payload"]["summary"].as_str().expect("a summary");
        assert!(summary.chars().count() <= 1_024, "{summary}");
        let key = event["dedup_key"].as_str().expect("a key");
        assert_eq!(key.chars().count(), 255);
    }
}

#[test]
fn the_receipt_has_the_key_that_was_given() {
    let body = r#"{"status":"success","message":"Event processed","dedup_key":"given"}"#;
    let receipt = answered("pagerduty", 202, body).expect("is taken");
    assert_eq!(receipt.key.as_deref(), Some("given"));
}

#[test]
fn the_receipt_has_the_key_that_was_sent_where_none_is_given() {
    for body in ["", "{", "[]", r#"{"dedup_key":7}"#] {
        let receipt = answered("pagerduty", 202, body).expect("is taken");
        assert_eq!(
            receipt.key.as_deref(),
            Some("loan-api-20260108T0842Z"),
            "{body}"
        );
    }
}

#[test]
fn a_key_that_repeats_the_secret_is_not_kept() {
    let receipt = answered("pagerduty", 202, r#"{"dedup_key":"a KEY"}"#).expect("is taken");
    assert_eq!(receipt.key, None);
}
