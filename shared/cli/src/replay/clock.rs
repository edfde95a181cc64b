//! The clock of a replay that goes on: with a state, it stands still between two runs.
//!
//! What is closed depends on what has come by then, and a run does not know what the next one brings. So a run that keeps
//! its state closes no minute that the clock has not passed, and the next run begins where the clock stopped.

use atalaya_flow::FlowError;
use atalaya_flow::documents::clock;
use atalaya_flow::store::{Save, Store};

/// Returns when the last run stopped, in milliseconds since the epoch, if there was one.
pub(super) async fn load(store: &impl Store) -> Result<Option<i64>, FlowError> {
    Ok(read(store).await?.map(|(_, at_ms)| at_ms))
}

/// Keeps when this run stopped, unless an earlier one came further. Of two that run at once, the first to stop is
/// remembered.
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
