//! Ingest: the story of one batch, from its payload to metrics that are counted once.
//!
//! What can be done without the store is done first ([`digest`](mod@atalaya_core::digest)). Then series are admitted,
//! each window item takes its part of the batch by one atomic write, and once the last of them is stored the batch is said
//! as metrics. So a batch that comes again, whole or after a crash half-way, adds only what was missing, and is said once.
//! Last, masked lines of its failures are kept, and the open minutes that it added to are looked at; that this can fail
//! takes nothing from the batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use atalaya_core::catalog::Reserved;
use atalaya_core::digest::{Digest, digest};
use atalaya_core::excerpt::Chosen;
use atalaya_core::ledger::Ledger;
use atalaya_core::metric::{self, Refusal};
use atalaya_core::settings::Settings;
use atalaya_core::tally::{Parts, ServiceTally};
use atalaya_core::time::Minute;
use atalaya_core::window::Part;
use atalaya_logs::batch::{BatchError, BatchKey, Inflater};
use atalaya_logs::mask::{Key, Mask};
use futures_util::{StreamExt, stream};

use crate::documents;
use crate::error::FlowError;
use crate::evaluate_open::OpenMinutes;
use crate::mask_key::{self, Seed};
use crate::registry::Registry;
use crate::rollup::Hours;
use crate::sink::Sink;
use crate::store::{Merge, Store, StoreError};

/// Writes of one batch that are under way at once.
const CONCURRENT_WRITES: usize = 16;

/// Minutes of a service that are remembered as sampled: log streams lag behind each other by less than these.
const EXCERPT_MINUTES: usize = 8;

