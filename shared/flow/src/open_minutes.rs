//! What a process remembers of what it added to open minutes.

use std::collections::HashMap;

use atalaya_core::time::Minute;
use atalaya_core::window::Window;

/// What this process added to open minutes, by service.
#[derive(Debug, Default)]
pub(crate) struct OpenMinutes {
    /// The minute that the clock shows.
    pub(crate) minute: Minute,
    /// The sums that this process added while the clock showed that minute, by service.
    pub(crate) added: HashMap<Box<str>, Added>,
}

/// The sums that were added to a service's minutes that are not closed.
#[derive(Debug, Default)]
pub(crate) struct Added {
    pub(crate) newest: Minute,
    pub(crate) sums: Window,
    /// The last turn in which the service was evaluated.
    pub(crate) turn: Option<i64>,
}
