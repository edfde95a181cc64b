//! Delivers messages: carries out the calls of each kind of channel, with the channel's secret, and
//! within a time budget.
//!
//! The requests and the meaning of the answers are defined by each channel in the render crate;
//! this file holds only what all channels share, so that a new channel over HTTP or SNS changes
//! nothing in this crate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use atalaya_core::settings::Channel;
use atalaya_flow::notify::{DeliveryError, Notifier};
use atalaya_flow::store::Retry;
use atalaya_render::channels::answer::{Answer, Refusal};
use atalaya_render::channels::{self, CHANNELS, Calls, Delivery, Receipt, Request, Step};
use atalaya_render::message::Message;
use tokio::time::{sleep, timeout_at};

use crate::access::Access;
use crate::http::HttpClient;
use crate::secret::Secrets;
use crate::topic::Topics;

/// How long one delivery may take, at most; a third of the time left if that is less, so that the
/// topic, which comes last, always gets its message.
const BUDGET: Duration = Duration::from_secs(8);

/// How long after its deadline a delivery that did not end by itself is cancelled.
const GRACE: Duration = Duration::from_millis(100);

/// How often one request is made within one delivery.
const ATTEMPTS: u32 = 3;

/// The wait after the first attempt, doubled after each; a wait that the channel asks for has
/// precedence.
const WAIT: Duration = Duration::from_millis(200);

/// The most requests of one delivery, not counting repeated attempts.
const MAX_CALLS: usize = 8;

/// Returns the next step of a delivery over HTTP.
type Next = fn(&Delivery<'_>, &[Answer]) -> Result<Step, Refusal>;

/// Delivers messages to channels. Clones share connections and secrets.
#[derive(Clone)]
pub struct Channels {
    clients: Arc<Clients>,
    deadline: Option<Instant>,
}

struct Clients {
    topics: Topics,
    secrets: Secrets,
    http: HttpClient,
    /// The endpoints that replace those of the kinds, by the kind's name.
    endpoints: BTreeMap<&'static str, String>,
}

/// Returns the environment key that replaces a kind's endpoint: `ATALAYA_PAGERDUTY_URL`.
#[must_use]
pub fn endpoint_key(kind: &str) -> String {
    format!("ATALAYA_{}_URL", kind.to_uppercase())
}

impl Channels {
    /// Returns the channels. `lookup` reads the environment, which may hold another endpoint for each kind that has one:
    /// see [`endpoint_key`]. Nothing is sent yet.
    #[must_use]
    pub fn new(access: &Access, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let fixed = CHANNELS.iter().filter(|kind| kind.endpoint.is_some());
        let endpoints =
            fixed.filter_map(|kind| Some((kind.name, lookup(&endpoint_key(kind.name))?)));
        let clients = Clients {
            topics: Topics::new(access),
            secrets: Secrets::new(access),
            http: HttpClient::default(),
            endpoints: endpoints.collect(),
        };
        Self {
            clients: Arc::new(clients),
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
}

impl Clients {
    async fn deliver(
        &self,
        channel: &Channel,
        message: &Message,
        earlier: Option<&Receipt>,
        until: Instant,
    ) -> Result<Receipt, DeliveryError> {
        let Some(kind) = channels::of(channel.kind()) else {
            return Err(DeliveryError::never("this kind of channel is not known"));
        };
        let secret = match channel.secret() {
            Some(reference) => self.secrets.get(reference).await?,
            None => String::new(),
        };
        let endpoint = self.endpoints.get(kind.name).map(String::as_str);
        let delivery = Delivery {
            message,
            channel,
            secret: &secret,
            endpoint: endpoint.or(kind.endpoint).unwrap_or_default(),
            earlier,
            now_ms: now_ms(),
        };
        let delivered = match kind.calls {
            Calls::Http(next) => self.over_http(next, &delivery, until).await,
            Calls::Sns(publication) => {
                let id = self.topics.publish(&publication(&delivery)).await;
                id.map(|id| Receipt {
                    id: id.and_then(|id| delivery.receipt_part(&id)),
                    ..delivery.receipt()
                })
            }
        };
        if let (Err(error), Some(reference)) = (&delivered, channel.secret())
            && error.retry == Retry::Never
        {
            // A final refusal may mean that the secret was replaced: the next delivery reads it
            // again.
            self.secrets.forget(reference);
        }
        delivered
    }

    async fn over_http(
        &self,
        next: Next,
        delivery: &Delivery<'_>,
        until: Instant,
    ) -> Result<Receipt, DeliveryError> {
        let mut answers = Vec::new();
        let mut step = next(delivery, &answers)?;
        loop {
            let request = match step {
                Step::Taken(receipt) => return Ok(receipt),
                Step::Call(_) if answers.len() == MAX_CALLS => {
                    return Err(DeliveryError::never("delivery does not come to an end"));
                }
                Step::Call(request) => request,
            };
            step = self
                .call(next, delivery, &request, &mut answers, until)
                .await?;
        }
    }

    /// Makes a request, retries it if that may help, and returns the next step after its answer.
    async fn call(
        &self,
        next: Next,
        delivery: &Delivery<'_>,
        request: &Request,
        answers: &mut Vec<Answer>,
        until: Instant,
    ) -> Result<Step, DeliveryError> {
        let mut attempt = 1;
        loop {
            let error = match self.http.post(request, until).await {
                Ok(answer) => {
                    answers.push(answer);
                    match next(delivery, answers) {
                        Ok(step) => return Ok(step),
                        Err(refusal) => {
                            answers.pop();
                            DeliveryError::from(refusal)
                        }
                    }
                }
                Err(error) => error,
            };
            let wait = error.after.unwrap_or(WAIT * 2_u32.pow(attempt - 1));
            let is_in_time = Instant::now() + wait < until;
            if error.retry == Retry::Never || attempt == ATTEMPTS || !is_in_time {
                return Err(error);
            }
            sleep(wait).await;
            attempt += 1;
        }
    }
}

impl Notifier for Channels {
    async fn deliver(
        &self,
        channel: &Channel,
        message: &Message,
        earlier: Option<&Receipt>,
    ) -> Result<Receipt, DeliveryError> {
        let now = Instant::now();
        let left = self.deadline.map_or(BUDGET * 3, |deadline| {
            deadline.saturating_duration_since(now)
        });
        let until = now + BUDGET.min(left / 3);
        let delivery = self.clients.deliver(channel, message, earlier, until);
        let delivered = timeout_at((until + GRACE).into(), delivery).await;
        delivered.unwrap_or_else(|_| Err(DeliveryError::later("no answer in time")))
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_its_key() {
        assert_eq!(endpoint_key("pagerduty"), "ATALAYA_PAGERDUTY_URL");
    }
}
