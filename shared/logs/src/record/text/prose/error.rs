//! The type of an error, as a message names it.

use super::words::{Word, Words};
use crate::exception::class::{self, Class};
use crate::record::{Fields, Level};

/// Returns the type of the error that a message names: a class before its text (`java.net.ConnectException: …`), a
/// class that ends the message (`failed after 2 ms: ReadTimeout`), or a code in brackets.
pub(super) fn find<'a>(
    message: &'a str,
    words: &Words<'a>,
    fields: &Fields<'a>,
) -> Option<&'a str> {
    if matches!(
        fields.level,
        Some(Level::Trace | Level::Debug | Level::Info)
    ) {
        return None;
    }
    for (at, word) in words.iter() {
        let first = at == 0 || {
            let before = words.get(at - 1);
            before.after.contains([':', '[', '(', ';'])
                || !before.core.bytes().any(|byte| byte.is_ascii_alphanumeric())
        };
        let raised = at > 0
            && words.get(at - 1).is_any(&[
                "uncaught",
                "unhandled",
                "raised",
                "threw",
                "caught",
                "exception",
                "error",
                "throws",
                "with",
                "by",
                "to",
            ]);
        if word.after.starts_with(':')
            && (first || raised || !word.before.is_empty())
            && is_class(word.core)
        {
            return Some(word.core);
        }
        // Printed behind the words that said what failed: `call failed UpstreamTimeoutError: …`.
        let failed = at > 0 && is_failure(words.get(at - 1));
        if word.after.starts_with(':')
            && (is_class(word.core) && (failed || word.core.contains(['.', '\\']))
                || (failed || first && at > 0) && word.core == "Error")
        {
            return Some(word.core);
        }
        // Ruby: `ActiveRecord::RecordNotFound (Couldn't find Loan):`.
        if first && is_class(word.core) && word.after.is_empty() && words.get(at + 1).before == "("
        {
            return Some(word.core);
        }
        if raised && is_class(word.core) {
            return Some(word.core);
        }
        // Python's `repr`: `ReadTimeout('…')`.
        if let Some((name, _)) = word.core.split_once('(')
            && (first || raised)
            && is_class(name)
        {
            return Some(name);
        }
    }
    let failed = fields.dependency.is_some() || words.iter().any(|(_, word)| is_failure(word));
    if !failed {
        return None;
    }
    let last = words.get(words.len().checked_sub(1)?);
    let before = words.get(words.len().checked_sub(2)?);
    let closes = before.after.ends_with(':') && is_camel(last.core);
    let enclosed = last.before == "(" && last.after == ")";
    if (before.after.ends_with(':') || enclosed) && is_class(last.core) || closes {
        return Some(last.core);
    }
    code(message, words, fields)
}

/// Returns the class at the front of an error's text: `NoMethodError: undefined method …`, or the class alone.
pub(in super::super) fn of_value(text: &str) -> Option<&str> {
    let core = text.split_once(": ").map_or(text, |(class, _)| class);
    let core = core.split_once('(').map_or(core, |(class, _)| class);
    is_class(core).then_some(core)
}

/// Returns whether a word is the name of a class of errors, perhaps with its package. In a sentence, `Error` and
/// `Timeout` alone are words, and a name with a point in it may be anything.
fn is_class(name: &str) -> bool {
    class::judge(name) == Some(Class::Named)
}

/// Returns whether a word is written `LikeThis`, as classes are.
fn is_camel(word: &str) -> bool {
    let name = word
        .rsplit(['.', '$', ':', '\\'])
        .next()
        .unwrap_or_default()
        .as_bytes();
    let capitals = name.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let letters = name.iter().all(u8::is_ascii_alphabetic);
    letters && capitals >= 2 && capitals < name.len() && name[0].is_ascii_uppercase()
}

fn is_failure(word: Word<'_>) -> bool {
    word.is_any(&[
        "failed",
        "failure",
        "error",
        "exception",
        "unreachable",
        "refused",
    ])
}

/// Returns a code in brackets (`(ECONNREFUSED)`), or the name of a system's error.
fn code<'a>(message: &str, words: &Words<'a>, fields: &Fields<'_>) -> Option<&'a str> {
    if fields.dependency.is_none() || fields.level < Some(Level::Warn) || !message.contains('(') {
        return None;
    }
    words.iter().map(|(_, word)| word).find_map(|word| {
        let code = word.core.as_bytes();
        let shaped = code.len() >= 6
            && code
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
            && (code.contains(&b'_') || code[0] == b'E');
        (shaped && word.before.ends_with('(') && word.after.starts_with(')')).then_some(word.core)
    })
}
