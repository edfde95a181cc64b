//! The bits of the stored form: short floats, whole numbers, names, and columns of numbers that change little, one after
//! another, the highest bit first.
//!
//! A column is a row of differences in zigzag, each written in an exponential Golomb code (Teuhola,
//! "A compression method for clustered bit-vectors", Information Processing Letters 7, 1978) of an
//! order that is chosen for the column. A constant column takes five bits in all, a steady one some
//! bits a number, and a spike no more than twice its length.

use super::short::Half;

/// How many bits give the order of a column's code, and the order that stands for a column of zeros
/// only.
const ORDER_BITS: u32 = 5;
const ZEROS: u32 = (1 << ORDER_BITS) - 1;

/// The most bits that are written at once: they fit beside those in the buffer.
const AT_ONCE: u32 = 32;

/// Writes a stored form.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    written: Vec<u8>,
    /// The bits that are not yet in `written`, in the lowest places: fewer than [`AT_ONCE`].
    held: u64,
    count: u32,
    /// The codes of the present column; the memory is kept for the next column.
    codes: Vec<u64>,
}

impl Writer {
    /// Returns all that was written; the last byte is filled up with zeros.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        self.bits(0, (8 - self.count % 8) % 8);
        let rest = self.held.to_be_bytes();
        let bytes = (self.count / 8) as usize;
        self.written.extend_from_slice(&rest[rest.len() - bytes..]);
        self.written
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bits(byte.into(), 8);
    }

    pub(crate) fn half(&mut self, half: Half) {
        self.bits(half.0.into(), 16);
    }

    /// Writes a whole number as LEB128.
    pub(crate) fn whole(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.byte(n as u8 | 0x80);
            n >>= 7;
        }
        self.byte(n as u8);
    }

    /// Writes a whole number that may be negative, in zigzag.
    pub(crate) fn signed(&mut self, n: i64) {
        self.whole(zigzag(n));
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.whole(bytes.len() as u64);
        for byte in bytes {
            self.byte(*byte);
        }
    }

    /// Writes numbers of at most 34 bits as a column. Their number is not written.
    pub(crate) fn column(&mut self, numbers: impl IntoIterator<Item = i64>) {
        let mut codes = std::mem::take(&mut self.codes);
        codes.clear();
        let mut before = 0;
        codes.extend(numbers.into_iter().map(|n| {
            let code = zigzag(n - before);
            before = n;
            code
        }));
        self.codes(&codes);
        self.codes = codes;
    }

    fn codes(&mut self, codes: &[u64]) {
        let sum: u64 = codes.iter().sum();
        if sum == 0 {
            self.bits(ZEROS.into(), ORDER_BITS);
            return;
        }
        let near = (sum / codes.len() as u64 + 1).ilog2().min(ZEROS - 1);
        let length = |order: u32| -> u32 {
            let code = |n: &u64| 2 * ((n >> order) + 1).ilog2() + order;
            codes.iter().map(code).sum()
        };
        let lower = near.saturating_sub(1);
        let order = if length(lower) < length(near) {
            lower
        } else {
            near
        };
        self.bits(order.into(), ORDER_BITS);
        for n in codes {
            let high = (n >> order) + 1;
            let low = n & ((1 << order) - 1);
            // As many zeros as bits follow the first one.
            let width = 2 * high.ilog2() + 1;
            if width + order <= AT_ONCE {
                self.bits(high << order | low, width + order);
            } else {
                self.bits(high, width);
                self.bits(low, order);
            }
        }
    }

    /// Writes the lowest `width` bits of a number, of which the others are 0.
    pub(crate) fn bits(&mut self, n: u64, width: u32) {
        if width > AT_ONCE {
            self.bits(n >> AT_ONCE, width - AT_ONCE);
            self.bits(n & ((1 << AT_ONCE) - 1), AT_ONCE);
            return;
        }
        self.held = self.held << width | n;
        self.count += width;
        if self.count >= AT_ONCE {
            self.count -= AT_ONCE;
            let full = (self.held >> self.count) as u32;
            self.written.extend_from_slice(&full.to_be_bytes());
            self.held &= (1 << self.count) - 1;
        }
    }
}

