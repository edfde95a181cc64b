//! The pure half of handling a batch: everything that happens to it before the store is asked.

use atalaya_logs::batch::{Batch, BatchError, BatchKey, Message};
use atalaya_logs::extract::{Memory, Rules};
use atalaya_logs::join::{Bond, Joined, Joiner};
use atalaya_logs::json::Str;
use atalaya_logs::record::envelope::{self, Content};
use atalaya_logs::record::{self, Fields};

use crate::excerpt::choose::{Choice, Line};
use crate::ledger::Ledger;
use crate::settings::Settings;
use crate::tally::{ServiceTally, Tally};
use crate::window;

/// The result of digesting a batch.
#[derive(Debug)]
pub struct Digest {
    /// The batch's content key.
    pub key: BatchKey,
    /// The shard of window items that it adds to.
    pub shard: u8,
    /// The sums that it adds, by service.
    pub services: Vec<ServiceTally>,
    /// What became of its log events.
    pub ledger: Ledger,
    /// The newest event's time in milliseconds since the epoch; `None` for a batch without events.
    pub newest_ms: Option<i64>,
    /// The oldest event's time in milliseconds since the epoch; `None` for a batch without events.
    pub oldest_ms: Option<i64>,
    /// Whether it comes from one of Atalaya's own log groups, and is left out for that reason.
    pub from_own_log_group: bool,
}

/// Digests an inflated payload.
pub fn digest(payload: &[u8], settings: &Settings) -> Result<Digest, BatchError> {
    let batch = Batch::open(payload)?;
    let mut ledger = Ledger::default();
    if batch.message == Message::Control {
        ledger.control = 1;
        return Ok(Digest {
            key: batch.key().finish(),
            shard: window::shard(batch.stream_hash()),
            services: Vec::new(),
            ledger,
            newest_ms: None,
            oldest_ms: None,
            from_own_log_group: false,
        });
    }
    let own = settings.is_own_log_group(&batch.group);
    let mut key = batch.key();
    let rules = settings.rules_of(&batch.group);
    let mut rule_memory = Memory::default();
    let mut tally = Tally::new(settings, &batch.group);
    let mut choice = Choice::default();
    let mut joiner = Joiner::default();
    let mut memory = String::new();
    let mut newest_ms = None;
    let mut oldest_ms: Option<i64> = None;
    let mut reader = record::json::Reader::of_stream();
    let mut events = batch.events();
    while let Some(event) = events.next_with(&mut reader) {
        let event = match event {
            Ok(event) => event,
            Err(reason) => {
                ledger.reject(reason);
                continue;
            }
        };
        ledger.received += 1;
        key.add(&event.id);
        newest_ms = newest_ms.max(Some(event.timestamp_ms));
        oldest_ms = Some(oldest_ms.map_or(event.timestamp_ms, |ms| ms.min(event.timestamp_ms)));
        if own {
            ledger.filtered += 1;
        } else if event.is_object && reader.inside().is_none() {
            ledger.records += 1;
            joiner.interrupt();
            let failure = match rules {
                None => tally.add(reader.fields(), event.timestamp_ms),
                Some(rules) => {
                    let mut fields = *reader.fields();
                    rules.apply(event.message, &mut fields, &mut rule_memory);
                    tally.add(&fields, event.timestamp_ms)
                }
            };
            if let Some(failure) = failure {
                choice.consider(failure, event.timestamp_ms, || Line::Whole(event.message));
            }
        } else {
            let mut done = |record: Joined<'_, ()>| {
                let fields = ruled(&record, rules, &mut rule_memory);
                add(&fields, &record, &mut tally, &mut choice);
            };
            let at_ms = event.timestamp_ms;
            let opened = event
                .is_object
                .then(|| envelope::content(&reader, &mut memory));
            let bond = match opened {
                None => joiner.line(event.message, at_ms, (), &mut done),
                Some(Content::Line(line, carried)) => {
                    joiner.inner_line(line, carried, at_ms, (), &mut done)
                }
                Some(Content::Record(mut fields)) => {
                    joiner.interrupt();
                    if let Some(rules) = rules {
                        rules.apply(event.message, &mut fields, &mut rule_memory);
                    }
                    if let Some(failure) = tally.add(&fields, at_ms) {
                        choice.consider(failure, at_ms, || Line::Whole(event.message));
                    }
                    Bond::Head
                }
            };
            match bond {
                Bond::Head => ledger.records += 1,
                Bond::Continues => ledger.continuations += 1,
            }
        }
    }
    joiner.finish(&mut |record| {
        let fields = ruled(&record, rules, &mut rule_memory);
        add(&fields, &record, &mut tally, &mut choice);
    });
    for (service, failures) in choice.finish() {
        tally.illustrate(service, failures);
    }
    Ok(Digest {
        key: key.finish(),
        shard: window::shard(batch.stream_hash()),
        services: tally.finish(),
        ledger,
        newest_ms,
        oldest_ms,
        from_own_log_group: own,
    })
}

/// Returns the fields of a text record, those that the settings' rules extract included.
fn ruled<'r>(
    record: &Joined<'r, ()>,
    rules: Option<&'r Rules>,
    memory: &'r mut Memory,
) -> Fields<'r> {
    let mut fields = record.fields;
    if let Some(rules) = rules {
        rules.apply(Str::bare(record.text.as_bytes()), &mut fields, memory);
    }
    fields
}

/// Counts a record of text.
fn add(
    fields: &Fields<'_>,
    record: &Joined<'_, ()>,
    tally: &mut Tally<'_>,
    choice: &mut Choice<'_>,
) {
    if record.orphan {
        return;
    }
    if let Some(failure) = tally.add(fields, record.at_ms) {
        choice.consider(failure, record.at_ms, || Line::Joined(record.text.into()));
    }
}
