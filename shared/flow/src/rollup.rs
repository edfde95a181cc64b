//! Rollups: what each hour of a service came to, summed from its windows, exactly.
//!
//! Whoever adds to an hour marks it *before* the totals are written; a sweep rolls up marked hours some time after they are
//! over, and says so in the marker. Every invocation that trusted a mark has ended by then, so all that it added is in
//! the windows, which hold each batch once: a rollup is exact by construction, whoever dies when.
//!
//! - A rollup is written over the version that was read before its windows were. Of two sweeps that roll up an hour at
//!   once, one conflicts, and what it had read was no more.
//! - A sweep that dies between the rollup and the marker rolls up the hour again and finds nothing to write.
//! - What comes for an hour that is rolled up marks it anew, and the hour is summed anew as a whole: a late batch changes
//!   it once, one that comes again never.
//! - An hour whose marks go on is rolled up once they stop, and hours that nobody swept stay marked.
//!
//! What is more than two days late counts in windows and metrics only: the other windows of its hour may have expired.

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

/// How long after its end an hour is rolled up, in milliseconds: later than all but what is late in earnest.
const SETTLED_MS: i64 = 30 * MINUTE_MS;

/// How long after a mark was last trusted what was added for it is known to be written, in milliseconds: longer than any
/// invocation of a function lasts (Lambda ends it after 15 minutes), and than clocks differ.
const WRITTEN_MS: i64 = 17 * MINUTE_MS;

/// How long a process trusts its mark of an hour that is over, in milliseconds. It is part of [`WRITTEN_MS`].
const TRUSTED_MS: i64 = MINUTE_MS;

/// How late something may be to change a rollup, in milliseconds after the end of its hour.
const TAKEN_MS: i64 = 48 * HOUR_MS;

/// How long after its end an hour may be rolled up, in milliseconds: as long as its windows are kept, but for an hour.
const SUMMABLE_MS: i64 = (24 * WINDOW_DAYS as i64 - 1) * HOUR_MS;

/// How often a sweep looks for hours to roll up, in milliseconds.
const TURN_MS: i64 = 15 * MINUTE_MS;

/// Hours that one sweep of a service rolls up at most; the next one goes on.
const HOURS_A_SWEEP: usize = 4;

/// Markers that are looked at: of the hours that may be rolled up, and of clocks that run ahead.
const MAX_MARKERS: usize = 24 * WINDOW_DAYS as usize + 24;

/// Reads of one hour that are under way at once.
const CONCURRENT_READS: usize = 8;

/// How often a marker is tried to be written after others were first.
const ATTEMPTS: usize = 16;

/// What a process remembers of hours.
#[derive(Debug, Default)]
pub(crate) struct Hours {
    /// Until when its marks are trusted, in milliseconds since the epoch, by hour and service.
    marked: BTreeMap<(Minute, Box<str>), i64>,
    /// The turn in which nothing of a service was left to roll up.
    rolled_up: BTreeMap<Box<str>, i64>,
}

/// Returns the end of an hour in milliseconds since the epoch.
const fn end_ms(hour: Minute) -> i64 {
    hour.start_ms() + HOUR_MS
}

impl<S: Store> Flow<S> {
    /// Marks the hours of these parts, before they are written.
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
                let until_ms = self.mark_hour(&marked.1, marked.0, now_ms).await?;
                self.hours.marked.insert(marked, until_ms);
            }
        }
        Ok(())
    }

    /// Sees to it that an hour is marked, and returns until when that is to be trusted.
    async fn mark_hour(&self, service: &str, hour: Minute, now_ms: i64) -> Result<i64, FlowError> {
        // Until then, nobody rolls it up before all that is added by now is written.
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

    /// Rolls up the hours of a service that are marked and settled, once in a turn.
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
            // A conflict says that it was marked again, or that another sweep was first.
            let _: Save = self.store.save(&key, document.version, &body).await?;
        }
        self.hours.rolled_up.insert(service.into(), turn);
        Ok(())
    }

    async fn roll_up_hour(&mut self, service: &str, hour: Minute) -> Result<(), FlowError> {
        let key = documents::rollup::key(service, hour);
        // Before the windows are read: who saves over this version has read no less than whoever saved it.
        let before = self.store.load(&key).await?;
        let rollup = self.sum(service, hour).await?;
        let body = rollup.encode();
        let version = match before {
            None if rollup.is_empty() => return Ok(()),
            None => 0,
            Some(before) if before.body == body => return Ok(()),
            Some(before) => before.version,
        };
        // A conflict says that another sweep has rolled it up from the same windows.
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
    /// Where the store cannot be read, or what is stored is no rollup.
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
