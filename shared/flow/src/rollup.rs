//! Rollups: the exact totals of each hour of a service, summed from its windows.
//!
//! A process that adds to an hour writes the hour's marker *before* it writes the totals. Some time
//! after the hour is over, a sweep rolls up the marked hour and records that in the marker. By then
//! every invocation that relied on the marker has ended, so everything that it added is in the
//! windows, which hold each batch once. A rollup is therefore exact whichever process dies at
//! whichever point.
//!
//! - A rollup is written over the version that was read before its windows were. Of two sweeps that
//!   roll up an hour at once, one meets a conflict, and that one had read no more than the other.
//! - A sweep that dies between the rollup and the marker rolls up the hour again and finds nothing to write.
//! - Log events that arrive for an hour that is already rolled up mark it again, and the whole hour
//!   is summed again: a late batch changes the rollup once, a batch that is delivered again never
//!   does.
//! - An hour that keeps being marked is rolled up once the markers stop, and an hour that no sweep
//!   has reached stays marked.
//!
//! Log events that are more than two days late count in windows and metrics only: the other windows
//! of their hour may have expired.

use std::collections::{BTreeMap, BTreeSet};

use atalaya_core::judge::MinuteView;
use atalaya_core::rollup::{MINUTES, Rollup, hour_of};
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_core::window::{Part, Window};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::documents::{self, WINDOW_DAYS, hour_marker::HourMarker};
use crate::error::FlowError;
use crate::ingest::Flow;
use crate::store::{DocumentKind, Save, Store};

const HOUR_MS: i64 = MINUTES * MINUTE_MS;

/// How long after its end an hour is rolled up, in milliseconds: long enough for all but very late
/// log events to have arrived.
const SETTLED_MS: i64 = 30 * MINUTE_MS;

/// How long after a process last relied on a marker the totals that it covers are certain to be
/// written, in milliseconds: longer than any invocation of a function lasts (Lambda ends it after
/// 15 minutes) plus the difference between clocks.
const WRITTEN_MS: i64 = 17 * MINUTE_MS;

/// How long a process relies on the marker that it wrote for an hour that is over, in milliseconds.
/// It is part of [`WRITTEN_MS`].
const TRUSTED_MS: i64 = MINUTE_MS;

/// How late a log event may be and still change a rollup, in milliseconds after the end of its
/// hour.
const TAKEN_MS: i64 = 48 * HOUR_MS;

/// How long after its end an hour may be rolled up, in milliseconds: one hour less than its windows
/// are kept.
const SUMMABLE_MS: i64 = (24 * WINDOW_DAYS as i64 - 1) * HOUR_MS;

/// How often a sweep looks for hours to roll up, in milliseconds.
const TURN_MS: i64 = 15 * MINUTE_MS;

/// Hours of one service that one sweep rolls up at most; the next sweep continues.
const HOURS_A_SWEEP: usize = 4;

/// Markers that are read at most: those of the hours that may be rolled up, and a day's more for
/// clocks that run ahead.
const MAX_MARKERS: usize = 24 * WINDOW_DAYS as usize + 24;

/// Concurrent reads of the windows of one hour.
const CONCURRENT_READS: usize = 8;

/// How often the write of a marker is attempted while other processes write first.
const ATTEMPTS: usize = 16;

/// Returns the end of an hour in milliseconds since the epoch.
const fn end_ms(hour: Minute) -> i64 {
    hour.start_ms() + HOUR_MS
}

impl<S: Store> Flow<S> {
    /// Writes a marker for each hour of these parts; called before the parts are merged.
    pub(crate) async fn mark_hours(
        &mut self,
        parts: &[Part],
        now_ms: i64,
    ) -> Result<(), FlowError> {
        let items = parts.iter().map(|part| &part.item);
        let hours: BTreeSet<_> = items
            .map(|item| (hour_of(item.minute), item.service.clone()))
            .filter(|(hour, _)| end_ms(*hour) + TAKEN_MS > now_ms)
            .collect();
        self.hours.marked.retain(|_, until_ms| now_ms < *until_ms);
        for marked in hours {
            if !self.hours.marked.contains_key(&marked) {
                // Boxed: it is rare, and would make the future of every batch larger.
                let until_ms = Box::pin(self.mark_hour(&marked.1, marked.0, now_ms)).await?;
                self.hours.marked.insert(marked, until_ms);
            }
        }
        Ok(())
    }

