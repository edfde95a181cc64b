//! The fields of one record, whatever wrote it. What a line does not carry is left out, and never guessed.

use super::Format;
use crate::json::Str;

/// How serious a line says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Finest detail.
    Trace,
    /// Detail for developers.
    Debug,
    /// Ordinary progress; also notice, log and success.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
    /// The process cannot go on; also critical, alert, emergency and panic.
    Fatal,
}

impl Level {
    /// Reads a level as the common loggers write it, upper or lower case.
    #[must_use]
    pub fn parse(word: &[u8]) -> Option<Self> {
        // Nearly all lines carry one of these.
        match word {
            b"INFO" | b"info" => return Some(Self::Info),
            b"WARN" | b"warn" => return Some(Self::Warn),
            b"ERROR" | b"error" => return Some(Self::Error),
            _ => {}
        }
        let mut lower = [0; 12];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trace" | b"finest" | b"finer" | b"verbose" => Self::Trace,
            b"debug" | b"fine" | b"dbg" => Self::Debug,
            b"info" | b"information" | b"notice" | b"log" | b"success" | b"config" => Self::Info,
            b"warn" | b"warning" => Self::Warn,
            b"error" | b"err" | b"severe" => Self::Error,
            b"fatal" | b"critical" | b"crit" | b"alert" | b"emerg" | b"emergency" | b"panic" => {
                Self::Fatal
            }
            _ => return None,
        })
    }

    /// Reads a numeric level of the Bunyan and pino family: 10 is trace, 60 fatal.
    #[must_use]
    pub fn of_number(n: i64) -> Option<Self> {
        Some(match n {
            10 => Self::Trace,
            20 => Self::Debug,
            30 => Self::Info,
            40 => Self::Warn,
            50 => Self::Error,
            60 => Self::Fatal,
            _ => return None,
        })
    }

    /// Returns the level's name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// What kind of line a record was read from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The application itself.
    #[default]
    Application,
    /// A server in front of it, in an access log line: it logs requests that the application may log too.
    Access,
}

/// A moment as a line carries it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment<'a> {
    /// Text in one of many forms; see [`super::timestamp::parse`].
    Text(Str<'a>),
    /// Seconds, milliseconds, microseconds or nanoseconds since the epoch; the size of the number shows which.
    Epoch(f64),
    /// Milliseconds since the epoch.
    Ms(i64),
}

/// The fields of one record; what the line does not carry is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Fields<'a> {
    /// The form it was read as.
    pub format: Format,
    /// Who logged the line: the application, or a server in front of it.
    pub origin: Origin,
    /// When, as the line says; accounting goes by the log event's own time.
    pub timestamp: Option<Moment<'a>>,
    /// How serious.
    pub level: Option<Level>,
    /// The text for people.
    pub message: Option<Str<'a>>,
    /// The service that logged it.
    pub service: Option<Str<'a>>,
    /// The HTTP method of a request.
    pub method: Option<Str<'a>>,
    /// The path of a request as it was asked for, perhaps with host and query.
    pub path: Option<Str<'a>>,
    /// The route that a framework matched.
    pub route: Option<Str<'a>>,
    /// The HTTP status of a request, in 100..=599.
    pub status: Option<u16>,
    /// How long the request, or the call, took, in milliseconds.
    pub latency_ms: Option<f64>,
    /// The trace it belongs to.
    pub trace_id: Option<Str<'a>>,
    /// The class or code of an error.
    pub error_type: Option<Str<'a>>,
    /// The class of what caused the error.
    pub error_cause: Option<Str<'a>>,
    /// Whether it is an uncaught exception that a runtime prints: a failure, though it carries no level.
    pub uncaught: bool,
    /// The service that was called.
    pub dependency: Option<Str<'a>>,
    /// How long a call took, in milliseconds, where the line is about the request that the call was part of.
    pub dependency_ms: Option<f64>,
}

impl Fields<'_> {
    /// Takes from another record what this one does not carry.
    pub(super) fn fill(&mut self, other: &Self) {
        self.timestamp = self.timestamp.or(other.timestamp);
        self.level = self.level.or(other.level);
        self.message = self.message.or(other.message);
        self.service = self.service.or(other.service);
        self.method = self.method.or(other.method);
        self.path = self.path.or(other.path);
        self.route = self.route.or(other.route);
        self.status = self.status.or(other.status);
        self.latency_ms = self.latency_ms.or(other.latency_ms);
        self.trace_id = self.trace_id.or(other.trace_id);
        self.error_type = self.error_type.or(other.error_type);
        self.error_cause = self.error_cause.or(other.error_cause);
        self.uncaught |= other.uncaught;
        self.dependency = self.dependency.or(other.dependency);
        self.dependency_ms = self.dependency_ms.or(other.dependency_ms);
    }
}

impl Fields<'_> {
    /// Returns whether the record states the outcome of a served request.
    #[must_use]
    pub fn is_request(&self) -> bool {
        let place = self.route.is_some() || self.path.is_some();
        place && self.status.is_some() && (self.method.is_some() || self.latency_ms.is_some())
    }

    /// Returns whether the record states the outcome of a call to a dependency.
    #[must_use]
    pub fn is_call(&self) -> bool {
        let failed = self.level >= Some(Level::Error);
        self.dependency.is_some() && !self.is_request() && (failed || self.latency_ms.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_as_the_common_loggers_write_them() {
        for (word, level) in [
            ("INFO", Some(Level::Info)),
            ("Warning", Some(Level::Warn)),
            ("CRITICAL", Some(Level::Fatal)),
            ("SEVERE", Some(Level::Error)),
            ("NOTICE", Some(Level::Info)),
            ("", None),
            ("informational", None),
        ] {
            assert_eq!(Level::parse(word.as_bytes()), level, "{word}");
        }
    }
}
