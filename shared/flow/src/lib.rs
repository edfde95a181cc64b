//! The asynchronous flow of Atalaya and its ports: a delivery of log events comes in; window sums,
//! metrics and incidents go out.
//!
//! [`Flow::ingest`] handles a batch, [`Flow::sweep`] closes the minutes of a service and evaluates
//! them, and [`notify::deliver`] notifies channels of an incident. Every stored document has its
//! key and its form in [`documents`]. Nothing here knows AWS: whatever the flow needs from outside
//! stands behind a port ([`store::Store`], [`Sink`], [`notify::Notifier`], [`notify::Evidence`]),
//! each with an implementation for the laptop.

pub mod changes;
pub mod contract;
pub mod deployed;
mod document_cache;
mod document_kind;
pub mod documents;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod error;
pub mod evaluate_closed;
pub mod evaluate_open;
mod hours;
mod incident_store;
pub mod ingest;
pub mod late;
pub mod mask_key;
pub mod memory;
pub mod notify;
mod open_minutes;
pub mod registry;
pub mod rollup;
pub mod sink;
pub mod store;

pub use error::FlowError;
pub use ingest::{Flow, Ingested, Payload};
pub use sink::Sink;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_keeps_the_contract_of_the_store() {
        contract::check(&memory::MemoryStore::default())
            .await
            .expect("memory does not fail");
    }

    #[tokio::test]
    async fn rollups_are_exact_in_memory() {
        contract::rollups::check(memory::MemoryStore::default())
            .await
            .expect("memory does not fail");
    }
}
