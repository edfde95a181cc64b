//! Reads single values as what their names say they are; what cannot be that is absent.

use crate::json::{Str, Value};
use crate::record::duration;
use crate::record::names::{Scale, Unit};
use crate::record::{Level, Moment, timestamp};

/// Returns a text that says something: servers write `-` where they have nothing.
pub(super) fn words(value: Value<'_>) -> Option<Str<'_>> {
    match value {
        Value::Str(text) if !matches!(text.raw(), b"" | b"-") => Some(text),
        _ => None,
    }
}

pub(super) fn number(value: Value<'_>) -> Option<f64> {
    std::str::from_utf8(bare_number(value)?).ok()?.parse().ok()
}

pub(super) fn whole(value: Value<'_>) -> Option<i64> {
    std::str::from_utf8(bare_number(value)?).ok()?.parse().ok()
}

/// Returns the digits of a number, or of a text that is nothing but one.
pub(super) fn bare_number(value: Value<'_>) -> Option<&[u8]> {
    match value {
        Value::Number(digits) => Some(digits),
        Value::Str(text) => {
            let text = text.plain()?;
            let digits = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.'));
            (digits && text.first().is_some_and(u8::is_ascii_digit)).then_some(text)
        }
        Value::Word(_) => None,
    }
}

pub(super) fn moment(value: Value<'_>) -> Option<Moment<'_>> {
    match value {
        // A number that is no time of a log is a duration, or a count.
        Value::Number(_) => number(value).and_then(timestamp::of_epoch).map(Moment::Ms),
        Value::Str(text) if text.raw_len() >= 9 => {
            let first = text.first_byte()?;
            (first.is_ascii_alphanumeric() || first == b'[').then_some(Moment::Text(text))
        }
        Value::Str(_) | Value::Word(_) => None,
    }
}

/// Reads a level: a word, or a number of the scales that cannot be mistaken for another's.
pub(super) fn level(value: Value<'_>) -> Option<Level> {
    match value {
        Value::Str(word) => word_level(word.plain()?.trim_ascii()),
        Value::Number(_) => Some(match whole(value)? {
            10..20 => Level::Trace,
            20..30 | 100 | 10_000 => Level::Debug,
            30..40 | 200 | 250 | 20_000 => Level::Info,
            40..50 | 300 | 30_000 => Level::Warn,
            50..60 | 400 | 40_000 => Level::Error,
            60..70 | 500 | 550 | 600 | 50_000 => Level::Fatal,
            5_000 => Level::Trace,
            _ => return None,
        }),
        Value::Word(_) => None,
    }
}

fn word_level(word: &[u8]) -> Option<Level> {
    Level::parse(word).or_else(|| {
        let mut lower = [0; 12];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trc" | b"vrb" | b"silly" | b"all" => Level::Trace,
            b"dbug" | b"debug1" | b"debug2" | b"debug3" | b"debug4" | b"debug5" | b"detail"
            | b"hint" | b"context" => Level::Debug,
            b"inf" | b"http" | b"statement" | b"audit" | b"informational" | b"default" => {
                Level::Info
            }
            b"wrn" => Level::Warn,
            b"eror" | b"erro" | b"exception" => Level::Error,
            b"ftl" | b"dpanic" | b"fatl" => Level::Fatal,
            // `INFO2` of OpenTelemetry and `ERROR+4` of Go's slog lie between the levels.
            [word @ .., b'1'..=b'9'] => {
                let word = match word {
                    [word @ .., b'+' | b'-'] => word,
                    word => word,
                };
                return Level::parse(word);
            }
            _ => return None,
        })
    })
}

