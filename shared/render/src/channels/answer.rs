//! Answers of channels over HTTP, and what their status means. What the body of an answer means is
//! decided in the channel's own folder.

use std::time::Duration;

/// The longest wait that an answer can ask for.
const MAX_WAIT: Duration = Duration::from_hours(24);

/// An answer over HTTP.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
    /// How the body ended.
    pub end: End,
}

/// How the body of an answer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum End {
    /// It is whole.
    #[default]
    Whole,
    /// It is longer than the limit to which bodies are read.
    TooLong,
    /// The rest of it did not arrive, or not in time.
    Missing,
}

/// The refusal of a channel to take a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What happened, as a fragment without any secret: `answered 500`.
    pub words: String,
    /// Whether the same message may be taken later.
    pub again: Again,
}

/// Whether the same message may be taken later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The message may be taken later, after this time if the channel gives one.
    Later(Option<Duration>),
    /// The message will be refused the same way until somebody fixes the set-up.
    Never,
}

impl Answer {
    /// Returns the value of a header, whose name is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(header, _)| header == name)?;
        Some(value)
    }

    /// Returns how long the answer asks to wait, at most a day; only seconds are read, for no channel gives a date.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds).min(MAX_WAIT))
    }

    /// Checks that the status is a success.
    ///
    /// # Errors
    /// Another status: 408, 425, 429 and 5xx may be another answer later, all others never.
    pub fn check(&self) -> Result<(), Refusal> {
        if (200..300).contains(&self.status) {
            return Ok(());
        }
        let passing = matches!(self.status, 408 | 425 | 429 | 500..600);
        Err(Refusal {
            words: format!("answered {}", self.status),
            again: if passing {
                Again::Later(self.retry_after())
            } else {
                Again::Never
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, after: Option<&str>, expected: Result<(), Again>) {
        let header = after.map(|after| ("retry-after".to_owned(), after.to_owned()));
        let answer = Answer {
            status,
            headers: header.into_iter().collect(),
            ..Answer::default()
        };
        assert_eq!(answer.check().map_err(|refusal| refusal.again), expected);
    }

    fn later(seconds: u64) -> Result<(), Again> {
        Err(Again::Later(Some(Duration::from_secs(seconds))))
    }

    #[test]
    fn success() {
        check(200, None, Ok(()));
        check(202, Some("30"), Ok(()));
    }

    #[test]
    fn a_failed_server_is_asked_again() {
        check(500, None, Err(Again::Later(None)));
        check(503, Some("2"), later(2));
    }

    #[test]
    fn a_rate_limit_says_how_long_to_wait() {
        check(429, Some(" 30 "), later(30));
        check(429, None, Err(Again::Later(None)));
    }

    #[test]
    fn a_wait_is_bounded_and_a_date_is_not_read() {
        check(429, Some("18446744073709551615"), later(24 * 3_600));
        check(429, Some("-1"), Err(Again::Later(None)));
        check(
            429,
            Some("Wed, 21 Oct 2026 07:28:00 GMT"),
            Err(Again::Later(None)),
        );
    }

    #[test]
    fn other_answers_are_final() {
        for status in [100, 302, 400, 403, 404, 410, 600] {
            check(status, Some("2"), Err(Again::Never));
        }
    }
}
