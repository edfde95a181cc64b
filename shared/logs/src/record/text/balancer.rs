//! Access log lines of AWS: load balancers, CloudFront, S3, API Gateway's CSV, and IIS, which is laid out alike.

use super::access::{Request, is_address, is_method, number};
use super::tokens::Tokens;
use super::{bare, trace};
use crate::record::names::Unit;
use crate::record::{Fields, Format, Moment, Origin, duration, timestamp};

fn access<'a>(format: Format) -> Fields<'a> {
    Fields {
        format,
        origin: Origin::Access,
        ..Fields::default()
    }
}

/// Reads a line of an Application Load Balancer: `h2 TIME app/NAME/ID CLIENT TARGET …`.
pub(super) fn alb(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    if !matches!(
        tokens.word()?,
        "http" | "https" | "h2" | "grpcs" | "ws" | "wss"
    ) {
        return None;
    }
    let mut fields = elastic(tokens, Format::Alb)?;
    let mut tokens = Tokens::new(line);
    // Up to the user agent; then cipher, protocol and target group.
    let request = line.find(" \"")?;
    tokens.pass(request);
    let _request = tokens.quoted()?;
    let _agent = tokens.quoted()?;
    let (_cipher, _protocol, _group) = (tokens.word()?, tokens.word()?, tokens.word()?);
    fields.trace_id = tokens.quoted().and_then(trace::shaped).map(bare);
    // Domain, certificate; priority and creation time; actions, redirect, and why a Lambda target failed.
    let _domain = tokens.quoted();
    let _certificate = tokens.quoted();
    let _priority = tokens.word();
    let _created = tokens.word();
    let _actions = tokens.quoted();
    let _redirect = tokens.quoted();
    fields.error_type = tokens
        .quoted()
        .filter(|reason| !matches!(*reason, "-" | ""))
        .map(bare);
    Some(fields)
}

/// Reads a line of a classic load balancer: `TIME NAME CLIENT BACKEND …`.
pub(super) fn elb(line: &str) -> Option<Fields<'_>> {
    elastic(Tokens::new(line), Format::Elb)
}

/// Reads what both kinds of load balancer write from the time to the request.
fn elastic(mut tokens: Tokens<'_>, format: Format) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(tokens.word()?)?;
    let (_name, client, _target) = (tokens.word()?, tokens.word()?, tokens.word()?);
    let times = [tokens.word()?, tokens.word()?, tokens.word()?];
    let status = tokens.word()?;
    let (_target_status, received, sent) = (tokens.word()?, tokens.word()?, tokens.word()?);
    let counted = [received, sent]
        .iter()
        .all(|bytes| bytes.parse::<i64>().is_ok());
    let asked = tokens.quoted()?;
    if !rest.is_empty() || !is_address(client) || !counted {
        return None;
    }
    let mut fields = access(format);
    fields.timestamp = Some(Moment::Ms(ms));
    fields.status = number(status);
    // A part that never happened is written as -1: then the whole is not known.
    let mut total = Some(0.0);
    for part in times {
        if part != "-1" && part != "-" {
            part.parse::<f64>().ok()?;
        }
        let ms = duration::parse(part, Unit::Seconds);
        total = total.zip(ms).map(|(sum, ms)| sum + ms);
    }
    // The parts are in whole microseconds at the finest; what adding them added beyond is not of the line.
    fields.latency_ms = total.map(|ms: f64| (ms * 1e6).round() / 1e6);
    // The protocol is missing where the client closed early: `- http://host:80- -`.
    if let Some(request) = Request::complete(asked)
        && !asked.starts_with('-')
    {
        request.put(&mut fields);
    }
    Some(fields)
}

/// Reads a line of S3's server access log: `OWNER BUCKET [TIME] CLIENT REQUESTER ID OPERATION KEY "REQUEST" …`.
pub(super) fn s3(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let (owner, _bucket) = (tokens.word()?, tokens.word()?);
    let ms = timestamp::parse(tokens.bracketed()?)?;
    let (client, _requester, _id) = (tokens.word()?, tokens.word()?, tokens.word()?);
    let (operation, _key) = (tokens.word()?, tokens.word()?);
    let is_operation = ["REST.", "WEBSITE.", "SOAP.", "BATCH.", "S3."]
        .iter()
        .any(|kind| operation.starts_with(kind));
    if !is_operation || !is_address(client) || owner.len() < 16 {
        return None;
    }
    let asked = tokens.quoted().or_else(|| tokens.word())?;
    let status = tokens.word()?;
    let error = tokens.word()?;
    let (_sent, _size, total) = (tokens.word()?, tokens.word()?, tokens.word()?);
    let mut fields = access(Format::S3Access);
    fields.timestamp = Some(Moment::Ms(ms));
    fields.status = number(status);
    fields.error_type = (error != "-").then(|| bare(error));
    fields.latency_ms = duration::parse(total, Unit::Millis);
    if let Some(request) = Request::complete(asked) {
        request.put(&mut fields);
    }
    Some(fields)
}

