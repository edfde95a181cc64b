//! Notify: delivers an incident's event to its channels, to each at least once and, unless a
//! process crashes, exactly once.
//!
//! The incident's document is the outbox. Each delivery is recorded in a document of its own,
//! written after the channel took the message. If a process dies between the two, the channel gets
//! the message again, with the same message id and the same key by which a receiver deduplicates;
//! writing the record first would lose the message instead.

use std::collections::BTreeSet;
use std::future::Future;
use std::mem;
use std::time::Duration;

use atalaya_core::alert::Alert;
use atalaya_core::excerpt::Excerpt;
use atalaya_core::incident::Incident;
use atalaya_core::settings::{Channel, Settings};
use atalaya_core::time::Minute;
use atalaya_render::channels::Receipt;
use atalaya_render::channels::answer::{Again, Refusal};
use atalaya_render::message::link::Span;
use atalaya_render::message::related::{self, Point, RelatedMetric, Wanted};
use atalaya_render::message::{Deployment, Gathered, Message, message_id};
use futures_util::future::{join, join_all};

use crate::documents::{self, delivery};
use crate::error::FlowError;
use crate::store::{DocKey, Document, DocumentKind, Retry, Store};

/// Excerpt documents that are read for a message, the newest.
const EXCERPT_DOCUMENTS: usize = 8;

/// Delivery documents of one incident that are read, the newest.
const DELIVERIES: usize = 500;

/// Delivers messages to channels.
pub trait Notifier: Send + Sync {
    /// Delivers a message to a channel and returns, once the channel has taken it, the receipt that
    /// the next message about the same incident needs. `earlier` is the receipt of the last message
    /// about the incident that this channel took, if there was one and it gave a receipt.
    fn deliver(
        &self,
        channel: &Channel,
        message: &Message,
        earlier: Option<&Receipt>,
    ) -> impl Future<Output = Result<Receipt, DeliveryError>> + Send;
}

/// Reads evidence about an incident that is not in the store.
pub trait Evidence: Send + Sync {
    /// Returns the points of metrics in a span, in the order of `wanted`; minutes without data have
    /// no point. The implementation keeps to a time budget of its own, because a message does not
    /// wait for metrics.
    fn points(
        &self,
        wanted: &[Wanted],
        span: Span,
    ) -> impl Future<Output = Result<Vec<Vec<Point>>, EvidenceError>> + Send;
}

/// The error of a channel that did not take a message. Its text holds no secret.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct DeliveryError {
    /// What happened, as a fragment: `slack answered 500`.
    pub words: String,
    /// Whether the same message may be taken later.
    pub retry: Retry,
    /// How long the channel asks to wait before the next attempt, at most a day, if it says so.
    pub after: Option<Duration>,
}

/// The error of evidence that could not be read. Its text says why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EvidenceError(pub String);

/// The ports that notifying needs, and the facts about the deployment that messages state.
#[derive(Debug)]
pub struct Ports<N, E> {
    /// Delivers messages to channels.
    pub notifier: N,
    /// Reads evidence that is not in the store.
    pub evidence: E,
    /// The deployment that sends the messages.
    pub deployment: Deployment,
    /// The topic that gets every event, also when no channel is configured.
    pub topic: Option<String>,
}

/// The pairs of incident and channel that are held back within one invocation: once a channel
/// failed to take a message about an incident, later messages about it wait for that one, or the
/// resolve would arrive before the open.
#[derive(Debug, Default)]
pub struct Held(BTreeSet<(String, String)>);

/// The deliveries of one event of an incident, by their result.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Channels that took the message now.
    pub delivered: u64,
    /// Channels that had taken the message at an earlier attempt.
    pub repeated: u64,
    /// Channels that did not take the message, or whose message is held back behind an earlier
    /// event's.
    pub failed: Vec<Undelivered>,
    /// Why evidence is missing, one line for each kind of it that could not be read.
    pub missing: Vec<String>,
}

/// A channel to which a message was not delivered.
#[derive(Debug)]
pub struct Undelivered {
    /// Its name: the reference of its secret, never the secret.
    pub channel: String,
    /// Why, in one line.
    pub words: String,
    /// Whether the same may succeed later.
    pub retry: Retry,
    /// How long the channel asks to wait before the next attempt, if it says so.
    pub after: Option<Duration>,
}

impl DeliveryError {
    /// Returns the error of a channel that will not take the message until somebody fixes the
    /// set-up.
    #[must_use]
    pub fn never(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            retry: Retry::Never,
            after: None,
        }
    }

    /// Returns the error of a channel that may take the message later.
    #[must_use]
    pub fn later(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            retry: Retry::Later,
            after: None,
        }
    }
}

