//! The stored form of a scorer: one pass over its fields serves writing and reading, so that the two cannot disagree.

/// Numbers beyond this cannot come from a scorer.
const LARGEST: f64 = 1e120;

/// Why stored bytes are not a scorer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScorerError {
    /// Nothing is stored.
    #[error("a stored scorer is empty: drop it and learn the series anew")]
    Empty,
    /// The first byte names a version that this program does not know.
    #[error("a stored scorer has version {0}, which this program does not know: use a newer one")]
    Version(u8),
    /// There are fewer or more bytes than a scorer has.
    #[error("a stored scorer has a wrong length of {0} bytes: drop it and learn the series anew")]
    Length(usize),
    /// The number that ends at this byte is impossible.
    #[error(
        "a stored scorer holds an impossible number before byte {0}: drop it and learn the series anew"
    )]
    Number(usize),
}

/// Returns the number with 20 of its 52 bits of fraction: what is stored of it, one part in a million.
pub(super) fn coarse(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & 0xffff_ffff_0000_0000)
}

/// A pass over the fields of a scorer, in their order.
pub(super) trait Pass {
    /// Passes bytes of a fixed length.
    fn bytes<const N: usize>(&mut self, bytes: [u8; N]) -> Result<[u8; N], ScorerError>;

    /// Returns the error for a number that was just passed and is impossible.
    fn impossible(&self) -> ScorerError;

    /// Passes a number.
    fn number(&mut self, x: &mut f64) -> Result<(), ScorerError> {
        *x = f64::from_le_bytes(self.bytes(x.to_le_bytes())?);
        if x.abs() <= LARGEST {
            Ok(())
        } else {
            Err(self.impossible())
        }
    }

    /// Passes a number that is [`coarse`].
    fn coarse(&mut self, x: &mut f64) -> Result<(), ScorerError> {
        let high = (x.to_bits() >> 32) as u32;
        let high = u32::from_le_bytes(self.bytes(high.to_le_bytes())?);
        *x = f64::from_bits(u64::from(high) << 32);
        if x.abs() <= LARGEST {
            Ok(())
        } else {
            Err(self.impossible())
        }
    }

    /// Passes a small number.
    fn short(&mut self, x: &mut f32) -> Result<(), ScorerError> {
        *x = f32::from_le_bytes(self.bytes(x.to_le_bytes())?);
        if x.abs() <= 1e9 {
            Ok(())
        } else {
            Err(self.impossible())
        }
    }

    /// Passes rows.
    fn rows(&mut self, x: &mut u32) -> Result<(), ScorerError> {
        *x = u32::from_le_bytes(self.bytes(x.to_le_bytes())?);
        Ok(())
    }

    /// Passes seconds or hours since 1970.
    fn time(&mut self, x: &mut i64) -> Result<(), ScorerError> {
        *x = i64::from_le_bytes(self.bytes(x.to_le_bytes())?);
        Ok(())
    }

    /// Passes the code of a value.
    fn code(&mut self, x: &mut i16) -> Result<(), ScorerError> {
        *x = i16::from_le_bytes(self.bytes(x.to_le_bytes())?);
        Ok(())
    }

    /// Passes a code of one byte.
    fn small(&mut self, x: &mut i8) -> Result<(), ScorerError> {
        *x = i8::from_le_bytes(self.bytes(x.to_le_bytes())?);
        Ok(())
    }

    /// Passes the counts of a histogram, of which few are in use, and those are neighbours.
    fn histogram(&mut self, bins: &mut [u16]) -> Result<(), ScorerError> {
        let used = |kept: &u16| *kept != 0;
        let mut first = bins.iter().position(used).unwrap_or(0) as u8;
        let mut end = bins.iter().rposition(used).map_or(0, |last| last + 1) as u8;
        self.byte(&mut first)?;
        self.byte(&mut end)?;
        let bins = bins.get_mut(first.into()..end.into());
        let mut bins = bins.ok_or_else(|| self.impossible())?.iter_mut();
        bins.try_for_each(|kept| self.count(kept))
    }

    /// Passes a list of at most `most` items, whose number divides by `width`.
    fn list<T: Copy + Default>(
        &mut self,
        list: &mut Vec<T>,
        most: usize,
        width: usize,
        pass: impl Fn(&mut Self, &mut T) -> Result<(), ScorerError>,
    ) -> Result<(), ScorerError> {
        let count = (list.len() as u16).to_le_bytes();
        let count = usize::from(u16::from_le_bytes(self.bytes(count)?));
        if count > most || !count.is_multiple_of(width) {
            return Err(self.impossible());
        }
        list.resize(count, T::default());
        list.iter_mut().try_for_each(|item| pass(self, item))
    }

    /// Passes a number below 256.
    fn byte(&mut self, x: &mut u8) -> Result<(), ScorerError> {
        let [byte] = self.bytes([*x])?;
        *x = byte;
        Ok(())
    }

    /// Passes a count as a LEB128 varint: most counts are zero.
    fn count(&mut self, x: &mut u16) -> Result<(), ScorerError> {
        let (mut left, mut read) = (*x, 0_u32);
        for shift in [0, 7, 14] {
            let more = if left >= 0x80 { 0x80 } else { 0 };
            let [byte] = self.bytes([left as u8 & 0x7f | more])?;
            left >>= 7;
            read |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                *x = u16::try_from(read).map_err(|_| self.impossible())?;
                return Ok(());
            }
        }
        Err(self.impossible())
    }
}

/// Appends fields, little end first.
pub(super) struct Writer(pub(super) Vec<u8>);

impl Pass for Writer {
    fn bytes<const N: usize>(&mut self, bytes: [u8; N]) -> Result<[u8; N], ScorerError> {
        self.0.extend(bytes);
        Ok(bytes)
    }

    fn impossible(&self) -> ScorerError {
        ScorerError::Number(self.0.len())
    }
}

/// Reads fields where a [`Writer`] put them.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Pass for Reader<'_> {
    fn bytes<const N: usize>(&mut self, _given: [u8; N]) -> Result<[u8; N], ScorerError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let wrong = ScorerError::Length(self.bytes.len());
        let read = rest.first_chunk::<N>().ok_or(wrong)?;
        self.at += N;
        Ok(*read)
    }

    fn impossible(&self) -> ScorerError {
        ScorerError::Number(self.at)
    }
}
