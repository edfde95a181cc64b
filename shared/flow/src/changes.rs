//! Changes: what ECS says of deployments and task stops is kept, to be laid beside what is found.

use atalaya_core::change::Change;

use crate::documents;
use crate::error::FlowError;
use crate::store::{Save, Store};

/// Keeps the change that an event of ECS tells of, and returns it; the same event again changes nothing.
///
/// # Errors
/// Where the event tells of no change, or the store cannot be written.
pub async fn keep(store: &impl Store, event: &str) -> Result<Change, FlowError> {
    let change = Change::parse(event)?;
    let key = documents::change::key(&change);
    // A conflict is the same event again: its id is part of the key.
    let _: Save = store.save(&key, 0, &change.encode()).await?;
    Ok(change)
}
