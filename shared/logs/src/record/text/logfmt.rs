//! `key=value` pairs: whole lines of them, and those that stand among or behind words.

use memchr::{memchr, memchr2, memchr3};

use super::{bare, prose};
use crate::json::{Cursor, Str, Value};
use crate::record::json::set;
use crate::record::names::{self, Field};
use crate::record::{Fields, Format, duration};

/// Reads `key=value key="a value"` lines: a pair at the front, at least two, of which one has a known name.
pub(super) fn read(line: &str) -> Option<Fields<'_>> {
    let (first, _) = line.split_once('=')?;
    if !is_key(first) {
        return None;
    }
    let mut fields = Fields::default();
    let mut count = 0;
    let mut known = 0;
    let mut loose = 0;
    let mut end = 0;
    each(line, |pair| {
        count += 1;
        end = pair.end;
        loose += usize::from(pair.loose);
        known += usize::from(take(&mut fields, &pair));
        true
    });
    // Words behind the last pair are those of a layout that puts pairs in front, as Sidekiq's.
    let rest = line.get(end..).unwrap_or_default();
    if count < 2 || known == 0 || loose * 2 > count || is_loose(rest) {
        return None;
    }
    fields.format = Format::Logfmt;
    let message = fields.message.and_then(|text| text.plain());
    if let Some(message) = message.and_then(|text| std::str::from_utf8(text).ok()) {
        prose::read(message, &mut fields);
    }
    fields.trace_id = fields.trace_id.or_else(|| prose::trace(line).map(bare));
    Some(fields)
}

/// Reads the pairs that stand among or behind the words of a message. Returns where the pairs begin that reach to the
/// end of the text, if they do.
pub(super) fn pairs<'a>(text: &'a str, fields: &mut Fields<'a>) -> Option<usize> {
    let mut from = None;
    let own = fields.message;
    each(text, |pair| {
        if pair.loose || from.is_none() {
            from = Some(pair.at);
        }
        // Time, level and message come from the head; `service` in a server's own lines may mean anything.
        let field = names::field(pair.key.as_bytes());
        let named_elsewhere = matches!(
            field,
            Some(Field::Timestamp | Field::Level | Field::Message | Field::Service)
        );
        if !named_elsewhere || pair.key == "service" && pair.wide().ends_with("ms") {
            take(fields, &pair);
        }
        true
    });
    fields.message = own;
    from
}

/// Reads `key: value, key: "a value"`, as pretty printers list fields; returns whether the text is such a list.
pub(super) fn listed<'a>(text: &'a str, fields: &mut Fields<'a>) -> bool {
    let is_list = text.split_once(": ").is_some_and(|(key, _)| is_key(key));
    if !is_list {
        return false;
    }
    let own = fields.message;
    let mut known = false;
    for pair in text.split(", ") {
        if let Some((key, value)) = pair.split_once(": ")
            && is_key(key.trim())
            && let Some(field) = names::field(key.trim().as_bytes())
        {
            known = true;
            set(
                fields,
                field,
                Value::Str(bare(value.trim().trim_matches('"'))),
            );
        }
    }
    fields.message = own;
    known
}

/// A pair as it stands in a text.
struct Pair<'a> {
    /// Where its key begins.
    at: usize,
    key: &'a str,
    value: Str<'a>,
    /// Where its value ends.
    end: usize,
    /// The text from the value on.
    rest: &'a str,
    /// Whether words that belong to no pair stand before it.
    loose: bool,
}

impl<'a> Pair<'a> {
    /// Returns the text from the value to the next pair, for values that hold spaces without quotes: the next key bounds
    /// it.
    fn wide(&self) -> &'a str {
        let bytes = self.rest.as_bytes();
        let end = self.end - (self.at + self.key.len() + 1);
        let next = memchr2(b'=', b'\n', &bytes[end..]).map(|next| end + next);
        let wide_end = next.map_or(bytes.len(), |next| {
            key_before(bytes, end, next).unwrap_or(next)
        });
        self.rest.get(..wide_end).unwrap_or_default().trim()
    }
}

/// Hands each pair of a text to `visit`, in order, until it returns `false`.
fn each<'a>(text: &'a str, mut visit: impl FnMut(Pair<'a>) -> bool) {
    let bytes = text.as_bytes();
    let mut from = 0;
    let mut search = 0;
    while let Some(found) = bytes.get(search..).and_then(|rest| memchr(b'=', rest)) {
        let equals = search + found;
        search = equals + 1;
        let Some(begin) = key_before(bytes, from, equals) else {
            continue;
        };
        let Some((value, end)) = value(text, equals + 1) else {
            continue;
        };
        let pair = Pair {
            at: begin,
            key: &text[begin..equals],
            value,
            end,
            rest: &text[equals + 1..],
            loose: is_loose(&text[from..begin]),
        };
        if !visit(pair) {
            return;
        }
        from = end;
        search = end;
    }
}

/// Returns whether words stand between two pairs, and not only the unit of a value without quotes.
fn is_loose(between: &str) -> bool {
    if matches!(between, "" | " ") {
        return false;
    }
    let words = between.trim();
    words.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !matches!(words, "ns" | "us" | "µs" | "μs" | "ms" | "s")
}

