//! The desk: tells what an event is, hands its payloads to the flow, and accounts for what became of them.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use atalaya_core::batch::{BatchError, Delivery, Inflater, KinesisRecord, Reject};
use atalaya_core::change::ChangeError;
use atalaya_core::digest::digest;
use atalaya_core::ledger::Ledger;
use atalaya_core::time::Minute;
use atalaya_flow::store::Store;
use atalaya_flow::sweep::closed_at;
use atalaya_flow::{Flow, FlowError, Payload};
use aws_lambda_events::event::streams::KinesisEventResponse;
use serde::Serialize;

use crate::environment::Clock;
use crate::failure::{chain, type_of};
use crate::output::{Level, Output};

/// What a handled event is answered with.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// Of a direct subscription, which ignores it; for whoever invokes the function by hand.
    Counts(BTreeMap<&'static str, u64>),
    /// Of a Kinesis batch: the records that are to come again.
    Records(KinesisEventResponse),
    /// Of an ECS event: whether it is kept.
    Change {
        /// The id it is kept under; nothing where it tells of no change.
        kept: Option<String>,
    },
}

/// What one invocation came to.
#[derive(Debug, Default)]
struct Account {
    ledger: Ledger,
    failures: u64,
    sweep_failures: u64,
    /// The services it added to, each with the first minute of what was added.
    services: BTreeMap<Box<str>, Minute>,
    /// The latest moment at which a batch was handled, in milliseconds since the epoch.
    now_ms: i64,
}

/// How far this process has swept a service.
#[derive(Debug)]
struct Watched {
    /// The first minute that was met here: where a service that was never swept begins.
    first: Minute,
    /// The last minute that was closed here: it is not asked for again.
    closed: Option<Minute>,
}

/// The flow of this process, and what it remembers beside it.
pub(crate) struct Desk<S> {
    flow: Flow<S>,
    clock: Clock,
    function: String,
    output: Output,
    watched: BTreeMap<Box<str>, Watched>,
    told_of_own_group: bool,
}

impl<S: Store> Desk<S> {
    /// Opens the desk.
    pub(crate) fn new(flow: Flow<S>, clock: Clock, function: String, output: Output) -> Self {
        Self {
            flow,
            clock,
            function,
            output,
            watched: BTreeMap::new(),
            told_of_own_group: false,
        }
    }

    /// Uses this store from now on: the same one, with the deadline of the next event.
    pub(crate) fn serve_by(&mut self, store: S) {
        self.flow.store = store;
    }

    /// Handles one event. `wall_ms` is the machine's time in milliseconds since the epoch.
    pub(crate) async fn handle(&mut self, event: &[u8], wall_ms: i64) -> Result<Answer, FlowError> {
        let mut account = Account {
            now_ms: match self.clock {
                Clock::Wall => wall_ms,
                Clock::Event => i64::MIN,
            },
            ..Account::default()
        };
        let answer = self.deliver(event, wall_ms, &mut account).await;
        if let Err(error) = &answer {
            account.failures += 1;
            if matches!(error, FlowError::Batch(_)) {
                account.ledger.reject(Reject::UnreadableDelivery);
            }
            let fields = [
                ("retry", type_of(error).into()),
                ("error", chain(error).into()),
            ];
            self.output.log(Level::Error, "delivery failed", fields);
        }
        self.sweep(&mut account).await;
        let mut counts = account.ledger.self_metrics();
        counts.push(("Failures", account.failures));
        counts.push(("SweepFailures", account.sweep_failures));
        self.output.about_self(&self.function, wall_ms, &counts);
        answer
    }

    async fn deliver(
        &mut self,
        event: &[u8],
        wall_ms: i64,
        account: &mut Account,
    ) -> Result<Answer, FlowError> {
        match Delivery::recognise(event)? {
            Delivery::Logs(data) => {
                self.batch(Payload::Base64(data), wall_ms, account).await?;
                let counts = account.ledger.self_metrics();
                Ok(Answer::Counts(counts.into_iter().collect()))
            }
            Delivery::Kinesis(records) => {
                let answer = self.records(records, wall_ms, account).await;
                Ok(Answer::Records(answer))
            }
            Delivery::Change(event) => match self.flow.remember(event).await {
                Ok(change) => Ok(Answer::Change {
                    kept: Some(change.id()),
                }),
                // A rule matches by type only, so that tasks which merely start come, too.
                Err(FlowError::Change(ChangeError::Uninteresting(_))) => {
                    Ok(Answer::Change { kept: None })
                }
                Err(error) => Err(error),
            },
        }
    }