    /// Writes the marker of an hour unless a usable one is stored, and returns until when the
    /// marker may be relied on.
    async fn mark_hour(&self, service: &str, hour: Minute, now_ms: i64) -> Result<i64, FlowError> {
        // Up to this moment no sweep rolls up the hour before everything that is added by now is
        // written.
        let on_time_ms = end_ms(hour) + SETTLED_MS - WRITTEN_MS;
        let key = documents::hour_marker::key(service, hour);
        for _ in 0..ATTEMPTS {
            let mut version = 0;
            if let Some(document) = self.store.load(&key).await? {
                version = document.version;
                let marker = documents::hour_marker::decode(service, &document.body)?;
                let trusted_ms = on_time_ms.max(marker.at_ms + TRUSTED_MS);
                if !marker.rolled_up && now_ms < trusted_ms {
                    return Ok(trusted_ms);
                }
            }
            let marker = HourMarker {
                hour,
                at_ms: now_ms,
                rolled_up: false,
            };
            let body = documents::hour_marker::encode(marker);
            if self.store.save(&key, version, &body).await? == Save::Saved {
                return Ok(on_time_ms.max(now_ms + TRUSTED_MS));
            }
        }
        Err(FlowError::Contended {
            what: DocumentKind::HourMarker.row().name,
            scope: service.to_owned(),
        })
    }

    /// Rolls up the hours of a service that are marked and over for long enough, once per turn.
    pub(crate) async fn roll_up(&mut self, service: &str, now_ms: i64) -> Result<(), FlowError> {
        let turn = now_ms.div_euclid(TURN_MS);
        if self.hours.rolled_up.get(service) == Some(&turn) {
            return Ok(());
        }
        let oldest = hour_of(Minute::of_ms(now_ms - SUMMABLE_MS)).to_string();
        let documents = self
            .store
            .list(DocumentKind::HourMarker, service, &oldest, MAX_MARKERS)
            .await?;
        let mut done = 0;
        for document in documents {
            let marker = documents::hour_marker::decode(service, &document.body)?;
            let settled_ms = (end_ms(marker.hour) + SETTLED_MS).max(marker.at_ms + WRITTEN_MS);
            if marker.rolled_up || now_ms < settled_ms {
                continue;
            }
            if done == HOURS_A_SWEEP {
                return Ok(());
            }
            done += 1;
            self.roll_up_hour(service, marker.hour).await?;
            let key = documents::hour_marker::key(service, marker.hour);
            let rolled_up = HourMarker {
                rolled_up: true,
                ..marker
            };
            let body = documents::hour_marker::encode(rolled_up);
            // A conflict means that the hour was marked again, or that another sweep was first.
            let _: Save = self.store.save(&key, document.version, &body).await?;
        }
        self.hours.rolled_up.insert(service.into(), turn);
        Ok(())
    }

    async fn roll_up_hour(&mut self, service: &str, hour: Minute) -> Result<(), FlowError> {
        let key = documents::rollup::key(service, hour);
        // Read before the windows: a sweep that saves over this version has read at least as much
        // as the sweep that wrote it.
        let before = self.store.load(&key).await?;
        let rollup = self.sum(service, hour).await?;
        let body = rollup.encode();
        let version = match before {
            None if rollup.is_empty() => return Ok(()),
            None => 0,
            Some(before) if before.body == body => return Ok(()),
            Some(before) => before.version,
        };
        // A conflict means that another sweep has rolled up the hour from the same windows.
        let _: Save = self.store.save(&key, version, &body).await?;
        Ok(())
    }

    /// Sums the windows of an hour.
    async fn sum(&mut self, service: &str, hour: Minute) -> Result<Rollup, FlowError> {
        let minutes = (hour.0..hour.0 + MINUTES).map(Minute);
        let reads = minutes.map(|minute| self.store.window(service, minute));
        let reads = stream::iter(reads).buffered(CONCURRENT_READS);
        let windows: Vec<Window> = reads.try_collect().await?;
        let mut catalog = self.registry.catalog(&self.store, service).await?;
        let mut slots = windows.iter().flat_map(BTreeMap::keys);
        if slots.any(|slot| catalog.series(*slot).is_none()) {
            catalog = self.registry.refresh(&self.store, service).await?;
        }
        let mut rollup = Rollup::default();
        for (minute, window) in (hour.0..).map(Minute).zip(&windows) {
            rollup.add(&MinuteView::of(minute, catalog, window));
        }
        Ok(rollup)
    }

    /// Returns the newest `limit` rollups of a service from an hour on, the oldest first, each with its first minute.
    /// Hours without a request or a call have none.
    ///
    /// # Errors
    /// If the store cannot be read, or what is stored is no rollup.
    pub async fn rollups(
        &self,
        service: &str,
        from: Minute,
        limit: usize,
    ) -> Result<Vec<(Minute, Rollup)>, FlowError> {
        let from = hour_of(from).to_string();
        let documents = self
            .store
            .list(DocumentKind::Rollup, service, &from, limit)
            .await?;
        let mut rollups = Vec::new();
        for document in documents {
            if let Some(hour) = documents::rollup::hour(&document.id) {
                rollups.push((hour, documents::rollup::decode(service, &document.body)?));
            }
        }
        Ok(rollups)
    }
}
