//! What the shape of a word tells: that it is a value, or the class of an error.

/// Returns the name of a class without its package: `SocketTimeoutException` of `java.net.SocketTimeoutException`.
pub(super) fn short_class(word: &str) -> Option<&str> {
    let (package, class) = word.rsplit_once("::").or_else(|| word.rsplit_once('.'))?;
    let is_name = |part: &str| {
        part.bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$')
    };
    let is_class = class.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && class.bytes().any(|b| b.is_ascii_lowercase())
        && class.bytes().all(|b| b.is_ascii_alphabetic());
    let named = package
        .split(['.', ':'])
        .filter(|part| !part.is_empty())
        .all(is_name);
    (is_class && named).then_some(class)
}

/// Words with digits that are names of things, not values.
const TERMS: [&str; 27] = [
    "base64",
    "bcrypt2",
    "dynamodbv2",
    "ec2",
    "es6",
    "gzip2",
    "h2",
    "http2",
    "http3",
    "i18n",
    "ipv4",
    "ipv6",
    "k8s",
    "log4j",
    "log4j2",
    "md5",
    "oauth2",
    "pbkdf2",
    "psycopg2",
    "s3",
    "sha1",
    "sha256",
    "sha512",
    "utf8",
    "utf-8",
    "v8",
    "x509",
];

/// Returns whether a word shows by its own shape that it is a value.
pub(super) fn is_variable(word: &str) -> bool {
    let bytes = word.as_bytes();
    let has = |byte: u8| memchr::memchr(byte, bytes).is_some();
    if bytes.iter().any(u8::is_ascii_digit) {
        let is_term = TERMS.iter().any(|term| word.eq_ignore_ascii_case(term));
        return !(is_term || is_error_class(word));
    }
    if has(b'@') || has(b'\\') || has(b'$') || has(b'%') || word.contains("://") {
        return true;
    }
    let slashes = memchr::memchr_iter(b'/', bytes).count();
    if bytes[0] == b'/'
        || slashes > 1
        || word.starts_with("./")
        || word.starts_with("../")
        || word.starts_with("~/")
    {
        return true;
    }
    if bytes.len() >= 8 && bytes.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    is_value_word(word) || is_host(word) || word.chars().any(|c| !c.is_ascii() && c.is_numeric())
}

/// Returns whether a word is the name of an error's class.
pub(in crate::template) fn is_error_class(word: &str) -> bool {
    const ENDS: [&str; 8] = [
        "Error",
        "Exception",
        "Timeout",
        "Failure",
        "Fault",
        "Violation",
        "Refused",
        "Interrupt",
    ];
    word.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && ENDS
            .iter()
            .any(|end| word.len() > end.len() && word.ends_with(end))
}

/// Words that stand for a value: nothing, yes and no, months and days.
fn is_value_word(word: &str) -> bool {
    matches!(
        word,
        "null"
            | "nil"
            | "None"
            | "undefined"
            | "true"
            | "false"
            | "True"
            | "False"
            | "NaN"
            | "Jan"
            | "Feb"
            | "Mar"
            | "Apr"
            | "Jun"
            | "Jul"
            | "Aug"
            | "Sep"
            | "Oct"
            | "Nov"
            | "Dec"
            | "Mon"
            | "Tue"
            | "Wed"
            | "Thu"
            | "Fri"
            | "Sat"
            | "Sun"
            | "UTC"
            | "GMT"
    )
}

/// Returns whether a word is a host's name, by its last part.
fn is_host(word: &str) -> bool {
    const TOPS: [&str; 16] = [
        "com",
        "net",
        "org",
        "io",
        "dev",
        "local",
        "localdomain",
        "internal",
        "lan",
        "svc",
        "cloud",
        "aws",
        "app",
        "example",
        "test",
        "corp",
    ];
    let Some((before, last)) = word.rsplit_once('.') else {
        return word == "localhost";
    };
    let first = before.split('.').next().unwrap_or_default();
    let is_part = |b: u8| b.is_ascii_lowercase() || matches!(b, b'.' | b'-');
    TOPS.contains(&last)
        && !TOPS[..5].contains(&first)
        && !before.is_empty()
        && word.bytes().all(is_part)
}

/// Returns whether a word is a plain number, behind which a unit may stand.
pub(super) fn is_number(word: &str) -> bool {
    word.bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'_'))
}

pub(super) fn is_unit(word: &str) -> bool {
    // `12.50 EUR`: the codes of currencies are three capitals.
    let currency = word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase());
    currency
        || matches!(
            word,
            "ns" | "us"
                | "ms"
                | "s"
                | "sec"
                | "secs"
                | "second"
                | "seconds"
                | "min"
                | "mins"
                | "minute"
                | "minutes"
                | "h"
                | "hour"
                | "hours"
                | "day"
                | "days"
                | "millis"
                | "milliseconds"
                | "millisecond"
                | "microseconds"
                | "B"
                | "b"
                | "kB"
                | "KB"
                | "MB"
                | "GB"
                | "TB"
                | "KiB"
                | "MiB"
                | "GiB"
                | "byte"
                | "bytes"
                | "bits"
                | "percent"
                | "am"
                | "pm"
                | "AM"
                | "PM"
        )
}
