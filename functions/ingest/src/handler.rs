//! The handler: recognises the kind of an event, passes its payloads to the flow, and counts the
//! results.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use atalaya_core::digest::digest;
use atalaya_core::ledger::Ledger;
use atalaya_flow::store::Store;
use atalaya_flow::{Flow, FlowError, Payload};
use atalaya_lambda::environment::Clock;
use atalaya_lambda::failure::{chain, type_of};
use atalaya_lambda::output::{LogLevel, Output};
use atalaya_lambda::self_metric::SelfMetric;
use atalaya_lambda::settings_cache::SettingsCache;
use atalaya_logs::batch::{BatchError, Delivery, Inflater, KinesisRecord, Reject};
use aws_lambda_events::event::streams::KinesisEventResponse;
use serde::Serialize;

use crate::counts;

/// The answer to an event that was handled.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// The answer to a direct subscription, which ignores it; it is for a person who invokes the
    /// function by hand.
    Counts(BTreeMap<&'static str, u64>),
    /// The answer to a Kinesis batch: the records that must be sent again.
    Records(KinesisEventResponse),
}

/// The counts of one invocation.
#[derive(Debug, Default)]
struct Account {
    ledger: Ledger,
    failures: u64,
}

/// The flow of this process, its settings and its output.
pub(crate) struct Handler<S> {
    flow: Flow<S>,
    settings_cache: SettingsCache,
    clock: Clock,
    function: String,
    output: Output,
    told_of_own_group: bool,
}

impl<S: Store> Handler<S> {
    /// Returns the handler over a flow.
    pub(crate) fn new(
        flow: Flow<S>,
        settings_cache: SettingsCache,
        clock: Clock,
        function: String,
        output: Output,
    ) -> Self {
        Self {
            flow,
            settings_cache,
            clock,
            function,
            output,
            told_of_own_group: false,
        }
    }

    /// Uses this store from now on: the same one, with the deadline of the next event.
    pub(crate) fn serve_by(&mut self, store: S) {
        self.flow.store = store;
    }

    /// Handles one event. `wall_ms` is the machine's time in milliseconds since the epoch.
    pub(crate) async fn handle(&mut self, event: &[u8], wall_ms: i64) -> Result<Answer, FlowError> {
        let mut account = Account::default();
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
            self.output.log(LogLevel::Error, "delivery failed", fields);
        }
        let mut counts = counts::of(&account.ledger);
        counts.push((SelfMetric::Failures, account.failures));
        counts.push(self.settings_cache.config_refused());
        self.output.about_self(&self.function, wall_ms, &counts);
        answer
    }

    async fn deliver(
        &mut self,
        event: &[u8],
        wall_ms: i64,
        account: &mut Account,
    ) -> Result<Answer, FlowError> {
        let delivery = Delivery::recognise(event)?;
        let settings_cache = &mut self.settings_cache;
        let settings = settings_cache.refresh(&self.flow.store, wall_ms, &mut self.output);
        if let Some(settings) = settings.await? {
            self.flow.settings = settings;
        }
        match delivery {
            Delivery::Logs(data) => {
                self.batch(Payload::Base64(data), wall_ms, account).await?;
                let counts = counts::of(&account.ledger).into_iter();
                let named = counts.map(|(metric, count)| (metric.name(), count));
                Ok(Answer::Counts(named.collect()))
            }
            Delivery::Kinesis(records) => {
                let answer = self.records(records, wall_ms, account).await;
                Ok(Answer::Records(answer))
            }
            Delivery::Change(_) => Err(BatchError::NotADelivery(
                "it is an event of ECS, which the function `changes` takes",
            )
            .into()),
        }
    }

    /// Handles the records of a stream in their order. From the first one that fails, all are sent
    /// again: a later record must not count as done before it.
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
                // The record fails the same way at every attempt. Reported as failed, it goes whole
                // to the stream's failure destination when its attempts are spent; the records
                // after it are counted now, and are recognised as repetitions then.
                Err(FlowError::Batch(error)) => {
                    self.reject(&number, &error, account);
                    if !number.is_empty() {
                        answer.add_failure(number);
                    }
                }
                Err(error) => {
                    account.failures += 1;
                    let fields = [
                        ("sequence_number", number.as_str().into()),
                        ("retry", type_of(&error).into()),
                        ("error", chain(&error).into()),
                    ];
                    self.output
                        .log(LogLevel::Warn, "record comes again", fields);
                    answer.add_failure(number);
                    let rest = records.by_ref().map(|record| record.sequence_number);
                    // An empty sequence number would make Lambda send all records again.
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
        self.output.log(LogLevel::Error, "record rejected", fields);
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
        if ingested.from_own_log_group && !self.told_of_own_group {
            // Logged once: each line that is written here is delivered again by the same
            // subscription.
            self.told_of_own_group = true;
            self.output
                .log(LogLevel::Error, "subscribed to own log group", []);
        }
        Ok(())
    }

    /// Returns the time of a batch's newest event. It digests the batch a second time, which is
    /// acceptable on laptops.
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
