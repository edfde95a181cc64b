//! The skeleton of a message: its first line, with everything masked that shows by its own shape to be a value.
//!
//! Numbers, ids, times, sizes, addresses, paths, quoted text, lists in brackets, JSON and the values of `key=value`
//! become `<*>`, neighbours of which become one; classes lose their packages; brackets and full stops are dropped. It
//! is one pass from front to back, without memory of other messages.

#[cfg(test)]
mod tests;
mod word;

pub(super) use self::word::is_error_class;
use self::word::{is_number, is_unit, is_variable, short_class};
use super::{MAX_BYTES, VARIABLE};

/// Bytes of a message that are read.
const MAX_READ: usize = 1024;
/// The longest word that is kept, in bytes.
const MAX_WORD: usize = 40;
/// How far a quotation or a bracket is followed, in bytes.
const MAX_INSIDE: usize = 512;
/// What stands behind a skeleton that was cut.
const CUT: &str = "…";

/// Writes the skeleton of a record to `out`, which is emptied first: the class or code of its error, then the skeleton
/// of its message. It is left empty where both are.
pub fn write(out: &mut String, error: Option<&str>, message: Option<&str>) {
    out.clear();
    let message = first_line(message.unwrap_or_default());
    let mut writer = Writer::new(out);
    if let Some(error) = error.map(str::trim).filter(|error| !error.is_empty())
        && !message.starts_with(error)
    {
        let class = short_class(error).unwrap_or(error);
        if is_code(class) && !message.starts_with(class) {
            writer.put(class, if message.is_empty() { "" } else { ":" });
        }
    }
    let before = writer.out.len();
    let inner = unquoted(message);
    Scanner::new(inner, Quotes::Masked).run(&mut writer);
    // A message in which only the quotation says something is read once more, for its words.
    if !writer.words && inner.contains(['"', '\'', '`']) {
        writer.rewind(before);
        Scanner::new(inner, Quotes::Read).run(&mut writer);
    }
}

/// Returns the first line of a message that has a letter or a digit in it; a skeleton is of the first `MAX_READ` bytes
/// of it.
pub fn line(message: &str) -> &str {
    let says = |line: &&str| line.bytes().any(|b| b.is_ascii_alphanumeric() || b >= 0x80);
    let read = &message[..message.floor_char_boundary(4 * MAX_READ)];
    read.lines().find(says).unwrap_or_default().trim()
}

fn first_line(message: &str) -> &str {
    let line = line(message);
    &line[..line.floor_char_boundary(MAX_READ)]
}

/// Returns what stands between quotes that enclose the whole message.
fn unquoted(message: &str) -> &str {
    let inner = |quote| message.strip_prefix(quote)?.strip_suffix(quote);
    ['"', '\'', '`']
        .into_iter()
        .find_map(|quote| inner(quote).filter(|inner| !inner.contains(quote)))
        .unwrap_or(message)
}

/// Returns whether an error's class or code can be kept as it is.
fn is_code(class: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-');
    let digits = class.bytes().filter(u8::is_ascii_digit).count();
    class.len() <= MAX_WORD && digits <= 6 && class.bytes().all(is_part)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Masked,
    Read,
}

/// What was written last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Word,
    Variable,
}

struct Writer<'o> {
    out: &'o mut String,
    last: Last,
    /// Whether the last variable is a number, behind which a unit may stand.
    number: bool,
    /// Whether any word was written.
    words: bool,
    full: bool,
}

impl<'o> Writer<'o> {
    fn new(out: &'o mut String) -> Self {
        Self {
            out,
            last: Last::Nothing,
            number: false,
            words: false,
            full: false,
        }
    }

    /// Takes back all from a place on.
    fn rewind(&mut self, to: usize) {
        self.out.truncate(to);
        (self.last, self.number, self.full) = (Last::Nothing, false, false);
    }

    fn put(&mut self, word: &str, suffix: &str) {
        if self.full {
            return;
        }
        let room = MAX_BYTES - 1 - CUT.len();
        if self.out.len() + 1 + word.len() + suffix.len() > room {
            if !self.out.is_empty() {
                self.out.push(' ');
            }
            self.out.push_str(CUT);
            self.full = true;
            return;
        }
        if !self.out.is_empty() {
            self.out.push(' ');
        }
        self.out.push_str(word);
        self.out.push_str(suffix);
        self.last = Last::Word;
        self.number = false;
    }

