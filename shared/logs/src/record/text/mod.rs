//! Plain-text lines, each form in a module of its own.
//!
//! The first bytes of a line say which forms it may have, so that few are tried. Each form of `server`
//! is recognised by its full shape, so that no line has two, and prose has none; but for Envoy's, which is an access
//! line with more behind it, and is tried first.

mod access;
mod after;
mod balancer;
mod complaint;
mod database;
mod lambda;
mod layout;
mod logfmt;
mod middleware;
mod prose;
mod proxy;
#[cfg(test)]
mod tests;
mod tokens;
mod trace;
mod wrapper;

use self::access::is_method;
pub(crate) use self::wrapper::collected;
use super::{Fields, Format, Origin, json, timestamp};
use crate::json::Str;

/// How many wrappers around a line are taken off; what stands in more is text.
const MOST_WRAPPERS: u8 = 3;

/// Reads a line of text. Every line is a record: what is not recognised is its message.
#[must_use]
pub fn read(line: &str) -> Fields<'_> {
    wrapped(line.trim_end(), MOST_WRAPPERS)
}

/// Reads a line that stands in so many wrappers at most.
fn wrapped(line: &str, wrappers: u8) -> Fields<'_> {
    if wrappers == 0 {
        return line_of_text(line);
    }
    let Some(outer) = wrapper::open(line) else {
        return line_of_text(line);
    };
    let object = bare(outer.inside);
    let object = object.begins_object().then(|| json::fields(&object));
    let inner = object.flatten();
    let mut fields = inner.unwrap_or_else(|| wrapped(outer.inside, wrappers - 1));
    fields.timestamp = fields.timestamp.or(outer.timestamp);
    fields.level = fields.level.or(outer.level);
    if fields.format == Format::Text {
        fields.format = outer.format;
    }
    fields
}

fn line_of_text(line: &str) -> Fields<'_> {
    if let Some(mut fields) = server(line) {
        // What a program printed through a runtime or a server's own logger is words like any other.
        let printed = fields.level.is_some() || fields.timestamp.is_some();
        let speaks = matches!(
            fields.format,
            Format::Layout
                | Format::Lambda
                | Format::Tornado
                | Format::Jetty
                | Format::Tomcat
                | Format::Php
                | Format::ApacheError
        );
        if printed && speaks && fields.status.is_none() {
            inside_message(&mut fields);
            if let Some(Ok(message)) = fields.message.and_then(|m| m.plain()).map(str::from_utf8) {
                prose::read(message, &mut fields);
            }
        }
        return fields;
    }
    if let Some(fields) = logfmt::read(line) {
        return fields;
    }
    let mut fields = layout::read(line);
    inside_message(&mut fields);
    fields
}

/// Reads a line of a server, a proxy, a database or the platform, going by its first bytes.
fn server(line: &str) -> Option<Fields<'_>> {
    match line.as_bytes() {
        [b'0'..=b'9', _, _, _, b'/', ..] => complaint::nginx(line).or_else(|| proxy::caddy(line)),
        [b'0'..=b'9', _, _, _, b'-', ..] => dated(line),
        [b'0'..=b'9', _, b'-', ..] => complaint::tomcat(line),
        [b'0'..=b'9' | b':', ..] => access::read(line)
            .or_else(|| proxy::haproxy(line))
            .or_else(|| database::redis(line))
            .or_else(|| proxy::squid(line))
            .or_else(|| balancer::gateway(line))
            .or_else(|| balancer::flow(line))
            .or_else(|| balancer::s3(line))
            .or_else(|| middleware::read(line)),
        [b'[', b'0'..=b'9', ..] => proxy::envoy(line)
            .or_else(|| proxy::envoy_own(line))
            .or_else(|| database::kafka(line))
            .or_else(|| database::elasticsearch(line))
            .or_else(|| database::nats(line))
            .or_else(|| access::read(line))
            .or_else(|| complaint::php(line))
            .or_else(|| middleware::read(line)),
        [b'[', ..] => complaint::apache(line)
            .or_else(|| lambda::python(line))
            .or_else(|| middleware::read(line))
            .or_else(|| complaint::php(line)),
        [b'A'..=b'Z', ..] => lambda::platform(line)
            .or_else(|| middleware::read(line))
            .or_else(|| database::postgres(line))
            .or_else(|| access::read(line)),
        [b' ' | b'<', ..] => middleware::read(line),
        [b'#', ..] => database::mysql_slow(line),
        [b'a'..=b'z', ..] => balancer::alb(line)
            .or_else(|| access::read(line))
            .or_else(|| balancer::s3(line))
            .or_else(|| proxy::haproxy(line))
            .or_else(|| middleware::read(line)),
        [b'"' | b'-', ..] => access::read(line).or_else(|| middleware::read(line)),
        _ => None,
    }
}