    /// Handles the records of a stream in their order. From the first that fails, all come again: a later one
    /// must not be counted as done before it.
    async fn records(
        &mut self,
        records: Vec<KinesisRecord>,
        wall_ms: i64,
        account: &mut Account,
    ) -> KinesisEventResponse {
        let mut answer = KinesisEventResponse::default();
        let mut records = records.into_iter();
        while let Some(record) = records.next() {
            let handled = match &record.gzip {
                Ok(gzip) => self.batch(Payload::Gzip(gzip), wall_ms, account).await,
                Err(error) => Err(error.clone().into()),
            };
            let number = record.sequence_number;
            match handled {
                Ok(()) => {}
                // It fails the same way for ever, and would hold up the stream until it expires.
                Err(FlowError::Batch(error)) => self.reject(&number, &error, account),
                Err(error) => {
                    account.failures += 1;
                    let fields = [
                        ("sequence_number", number.as_str().into()),
                        ("retry", type_of(&error).into()),
                        ("error", chain(&error).into()),
                    ];
                    self.output.log(Level::Warn, "record comes again", fields);
                    answer.add_failure(number);
                    let rest = records.by_ref().map(|record| record.sequence_number);
                    // An empty name would make Lambda send all of them again.
                    rest.filter(|number| !number.is_empty())
                        .for_each(|number| answer.add_failure(number));
                }
            }
        }
        answer
    }

    fn reject(&mut self, number: &str, error: &BatchError, account: &mut Account) {
        account.ledger.reject(Reject::UnreadableDelivery);
        let fields = [
            ("sequence_number", number.into()),
            ("error", chain(error).into()),
        ];
        self.output.log(Level::Error, "record rejected", fields);
    }

    async fn batch(
        &mut self,
        payload: Payload<'_>,
        wall_ms: i64,
        account: &mut Account,
    ) -> Result<(), FlowError> {
        let now_ms = match self.clock {
            Clock::Wall => wall_ms,
            Clock::Event => self.newest_ms(payload).unwrap_or(wall_ms),
        };
        let ingested = self.flow.ingest(payload, now_ms, &mut self.output).await?;
        account.ledger.merge(&ingested.ledger);
        account.now_ms = account.now_ms.max(now_ms);
        if let Some(oldest_ms) = ingested.oldest_ms {
            let first = Minute::of_ms(oldest_ms);
            for service in ingested.services {
                let known = account.services.entry(service).or_insert(first);
                *known = first.min(*known);
            }
        }
        if ingested.from_own_log_group && !self.told_of_own_group {
            // Once: each line written here comes back by the same subscription.
            self.told_of_own_group = true;
            self.output
                .log(Level::Error, "subscribed to own log group", []);
        }
        Ok(())
    }

    /// Closes the minutes that are due of the services that took something. What fails is done with the next batch.
    async fn sweep(&mut self, account: &mut Account) {
        let due = closed_at(account.now_ms);
        for (service, first) in std::mem::take(&mut account.services) {
            let unmet = || Watched {
                first,
                closed: None,
            };
            let watched = self.watched.entry(service.clone()).or_insert_with(unmet);
            watched.first = watched.first.min(first);
            if watched.closed == Some(due) {
                continue;
            }
            let (first, output) = (watched.first, &mut self.output);
            match self
                .flow
                .sweep(&service, first, account.now_ms, output)
                .await
            {
                Ok(()) => watched.closed = Some(due),
                Err(error) => {
                    account.sweep_failures += 1;
                    let fields = [
                        ("service", (*service).into()),
                        ("retry", type_of(&error).into()),
                        ("error", chain(&error).into()),
                    ];
                    output.log(Level::Warn, "sweep failed", fields);
                }
            }
        }
    }

    /// Returns the time of a batch's newest event. It digests the batch once more: this is for laptops.
    fn newest_ms(&self, payload: Payload<'_>) -> Option<i64> {
        let mut inflater = Inflater::default();
        let json = match payload {
            Payload::Base64(text) => inflater.base64_gzip(text),
            Payload::Gzip(gzip) => inflater.gzip(gzip),
            Payload::Json(json) => Ok(json),
        };
        digest(json.ok()?, &self.flow.settings).ok()?.newest_ms
    }
}
