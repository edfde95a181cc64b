//! Changes: what ECS says of deployments and task stops is kept, to be laid beside what is found.

use atalaya_core::change::Change;

use crate::documents;
use crate::error::FlowError;
use crate::ingest::Flow;
use crate::store::{Save, Store};

impl<S: Store> Flow<S> {
    /// Remembers a change; the same event again changes nothing.
    pub async fn remember(&mut self, event: &str) -> Result<Change, FlowError> {
        let change = Change::parse(event)?;
        let key = documents::change::key(&change);
        // A conflict is the same event again: its id is part of the key.
        let _: Save = self.store.save(&key, 0, &change.encode()).await?;
        Ok(change)
    }
}
