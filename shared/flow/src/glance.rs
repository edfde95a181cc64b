//! A glance: the open minute of a service judged by its merged totals, seconds after its lines.
//!
//! It learns nothing and writes nothing unless it has something to tell. The sweep that closes the minute later finds
//! the incident there. A batch that shows nothing unusual itself is no reason to look; one that does is looked at beside
//! all others, each service once in a turn. A turn is a part of a minute of event time, so that a replay that goes on
//! after a cut looks when one without a cut does.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use atalaya_core::judge::{Case, MinuteView, ServiceState, glance, hints};
use atalaya_core::time::Minute;
use atalaya_core::window::{self, Part, Window};

use crate::error::FlowError;
use crate::ingest::Flow;
use crate::sink::Sink;
use crate::store::Store;
use crate::sweep::closed_at;

/// How long a turn is, in milliseconds: each process looks at a service once in it. A part of a minute.
pub const TURN_MS: i64 = 10_000;

/// Minutes that a glance reads at most: the open one, and those before it that are not closed yet.
const MAX_VIEWS: i64 = 5;

/// What a process remembers of its glances, of as many services as there may be.
#[derive(Debug, Default)]
pub(crate) struct Glances {
    /// The last turn in which a service was looked at.
    turns: HashMap<Box<str>, i64>,
    /// What was read of services, and in which turn. It stays as it is until another minute is closed.
    states: HashMap<Box<str>, (i64, Arc<ServiceState>)>,
}

/// What a batch added to the open minutes of a service.
#[derive(Debug, Default)]
struct Added {
    newest: Minute,
    sums: Window,
}

impl<S: Store> Flow<S> {
    /// Looks at the services to which these parts were added, as far as it is their turn and there is a reason, and
    /// returns how many of them could not be looked at.
    pub(crate) async fn glance_at(
        &mut self,
        parts: &[Part],
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> u64 {
        let (turn, closed) = (now_ms.div_euclid(TURN_MS), closed_at(now_ms));
        let mut added: BTreeMap<&str, Added> = BTreeMap::new();
        for Part { item, sums, .. } in parts {
            let looked = self.glances.turns.get(&item.service) == Some(&turn);
            if looked || item.minute <= closed {
                continue;
            }
            let added = added.entry(&item.service).or_default();
            // A clock that runs ahead tells nothing of minutes that are still to come.
            added.newest = added.newest.max(item.minute.min(Minute::of_ms(now_ms)));
            window::merge(&mut added.sums, sums);
        }
        let mut failures = 0;
        for (service, added) in added {
            let looked = self.look(service, &added, now_ms, sink).await;
            failures += u64::from(looked.is_err());
        }
        failures
    }

    async fn look(
        &mut self,
        service: &str,
        added: &Added,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<(), FlowError> {
        let state = self.at_hand(service, now_ms).await?;
        let Some(through) = state.closed_through else {
            return Ok(());
        };
        let newest = added.newest;
        let catalog = self.registry.catalog(&self.store, service).await?;
        if !hints(&state, &MinuteView::of(newest, catalog, &added.sums)) {
            return Ok(());
        }
        let turn = now_ms.div_euclid(TURN_MS);
        self.glances.turns.insert(service.into(), turn);
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
            now_ms,
        };
        // Most minutes are healthy, and the rest need not be read for them.
        if glance(&state, &views, &alone).findings.is_empty() {
            return Ok(());
        }
        let mut changes = self.changes(service, now_ms).await?;
        changes.retain(|change| change.at_ms <= now_ms);
        let mut seen = self.newest_incident(service).await?;
        let last = seen.as_ref().map(|(_, incident)| incident);
        if last.is_some_and(|last| last.at_ms >= now_ms) {
            return Ok(());
        }
        let case = Case {
            service,
            last,
            changes: &changes,
            tuning: self.settings.tuning(service),
            now_ms,
        };
        if let Some(told) = glance(&state, &views, &case).incident {
            // Where somebody else was first, it is told.
            self.tell(&mut seen, told, now_ms, sink).await?;
        }
        Ok(())
    }

    /// Returns what is remembered of a service: as it is at hand where no minute is to be closed since, or where it was
    /// read in this turn.
    async fn at_hand(
        &mut self,
        service: &str,
        now_ms: i64,
    ) -> Result<Arc<ServiceState>, FlowError> {
        let (turn, closed) = (now_ms.div_euclid(TURN_MS), closed_at(now_ms));
        if let Some((read, state)) = self.glances.states.get(service)
            && (*read == turn || state.closed_through >= Some(closed))
        {
            return Ok(Arc::clone(state));
        }
        let (_, state) = self.remembered(service).await?;
        let state = Arc::new(state);
        let kept = (turn, Arc::clone(&state));
        self.glances.states.insert(service.into(), kept);
        Ok(state)
    }
}