/// Reads what a [`Writer`] wrote; `None` where the bytes end too soon or mean nothing.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// Bits that were read.
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Returns whether everything was read except the zeros that fill the last byte.
    pub(crate) fn is_over(&self) -> bool {
        let left = (8 * self.bytes.len()).saturating_sub(self.at);
        left < 8 && self.peek() == 0
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.bits(8).map(|bits| bits as u8)
    }

    pub(crate) fn half(&mut self) -> Option<Half> {
        self.bits(16).map(|bits| Half(bits as u16))
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
        self.whole().map(unzigzag)
    }

    pub(crate) fn bytes(&mut self) -> Option<Vec<u8>> {
        let length = usize::try_from(self.whole()?).ok()?;
        let left = self.bytes.len().saturating_sub(self.at / 8);
        (length <= left).then(|| (0..length).map(|_| self.byte()).collect())?
    }

    /// Reads a column of the given length, and passes its numbers on one by one.
    pub(crate) fn column(&mut self, length: usize, mut each: impl FnMut(usize, i64)) -> Option<()> {
        let order = self.bits(ORDER_BITS)? as u32;
        let mut number = 0_i64;
        for at in 0..length {
            if order != ZEROS {
                let zeros = self.peek().leading_zeros();
                if zeros > 36 {
                    return None;
                }
                let high = self.bits(zeros).and_then(|_| self.bits(zeros + 1))? - 1;
                let code = high.checked_mul(1 << order)? | self.bits(order)?;
                number = number.checked_add(unzigzag(code))?;
            }
            each(at, number);
        }
        Some(())
    }

    /// Reads at most 56 bits.
    pub(crate) fn bits(&mut self, width: u32) -> Option<u64> {
        let bits = self.peek();
        self.at += width as usize;
        let within = width == 0 || self.at <= 8 * self.bytes.len();
        within.then(|| bits.checked_shr(64 - width).unwrap_or(0))
    }

    /// Returns the next bits in the highest places: 57 bits at least, and zeros beyond the end.
    fn peek(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let next = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut next = [0; 8];
            next[..rest.len()].copy_from_slice(rest);
            next
        });
        u64::from_be_bytes(next) << (self.at % 8)
    }
}

const fn zigzag(n: i64) -> u64 {
    (n << 1 ^ n >> 63) as u64
}

const fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            whole in any::<u64>(),
            signed in any::<i64>(),
            name in ".{0,9}",
            column in prop::collection::vec(prop_oneof![-9_i64..9, 0_i64..=u32::MAX.into()], 0..40),
        ) {
            let mut writer = Writer::default();
            writer.bits(5, 3);
            writer.whole(whole);
            writer.column(column.iter().copied());
            writer.signed(signed);
            writer.half(Half(77));
            writer.bytes(name.as_bytes());
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.bits(3), Some(5));
            prop_assert_eq!(reader.whole(), Some(whole));
            let mut read = vec![0; column.len()];
            reader.column(column.len(), |at, n| read[at] = n).expect("a column");
            prop_assert_eq!(read, column);
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.half(), Some(Half(77)));
            prop_assert_eq!(reader.bytes(), Some(name.into_bytes()));
            prop_assert!(reader.is_over());
            prop_assert_eq!(reader.byte(), None);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            while reader.column(20, |_, _| ()).is_some() || reader.signed().is_some() {}
            let mut reader = Reader::new(&bytes);
            while reader.bytes().is_some() {}
        }
    }

    #[test]
    fn what_changes_little_takes_little() {
        let check = |numbers: &[i64], most: usize| {
            let mut writer = Writer::default();
            writer.column(numbers.iter().copied());
            let bytes = writer.into_bytes().len();
            assert!(bytes <= most, "{bytes} bytes for {numbers:?}");
        };
        check(&[0; 100], 1);
        check(&[25, 31, 28, 24, 27, 30, 22, 29], 8);
        check(&[0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 5);
    }
}
