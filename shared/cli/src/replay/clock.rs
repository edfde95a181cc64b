//! The clock of a replay that continues an earlier one: with a state, the clock stands still
//! between two runs.
//!
//! How a closed minute is judged depends on the log events that have arrived by then, and a run
//! does not know what the next one brings. So a run that keeps its state closes no minute that the
//! clock has not passed, and the next run begins where the clock stopped.

use atalaya_flow::FlowError;
use atalaya_flow::documents::clock;
use atalaya_flow::store::{Save, Store};

/// Returns when the last run stopped, in milliseconds since the epoch, if there was one.
pub(super) async fn load(store: &impl Store) -> Result<Option<i64>, FlowError> {
    Ok(read(store).await?.map(|(_, at_ms)| at_ms))
}

/// Stores when this run stopped, unless an earlier run got further. Of two concurrent runs, the one
/// that stops first is stored.
pub(super) async fn keep(store: &impl Store, at_ms: i64) -> Result<(), FlowError> {
    let (version, before) = read(store).await?.unwrap_or((0, at_ms));
    let body = clock::encode(at_ms.max(before));
    let _: Save = store.save(&clock::key(), version, &body).await?;
    Ok(())
}

async fn read(store: &impl Store) -> Result<Option<(u64, i64)>, FlowError> {
    let Some(document) = store.load(&clock::key()).await? else {
        return Ok(None);
    };
    Ok(Some((document.version, clock::decode(&document.body)?)))
}