    fn word(&mut self, word: &str) {
        if self.number {
            if is_unit(word) {
                return;
            }
            // `1 row` and `2 rows` say the same.
            let singular = word
                .strip_suffix('s')
                .filter(|s| s.len() > 2 && !s.ends_with('s'));
            self.put(singular.unwrap_or(word), "");
        } else {
            self.put(word, "");
        }
        self.words = true;
    }

    /// Writes the name of a value, and that there is one.
    fn key(&mut self, key: &str) {
        let key = if key.bytes().any(|b| b.is_ascii_digit()) || key.len() > MAX_WORD {
            VARIABLE
        } else {
            key
        };
        self.put(key, "=<*>");
        self.words = true;
    }

    fn variable(&mut self, number: bool) {
        if self.last == Last::Variable && !self.full {
            // Neighbours are one: dates, lists and names differ in how many words they have.
            if self.out.ends_with([',', ':']) {
                self.out.pop();
            }
        } else {
            self.put(VARIABLE, "");
        }
        if !self.full {
            self.last = Last::Variable;
        }
        self.number = number;
    }

    /// Writes a mark behind the last word.
    fn mark(&mut self, mark: char) {
        if self.last != Last::Nothing && !self.full && !self.out.ends_with([',', ':']) {
            self.out.push(mark);
        }
    }
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    quotes: Quotes,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str, quotes: Quotes) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            quotes,
        }
    }

    fn run(mut self, out: &mut Writer<'_>) {
        while !out.full
            && let Some(byte) = self.bytes.get(self.at).copied()
        {
            match byte {
                0x1b => self.colour(),
                b'"' | b'\'' | b'`' => self.quotation(byte, out),
                b'{' => self.braces(out),
                b'[' => self.brackets(out),
                b'<' => self.angles(out),
                b',' | b':' => {
                    out.mark(char::from(byte));
                    self.at += 1;
                }
                0..=b' ' | 0x7f | b';' | b'(' | b')' | b']' | b'}' | b'>' | b'|' | b'&' | b'=' => {
                    self.at += 1;
                }
                _ => self.chunk(out),
            }
        }
    }

    /// Leaves out a terminal's control sequence.
    fn colour(&mut self) {
        self.at += 1;
        if self.bytes.get(self.at) == Some(&b'[') {
            let rest = &self.bytes[self.at + 1..];
            let length = rest
                .iter()
                .take(32)
                .take_while(|b| !(0x40..=0x7e).contains(*b));
            self.at += 2 + length.count();
            self.at = self.text.floor_char_boundary(self.at.min(self.bytes.len()));
        }
    }

    fn quotation(&mut self, quote: u8, out: &mut Writer<'_>) {
        let inside = &self.bytes[self.at + 1..];
        let ends = |at: usize| {
            let escaped = at > 0 && inside[at - 1] == b'\\';
            !escaped && !inside.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
        };
        let end = memchr::memchr_iter(quote, &inside[..inside.len().min(MAX_INSIDE)])
            .find(|at| ends(*at));
        match end {
            Some(end) if self.quotes == Quotes::Masked => {
                out.variable(false);
                self.at += end + 2;
            }
            _ => self.at += 1,
        }
    }

    /// Masks an object; one that was cut is masked to the end.
    fn braces(&mut self, out: &mut Writer<'_>) {
        let rest = &self.bytes[self.at..];
        if let Some(length) = balanced(rest, b'{', b'}') {
            out.variable(false);
            self.at += length;
        } else if matches!(rest.get(1), Some(b'"' | b'\'')) {
            out.variable(false);
            self.at = self.bytes.len();
        } else {
            self.at += 1;
        }
    }

    /// Masks a list; a single word in brackets is read as one.
    fn brackets(&mut self, out: &mut Writer<'_>) {
        let rest = &self.bytes[self.at..];
        let Some(length) = balanced(rest, b'[', b']') else {
            self.at += 1;
            return;
        };
        let is_list = |b: &u8| matches!(b, b' ' | b',' | b'=' | b'"' | b'\'' | b'{');
        if length == 2 || rest[..length].iter().any(is_list) || is_masked(&rest[1..length - 1]) {
            out.variable(false);
            self.at += length;
        } else {
            self.at += 1;
        }
    }

    /// Masks a tag or a type's parameters; anything else that follows `<` is read.
    fn angles(&mut self, out: &mut Writer<'_>) {
        let rest = &self.bytes[self.at..];
        let end = rest
            .iter()
            .take(MAX_WORD)
            .position(|b| matches!(b, b'>' | b' '));
        match end {
            Some(end) if end > 1 && rest[end] == b'>' => {
                out.variable(false);
                self.at += end + 1;
            }
            _ => self.at += 1,
        }
    }

    /// Reads what stands between blanks and marks.
    fn chunk(&mut self, out: &mut Writer<'_>) {
        let rest = &self.text[self.at..];
        let mut end = rest.find(is_end).unwrap_or(rest.len());
        if rest.starts_with('/') || rest[..end].contains("://") {
            // What is asked of a path belongs to it.
            let ends = |c: char| is_end(c) && !matches!(c, '=' | '&');
            end = rest.find(ends).unwrap_or(rest.len());
        }
        let chunk = &rest[..end];
        let name = chunk.trim_start_matches(['-', '*', '#', '.', '!', '?']);
        if rest.as_bytes().get(end) == Some(&b'=') && is_key(name) {
            self.at += end + 1;
            // `a == b` and `a => b` are no values.
            if !matches!(self.bytes.get(self.at), Some(b'=' | b'>')) {
                self.value();
                out.key(name);
                return;
            }
        } else {
            self.at += end.max(1);
            self.at = self.text.ceil_char_boundary(self.at.min(self.text.len()));
        }
        chunk_of(chunk, out);
    }

    /// Goes past the value of a key.
    fn value(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = match rest.first() {
            Some(quote @ (b'"' | b'\'' | b'`')) => {
                let inside = &rest[1..rest.len().min(MAX_INSIDE)];
                let close = memchr::memchr_iter(*quote, inside)
                    .find(|at| *at == 0 || inside[at - 1] != b'\\');
                close.map(|close| close + 2)
            }
            Some(b'{') => balanced(rest, b'{', b'}'),
            Some(b'[') => balanced(rest, b'[', b']'),
            Some(b'(') => balanced(rest, b'(', b')'),
            _ => None,
        };
        let plain = || {
            let ends =
                |b: &u8| *b <= b' ' || matches!(b, b',' | b';' | b')' | b']' | b'}' | b'&' | b'|');
            rest.iter().position(ends).unwrap_or(rest.len())
        };
        self.at += length.unwrap_or_else(plain);
        self.at = self.text.ceil_char_boundary(self.at);
    }
}

