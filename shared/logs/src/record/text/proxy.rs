//! Access lines of proxies with a layout of their own: HAProxy, Envoy, Squid, and Caddy's console.

use memchr::memmem;

use super::access::{Request, is_address, is_method, number};
use super::tokens::{Token, Tokens};
use super::{bare, trace};
use crate::record::names::Unit;
use crate::record::{Fields, Format, Level, Moment, Origin, duration, json, timestamp};

/// Reads a line of HAProxy's `httplog` or `tcplog`:
/// `CLIENT [TIME] FRONTEND BACKEND/SERVER 10/0/30/69/109 200 2750 … "GET /x HTTP/1.1"`.
pub(super) fn haproxy(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let client = tokens.word()?;
    let ms = timestamp::parse(tokens.bracketed()?)?;
    let (_frontend, server) = (tokens.word()?, tokens.word()?);
    let times = tokens.word()?;
    let parts = times.split('/').count();
    let numbers = times
        .split('/')
        .all(|part| part.trim_start_matches('+').parse::<i64>().is_ok());
    if !is_address(client) || !server.contains('/') || !(3..=6).contains(&parts) || !numbers {
        return None;
    }
    let mut fields = Fields {
        format: Format::Haproxy,
        origin: Origin::Access,
        timestamp: Some(Moment::Ms(ms)),
        ..Fields::default()
    };
    // The total stands last; a plus says that it was logged before the end.
    let total = times.rsplit('/').next()?.trim_start_matches('+');
    fields.latency_ms = duration::parse(total, Unit::Millis);
    if parts < 5 {
        // A connection is no request.
        return Some(fields);
    }
    fields.status = number(tokens.word()?);
    let rest = tokens.rest();
    fields.trace_id = captured_trace(rest).map(bare);
    if let Some(open) = rest.find('"')
        && let Some(asked) = Tokens::new(&rest[open..]).quoted()
        && let Some(request) = Request::complete(asked)
    {
        request.put(&mut fields);
    }
    Some(fields)
}

/// Returns the trace among the headers that HAProxy captured: `{Root=1-…|agent}`.
fn captured_trace(rest: &str) -> Option<&str> {
    let (_, captures) = rest.split_once('{')?;
    let (captures, _) = captures.split_once('}')?;
    captures.split('|').find_map(trace::shaped)
}

/// Reads Envoy's default line, and Istio's:
/// `[2026-11-21T08:04:03.310Z] "POST /x HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "agent" …`.
pub(super) fn envoy(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let (ms, rest) = timestamp::dated(tokens.bracketed()?)?;
    let asked = tokens.quoted()?;
    let status = tokens.word()?;
    let flags = tokens.word()?;
    let is_flag = |byte: u8| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b',')
    };
    let is_status = status.len() <= 3 && status.parse::<u16>().is_ok();
    if !rest.is_empty() || !is_status || !flags.bytes().all(is_flag) {
        return None;
    }
    // Bytes in, bytes out, how long it took, how long the upstream took: four in a row, wherever they begin.
    let mut row: [&str; 3] = [""; 3];
    let mut count = 0;
    let latency = loop {
        match tokens.next()? {
            Token::Word(word) if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                row[count] = word;
                count += 1;
            }
            _ => count = 0,
        }
        if count == row.len() {
            break duration::parse(row[2], Unit::Millis);
        }
    };
    let mut fields = Fields {
        format: Format::Envoy,
        origin: Origin::Access,
        timestamp: Some(Moment::Ms(ms)),
        status: number(status),
        latency_ms: latency,
        ..Fields::default()
    };
    if let Some(request) = Request::complete(asked) {
        request.put(&mut fields);
    }
    for token in tokens {
        if let Token::Quoted(text) = token {
            fields.trace_id = fields.trace_id.or_else(|| trace::shaped(text).map(bare));
        }
    }
    Some(fields)
}

/// Reads what Envoy says of itself: `[2026-11-21 08:04:03.123][1][info][main] [source/server/server.cc:412] starting`.
pub(super) fn envoy_own(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let (ms, rest) = timestamp::dated(tokens.bracketed()?)?;
    let thread = tokens.bracketed()?;
    let level = Level::parse(tokens.bracketed()?.as_bytes())?;
    let _component = tokens.bracketed()?;
    let place = tokens.clone();
    if !tokens
        .bracketed()
        .is_some_and(|place| place.contains(".cc:") || place.contains(".h:"))
    {
        tokens = place;
    }
    let is_own = rest.is_empty() && thread.parse::<u64>().is_ok();
    is_own.then(|| Fields {
        format: Format::Envoy,
        timestamp: Some(Moment::Ms(ms)),
        level: Some(level),
        message: Some(bare(tokens.rest())),
        ..Fields::default()
    })
}

/// Reads Squid's native line: `1795248207.761 123 10.0.0.1 TCP_MISS/200 1234 GET http://host/x - HIER_DIRECT/… text/html`.
pub(super) fn squid(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let epoch = tokens.word()?;
    let (_, millis) = epoch.split_once('.')?;
    let (took, client, result) = (tokens.word()?, tokens.word()?, tokens.word()?);
    let (code, status) = result.split_once('/')?;
    let (bytes, method, target) = (tokens.word()?, tokens.word()?, tokens.word()?);
    let is_code = code
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if millis.len() != 3 || status.len() != 3 || !is_code || !is_address(client) {
        return None;
    }
    bytes.parse::<u64>().ok()?;
    let ms = timestamp::parse(epoch)?;
    let mut fields = Fields {
        format: Format::Squid,
        origin: Origin::Access,
        timestamp: Some(Moment::Ms(ms)),
        status: number(status),
        ..Fields::default()
    };
    if is_method(method) {
        fields.method = Some(bare(method));
        fields.path = Some(bare(target));
        fields.latency_ms = duration::parse(took, Unit::Millis);
    } else {
        fields.message = Some(bare(target));
    }
    Some(fields)
}

/// Reads Caddy's console: `2026/11/21 08:04:03.123⇥INFO⇥http.log.access⇥handled request⇥{"request": …}`.
pub(super) fn caddy(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let mut columns = rest.strip_prefix('\t')?.split('\t');
    let level = Level::parse(columns.next()?.as_bytes())?;
    let mut fields = Fields {
        format: Format::Caddy,
        timestamp: Some(Moment::Ms(ms)),
        level: Some(level),
        ..Fields::default()
    };
    let rest = columns.next().map(|_| rest).unwrap_or_default();
    let details = memmem::find(rest.as_bytes(), b"\t{").map(|at| &rest[at + 1..]);
    let ends = rest.len() - details.map_or(0, |details| details.len() + 1);
    // The message is the last column before the details; a logger's name may stand before it.
    let message = rest.get(..ends)?.rsplit('\t').next()?;
    fields.message = (!message.is_empty()).then(|| bare(message));
    if let Some(details) = details {
        if let Some(inner) = json::fields(&bare(details)) {
            super::fill(&mut fields, &inner);
            fields.format = Format::Caddy;
        }
        if fields.is_request() {
            fields.origin = Origin::Access;
        }
        // Caddy's durations are numbers of seconds.
        let key = b"\"duration\":";
        fields.latency_ms = memmem::rfind(details.as_bytes(), key).and_then(|at| {
            let number = details[at + key.len()..].trim_start();
            let end = number.find([',', '}'])?;
            let seconds: f64 = number[..end].trim_end().parse().ok()?;
            (0.0..86_400.0).contains(&seconds).then_some(seconds * 1e3)
        });
    }
    Some(fields)
}
