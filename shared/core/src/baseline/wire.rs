//! The bytes of the stored form: single bytes, short floats, varints and names, one after another.

use super::short::Half;

/// Writes a stored form.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn half(&mut self, half: Half) {
        self.0.extend(half.0.to_be_bytes());
    }

    /// Writes a whole number as LEB128.
    pub(crate) fn whole(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }

    /// Writes a whole number that may be negative, in zigzag.
    pub(crate) fn signed(&mut self, n: i64) {
        self.whole((n << 1 ^ n >> 63) as u64);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.whole(bytes.len() as u64);
        self.0.extend(bytes);
    }
}

/// Reads what a [`Writer`] wrote; `None` where the bytes end too soon or mean nothing.
#[derive(Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    pub(crate) fn half(&mut self) -> Option<Half> {
        let (half, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(Half(u16::from_be_bytes(*half)))
    }

    pub(crate) fn whole(&mut self) -> Option<u64> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(n);
            }
        }
        None
    }

    pub(crate) fn signed(&mut self) -> Option<i64> {
        let n = self.whole()?;
        Some((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.whole()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(whole in any::<u64>(), signed in any::<i64>(), half in any::<u16>(), name in ".{0,9}") {
            let mut writer = Writer::default();
            writer.whole(whole);
            writer.signed(signed);
            writer.half(Half(half));
            writer.bytes(name.as_bytes());
            writer.byte(7);
            let mut reader = Reader(&writer.0);
            prop_assert_eq!(reader.whole(), Some(whole));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.half(), Some(Half(half)));
            prop_assert_eq!(reader.bytes(), Some(name.as_bytes()));
            prop_assert_eq!(reader.byte(), Some(7));
            prop_assert_eq!(reader.byte(), None);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..30)) {
            let mut reader = Reader(&bytes);
            while reader.bytes().is_some() || reader.signed().is_some() || reader.half().is_some() {}
        }
    }
}
