//! Ingest: takes one batch from its payload to metrics that are counted once.
//!
//! Whatever needs no store is done first ([`digest`](mod@atalaya_core::digest)). Then the catalogs
//! admit the batch's series, each window item takes its part of the batch in one atomic write, and
//! once the last part is stored the batch's metrics are emitted. So a batch that is delivered
//! again, whole or after a crash half-way, adds only the missing parts, and its metrics are emitted
//! once. Last, masked excerpts of the batch's failures are stored, and the open minutes to which it
//! added are evaluated; a failure of these two steps takes nothing from the batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use atalaya_core::catalog::Reserved;
use atalaya_core::digest::{Digest, digest};
use atalaya_core::excerpt::Chosen;
use atalaya_core::judge::{LevelShifts, ServiceState};
use atalaya_core::ledger::Ledger;
use atalaya_core::metric::{self, Refusal};
use atalaya_core::settings::Settings;
use atalaya_core::tally::{Parts, ServiceTally};
use atalaya_core::time::Minute;
use atalaya_core::window::Part;
use atalaya_logs::batch::{BatchError, BatchKey, Inflater};
use atalaya_logs::mask::{Key, Mask};
use futures_util::{StreamExt, stream};

use crate::document_cache::DocumentCache;
use crate::documents;
use crate::error::FlowError;
use crate::hours::Hours;
use crate::mask_key::{self, Seed};
use crate::open_minutes::OpenMinutes;
use crate::registry::Registry;
use crate::sink::Sink;
use crate::store::{Merge, Store, StoreError};

/// Writes of one batch that are under way at once.
const CONCURRENT_WRITES: usize = 16;

/// Minutes of a service for which this process remembers that it stored an excerpt. Log streams lag
/// behind each other by fewer minutes than this.
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

/// The result of ingesting a batch.
#[derive(Debug, Default)]
pub struct Ingested {
    /// How many of its log events were counted, rejected or folded, and why.
    pub ledger: Ledger,
    /// The services to whose windows the batch added.
    pub services: Vec<Box<str>>,
    /// The newest event's time in milliseconds since the epoch.
    pub newest_ms: Option<i64>,
    /// The oldest event's time in milliseconds since the epoch.
    pub oldest_ms: Option<i64>,
    /// Whether the batch came from one of Atalaya's own log groups, and was left out for that
    /// reason.
    pub from_own_log_group: bool,
}

/// The flow of one process: its settings, its store, and the caches of what it read from the store.
#[derive(Debug)]
pub struct Flow<S> {
    /// Where windows and documents are stored.
    pub store: S,
    /// What the user configured.
    pub settings: Settings,
    pub(crate) registry: Registry,
    inflater: Inflater,
    /// Random bytes from which the deployment's masking key is made if the store has none yet;
    /// `None` in a replay.
    seed: Option<Seed>,
    /// The key with which masked values are hashed, so that equal values stay recognisable; loaded
    /// when it is first needed.
    key: Option<Key>,
    /// For each service, the last minutes of which this process stored an excerpt.
    sampled: HashMap<Box<str>, Vec<Minute>>,
    /// The closed minutes for which this process wrote a late marker, the most recent ones.
    pub(crate) marked: BTreeSet<(Minute, Box<str>)>,
    pub(crate) open_minutes: OpenMinutes,
    /// The hours for which this process wrote a marker, and when it last looked for hours to roll
    /// up.
    pub(crate) hours: Hours,
    pub(crate) states: DocumentCache<ServiceState>,
    pub(crate) level_shifts: DocumentCache<LevelShifts>,
}

impl<S: Store> Flow<S> {
    /// Returns the flow of a replay over a store: masked values are hashed with a key that is no
    /// secret.
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
            states: DocumentCache::default(),
            level_shifts: DocumentCache::default(),
        }
    }

    /// Turns the flow into that of a deployment: the masking key is read from the store, or made of
    /// these random bytes if the store has none.
    #[must_use]
    pub fn deployed(self, seed: Seed) -> Self {
        let seed = Some(seed);
        Self { seed, ..self }
    }

    /// Handles one batch. `now_ms` is the time in milliseconds since the epoch.
    ///
    /// On an error, part of the batch may have been counted, but none of its metrics were emitted;
    /// ingesting the same batch again does the rest.
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
            // The metrics are fully written before the merge, so only a crash between the last
            // write of the merge and the lines below can lose a metric.
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

    /// Merges the parts of a batch into their windows, one chosen part after all others. The batch
    /// counts as ingested once that last part is stored, and only then are its metrics emitted. So
    /// a batch that failed or whose process died half-way emits all its metrics when it is
    /// delivered again, and a batch that is delivered again after it was counted emits none.
    async fn merge(&self, parts: &mut [Part]) -> Result<Option<Batch>, FlowError> {
        // The last part must be the same one at each attempt. Every record adds to the series that
        // counts the lines of its service, and that series is on page 0: so page 0 of the last
        // service and minute exists whatever else the batch holds and in whatever order its series
        // are admitted.
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
            Merge::Added => Batch::New,
            Merge::Repeated => Batch::CountedBefore,
        }))
    }

    /// Stores the excerpts of a batch, at most one per service and minute from this process, and
    /// returns how many could not be stored.
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
            // A conflict means that an earlier attempt at the same batch has already stored the
            // excerpt.
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

    /// Returns the mask for excerpts. If the key cannot be read from the store, masked words carry
    /// no hash.
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

    /// Merges the tallies of services beyond the cap into one, that of `other`.
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
