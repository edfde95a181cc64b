//! The fields that rules can give, where a rule finds one, and the units of a latency; the words are those of
//! `atalaya.yaml`.

/// A field that Atalaya understands in a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KnownField {
    /// When it happened.
    Timestamp,
    /// How serious it is.
    Level,
    /// What a person reads.
    Message,
    /// Which service wrote it.
    Service,
    /// The HTTP method.
    Method,
    /// The path as it was asked for.
    Path,
    /// The route template the path belongs to.
    Route,
    /// The HTTP status.
    Status,
    /// How long it took.
    Latency,
    /// The trace it belongs to.
    TraceId,
    /// The kind of error.
    ErrorType,
    /// The dependency that was called.
    Dependency,
}

impl KnownField {
    /// All of them, in the order of the reference.
    pub const ALL: [Self; 12] = [
        Self::Timestamp,
        Self::Level,
        Self::Message,
        Self::Service,
        Self::Method,
        Self::Path,
        Self::Route,
        Self::Status,
        Self::Latency,
        Self::TraceId,
        Self::ErrorType,
        Self::Dependency,
    ];

    /// Returns the name it has in the settings, in patterns and in what `atalaya inspect` prints.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Timestamp => "timestamp",
            Self::Level => "level",
            Self::Message => "message",
            Self::Service => "service",
            Self::Method => "method",
            Self::Path => "path",
            Self::Route => "route",
            Self::Status => "status",
            Self::Latency => "latency",
            Self::TraceId => "trace_id",
            Self::ErrorType => "error_type",
            Self::Dependency => "dependency",
        }
    }

    /// Returns the field of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Where a field stands in a structured log line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    /// The keys that lead to it, with dots between, as in `http.elapsed`.
    pub path: String,
    /// The unit it is written in; only for [`KnownField::Latency`], and detected when absent.
    pub unit: Option<TimeUnit>,
}

/// A unit of time that a log line may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// `ns`.
    Nanoseconds,
    /// `us` or `µs`.
    Microseconds,
    /// `ms`.
    Milliseconds,
    /// `s`.
    Seconds,
}

impl TimeUnit {
    /// Returns the unit of a name. The micro sign exists twice in Unicode; keyboards write the one, some editors the
    /// other.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ns" => Self::Nanoseconds,
            "us" | "\u{b5}s" | "\u{3bc}s" => Self::Microseconds,
            "ms" => Self::Milliseconds,
            "s" => Self::Seconds,
            _ => return None,
        })
    }
}
