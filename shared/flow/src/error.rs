//! Errors of the flow, each of which says whether trying again helps.

use atalaya_logs::batch::BatchError;

use crate::store::{Retry, StoreError};

/// Why the flow stopped.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The payload cannot be decoded, now or at any later attempt.
    #[error("delivery cannot be opened")]
    Batch(#[from] BatchError),
    /// The event is none that Atalaya understands.
    #[error("change event cannot be read")]
    Change(#[from] atalaya_core::change::ChangeError),
    /// A store operation failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored document cannot be read: it was written by something else, or by a newer version.
    #[error("stored {what} of {scope} cannot be read")]
    Stored {
        /// The kind of the document.
        what: &'static str,
        /// The owner of the document.
        scope: String,
        /// The underlying error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Other processes wrote the same document before each attempt.
    #[error("{what} of {scope} is written by others all the time")]
    Contended {
        /// The kind of the document.
        what: &'static str,
        /// The owner of the document.
        scope: String,
    },
}

impl FlowError {
    /// Returns whether trying the same again helps.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Batch(_) | Self::Change(_) | Self::Stored { .. } => Retry::Never,
            Self::Store(error) => error.retry,
            Self::Contended { .. } => Retry::Later,
        }
    }
}
