//! What the words of a message say: the outcome of a request.

use super::{bare, is_method};
use crate::json::Value;
use crate::record::json::set;
use crate::record::names::{Field, Unit};
use crate::record::{Fields, duration};

/// Reads `METHOD /path STATUS DURATION`, the form in which many applications write a request's outcome.
pub(super) fn read<'a>(message: &'a str, fields: &mut Fields<'a>) {
    let mut words = message.split(' ');
    let (Some(method), Some(path), Some(status)) = (words.next(), words.next(), words.next())
    else {
        return;
    };
    if !is_method(method) || !path.starts_with('/') {
        return;
    }
    set(fields, Field::Status, Value::Str(bare(status)));
    if fields.status.is_some() {
        fields.method = Some(bare(method));
        fields.path = Some(bare(path));
        fields.latency_ms = words
            .next()
            .and_then(|word| duration::parse(word, Unit::Unsaid));
    }
}
