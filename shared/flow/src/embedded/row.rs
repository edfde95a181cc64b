//! The stored form of a window's sums in the embedded store: version 1, frozen.
//!
//! A second form would be added as `v2` beside this one, distinguished by the database's schema
//! version. The encoding is postcard's, whose specification is stable: integers as variable-length,
//! little-endian groups of seven bits.

use atalaya_core::catalog::Slot;
use atalaya_core::series::Sums;
use atalaya_core::sketch::Bucket;
use atalaya_core::window::Window;

/// Why stored sums cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowError {
    /// They are not the bytes that were written.
    #[error("stored sums are damaged")]
    Damaged(#[from] postcard::Error),
    /// A number names no bucket of the sketch.
    #[error("stored sums name bucket {0}, and there is none")]
    Bucket(u16),
}

/// Returns the stored form.
pub(super) fn encode(window: &Window) -> Result<Vec<u8>, RowError> {
    let slots: Vec<_> = window.iter().map(v1::of_sums).collect();
    Ok(postcard::to_allocvec(&slots)?)
}

/// Reads the stored form.
pub(super) fn decode(bytes: &[u8]) -> Result<Window, RowError> {
    let slots: Vec<v1::Slot<'_>> = postcard::from_bytes(bytes)?;
    slots.into_iter().map(sums).collect()
}

fn sums(stored: v1::Slot<'_>) -> Result<(Slot, Sums), RowError> {
    let mut sums = Sums {
        count: stored.count,
        errors: stored.errors,
        client_errors: stored.client_errors,
        ..Sums::default()
    };
    for (number, n) in stored.buckets {
        let bucket = Bucket::new(number).ok_or(RowError::Bucket(number))?;
        sums.latency.add_count(bucket, n);
    }
    for (cause, n) in stored.causes {
        sums.add_cause(cause, n);
    }
    Ok((Slot(stored.place), sums))
}

mod v1 {
    use serde::{Deserialize, Serialize};

    use super::Sums;

    #[derive(Serialize, Deserialize)]
    pub(super) struct Slot<'a> {
        pub(super) place: u16,
        pub(super) count: u64,
        pub(super) errors: u64,
        pub(super) client_errors: u64,
        pub(super) buckets: Vec<(u16, u64)>,
        #[serde(borrow)]
        pub(super) causes: Vec<(&'a str, u64)>,
    }

    pub(super) fn of_sums<'a>((slot, sums): (&super::Slot, &'a Sums)) -> Slot<'a> {
        let buckets = sums.latency.buckets();
        let causes = sums.causes.iter();
        Slot {
            place: slot.0,
            count: sums.count,
            errors: sums.errors,
            client_errors: sums.client_errors,
            buckets: buckets.map(|(b, n)| (b.number(), n)).collect(),
            causes: causes.map(|(cause, n)| (&**cause, *n)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Window {
        let mut sums = Sums {
            count: 300,
            errors: 2,
            client_errors: 1,
            ..Sums::default()
        };
        for ms in [0.0, 12.5, 12.5, 1e9] {
            sums.latency.add(ms);
        }
        sums.add_cause("scoring", 2);
        Window::from([(Slot(5), sums), (Slot(7), Sums::default())])
    }

    #[test]
    fn the_first_form_stays_readable_and_is_still_what_is_written() {
        let frozen: &[u8] = b"\x02\
            \x05\xac\x02\x02\x01\x03\x00\x01\x6e\x02\x81\x02\x01\x01\x07scoring\x02\
            \x07\x00\x00\x00\x00\x00";
        assert_eq!(decode(frozen).expect("frozen fixture"), example());
        assert_eq!(encode(&example()).expect("encodes"), frozen);
    }

    #[test]
    fn damaged_sums_are_told_and_never_a_panic() {
        let whole = encode(&example()).expect("encodes");
        for end in 0..whole.len() {
            let cut = decode(&whole[..end]);
            assert!(matches!(cut, Err(RowError::Damaged(_))), "{end} bytes");
        }
        let beyond = postcard::to_allocvec(&[(0_u16, 0_u64, 0_u64, 0_u64, [(258_u16, 1_u64)])]);
        let mut beyond = beyond.expect("encodes");
        // `[T; 1]` has no length on the wire, a sequence has: one slot, and one bucket before the last two numbers.
        beyond.insert(0, 1);
        beyond.insert(5, 1);
        beyond.push(0);
        assert!(matches!(decode(&beyond), Err(RowError::Bucket(258))));
    }
}
