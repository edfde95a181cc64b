//! Messages to an SNS topic.

use std::time::Duration;

use atalaya_flow::notify::DeliveryError;
use atalaya_render::channels::Publication;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::access::{Access, Service};
use crate::call;

const ATTEMPTS: u32 = 3;
const ATTEMPT: Duration = Duration::from_secs(3);

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

    /// Publishes to a topic and returns SNS's id of the message.
    ///
    /// # Errors
    /// If SNS refuses the message; the error's text names SNS's error.
    pub async fn publish(
        &self,
        publication: &Publication,
    ) -> Result<Option<String>, DeliveryError> {
        let mut publish = self
            .client
            .publish()
            .topic_arn(&publication.topic)
            .subject(&publication.subject)
            .message(&publication.body);
        for (name, value) in &publication.attributes {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build();
            let value = value.map_err(|_| DeliveryError::never("request to SNS cannot be made"))?;
            publish = publish.message_attributes(*name, value);
        }
        if let Some((group, key)) = &publication.fifo {
            publish = publish
                .message_group_id(group)
                .message_deduplication_id(key);
        }
        let sent = publish.send().await;
        sent.map(|answer| answer.message_id)
            .map_err(|error| call::refusal(Service::Sns, &error))
    }
}
