//! Structured lines: JSON objects, read in place.

use super::names::{self, Field, Unit};
use super::{Fields, Format, Level, Moment, duration};
use crate::json::{Path, Str, Value, Visit};

/// Reads a line that begins like an object, or returns `None` where it is none.
#[must_use]
pub fn read<'a>(line: &Str<'a>) -> Option<Fields<'a>> {
    let mut reader = Reader::default();
    line.read_object(&mut reader).ok()?;
    Some(reader.0)
}

/// Takes the fields of a record among the members of an object.
#[derive(Debug, Default)]
pub struct Reader<'a>(Fields<'a>);

impl<'a> Reader<'a> {
    /// Returns the fields of the last object that was read to its end.
    #[must_use]
    pub const fn fields(&self) -> &Fields<'a> {
        &self.0
    }
}

impl<'a> Visit<'a> for Reader<'a> {
    fn begin(&mut self) {
        self.0 = Fields {
            format: Format::Json,
            ..Fields::default()
        };
    }

    fn member(&mut self, path: Path<'_, 'a>, value: Value<'a>) {
        let Some(key) = path.key.plain() else { return };
        let field = match path.parent {
            None => names::field(key),
            Some(parent) => parent
                .plain()
                .and_then(|parent| names::inner_field(parent, key)),
        };
        if let Some(field) = field {
            set(&mut self.0, field, value);
        }
    }

    fn enters(&self, path: Path<'_, 'a>) -> bool {
        path.key.plain().is_some_and(names::is_parent)
    }
}

/// Sets a field unless the record has it already: the first of several names wins.
pub(crate) fn set<'a>(fields: &mut Fields<'a>, field: Field, value: Value<'a>) {
    let slot = match field {
        Field::Timestamp => {
            fields.timestamp = fields.timestamp.or_else(|| moment(value));
            return;
        }
        Field::Level => {
            fields.level = fields.level.or_else(|| level(value));
            return;
        }
        Field::Status => {
            fields.status = fields.status.or_else(|| status(value));
            return;
        }
        Field::Latency(unit) => {
            fields.latency_ms = fields.latency_ms.or_else(|| millis(value, unit));
            return;
        }
        Field::DependencyMs => {
            fields.dependency_ms = fields.dependency_ms.or_else(|| millis(value, Unit::Millis));
            return;
        }
        Field::Message => &mut fields.message,
        Field::Service => &mut fields.service,
        Field::Method => &mut fields.method,
        Field::Path => &mut fields.path,
        Field::Route => &mut fields.route,
        Field::TraceId => &mut fields.trace_id,
        Field::ErrorType => &mut fields.error_type,
        Field::Dependency => &mut fields.dependency,
    };
    if slot.is_none()
        && let Value::Str(text) = value
        && text.raw_len() > 0
    {
        *slot = Some(text);
    }
}

fn number(digits: &[u8]) -> Option<f64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn moment(value: Value<'_>) -> Option<Moment<'_>> {
    match value {
        Value::Str(text) => Some(Moment::Text(text)),
        Value::Number(digits) => number(digits).map(Moment::Epoch),
        Value::Word(_) => None,
    }
}

fn level(value: Value<'_>) -> Option<Level> {
    match value {
        Value::Str(word) => Level::parse(word.plain()?),
        Value::Number(digits) => Level::of_number(number(digits)? as i64),
        Value::Word(_) => None,
    }
}

fn status(value: Value<'_>) -> Option<u16> {
    let digits = match value {
        Value::Str(text) => text.plain()?,
        Value::Number(digits) => digits,
        Value::Word(_) => return None,
    };
    let &[a @ b'1'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9'] = digits else {
        return None;
    };
    Some(
        [a, b, c]
            .iter()
            .fold(0, |n, digit| n * 10 + u16::from(digit - b'0')),
    )
}

fn millis(value: Value<'_>, unit: Unit) -> Option<f64> {
    match value {
        Value::Str(text) => duration::parse(&text.text(), unit),
        Value::Number(digits) => duration::of_number(digits, unit),
        Value::Word(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record;

    fn show(line: &str) -> String {
        let read = read(&Str::bare(line.as_bytes()));
        read.map_or_else(|| "no object".into(), |fields| record::tests::show(&fields))
    }

    #[test]
    fn conventions_of_common_loggers_are_read() {
        for (line, expected) in [
            (
                r#"{"timestamp":"2026-01-01T00:30:46.009Z","level":"INFO","service":"loan-api","route":"/a","method":"GET","status":200,"latency_ms":63.0,"dependency":"ledger","dependency_ms":9.5,"message":"done"}"#,
                "at=1767227446009 info service=loan-api method=GET route=/a status=200 ms=63 dep=ledger dep_ms=9.5 msg=done",
            ),
            (
                r#"{"level":50,"time":1795247907472,"req":{"method":"POST","url":"/loan/apply"},"res":{"statusCode":503},"responseTime":23,"err":{"type":"CircuitOpenError"},"msg":"request errored"}"#,
                "at=1795247907472 error method=POST path=/loan/apply status=503 ms=23 error=CircuitOpenError msg=request errored",
            ),
            (
                r#"{"asctime": "2026-11-21 08:03:27,761", "levelname": "INFO", "http_method": "GET", "http_path": "/x", "http_status": "200", "duration": "31.01ms"}"#,
                "at=1795248207761 info method=GET path=/x status=200 ms=31.01",
            ),
            (r#"{"status":"pending","status_code":204}"#, "status=204"),
            (
                r#"{"status":999,"level":"loud","service":"","latency_ms":null}"#,
                "",
            ),
            (r#"{"msg":"first","message":"second"}"#, "msg=first"),
            ("{not json}", "no object"),
        ] {
            assert_eq!(show(line), expected, "{line}");
        }
    }
}
