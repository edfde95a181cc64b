//! The channels of a deployment: which client a message goes through, in which form, and how long it may take.

use std::sync::Arc;
use std::time::{Duration, Instant};

use atalaya_core::settings::{Channel, SecretRef};
use atalaya_flow::notify::{DeliveryError, Notifier};
use atalaya_flow::store::Retry;
use atalaya_render::message::{Message, json, pagerduty, slack};

use crate::access::Access;
use crate::secret::Secrets;
use crate::topic::Topics;
use crate::webhook::Webhooks;

/// Where PagerDuty takes events; services in its EU region have another host.
pub const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// How long one delivery may take, at most; a third of the time left where that is less, so that the topic, which comes
/// last, always has its turn.
const BUDGET: Duration = Duration::from_secs(8);

/// Takes messages to channels. Clones share connections and secrets.
#[derive(Clone)]
pub struct Channels {
    far: Arc<Far>,
    deadline: Option<Instant>,
}

struct Far {
    topics: Topics,
    secrets: Secrets,
    webhooks: Webhooks,
    pagerduty: String,
}

impl Channels {
    /// Returns the channels; `pagerduty` is where PagerDuty takes events, nearly always [`PAGERDUTY`]. Nothing is sent yet.
    #[must_use]
    pub fn new(access: &Access, pagerduty: &str) -> Self {
        let far = Far {
            topics: Topics::new(access),
            secrets: Secrets::new(access),
            webhooks: Webhooks::default(),
            pagerduty: pagerduty.into(),
        };
        Self {
            far: Arc::new(far),
            deadline: None,
        }
    }

    /// Returns the channels with the moment at which the invocation must be over.
    #[must_use]
    pub fn with_deadline(&self, deadline: Option<Instant>) -> Self {
        Self {
            deadline,
            ..self.clone()
        }
    }

    async fn send(
        &self,
        channel: &Channel,
        message: &Message,
        until: Instant,
    ) -> Result<(), DeliveryError> {
        let far = &self.far;
        let secret = match channel {
            Channel::Sns { topic } => return far.topics.publish(topic, message).await,
            Channel::PagerDuty { routing_key } => routing_key,
            Channel::Slack { webhook } => webhook,
            Channel::Webhook { url } => url,
        };
        let value = far.secrets.get(secret).await?;
        let (address, body) = match channel {
            Channel::PagerDuty { .. } => (&far.pagerduty, pagerduty::event(message, &value)),
            Channel::Slack { .. } => (&value, slack::payload(message)),
            _ => (&value, json::payload(message)),
        };
        let posted = far.webhooks.post(address, &message.id, &body, until).await;
        self.forget_refused(secret, &posted);
        posted
    }

    /// A final refusal may be of a secret that was replaced.
    fn forget_refused(&self, secret: &SecretRef, posted: &Result<(), DeliveryError>) {
        if posted
            .as_ref()
            .is_err_and(|error| error.retry == Retry::Never)
        {
            self.far.secrets.forget(secret);
        }
    }
}

impl Notifier for Channels {
    async fn deliver(&self, channel: &Channel, message: &Message) -> Result<(), DeliveryError> {
        let now = Instant::now();
        let left = self.deadline.map_or(BUDGET * 3, |deadline| {
            deadline.saturating_duration_since(now)
        });
        let until = now + BUDGET.min(left / 3);
        let sent = tokio::time::timeout_at(until.into(), self.send(channel, message, until)).await;
        sent.unwrap_or_else(|_| {
            Err(DeliveryError {
                words: "no answer in time".into(),
                retry: Retry::Later,
            })
        })
    }
}
