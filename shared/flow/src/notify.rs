//! Notify: people are told of an incident's event, each channel at least once and, but for a crash, once.
//!
//! The incident's document is the outbox; what was delivered is remembered by a document of its own, written after the
//! delivery. A process that dies between the two tells the channel again, with the same message id and the same key by
//! which a receiver folds messages; the other order would lose a message instead.

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

/// Documents of excerpts that are looked at, the newest.
const EXCERPT_DOCUMENTS: usize = 8;

/// Deliveries of one incident that are looked at, the newest.
const DELIVERIES: usize = 500;

/// Takes messages to channels.
pub trait Notifier: Send + Sync {
    /// Tells a channel, and returns once it has taken the message, with what the next message about the same incident
    /// needs; `earlier` is what the message before it returned, if any was delivered and the channel gave something.
    fn deliver(
        &self,
        channel: &Channel,
        message: &Message,
        earlier: Option<&Receipt>,
    ) -> impl Future<Output = Result<Receipt, DeliveryError>> + Send;
}

/// Knows more about an incident than the store does.
pub trait Evidence: Send + Sync {
    /// Returns the points of metrics in a span, in the order of `wanted`; minutes without data have no point. It keeps to
    /// a time budget of its own: a message does not wait for metrics.
    fn points(
        &self,
        wanted: &[Wanted],
        span: Span,
    ) -> impl Future<Output = Result<Vec<Vec<Point>>, EvidenceError>> + Send;
}

/// A channel that did not take a message. Its words hold no secret.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct DeliveryError {
    /// What happened, as a fragment: `slack answered 500`.
    pub words: String,
    /// Whether the same message may be taken later.
    pub retry: Retry,
    /// How long the channel asks to wait before that, at most a day, where it says so.
    pub after: Option<Duration>,
}

/// Evidence that could not be had. Its words name why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EvidenceError(pub String);

/// Where messages come from and go to.
#[derive(Debug)]
pub struct Ports<N, E> {
    /// Takes messages to channels.
    pub notifier: N,
    /// Knows more.
    pub evidence: E,
    /// Where Atalaya runs.
    pub deployment: Deployment,
    /// The topic that hears of everything, also where no channel is configured.
    pub topic: Option<String>,
}

/// What is held back within one invocation: after a channel failed to take a message about an incident, it hears of later
/// ones only after that one, or the resolve would come before the open.
#[derive(Debug, Default)]
pub struct Held(BTreeSet<(String, String)>);

/// What became of one event of an incident.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Channels that were told now.
    pub delivered: u64,
    /// Channels that had been told before.
    pub repeated: u64,
    /// Channels that could not be told, or not before an earlier event.
    pub failed: Vec<Undelivered>,
    /// Evidence that could not be had.
    pub missing: Vec<String>,
}

/// A channel that could not be told.
#[derive(Debug)]
pub struct Undelivered {
    /// Its name: the reference of its secret, never the secret.
    pub channel: String,
    /// Why, in one line.
    pub words: String,
    /// Whether the same may succeed later.
    pub retry: Retry,
    /// How long the channel asks to wait before that, where it says so.
    pub after: Option<Duration>,
}

impl DeliveryError {
    /// Returns an error of a channel that will not take the message until somebody mends the set-up.
    #[must_use]
    pub fn never(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            retry: Retry::Never,
            after: None,
        }
    }

    /// Returns an error of a channel that may take the message later.
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
    /// Returns whether the event must come again: where a channel may be told later, or nobody was told at all.
    ///
    /// A channel that will never take it (a web hook that is gone) does not hold up what comes behind: the others, and the
    /// topic, have been told, and told of this failure too.
    #[must_use]
    pub fn comes_again(&self) -> bool {
        let later = self
            .failed
            .iter()
            .any(|failed| failed.retry == Retry::Later);
        later || (!self.failed.is_empty() && self.delivered + self.repeated == 0)
    }
}

/// Tells every channel that is to hear of an incident's last event and has not heard of it.
///
/// # Errors
/// Where the incident's document cannot be read, or the store does not tell what was delivered before: then nobody is told,
/// and the same call later does everything. Channels that fail are no error: see [`Outcome::failed`].
pub async fn deliver<S: Store>(
    store: &S,
    settings: &Settings,
    ports: &Ports<impl Notifier, impl Evidence>,
    held: &mut Held,
    document: &str,
) -> Result<Outcome, FlowError> {
    // A message is about the alert that was first: an incident has no other yet.
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
    // The topic comes last, so that it can be told which of the others were not.
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

/// Returns the channels that are to hear of an event: those of its severity, those that heard of the incident before (when
/// it was less bad, or from other settings), and the topic.
fn channels(
    incident: &Alert,
    settings: &Settings,
    topic: Option<&str>,
    before: &[Document],
) -> Vec<Channel> {
    // Of an earlier event: one that comes again after later ones were told must not go to more channels than at first.
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

/// Returns the address of the document that says that a channel was told of an incident's last event.
fn delivery_key(incident: &Alert, channel: &Channel) -> DocKey {
    let event = incident.event().name();
    delivery::key(&incident.id, incident.at_ms, event, &channel.to_string())
}

/// Tells channels and remembers it.
struct Delivery<'a, S, N> {
    store: &'a S,
    notifier: &'a N,
    incident: &'a Alert,
    before: &'a [Document],
}

impl<S: Store, N: Notifier> Delivery<'_, S, N> {
    /// Tells channels side by side: one that is slow or down keeps nobody else waiting.
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
        // A conflict means that somebody else has told the channel in the meantime: it is told in any case.
        let saved = self.store.save(&key, 0, &body).await;
        saved.map(drop).map_err(|error| {
            let words = format!("was told, but that could not be remembered: {error}");
            untold(DeliveryError::later(words))
        })
    }
}

/// Gathers what is known beside an incident, and the words of what failed.
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
