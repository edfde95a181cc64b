//! Evaluates the open minute of a service by its merged totals, seconds after its log lines
//! arrived.
//!
//! An evaluation of the open minute never changes the baseline, and writes only when there is an
//! alert to report; the sweep that closes the minute later finds that alert in the store. A process
//! first looks at the sums that it added itself (the prefilter). Only when these look unusual does
//! it read the totals of all processes, at most once per service and turn. A turn is a part of a
//! minute, and nothing is remembered from one minute to the next, so that a replay that continues
//! after a cut evaluates at the same moments as a replay without a cut.

use std::collections::BTreeSet;

use atalaya_core::judge::{Case, MinuteView, judge_open, prefilter};
use atalaya_core::time::Minute;
use atalaya_core::window::{self, Part};

use crate::error::FlowError;
use crate::evaluate_closed::closed_at;
use crate::ingest::Flow;
use crate::sink::Sink;
use crate::store::Store;

/// Length of a turn in milliseconds, a part of a minute: each process evaluates the open minute of
/// a service at most once per turn.
pub const TURN_MS: i64 = 10_000;

/// Minutes that one evaluation reads at most: the open one, and those before it that are not closed
/// yet.
const MAX_VIEWS: i64 = 5;

impl<S: Store> Flow<S> {
    /// Evaluates the open minutes of the services to which these parts were added, each at most
    /// once per turn and only if the prefilter sees a reason, and returns how many evaluations
    /// failed.
    pub(crate) async fn evaluate_open(
        &mut self,
        parts: &[Part],
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> u64 {
        let (now, closed) = (Minute::of_ms(now_ms), closed_at(now_ms));
        if self.open_minutes.minute != now {
            self.open_minutes.added.clear();
            self.open_minutes.minute = now;
        }
        let mut services: BTreeSet<&str> = BTreeSet::new();
        for Part { item, sums, .. } in parts.iter().filter(|part| part.item.minute > closed) {
            let added = self
                .open_minutes
                .added
                .entry(item.service.clone())
                .or_default();
            // A log stream whose clock runs ahead must not move the evaluation to a minute that is
            // still to come.
            added.newest = added.newest.max(item.minute.min(now));
            window::merge(&mut added.sums, sums);
            services.insert(&item.service);
        }
        let mut failures = 0;
        for service in services {
            let looked = self.look(service, now_ms, sink).await;
            failures += u64::from(looked.is_err());
        }
        failures
    }

    async fn look(
        &mut self,
        service: &str,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<(), FlowError> {
        let turn = now_ms.div_euclid(TURN_MS);
        let known = self.open_minutes.added.get(service);
        if known.is_none_or(|added| added.turn == Some(turn)) {
            return Ok(());
        }
        let state = match self
            .states
            .recent(service, closed_at(now_ms), now_ms, TURN_MS)
        {
            Some(state) => state,
            None => self.states.read(&self.store, service, now_ms).await?,
        };
        let catalog = self.registry.catalog(&self.store, service).await?;
        let (Some(through), Some(added)) = (
            state.closed_through,
            self.open_minutes.added.get_mut(service),
        ) else {
            return Ok(());
        };
        let newest = added.newest;
        if !prefilter(&state, &MinuteView::of(newest, catalog, &added.sums)) {
            return Ok(());
        }
        added.turn = Some(turn);
        let first = through.plus(1).max(newest.plus(1 - MAX_VIEWS));
        let mut views = Vec::new();
        for minute in first.0..=newest.0 {
            views.push(self.view(service, Minute(minute)).await?);
        }
        let alone = Case {
            service,
            last: None,
            changes: &[],
            tuning: self.settings.tuning(service),
            level_shifts: &[],
            now_ms,
        };
        // Most minutes are healthy: for them, neither changes nor the newest alert are read.
        if judge_open(&state, &views, &alone).findings.is_empty() {
            return Ok(());
        }
        let mut changes = self.changes(service, now_ms).await?;
        changes.retain(|change| change.at_ms <= now_ms);
        let mut seen = self.newest_alert(service).await?;
        let last = seen.as_ref().map(|(_, alert)| alert);
        if last.is_some_and(|last| last.at_ms >= now_ms) {
            return Ok(());
        }
        let case = Case {
            service,
            last,
            changes: &changes,
            tuning: self.settings.tuning(service),
            level_shifts: &[],
            now_ms,
        };
        if let Some(told) = judge_open(&state, &views, &case).incident {
            // If another process wrote the alert first, that process reports it.
            Box::pin(self.tell(&mut seen, told.1, now_ms, sink)).await?;
        }
        Ok(())
    }
}
