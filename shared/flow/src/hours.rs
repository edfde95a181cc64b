//! What a process remembers of the hours that it marked or rolled up.

use std::collections::BTreeMap;

use atalaya_core::time::Minute;

/// The hours that this process marked or rolled up, cached to save reads and writes.
#[derive(Debug, Default)]
pub(crate) struct Hours {
    /// Until when a marker is relied on without reading it again, in milliseconds since the epoch,
    /// by hour and service.
    pub(crate) marked: BTreeMap<(Minute, Box<str>), i64>,
    /// The turn in which no hour of a service was left to roll up.
    pub(crate) rolled_up: BTreeMap<Box<str>, i64>,
}
