//! A glance: the open minute of a service judged by its merged totals, seconds after its lines.
//!
//! It learns nothing and writes nothing unless it has something to tell. The sweep that closes the minute later finds
//! the incident there. Services are looked at in turns of event time, of which no turn spans two minutes, so that a
//! replay that goes on after a cut looks when one without a cut does.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use atalaya_core::judge::{Case, ServiceState, glance};
use atalaya_core::time::Minute;
use atalaya_core::window::Part;

use crate::error::FlowError;
use crate::ingest::Flow;
use crate::sink::Sink;
use crate::store::Store;
use crate::sweep::closed_at;

/// How long a turn is, in milliseconds: each process looks at a service once in it. A part of a minute.
pub const TURN_MS: i64 = 10_000;

/// Minutes that a glance reads at most: the open one, and those before it that are not closed yet.
const MAX_VIEWS: i64 = 5;

/// States that a process keeps at hand; each is at most 16 KB in the store, and some times that here.
const MAX_STATES: usize = 16;

/// What a process remembers of its glances.
#[derive(Debug, Default)]
pub(crate) struct Glances {
    /// The last turn in which a service was looked at.
    turns: HashMap<Box<str>, i64>,
    /// What was read of services. It stays as it is until another minute is closed.
    states: HashMap<Box<str>, Arc<ServiceState>>,
}

impl<S: Store> Flow<S> {
    /// Looks at the services to which these parts were added, as far as it is their turn, and returns how many of them
    /// could not be looked at.
    pub(crate) async fn glance_at(
        &mut self,
        parts: &[Part],
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> u64 {
        let mut newest: BTreeMap<Box<str>, Minute> = BTreeMap::new();
        for Part { item, .. } in parts {
            // A clock that runs ahead tells nothing of minutes that are still to come.
            let minute = item.minute.min(Minute::of_ms(now_ms));
            let known = newest.entry(item.service.clone()).or_insert(minute);
            *known = minute.max(*known);
        }
        let (turn, closed) = (now_ms.div_euclid(TURN_MS), closed_at(now_ms));
        let mut failures = 0;
        for (service, newest) in newest {
            if newest <= closed || self.glances.turns.get(&service) == Some(&turn) {
                continue;
            }
            self.glances.turns.insert(service.clone(), turn);
            let looked = self.look(&service, newest, now_ms, sink).await;
            failures += u64::from(looked.is_err());
        }
        failures
    }

    async fn look(
        &mut self,
        service: &str,
        newest: Minute,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<(), FlowError> {
        let state = self.at_hand(service, closed_at(now_ms)).await?;
        let Some(through) = state.closed_through else {
            return Ok(());
        };
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

    /// Returns what is remembered of a service: as it is at hand, where no minute is to be closed since.
    async fn at_hand(
        &mut self,
        service: &str,
        closed: Minute,
    ) -> Result<Arc<ServiceState>, FlowError> {
        if let Some(state) = self.glances.states.get(service)
            && state
                .closed_through
                .is_some_and(|through| through >= closed)
        {
            return Ok(Arc::clone(state));
        }
        let (_, state) = self.remembered(service).await?;
        let state = Arc::new(state);
        let states = &mut self.glances.states;
        if states.len() >= MAX_STATES && !states.contains_key(service) {
            states.clear();
        }
        states.insert(service.into(), Arc::clone(&state));
        Ok(state)
    }
}
