//! Structured lines: JSON objects of all loggers, read in place.

mod error;
mod family;
mod settle;
#[cfg(test)]
mod tests;
mod values;

pub use self::family::Reason;
pub(super) use self::values::is_xray;
use super::names::memo::Memo;
use super::names::{self, Field, Name, Part, Sign, Unit};
use super::{Fields, Format};
use crate::json::{Held, Str, Value, Visit};

/// Reads a line that begins like an object, or returns `None` where it is none.
#[must_use]
pub fn read<'a>(line: &Str<'a>) -> Option<Reader<'a>> {
    let mut reader = Reader::default();
    line.read_object(&mut reader).ok()?;
    Some(reader)
}

/// Reads a line that begins like an object and returns its fields, or `None` where it is none.
#[must_use]
pub fn fields<'a>(line: &Str<'a>) -> Option<Fields<'a>> {
    read(line).map(|reader| *reader.fields())
}

/// What is added to a name's rank for each object around it that is only passed through, such as `context`.
const DEEPER: u8 = 16;

/// No value yet: any rank is better.
const NOTHING: u8 = u8::MAX;

/// Takes the fields of a record among the members of an object.
#[derive(Debug, Default)]
pub struct Reader<'a> {
    fields: Fields<'a>,
    beside: Beside<'a>,
    memo: Option<Memo>,
}

/// What is known beside the fields while they are taken.
#[derive(Debug, Default)]
struct Beside<'a> {
    ranks: Ranks,
    signs: Sign,
    /// A duration whose name does not say its unit, and the key it stands under.
    unsaid: Option<(&'a [u8], &'a [u8])>,
    /// A level of which only the family says the scale.
    small_level: Option<i64>,
    seconds: Option<f64>,
    nanos: f64,
    logger: Option<Str<'a>>,
    /// Whether the error is said in a member of its own.
    says_error: bool,
    /// A status, if a request stands beside it.
    code: Option<u16>,
    /// Who was called, if the message names it too.
    called: Option<Str<'a>>,
    /// The key of an attribute that is written as a pair of `key` and `value`.
    pair: Option<Str<'a>>,
    inside: Option<Str<'a>>,
    reason: Option<Reason>,
}

/// The rank of the name that gave each field its value: the value under the lowest rank is kept.
#[derive(Debug, Clone, Copy)]
struct Ranks {
    timestamp: u8,
    level: u8,
    message: u8,
    service: u8,
    method: u8,
    path: u8,
    route: u8,
    status: u8,
    latency: u8,
    trace_id: u8,
    error_type: u8,
    dependency: u8,
    call_latency: u8,
}

impl Default for Ranks {
    fn default() -> Self {
        Self {
            timestamp: NOTHING,
            level: NOTHING,
            message: NOTHING,
            service: NOTHING,
            method: NOTHING,
            path: NOTHING,
            route: NOTHING,
            status: NOTHING,
            latency: NOTHING,
            trace_id: NOTHING,
            error_type: NOTHING,
            dependency: NOTHING,
            call_latency: NOTHING,
        }
    }
}

/// What is known of an object by the keys around it.
#[derive(Debug, Clone, Copy)]
pub struct Around {
    name: Name,
    /// Added to the rank of what stands in it.
    burden: u8,
    pairs: Pairs,
}

/// Whether an object may be an attribute of OpenTelemetry, a pair of `key` and `value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pairs {
    No,
    Pair,
    Value,
}

impl<'a> Reader<'a> {
    /// Begins to read many lines of one stream.
    #[must_use]
    pub fn of_stream() -> Self {
        Self {
            memo: Some(Memo::default()),
            ..Self::default()
        }
    }

    /// Returns the fields of the last object that was read to its end.
    #[must_use]
    pub const fn fields(&self) -> &Fields<'a> {
        &self.fields
    }

    /// Returns the line within, where the object is but the envelope of one: it is to be read again.
    #[must_use]
    pub const fn inside(&self) -> Option<&Str<'a>> {
        self.beside.inside.as_ref()
    }

    /// Returns whether the object is what a collector put around a line of a program's output.
    #[must_use]
    pub fn is_collected(&self) -> bool {
        self.beside.signs.has(Sign::CONTAINER) || self.fields.message.is_none()
    }

    /// Returns what gave the unit of the latency, where its name did not.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        self.beside.reason
    }

    /// Takes one pair that is no member of an object, such as `key=value`; [`Visit::begin`] comes before the first and
    /// [`Visit::end`] after the last.
    pub fn pair(&mut self, key: &'a [u8], value: Value<'a>) {
        self.take(Around::TOP, key, value);
    }

    #[inline]
    fn take(&mut self, scope: Around, key: &'a [u8], value: Value<'a>) {
        let known = match &mut self.memo {
            Some(memo) => memo.known(scope.name, key),
            None => names::known(scope.name.with(key)),
        };
        if let Some(known) = known {
            self.beside.signs.add(known.sign);
            if let Some((field, rank)) = known.field {
                let rank = rank.saturating_add(scope.burden);
                self.beside
                    .give(&mut self.fields, (field, rank), key, value);
            }
        }
    }
}

