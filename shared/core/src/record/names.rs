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

/// The names of fields at the top of a record.
const NAMES: &[(&str, Field)] = {
    use Field::{
        Dependency, DependencyMs, ErrorType, Latency, Level, Message, Method, Path, Route, Service,
        Status, Timestamp, TraceId,
    };
    use Unit::{Micros, Millis, Nanos, Seconds, Unsaid};
    &[
        ("ts", Timestamp),
        ("time", Timestamp),
        ("asctime", Timestamp),
        ("timestamp", Timestamp),
        ("@timestamp", Timestamp),
        ("lvl", Level),
        ("level", Level),
        ("@level", Level),
        ("loglevel", Level),
        ("severity", Level),
        ("levelname", Level),
        ("log.level", Level),
        ("msg", Message),
        ("message", Message),
        ("@message", Message),
        ("service", Service),
        ("serviceName", Service),
        ("service.name", Service),
        ("service_name", Service),
        ("verb", Method),
        ("method", Method),
        ("httpMethod", Method),
        ("http.method", Method),
        ("http_method", Method),
        ("http.request.method", Method),
        ("uri", Path),
        ("url", Path),
        ("path", Path),
        ("url.path", Path),
        ("http.path", Path),
        ("http_path", Path),
        ("http.target", Path),
        ("requestPath", Path),
        ("request_uri", Path),
        ("request_path", Path),
        ("route", Route),
        ("http.route", Route),
        ("http_route", Route),
        ("route_template", Route),
        ("status", Status),
        ("statusCode", Status),
        ("http.status", Status),
        ("http_status", Status),
        ("status_code", Status),
        ("http.status_code", Status),
        ("http_status_code", Status),
        ("http.response.status_code", Status),
        ("took", Latency(Unsaid)),
        ("elapsed", Latency(Unsaid)),
        ("latency", Latency(Unsaid)),
        ("duration", Latency(Unsaid)),
        ("response_time", Latency(Unsaid)),
        ("took_ms", Latency(Millis)),
        ("elapsedMs", Latency(Millis)),
        ("latencyMs", Latency(Millis)),
        ("durationMs", Latency(Millis)),
        ("elapsed_ms", Latency(Millis)),
        ("latency_ms", Latency(Millis)),
        ("duration_ms", Latency(Millis)),
        ("responseTime", Latency(Millis)),
        ("responseTimeMs", Latency(Millis)),
        ("response_time_ms", Latency(Millis)),
        ("duration_s", Latency(Seconds)),
        ("request_time", Latency(Seconds)),
        ("latency_us", Latency(Micros)),
        ("duration_us", Latency(Micros)),
        ("duration_ns", Latency(Nanos)),
        ("traceID", TraceId),
        ("traceId", TraceId),
        ("trace.id", TraceId),
        ("trace_id", TraceId),
        ("xray_trace_id", TraceId),
        ("errorCode", ErrorType),
        ("errorType", ErrorType),
        ("error.code", ErrorType),
        ("error.type", ErrorType),
        ("error_code", ErrorType),
        ("error_kind", ErrorType),
        ("error_type", ErrorType),
        ("exceptionType", ErrorType),
        ("exception.type", ErrorType),
        ("exceptionClass", ErrorType),
        ("exception_type", ErrorType),
        ("dep", Dependency),
        ("upstream", Dependency),
        ("dependency", Dependency),
        ("downstream", Dependency),
        ("peer.service", Dependency),
        ("peer_service", Dependency),
        ("dependency_name", Dependency),
        ("dep_ms", DependencyMs),
        ("upstream_ms", DependencyMs),
        ("dependency_ms", DependencyMs),
    ]
};

/// Places of [`TABLE`]; a power of two, several times the number of names, so that most stand where they belong.
const PLACES: usize = 512;

/// [`NAMES`] where their hash puts them, or in the next free place behind it.
static TABLE: [Option<(Shape, &[u8], Field)>; PLACES] = {
    let mut table = [const { None::<(Shape, &[u8], Field)> }; PLACES];
    let mut n = 0;
    while n < NAMES.len() {
        let (name, field) = NAMES[n];
        let shape = shape(name.as_bytes());
        let mut place = place(shape);
        while table[place].is_some() {
            place = (place + 1) % PLACES;
        }
        table[place] = Some((shape, name.as_bytes(), field));
        n += 1;
    }
    table
};

/// What tells names apart without looking at each byte: up to 16 bytes, nothing else is needed.
type Shape = (u64, u64, usize);

/// Returns the first eight bytes of a name, its last eight, and its length.
const fn shape(name: &[u8]) -> Shape {
    match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => (
            u64::from_le_bytes(*first),
            u64::from_le_bytes(*last),
            name.len(),
        ),
        _ => match (name.first_chunk(), name.last_chunk()) {
            (Some(first), Some(last)) => (
                u32::from_le_bytes(*first) as u64,
                u32::from_le_bytes(*last) as u64,
                name.len(),
            ),
            _ => match name {
                [a, .., b] => (*a as u64, name[1] as u64 | (*b as u64) << 8, name.len()),
                [a] => (*a as u64, 0, 1),
                [] => (0, 0, 0),
            },
        },
    }
}

const fn place((first, last, length): Shape) -> usize {
    let mixed = (first ^ last.rotate_left(29) ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % PLACES
}

/// Returns the field of a key at the top of a record.
#[must_use]
#[inline]
pub fn field(key: &[u8]) -> Option<Field> {
    let shape = shape(key);
    let mut at = place(shape);
    while let Some((known, name, field)) = &TABLE[at] {
        if *known == shape && (key.len() <= 16 || *name == key) {
            return Some(*field);
        }
        at = (at + 1) % PLACES;
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_its_neighbours_are_not() {
        for (name, expected) in NAMES {
            let key = name.as_bytes();
            assert_eq!(field(key), Some(*expected), "{name}");
            for at in 0..key.len() {
                let mut other = key.to_vec();
                other[at] ^= 0x80;
                assert_eq!(field(&other), None, "{name} changed at {at}");
                other.remove(at);
                let known = NAMES.iter().any(|(name, _)| name.as_bytes() == other);
                assert_eq!(field(&other).is_some(), known, "{name} without byte {at}");
            }
        }
        assert_eq!(field(b""), None);
    }
}
