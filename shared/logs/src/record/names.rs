//! Names under which loggers write the same field, found whatever their case and the marks between their words.
//!
//! [`table`] is the data. Here it is put where a hash of a name's letters and digits finds it; the hash of a nested
//! name is that of its parts one behind the other, so that nested and dotted names are one.

pub mod memo;
pub mod table;
#[cfg(test)]
mod tests;

use table::{CALLED, CALLED_AS, CALLED_FOR, ROWS, SCOPES, SIGNS, TIMES, UNITS};

/// What a value under a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// When.
    Timestamp,
    /// A part of when: an object of seconds and nanoseconds.
    Moment(Part),
    /// How serious, as a word or as a number of the loggers whose numbers cannot be mistaken.
    Level,
    /// How serious, on a scale that the name implies.
    OneOf(Scale),
    /// The text for people.
    Message,
    /// The kind of a line of Lambda's platform.
    PlatformType,
    /// Who logged.
    Service,
    /// The HTTP method.
    Method,
    /// The path asked for.
    Path,
    /// A request's first line: method, path and protocol.
    RequestLine,
    /// The route matched, perhaps with the method before it.
    Route,
    /// The HTTP status.
    Status,
    /// The duration, in the unit that the name implies.
    Latency(Unit),
    /// A moment where the value is one, else a duration in this unit: `request_time` of nginx and of API Gateway.
    MomentOr(Unit),
    /// The trace, or what holds it.
    TraceId,
    /// The class of an error.
    ErrorType,
    /// A stack trace, whose class counts.
    Stack,
    /// An error's text, which may begin with its class.
    ErrorText,
    /// The code of an error.
    ErrorCode,
    /// The code of an error where it is a text, perhaps a status of HTTP where it is a number.
    Code,
    /// Who was called.
    Dependency,
    /// Who was called, if the message names it too.
    Called,
    /// The duration of the call, in milliseconds.
    DependencyMs,
    /// The duration of the call, in the unit that the name implies.
    CallLatency(Unit),
    /// A line within an envelope.
    Inside,
    /// The part of the program that logged.
    Logger,
}

/// A part of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Whole seconds since the epoch.
    Seconds,
    /// Nanoseconds of the second.
    Nanos,
}

/// A scale of levels that are numbers or letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// 0 is an emergency, 7 is debug.
    Syslog,
    /// 1 is trace, 24 is fatal.
    OpenTelemetry,
    /// 10 is debug, 50 is critical.
    Python,
    /// The first letter of the word.
    Letter,
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

/// How the members of an object under a name count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// As if they stood around the object.
    Through,
    /// As if the object had this name.
    As(&'static str),
}

/// Which logger or server wrote a line, as far as its keys show it: a set of bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sign(u32);

impl Sign {
    /// No sign.
    pub const NONE: Self = Self(0);
    /// The time stands under `time`.
    pub const TIME: Self = Self(1);
    /// The time stands under `ts`.
    pub const TS: Self = Self(1 << 1);
    /// The message stands under `msg`.
    pub const MSG: Self = Self(1 << 2);
    /// The message stands under `message`.
    pub const MESSAGE: Self = Self(1 << 3);
    /// The message stands under `event`.
    pub const EVENT: Self = Self(1 << 4);
    /// The place in the source stands under `caller`.
    pub const CALLER: Self = Self(1 << 5);
    /// Graylog's format.
    pub const GELF: Self = Self(1 << 6);
    /// Serilog's compact format.
    pub const CLEF: Self = Self(1 << 7);
    /// A logger of .NET.
    pub const DOTNET: Self = Self(1 << 8);
    /// A logger of Python.
    pub const PYTHON: Self = Self(1 << 9);
    /// A logger of PHP.
    pub const PHP: Self = Self(1 << 10);
    /// A logger of Java.
    pub const JAVA: Self = Self(1 << 11);
    /// A logger of Ruby.
    pub const RUBY: Self = Self(1 << 13);
    /// A logger of Rust.
    pub const RUST: Self = Self(1 << 14);
    /// Traefik's access log.
    pub const TRAEFIK: Self = Self(1 << 15);
    /// Caddy's access log.
    pub const CADDY: Self = Self(1 << 16);
    /// Envoy's access log.
    pub const ENVOY: Self = Self(1 << 17);
    /// nginx's names in an access log.
    pub const SERVER: Self = Self(1 << 18);
    /// API Gateway's access log.
    pub const GATEWAY: Self = Self(1 << 19);
    /// An envelope that a collector of containers' lines put around them.
    pub const CONTAINER: Self = Self(1 << 20);
    /// The level is a word in capitals.
    pub const CAPITAL_LEVEL: Self = Self(1 << 21);
    /// The level is a word in small letters.
    pub const SMALL_LEVEL: Self = Self(1 << 22);
    /// The level is a number.
    pub const NUMBER_LEVEL: Self = Self(1 << 23);

    /// Adds what another holds.
    #[inline]
    pub const fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Returns whether all of the other's signs are there.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns whether any of the other's signs is there.
    #[must_use]
    pub const fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns the signs of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A name's letters and digits so far, of its own and of those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(u64);

impl Name {
    /// Nothing yet.
    pub const TOP: Self = Self(0xcbf2_9ce4_8422_2325);

    /// Returns this name with a key behind it. Case does not count, nor do `_`, `-`, `.` and blanks.
    #[must_use]
    #[inline]
    pub const fn with(self, key: &[u8]) -> Self {
        let mut hash = self.0;
        let mut at = 0;
        while at < key.len() {
            let byte = FOLDED[key[at] as usize];
            if byte != 0 {
                hash = (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
            }
            at += 1;
        }
        Self(hash)
    }
}

/// Each byte as it counts in a name; 0 does not count.
const FOLDED: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'_' | b'-' | b'.' | b' ' => 0,
            byte => byte.to_ascii_lowercase(),
        };
        byte += 1;
    }
    table
};

