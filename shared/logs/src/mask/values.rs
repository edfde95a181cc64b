//! How far the value under a key goes in text: JSON in text, logfmt, URL queries, forms, headers, command lines, XML, and
//! what languages print of their values.

use super::keys::{LONGEST, Rule, header_rule, rule};
use super::{Mask, Span, images};

/// Returns whether a byte can stand in a key.
pub(super) const fn is_key_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | 0x80..)
}

/// The longest value of a phone number, or of an identity document's, in bytes.
const LONGEST_NUMBER: usize = 32;

/// What stands under a key.
pub(super) enum Found {
    /// Something to hide.
    Span(Span),
    /// An id that ends here.
    Id(usize),
}

/// Returns the value that stands under the key at `from..end`, where there is one to hide or to keep.
pub(super) fn value_of(text: &[u8], from: usize, end: usize, mask: &Mask) -> Option<Found> {
    let key = text.get(from..end)?;
    let at = after_separator(text, from, end)?;
    let (rule, at) = match rule(key) {
        Some(rule) => (rule, at),
        None => named(text, key, at)?,
    };
    let at = at + usize::from(is_letter_and_quote(text, at));
    let quotes = quotes_at(text, at);
    if rule == Rule::Id {
        let from = at + quotes.map_or(0, |(slashes, _)| slashes + 1);
        return id_end(text, from).map(Found::Id);
    }
    if quotes.is_none() && ends_path(text, from, at) {
        return None;
    }
    let (from, to) = match quotes {
        Some((slashes, quote)) => {
            let from = at + slashes + 1;
            (from, closing(text, from, quote, slashes))
        }
        None if matches!(rule, Rule::Phone | Rule::Person(_)) => (at, number_end(text, at, rule)),
        None if rule == Rule::Header => (at, header_end(text, at, key)),
        None => (at, bare_end(text, at)),
    };
    let value = text.get(from..to)?;
    if matches!(rule, Rule::Phone | Rule::Person(_)) && value.len() > LONGEST_NUMBER {
        return None;
    }
    // `--- PASS: TestLoan` is no key.
    if key.eq_ignore_ascii_case(b"pass") && quotes.is_none() && text.get(end) == Some(&b':') {
        return None;
    }
    let tagged = quotes.is_none() && from == end + 1 && text.get(end) == Some(&b':');
    if tagged && images::is_tag_and_digest(value) {
        return None;
    }
    let kind = rule.kind_of(value, mask)?;
    Some(Found::Span(Span { from, to, kind }))
}

/// Returns whether what looks like a key ends a path, and what follows says what became of it: `/auth/token => 200`,
/// `/auth/token: refused`.
fn ends_path(text: &[u8], key_at: usize, value_at: usize) -> bool {
    const ANSWER: usize = 24;
    let before = text.get(..key_at).unwrap_or_default();
    let mark = text.get(key_at..value_at).unwrap_or_default();
    let rest = text.get(value_at..).unwrap_or_default();
    let word = { rest.iter().take(ANSWER) }
        .take_while(|byte| !byte.is_ascii_whitespace())
        .count();
    let value = &rest[..word];
    let answer = value.iter().all(u8::is_ascii_digit)
        || (mark.ends_with(b" ") && value.iter().all(u8::is_ascii_alphabetic));
    before.ends_with(b"/") && (answer || mark.trim_ascii_end().ends_with(b"=>"))
}

/// Returns where the id ends that begins here and is nothing but digits.
fn id_end(text: &[u8], from: usize) -> Option<usize> {
    const LONGEST_ID: usize = 40;
    let rest = text.get(from..)?;
    let is_part = |byte: &&u8| byte.is_ascii_digit();
    let length = rest.iter().take(LONGEST_ID).take_while(is_part).count();
    let goes_on = rest.get(length).is_some_and(u8::is_ascii_alphanumeric);
    (length > 0 && !goes_on).then_some(from + length)
}

/// Returns where a number ends that is written with marks between its digits.
fn number_end(text: &[u8], at: usize, rule: Rule) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let mut length = 0;
    while length < LONGEST_NUMBER {
        let is_part = match rest.get(length..).unwrap_or_default() {
            [b'%', b'2', b'0' | b'B' | b'8' | b'9' | b'b', ..] => {
                length += 2;
                true
            }
            [byte, ..] if rule == Rule::Phone => byte.is_ascii_digit() || b"+-.() /".contains(byte),
            [byte, ..] => byte.is_ascii_alphanumeric() || b"+-.".contains(byte),
            [] => false,
        };
        if !is_part {
            break;
        }
        length += 1;
    }
    let value = rest.get(..length).unwrap_or_default();
    at + value.trim_ascii_end().len()
}

