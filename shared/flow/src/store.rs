//! The store: the one port through which anything is remembered.
//!
//! It knows two shapes. **Windows** take the sums of a batch exactly once, by its content key, and return the totals.
//! **Documents** (catalogs, states, incidents, changes) are small texts that are replaced only by who has seen their
//! last version. Three implementations keep one contract ([`contract`](crate::contract)): memory, an embedded database on disk, and DynamoDB in
//! `shared/aws`.

use std::future::Future;

use atalaya_core::time::Minute;
use atalaya_core::window::{Part, Window};

pub use crate::documents::DocumentKind;

/// What became of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// The part was added; these are the totals of its item after it.
    Added(Window),
    /// The item had taken this batch before and is unchanged.
    Repeated,
}

/// The address of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocKey {
    /// What it is.
    pub kind: DocumentKind,
    /// Whose it is, nearly always a service.
    pub scope: String,
    /// Which one.
    pub id: String,
}

impl DocKey {
    /// Returns an address. [`documents`](crate::documents) makes those of every document that is stored.
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

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Save {
    /// It is written, with the expected version plus one.
    Saved,
    /// Somebody else was first: the document has another version than the writer had seen. Nothing was written.
    Conflict,
}

/// Where windows and documents are kept.
pub trait Store: Send + Sync {
    /// Adds a part to its window item unless the item has taken the part's batch before: both in one atomic write.
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

    /// Writes a document whose last version the writer has seen to be `expected` (0: there is none).
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

/// A store that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{step} failed")]
pub struct StoreError {
    /// What was being done, to what: `merge of W#loan-api#2026-01-05T08:42Z`.
    pub step: String,
    /// Whether the same call may succeed later (throttling, time-outs, a lock), or never will (wrong table, no right).
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
    /// It will fail the same way until somebody mends the set-up.
    Never,
}