/// Returns where the key before an equals sign begins: a name behind a space or an opening mark.
fn key_before(bytes: &[u8], from: usize, equals: usize) -> Option<usize> {
    let key = bytes.get(from..equals)?;
    let length = { key.iter().rev() }
        .take_while(|byte| is_key_byte(**byte))
        .count();
    let begin = equals - length;
    let key = &bytes[begin..equals];
    let before = begin.checked_sub(1).map_or(b' ', |at| bytes[at]);
    let apart = matches!(
        before,
        b' ' | b'\t' | b'(' | b'[' | b'{' | b',' | b';' | b'|' | b'\n'
    );
    (apart && (1..=64).contains(&length) && !key[0].is_ascii_digit()).then_some(begin)
}

const fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@')
}

fn is_key(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(is_key_byte)
}

/// The longest value without quotes, in bytes.
const LONGEST_WORD: usize = 2_048;

/// Returns the value that begins at a place, its quotes taken off, and where it ends.
fn value(text: &str, from: usize) -> Option<(Str<'_>, usize)> {
    let rest = text.get(from..)?;
    if rest.starts_with('"') {
        let mut cursor = Cursor::<false>::new(rest.as_bytes());
        if let Ok(value) = cursor.string() {
            return Some((value, from + cursor.at()));
        }
    }
    if let Some(quoted) = rest.strip_prefix('\'')
        && let Some(end) = quoted.find('\'')
    {
        return Some((bare(&quoted[..end]), from + end + 2));
    }
    // A word beyond all measure is no value; giving up bounds the work on lines that are one such word.
    let near = &rest.as_bytes()[..rest.len().min(LONGEST_WORD)];
    let mut end = match memchr3(b' ', b'\t', b'\n', near) {
        Some(end) => end,
        None if rest.len() < LONGEST_WORD => rest.len(),
        None => return None,
    };
    let whole = &rest[..end];
    let is_mark = |byte| matches!(byte, b',' | b';' | b'|' | b')' | b']' | b'}');
    if !whole.bytes().any(is_mark) {
        return Some((bare(whole), from + end));
    }
    // `(took=12ms)`, `[trace=…]`, `a=1, b=2`: marks that the value did not open are not part of it.
    let mut value = whole.trim_end_matches([',', ';', '|']);
    for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
        if !value.contains(open)
            && let Some(at) = value.find(close)
        {
            value = &value[..at];
        }
    }
    if let Some(at) = value.find([',', ';'])
        && value[at + 1..].contains('=')
    {
        value = &value[..at];
    }
    end = value.len();
    Some((bare(value), from + end))
}

/// Takes a pair's value where its name is known; returns whether it is.
fn take<'a>(fields: &mut Fields<'a>, pair: &Pair<'a>) -> bool {
    // `code` is an error's code in a JSON object; here, beside a method, it is the status of the request.
    if pair.key == "code" && fields.method.is_some() && pair.value.raw_len() == 3 {
        return take_unnamed(fields, pair);
    }
    let Some(field) = names::field(pair.key.as_bytes()) else {
        return take_unnamed(fields, pair);
    };
    match field {
        Field::Latency(unit) => {
            // `latency=153 μs`: without quotes the unit stands apart.
            let wide = pair.wide();
            let apart = { wide.split(' ').take(2) }.map(str::len).sum::<usize>() + 1;
            let text = wide
                .get(..apart)
                .filter(|text| duration::parse(text, unit).is_some());
            let value = text.map_or(pair.value, bare);
            set(fields, field, Value::Str(value));
        }
        Field::Service => {
            // Routers call the time that a backend took `service`.
            let text = pair
                .value
                .plain()
                .and_then(|text| std::str::from_utf8(text).ok());
            let took = text.filter(|text| text.ends_with("ms") && !text.contains('-'));
            let took = took.and_then(|text| duration::parse(text, names::Unit::Unsaid));
            if took.is_some() {
                fields.latency_ms = fields.latency_ms.or(took);
            } else {
                set(fields, field, Value::Str(pair.value));
            }
        }
        _ => set(fields, field, Value::Str(pair.value)),
    }
    true
}

/// Takes what names of text lines say that would be too little in an object: the error's text begins with its class,
/// and a `code` or a `resp` of three digits is the status of the request beside it.
fn take_unnamed<'a>(fields: &mut Fields<'a>, pair: &Pair<'a>) -> bool {
    let Some(Ok(text)) = pair.value.plain().map(std::str::from_utf8) else {
        return false;
    };
    match pair.key {
        "error" | "err" | "exception" | "exc" => {
            let class = prose::of_value(text).map(bare);
            fields.error_type = fields.error_type.or(class);
            class.is_some()
        }
        "code" | "resp" if fields.method.is_some() => {
            set(fields, Field::Status, Value::Str(pair.value));
            fields.status.is_some()
        }
        "URI" => {
            set(fields, Field::Path, Value::Str(pair.value));
            true
        }
        "peer"
            if text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') =>
        {
            set(fields, Field::Dependency, Value::Str(pair.value));
            true
        }
        _ => false,
    }
}
