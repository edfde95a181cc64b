//! Batches: from the bytes of a Lambda event to log events with their provenance.
//!
//! [`delivery`] says what kind of event it is and finds the payloads in it, [`inflate`] undoes base64 and gzip under a
//! ceiling, [`envelope`] reads the log events of a payload in place. One bad record costs that record.

pub mod delivery;
pub mod envelope;
pub mod inflate;

pub use delivery::{Delivery, KinesisRecord};
pub use envelope::{Batch, BatchKey, Events, LogEvent, Message};
pub use inflate::Inflater;

/// Why a payload cannot be opened. The same bytes fail the same way again: a retry never helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The event is not one that CloudWatch Logs, Kinesis or EventBridge sends.
    #[error("not a log delivery: {0}")]
    NotADelivery(&'static str),
    /// The payload's base64 is broken.
    #[error("payload is not base64 (at byte {at})")]
    NotBase64 {
        /// Where, in bytes from the beginning of the payload.
        at: usize,
    },
    /// The payload is not gzip.
    #[error("payload is not gzip")]
    NotGzip,
    /// The gzip data is truncated or damaged.
    #[error("payload's gzip data is damaged or cut off")]
    DamagedGzip,
    /// The payload would inflate beyond the ceiling: a bomb, or no log batch.
    #[error("payload inflates beyond {limit} bytes")]
    TooLarge {
        /// The ceiling in bytes.
        limit: usize,
    },
    /// The envelope is not the JSON that CloudWatch Logs writes.
    #[error("envelope is not JSON of a log batch (at byte {at})")]
    NotAnEnvelope {
        /// Where, in bytes from the beginning of the inflated payload.
        at: usize,
    },
    /// The envelope lacks what accounting needs.
    #[error("envelope has no {0}")]
    Lacks(&'static str),
}

/// Why a log event was not taken. Each is counted under its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reject {
    /// The element of `logEvents` is not an object with an id, a timestamp and a message.
    MalformedEvent,
    /// The envelope ends in the middle: how many events were lost is not known, and one is counted.
    CutOff,
    /// The event belongs to a delivery that could not be opened: one is counted for each.
    UnreadableDelivery,
}

impl Reject {
    /// Returns the name under which it is counted, in snake case, for ever.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MalformedEvent => "malformed_event",
            Self::CutOff => "cut_off",
            Self::UnreadableDelivery => "unreadable_delivery",
        }
    }
}

/// The beginnings of the names of Atalaya's own log groups. Reading them would make each invocation cause the next.
pub const OWN_LOG_GROUPS: &str = "/aws/lambda/atalaya";

/// Returns whether a log group is Atalaya's own (law 7: never read yourself).
#[must_use]
pub fn is_own_log_group(group: &str) -> bool {
    group.starts_with(OWN_LOG_GROUPS)
}