/// Reads a level on a scale of numbers or letters.
pub(super) fn level_on(scale: Scale, value: Value<'_>) -> Option<Level> {
    if scale == Scale::Letter {
        let Value::Str(letter) = value else {
            return None;
        };
        return Some(match letter.plain()? {
            b"F" => Level::Fatal,
            b"E" => Level::Error,
            b"W" => Level::Warn,
            b"I" => Level::Info,
            [b'D', ..] => Level::Debug,
            _ => return None,
        });
    }
    Some(match (scale, whole(value)?) {
        (Scale::Syslog, 0..=2) => Level::Fatal,
        (Scale::Syslog, 3) => Level::Error,
        (Scale::Syslog, 4) => Level::Warn,
        (Scale::Syslog, 5 | 6) => Level::Info,
        (Scale::Syslog, 7) => Level::Debug,
        (Scale::OpenTelemetry, 1..=4) => Level::Trace,
        (Scale::OpenTelemetry, 5..=8) | (Scale::Python, 10..20) => Level::Debug,
        (Scale::OpenTelemetry, 9..=12) | (Scale::Python, 20..30) => Level::Info,
        (Scale::OpenTelemetry, 13..=16) | (Scale::Python, 30..40) => Level::Warn,
        (Scale::OpenTelemetry, 17..=20) | (Scale::Python, 40..50) => Level::Error,
        (Scale::OpenTelemetry, 21..=24) | (Scale::Python, 50) => Level::Fatal,
        (Scale::Python, 1..10) => Level::Trace,
        _ => return None,
    })
}

