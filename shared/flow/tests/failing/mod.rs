//! A store that fails at a chosen call: before the call is done, or after it, so that only the
//! answer is lost.

use std::sync::atomic::{AtomicU64, Ordering};

use atalaya_core::time::Minute;
use atalaya_core::window::{Part, Window};
use atalaya_flow::store::{DocKey, Document, DocumentKind, Merge, Retry, Save, Store, StoreError};

/// Wraps a store and counts down its writes.
#[derive(Debug)]
pub(crate) struct FailingStore<S> {
    store: S,
    /// Writes left until the one that fails.
    left: AtomicU64,
}

impl<S> FailingStore<S> {
    pub(crate) const fn new(store: S) -> Self {
        Self {
            store,
            left: AtomicU64::new(u64::MAX),
        }
    }

    /// Lets one write fail, after `writes` others.
    pub(crate) fn fail_at(&self, writes: u64) {
        self.left.store(writes, Ordering::Relaxed);
    }

    /// Lets no write fail.
    pub(crate) fn heal(&self) {
        self.fail_at(u64::MAX);
    }

    fn falls(&self) -> Result<(), StoreError> {
        if self.left.fetch_sub(1, Ordering::Relaxed) > 0 {
            return Ok(());
        }
        self.heal();
        Err(StoreError {
            step: "a write".into(),
            retry: Retry::Later,
            source: "the test wants it so".into(),
        })
    }
}

impl<S: Store> Store for FailingStore<S> {
    async fn merge(&self, part: &Part) -> Result<Merge, StoreError> {
        self.falls()?;
        self.store.merge(part).await
    }

    async fn window(&self, service: &str, minute: Minute) -> Result<Window, StoreError> {
        self.store.window(service, minute).await
    }

    async fn load(&self, key: &DocKey) -> Result<Option<Document>, StoreError> {
        self.store.load(key).await
    }

    async fn save(&self, key: &DocKey, expected: u64, body: &str) -> Result<Save, StoreError> {
        // The answer is lost, not the write: the harder case for the process that continues.
        let saved = self.store.save(key, expected, body).await?;
        self.falls()?;
        Ok(saved)
    }

    async fn list(
        &self,
        kind: DocumentKind,
        scope: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        self.store.list(kind, scope, from, limit).await
    }
}
