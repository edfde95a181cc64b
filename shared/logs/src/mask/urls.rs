//! What stands around an `@`: credentials in URLs and in the data source names of drivers, and e-mail addresses.

use super::images;

/// The longest user and password that is looked for, in bytes.
const LONGEST: usize = 512;

/// Returns the user and password of a URL whose `://` stands at `at`, also with its marks escaped.
pub(super) fn userinfo(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    let mark = [&b"://"[..], b":\\/\\/", b"%3A%2F%2F", b"%3a%2f%2f"]
        .into_iter()
        .find(|mark| rest.starts_with(mark))?;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"'`<>".contains(byte);
    let from = at + mark.len();
    let rest = text.get(from..)?;
    let authority = rest
        .iter()
        .take(LONGEST)
        .take_while(|byte| !ends(byte))
        .count();
    let (at, mut end) = if mark[0] == b'%' {
        let host = memchr::memmem::find(&rest[..authority], b"%2F");
        (&b"%40"[..], host.unwrap_or(authority))
    } else {
        (&b"@"[..], authority)
    };
    // The host stands behind the last sign that begins no digest of an image.
    let sign = loop {
        let sign = memchr::memmem::rfind(&rest[..end], at)?;
        if images::digest(rest, sign + at.len()).is_none() {
            break sign;
        }
        end = sign;
    };
    (sign > 0).then_some((from, from + sign))
}

/// Returns the user and password before the sign at `at`, where they stand in no URL: `app:hunter2@tcp(db:3306)`,
/// `app:hunter2@db:5432`, and with Oracle's drivers `app/hunter2@//db:1521/loans`. None of it is before `least`.
pub(super) fn data_source(text: &[u8], least: usize, at: usize) -> Option<(usize, usize)> {
    if images::digest(text, at + 1).is_some() {
        return None;
    }
    let after = text.get(at + 1..)?;
    let is_host = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'.' | b'-' | b'_');
    let host = after.iter().take(LONGEST).take_while(is_host).count();
    let port =
        after.get(host) == Some(&b':') && after.get(host + 1).is_some_and(u8::is_ascii_digit);
    let protocol =
        matches!(&after[..host], b"tcp" | b"tcp6" | b"unix") && after.get(host) == Some(&b'(');
    let oracle = after.starts_with(b"//") || after.starts_with(b"(DESCRIPTION");
    if !(oracle || protocol || (port && host > 0)) {
        return None;
    }
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>=,;()[]{}|".contains(byte);
    let before = text.get(least..at)?;
    let length = { before.iter().rev().take(LONGEST) }
        .take_while(|byte| !ends(byte))
        .count();
    let from = at - length;
    let word = &text[from..at];
    // `jdbc:oracle:thin:app/hunter2@…` names its driver first.
    let front = match memchr::memmem::rfind(word, b"thin:") {
        Some(driver) => driver + b"thin:".len(),
        // A path may stand before it.
        None => { memchr::memrchr(b':', word) }
            .and_then(|colon| memchr::memrchr(b'/', &word[..colon]))
            .map_or(0, |slash| slash + 1),
    };
    let mark = memchr::memchr2(b':', b'/', &word[front..])?;
    (mark > 0 && front + mark + 1 < word.len()).then_some((from + front, at))
}

/// Ends of names that are no domain: units of systemd, hosts within a network of machines.
const NO_DOMAINS: [&str; 10] = [
    "service",
    "socket",
    "target",
    "slice",
    "scope",
    "mount",
    "timer",
    "device",
    "internal",
    "cluster.local",
];

/// Returns the e-mail address around the sign at `at..after`, none of it before `least`.
pub(super) fn email(text: &[u8], least: usize, at: usize, after: usize) -> Option<(usize, usize)> {
    const LONGEST_NAME: usize = 64;
    const LONGEST_DOMAIN: usize = 255;
    let is_name = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | 0x80..)
    };
    let before = text.get(least..at)?;
    let name = { before.iter().rev().take(LONGEST_NAME) }
        .take_while(|byte| is_name(byte))
        .count();
    let mut from = at - name;
    // What is escaped before the name is a quote, a mark, a space; only a plus is of the name.
    let escape = (from..at.saturating_sub(2)).rev().find(|at| {
        let escape = &text[*at..*at + 3];
        escape[0] == b'%' && escape[1..].iter().all(u8::is_ascii_hexdigit) && escape != b"%2B"
    });
    if let Some(escape) = escape {
        from = escape + 3;
    }
    // So is a new line: `\nana@example.com`.
    if from > least && text[from - 1] == b'\\' && at - from > 1 && b"nrt".contains(&text[from]) {
        from += 1;
    }
    // A name begins with a letter or a digit; what stands before it is not the address's.
    while from < at && !text[from].is_ascii_alphanumeric() && (text[from] & 0xc0) != 0xc0 {
        from += 1;
    }
    let rest = text.get(after..)?;
    let is_domain =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | 0x80..);
    let length = rest
        .iter()
        .take(LONGEST_DOMAIN)
        .take_while(|byte| is_domain(byte))
        .count();
    let mut domain = &rest[..length];
    // What is behind the last label of letters belongs to the sentence.
    loop {
        let dot = memchr::memrchr(b'.', domain)?;
        let label = &domain[dot + 1..];
        let letters = label
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
        let coded = label.starts_with(b"xn--");
        if label.len() >= 2 && (letters || coded) && dot > 0 {
            break;
        }
        domain = &domain[..dot];
    }
    let known = |end: &str| {
        let front = domain.strip_suffix(end.as_bytes());
        front.is_some_and(|front| front.ends_with(b"."))
    };
    let other =
        NO_DOMAINS.iter().any(|end| known(end)) || is_version(domain) || &text[from..at] == b"git";
    (from < at && !other).then_some((from, after + domain.len()))
}

/// Returns whether what follows the sign is a version, as in `left-pad@1.3.0-rc.one`.
fn is_version(domain: &[u8]) -> bool {
    let mut labels = domain.split(|byte| *byte == b'.');
    let first = labels.next().unwrap_or_default();
    let number = first.iter().all(u8::is_ascii_digit);
    number
        && labels
            .next()
            .is_some_and(|label| label.first().is_some_and(u8::is_ascii_digit))
}