impl<'a> Beside<'a> {
    /// Gives a field its value, unless a better name gave it one before.
    fn give(
        &mut self,
        fields: &mut Fields<'a>,
        (field, rank): (Field, u8),
        key: &'a [u8],
        value: Value<'a>,
    ) {
        let ranks = &mut self.ranks;
        match field {
            Field::Timestamp => put(
                &mut fields.timestamp,
                &mut ranks.timestamp,
                rank,
                value,
                values::moment,
            ),
            Field::Moment(part) => {
                let number = values::number(value);
                match part {
                    Part::Seconds => self.seconds = self.seconds.or(number),
                    Part::Nanos => self.nanos = number.unwrap_or(0.0),
                }
            }
            Field::Level => self.level(fields, rank, value),
            Field::OneOf(scale) => {
                let level = |value| values::level_on(scale, value);
                put(&mut fields.level, &mut ranks.level, rank, value, level);
            }
            Field::Message => put(
                &mut fields.message,
                &mut ranks.message,
                rank,
                value,
                values::words,
            ),
            Field::PlatformType => put(
                &mut fields.message,
                &mut ranks.message,
                rank,
                value,
                values::platform_type,
            ),
            Field::Service => put(
                &mut fields.service,
                &mut ranks.service,
                rank,
                value,
                values::name,
            ),
            Field::Method => put(
                &mut fields.method,
                &mut ranks.method,
                rank,
                value,
                values::method,
            ),
            Field::Path => put(&mut fields.path, &mut ranks.path, rank, value, values::path),
            Field::RequestLine => {
                if let Some((method, path)) = values::request_line(value) {
                    better(&mut fields.method, &mut ranks.method, rank, method);
                    better(&mut fields.path, &mut ranks.path, rank, path);
                }
            }
            Field::Route => {
                if let Some((method, route)) = values::route(value) {
                    better(&mut fields.route, &mut ranks.route, rank, route);
                    if let Some(method) = method {
                        better(&mut fields.method, &mut ranks.method, rank, method);
                    }
                }
            }
            Field::Status => put(
                &mut fields.status,
                &mut ranks.status,
                rank,
                value,
                values::status,
            ),
            Field::Latency(unit) => self.latency(fields, unit, (rank, key), value),
            Field::MomentOr(unit) => {
                if let Some(moment) = values::moment(value) {
                    better(&mut fields.timestamp, &mut ranks.timestamp, rank, moment);
                } else {
                    let millis = |value| values::millis(value, unit);
                    put(
                        &mut fields.latency_ms,
                        &mut ranks.latency,
                        rank,
                        value,
                        millis,
                    );
                }
            }
            Field::TraceId => put(
                &mut fields.trace_id,
                &mut ranks.trace_id,
                rank,
                value,
                values::trace_id,
            ),
            Field::ErrorType => put(
                &mut fields.error_type,
                &mut ranks.error_type,
                rank,
                value,
                values::class,
            ),
            Field::Stack | Field::ErrorText => {
                self.says_error |= field == Field::ErrorText && values::words(value).is_some();
                let read = error::class_of;
                put(
                    &mut fields.error_type,
                    &mut ranks.error_type,
                    rank,
                    value,
                    read,
                );
            }
            Field::ErrorCode => put(
                &mut fields.error_type,
                &mut ranks.error_type,
                rank,
                value,
                values::code,
            ),
            Field::Code => match value {
                Value::Number(_) => self.code = self.code.or_else(|| values::status(value)),
                _ => put(
                    &mut fields.error_type,
                    &mut ranks.error_type,
                    rank,
                    value,
                    values::code,
                ),
            },
            Field::Called => self.called = self.called.or_else(|| values::called(value)),
            Field::Dependency => put(
                &mut fields.dependency,
                &mut ranks.dependency,
                rank,
                value,
                values::called,
            ),
            Field::DependencyMs | Field::CallLatency(_) => {
                let unit = match field {
                    Field::CallLatency(unit) => unit,
                    _ => Unit::Millis,
                };
                let millis = |value| values::millis(value, unit);
                put(
                    &mut fields.dependency_ms,
                    &mut ranks.call_latency,
                    rank,
                    value,
                    millis,
                );
            }
            Field::Inside => {
                if let Value::Str(line) = value {
                    self.inside = self.inside.or(Some(line));
                }
            }
            Field::Logger => {
                if let Value::Str(name) = value {
                    self.logger = self.logger.or(Some(name));
                }
            }
        }
    }

    fn level(&mut self, fields: &mut Fields<'a>, rank: u8, value: Value<'a>) {
        match value {
            Value::Str(word) => {
                let capital = word
                    .first_byte()
                    .is_some_and(|byte| byte.is_ascii_uppercase());
                self.signs.add(if capital {
                    Sign::CAPITAL_LEVEL
                } else {
                    Sign::SMALL_LEVEL
                });
            }
            Value::Number(_) => self.signs.add(Sign::NUMBER_LEVEL),
            Value::Word(_) => {}
        }
        let level = values::level(value);
        match level {
            Some(level) => better(&mut fields.level, &mut self.ranks.level, rank, level),
            None => self.small_level = self.small_level.or_else(|| values::whole(value)),
        }
    }