/// Reads a line of CloudFront's standard log: tabs between `DATE TIME EDGE BYTES CLIENT METHOD HOST PATH STATUS …`.
pub(super) fn cloudfront(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let mut columns = rest.strip_prefix('\t')?.split('\t');
    let mut next = || columns.next();
    let (_edge, bytes, client, method) = (next()?, next()?, next()?, next()?);
    let (_host, path, status) = (next()?, next()?, next()?);
    if bytes.parse::<u64>().is_err() || !is_address(client) || !is_method(method) {
        return None;
    }
    let mut fields = access(Format::CloudFront);
    fields.timestamp = Some(Moment::Ms(ms));
    fields.method = Some(bare(method));
    fields.path = Some(bare(path));
    fields.status = number(status);
    // Behind the status: referrer, agent, query, cookie, result, request id, host, protocol, bytes; then the time.
    fields.latency_ms = columns
        .nth(9)
        .and_then(|took| duration::parse(took, Unit::Seconds));
    Some(fields)
}

/// Reads API Gateway's comma-separated access line: `CLIENT,CALLER,USER,TIME,METHOD,PATH,PROTOCOL,STATUS,LENGTH,ID`.
pub(super) fn gateway(line: &str) -> Option<Fields<'_>> {
    let mut columns = line.split(',').map(|column| column.trim_matches('"'));
    let mut next = || columns.next();
    let (client, _caller, _user, time) = (next()?, next()?, next()?, next()?);
    let (method, path, protocol, status) = (next()?, next()?, next()?, next()?);
    let ms = timestamp::parse(time)?;
    if !is_address(client) || !is_method(method) || !protocol.starts_with("HTTP/") {
        return None;
    }
    let mut fields = access(Format::ApiGateway);
    fields.timestamp = Some(Moment::Ms(ms));
    fields.method = Some(bare(method));
    fields.path = Some(bare(path));
    fields.status = Some(number(status)?);
    Some(fields)
}

/// Reads a line of IIS in its default order of columns:
/// `DATE TIME SERVER METHOD STEM QUERY PORT USER CLIENT AGENT [REFERRER] STATUS SUB WIN32 MILLISECONDS`.
pub(super) fn iis(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let mut tokens = Tokens::new(rest);
    let (server, method, stem) = (tokens.word()?, tokens.word()?, tokens.word()?);
    let (_query, port, _user) = (tokens.word()?, tokens.word()?, tokens.word()?);
    let (client, _agent) = (tokens.word()?, tokens.word()?);
    if !is_address(server) || !is_method(method) || !is_address(client) {
        return None;
    }
    port.parse::<u16>().ok()?;
    // The referrer may be missing; a status is a number, and no referrer is.
    let word = tokens.word()?;
    let status = number(word).or_else(|| number(tokens.word()?))?;
    let (sub, win32, took) = (tokens.word()?, tokens.word()?, tokens.word()?);
    if !tokens.rest().is_empty() || [sub, win32].iter().any(|n| n.parse::<u64>().is_err()) {
        return None;
    }
    let mut fields = access(Format::Iis);
    fields.timestamp = Some(Moment::Ms(ms));
    fields.method = Some(bare(method));
    fields.path = Some(bare(stem));
    fields.status = Some(status);
    fields.latency_ms = duration::parse(took, Unit::Millis);
    Some(fields)
}

/// Recognises a record of a VPC flow log, which is about no request: `2 ACCOUNT eni-… FROM TO … ACCEPT OK`.
pub(super) fn flow(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let version = tokens.word()?;
    let account = tokens.word()?;
    let interface = tokens.word()?;
    let is_flow = version.len() == 1
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && interface.starts_with("eni-");
    is_flow.then(|| Fields {
        format: Format::VpcFlow,
        message: Some(bare(line)),
        ..Fields::default()
    })
}
