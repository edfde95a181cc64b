//! Names that were looked up before: a stream's lines have the same keys again and again. It saves time and never
//! changes an answer.

use super::{Known, Name, known};

/// Places; a power of two, several times the number of keys in the lines of a stream.
const PLACES: usize = 256;

/// Remembers what is known of keys of up to sixteen bytes.
#[derive(Debug, Clone)]
pub struct Memo(Box<[Remembered; PLACES]>);

#[derive(Debug, Clone, Copy)]
struct Remembered {
    around: Name,
    shape: Shape,
    known: Option<&'static Known>,
}

/// A key of up to sixteen bytes: its first eight, its last eight, and its length.
type Shape = (u64, u64, usize);

impl Default for Memo {
    fn default() -> Self {
        let nothing = Remembered {
            around: Name::TOP,
            shape: (0, 0, usize::MAX),
            known: None,
        };
        Self(Box::new([nothing; PLACES]))
    }
}

impl Memo {
    /// Returns what is known of a key behind the name of what is around it.
    #[inline]
    pub fn known(&mut self, around: Name, key: &[u8]) -> Option<&'static Known> {
        if key.len() > 16 {
            return known(around.with(key));
        }
        let shape = shape(key);
        let mixed = (shape.0 ^ shape.1.rotate_left(29) ^ around.0 ^ shape.2 as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = &mut self.0[(mixed >> 32) as usize % PLACES];
        if place.shape != shape || place.around != around {
            *place = Remembered {
                around,
                shape,
                known: known(around.with(key)),
            };
        }
        place.known
    }
}

#[inline]
fn shape(key: &[u8]) -> Shape {
    match (key.first_chunk(), key.last_chunk()) {
        (Some(first), Some(last)) => (
            u64::from_le_bytes(*first),
            u64::from_le_bytes(*last),
            key.len(),
        ),
        _ => match (key.first_chunk(), key.last_chunk()) {
            (Some(first), Some(last)) => (
                u64::from(u32::from_le_bytes(*first)),
                u64::from(u32::from_le_bytes(*last)),
                key.len(),
            ),
            _ => match *key {
                [a, b, c] => (u64::from(a) | u64::from(b) << 8, u64::from(c), 3),
                [a, b] => (u64::from(a), u64::from(b), 2),
                [a] => (u64::from(a), 0, 1),
                _ => (0, 0, 0),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_remembered_is_what_is_known(keys in prop::collection::vec("(level|msg|Status|req|[a-f]{1,3}|[a-z_]{0,20})", 0..200)) {
            let mut memo = Memo::default();
            for around in [Name::TOP, Name::TOP.with(b"http")] {
                for key in &keys {
                    let key = key.as_bytes();
                    prop_assert_eq!(memo.known(around, key), known(around.with(key)));
                }
            }
        }
    }
}
