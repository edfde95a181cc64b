//! What a value that a rule found means as a field.

use super::field::{KnownField, TimeUnit};
use crate::json::{Str, Value};
use crate::record::names::Unit;
use crate::record::{Fields, Level, Moment, duration, timestamp};

/// Sets a field, or leaves it as it was where the value cannot mean it; returns whether it was set.
pub(super) fn give<'a>(
    fields: &mut Fields<'a>,
    field: KnownField,
    unit: Unit,
    value: Value<'a>,
) -> bool {
    match field {
        KnownField::Timestamp => put(&mut fields.timestamp, moment(value)),
        KnownField::Level => put(&mut fields.level, level(value)),
        KnownField::Status => put(&mut fields.status, status(value)),
        KnownField::Latency => put(&mut fields.latency_ms, millis(value, unit)),
        KnownField::Message => put(&mut fields.message, text(value)),
        KnownField::Service => put(&mut fields.service, text(value)),
        KnownField::Method => put(&mut fields.method, text(value)),
        KnownField::Path => put(&mut fields.path, text(value)),
        KnownField::Route => put(&mut fields.route, text(value)),
        KnownField::TraceId => put(&mut fields.trace_id, text(value)),
        KnownField::ErrorType => put(&mut fields.error_type, text(value)),
        KnownField::Dependency => put(&mut fields.dependency, text(value)),
    }
}

/// Returns the unit of a bare number that the settings tell.
pub(super) const fn unit_of(unit: TimeUnit) -> Unit {
    match unit {
        TimeUnit::Nanoseconds => Unit::Nanos,
        TimeUnit::Microseconds => Unit::Micros,
        TimeUnit::Milliseconds => Unit::Millis,
        TimeUnit::Seconds => Unit::Seconds,
    }
}

fn put<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let given = value.is_some();
    if given {
        *slot = value;
    }
    given
}

/// A text, white space around it taken off; a number is the text of its digits.
fn text(value: Value<'_>) -> Option<Str<'_>> {
    let text = match value {
        Value::Str(text) => text.plain().map_or(text, |raw| Str::bare(raw.trim_ascii())),
        Value::Number(digits) => Str::bare(digits),
        Value::Word(_) => return None,
    };
    (text.raw_len() > 0).then_some(text)
}

fn moment(value: Value<'_>) -> Option<Moment<'_>> {
    let moment = match value {
        Value::Number(digits) => Moment::Epoch(str::from_utf8(digits).ok()?.parse().ok()?),
        value => Moment::Text(text(value)?),
    };
    timestamp::of(&moment).map(|_| moment)
}

/// A level by its name, its number, or the letter that glog and its kin begin a line with.
fn level(value: Value<'_>) -> Option<Level> {
    let word = match value {
        Value::Number(digits) => digits,
        value => text(value)?.plain()?,
    };
    match word.to_ascii_uppercase().as_slice() {
        b"T" | b"V" => return Some(Level::Trace),
        b"D" => return Some(Level::Debug),
        b"I" => return Some(Level::Info),
        b"W" => return Some(Level::Warn),
        b"E" => return Some(Level::Error),
        b"F" | b"C" => return Some(Level::Fatal),
        _ => {}
    }
    let number = || Level::of_number(str::from_utf8(word).ok()?.parse().ok()?);
    Level::parse(word).or_else(number)
}

fn status(value: Value<'_>) -> Option<u16> {
    let digits = match value {
        Value::Number(digits) => digits,
        value => text(value)?.plain()?,
    };
    let three = digits.len() == 3 && digits.iter().all(u8::is_ascii_digit);
    let status = str::from_utf8(digits).ok()?.parse().ok()?;
    (three && (100..=599).contains(&status)).then_some(status)
}

fn millis(value: Value<'_>, unit: Unit) -> Option<f64> {
    match value {
        Value::Number(digits) => duration::of_number(digits, unit),
        value => duration::parse(&text(value)?.text(), unit),
    }
}
