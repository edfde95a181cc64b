//! Channels: the requests of each kind, their limits, and the meaning of the answers. All of it is
//! pure: requests are returned as data, the AWS crate carries them out, and their answers come back
//! as data.
//!
//! A kind of channel is one folder and one row of [`CHANNELS`]; its keys in `atalaya.yaml` are one row of the table of
//! the same name in the settings.

pub mod answer;
pub mod pagerduty;
pub mod slack;
pub mod sns;
#[cfg(test)]
mod tests;
pub mod webhook;

use std::fmt;

use atalaya_core::settings;

use crate::message::Message;
use answer::{Answer, Refusal};

/// Every kind of channel.
pub const CHANNELS: &[Protocol] = &[
    pagerduty::PROTOCOL,
    slack::PROTOCOL,
    sns::PROTOCOL,
    webhook::PROTOCOL,
];

/// How messages are delivered to a kind of channel.
#[derive(Debug)]
pub struct Protocol {
    /// Its name, as the settings have it.
    pub name: &'static str,
    /// The endpoint of its service; `None` if the settings of each channel give it.
    pub endpoint: Option<&'static str>,
    /// The calls that deliver a message to it.
    pub calls: Calls,
}

/// The calls that deliver a message to a kind of channel.
#[derive(Debug)]
pub enum Calls {
    /// Requests over HTTP, one after the other. The function is given the answers so far and
    /// returns the next step; without answers that is the first request. A request whose answer the
    /// function refuses may be made again.
    Http(fn(&Delivery<'_>, &[Answer]) -> Result<Step, Refusal>),
    /// One publication to an SNS topic.
    Sns(fn(&Delivery<'_>) -> Publication),
}

/// One message on its way to one channel.
pub struct Delivery<'a> {
    /// The message.
    pub message: &'a Message,
    /// The channel.
    pub channel: &'a settings::Channel,
    /// The value of the channel's secret; empty where it has none.
    pub secret: &'a str,
    /// The endpoint of the service: [`Protocol::endpoint`], or its replacement; empty if there is
    /// none.
    pub endpoint: &'a str,
    /// The receipt that the channel gave for the previous message about the same incident.
    pub earlier: Option<&'a Receipt>,
    /// Now, in milliseconds since the epoch.
    pub now_ms: i64,
}

/// The next step of a delivery.
#[derive(Debug)]
pub enum Step {
    /// Make this request.
    Call(Request),
    /// The channel has taken the message.
    Taken(Receipt),
}

/// A POST request. Its address and its body may hold a secret, which its debug form does not show.
pub struct Request {
    /// The address.
    pub url: String,
    /// The headers, but for those that follow from the address and the body.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// A publication to an SNS topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The topic's ARN.
    pub topic: String,
    /// The subject.
    pub subject: String,
    /// The body.
    pub body: String,
    /// Attributes that subscriptions can filter by.
    pub attributes: Vec<(&'static str, String)>,
    /// For a FIFO topic: the group within which order is kept, and the deduplication key.
    pub fifo: Option<(String, String)>,
}

/// The receipt that a channel gives when it takes a message, for the next message about the same
/// incident. It holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// When the channel took it, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The channel's own id of the message: the `MessageId` of SNS, the `ts` of Slack.
    pub id: Option<String>,
    /// The thread that later messages belong to, where the channel has threads.
    pub thread: Option<String>,
    /// The key by which the channel groups messages: the `dedup_key` of PagerDuty.
    pub key: Option<String>,
}

/// The most characters of each part of a receipt; a longer part cannot be an id of any channel, and
/// is left out.
const MAX_RECEIPT: usize = 256;

/// Returns the protocol of the kind of channel with this name.
#[must_use]
pub fn of(name: &str) -> Option<&'static Protocol> {
    CHANNELS.iter().find(|channel| channel.name == name)
}

impl Delivery<'_> {
    /// Returns the receipt of a delivery that ends now, without any value from the channel.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        Receipt {
            at_ms: self.now_ms,
            ..Receipt::default()
        }
    }

    /// Returns `text`, a value from a channel, as a part of a receipt.
    #[must_use]
    pub fn receipt_part(&self, text: &str) -> Option<String> {
        let fits = !text.is_empty() && text.chars().count() <= MAX_RECEIPT;
        let leaks = !self.secret.is_empty() && text.contains(self.secret);
        (fits && !leaks).then(|| text.to_owned())
    }
}

impl Request {
    /// Returns a request with a JSON body. The header `Idempotency-Key` is the message's id, so
    /// that a receiver can recognise a message that was sent twice.
    #[must_use]
    pub fn json(url: &str, message: &Message, body: String) -> Self {
        Self {
            url: url.to_owned(),
            headers: vec![
                ("content-type", "application/json; charset=utf-8".into()),
                ("idempotency-key", message.id.clone()),
            ],
            body,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Request")
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
