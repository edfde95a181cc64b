//! What the words of a message say, read conservatively: the outcome of a request, a call to a dependency and how long
//! it took, a trace, the type of an error.

mod call;
mod error;
mod request;
#[cfg(test)]
mod tests;
mod trace;
mod vocabulary;
mod words;

use self::words::Words;
use super::bare;
use crate::record::{Fields, Origin};

pub(super) use self::error::of_value;
pub(super) use self::trace::find as trace;

/// Reads what a message says. What is known already stays.
pub(super) fn read<'a>(message: &'a str, fields: &mut Fields<'a>) {
    if fields.trace_id.is_none() {
        fields.trace_id = trace::find(message).map(bare);
    }
    if fields.origin == Origin::Access {
        return;
    }
    // Dumps and stack traces below the first line say nothing in these words.
    let message = message.lines().next().unwrap_or_default();
    let words = Words::of(message);
    if fields.status.is_none() || fields.path.is_none() {
        request::read(&words, fields);
    }
    if !fields.is_request() {
        call::read(&words, fields);
        if fields.error_type.is_none() {
            fields.error_type = error::find(message, &words, fields).map(bare);
        }
    }
}