/// What is known of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    name: Name,
    /// What a value under it is, and its rank: the value under the lowest rank is kept.
    pub field: Option<(Field, u8)>,
    /// How the members of an object under it count, where they do.
    pub opens: Option<Scope>,
    /// What it says of the line's writer.
    pub sign: Sign,
}

/// An object that was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Its members count under this name.
    Named(Name),
    /// Its members count as if they stood around it.
    Through,
}

/// Places of [`PLACED`]; a power of two, several times the number of names, so that most stand where they belong.
const PLACES: usize = 4096;

/// Names with what is known of them, by place.
type Places = [Known; PLACES];

/// All names where their hash puts them, or in the next free place behind it.
static PLACED: Places = placed([FREE; PLACES]);

/// A place that no name has.
const FREE: Known = Known {
    name: Name(0),
    field: None,
    opens: None,
    sign: Sign::NONE,
};

/// Names parted by blanks.
struct Listed(&'static str);

impl Listed {
    /// Returns the next name, or `None` at the end.
    const fn next(&mut self) -> Option<&'static str> {
        let bytes = self.0.as_bytes();
        let mut length = 0;
        while length < bytes.len() && bytes[length] != b' ' {
            length += 1;
        }
        if length == 0 {
            return None;
        }
        let (name, rest) = self.0.split_at(length);
        self.0 = if rest.is_empty() {
            rest
        } else {
            rest.split_at(1).1
        };
        Some(name)
    }
}

const fn placed(mut places: Places) -> Places {
    let mut n = 0;
    while n < ROWS.len() {
        let row = &ROWS[n];
        let mut names = Listed(row.names);
        while let Some(name) = names.next() {
            put_field(&mut places, Name::TOP, name, row.field, row.rank);
        }
        n += 1;
    }
    put_times(&mut places);
    put_calls(&mut places);
    n = 0;
    while n < SCOPES.len() {
        let (opens, names) = SCOPES[n];
        let mut names = Listed(names);
        while let Some(name) = names.next() {
            let name = Name::TOP.with(name.as_bytes());
            let scope = match opens {
                Opens::Through => Scope::Through,
                Opens::As(name) => Scope::Named(Name::TOP.with(name.as_bytes())),
            };
            put(&mut places, name).opens = Some(scope);
        }
        n += 1;
    }
    n = 0;
    while n < SIGNS.len() {
        let (sign, names) = SIGNS[n];
        let mut names = Listed(names);
        while let Some(name) = names.next() {
            put(&mut places, Name::TOP.with(name.as_bytes()))
                .sign
                .add(sign);
        }
        n += 1;
    }
    places
}

const fn put_times(places: &mut Places) {
    let mut names = Listed(TIMES);
    while let Some(name) = names.next() {
        let unsaid = Field::Latency(Unit::Unsaid);
        put_field(places, Name::TOP, name, unsaid, 4);
        let stem = Name::TOP.with(name.as_bytes());
        let mut at = 0;
        while at < UNITS.len() {
            let (suffix, unit) = UNITS[at];
            put_field(places, stem, suffix, Field::Latency(unit), 1);
            at += 1;
        }
    }
}

const fn put_calls(places: &mut Places) {
    let mut names = Listed(CALLED);
    while let Some(name) = names.next() {
        let called = Name::TOP.with(name.as_bytes());
        let mut at = 0;
        while at < CALLED_AS.len() {
            put_field(places, called, CALLED_AS[at], Field::Dependency, 1);
            at += 1;
        }
        at = 0;
        while at < CALLED_FOR.len() {
            let stem = called.with(CALLED_FOR[at].as_bytes());
            let mut unit = 0;
            while unit < UNITS.len() {
                let (suffix, of) = UNITS[unit];
                put_field(places, stem, suffix, Field::CallLatency(of), 1);
                unit += 1;
            }
            if !CALLED_FOR[at].is_empty() {
                put_field(places, stem, "", Field::CallLatency(Unit::Unsaid), 4);
            }
            at += 1;
        }
        put(places, called).opens = Some(Scope::Named(called));
    }
}

/// Puts a name that goes on from another, and opens the objects that its dots name.
const fn put_field(places: &mut Places, stem: Name, name: &str, field: Field, rank: u8) {
    let bytes = name.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'.' {
            let (before, _) = bytes.split_at(at);
            let scope = stem.with(before);
            put(places, scope).opens = Some(Scope::Named(scope));
        }
        at += 1;
    }
    let known = put(places, stem.with(bytes));
    assert!(known.field.is_none(), "a name stands in the table twice");
    known.field = Some((field, rank));
}

/// Returns what is known of a name, made where it is not there.
const fn put(places: &mut Places, name: Name) -> &mut Known {
    let mut at = place(name);
    while places[at].name.0 != FREE.name.0 && places[at].name.0 != name.0 {
        at = (at + 1) % PLACES;
    }
    places[at].name = name;
    &mut places[at]
}

const fn place(name: Name) -> usize {
    (name.0 ^ name.0 >> 32) as usize % PLACES
}

/// Returns what is known of a name.
#[must_use]
#[inline]
pub fn known(name: Name) -> Option<&'static Known> {
    let mut at = place(name);
    loop {
        let known = &PLACED[at];
        if known.name == name {
            return Some(known);
        }
        if known.name == FREE.name {
            return None;
        }
        at = (at + 1) % PLACES;
    }
}

/// Returns the field of a key at the top of a record.
#[must_use]
#[inline]
pub fn field(key: &[u8]) -> Option<Field> {
    known(Name::TOP.with(key))?.field.map(|(field, _)| field)
}
