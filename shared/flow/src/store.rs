//! The store: the one port through which anything is stored.
//!
//! The store holds two shapes. **Windows** take the sums of a batch exactly once, by the batch's
//! content key. **Documents** (catalogs, states, incidents, changes) are small texts that a writer
//! can replace only if it has read their last version. Three implementations keep one contract
//! ([`contract`](crate::contract)): memory, an embedded database on disk, and DynamoDB in
//! `shared/aws`.

use std::future::Future;

use atalaya_core::time::Minute;
use atalaya_core::window::{Part, Window};

pub use crate::document_kind::DocumentKind;

/// The result of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The part was added.
    Added,
    /// The item had taken this batch before and is unchanged.
    Repeated,
}

/// The address of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocKey {
    /// The kind of the document.
    pub kind: DocumentKind,
    /// The owner of the document, nearly always a service.
    pub scope: String,
    /// The id of the document within its kind and scope.
    pub id: String,
}

impl DocKey {
    /// Returns a key. [`documents`](crate::documents) builds the keys of all documents that are
    /// stored.
    #[must_use]
    pub fn new(kind: DocumentKind, scope: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind,
            scope: scope.into(),
            id: id.into(),
        }
    }
}

/// A document as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its id within kind and scope.
    pub id: String,
    /// How often it was written; at least 1.
    pub version: u64,
    /// Its text: JSON in a frozen form of its kind.
    pub body: String,
}

/// The result of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Save {
    /// The document is written; its version is now the expected one plus one.
    Saved,
    /// Another writer was first: the document's version is not the one that this writer had read.
    /// Nothing was written.
    Conflict,
}

/// Where windows and documents are kept.
pub trait Store: Send + Sync {
    /// Adds a part to its window item unless the item already holds the part's batch: check and
    /// addition are one atomic write.
    fn merge(&self, part: &Part) -> impl Future<Output = Result<Merge, StoreError>> + Send;

    /// Returns the totals of a service's minute, over all its items.
    fn window(
        &self,
        service: &str,
        minute: Minute,
    ) -> impl Future<Output = Result<Window, StoreError>> + Send;

    /// Returns a document, if there is one; a read after a write that returned sees that write.
    fn load(
        &self,
        key: &DocKey,
    ) -> impl Future<Output = Result<Option<Document>, StoreError>> + Send;

    /// Writes a document if its version is still `expected`, the one that the writer read (0: the
    /// document does not exist).
    fn save(
        &self,
        key: &DocKey,
        expected: u64,
        body: &str,
    ) -> impl Future<Output = Result<Save, StoreError>> + Send;

    /// Returns the documents of a kind and scope whose id is `from` or sorts after it, by id, oldest first, at most
    /// `limit` of them, taken from the end (the newest).
    fn list(
        &self,
        kind: DocumentKind,
        scope: &str,
        from: &str,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Document>, StoreError>> + Send;
}

/// The error of a store operation that failed.
#[derive(Debug, thiserror::Error)]
#[error("{step} failed")]
pub struct StoreError {
    /// The operation and the item it was on: `merge of W#loan-api#2026-01-05T08:42Z`.
    pub step: String,
    /// Whether the same call may succeed later (throttling, time-outs, a lock), or never will
    /// (wrong table, missing permission).
    pub retry: Retry,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Whether trying again helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same call may succeed later.
    Later,
    /// The call will fail the same way until somebody fixes the set-up.
    Never,
}
