//! The table: its keys, the expiry of its items, and the units used. Terraform creates the same
//! table.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use atalaya_flow::documents::{DocumentKind, WINDOW_DAYS};
use aws_sdk_dynamodb::types::ConsumedCapacity;

/// The partition key, a string.
pub const PARTITION_KEY: &str = "PK";

/// The sort key, a string.
pub const SORT_KEY: &str = "SK";

/// The attribute that the table's time-to-live must be set on: seconds since the epoch.
pub const EXPIRY: &str = "x";

/// How long a window item is kept after its last write.
pub const WINDOW_KEPT: Duration = days(WINDOW_DAYS);

/// Returns how long a document is kept after its last write; `None`: for ever.
#[must_use]
pub fn document_kept(kind: DocumentKind) -> Option<Duration> {
    kind.row().kept_days.map(days)
}

const fn days(days: u16) -> Duration {
    Duration::from_hours(24 * days as u64)
}

/// Returns the value of [`EXPIRY`] for an item that is written now and kept for this long.
///
/// The time counts from the write, not from the event: lines that arrive days late, from a failure
/// bucket, need their item as long as others do, or a repetition of their batch would be counted
/// twice.
pub(super) fn expiry(kept: Duration) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    (now.unwrap_or_default() + kept).as_secs().to_string()
}

/// Capacity units that calls have used, summed over all clones of a store.
#[derive(Debug, Default)]
pub(super) struct Meter {
    // In tenths of a unit: units are multiples of a half.
    reads: AtomicU64,
    writes: AtomicU64,
}

/// What kind of units a call uses.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Read,
    Write,
}

/// Capacity units: a write unit pays for one KB written, a read unit for 4 KB read consistently.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Read units.
    pub reads: f64,
    /// Write units.
    pub writes: f64,
}

impl Meter {
    pub(super) fn add(&self, unit: Unit, used: Option<&ConsumedCapacity>) {
        let units = used.and_then(ConsumedCapacity::capacity_units);
        let tenths = (units.unwrap_or_default() * 10.0).round() as u64;
        let sum = match unit {
            Unit::Read => &self.reads,
            Unit::Write => &self.writes,
        };
        sum.fetch_add(tenths, Ordering::Relaxed);
    }

    pub(super) fn units(&self) -> Units {
        let of = |sum: &AtomicU64| sum.load(Ordering::Relaxed) as f64 / 10.0;
        Units {
            reads: of(&self.reads),
            writes: of(&self.writes),
        }
    }
}
