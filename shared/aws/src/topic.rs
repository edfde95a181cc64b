//! Messages to an SNS topic.

use std::time::Duration;

use atalaya_flow::notify::DeliveryError;
use atalaya_flow::store::Retry;
use atalaya_render::message::{Message, text};
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::access::{Access, Service};
use crate::call;

const ATTEMPTS: u32 = 3;
const ATTEMPT: Duration = Duration::from_secs(3);

/// The longest key by which a FIFO topic knows a message again, in characters.
const MAX_KEY: usize = 128;

/// Publishes to topics.
#[derive(Debug, Clone)]
pub struct Topics {
    client: Client,
}

impl Topics {
    /// Returns the client. Nothing is sent yet.
    #[must_use]
    pub fn new(access: &Access) -> Self {
        let config = call::config(access, Service::Sns, ATTEMPTS, ATTEMPT);
        Self {
            client: Client::new(&config),
        }
    }

    /// Publishes a message, with `event`, `severity` and `service` as attributes that subscriptions can filter by.
    pub async fn publish(&self, topic: &str, message: &Message) -> Result<(), DeliveryError> {
        let attributes = [
            ("event", message.event.name()),
            ("severity", message.severity.name()),
            ("service", &message.service),
        ];
        let mut publish = self
            .client
            .publish()
            .topic_arn(topic)
            .subject(text::subject(message))
            .message(text::body(message));
        for (name, value) in attributes {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build();
            let value = value.map_err(|_| DeliveryError {
                words: "request to SNS cannot be made".into(),
                retry: Retry::Never,
            })?;
            publish = publish.message_attributes(name, value);
        }
        if topic.rsplit('.').next() == Some("fifo") {
            let key = |text: &str| text.chars().take(MAX_KEY).collect::<String>();
            publish = publish
                .message_group_id(key(&message.dedup_key))
                .message_deduplication_id(key(&message.id));
        }
        let sent = publish.send().await;
        sent.map(drop)
            .map_err(|error| call::refusal(Service::Sns, &error))
    }
}