/// A payload as it comes: base64 of gzip, gzip, or already plain.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// Base64 of gzip, as a direct subscription carries it.
    Base64(&'a [u8]),
    /// Gzip, as a Kinesis record carries it.
    Gzip(&'a [u8]),
    /// The JSON of a batch, as a person reads it.
    Json(&'a [u8]),
}

/// Whether a batch was counted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Batch {
    New,
    CountedBefore,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub struct Ingested {
    /// What became of its log events.
    pub ledger: Ledger,
    /// The services that it added to.
    pub services: Vec<Box<str>>,
    /// The newest event's time in milliseconds since the epoch.
    pub newest_ms: Option<i64>,
    /// The oldest event's time in milliseconds since the epoch.
    pub oldest_ms: Option<i64>,
    /// Whether it came from a log group of Atalaya's own, and was left out for that.
    pub from_own_log_group: bool,
}

/// The flow of one process: its settings, its store, and what it remembers of both.
#[derive(Debug)]
pub struct Flow<S> {
    /// Where everything is kept.
    pub store: S,
    /// What the user configured.
    pub settings: Settings,
    pub(crate) registry: Registry,
    inflater: Inflater,
    /// What the deployment's key is made of where it has none; without, the flow is a replay.
    seed: Option<Seed>,
    /// The key by which masked values stay the same, once it was needed.
    key: Option<Key>,
    /// The minutes of each service of which this process kept an excerpt, the last ones.
    sampled: HashMap<Box<str>, Vec<Minute>>,
    /// The closed minutes of services that this process marked as grown, the last ones.
    pub(crate) marked: BTreeSet<(Minute, Box<str>)>,
    pub(crate) open_minutes: OpenMinutes,
    /// The hours that this process marked, and when it last looked for hours to roll up.
    pub(crate) hours: Hours,
}

impl<S: Store> Flow<S> {
    /// Begins a flow over a store, that of a replay: its masked values have hashes by a key that is no secret.
    pub fn new(store: S, settings: Settings) -> Self {
        Self {
            store,
            settings,
            registry: Registry::default(),
            inflater: Inflater::default(),
            seed: None,
            key: None,
            sampled: HashMap::new(),
            marked: BTreeSet::new(),
            open_minutes: OpenMinutes::default(),
            hours: Hours::default(),
        }
    }

    /// Makes it the flow of a deployment, whose key is in the store, or is made of these random bytes.
    #[must_use]
    pub fn deployed(self, seed: Seed) -> Self {
        let seed = Some(seed);
        Self { seed, ..self }
    }

    /// Handles one batch. `now_ms` is the time in milliseconds since the epoch.
    ///
    /// On an error, part of the batch may have been counted, but nothing of it was said; the same batch again does the rest.
    pub async fn ingest(
        &mut self,
        payload: Payload<'_>,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<Ingested, FlowError> {
        let digest = self.digest(payload)?;
        let mut ledger = digest.ledger;
        let tallies = self.within_cap(digest.services).await?;
        let services = tallies.iter().map(|tally| tally.service.clone()).collect();
        let mut parts = Vec::new();
        let mut chosen = Vec::new();
        for mut tally in tallies {
            chosen.push((tally.service.clone(), std::mem::take(&mut tally.failures)));
            let reserved = Reserved::of(self.settings.service(&tally.service));
            let admitted = self.registry.admit(&self.store, &tally.service, |catalog| {
                tally.parts(catalog, &reserved, digest.key, digest.shard)
            });
            let Parts {
                parts: more,
                folded,
            } = admitted.await?;
            ledger.folded += folded;
            parts.extend(more);
        }
        let metrics = self.metrics(&parts, now_ms, &mut ledger.refused).await?;
        self.mark_late(&parts, now_ms).await?;
        self.mark_hours(&parts, now_ms).await?;
        if self.merge(&mut parts).await? == Some(Batch::CountedBefore) {
            ledger.turn_to_duplicates();
        } else {
            // All is made ready before: a crash between the last write and these lines is all that can lose a metric.
            for (minute, documents) in metrics.iter().filter(|(_, lines)| !lines.is_empty()) {
                sink.metrics(*minute, documents);
            }
            for part in &parts {
                ledger.windows += part.sums.len() as u64;
                sink.added(
                    part,
                    self.registry
                        .catalog(&self.store, &part.item.service)
                        .await?,
                );
            }
            ledger.excerpt_failures = self.keep(chosen, digest.key).await;
            ledger.open_evaluation_failures = self.evaluate_open(&parts, now_ms, sink).await;
        }
        Ok(Ingested {
            ledger,
            services,
            newest_ms: digest.newest_ms,
            oldest_ms: digest.oldest_ms,
            from_own_log_group: digest.from_own_log_group,
        })
    }

    /// Returns the EMF documents of a batch, by minute.
    async fn metrics(
        &mut self,
        parts: &[Part],
        now_ms: i64,
        refused: &mut BTreeMap<Refusal, u64>,
    ) -> Result<BTreeMap<Minute, Vec<u8>>, FlowError> {
        let mut metrics: BTreeMap<Minute, Vec<u8>> = BTreeMap::new();
        for Part { item, sums, .. } in parts {
            let catalog = self.registry.catalog(&self.store, &item.service).await?;
            for (slot, sums) in sums {
                let Some(series) = catalog.series(*slot) else {
                    continue;
                };
                let namespace = &self.settings.namespace;
                let documents = metrics.entry(item.minute).or_default();
                let at = (item.minute, sums);
                let written =
                    metric::write(documents, namespace, &item.service, series, at, now_ms);
                if let Err(refusal) = written {
                    *refused.entry(refusal).or_default() += 1;
                }
            }
        }
        Ok(metrics)
    }

    /// Merges the parts of a batch, one of them after all others: the batch is counted once that one is stored, and is
    /// said then. So a batch that failed or died half-way says everything when it comes again, and one that comes again
    /// after it was counted says nothing.
    async fn merge(&self, parts: &mut [Part]) -> Result<Option<Batch>, FlowError> {
        // Every record counts for the lines of its service, which stand on page 0: that page of the last service and
        // minute is there whatever else the batch holds, and however its series are admitted.
        parts.sort_by(|a, b| {
            let (a, b) = (&a.item, &b.item);
            let by_place = a.service.cmp(&b.service).then(a.minute.cmp(&b.minute));
            by_place.then(b.page.cmp(&a.page))
        });
        let Some((last, others)) = parts.split_last() else {
            return Ok(None);
        };
        let merges = others.iter().map(|part| self.store.merge(part));
        let mut merges = stream::iter(merges).buffer_unordered(CONCURRENT_WRITES);
        let mut failure: Option<StoreError> = None;
        while let Some(merge) = merges.next().await {
            failure = merge.err().or(failure);
        }
        if let Some(error) = failure {
            return Err(error.into());
        }
        Ok(Some(match self.store.merge(last).await? {
            Merge::Added(_) => Batch::New,
            Merge::Repeated => Batch::CountedBefore,
        }))
    }

    /// Keeps the excerpts of a batch, of each service and minute one by this process, and returns how many could not be
    /// stored.
    async fn keep(&mut self, chosen: Vec<(Box<str>, Chosen)>, batch: BatchKey) -> u64 {
        let mut failures = 0;
        for (service, chosen) in chosen {
            let Some(minute) = chosen.minute() else {
                continue;
            };
            let sampled = self.sampled.get(&service);
            if sampled.is_some_and(|sampled| sampled.contains(&minute)) {
                continue;
            }
            let excerpt = chosen.mask(&self.mask().await);
            let sampled = self.sampled.entry(service.clone()).or_default();
            let key = documents::excerpt::key(&service, minute, batch);
            // A conflict says that another attempt at the same batch was here before.
            if self.store.save(&key, 0, &excerpt.encode()).await.is_err() {
                failures += 1;
                continue;
            }
            sampled.push(minute);
            if sampled.len() > EXCERPT_MINUTES {
                sampled.remove(0);
            }
        }
        failures
    }

    /// Returns how lines are masked. A store that does not give its key leaves words without a hash.
    async fn mask(&mut self) -> Mask {
        if self.key.is_none() {
            self.key = match &self.seed {
                None => Some(Key::of_replays()),
                Some(seed) => mask_key::load(&self.store, seed).await.ok(),
            };
        }
        let people = self.settings.national_ids;
        match &self.key {
            Some(key) => Mask::keyed(key.clone(), people),
            None => Mask::plain(people),
        }
    }

    fn digest(&mut self, payload: Payload<'_>) -> Result<Digest, BatchError> {
        let json = match payload {
            Payload::Base64(text) => self.inflater.base64_gzip(text)?,
            Payload::Gzip(gzip) => self.inflater.gzip(gzip)?,
            Payload::Json(json) => json,
        };
        digest(json, &self.settings)
    }

    /// Lets services beyond the cap count as one.
    async fn within_cap(
        &mut self,
        tallies: Vec<ServiceTally>,
    ) -> Result<Vec<ServiceTally>, FlowError> {
        let mut within: Vec<ServiceTally> = Vec::with_capacity(tallies.len());
        for tally in tallies {
            let name = self
                .registry
                .service(&self.store, &self.settings, &tally.service)
                .await?
                .to_owned();
            match within.iter_mut().find(|known| *known.service == *name) {
                Some(known) => known.absorb(&tally),
                None => within.push(tally.renamed(&name)),
            }
        }
        Ok(within)
    }
}
