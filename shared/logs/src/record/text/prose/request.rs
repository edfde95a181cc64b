//! The outcome of a request, as a message words it.

use super::super::{bare, is_method};
use super::call;
use super::vocabulary::USUAL;
use super::words::{Word, Words};
use crate::record::Fields;

/// Reads `POST /loan/apply 201 92ms`, `"GET /x HTTP/1.1" 200 12.3 ms`, `Completed 200 OK in 12ms`, `Started GET "/x"`,
/// `Exception on /x [POST]` and their kin.
pub(super) fn read<'a>(words: &Words<'a>, fields: &mut Fields<'a>) {
    let Some(place) = place(words) else {
        if let Some(took) = task(words) {
            fields.latency_ms = fields.latency_ms.or(Some(took));
        } else if let Some(status) = outcome_alone(words) {
            fields.status = fields.status.or(Some(status));
            fields.latency_ms = fields.latency_ms.or_else(|| latency(words));
        }
        return;
    };
    // urllib3: `https://scoring:443 "POST /score HTTP/1.1" 200 12`.
    if let Some(host) = place.at.checked_sub(1).map(|at| words.get(at))
        && host.core.contains("://")
    {
        fields.dependency = fields
            .dependency
            .or_else(|| call::name_of_host(host.core).map(bare));
        return;
    }
    if place.path.contains("://") && !is_incoming(words, &place) {
        if fields.dependency.is_none() && is_outgoing(words, &place) {
            fields.dependency = call::name_of_host(place.path).map(bare);
        }
        return;
    }
    if let Some(method) = place.method {
        fields.method = fields.method.or(Some(bare(method)));
    }
    fields.path = fields.path.or(Some(bare(place.path)));
    if fields.status.is_none() && !is_said_to_go_out(words, &place) {
        fields.status = status_behind(words, place.end).or_else(|| status_before(words, place.at));
        if fields.status.is_some() {
            fields.latency_ms = fields.latency_ms.or_else(|| latency(words));
        }
    }
}

/// The method and the path of a request, and where they stand.
struct Place<'a> {
    method: Option<&'a str>,
    path: &'a str,
    /// The first of their words.
    at: usize,
    /// The word behind them.
    end: usize,
}

fn place<'a>(words: &Words<'a>) -> Option<Place<'a>> {
    for (at, word) in words.iter() {
        if is_method(word.core) {
            let mut end = at + 1;
            while end < at + 3 && is_mark(words.get(end)) {
                end += 1;
            }
            let path = words.get(end);
            if is_path(path) || path.core.contains("://") {
                return Some(Place {
                    method: Some(word.core),
                    path: path.core,
                    at,
                    end: end + 1,
                });
            }
        }
        // Flask: `Exception on /loan/apply [POST]`.
        let next = words.get(at + 1);
        if is_path(word) && next.before == "[" && is_method(next.core) {
            return Some(Place {
                method: Some(next.core),
                path: word.core,
                at,
                end: at + 2,
            });
        }
    }
    // Django: `Not Found: /loan/7`, `Internal Server Error: /loan/apply`, `Method Not Allowed (GET): /x`.
    let last = words
        .len()
        .checked_sub(1)
        .filter(|last| (1..=8).contains(last))?;
    let reason = words.get(last - 1);
    let begins = [
        "Internal",
        "Not",
        "Bad",
        "Unauthorized",
        "Forbidden",
        "Method",
        "Gone",
    ];
    let told = (last.saturating_sub(4)..last).any(|at| begins.contains(&words.get(at).core));
    (is_path(words.get(last)) && reason.after.ends_with(':') && told).then(|| Place {
        method: Some(reason.core).filter(|word| is_method(word)),
        path: words.get(last).core,
        at: last,
        end: last + 1,
    })
}

fn is_path(word: Word<'_>) -> bool {
    word.core.starts_with('/') && !word.core.starts_with("//")
}

/// Returns whether a word is only marks, such as a dash, a bar or an arrow.
fn is_mark(word: Word<'_>) -> bool {
    !word.core.bytes().any(|byte| byte.is_ascii_alphanumeric()) && !word.core.starts_with('/')
}

/// Returns the status that a word is.
fn status(word: Word<'_>) -> Option<u16> {
    let digits = word.core.as_bytes();
    (digits.len() == 3 && matches!(digits[0], b'1'..=b'5') && word.is_number())
        .then(|| word.core.parse().ok())?
}

/// Returns the status at a place, unless a unit makes it a duration or a size.
fn status_at(words: &Words<'_>, at: usize) -> Option<u16> {
    let word = words.get(at);
    let next = words.get(at + 1);
    let counted =
        word.after.is_empty() && next.is_any(&["bytes", "b", "kb", "items", "rows", "records"]);
    status(word).filter(|_| words.duration(at).is_none() && !counted)
}

