//! Late events: what comes for a minute that is closed is counted, and the minute is marked, so that it is looked at again.
//!
//! A marker is written once and before the totals are, and a sweep looks at a marked minute each time for as long as it
//! is remembered. So it does not matter who dies when: what the totals are decides whether anything has changed.

use std::collections::BTreeSet;

use atalaya_core::judge::{RECENT, ServiceState, revise};
use atalaya_core::time::Minute;
use atalaya_core::window::Part;
use serde::{Deserialize, Serialize};

use crate::error::FlowError;
use crate::evaluate_closed::closed_at;
use crate::incident_store::stored;
use crate::ingest::Flow;
use crate::store::{DocKey, DocumentKind, Store};

/// How long before its closing a minute is marked, in milliseconds: for clocks that differ, and the time from reading
/// the clock to the last write of a batch.
const SLACK_MS: i64 = 10_000;

/// Markers that a sweep reads: of all minutes that are remembered, and of those that are closed soon.
const MAX_MARKERS: usize = RECENT + 2;

/// The stored form of a marker, version 1, frozen.
#[derive(Debug, Serialize, Deserialize)]
struct LateMarker {
    v: u8,
    minute: i64,
}

impl<S: Store> Flow<S> {
    /// Markers the minutes of these parts that are closed at `now_ms` or about to be, as far as they are still remembered.
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
            let marker = LateMarker {
                v: 1,
                minute: minute.0,
            };
            let body = serde_json::to_string(&marker).expect("numbers always encode");
            // A conflict says that it is marked.
            self.store.save(&key(service, *minute), 0, &body).await?;
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
        let first = key(service, through.plus(1 - RECENT as i64));
        let marks = self
            .store
            .list(DocumentKind::Late, service, &first.id, MAX_MARKERS)
            .await?;
        for document in marks {
            let marker: LateMarker = serde_json::from_str(&document.body)
                .map_err(|source| stored("marker", service, source))?;
            if marker.minute <= through.0 {
                let view = self.view(service, Minute(marker.minute)).await?;
                revise(state, &view);
            }
        }
        Ok(())
    }
}

fn key(service: &str, minute: Minute) -> DocKey {
    DocKey {
        kind: DocumentKind::Late,
        scope: service.into(),
        id: minute.to_string(),
    }
}
