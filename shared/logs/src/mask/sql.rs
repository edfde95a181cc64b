//! SQL statements in text: what a literal in them holds is somebody's data.

use super::values::{closing, quotes_at};

/// Where the statements of a text stand; nowhere, if there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Statements {
    from: usize,
    to: usize,
    /// Where `VALUES` stands: behind it, what is in double quotes is a literal, too.
    values: Option<usize>,
}

/// Finds what looks like a statement: a verb with the word that must follow it.
pub(super) fn statements(text: &[u8]) -> Statements {
    if memchr::memchr2(b'\'', b'"', text).is_none() {
        return Statements::default();
    }
    let words = || Words { text, at: 0 };
    let last = |name: &str| {
        let is_it = |(from, word): (usize, &[u8])| {
            word.eq_ignore_ascii_case(name.as_bytes()).then_some(from)
        };
        words().filter_map(is_it).last()
    };
    let (from, set, values) = (last("from"), last("set"), last("values"));
    let equals = memchr::memrchr(b'=', text);
    let mut before: &[u8] = b"";
    let mut began = 0;
    let start = words().find_map(|(at, word)| {
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        let after = |names: [&str; 3]| {
            names
                .iter()
                .any(|name| before.eq_ignore_ascii_case(name.as_bytes()))
        };
        let found = if (is("into") && after(["insert", "merge", "replace"]))
            || (is("from") && after(["delete"; 3]))
        {
            Some(began)
        } else {
            let next = |mark: &[u8]| {
                let after = text.get(at + word.len()..).unwrap_or_default();
                after.trim_ascii_start().starts_with(mark)
            };
            let follows = (is("select") && from > Some(at))
                || (is("update") && set > Some(at))
                || (is("where") && equals > Some(at))
                || (is("values") && next(b"("))
                || (is("identified") && next(b"by "))
                || (is("identified") && next(b"BY "))
                // As PostgreSQL logs what it was asked, whatever that is.
                || (is("statement") && next(b":"))
                || (is("parameters") && next(b": $"));
            follows.then_some(at)
        };
        (before, began) = (word, at);
        found
    });
    let Some(from) = start else {
        return Statements::default();
    };
    // A statement in quotes ends with them.
    let slashes = { text[..from].iter().rev().skip(1) }
        .take_while(|byte| **byte == b'\\')
        .count();
    let quoted = from > 0 && text[from - 1] == b'"';
    let to = if quoted {
        closing(text, from, b'"', slashes)
    } else {
        text.len()
    };
    Statements { from, to, values }
}

impl Statements {
    /// Returns where the contents of a literal begin and end whose quote stands at `at`.
    pub(super) fn literal(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        if !(self.from..self.to).contains(&at) {
            return None;
        }
        let before = text.get(..at)?;
        let slashes = before
            .iter()
            .rev()
            .take(15)
            .take_while(|byte| **byte == b'\\')
            .count();
        let before = &before[..at - slashes];
        let (_, quote) = quotes_at(text, at)?;
        let begins = match quote {
            b'\'' => match before {
                // E'…', N'…' and their like; else letters before a quote make it an apostrophe.
                [.., a, b'E' | b'e' | b'N' | b'n' | b'X' | b'x' | b'B' | b'b'] => {
                    !a.is_ascii_alphanumeric()
                }
                [.., a] => !a.is_ascii_alphanumeric(),
                [] => true,
            },
            b'"' => {
                before.trim_ascii_end().ends_with(b"=")
                    || self.values.is_some_and(|values| values < at)
            }
            _ => false,
        };
        let from = at + 1;
        let to = if begins {
            closing(text, from, quote, slashes).min(self.to)
        } else {
            at
        };
        begins.then_some((from, to))
    }
}

/// The words of a text: runs of letters, digits and underscores.
struct Words<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Iterator for Words<'t> {
    type Item = (usize, &'t [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let rest = self.text.get(self.at..)?;
        let from = self.at + rest.iter().position(is_part)?;
        let word = self.text.get(from..)?;
        let length = word.iter().take_while(|byte| is_part(byte)).count();
        self.at = from + length;
        Some((from, &word[..length]))
    }
}

/// How databases' error messages begin the value that did not fit, and what closes it.
const DETAILS: [(&str, &str); 3] = [
    ("Failing row contains (", ")."),
    ("Duplicate entry '", "' for key"),
    ("Key (", ")=("),
];

/// The longest list of columns that is read, in bytes.
const LONGEST_COLUMNS: usize = 512;

/// Returns the values that a database's error message repeats at `at`: those of a row or of a key.
pub(super) fn detail(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    let (begins, ends) = DETAILS
        .iter()
        .find(|(begins, _)| rest.starts_with(begins.as_bytes()))?;
    let from = at + begins.len();
    if *begins != "Key (" {
        let close = memchr::memmem::find(&text[from..], ends.as_bytes());
        return Some((from, close.map_or(text.len(), |close| from + close)));
    }
    // `Key (email)=(ana@example.com) already exists.`
    let columns = &text[from..text.len().min(from + LONGEST_COLUMNS)];
    let from = from + memchr::memmem::find(columns, ends.as_bytes())? + ends.len();
    let verbs = [") already", ") is ", ") conflicts"];
    let close = { verbs.iter() }
        .filter_map(|verb| memchr::memmem::find(&text[from..], verb.as_bytes()))
        .min();
    Some((from, close.map_or(text.len(), |close| from + close)))
}
