//! Keys under which secrets stand, and how far a value goes in text: JSON in text, logfmt, URL queries, headers,
//! command lines, XML, and what languages print of their values.

use super::{PHONE, SECRET, Span};

/// What applies to the value under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The value is a secret.
    Secret,
    /// The value is a secret unless it is a number: a count of tokens, or of tests that pass.
    SecretText,
    /// The value is a header of a scheme and a secret, or of several parts.
    Header,
    /// The value is a phone number, in whatever form it is written.
    Phone,
}

/// How a name of the table must stand in a key, once the key is in lower case and nothing but letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The key ends in it: `db.password`, `userPassword`.
    End,
    /// The last word of the key is it: `card_pin`, but not `spin`.
    Word,
}

/// The one table of keys.
const KEYS: &[(&str, Place, Rule)] = &[
    ("password", Place::End, Rule::Secret),
    ("passwords", Place::End, Rule::Secret),
    ("passwd", Place::End, Rule::Secret),
    ("passphrase", Place::End, Rule::Secret),
    ("passcode", Place::End, Rule::Secret),
    ("pwd", Place::End, Rule::Secret),
    ("pass", Place::Word, Rule::SecretText),
    ("contraseña", Place::End, Rule::Secret),
    ("contrasena", Place::End, Rule::Secret),
    ("clave", Place::Word, Rule::Secret),
    ("senha", Place::Word, Rule::Secret),
    ("secret", Place::End, Rule::Secret),
    ("secrets", Place::End, Rule::Secret),
    ("token", Place::End, Rule::Secret),
    ("tokens", Place::End, Rule::SecretText),
    ("jwt", Place::Word, Rule::Secret),
    ("apikey", Place::End, Rule::Secret),
    ("appkey", Place::End, Rule::Secret),
    ("authkey", Place::End, Rule::Secret),
    ("accesskey", Place::End, Rule::Secret),
    ("accesskeyid", Place::End, Rule::Secret),
    ("secretkey", Place::End, Rule::Secret),
    ("privatekey", Place::End, Rule::Secret),
    ("signingkey", Place::End, Rule::Secret),
    ("encryptionkey", Place::End, Rule::Secret),
    ("masterkey", Place::End, Rule::Secret),
    ("routingkey", Place::End, Rule::Secret),
    ("credential", Place::End, Rule::Secret),
    ("credentials", Place::End, Rule::Secret),
    ("signature", Place::End, Rule::Secret),
    ("sig", Place::Word, Rule::Secret),
    ("sessionid", Place::End, Rule::Secret),
    ("sessid", Place::End, Rule::Secret),
    ("otp", Place::Word, Rule::Secret),
    ("totp", Place::Word, Rule::Secret),
    ("pin", Place::Word, Rule::Secret),
    ("cvv", Place::Word, Rule::Secret),
    ("cvv2", Place::Word, Rule::Secret),
    ("cvc", Place::Word, Rule::Secret),
    ("cvc2", Place::Word, Rule::Secret),
    ("ssn", Place::Word, Rule::Secret),
    ("authorization", Place::End, Rule::Header),
    ("cookie", Place::End, Rule::Header),
    ("cookies", Place::End, Rule::Header),
    ("phone", Place::End, Rule::Phone),
    ("phonenumber", Place::End, Rule::Phone),
    ("mobile", Place::Word, Rule::Phone),
    ("telephone", Place::End, Rule::Phone),
    ("telefono", Place::End, Rule::Phone),
    ("msisdn", Place::Word, Rule::Phone),
];

/// The longest name of the table, in bytes.
const LONGEST: usize = 16;

/// Returns what applies to the value under a key.
pub(super) fn rule(key: &[u8]) -> Option<Rule> {
    // Only the end of a key counts; separators may stand between all its letters.
    let end = key.get(key.len().saturating_sub(4 * LONGEST)..)?;
    let mut name = Vec::with_capacity(end.len());
    let mut word = 0;
    let mut before = b' ';
    for byte in end {
        let is_part = byte.is_ascii_alphanumeric() || *byte >= 0x80;
        let begins = before.is_ascii_lowercase() && byte.is_ascii_uppercase();
        if is_part {
            if begins || !(before.is_ascii_alphanumeric() || before >= 0x80) {
                word = name.len();
            }
            name.push(byte.to_ascii_lowercase());
        }
        before = *byte;
    }
    let known = KEYS.iter().find(|(known, place, _)| match place {
        Place::End => name.ends_with(known.as_bytes()),
        Place::Word => name.get(word..) == Some(known.as_bytes()),
    });
    known.map(|(.., rule)| *rule)
}

