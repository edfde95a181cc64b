//! The names under which loggers write the same field: conventions of the field, and the unit that a name implies.

/// A field of [`super::Fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// When.
    Timestamp,
    /// How serious.
    Level,
    /// The text for people.
    Message,
    /// Who logged.
    Service,
    /// The HTTP method.
    Method,
    /// The path asked for.
    Path,
    /// The route matched.
    Route,
    /// The HTTP status.
    Status,
    /// The duration, in the unit that the name implies.
    Latency(Unit),
    /// The trace.
    TraceId,
    /// The class or code of an error.
    ErrorType,
    /// Who was called.
    Dependency,
    /// The duration of the call, in milliseconds.
    DependencyMs,
}

/// The unit of a bare number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
    /// The name does not say.
    Unsaid,
}

impl Unit {
    /// Returns how many milliseconds one of the unit is; an unsaid one is taken for a millisecond.
    #[must_use]
    pub const fn millis(self) -> f64 {
        match self {
            Self::Seconds => 1e3,
            Self::Millis | Self::Unsaid => 1.0,
            Self::Micros => 1e-3,
            Self::Nanos => 1e-6,
        }
    }
}

/// Returns the field of a key at the top of a record. Keys are told apart by length first: it is what differs most.
#[must_use]
pub fn field(key: &[u8]) -> Option<Field> {
    use Field::{
        Dependency, DependencyMs, ErrorType, Latency, Level, Message, Method, Path, Route, Service,
        Status, Timestamp, TraceId,
    };
    use Unit::{Micros, Millis, Nanos, Seconds, Unsaid};
    Some(match key.len() {
        2 if key == b"ts" => Timestamp,
        3 => match key {
            b"msg" => Message,
            b"dep" => Dependency,
            b"url" | b"uri" => Path,
            b"lvl" => Level,
            _ => return None,
        },
        4 => match key {
            b"path" => Path,
            b"time" => Timestamp,
            b"verb" => Method,
            b"took" => Latency(Unsaid),
            _ => return None,
        },
        5 => match key {
            b"level" => Level,
            b"route" => Route,
            _ => return None,
        },
        6 => match key {
            b"status" => Status,
            b"method" => Method,
            b"dep_ms" => DependencyMs,
            b"@level" => Level,
            _ => return None,
        },
        7 => match key {
            b"message" => Message,
            b"service" => Service,
            b"elapsed" | b"latency" => Latency(Unsaid),
            b"traceId" | b"traceID" => TraceId,
            b"asctime" => Timestamp,
            b"took_ms" => Latency(Millis),
            _ => return None,
        },
        8 => match key {
            b"trace_id" | b"trace.id" => TraceId,
            b"duration" => Latency(Unsaid),
            b"upstream" => Dependency,
            b"severity" | b"loglevel" => Level,
            b"url.path" => Path,
            b"@message" => Message,
            _ => return None,
        },
        9 => match key {
            b"timestamp" => Timestamp,
            b"levelname" | b"log.level" => Level,
            b"http.path" | b"http_path" => Path,
            b"errorType" | b"errorCode" => ErrorType,
            b"latencyMs" | b"elapsedMs" => Latency(Millis),
            _ => return None,
        },
        10 => match key {
            b"dependency" => Dependency,
            b"latency_ms" | b"elapsed_ms" | b"durationMs" => Latency(Millis),
            b"latency_us" => Latency(Micros),
            b"duration_s" => Latency(Seconds),
            b"@timestamp" => Timestamp,
            b"statusCode" => Status,
            b"http_route" | b"http.route" => Route,
            b"error_type" | b"error.type" | b"error_code" | b"error_kind" | b"error.code" => {
                ErrorType
            }
            b"downstream" => Dependency,
            b"httpMethod" => Method,
            _ => return None,
        },
        11 => match key {
            b"status_code" | b"http_status" | b"http.status" => Status,
            b"http_method" | b"http.method" => Method,
            b"http.target" | b"request_uri" | b"requestPath" => Path,
            b"duration_ms" => Latency(Millis),
            b"duration_us" => Latency(Micros),
            b"duration_ns" => Latency(Nanos),
            b"serviceName" => Service,
            b"upstream_ms" => DependencyMs,
            _ => return None,
        },
        12 => match key {
            b"service.name" | b"service_name" => Service,
            b"responseTime" => Latency(Millis),
            b"request_time" => Latency(Seconds),
            b"request_path" => Path,
            b"peer.service" | b"peer_service" => Dependency,
            _ => return None,
        },
        13 => match key {
            b"dependency_ms" => DependencyMs,
            b"exceptionType" => ErrorType,
            b"xray_trace_id" => TraceId,
            b"response_time" => Latency(Unsaid),
            _ => return None,
        },
        14 => match key {
            b"exception.type" | b"exception_type" | b"exceptionClass" => ErrorType,
            b"route_template" => Route,
            b"responseTimeMs" => Latency(Millis),
            _ => return None,
        },
        15 if key == b"dependency_name" => Dependency,
        16 => match key {
            b"response_time_ms" => Latency(Millis),
            b"http.status_code" | b"http_status_code" => Status,
            _ => return None,
        },
        19 if key == b"http.request.method" => Method,
        25 if key == b"http.response.status_code" => Status,
        _ => return None,
    })
}

/// Returns whether the object under a key at the top holds fields of its own.
#[must_use]
pub fn is_parent(key: &[u8]) -> bool {
    matches!(
        key,
        b"http"
            | b"req"
            | b"request"
            | b"res"
            | b"response"
            | b"err"
            | b"error"
            | b"exception"
            | b"service"
            | b"log"
            | b"trace"
            | b"url"
    )
}

/// Returns the field of a key in the object under another.
#[must_use]
pub fn inner_field(parent: &[u8], key: &[u8]) -> Option<Field> {
    match (parent, key) {
        (b"http" | b"req" | b"request", b"method") => Some(Field::Method),
        (b"http" | b"req" | b"request", b"path" | b"url" | b"uri" | b"target") => Some(Field::Path),
        (b"http" | b"req" | b"request", b"route") => Some(Field::Route),
        (b"http" | b"res" | b"response", b"status" | b"statusCode" | b"status_code") => {
            Some(Field::Status)
        }
        (b"http", b"elapsed" | b"latency" | b"duration") => Some(Field::Latency(Unit::Unsaid)),
        (b"http", b"latency_ms" | b"duration_ms" | b"elapsed_ms") => {
            Some(Field::Latency(Unit::Millis))
        }
        (b"err" | b"error" | b"exception", b"type" | b"code" | b"kind" | b"name" | b"class") => {
            Some(Field::ErrorType)
        }
        (b"service", b"name") => Some(Field::Service),
        (b"log", b"level") => Some(Field::Level),
        (b"trace", b"id") => Some(Field::TraceId),
        (b"url", b"path") => Some(Field::Path),
        _ => None,
    }
}
