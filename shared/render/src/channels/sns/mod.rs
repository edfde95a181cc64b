//! An SNS topic, with mail or any other subscribers. A subscription can filter by the message's
//! attributes.

#[cfg(test)]
mod tests;

use super::{Calls, Delivery, Protocol, Publication};
use crate::message::{Message, text, words};

/// The row of this kind of channel.
pub(super) const PROTOCOL: Protocol = Protocol {
    name: "sns",
    endpoint: None,
    calls: Calls::Sns(publication),
};

/// The longest subject, in characters: SNS takes fewer than 100, all of them printable ASCII.
pub const MAX_SUBJECT: usize = 99;

/// Returns the subject: printable ASCII of at most [`MAX_SUBJECT`] characters that begins with no blank.
#[must_use]
pub fn subject(message: &Message) -> String {
    let mut subject = String::new();
    for c in words::headline(message).chars() {
        match c {
            ' '..='~' => subject.push(c),
            '…' => subject.push_str("..."),
            '–' | '—' => subject.push('-'),
            c if c.is_control() => {}
            _ => subject.push('?'),
        }
    }
    if subject.len() > MAX_SUBJECT {
        subject.truncate(MAX_SUBJECT - 3);
        subject.push_str("...");
    }
    subject
}

/// The longest body, in bytes: SNS takes 256 KiB of a message with its attributes.
pub const MAX_BODY: usize = 250 * 1_024;

/// The longest deduplication key and the longest message group of a FIFO topic, in characters.
pub const MAX_KEY: usize = 128;

fn publication(delivery: &Delivery<'_>) -> Publication {
    let message = delivery.message;
    let topic = delivery.channel.text("topic").unwrap_or_default();
    let key = |text: &str| text.chars().take(MAX_KEY).collect::<String>();
    let is_fifo = topic.rsplit('.').next() == Some("fifo");
    Publication {
        topic: topic.to_owned(),
        subject: subject(message),
        body: cut(text::body(message)),
        attributes: vec![
            ("event", message.event.name().into()),
            ("severity", message.severity.name().into()),
            ("service", message.service.clone()),
        ],
        fifo: is_fifo.then(|| (key(&message.dedup_key), key(&message.id))),
    }
}

/// Cuts a body to what SNS takes.
fn cut(mut body: String) -> String {
    body.truncate(body.floor_char_boundary(MAX_BODY));
    body
}
