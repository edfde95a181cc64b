//! The stored form of a gauge: one pass over its fields serves writing and reading, so that the two cannot disagree.

/// Why stored bytes are not a gauge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GaugeError {
    /// Nothing is stored.
    #[error("a stored gauge is empty: drop it and learn the series anew")]
    Empty,
    /// The first byte names a version that this program does not know.
    #[error("a stored gauge has version {0}, which this program does not know: use a newer one")]
    Version(u8),
    /// There are fewer or more bytes than a gauge has.
    #[error("a stored gauge has a wrong length of {0} bytes: drop it and learn the series anew")]
    Length(usize),
    /// A number is none, endless, or out of its range.
    #[error(
        "a stored gauge holds an impossible number at byte {0}: drop it and learn the series anew"
    )]
    Number(usize),
}

/// What goes over the fields of a gauge, in their order.
pub(super) trait Pass {
    /// Passes a number, at least `least`.
    fn wide(&mut self, x: &mut f64, least: f64) -> Result<(), GaugeError>;
    /// Passes a number that is never negative.
    fn narrow(&mut self, x: &mut f32) -> Result<(), GaugeError>;
    /// Passes seconds since 1970.
    fn seconds(&mut self, x: &mut i64) -> Result<(), GaugeError>;
}

/// Writes fields, little end first.
pub(super) struct Writer(pub(super) Vec<u8>);

impl Pass for Writer {
    fn wide(&mut self, x: &mut f64, _least: f64) -> Result<(), GaugeError> {
        self.0.extend(x.to_le_bytes());
        Ok(())
    }

    fn narrow(&mut self, x: &mut f32) -> Result<(), GaugeError> {
        self.0.extend(x.to_le_bytes());
        Ok(())
    }

    fn seconds(&mut self, x: &mut i64) -> Result<(), GaugeError> {
        self.0.extend(x.to_le_bytes());
        Ok(())
    }
}

/// Reads fields where a [`Writer`] put them.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], GaugeError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest
            .first_chunk::<N>()
            .ok_or(GaugeError::Length(self.bytes.len()))?;
        self.at += N;
        Ok(*taken)
    }
}

impl Pass for Reader<'_> {
    fn wide(&mut self, x: &mut f64, least: f64) -> Result<(), GaugeError> {
        *x = f64::from_le_bytes(self.take()?);
        if x.is_finite() && *x >= least {
            Ok(())
        } else {
            Err(GaugeError::Number(self.at - 8))
        }
    }

    fn narrow(&mut self, x: &mut f32) -> Result<(), GaugeError> {
        *x = f32::from_le_bytes(self.take()?);
        if x.is_finite() && *x >= 0.0 {
            Ok(())
        } else {
            Err(GaugeError::Number(self.at - 4))
        }
    }

    fn seconds(&mut self, x: &mut i64) -> Result<(), GaugeError> {
        *x = i64::from_le_bytes(self.take()?);
        Ok(())
    }
}