/// Returns the status behind a path: the first number of that shape, with nothing but the usual words before it.
fn status_behind(words: &Words<'_>, from: usize) -> Option<u16> {
    let mut at = from;
    let mut dotnet = false;
    while at < words.len().min(from + 12) {
        let word = words.get(at);
        if let Some(status) = status_at(words, at)
            && (!dotnet || is_mark(words.get(at - 1)))
        {
            return Some(status);
        }
        if let Some((_, taken)) = words.duration(at) {
            at += taken;
            continue;
        }
        if let Some((key, value)) = word.core.split_once(['=', ':'])
            && matches!(key, "status" | "statusCode" | "status_code" | "code")
        {
            let value = Word {
                core: value,
                ..Word::default()
            };
            return status(value);
        }
        // The content's type before its length, as ASP.NET prints them.
        dotnet |= word.core.contains('/') && !word.core.starts_with("HTTP/");
        let is_address =
            word.core.contains(['.', ':']) && word.core.bytes().any(|b| b.is_ascii_digit());
        let usual = is_mark(word)
            || word.is_one_of(USUAL)
            || is_address
            || word.core.starts_with("HTTP/")
            || dotnet
            || word.is_number() && words.get(at + 1).is("bytes");
        if !usual {
            return None;
        }
        at += 1;
    }
    None
}

/// Returns the status that opens the message: `200 GET /x`, `| 200 | 12ms | 10.0.0.1 | GET "/x"`, `200 OK: GET - /x`.
fn status_before(words: &Words<'_>, place: usize) -> Option<u16> {
    let is_address = |word: Word<'_>| word.core.contains(['.', ':']) && !word.core.contains('/');
    let first = (0..place).find(|at| !is_mark(words.get(*at)) && !is_address(words.get(*at)))?;
    status_at(words, first)
}

/// Returns the outcome of a request that was named in a line before: `Completed 200 OK in 12ms`, `Sent 200 in 3µs`,
/// `Request finished in 12.3ms 200`.
fn outcome_alone(words: &Words<'_>) -> Option<u16> {
    // Rails' tags stand before.
    let tag = words.get(0);
    let at = usize::from(tag.before == "[" && tag.after == "]");
    let first = words.get(at);
    if first.is("completed") || first.is("sent") {
        let status = status_at(words, at + 1)?;
        return (at + 2..at + 6)
            .any(|at| words.get(at).is("in"))
            .then_some(status);
    }
    if first.is("request") && words.get(at + 1).is("finished") && words.get(at + 2).is("in") {
        let (_, taken) = words.duration(at + 3)?;
        return status_at(words, at + 3 + taken);
    }
    None
}

/// Returns how long a task of a queue took, as Celery says it: `Task loans.score[5f1b] succeeded in 0.035s: None`.
fn task(words: &Words<'_>) -> Option<f64> {
    let is_task =
        words.get(0).core == "Task" && words.get(2).is("succeeded") && words.get(3).is("in");
    words.duration(4).filter(|_| is_task).map(|(ms, _)| ms)
}

/// Returns the first duration that is no bound.
fn latency(words: &Words<'_>) -> Option<f64> {
    (0..words.len()).find_map(|at| {
        words
            .duration(at)
            .filter(|_| !call::is_bound(words, at))
            .map(|(ms, _)| ms)
    })
}

/// Returns whether a whole URL is the address under which a server was asked, as ASP.NET and chi print it.
fn is_incoming(words: &Words<'_>, place: &Place<'_>) -> bool {
    let aspnet = words.get(0).is("request") && words.get(1).is_any(&["finished", "starting"]);
    let chi = words.get(place.end).core.starts_with("HTTP/") && words.get(place.end + 1).is("from");
    aspnet || chi
}

/// Returns whether words or arrows say that a URL is called by this service.
fn is_outgoing(words: &Words<'_>, place: &Place<'_>) -> bool {
    let arrow = (0..place.at).any(|at| {
        let word = words.get(at);
        word.core.starts_with("--") || word.core == "->"
    });
    // httpx: `HTTP Request: POST http://… "HTTP/1.1 200 OK"`.
    let httpx = words.get(0).core == "HTTP" && words.get(1).core == "Request";
    let failed = (place.end..words.len()).any(|at| {
        words.get(at).is_any(&[
            "failed",
            "timeout",
            "timed",
            "refused",
            "deadline",
            "error",
            "unreachable",
            "reset",
        ])
    });
    arrow || httpx || failed || is_said_to_go_out(words, place)
}

/// Returns whether words before a request say that this service makes it.
fn is_said_to_go_out(words: &Words<'_>, place: &Place<'_>) -> bool {
    (0..place.at).any(|at| {
        words.get(at).is_any(&[
            "calling",
            "call",
            "outgoing",
            "outbound",
            "upstream",
            "fetching",
            "sending",
            "client",
            "retrying",
            "downstream",
            "dependency",
        ])
    })
}
