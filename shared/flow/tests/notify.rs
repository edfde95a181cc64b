//! Tests of notifying: every channel gets each event, in order, and gets one twice only after a
//! crash between the delivery and its record.

mod failing;

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use atalaya_core::alert::Alert;
use atalaya_core::incident::Incident;
use atalaya_core::settings::{Channel, Settings};
use atalaya_core::time::Minute;
use atalaya_core::window::{Part, Window};
use atalaya_flow::documents;
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::notify::{
    self, DeliveryError, Evidence, EvidenceError, Held, Notifier, Outcome, Ports,
};
use atalaya_flow::store::{DocKey, Document, DocumentKind, Merge, Retry, Save, Store, StoreError};
use atalaya_render::channels::Receipt;
use atalaya_render::message::link::Span;
use atalaya_render::message::related::{Point, Wanted};
use atalaya_render::message::{Deployment, Message};
use failing::FailingStore;

const SLACK: &str = "slack ssm:/atalaya/slack";
const PAGER: &str = "pagerduty ssm:/atalaya/pagerduty";
const TICKETS: &str = "webhook ssm:/atalaya/tickets";
const TOPIC: &str = "sns arn:aws:sns:us-east-1:111122223333:atalaya";

const SETTINGS: &str = "services:
  loan-api: { log_groups: [/ecs/prod/loan-api], owner: credit-platform }
