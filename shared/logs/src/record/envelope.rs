//! Lines within lines: what Docker, Fluent Bit, FireLens and the like put around a line, and loggers that were handed
//! JSON as text. The line within is read again, whatever it is.

use super::json::Reader;
use super::{Fields, Level, Moment, json, plain_text, text, timestamp};
use crate::json::Str;

/// How many envelopes around a line are opened.
const MOST: usize = 4;

/// What an object comes to.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for a moment; a box would cost each line within an envelope an allocation"
)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Content<'a> {
    /// It is a record, or there is one within.
    Record(Fields<'a>),
    /// A collector put it around a line of text, which may go on with a line before it.
    Line(&'a str, Carried),
}

/// What envelopes tell that needs no memory: it counts where the line within does not tell it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Carried {
    timestamp_ms: Option<i64>,
    level: Option<Level>,
}

impl Carried {
    /// Takes when an envelope was written, in milliseconds since the epoch.
    #[must_use]
    pub const fn at(timestamp_ms: i64) -> Self {
        Self {
            timestamp_ms: Some(timestamp_ms),
            level: None,
        }
    }

    /// Takes what the fields of an envelope tell.
    pub(super) fn of(fields: &Fields<'_>) -> Self {
        Self {
            timestamp_ms: fields.timestamp.as_ref().and_then(timestamp::of),
            level: fields.level,
        }
    }

    /// Takes the fields of an envelope further in, which come before its own: it is nearer to the line.
    fn then(self, inner: Self) -> Self {
        Self {
            timestamp_ms: inner.timestamp_ms.or(self.timestamp_ms),
            level: inner.level.or(self.level),
        }
    }

    /// Gives fields what they lack.
    pub fn complete(self, fields: &mut Fields<'_>) {
        let timestamp = || Some(Moment::Ms(self.timestamp_ms?));
        fields.timestamp = fields.timestamp.or_else(timestamp);
        fields.level = fields.level.or(self.level);
    }
}

/// Returns what an object comes to that was read. `memory` is for what is within it.
pub fn content<'a>(outer: &Reader<'a>, memory: &'a mut String) -> Content<'a> {
    let Some(inside) = outer.inside() else {
        return Content::Record(*outer.fields());
    };
    let carried = innermost(Carried::default(), *inside, memory);
    let mut fields = match json::read(&Str::bare(memory.as_bytes())) {
        Some(reader) => *reader.fields(),
        None if outer.is_collected() => {
            let carried = Carried::of(outer.fields()).then(carried);
            return Content::Line(memory, carried);
        }
        None => text::read(memory),
    };
    carried.complete(&mut fields);
    fields.fill(outer.fields());
    Content::Record(fields)
}

/// Reads an object; `memory` is for what is within it.
pub(super) fn read<'a>(outer: &Reader<'a>, memory: &'a mut String) -> Fields<'a> {
    match content(outer, memory) {
        Content::Record(fields) => fields,
        Content::Line(line, carried) => {
            let mut fields = text::read(line);
            carried.complete(&mut fields);
            fields
        }
    }
}

/// Reads the object in `memory`, and what is within it.
pub(super) fn read_in(memory: &mut String) -> Fields<'_> {
    let carried = innermost(Carried::default(), Str::bare(&[]), memory);
    let mut fields = match json::read(&Str::bare(memory.as_bytes())) {
        Some(reader) => *reader.fields(),
        None => text::read(memory),
    };
    carried.complete(&mut fields);
    fields
}

/// Puts the innermost line within a line into `memory`, and returns whether there is one.
pub(crate) fn line_within(line: &Str<'_>, memory: &mut String) -> bool {
    let reader = line.begins_object().then(|| json::read(line)).flatten();
    let Some(inside) = reader.and_then(|reader| reader.inside().copied()) else {
        return false;
    };
    innermost(Carried::default(), inside, memory);
    true
}

/// Puts the innermost line into `memory`, from `inside` on, or from what `memory` holds where that is empty. Returns
/// what the envelopes on the way tell.
fn innermost(carried: Carried, inside: Str<'_>, memory: &mut String) -> Carried {
    let mut carried = carried;
    if inside.raw_len() > 0 {
        plain_text(inside, memory);
    }
    for _ in 1..MOST {
        let plain = Str::bare(memory.as_bytes());
        let reader = plain.begins_object().then(|| json::read(&plain)).flatten();
        let Some((reader, inside)) =
            reader.and_then(|reader| reader.inside().copied().map(|inside| (reader, inside)))
        else {
            break;
        };
        carried = carried.then(Carried::of(reader.fields()));
        let mut inner = String::new();
        plain_text(inside, &mut inner);
        *memory = inner;
    }
    carried
}