/// Reads the kind of a line of Lambda's platform, its only message.
pub(super) fn platform_type(value: Value<'_>) -> Option<Str<'_>> {
    words(value).filter(|text| text.raw().starts_with(b"platform."))
}

/// Reads a service's name.
pub(super) fn name(value: Value<'_>) -> Option<Str<'_>> {
    words(value).filter(|text| text.raw_len() <= 100)
}

/// Reads a method of HTTP.
pub(super) fn method(value: Value<'_>) -> Option<Str<'_>> {
    words(value).filter(|text| text.plain().is_some_and(is_method))
}

fn is_method(word: &[u8]) -> bool {
    const METHODS: [&[u8]; 9] = [
        b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT",
    ];
    METHODS
        .iter()
        .any(|method| method.eq_ignore_ascii_case(word))
}

/// Reads a path: from a slash on, or the whole address of a page.
pub(super) fn path(value: Value<'_>) -> Option<Str<'_>> {
    words(value).filter(|text| {
        let raw = text.raw();
        // A slash may be escaped.
        raw.starts_with(b"/")
            || raw.starts_with(b"\\")
            || raw.starts_with(b"http://")
            || raw.starts_with(b"https://")
    })
}

/// Reads `GET /path HTTP/1.1`, perhaps without the protocol.
pub(super) fn request_line(value: Value<'_>) -> Option<(Str<'_>, Str<'_>)> {
    let Value::Str(text) = value else {
        return None;
    };
    let (method, path, protocol) = first_words(text.plain()?)?;
    let fits = is_method(method) && path.starts_with(b"/");
    (fits && (protocol.is_empty() || protocol.starts_with(b"HTTP/")))
        .then(|| (Str::bare(method), Str::bare(path)))
}

fn first_words(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut words = text.splitn(3, |byte| *byte == b' ');
    Some((
        words.next()?,
        words.next()?,
        words.next().unwrap_or_default(),
    ))
}

/// Reads a route, perhaps with the method before it: API Gateway's `GET /loan/{id}`.
pub(super) fn route(value: Value<'_>) -> Option<(Option<Str<'_>>, Str<'_>)> {
    let text = words(value)?;
    if text.raw().starts_with(b"$") {
        return None;
    }
    if let Some((method, path, b"")) = text.plain().and_then(first_words)
        && is_method(method)
    {
        return Some((Some(Str::bare(method)), Str::bare(path)));
    }
    Some((None, text))
}

/// Reads a status of HTTP: three digits, perhaps with words behind them.
pub(super) fn status(value: Value<'_>) -> Option<u16> {
    let digits = match value {
        Value::Str(text) => text.plain()?,
        Value::Number(digits) => digits,
        Value::Word(_) => return None,
    };
    let &[
        a @ b'1'..=b'5',
        b @ b'0'..=b'9',
        c @ b'0'..=b'9',
        ref rest @ ..,
    ] = digits
    else {
        return None;
    };
    let rest_fits = rest.is_empty() || rest.starts_with(b" ");
    rest_fits.then(|| {
        [a, b, c]
            .iter()
            .fold(0, |n, digit| n * 10 + u16::from(digit - b'0'))
    })
}

pub(super) fn millis(value: Value<'_>, unit: Unit) -> Option<f64> {
    match value {
        Value::Str(text) => duration::parse(&text.text(), unit),
        Value::Number(digits) => duration::of_number(digits, unit),
        Value::Word(_) => None,
    }
}

/// Finds a trace in a text: the root of X-Ray, or the 32 hexadecimal digits of W3C's and B3's, wherever they stand in
/// a header. Decimal ids and ids of requests are none.
pub(super) fn trace_id(value: Value<'_>) -> Option<Str<'_>> {
    let Value::Str(text) = value else {
        return None;
    };
    let raw = text.raw();
    if raw.len() == 35 && is_xray(raw) {
        return Some(text);
    }
    let root = match raw.len() {
        0..36 => 0,
        _ => memchr::memmem::find(raw, b"Root=").map_or(0, |at| at + 5),
    };
    let bounds = |from: usize| {
        let length = raw[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        (from, from + length)
    };
    let mut at = root;
    while at < raw.len() {
        let (from, to) = bounds(at);
        match to - from {
            0 => at += 1,
            32 if raw[from..to].iter().any(|digit| *digit != b'0') => {
                return Some(text.part(from..to));
            }
            1 if raw[from] == b'1' => {
                let end = from + 35;
                if raw.get(from..end).is_some_and(is_xray)
                    && !raw.get(end).is_some_and(u8::is_ascii_hexdigit)
                {
                    return Some(text.part(from..end));
                }
                at = to + 1;
            }
            _ => at = to + 1,
        }
    }
    None
}

/// Returns whether a text is `1-` with 8 and 24 hexadecimal digits.
pub(in crate::record) fn is_xray(id: &[u8]) -> bool {
    // Without an early end the compiler looks at many bytes at once.
    let digits = |part: &[u8]| {
        part.iter()
            .fold(true, |all, byte| all & byte.is_ascii_hexdigit())
    };
    match id.split_first_chunk::<11>() {
        Some((head, rest)) => {
            head.starts_with(b"1-")
                && head[10] == b'-'
                && rest.len() == 24
                && digits(&head[2..10])
                && digits(rest)
        }
        None => false,
    }
}

/// Reads the class of an error.
pub(super) fn class(value: Value<'_>) -> Option<Str<'_>> {
    words(value).filter(|text| {
        let raw = text.raw();
        raw.len() <= 200 && !raw.contains(&b' ') && !raw.iter().all(u8::is_ascii_digit)
    })
}

/// Reads the code of an error: one word in capitals, or five digits of SQL, whose `00000` is success.
pub(super) fn code(value: Value<'_>) -> Option<Str<'_>> {
    words(value).filter(|text| {
        let code = text.raw();
        let word = (3..=100).contains(&code.len())
            && !code.contains(&b' ')
            && code.iter().any(u8::is_ascii_uppercase);
        let sql = code.len() == 5 && code != b"00000" && code.iter().all(u8::is_ascii_digit);
        word || sql
    })
}

/// Reads the name of a called service: no address of a machine.
pub(super) fn called(value: Value<'_>) -> Option<Str<'_>> {
    words(value).filter(|text| {
        let name = text.raw();
        name.len() <= 100
            && name.iter().any(u8::is_ascii_alphabetic)
            && !name
                .iter()
                .any(|byte| matches!(byte, b'/' | b':' | b' ' | b'|' | b'\\'))
    })
}
