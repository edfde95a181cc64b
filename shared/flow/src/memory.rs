//! The store in memory: for replays that need no state, and for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use atalaya_core::time::Minute;
use atalaya_core::window::{self, Part, Window};
use atalaya_logs::batch::BatchKey;

use crate::store::{DocKey, Document, DocumentKind, Merge, Save, Store, StoreError};

#[derive(Debug, Default)]
struct Item {
    batches: BTreeSet<BatchKey>,
    sums: Window,
}

/// The items of a minute, by page and shard.
type Items = BTreeMap<(u16, u8), Item>;

#[derive(Debug, Default)]
struct Content {
    windows: BTreeMap<Box<str>, BTreeMap<Minute, Items>>,
    documents: BTreeMap<DocKey, Document>,
}

/// A store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Content>);

impl MemoryStore {
    fn content(&self) -> MutexGuard<'_, Content> {
        // No write below can panic half-way, so the content behind a poisoned lock is consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn merge(&self, part: &Part) -> Result<Merge, StoreError> {
        let mut content = self.content();
        let minutes = match content.windows.get_mut(&part.item.service) {
            Some(minutes) => minutes,
            None => content
                .windows
                .entry(part.item.service.clone())
                .or_default(),
        };
        let items = minutes.entry(part.item.minute).or_default();
        let item = items.entry((part.item.page, part.item.shard)).or_default();
        if !item.batches.insert(part.batch) {
            return Ok(Merge::Repeated);
        }
        window::merge(&mut item.sums, &part.sums);
        Ok(Merge::Added)
    }

    async fn window(&self, service: &str, minute: Minute) -> Result<Window, StoreError> {
        let content = self.content();
        let items = content
            .windows
            .get(service)
            .and_then(|minutes| minutes.get(&minute));
        let mut total = Window::new();
        for item in items.into_iter().flat_map(BTreeMap::values) {
            window::merge(&mut total, &item.sums);
        }
        Ok(total)
    }

    async fn load(&self, key: &DocKey) -> Result<Option<Document>, StoreError> {
        Ok(self.content().documents.get(key).cloned())
    }

    async fn save(&self, key: &DocKey, expected: u64, body: &str) -> Result<Save, StoreError> {
        let mut content = self.content();
        let version = content
            .documents
            .get(key)
            .map_or(0, |document| document.version);
        if version != expected {
            return Ok(Save::Conflict);
        }
        let document = Document {
            id: key.id.clone(),
            version: expected + 1,
            body: body.into(),
        };
        content.documents.insert(key.clone(), document);
        Ok(Save::Saved)
    }

    async fn list(
        &self,
        kind: DocumentKind,
        scope: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let content = self.content();
        let first = DocKey {
            kind,
            scope: scope.into(),
            id: from.into(),
        };
        let of_scope = content.documents.range(first..);
        let found = of_scope.take_while(|(key, _)| key.kind == kind && key.scope == scope);
        let mut found: Vec<_> = found.map(|(_, document)| document.clone()).collect();
        Ok(found.split_off(found.len().saturating_sub(limit)))
    }
}
