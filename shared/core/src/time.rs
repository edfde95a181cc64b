//! Event time: minutes and milliseconds since the Unix epoch, always given, never asked of a clock.

use std::fmt;

/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60_000;

/// An event-time minute, counted since the Unix epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(pub i64);

impl Minute {
    /// Returns the minute that a moment, in milliseconds since the epoch, falls into.
    #[must_use]
    pub const fn of_ms(ms: i64) -> Self {
        Self(ms.div_euclid(MINUTE_MS))
    }

    /// Returns the first millisecond of the minute.
    #[must_use]
    pub const fn start_ms(self) -> i64 {
        self.0.saturating_mul(MINUTE_MS)
    }

    /// Reads a minute as it shows itself.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at: jiff::Timestamp = text.parse().ok()?;
        Some(Self::of_ms(at.as_millisecond()))
    }

    /// Returns the minute `n` later (earlier where `n` is negative).
    #[must_use]
    pub const fn plus(self, n: i64) -> Self {
        Self(self.0.saturating_add(n))
    }
}

/// Shows the minute as `2026-01-05T08:42Z`, the form that keys and messages use.
impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.start_ms()) {
            Ok(t) => write!(f, "{}", t.strftime("%Y-%m-%dT%H:%MZ")),
            Err(_) => write!(f, "minute {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_floors_even_before_the_epoch() {
        for (ms, minute) in [(0, 0), (59_999, 0), (60_000, 1), (-1, -1)] {
            assert_eq!(Minute::of_ms(ms), Minute(minute), "{ms}");
        }
    }

    #[test]
    fn a_minute_shows_itself_in_utc() {
        assert_eq!(
            Minute::of_ms(1_767_602_520_000).to_string(),
            "2026-01-05T08:42Z"
        );
        let shown = Minute::parse("2026-01-05T08:42Z");
        assert_eq!(shown, Some(Minute::of_ms(1_767_602_520_000)));
        assert_eq!(Minute::parse("minute 7"), None);
        assert_eq!(Minute(i64::MAX).to_string(), format!("minute {}", i64::MAX));
    }
}