impl Rule {
    /// Returns what is to stand for a value; `None` where it is nothing to hide.
    pub(super) fn word_for(self, value: &[u8]) -> Option<&'static str> {
        const NOTHING: [&str; 7] = ["true", "false", "null", "none", "nil", "undefined", "nan"];
        let said_nothing = |word: &&str| value.eq_ignore_ascii_case(word.as_bytes());
        if value.is_empty() || NOTHING.iter().any(said_nothing) {
            return None;
        }
        let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
        match self {
            Self::Secret | Self::Header => Some(SECRET),
            Self::SecretText => (digits < value.len()).then_some(SECRET),
            Self::Phone => (6..=15).contains(&digits).then_some(PHONE),
        }
    }
}

/// Returns whether a byte can stand in a key.
pub(super) const fn is_key_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | 0x80..)
}

/// The longest value of a phone number, in bytes.
const LONGEST_PHONE: usize = 32;

/// Returns the value that stands under the key at `from..end`, where there is one to hide.
pub(super) fn value_of(text: &[u8], from: usize, end: usize) -> Option<Span> {
    let key = text.get(from..end)?;
    let rule = rule(key)?;
    let at = after_separator(text, from, end)?;
    let quotes = quotes_at(text, at);
    let (from, to) = match quotes {
        Some((slashes, quote)) => {
            let from = at + slashes + 1;
            (from, closing(text, from, quote, slashes))
        }
        None if rule == Rule::Phone => {
            let part = |byte: &u8| byte.is_ascii_digit() || b"+-.() /".contains(byte);
            let rest = text.get(at..)?.iter().take(LONGEST_PHONE);
            let taken = rest.take_while(|byte| part(byte)).count();
            let value = text.get(at..at + taken)?.trim_ascii_end();
            (at, at + value.len())
        }
        None if rule == Rule::Header => (at, header_end(text, at, key)),
        None => (at, bare_end(text, at)),
    };
    let value = text.get(from..to)?;
    if rule == Rule::Phone && value.len() > LONGEST_PHONE {
        return None;
    }
    let word = rule.word_for(value)?;
    Some(Span { from, to, word })
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
    if let Some((slashes, _)) = quotes_at(text, at) {
        at += slashes + 1;
    }
    at = skip(at, &[b"]", b"%5D", b"%22"]);
    let is_element = from > 0 && text.get(from - 1) == Some(&b'<');
    if is_element && starts(at, b">") {
        return Some(at + 1);
    }
    let spaced = spaces(at);
    let marks: [&[u8]; 7] = [b":=", b"=>", b"==", b":", b"=", b"%3D", b"%3A"];
    let marked = skip(spaced, &marks);
    if marked > spaced {
        let value = spaces(marked);
        if value > marked && text.get(spaced) == Some(&b'=') && begins_pair(text, value) {
            return None;
        }
        return Some(skip(value, &[b"%22", b"%20"]));
    }
    // `--password hunter2`, as commands are written.
    let is_option = text.get(from..end)?.starts_with(b"--");
    (is_option && spaced > at && !starts(spaced, b"-")).then_some(spaced)
}

/// Returns the quote that stands here, with the number of backslashes before it.
pub(super) fn quotes_at(text: &[u8], at: usize) -> Option<(usize, u8)> {
    /// JSON in JSON in JSON: more is nobody's.
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
        Some(_) => begins_pair(text, at),
    }
}

/// Returns whether a key and its mark stand here.
fn begins_pair(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let key = { rest.iter().take(4 * LONGEST) }.take_while(|byte| is_key_part(**byte));
    let length = key.count();
    length > 0 && matches!(rest.get(length), Some(b'=' | b':'))
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
