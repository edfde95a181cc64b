//! Changes: stores the deployments and task stops that ECS reports, so that they can be shown
//! beside findings and weighed as their cause.

use atalaya_core::change::Change;

use crate::documents;
use crate::error::FlowError;
use crate::store::{Save, Store};

/// Stores the change that an ECS event reports, and returns it; the same event again changes
/// nothing.
///
/// # Errors
/// If the event reports no change, or the store cannot be written.
pub async fn keep(store: &impl Store, event: &str) -> Result<Change, FlowError> {
    let change = Change::parse(event)?;
    let key = documents::change::key(&change);
    // A conflict means that the same event was stored before: its id is part of the key.
    let _: Save = store.save(&key, 0, &change.encode()).await?;
    Ok(change)
}