    fn latency(
        &mut self,
        fields: &mut Fields<'a>,
        unit: Unit,
        (rank, key): (u8, &'a [u8]),
        value: Value<'a>,
    ) {
        if rank >= self.ranks.latency {
            return;
        }
        if unit == Unit::Unsaid
            && let Some(digits) = values::bare_number(value)
        {
            self.unsaid = Some((digits, key));
            fields.latency_ms = None;
            self.ranks.latency = rank;
        } else if let Some(ms) = values::millis(value, unit) {
            self.unsaid = None;
            fields.latency_ms = Some(ms);
            self.ranks.latency = rank;
        }
    }
}

/// Sets a field to what is read of a value, where the name is better than the one that set it before.
#[inline]
fn put<'a, T>(
    slot: &mut Option<T>,
    best: &mut u8,
    rank: u8,
    value: Value<'a>,
    read: impl FnOnce(Value<'a>) -> Option<T>,
) {
    if rank < *best
        && let Some(read) = read(value)
    {
        *slot = Some(read);
        *best = rank;
    }
}

fn better<T>(slot: &mut Option<T>, best: &mut u8, rank: u8, value: T) {
    if rank < *best {
        *slot = Some(value);
        *best = rank;
    }
}

impl Around {
    const TOP: Self = Self {
        name: Name::TOP,
        burden: 0,
        pairs: Pairs::No,
    };

    const fn through(self) -> Self {
        Self {
            name: Name::TOP,
            burden: self.burden.saturating_add(DEEPER),
            pairs: Pairs::No,
        }
    }
}

impl<'a> Visit<'a> for Reader<'a> {
    type Scope = Around;

    fn begin(&mut self) -> Around {
        self.fields = Fields::default();
        self.beside = Beside::default();
        self.fields.format = Format::Json;
        Around::TOP
    }

    #[inline]
    fn member(&mut self, scope: Around, key: &Str<'a>, value: Value<'a>) {
        let Some(key) = key.plain() else { return };
        match scope.pairs {
            Pairs::No => self.take(scope, key, value),
            Pairs::Pair if key == b"key" => {
                self.beside.pair = match value {
                    Value::Str(key) => Some(key),
                    _ => None,
                };
            }
            Pairs::Pair if key != b"value" => self.take(scope, key, value),
            Pairs::Pair | Pairs::Value => {
                if let Some(key) = self.beside.pair.and_then(|pair| pair.plain()) {
                    self.take(scope, key, value);
                }
            }
        }
    }

    fn enters(&mut self, scope: Around, key: &Str<'a>, held: Held) -> Option<Around> {
        let key = key.plain()?;
        if scope.pairs == Pairs::Pair && key == b"value" && self.beside.pair.is_some() {
            return Some(Around {
                pairs: Pairs::Value,
                ..scope
            });
        }
        let name = scope.name.with(key);
        let known = names::known(name)?;
        self.beside.signs.add(known.sign);
        let named = Around { name, ..scope };
        let inner = match known.opens {
            Some(names::Scope::Named(name)) => Around { name, ..scope },
            Some(names::Scope::Through) => scope.through(),
            None if known.field.is_some() && held == Held::Elements => named,
            None => return None,
        };
        let pairs = match held {
            Held::Elements => Pairs::Pair,
            Held::Members => Pairs::No,
        };
        Some(Around { pairs, ..inner })
    }

    fn end(&mut self) {
        self.settle();
    }
}

/// Sets a field unless the record has it already: the first of several names wins.
pub(crate) fn set<'a>(fields: &mut Fields<'a>, field: Field, value: Value<'a>) {
    let mut beside = Beside {
        ranks: Ranks::of(fields),
        ..Beside::default()
    };
    beside.give(fields, (field, NOTHING - 1), b"", value);
    if let Some((digits, _)) = beside.unsaid {
        fields.latency_ms = super::duration::of_number(digits, Unit::Unsaid);
    }
}

impl Ranks {
    /// Returns ranks that no name is better than, for the fields that are there.
    fn of(fields: &Fields<'_>) -> Self {
        const fn rank(known: bool) -> u8 {
            if known { 0 } else { NOTHING }
        }
        Self {
            timestamp: rank(fields.timestamp.is_some()),
            level: rank(fields.level.is_some()),
            message: rank(fields.message.is_some()),
            service: rank(fields.service.is_some()),
            method: rank(fields.method.is_some()),
            path: rank(fields.path.is_some()),
            route: rank(fields.route.is_some()),
            status: rank(fields.status.is_some()),
            latency: rank(fields.latency_ms.is_some()),
            trace_id: rank(fields.trace_id.is_some()),
            error_type: rank(fields.error_type.is_some()),
            dependency: rank(fields.dependency.is_some()),
            call_latency: rank(fields.dependency_ms.is_some()),
        }
    }
}