/// Returns whether a word in brackets stands for what was masked.
fn is_masked(word: &[u8]) -> bool {
    const WORDS: [&str; 8] = [
        "card", "email", "iban", "id", "masked", "phone", "secret", "text",
    ];
    let end = word.iter().position(|b| !b.is_ascii_alphabetic());
    WORDS
        .iter()
        .any(|known| word[..end.unwrap_or(word.len())] == *known.as_bytes())
}

/// Returns the length of what stands between brackets, both included.
fn balanced(text: &[u8], open: u8, close: u8) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.iter().take(MAX_INSIDE).enumerate() {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

fn is_end(c: char) -> bool {
    c <= ' '
        || matches!(
            c,
            ',' | ';'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '<'
                | '>'
                | '"'
                | '`'
                | '|'
                | '='
                | '&'
                | '\u{7f}'
        )
}

fn is_key(name: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    name.bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.bytes().all(is_part)
}

/// Writes what stands between blanks.
fn chunk_of(chunk: &str, out: &mut Writer<'_>) {
    let is_edge =
        |c: char| !(c.is_alphanumeric() || matches!(c, '/' | '\\' | '@' | '$' | '%' | '_' | '~'));
    let mark = chunk.ends_with(':');
    let core = chunk.trim_end_matches(is_edge);
    let led = core.trim_start_matches(|c| is_edge(c) && c != '.');
    let core = led
        .strip_prefix('.')
        .filter(|rest| !rest.starts_with('/'))
        .unwrap_or(led);
    let core = core.trim_end_matches(['_', '~']);
    if core.is_empty() || core == "/" || core == "\\" || core == "%" || core == "$" {
        return;
    }
    let class = short_class(core);
    match class {
        Some(class) if class.len() <= MAX_WORD => out.word(class),
        _ if core.len() > MAX_WORD => out.variable(false),
        _ if is_variable(core) => out.variable(is_number(core)),
        _ if core.is_ascii() => out.word(core),
        _ => {
            let shown: String = core
                .chars()
                .filter(|c| c.is_alphanumeric() || c.is_ascii_graphic())
                .collect();
            if shown.is_empty() {
                out.variable(false);
            } else {
                out.word(&shown);
            }
        }
    }
    if mark {
        out.mark(':');
    }
}