notify:
  page: [{ pagerduty: { routing_key: \"ssm:/atalaya/pagerduty\" } }, { slack: { webhook: \"ssm:/atalaya/slack\" } }]
  ticket: [{ webhook: { url: \"ssm:/atalaya/tickets\" } }]
";

/// Channels in memory: the messages that each took, and how often each still refuses.
#[derive(Debug, Default)]
struct Channels(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    told: Vec<(String, Message)>,
    /// The ids of the receipts that came with each message, in the same order.
    earlier: Vec<(String, Option<String>)>,
    refusals: BTreeMap<&'static str, (u32, Retry)>,
}

impl Channels {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn refuse(&self, channel: &'static str, times: u32, retry: Retry) {
        self.with(|state| state.refusals.insert(channel, (times, retry)));
    }

    /// Returns the events of which a channel took messages, in order.
    fn events(&self, channel: &str) -> Vec<String> {
        self.with(|state| {
            let of = state.told.iter().filter(|(name, _)| name == channel);
            of.map(|(_, message)| message.event.name().to_owned())
                .collect()
        })
    }

    /// Returns the ids of the receipts that a channel was shown, in order.
    fn earlier(&self, channel: &str) -> Vec<Option<String>> {
        self.with(|state| {
            let of = state.earlier.iter().filter(|(name, _)| name == channel);
            of.map(|(_, id)| id.clone()).collect()
        })
    }

    fn last(&self, channel: &str) -> Message {
        let found = self.with(|state| {
            let mut of = state.told.iter().rev();
            of.find(|(name, _)| name == channel).cloned()
        });
        found.expect("was told").1
    }
}

impl Notifier for Channels {
    async fn deliver(
        &self,
        channel: &Channel,
        message: &Message,
        earlier: Option<&Receipt>,
    ) -> Result<Receipt, DeliveryError> {
        let name = channel.to_string();
        self.with(|state| {
            if let Some((left, retry)) = state.refusals.get_mut(name.as_str())
                && *left > 0
            {
                *left -= 1;
                return Err(DeliveryError {
                    words: "answered 500".into(),
                    retry: *retry,
                    after: Some(Duration::from_secs(30)),
                });
            }
            let id = earlier.and_then(|receipt| receipt.id.clone());
            state.earlier.push((name.clone(), id));
            state.told.push((name, message.clone()));
            Ok(Receipt {
                id: Some(message.event.name().to_owned()),
                ..Receipt::default()
            })
        })
    }
}

/// Evidence that is there, or is late.
#[derive(Debug)]
enum Figures {
    There,
    Late,
}

impl Evidence for Figures {
    async fn points(
        &self,
        wanted: &[Wanted],
        span: Span,
    ) -> Result<Vec<Vec<Point>>, EvidenceError> {
        match self {
            Self::There => Ok(vec![vec![(span.to_ms, 7.0)]; wanted.len()]),
            Self::Late => Err(EvidenceError("no answer within 1500 ms".into())),
        }
    }
}

/// A store whose writes never return: the process has died by then.
struct Dying<'a>(&'a FailingStore<MemoryStore>);

impl Store for Dying<'_> {
    async fn merge(&self, part: &Part) -> Result<Merge, StoreError> {
        self.0.merge(part).await
    }

    async fn window(&self, service: &str, minute: Minute) -> Result<Window, StoreError> {
        self.0.window(service, minute).await
    }

    async fn load(&self, key: &DocKey) -> Result<Option<Document>, StoreError> {
        self.0.load(key).await
    }

    async fn save(&self, _: &DocKey, _: u64, _: &str) -> Result<Save, StoreError> {
        pending().await
    }

    async fn list(
        &self,
        kind: DocumentKind,
        scope: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        self.0.list(kind, scope, from, limit).await
    }
}

struct Setup {
    store: FailingStore<MemoryStore>,
    settings: Settings,
    ports: Ports<Channels, Figures>,
}

impl Setup {
    fn new(metrics: Figures) -> Self {
        Self {
            store: FailingStore::new(MemoryStore::default()),
            settings: Settings::parse(SETTINGS).expect("is without fault"),
            ports: Ports {
                notifier: Channels::default(),
                evidence: metrics,
                deployment: Deployment {
                    region: "us-east-1".into(),
                    environment: None,
                },
                topic: Some("arn:aws:sns:us-east-1:111122223333:atalaya".into()),
            },
        }
    }

    fn channels(&self) -> &Channels {
        &self.ports.notifier
    }

    async fn tell(&self, held: &mut Held, incident: &Alert) -> Outcome {
        let document = outbox(incident);
        notify::deliver(&self.store, &self.settings, &self.ports, held, &document)
            .await
            .expect("the store answers")
    }

    /// Delivers as Lambda does: all records, then again from the first one that failed, until none
    /// fails.
    async fn tell_all(&self, incidents: &[Alert]) -> u32 {
        let mut from = 0;
        for round in 1..20 {
            let mut held = Held::default();
            let mut first_failed = None;
            for (n, incident) in incidents.iter().enumerate().skip(from) {
                if self.tell(&mut held, incident).await.comes_again() {
                    first_failed = first_failed.or(Some(n));
                }
            }
            match first_failed {
                Some(first) => from = first,
                None => return round,
            }
        }
        panic!("it never ends")
    }
}

/// Returns the document of an alert's incident.
fn outbox(alert: &Alert) -> String {
    documents::incident::encode(&Incident::of(alert.clone()))
}

/// The events of an incident that opens as a ticket, becomes a page, and is resolved.
fn story() -> [Alert; 3] {
    let stored = include_str!("../src/documents/alert/fixtures/open-v1.json");
    let ticket = stored.replacen(
        r#""severity":"page","title""#,
        r#""severity":"ticket","title""#,
        1,
    );
    let open = documents::alert::decode("loan-api", &ticket).expect("a fixture");
    let mut update = documents::alert::decode("loan-api", stored).expect("a fixture");
    update.at_ms += 120_000;
    let resolved = include_str!("../src/documents/alert/fixtures/resolved-v1.json");
    let resolve = documents::alert::decode("loan-api", resolved).expect("a fixture");
    [open, update, resolve]
}

#[tokio::test]
async fn each_channel_hears_each_event_once_and_in_order() {
    let setup = Setup::new(Figures::There);
    assert_eq!(setup.tell_all(&story()).await, 1);
    assert_eq!(setup.tell_all(&story()).await, 1, "again changes nothing");
    let all = ["open", "update", "resolve"];
    let channels = setup.channels();
    assert_eq!(channels.events(TOPIC), all);
    assert_eq!(
        channels.events(TICKETS),
        all,
        "who heard of the start hears of the end"
    );
    assert_eq!(channels.events(PAGER), all[1..]);
    assert_eq!(channels.events(SLACK), all[1..]);
    let message = channels.last(PAGER);
    assert_eq!(message.id, "loan-api-20260108T0842Z/resolve/1767866100000");
    assert_eq!(message.dedup_key, "loan-api-20260108T0842Z");
}

#[tokio::test]
async fn each_channel_is_shown_what_it_gave_for_the_message_before() {
    let setup = Setup::new(Figures::There);
    assert_eq!(setup.tell_all(&story()).await, 1);
    let id = |id: &str| Some(id.to_owned());
    let channels = setup.channels();
    for channel in [TOPIC, TICKETS] {
        assert_eq!(channels.earlier(channel), [None, id("open"), id("update")]);
    }
    assert_eq!(channels.earlier(SLACK), [None, id("update")]);
}

#[tokio::test]
async fn a_delivery_of_before_there_were_receipts_is_one_without() {
    let setup = Setup::new(Figures::There);
    let [open, update, _] = story();
    let key = DocKey {
        kind: DocumentKind::Delivery,
        scope: open.id.clone(),
        id: format!("{}#open#{TICKETS}", open.at_ms),
    };
    let body = r#"{"v":1,"id":"loan-api-20260108T0842Z/open/1767862020000"}"#;
    setup.store.save(&key, 0, body).await.expect("memory");
    setup.tell(&mut Held::default(), &open).await;
    setup.tell(&mut Held::default(), &update).await;
    let channels = setup.channels();
    assert_eq!(channels.events(TICKETS), ["update"], "it heard of the open");
    assert_eq!(channels.earlier(TICKETS), [None]);
}

#[tokio::test]
async fn how_long_a_channel_asks_to_wait_is_kept() {
    let setup = Setup::new(Figures::There);
    setup.channels().refuse(SLACK, 1, Retry::Later);
    let [_, update, _] = story();
    let told = setup.tell(&mut Held::default(), &update).await;
    assert_eq!(told.failed[0].after, Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn a_channel_that_fails_keeps_nobody_waiting_and_hears_all_in_order_later() {
    let setup = Setup::new(Figures::There);
    setup.channels().refuse(SLACK, 3, Retry::Later);
    let [_, update, resolve] = story();
    let mut held = Held::default();
    let first = setup.tell(&mut held, &update).await;
    assert!(first.comes_again());
    assert_eq!((first.delivered, first.failed.len()), (2, 1));
    let second = setup.tell(&mut held, &resolve).await;
    assert!(
        second.comes_again(),
        "the resolve does not come before its open"
    );
    assert_eq!(setup.channels().events(TOPIC), ["update", "resolve"]);
    assert_eq!(setup.channels().events(SLACK), [""; 0]);
    let told = setup.channels().last(TOPIC).missing.join("; ");
    assert!(
        told.contains("delivery to slack ssm:/atalaya/slack"),
        "{told}"
    );

    assert_eq!(setup.tell_all(&[update, resolve]).await, 3);
    for channel in [TOPIC, PAGER, SLACK] {
        assert_eq!(
            setup.channels().events(channel),
            ["update", "resolve"],
            "{channel}"
        );
    }
}

#[tokio::test]
async fn a_channel_that_never_takes_it_does_not_hold_up_the_stream() {
    let setup = Setup::new(Figures::There);
    setup.channels().refuse(SLACK, u32::MAX, Retry::Never);
    let [_, update, resolve] = story();
    assert_eq!(setup.tell_all(&[update, resolve]).await, 1);
    assert_eq!(setup.channels().events(PAGER), ["update", "resolve"]);
    let told = setup.channels().last(TOPIC).missing.join("; ");
    assert!(
        told.contains("answered 500 (it is not tried again)"),
        "{told}"
    );
}

#[tokio::test]
async fn nobody_told_at_all_comes_again() {
    let mut setup = Setup::new(Figures::There);
    setup.ports.topic = None;
    for channel in [SLACK, PAGER] {
        setup.channels().refuse(channel, 2, Retry::Never);
    }
    let [_, update, _] = story();
    assert_eq!(setup.tell_all(&[update]).await, 3);
    assert_eq!(setup.channels().events(SLACK), ["update"]);
}

#[tokio::test]
async fn a_crash_between_telling_and_remembering_tells_again_with_the_same_id() {
    let setup = Setup::new(Figures::There);
    let [_, update, _] = story();
    let document = outbox(&update);
    // The process dies at its first write: the future is dropped, as when Lambda ends the process.
    {
        let (settings, mut held) = (&setup.settings, Held::default());
        let store = Dying(&setup.store);
        let dying = notify::deliver(&store, settings, &setup.ports, &mut held, &document);
        tokio::select! {
            biased;
            _ = dying => panic!("a dead process answers"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(setup.channels().events(PAGER), ["update"]);
    let first = setup.channels().last(PAGER);
    assert_eq!(setup.tell_all(&[update]).await, 1);
    assert_eq!(
        setup.channels().events(PAGER),
        ["update", "update"],
        "told again"
    );
    let again = setup.channels().last(PAGER);
    assert_eq!((&again.id, &again.dedup_key), (&first.id, &first.dedup_key));
    assert_eq!(setup.channels().events(TOPIC), ["update"], "never lost");
}

#[tokio::test]
async fn a_lost_answer_of_the_store_comes_again_and_finds_its_own_write() {
    for write in 0..3 {
        let setup = Setup::new(Figures::There);
        setup.store.fail_at(write);
        let [_, update, resolve] = story();
        assert_eq!(setup.tell_all(&[update, resolve]).await, 2);
        for channel in [TOPIC, PAGER, SLACK] {
            assert_eq!(
                setup.channels().events(channel),
                ["update", "resolve"],
                "{channel}"
            );
        }
    }
}

#[tokio::test]
async fn late_figures_and_broken_samples_are_named_and_lines_are_shown() {
    let setup = Setup::new(Figures::Late);
    let [_, update, _] = story();
    let bodies = [
        (
            "2026-01-08T08:41Z#a",
            r#"{"lines":[{"at":1767861660000,"text":"before"}]}"#,
        ),
        (
            "2026-01-08T08:43Z#b",
            r#"{"lines":[{"at":1767861790000,"text":"ERROR ****"}],"more":1}"#,
        ),
        ("2026-01-08T08:44Z#c", "{"),
    ];
    for (id, body) in bodies {
        let key = DocKey {
            kind: DocumentKind::Excerpt,
            scope: "loan-api".into(),
            id: id.into(),
        };
        setup.store.save(&key, 0, body).await.expect("memory");
    }
    let told = setup.tell(&mut Held::default(), &update).await;
    assert_eq!(told.missing.len(), 2);
    let message = setup.channels().last(SLACK);
    let lines: Vec<_> = message
        .excerpts
        .iter()
        .map(|sample| sample.text.as_str())
        .collect();
    assert_eq!(lines, ["ERROR ****"]);
    let missing = message.missing.join("; ");
    assert!(
        missing.contains("related metrics: no answer within 1500 ms"),
        "{missing}"
    );
    assert!(
        missing.contains("excerpt 2026-01-08T08:44Z#c cannot be read"),
        "{missing}"
    );
}
