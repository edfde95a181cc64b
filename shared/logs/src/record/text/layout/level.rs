//! Levels as layouts print them: names in full, cut to three or four letters, or a single one.

use crate::record::Level;

/// How a level is marked as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A word in capitals.
    Capitals,
    /// A word with a colon behind it.
    Colon,
    /// A word between bars or tabs, or before a wide gap.
    Column,
}

/// Reads a level that stands alone, as in brackets, in any case.
pub(super) fn of_word(word: &str) -> Option<Level> {
    Level::parse(word.as_bytes()).or_else(|| {
        let mut upper = [0; 9];
        let upper = upper.get_mut(..word.len())?;
        upper.copy_from_slice(word.as_bytes());
        upper.make_ascii_uppercase();
        Some(match &*upper {
            b"TRC" | b"TRCE" | b"VRB" | b"SILLY" => Level::Trace,
            b"DBG" | b"DEBG" | b"DBUG" => Level::Debug,
            b"INF" | b"AUDIT" => Level::Info,
            b"WRN" | b"EXCEPT" => Level::Warn,
            b"ERR" | b"ERRO" | b"EROR" | b"FAIL" | b"EXCEPTION" => Level::Error,
            b"FTL" | b"PNC" | b"CRT" | b"DPANIC" | b"EMERG" => Level::Fatal,
            _ => return None,
        })
    })
}

/// Reads a level of one letter, as glog and Rails print it.
pub(super) const fn of_letter(letter: u8) -> Option<Level> {
    Some(match letter {
        b'T' | b'V' => Level::Trace,
        b'D' => Level::Debug,
        b'I' => Level::Info,
        b'W' => Level::Warn,
        b'E' => Level::Error,
        b'F' | b'C' => Level::Fatal,
        _ => return None,
    })
}

/// Reads the level at the front of a text, with what marks it as one, and returns what follows it. A bare word in lower
/// case is no level: it may begin a sentence.
pub(super) fn at_front(text: &str, timed: bool) -> Option<(Level, Mark, &str)> {
    if timed && let Some(found) = letter_at_front(text) {
        return Some(found);
    }
    let end = { text.bytes() }
        .position(|byte| !byte.is_ascii_alphabetic())
        .unwrap_or(text.len());
    if !(3..=11).contains(&end) {
        return None;
    }
    let (word, rest) = text.split_at(end);
    let level = of_word(word)?;
    let capitals = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let mark = match *rest.as_bytes() {
        [b':', b'/', ..] => return None,
        [b':', ..] if capitals || timed || is_said_in_lower_case(word) => Mark::Colon,
        [b'\t' | b'|', ..] | [b' ', b' ' | b'\t' | b'|', ..] => Mark::Column,
        [] | [b' ' | b'[' | b']' | b'/' | b',' | b'-' | b'>' | b'#', ..] if capitals => {
            Mark::Capitals
        }
        // Swift's default: `2026-11-21T08:04:03+0000 info com.example.loans : msg`.
        [b' ', ..] if timed && is_labelled(&rest[1..]) => Mark::Column,
        _ => return None,
    };
    Some((level, mark, rest))
}

/// Reads a level of one letter behind a time, with brackets or a word in capitals behind it.
fn letter_at_front(text: &str) -> Option<(Level, Mark, &str)> {
    let &[letter, b' ', next, after, ..] = text.as_bytes() else {
        return None;
    };
    let shaped = next == b'[' || next.is_ascii_uppercase() && after.is_ascii_uppercase();
    let level = of_letter(letter).filter(|_| shaped)?;
    Some((level, Mark::Capitals, &text[1..]))
}

/// Returns whether a label and a colon that stands alone come next.
fn is_labelled(text: &str) -> bool {
    let mut words = text.splitn(3, ' ');
    words.next().is_some_and(|label| !label.is_empty()) && words.next() == Some(":")
}

/// Returns whether a word in lower case with a colon behind it is a level: `panic: …`, `log: …`, `config: …` are not.
fn is_said_in_lower_case(word: &str) -> bool {
    matches!(
        word,
        "trace"
            | "trce"
            | "silly"
            | "verbose"
            | "debug"
            | "dbug"
            | "info"
            | "notice"
            | "warn"
            | "warning"
            | "error"
            | "fail"
            | "crit"
            | "critical"
            | "fatal"
            | "alert"
            | "emerg"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_marked_word_is_a_level() {
        for (text, expected) in [
            ("INFO msg", Some(Level::Info)),
            ("INFO: msg", Some(Level::Info)),
            ("info: msg", Some(Level::Info)),
            ("fail: Cat[0]", Some(Level::Error)),
            ("crit: Cat[0]", Some(Level::Fatal)),
            ("warning\tmsg", Some(Level::Warn)),
            ("WRN msg", Some(Level::Warn)),
            ("INFO | x", Some(Level::Info)),
            ("error while reading", None),
            ("Error: jwt expired", None),
            ("INFORMATION_SCHEMA is read", None),
            ("ERROR_CODE 7", None),
            ("errors: 3", None),
            ("panic: runtime error", None),
            ("http://x", None),
        ] {
            let found = at_front(text, false).map(|(level, _, _)| level);
            assert_eq!(found, expected, "{text}");
        }
    }
}
