//! Numbers as short text: 24-bit floats and varints in base64, so that what is normal for a service fits one item.
//!
//! A 24-bit float is an `f32` without its last eight bits: a relative step of 2^-15, small enough that a minute's
//! lesson of one part in three thousand is not lost by storing it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

/// Returns the number rounded to 24 bits: what is kept in memory is what is stored.
pub(crate) fn round24(x: f64) -> f32 {
    let bits = (x as f32).to_bits();
    f32::from_bits(bits.saturating_add(0x80) & 0xffff_ff00)
}

/// Returns numbers, already rounded by [`round24`], as four letters each.
pub(crate) fn pack_floats(numbers: impl IntoIterator<Item = f32>) -> String {
    let top = |x: f32| {
        let [a, b, c, _] = x.to_bits().to_be_bytes();
        [a, b, c]
    };
    let bytes: Vec<u8> = numbers.into_iter().flat_map(top).collect();
    BASE64.encode(bytes)
}

/// Reads what [`pack_floats`] wrote; what is not a finite number is refused.
pub(crate) fn unpack_floats(text: &str) -> Option<Vec<f32>> {
    let bytes = BASE64.decode(text).ok()?;
    let (triples, rest) = bytes.as_chunks::<3>();
    let float = |[a, b, c]: &[u8; 3]| f32::from_be_bytes([*a, *b, *c, 0]);
    let numbers: Vec<f32> = triples.iter().map(float).collect();
    (rest.is_empty() && numbers.iter().all(|x| x.is_finite())).then_some(numbers)
}

/// Returns whole numbers as LEB128 varints in base64.
pub(crate) fn pack_varints(numbers: impl IntoIterator<Item = u32>) -> String {
    let mut bytes = Vec::new();
    for mut n in numbers {
        while n >= 0x80 {
            bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        bytes.push(n as u8);
    }
    BASE64.encode(bytes)
}

/// Reads what [`pack_varints`] wrote.
pub(crate) fn unpack_varints(text: &str) -> Option<Vec<u32>> {
    let bytes = BASE64.decode(text).ok()?;
    let (mut numbers, mut n, mut shift) = (Vec::new(), 0_u64, 0_u32);
    for byte in bytes {
        if shift > 28 {
            return None;
        }
        n |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            numbers.push(u32::try_from(n).ok()?);
            (n, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(floats in prop::collection::vec(0.0_f64..1e9, 0..40),
                                     whole in prop::collection::vec(any::<u32>(), 0..40)) {
            let kept: Vec<f32> = floats.iter().map(|x| round24(*x)).collect();
            for (kept, given) in kept.iter().zip(&floats) {
                prop_assert!((f64::from(*kept) - given).abs() <= given * 4e-5);
                prop_assert_eq!(round24(f64::from(*kept)).to_bits(), kept.to_bits());
            }
            prop_assert_eq!(unpack_floats(&pack_floats(kept.clone())), Some(kept));
            prop_assert_eq!(unpack_varints(&pack_varints(whole.clone())), Some(whole));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[A-Za-z0-9+/=]{0,40}") {
            let _ = (unpack_floats(&text), unpack_varints(&text));
        }
    }
}