impl From<Refusal> for DeliveryError {
    fn from(refusal: Refusal) -> Self {
        let (retry, after) = match refusal.again {
            Again::Later(after) => (Retry::Later, after),
            Again::Never => (Retry::Never, None),
        };
        Self {
            words: refusal.words,
            retry,
            after,
        }
    }
}

impl Outcome {
    /// Returns whether the event must be retried: if a channel may take it later, or if no channel
    /// has taken it at all.
    ///
    /// A channel that will never take the message (a web hook that is gone) does not hold up later
    /// events: the other channels and the topic have been notified, and the topic's message names
    /// this failure.
    #[must_use]
    pub fn comes_again(&self) -> bool {
        let later = self
            .failed
            .iter()
            .any(|failed| failed.retry == Retry::Later);
        later || (!self.failed.is_empty() && self.delivered + self.repeated == 0)
    }
}

/// Delivers an incident's last event to every channel that it is routed to and that has not taken
/// it yet.
///
/// # Errors
/// If the incident's document or the record of earlier deliveries cannot be read: then no message
/// is sent, and calling again later sends them all. Channels that fail are no error: see
/// [`Outcome::failed`].
pub async fn deliver<S: Store>(
    store: &S,
    settings: &Settings,
    ports: &Ports<impl Notifier, impl Evidence>,
    held: &mut Held,
    document: &str,
) -> Result<Outcome, FlowError> {
    // A message is about the incident's first alert: an incident has no other yet.
    let Incident {
        first: incident, ..
    } = documents::incident::decode("the stream", document)?;
    let before = store
        .list(DocumentKind::Delivery, &incident.id, "", DELIVERIES)
        .await?;
    let mut told = Outcome::default();
    let mut open = Vec::new();
    for channel in channels(&incident, settings, ports.topic.as_deref(), &before) {
        let id = delivery_key(&incident, &channel).id;
        if before.iter().any(|delivery| delivery.id == id) {
            told.repeated += 1;
        } else if held.0.contains(&(incident.id.clone(), channel.to_string())) {
            told.failed.push(Undelivered {
                channel: channel.to_string(),
                words: "an earlier message about the incident was not taken".into(),
                retry: Retry::Later,
                after: None,
            });
        } else {
            open.push(channel);
        }
    }
    if open.is_empty() {
        return Ok(told);
    }
    let gathered = gather(store, settings, ports, &incident).await;
    told.missing.clone_from(&gathered.1);
    let message = Message::of(&incident, settings, &ports.deployment, gathered.0);
    let topic = ports.topic.as_deref().map(Channel::topic);
    let is_topic = |channel: &Channel| topic.as_ref() == Some(channel);
    // The topic comes last, so that its message can name the channels that failed.
    let (last, first): (Vec<_>, Vec<_>) = open.into_iter().partition(is_topic);
    let delivery = Delivery {
        store,
        notifier: &ports.notifier,
        incident: &incident,
        before: &before,
    };
    delivery.tell(&first, &message, &mut told, held).await;
    let message = told.failed.iter().fold(message, |message, failed| {
        let again = match failed.retry {
            Retry::Later => "it is tried again",
            Retry::Never => "it is not tried again",
        };
        message.without(&format!(
            "delivery to {}: {} ({again})",
            failed.channel, failed.words
        ))
    });
    delivery.tell(&last, &message, &mut told, held).await;
    Ok(told)
}

/// Returns the channels to which an event is routed: those of its severity, those that took an
/// earlier event of the incident (when its severity was lower or the settings were different), and
/// the topic.
fn channels(
    incident: &Alert,
    settings: &Settings,
    topic: Option<&str>,
    before: &[Document],
) -> Vec<Channel> {
    // Only deliveries of earlier events count. When an event is retried after later events of the
    // incident have been delivered, a channel that only the later ones reached must not get it.
    let heard = before.iter().filter_map(|delivery| {
        let (at_ms, channel) = delivery::parts(&delivery.id)?;
        (at_ms < incident.at_ms).then_some(channel)
    });
    let heard: BTreeSet<&str> = heard.collect();
    let now = settings
        .notify
        .get(&incident.severity)
        .into_iter()
        .flatten();
    let earlier = settings.notify.values().flatten();
    let earlier = earlier.filter(|channel| heard.contains(channel.to_string().as_str()));
    let topic = topic.map(Channel::topic);
    let mut channels: Vec<Channel> = Vec::new();
    for channel in now.chain(earlier).chain(&topic) {
        if !channels.contains(channel) {
            channels.push(channel.clone());
        }
    }
    channels
}