/// Reads a line that begins with a date, going by what follows the time.
fn dated(line: &str) -> Option<Fields<'_>> {
    let (_, rest) = timestamp::dated(line)?;
    match rest.as_bytes() {
        [b'\t', ..] => lambda::printed(line).or_else(|| balancer::cloudfront(line)),
        [b',', ..] => database::postgres_csv(line),
        [b':', ..] => database::postgres(line)
            .or_else(|| complaint::lighttpd(line))
            .or_else(|| complaint::jetty(line)),
        [b' ', b'[', ..] => database::postgres(line)
            .or_else(|| database::pgbouncer(line))
            .or_else(|| database::rabbitmq(line)),
        [b' ', ..] => database::postgres(line)
            .or_else(|| database::mysql(line))
            .or_else(|| lambda::printed(line))
            .or_else(|| balancer::iis(line))
            .or_else(|| balancer::elb(line)),
        _ => None,
    }
}

/// Reads what a message says behind the prefix that a logger or a runtime put in front of it: an object, or a server's
/// access line.
fn inside_message(fields: &mut Fields<'_>) {
    let Some(message) = fields.message else {
        return;
    };
    if message.begins_object() {
        if let Some(mut object) = json::fields(&message) {
            // The object is the record; the text around it comes from a program that only passed it on.
            object.timestamp = object.timestamp.or(fields.timestamp);
            object.level = object.level.or(fields.level);
            *fields = object;
        }
        return;
    }
    let Some(Ok(text)) = message.plain().map(str::from_utf8) else {
        return;
    };
    if let Some(inner) = access::told(text).or_else(|| middleware::read(text)) {
        fill(fields, &inner);
    }
}

/// Takes over what a record does not say itself from one that stands in it.
fn fill<'a>(fields: &mut Fields<'a>, inner: &Fields<'a>) {
    if inner.origin == Origin::Access {
        fields.origin = inner.origin;
        fields.format = inner.format;
    }
    let message = inner.message.or(fields.message);
    fields.fill(inner);
    fields.message = message;
}

/// Reads what the words of one more line of a message say, where the record does not carry it yet.
pub fn words<'a>(line: &'a str, fields: &mut Fields<'a>) {
    layout::below(line, fields);
}

const fn bare(text: &str) -> Str<'_> {
    Str::bare(text.as_bytes())
}

#[cfg(test)]
mod rows {
    use super::*;
    use crate::record::tests::show;

    #[test]
    fn lines_of_the_common_kinds_are_read() {
        for (line, expected) in [
            (
                r#"127.0.0.1 - - [21/Nov/2026:08:04:03 +0000] "POST /loan/apply HTTP/1.1" 201 67 "-" "x""#,
                "access at=1795248243000 method=POST path=/loan/apply status=201",
            ),
            (
                r#"10.0.1.2 - - "GET /health HTTP/1.1" 200 2"#,
                "access method=GET path=/health status=200",
            ),
            (
                r#"time="2026-01-01T00:00:00Z" level=info service=loan-worker route=/a method=GET status=200 duration=4.5ms msg="job \"x\" done" dep=s3"#,
                "at=1767225600000 info service=loan-worker method=GET route=/a status=200 ms=4.5 dep=s3 msg=job \"x\" done",
            ),
            (
                "2026-11-21 08:04:04,335 - loans.clients - WARNING - scoring responded in 865 ms",
                "at=1795248244335 warn ms=865 dep=scoring msg=scoring responded in 865 ms",
            ),
            (
                "2026-11-21T08:04:04.335Z  INFO 1 --- [app] [main] c.e.Loan : POST /loan/apply 201 145ms",
                "at=1795248244335 info method=POST path=/loan/apply status=201 ms=145 msg=POST /loan/apply 201 145ms",
            ),
            (
                "GET /loan/7 404 3ms",
                "method=GET path=/loan/7 status=404 ms=3 msg=GET /loan/7 404 3ms",
            ),
            ("an error in a sentence", "msg=an error in a sentence"),
            ("{not json: 12", "msg={not json: 12"),
            ("", "msg="),
            ("a=1 b", "msg=a=1 b"),
        ] {
            assert_eq!(show(&read(line)), expected, "{line}");
        }
    }
}