/// Returns what applies to the value whose key is itself a value, and where that value begins: `name="password"` of a
/// form, with `value="…"` beside it or the value behind an empty line.
fn named(text: &[u8], key: &[u8], at: usize) -> Option<(Rule, usize)> {
    const NEAR: usize = 64;
    let is_name = [&b"name"[..], b"key", b"header", b"field", b"parameter"];
    if !is_name.iter().any(|name| key.eq_ignore_ascii_case(name)) {
        return None;
    }
    let (slashes, quote) = quotes_at(text, at)?;
    let from = at + slashes + 1;
    let to = closing(text, from, quote, slashes);
    let rule = text
        .get(from..to)
        .filter(|name| name.len() <= NEAR)
        .and_then(rule)?;
    let behind = (to + slashes + 1).min(text.len());
    let near = &text[behind..(behind + NEAR).min(text.len())];
    for empty in [&b"\r\n\r\n"[..], b"\n\n", b"\\r\\n\\r\\n", b"\\n\\n"] {
        if near.starts_with(empty) {
            return Some((rule, behind + empty.len()));
        }
    }
    let value = memchr::memmem::find(near, b"value")? + behind;
    let between = &text[behind..value];
    if between.iter().any(|byte| b"}>\n".contains(byte)) {
        return None;
    }
    Some((rule, after_separator(text, value, value + b"value".len())?))
}

/// Returns where the value begins: after what closes the key, and the mark between the two.
fn after_separator(text: &[u8], from: usize, end: usize) -> Option<usize> {
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let starts = |at: usize, mark: &[u8]| {
        let found = rest(at).get(..mark.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(mark))
    };
    let skip = |at: usize, marks: &[&[u8]]| {
        let found = marks.iter().find(|mark| starts(at, mark));
        found.map_or(at, |mark| at + mark.len())
    };
    let spaces = |at: usize| {
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t');
        at + rest(at).iter().take_while(is_space).count()
    };
    let mut at = end;
    let closed = quotes_at(text, at);
    if let Some((slashes, _)) = closed {
        at += slashes + 1;
    }
    at = skip(at, &[b"]", b"%5D", b"%22"]);
    if let Some(content) = element(text, from, at) {
        return Some(content);
    }
    let spaced = spaces(at);
    // In Rust, C++ and Ruby, `::` leads to what is in a module.
    if starts(spaced, b"::") {
        return None;
    }
    let marks: [&[u8]; 7] = [b":=", b"=>", b"==", b":", b"=", b"%3D", b"%3A"];
    let marked = skip(spaced, &marks);
    if marked > spaced {
        let value = spaces(marked);
        // `password= user=ana` has no password; `password = hunter2: refused` has one.
        let empty = value > marked && spaced == at && text.get(spaced) == Some(&b'=');
        if empty && begins_pair(text, value, b"=") {
            return None;
        }
        return Some(skip(value, &[b"%22", b"%20"]));
    }
    let key = text.get(from..end)?;
    if closed.is_some() && starts(spaced, b",") && header_rule(key).is_some() {
        let is_space = |byte: &&u8| byte.is_ascii_whitespace();
        let value = spaced + 1 + rest(spaced + 1).iter().take_while(is_space).count();
        let quoted = quotes_at(text, value).is_some() || is_letter_and_quote(text, value);
        return quoted.then_some(value);
    }
    // `--password hunter2`, as commands are written; `PASSWORD 'hunter2'`, as SQL is.
    let is_option = key.starts_with(b"--");
    if is_option && spaced > at && !starts(spaced, b"-") {
        return Some(spaced);
    }
    let quoted = matches!(rest(spaced).first(), Some(b'\''));
    (spaced > at && quoted && key.eq_ignore_ascii_case(b"password")).then_some(spaced)
}

/// Returns where the content begins of the XML element whose name stands at `from..end`.
fn element(text: &[u8], from: usize, end: usize) -> Option<usize> {
    const LONGEST_TAG: usize = 256;
    let front = text.get(..from)?;
    let begins = |front: &[u8]| front.ends_with(b"<") || front.ends_with(b"\\u003c");
    let prefixed = front.ends_with(b":") && {
        let front = &front[..front.len() - 1];
        let space = { front.iter().rev().take(16) }
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        begins(&front[..front.len() - space])
    };
    if !(begins(front) || prefixed) {
        return None;
    }
    let rest = text.get(end..)?;
    let tag = &rest[..rest.len().min(LONGEST_TAG)];
    match tag.first()? {
        b'>' => Some(end + 1),
        byte if byte.is_ascii_whitespace() => {
            // `<password = hunter2>` is none.
            let first = tag.trim_ascii_start().first()?;
            if !first.is_ascii_alphabetic() {
                return None;
            }
            let close = memchr::memchr(b'>', tag)?;
            (tag[close - 1] != b'/').then_some(end + close + 1)
        }
        _ => None,
    }
}

/// Returns whether a quote stands here behind a letter, as Python prints bytes.
fn is_letter_and_quote(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    matches!(
        rest,
        [b'b' | b'u' | b'r' | b'B' | b'U' | b'R', b'"' | b'\'', ..]
    )
}

