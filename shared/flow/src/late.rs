//! Late events: log events that arrive after their minute was closed still count in its window, and
//! a late marker makes the next sweeps read that window again.
//!
//! A late marker is written once, before the totals are, and every sweep reads a marked minute
//! again for as long as the service's state remembers that minute. So a crash at any point does no
//! harm: the totals alone decide whether anything has changed.

use std::collections::BTreeSet;

use atalaya_core::judge::{RECENT, ServiceState, revise};
use atalaya_core::window::Part;

use crate::documents;
use crate::error::FlowError;
use crate::evaluate_closed::closed_at;
use crate::ingest::Flow;
use crate::store::{DocumentKind, Store};

/// How long before it closes a minute is already marked, in milliseconds: an allowance for clocks
/// that differ, and for the time between reading the clock and the last write of a batch.
const SLACK_MS: i64 = 10_000;

/// Markers that a sweep reads at most: those of all minutes that the state remembers, and of the
/// minutes that are about to close.
const MAX_MARKERS: usize = RECENT + 2;

impl<S: Store> Flow<S> {
    /// Writes a late marker for each minute of these parts that is closed at `now_ms` or about to
    /// be, and that the service's state still remembers.
    pub(crate) async fn mark_late(&mut self, parts: &[Part], now_ms: i64) -> Result<(), FlowError> {
        let closed = closed_at(now_ms.saturating_add(SLACK_MS));
        let forgotten = closed.plus(-(RECENT as i64));
        let items = parts.iter().map(|part| &part.item);
        let late: BTreeSet<_> = items
            .filter(|item| item.minute > forgotten && item.minute <= closed)
            .map(|item| (item.minute, item.service.clone()))
            .collect();
        if late.is_empty() {
            return Ok(());
        }
        self.marked.retain(|(minute, _)| *minute > forgotten);
        for late in late {
            if self.marked.contains(&late) {
                continue;
            }
            let (minute, service) = &late;
            let key = documents::late::key(service, *minute);
            let marker = documents::late::encode(*minute);
            // A conflict means that the minute is already marked.
            self.store.save(&key, 0, &marker).await?;
            self.marked.insert(late);
        }
        Ok(())
    }

    /// Reads the marked minutes of a service again and replaces their totals in its state.
    pub(crate) async fn look_again(
        &mut self,
        service: &str,
        state: &mut ServiceState,
    ) -> Result<(), FlowError> {
        let Some(through) = state.closed_through else {
            return Ok(());
        };
        let first = documents::late::key(service, through.plus(1 - RECENT as i64));
        let marks = self
            .store
            .list(DocumentKind::Late, service, &first.id, MAX_MARKERS)
            .await?;
        for document in marks {
            let minute = documents::late::decode(service, &document.body)?;
            if minute <= through {
                let view = self.view(service, minute).await?;
                revise(state, &view);
            }
        }
        Ok(())
    }
}
