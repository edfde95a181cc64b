//! What only the whole object can decide: fields whose meaning depends on other members.

use memchr::{memchr, memmem};

use super::family::{self, Bare, Seconds};
use super::{NOTHING, Reader, values};
use crate::json::{Str, Value};
use crate::record::names::{Scale, Sign};
use crate::record::{Level, Moment, Origin, duration, text};

impl Reader<'_> {
    /// Decides what the members left open.
    pub(super) fn settle(&mut self) {
        self.settle_level();
        if let Some(seconds) = self.beside.seconds
            && self.beside.ranks.timestamp == NOTHING
        {
            self.fields.timestamp = Some(Moment::Epoch(seconds + self.beside.nanos / 1e9));
        }
        if let Some((digits, key)) = self.beside.unsaid {
            let bare = Bare {
                digits,
                key,
                whole_seconds: self.seconds_of_time(),
            };
            self.beside.reason = family::unit(self.beside.signs, bare);
            let unit = self.beside.reason.map(|reason| reason.unit);
            self.fields.latency_ms = unit.and_then(|unit| duration::of_number(digits, unit));
        }
        // A number under `code` is a status only beside a request.
        if self.fields.path.is_some() || self.fields.route.is_some() {
            self.fields.status = self.fields.status.or(self.beside.code);
        }
        self.read_words();
        self.settle_dependency();
        self.settle_origin();
        self.settle_inside();
    }

    /// Reads fields from the words of the message, where no member gave them. Only the text before the first escape is
    /// read, because the message is not unescaped.
    fn read_words(&mut self) {
        let fields = &mut self.fields;
        if fields.is_request() || fields.dependency.is_some() && fields.latency_ms.is_some() {
            return;
        }
        let Some(message) = fields.message else {
            return;
        };
        let raw = message.raw();
        let plain = memchr(b'\\', raw).map_or(raw, |at| &raw[..at]);
        if let Ok(words) = std::str::from_utf8(plain) {
            let error = fields.error_type;
            text::words(words, fields);
            if self.beside.says_error {
                // A member already gave the error; a class in the message is a detail of it.
                fields.error_type = error;
            }
        }
    }

    fn settle_level(&mut self) {
        if self.fields.level.is_some() {
            return;
        }
        if self.beside.signs.has(Sign::GELF)
            && let Some(level) = self.beside.small_level
        {
            let mut digits = itoa::Buffer::new();
            let value = Value::Number(digits.format(level).as_bytes());
            self.fields.level = values::level_on(Scale::Syslog, value);
        } else if self.beside.signs.has(Sign::CLEF) {
            // The compact format leaves the level out where it is information.
            self.fields.level = Some(Level::Info);
        }
    }

    fn seconds_of_time(&self) -> Seconds {
        match self.fields.timestamp {
            Some(Moment::Text(text)) => {
                if text.raw().iter().any(|byte| matches!(byte, b'.' | b',')) {
                    Seconds::Fraction
                } else {
                    Seconds::Whole
                }
            }
            _ => Seconds::Other,
        }
    }

    /// A call's client often logs the called service as `service`, or as the `target` of what it did: a message that
    /// is about a call names the service, and so does any message of a logger whose name is that of a client.
    fn settle_dependency(&mut self) {
        let fields = &mut self.fields;
        if fields.is_request() {
            return;
        }
        let client = self.beside.logger.is_some_and(|name| is_client(name.raw()));
        let named = |name: &Str<'_>| {
            let message = fields.message.unwrap_or(Str::bare(&[]));
            names(message.raw(), name.raw())
                && (client || fields.latency_ms.is_some() || speaks_of_call(message.raw()))
        };
        // Rust's loggers write the program's own crate as `target`, which is no service that it calls.
        let rust = self.beside.signs.has(Sign::RUST);
        let of_call = |_: &Str<'_>| {
            let message = fields.message.unwrap_or(Str::bare(&[]));
            !rust && fields.latency_ms.is_some() && speaks_of_call(message.raw())
        };
        if fields.dependency.is_none()
            && let Some(called) = self
                .beside
                .called
                .filter(|name| named(name) || of_call(name))
        {
            fields.dependency = Some(called);
        }
        let free = |service: &Str<'_>| {
            let other = |dependency: Str<'_>| dependency.raw() != service.raw();
            self.beside.ranks.service != NOTHING && !fields.dependency.is_some_and(other)
        };
        let service = fields
            .service
            .filter(free)
            .and_then(|service| values::called(Value::Str(service)))
            .filter(named);
        if service.is_some() {
            fields.dependency = service;
            fields.service = None;
        }
        if fields.dependency.is_some() && fields.latency_ms.is_none() {
            fields.latency_ms = fields.dependency_ms;
        }
    }

    fn settle_origin(&mut self) {
        let server = Sign::TRAEFIK
            .and(Sign::CADDY)
            .and(Sign::ENVOY)
            .and(Sign::SERVER)
            .and(Sign::GATEWAY);
        if self.beside.signs.has_any(server) && self.fields.status.is_some() {
            self.fields.origin = Origin::Access;
            if self.beside.signs.has(Sign::TRAEFIK) {
                // Traefik's ServiceName is the service behind it.
                self.fields.service = None;
            }
        }
    }

    /// Decides whether the object is an envelope: its line stands under `log` and it has no message of its own, or its
    /// message is itself an object, or a collector of containers' lines wrote it.
    fn settle_inside(&mut self) {
        let message = self.fields.message;
        self.beside.inside = match (self.beside.inside, message) {
            (Some(line), None) => Some(line),
            (_, Some(message)) if message.begins_object() => Some(message),
            (_, Some(message)) => {
                let collected =
                    self.beside.signs.has(Sign::CONTAINER) && self.fields.level.is_none();
                let access = self.fields.status.is_none() && holds_access_line(&message);
                (collected || access).then_some(message)
            }
            (None, None) => None,
        };
    }
}

/// Returns whether a message holds a request's first line in quotes, as servers write it.
fn holds_access_line(message: &Str<'_>) -> bool {
    message.plain().is_none() && memmem::find(message.raw(), b" HTTP/").is_some()
}

/// Returns whether the last part of a logger's name is one of clients.
fn is_client(logger: &[u8]) -> bool {
    let last = logger
        .rsplit(|byte| matches!(byte, b'.' | b':' | b'/'))
        .next()
        .unwrap_or_default();
    let ends = |ending: &[u8]| {
        last.len() >= ending.len() && last[last.len() - ending.len()..].eq_ignore_ascii_case(ending)
    };
    ends(b"client") || ends(b"clients")
}

/// Returns whether a message holds a name as a word.
fn names(message: &[u8], name: &[u8]) -> bool {
    let Some(at) = memmem::find(message, name) else {
        return false;
    };
    let ends = |byte: Option<&u8>| {
        byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.'))
    };
    let before = at.checked_sub(1).and_then(|at| message.get(at));
    ends(before) && ends(message.get(at + name.len()))
}

/// Returns whether a message is about a call.
fn speaks_of_call(message: &[u8]) -> bool {
    const CALLS: [&[u8]; 17] = [
        b"Call",
        b"Retry",
        b"Circuit",
        b"Timeout",
        b"Slow",
        b"Dependency",
        b"Upstream",
        b"call",
        b"retry",
        b"circuit",
        b"timeout",
        b"timed out",
        b"respond",
        b"slow",
        b"unavailable",
        b"dependency",
        b"upstream",
    ];
    CALLS
        .iter()
        .any(|call| memmem::find(message, call).is_some())
}
