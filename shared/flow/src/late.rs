//! Late events: what comes for a minute that is closed is counted, and the minute is marked, so that it is looked at again.
//!
//! A marker is written once and before the totals are, and a sweep looks at a marked minute each time for as long as it
//! is remembered. So it does not matter who dies when: what the totals are decides whether anything has changed.

use std::collections::BTreeSet;

use atalaya_core::judge::{RECENT, ServiceState, revise};
use atalaya_core::window::Part;

use crate::documents;
use crate::error::FlowError;
use crate::evaluate_closed::closed_at;
use crate::ingest::Flow;
use crate::store::{DocumentKind, Store};

/// How long before its closing a minute is marked, in milliseconds: for clocks that differ, and the time from reading
/// the clock to the last write of a batch.
const SLACK_MS: i64 = 10_000;

/// Markers that a sweep reads: of all minutes that are remembered, and of those that are closed soon.
const MAX_MARKERS: usize = RECENT + 2;

impl<S: Store> Flow<S> {
    /// Marks the minutes of these parts that are closed at `now_ms` or about to be, as far as they are still remembered.
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
            // A conflict says that it is marked.
            self.store.save(&key, 0, &marker).await?;
            self.marked.insert(late);
        }
        Ok(())
    }

    /// Lays what came late of a service's remembered minutes in its place.
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
