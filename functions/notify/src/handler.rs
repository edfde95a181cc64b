//! The handler: reads the records of the stream in order, delivers the incident of each to its
//! channels, and asks Lambda to send the records again whose incidents could not be delivered.

use atalaya_core::settings::Settings;
use atalaya_flow::FlowError;
use atalaya_flow::notify::{self, Evidence, Held, Notifier, Outcome, Ports};
use atalaya_flow::store::{Retry, Store};
use atalaya_lambda::failure::{chain, type_of};
use atalaya_lambda::output::{LogLevel, Output};
use atalaya_lambda::self_metric::SelfMetric;
use atalaya_lambda::settings_cache::SettingsCache;
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};

use crate::event::{Record, StreamEvent, read, sequence_number};

/// What the invocations of this process share.
pub(crate) struct Handler<S, N, E> {
    pub(crate) store: S,
    pub(crate) settings: Settings,
    pub(crate) ports: Ports<N, E>,
    pub(crate) settings_cache: SettingsCache,
    pub(crate) function: String,
    pub(crate) output: Output,
}

/// The counts of one invocation.
#[derive(Debug, Default)]
struct Account {
    records: u64,
    ignored: u64,
    delivered: u64,
    repeated: u64,
    delivery_failures: u64,
    enrichment_failures: u64,
    failures: u64,
}

impl<S: Store, N: Notifier, E: Evidence> Handler<S, N, E> {
    /// Handles one event. `now_ms` is the machine's time in milliseconds since the epoch.
    ///
    /// # Errors
    /// If the settings cannot be read: then the routing is unknown, and Lambda sends the whole
    /// event again.
    pub(crate) async fn handle(
        &mut self,
        event: &StreamEvent,
        now_ms: i64,
    ) -> Result<DynamoDbEventResponse, FlowError> {
        let mut account = Account::default();
        let answer = self.tell(event, now_ms, &mut account).await;
        if let Err(error) = &answer {
            account.failures += event.records.len() as u64;
            let fields = [
                ("retry", type_of(error).into()),
                ("error", chain(error).into()),
            ];
            self.output.log(LogLevel::Error, "delivery failed", fields);
        }
        let counts = [
            (SelfMetric::Received, account.records),
            (SelfMetric::Filtered, account.ignored),
            (SelfMetric::Delivered, account.delivered),
            (SelfMetric::Duplicates, account.repeated),
            (SelfMetric::DeliveryFailures, account.delivery_failures),
            (SelfMetric::EnrichmentFailures, account.enrichment_failures),
            (SelfMetric::Failures, account.failures),
            self.settings_cache.config_refused(),
        ];
        self.output.about_self(&self.function, now_ms, &counts);
        answer
    }

    async fn tell(
        &mut self,
        event: &StreamEvent,
        now_ms: i64,
        account: &mut Account,
    ) -> Result<DynamoDbEventResponse, FlowError> {
        account.records = event.records.len() as u64;
        let settings = self
            .settings_cache
            .refresh(&self.store, now_ms, &mut self.output);
        if let Some(settings) = settings.await? {
            self.settings = settings;
        }
        let mut held = Held::default();
        let mut answer = DynamoDbEventResponse::default();
        for record in &event.records {
            let number = sequence_number(record);
            let again = match read(record) {
                Record::Other => {
                    account.ignored += 1;
                    false
                }
                Record::Incident(document) => {
                    self.incident(document, number, &mut held, account).await
                }
                Record::Unreadable => {
                    let fields = [("sequence_number", number.into())];
                    self.output.log(
                        LogLevel::Error,
                        "incident record without its document",
                        fields,
                    );
                    true
                }
            };
            if again {
                account.failures += 1;
                // Lambda sends all records again from the first of these on; deliveries that
                // succeeded are skipped then.
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = number.map(str::to_owned);
                answer.batch_item_failures.push(failure);
            }
        }
        Ok(answer)
    }

    /// Delivers one incident's event, and returns whether its record must be sent again.
    async fn incident(
        &mut self,
        document: &str,
        number: Option<&str>,
        held: &mut Held,
        account: &mut Account,
    ) -> bool {
        let (store, settings) = (&self.store, &self.settings);
        let told = notify::deliver(store, settings, &self.ports, held, document).await;
        match told {
            Ok(told) => {
                account.delivered += told.delivered;
                account.repeated += told.repeated;
                account.delivery_failures += told.failed.len() as u64;
                account.enrichment_failures += told.missing.len() as u64;
                self.log(&told, number);
                told.comes_again()
            }
            Err(error) => {
                let fields = [
                    ("sequence_number", number.into()),
                    ("retry", type_of(&error).into()),
                    ("error", chain(&error).into()),
                ];
                self.output
                    .log(LogLevel::Warn, "record comes again", fields);
                true
            }
        }
    }

    fn log(&mut self, told: &Outcome, number: Option<&str>) {
        for what in &told.missing {
            let fields = [("error", what.as_str().into())];
            self.output.log(LogLevel::Warn, "evidence missing", fields);
        }
        for failed in &told.failed {
            // A delivery that is not retried never reaches this channel; the other channels have
            // the message.
            let level = match failed.retry {
                Retry::Later => LogLevel::Warn,
                Retry::Never => LogLevel::Error,
            };
            let fields = [
                ("sequence_number", number.into()),
                ("channel", failed.channel.as_str().into()),
                ("retry", (failed.retry == Retry::Later).into()),
                ("error", failed.words.as_str().into()),
            ];
            self.output.log(level, "channel was not told", fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{self, Read as _};

    use atalaya_aws::access::Access;
    use atalaya_aws::channels::Channels;
    use atalaya_aws::metrics::Metrics;
    use atalaya_flow::memory::MemoryStore;
    use atalaya_lambda::self_metric::Function;
    use atalaya_render::message::Deployment;
    use serde_json::Value;

    use super::*;

    #[tokio::test]
    async fn each_self_metric_of_the_table_is_emitted_and_no_other() {
        let access = Access::from_env(|key| {
            let given = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
            given.contains(&key).then(|| "test".to_owned())
        });
        let access = access.expect("region and credentials are given");
        let (mut metrics, stdout) = io::pipe().expect("a pipe");
        // There are no records, so no channel is called.
        let mut handler = Handler {
            store: MemoryStore::default(),
            settings: Settings::default(),
            ports: Ports {
                notifier: Channels::new(&access, |_| None),
                evidence: Metrics::new(&access),
                deployment: Deployment {
                    region: "us-east-1".into(),
                    environment: None,
                },
                topic: None,
            },
            settings_cache: SettingsCache::of_file(Settings::default()),
            function: "notify".into(),
            output: Output::on(Box::new(stdout), Box::new(io::sink())),
        };
        let event = StreamEvent {
            records: Vec::new(),
        };
        handler.handle(&event, 0).await.expect("memory");
        drop(handler);
        let mut text = String::new();
        metrics.read_to_string(&mut text).expect("UTF-8");
        let document: BTreeMap<&str, Value> = serde_json::from_str(&text).expect("one document");
        let names = document
            .keys()
            .filter(|name| !["_aws", "Function"].contains(name));
        assert_eq!(
            names.copied().collect::<Vec<_>>(),
            Function::Notify.metric_names()
        );
    }
}