/// Returns the quote that stands here, with the number of backslashes before it.
pub(super) fn quotes_at(text: &[u8], at: usize) -> Option<(usize, u8)> {
    /// The most backslashes that are counted: JSON in JSON in JSON is read, and nothing deeper.
    const MOST: usize = 15;
    let rest = text.get(at..)?;
    let slashes = { rest.iter().take(MOST) }
        .take_while(|byte| **byte == b'\\')
        .count();
    let quote = *rest.get(slashes)?;
    matches!(quote, b'"' | b'\'' | b'`').then_some((slashes, quote))
}

/// Returns where a quoted value ends that begins at `from`, its quote having stood behind so many backslashes; the end
/// of the text where it is not closed.
pub(super) fn closing(text: &[u8], from: usize, quote: u8, slashes: usize) -> usize {
    let mut run = 0;
    let mut at = from;
    while let Some(byte) = text.get(at).copied() {
        if byte == quote {
            let doubled = quote == b'\'' && at > from && text.get(at + 1) == Some(&quote);
            if slashes > 0 && run <= slashes {
                return at - run;
            }
            if slashes == 0 && run % 2 == 0 && !doubled {
                return at;
            }
            at += usize::from(doubled);
        }
        run = if byte == b'\\' { run + 1 } else { 0 };
        at += 1;
    }
    text.len()
}

/// Returns where a value without quotes ends. What may belong to it is taken for its own.
fn bare_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = text.get(at).copied() {
        let next = text.get(at + 1).copied();
        let ends = match byte {
            b'<' => true,
            byte if byte.is_ascii_whitespace() => true,
            b',' | b';' | b'&' | b'|' => goes_on_with_key(text, at + 1),
            b')' | b']' | b'}' | b'>' | b'"' | b'\'' | b'`' | b'\\' => {
                !next.is_some_and(|next| next.is_ascii_alphanumeric())
            }
            b'(' | b'[' | b'{' => {
                at = balanced(text, at);
                continue;
            }
            _ => false,
        };
        if ends {
            break;
        }
        at += 1;
    }
    // `Token { value: "…" }`, as Rust shows it.
    let is_name = |value: &[u8]| value.iter().all(u8::is_ascii_alphabetic) && !value.is_empty();
    if text.get(at..).is_some_and(|rest| rest.starts_with(b" {"))
        && text.get(from..at).is_some_and(is_name)
    {
        at = balanced(text, at + 1);
    }
    at
}

/// Returns whether the text ends here, goes on with white space or a quote, or with another key.
fn goes_on_with_key(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    match rest.first() {
        None => true,
        Some(byte) if byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'\\') => true,
        Some(_) => begins_pair(text, at, b"=:"),
    }
}

/// Returns whether a key and one of these marks stand here.
fn begins_pair(text: &[u8], at: usize, marks: &[u8]) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let key = { rest.iter().take(4 * LONGEST) }.take_while(|byte| is_key_part(**byte));
    let length = key.count();
    length > 0 && rest.get(length).is_some_and(|mark| marks.contains(mark))
}

/// Returns where the bracket that opens here is closed, behind it; the end of the text where it is not.
fn balanced(text: &[u8], from: usize) -> usize {
    let mut open = 0_usize;
    let mut at = from;
    while let Some(byte) = text.get(at).copied() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'"' => at = closing(text, at + 1, byte, 0),
            _ => {}
        }
        at = (at + 1).min(text.len());
        if open == 0 {
            return at;
        }
    }
    text.len()
}

/// Returns where the value of a header ends that stands without quotes.
fn header_end(text: &[u8], from: usize, key: &[u8]) -> usize {
    /// Schemes of which one word follows.
    const SCHEMES: [&str; 7] = [
        "bearer",
        "basic",
        "token",
        "apikey",
        "negotiate",
        "ntlm",
        "jwt",
    ];
    let line_end = || {
        let rest = text.get(from..).unwrap_or_default();
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'"');
        rest.iter()
            .position(is_end)
            .map_or(text.len(), |at| from + at)
    };
    if key
        .last()
        .is_some_and(|byte| matches!(byte, b'e' | b'E' | b's' | b'S'))
    {
        return line_end();
    }
    let end = bare_end(text, from);
    let first = text.get(from..end).unwrap_or_default();
    let is_scheme = |scheme: &&str| first.eq_ignore_ascii_case(scheme.as_bytes());
    let follows = text.get(end) == Some(&b' ');
    if follows && SCHEMES.iter().any(is_scheme) {
        return bare_end(text, end + 1);
    }
    let several = [
        &b"digest"[..],
        b"aws4-hmac-sha256",
        b"hawk",
        b"oauth",
        b"hmac",
        b"signature",
    ];
    if follows
        && several
            .iter()
            .any(|scheme| first.eq_ignore_ascii_case(scheme))
    {
        let rest = text.get(from..).unwrap_or_default();
        return rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(text.len(), |at| from + at);
    }
    end
}