/// Returns the key of the document that records the delivery of an incident's last event to a
/// channel.
fn delivery_key(incident: &Alert, channel: &Channel) -> DocKey {
    let event = incident.event().name();
    delivery::key(&incident.id, incident.at_ms, event, &channel.to_string())
}

/// Delivers one incident's message to channels and records each delivery.
struct Delivery<'a, S, N> {
    store: &'a S,
    notifier: &'a N,
    incident: &'a Alert,
    before: &'a [Document],
}

impl<S: Store, N: Notifier> Delivery<'_, S, N> {
    /// Delivers to all channels concurrently: one that is slow or down delays none of the others.
    async fn tell(
        &self,
        channels: &[Channel],
        message: &Message,
        told: &mut Outcome,
        held: &mut Held,
    ) {
        let each = channels.iter().map(|channel| self.one(channel, message));
        for (channel, result) in channels.iter().zip(join_all(each).await) {
            match result {
                Ok(()) => told.delivered += 1,
                Err(failed) => {
                    if failed.retry == Retry::Later {
                        held.0
                            .insert((self.incident.id.clone(), channel.to_string()));
                    }
                    told.failed.push(failed);
                }
            }
        }
    }

    async fn one(&self, channel: &Channel, message: &Message) -> Result<(), Undelivered> {
        let name = channel.to_string();
        let untold = |error: DeliveryError| Undelivered {
            channel: name.clone(),
            words: error.words,
            retry: error.retry,
            after: error.after,
        };
        let earlier = delivery::receipt_before(self.before, &name, self.incident.at_ms);
        let delivered = self.notifier.deliver(channel, message, earlier.as_ref());
        let receipt = delivered.await.map_err(untold)?;
        let key = delivery_key(self.incident, channel);
        let body = delivery::encode(&message_id(self.incident), &receipt);
        // A conflict means that another process has delivered to the channel in the meantime: the
        // channel has the message either way.
        let saved = self.store.save(&key, 0, &body).await;
        saved.map(drop).map_err(|error| {
            let words = format!("was told, but that could not be remembered: {error}");
            untold(DeliveryError::later(words))
        })
    }
}

/// Gathers the evidence for a message (excerpts and related metrics), and the reasons why any of it
/// is missing.
async fn gather<S: Store>(
    store: &S,
    settings: &Settings,
    ports: &Ports<impl Notifier, impl Evidence>,
    incident: &Alert,
) -> (Gathered, Vec<String>) {
    let wanted = related::wanted(incident, settings);
    let from = incident.since.to_string();
    let excerpts = store.list(
        DocumentKind::Excerpt,
        &incident.service,
        &from,
        EXCERPT_DOCUMENTS,
    );
    let points = ports.evidence.points(&wanted, related::span(incident));
    let (excerpts, points) = join(excerpts, points).await;
    let mut gathered = Gathered::default();
    let mut failed = Vec::new();
    match excerpts {
        Ok(documents) => {
            let last = Minute::of_ms(incident.at_ms).plus(1).start_ms();
            for document in documents {
                match Excerpt::decode(&document.body) {
                    Ok(excerpt) => gathered.excerpts.extend(excerpt.lines),
                    Err(_) => failed.push(format!("excerpt {} cannot be read", document.id)),
                }
            }
            gathered.excerpts.retain(|excerpt| excerpt.at_ms < last);
            if gathered.excerpts.is_empty() && failed.is_empty() {
                gathered.missing.push("log lines: none were kept".into());
            }
        }
        Err(error) => failed.push(format!("log lines: {error}")),
    }
    match points {
        Ok(points) => {
            let since = incident.since.start_ms();
            let mut without = Vec::new();
            for (wanted, points) in wanted.iter().zip(&points) {
                match RelatedMetric::of(wanted, points, since) {
                    Some(metric) => gathered.metrics.push(metric),
                    None => without.push(wanted.label.as_str()),
                }
            }
            if !without.is_empty() {
                let missing = format!("metrics without data: {}", without.join(", "));
                gathered.missing.push(missing);
            }
        }
        Err(error) => failed.push(format!("related metrics: {error}")),
    }
    let quiet = mem::take(&mut gathered.missing);
    gathered.missing = failed.iter().cloned().chain(quiet).collect();
    (gathered, failed)
}
