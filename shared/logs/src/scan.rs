//! The one search under all reading of JSON: where a string ends or something in it is escaped.
//!
//! Keys and values are short, so what counts is what a search costs before it begins. Sixteen bytes are looked at
//! at once without asking first what the machine can do: every machine that Atalaya runs on can do this.

use wide::u8x16;

/// Returns where a quote or a backslash stands next, from `from` on.
#[inline]
pub(crate) fn quote_or_backslash(bytes: &[u8], from: usize) -> Option<usize> {
    let mut rest = bytes.get(from..)?;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let chunk = u8x16::new(*chunk);
        let found = chunk.simd_eq(u8x16::splat(b'"')) | chunk.simd_eq(u8x16::splat(b'\\'));
        let found = found.to_bitmask();
        if found != 0 {
            return Some(bytes.len() - rest.len() + found.trailing_zeros() as usize);
        }
        rest = after;
    }
    let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some(bytes.len() - rest.len() + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_or_a_backslash_is_found_wherever_it_stands() {
        for length in 0..70 {
            let mut bytes = vec![b'a'; length];
            assert_eq!(quote_or_backslash(&bytes, 0), None);
            for at in 0..length {
                bytes[at] = if at % 2 == 0 { b'"' } else { b'\\' };
                for from in 0..=length {
                    let expected = (from <= at).then_some(at);
                    assert_eq!(
                        quote_or_backslash(&bytes, from),
                        expected,
                        "{at} of {length}"
                    );
                }
                bytes[at] = b'a';
            }
        }
        assert_eq!(
            quote_or_backslash(b"a", 2),
            None,
            "beyond the end there is nothing"
        );
    }
}
