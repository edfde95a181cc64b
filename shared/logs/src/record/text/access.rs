//! Access log lines of servers, in the common log format and its kin: `… "GET /path HTTP/1.1" 200 …`.
//!
//! Apache, nginx, gunicorn, uvicorn, hypercorn, werkzeug, Django, aiohttp, morgan, puma, rack, Tomcat, Jetty, Undertow,
//! Traefik, Varnish, lighttpd, API Gateway and many more write it, each with something of its own before and behind.

use memchr::memchr;

use super::after::Whole;
use super::tokens::{Tokens, unquote};
use super::{after, bare};
use crate::record::{Fields, Format, Moment, Origin, timestamp};

/// Reads a line that is an access line from its first byte.
pub(super) fn read(line: &str) -> Option<Fields<'_>> {
    let first = Tokens::new(line).word()?;
    let second = || Tokens::new(line.get(first.len()..)?).word();
    let begins = is_address(first)
        || line.starts_with('"')
        // Behind a level or a process id in brackets it is a logger's message.
        || (line.starts_with('[')
            && line
                .split_once(']')
                .is_some_and(|(_, rest)| rest.trim_start().starts_with('"')))
        // A bare name of a host is one where the user's identity follows, which nobody tells.
        || (second() == Some("-") && !first.contains(':'));
    if begins { told(line) } else { None }
}

/// Reads an access line that stands in a message, behind whatever a logger put in front of it.
pub(super) fn told(text: &str) -> Option<Fields<'_>> {
    // A message may go on over many lines; the request stands in the first.
    let text = memchr(b'\n', text.as_bytes()).map_or(text, |end| &text[..end]);
    let mut from = 0;
    while let Some(at) = memchr(b'"', text.as_bytes().get(from..)?) {
        let open = from + at;
        let (inside, rest) = unquote(&text[open + 1..])?;
        if let Some(status) = leading_status(rest)
            && let Some(lead) = Lead::of(&text[..open])
            && let Some(request) = Request::of(inside, lead)
        {
            let mut fields = Fields {
                format: Format::Access,
                origin: Origin::Access,
                status: number(status),
                ..Fields::default()
            };
            if let Lead::Time(ms) = lead {
                fields.timestamp = Some(Moment::Ms(ms));
            }
            request.put(&mut fields);
            after::read(
                &rest[rest.find(status)? + status.len()..],
                request.unit,
                &mut fields,
            );
            return Some(fields);
        }
        from = text.len() - rest.len();
    }
    None
}

/// The length of `21/Nov/2026:08:04:03 +0000`.
const COMMON_TIME_BYTES: usize = 26;

/// What stands right before the request.
#[derive(Debug, Clone, Copy)]
enum Lead {
    /// When.
    Time(i64),
    /// The client's address, perhaps with dashes for what is not known of him.
    Address,
}

impl Lead {
    fn of(before: &str) -> Option<Self> {
        let before = before.trim_end_matches(' ');
        if let Some(open) = before.strip_suffix(']') {
            let (_, time) = open.rsplit_once('[')?;
            return timestamp::parse(time).map(Self::Time);
        }
        // PHP-FPM writes its time without brackets.
        if let Some(start) = before.len().checked_sub(COMMON_TIME_BYTES)
            && let Some(ms) = before.get(start..).and_then(timestamp::parse)
        {
            return Some(Self::Time(ms));
        }
        let mut words = before.rsplit(' ').take(4).skip_while(|word| *word == "-");
        let address = words
            .next()?
            .trim_start_matches("http=")
            .trim_matches(['(', ')', '|']);
        (address != "-" && is_address(address.rsplit(['=', ']']).next()?)).then_some(Self::Address)
    }
}

/// The request line: `GET /path HTTP/1.1`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    target: Option<(&'a str, &'a str)>,
    unit: Whole,
}

impl<'a> Request<'a> {
    /// Reads what stands between the quotes. Behind a time it may be anything: clients send what they like.
    fn of(inside: &'a str, lead: Lead) -> Option<Self> {
        let whole = Self::complete(inside);
        if whole.is_some() || matches!(lead, Lead::Address) {
            return whole;
        }
        let target = inside
            .split_once(' ')
            .filter(|(method, target)| is_method(method) && !target.is_empty());
        Some(Self {
            target,
            unit: Whole::Unsaid,
        })
    }

