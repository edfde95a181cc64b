//! A delivery: the record that a channel took the message about an event of an incident, with the
//! receipt that the channel gave.

use std::borrow::Cow;

use atalaya_render::channels::Receipt;
use serde::{Deserialize, Serialize};

use super::DocumentKind;
use crate::store::{DocKey, Document};

/// The stored form, version 1. Deliveries that were written before receipts existed have none.
#[derive(Debug, Serialize, Deserialize)]
struct DeliveryV1<'a> {
    v: u8,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptV1>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReceiptV1 {
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// Returns the key of the delivery of an incident's event: `<at>#<event>#<channel>`, the moment in milliseconds since
/// the epoch.
#[must_use]
pub fn key(incident: &str, at_ms: i64, event: &str, channel: &str) -> DocKey {
    let id = format!("{at_ms}#{event}#{channel}");
    DocKey::new(DocumentKind::Delivery, incident, id)
}

/// Returns, from the id of a delivery, when the event was decided, in milliseconds since the epoch,
/// and the channel.
pub(crate) fn parts(id: &str) -> Option<(i64, &str)> {
    let mut parts = id.splitn(3, '#');
    let at_ms = parts.next()?.parse().ok()?;
    Some((at_ms, parts.nth(1)?))
}

/// Returns the document's body.
pub(crate) fn encode(message: &str, receipt: &Receipt) -> String {
    let delivery = DeliveryV1 {
        v: 1,
        id: message.into(),
        receipt: Some(ReceiptV1 {
            at: receipt.at_ms,
            id: receipt.id.clone(),
            thread: receipt.thread.clone(),
            key: receipt.key.clone(),
        }),
    };
    serde_json::to_string(&delivery).expect("strings and numbers always encode")
}

/// Returns the newest receipt that a channel gave before a moment. A delivery that cannot be read
/// counts as one without a receipt: a message that stands alone in its channel is better than no
/// message.
pub(crate) fn receipt_before(
    deliveries: &[Document],
    channel: &str,
    at_ms: i64,
) -> Option<Receipt> {
    let of_channel = deliveries.iter().filter_map(|delivery| {
        let (at, name) = parts(&delivery.id)?;
        (name == channel && at < at_ms).then_some((at, delivery))
    });
    let receipts = of_channel.filter_map(|(at, delivery)| Some((at, decode(&delivery.body)?)));
    receipts
        .max_by_key(|(at, _)| *at)
        .map(|(_, receipt)| receipt)
}

fn decode(body: &str) -> Option<Receipt> {
    let delivery: DeliveryV1<'_> = serde_json::from_str(body).ok()?;
    let receipt = delivery.receipt.filter(|_| delivery.v == 1)?;
    Some(Receipt {
        at_ms: receipt.at,
        id: receipt.id,
        thread: receipt.thread,
        key: receipt.key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deliveries as they are stored, each by its id and its body.
    const STORED: [(&str, &str); 6] = [
        (
            "100#open#slack ssm:/a#b",
            r#"{"v":1,"id":"i/open/100","receipt":{"at":101,"id":"1.1"}}"#,
        ),
        (
            "200#update#slack ssm:/a#b",
            r#"{"v":1,"id":"i/update/200","receipt":{"at":201,"id":"1.2","thread":"1.1","key":"k"}}"#,
        ),
        (
            "300#update#slack ssm:/a#b",
            r#"{"v":1,"id":"i/update/300"}"#,
        ),
        (
            "400#update#slack ssm:/a#b",
            r#"{"v":2,"id":"i/update/400","receipt":{"at":401,"id":"1.4"}}"#,
        ),
        ("500#update#slack ssm:/a#b", "{"),
        ("nonsense", "{}"),
    ];

    #[track_caller]
    fn check(channel: &str, at_ms: i64, expected: Option<&str>) {
        let documents: Vec<_> = { STORED.iter() }
            .map(|(id, body)| Document {
                id: (*id).into(),
                version: 1,
                body: (*body).into(),
            })
            .collect();
        let receipt = receipt_before(&documents, channel, at_ms);
        assert_eq!(receipt.and_then(|receipt| receipt.id).as_deref(), expected);
    }

    #[test]
    fn the_newest_receipt_before_is_found() {
        check("slack ssm:/a#b", 200, Some("1.1"));
        check("slack ssm:/a#b", 201, Some("1.2"));
    }

    #[test]
    fn nothing_was_given_before_the_first() {
        check("slack ssm:/a#b", 100, None);
        check("slack ssm:/other", 1_000, None);
    }

    #[test]
    fn what_is_old_newer_or_broken_is_passed_over() {
        check("slack ssm:/a#b", 1_000, Some("1.2"));
    }

    #[test]
    fn what_is_written_is_read() {
        let receipt = Receipt {
            at_ms: 201,
            id: Some("1.2".into()),
            thread: Some("1.1".into()),
            key: Some("k \" ñ".into()),
        };
        for receipt in [receipt, Receipt::default()] {
            assert_eq!(decode(&encode("i\"/update/200", &receipt)), Some(receipt));
        }
    }
}