    /// Reads a request line with its protocol; a path may hold blanks.
    pub(super) fn complete(line: &'a str) -> Option<Self> {
        let (method, rest) = line.split_once(' ')?;
        let (target, protocol) = rest.rsplit_once(' ')?;
        let shaped = is_verb(method) && is_protocol(protocol) && !target.is_empty();
        // Hypercorn leaves out the protocol's name, Varnish writes whole URLs; both count microseconds.
        let telling = target.contains("://") || !protocol.contains('/');
        shaped.then_some(Self {
            target: Some((method, target)),
            unit: if telling {
                Whole::Micros
            } else {
                Whole::Unsaid
            },
        })
    }

    pub(super) fn put(self, fields: &mut Fields<'a>) {
        if let Some((method, target)) = self.target {
            fields.method = Some(bare(method));
            fields.path = Some(bare(target));
        }
    }
}

/// Returns whether a word has the shape of a method: a protocol behind it vouches for the rest.
fn is_verb(word: &str) -> bool {
    (2..=17).contains(&word.len())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

/// Returns whether a word is a method of HTTP or of WebDAV.
pub(super) fn is_method(word: &str) -> bool {
    const METHODS: [&str; 20] = [
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "HEAD",
        "OPTIONS",
        "CONNECT",
        "TRACE",
        "PROPFIND",
        "PROPPATCH",
        "MKCOL",
        "COPY",
        "MOVE",
        "LOCK",
        "UNLOCK",
        "SEARCH",
        "REPORT",
        "PURGE",
        "QUERY",
    ];
    METHODS.contains(&word)
}

/// Returns whether a word names a version of HTTP; hypercorn leaves the name out.
pub(super) fn is_protocol(word: &str) -> bool {
    let version = word
        .strip_prefix("HTTP/")
        .or_else(|| word.strip_prefix("http/"))
        .unwrap_or(word);
    matches!(version, "0.9" | "1.0" | "1.1" | "2" | "2.0" | "3" | "3.0")
}

/// Returns the status at the front of what follows a request.
fn leading_status(rest: &str) -> Option<&str> {
    let word = Tokens::new(rest.strip_prefix(' ')?).word()?;
    let word = word.trim_end_matches(',');
    number(word).map(|_| word).or_else(|| {
        // There was no answer, so no status; the method and the path are kept all the same.
        matches!(word, "0" | "000" | "-").then_some(word)
    })
}

/// Reads a status.
pub(super) fn number(word: &str) -> Option<u16> {
    let known = matches!(word.as_bytes(), [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9']);
    if known { word.parse().ok() } else { None }
}

/// Returns whether a word is the address of a client or of a server: an IP address or a host, perhaps with a port.
pub(super) fn is_address(word: &str) -> bool {
    let word = word.trim_end_matches(',').trim_matches('"');
    let bytes = word.as_bytes();
    if matches!(word, "-" | "localhost") || word.starts_with("unix:") {
        return true;
    }
    let only = |allowed: fn(&u8) -> bool| bytes.iter().all(allowed);
    let count = |wanted: u8| memchr::memchr_iter(wanted, bytes).count();
    let host = word.rsplit_once(':').map_or(word, |(host, port)| {
        let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        if is_port { host } else { word }
    });
    let numeric = host
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if numeric && !host.is_empty() {
        return host
            .split('.')
            .filter(|part| part.parse::<u8>().is_ok())
            .count()
            == 4
            && host.split('.').count() == 4;
    }
    if count(b':') >= 2 {
        let is_time =
            bytes.len() <= 12 && bytes.get(2) == Some(&b':') && bytes.get(5) == Some(&b':');
        return !is_time
            && only(|byte| {
                byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'[' | b']' | b'%')
            });
    }
    let is_date = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    host == "localhost"
        || (!is_date
            && host.contains('.')
            && host
                .rsplit('.')
                .next()
                .is_some_and(|last| last.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()))
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')))
}
