//! Calls to dependencies, as messages word them. A name counts only at a place in a phrase that says it was called:
//! a wrong dependency is worse than none.

use super::super::{bare, is_method};
use super::vocabulary::{
    BETWEEN, BOUNDS, CALLED, KIND, NOBODY, OUTCOME, PAUSE, STATES, TROUBLE, lists_of,
};
use super::words::{Word, Words};
use crate::record::{Fields, Level};

/// Reads which dependency was called, and how long the call took.
pub(super) fn read<'a>(words: &Words<'a>, fields: &mut Fields<'a>) {
    if fields.dependency.is_none() {
        fields.dependency = find(words, fields.level).map(bare);
    }
    if fields.dependency.is_some() && fields.latency_ms.is_none() {
        fields.latency_ms = latency(words);
    }
}

/// Returns the dependency that was called.
fn find<'a>(words: &Words<'a>, level: Option<Level>) -> Option<&'a str> {
    (0..words.len()).find_map(|at| {
        addressed(words, at)
            .or_else(|| breaker(words, at))
            .or_else(|| acted_upon(words, at, level))
            .or_else(|| subject(words, at, level))
    })
}

/// Returns the name at a place, if it can be one.
fn name<'a>(words: &Words<'a>, at: usize) -> Option<&'a str> {
    let word = words.get(at);
    let core = word.core;
    if core.contains("://") {
        return name_of_host(core);
    }
    let hostlike = core.contains('.');
    let core = if hostlike { first_label(core)? } else { core };
    is_name(core).then_some(core)
}

fn is_name(core: &str) -> bool {
    let bytes = core.as_bytes();
    let shaped = (2..=40).contains(&bytes.len())
        && bytes[0].is_ascii_alphabetic()
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && !bytes.ends_with(b"-")
        && !bytes.ends_with(b"ly");
    shaped && !lists_of(core).any(NOBODY)
}

/// Returns the first label of a host's name; an IP address is no name.
fn first_label(host: &str) -> Option<&str> {
    let host = host.split(['/', ':']).next()?;
    let (label, domain) = host.split_once('.')?;
    let lettered = domain.bytes().any(|byte| byte.is_ascii_lowercase())
        && host.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte)
        });
    lettered.then_some(label)
}

/// Returns the dependency that a URL leads to: the first label of its host.
pub(super) fn name_of_host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', ':', '?', '#', '"']).next()?;
    let label = host.split('.').next()?;
    (is_name(label) && !label.eq_ignore_ascii_case("www")).then_some(label)
}

/// Skips words that only say what a name is.
fn behind_kind(words: &Words<'_>, mut at: usize) -> usize {
    while words.get(at).is_one_of(KIND) && at < words.len() {
        at += 1;
    }
    at
}

fn is_trouble_before(words: &Words<'_>, at: usize) -> bool {
    (at.saturating_sub(4)..at).any(|at| words.get(at).is_one_of(TROUBLE))
}

/// `call to scoring failed`, `slow response from scoring: 463 ms`, `503 from auth`, `timed out waiting for scoring`.
fn addressed<'a>(words: &Words<'a>, at: usize) -> Option<&'a str> {
    let word = words.get(at);
    if !word.is_any(&["to", "from", "for"]) || at == 0 {
        return None;
    }
    let mut place = at + 1;
    if words.get(place).is("the") {
        place += 1;
    }
    // `call to dependency scoring failed`.
    if words.get(place).is_any(&[
        "dependency",
        "upstream",
        "downstream",
        "service",
        "peer",
        "backend",
    ]) && !words.get(place).ends_clause()
    {
        place += 1;
    }
    let found = name(words, place)?;
    let before = words.get(at - 1);
    if !before.after.is_empty() {
        return None;
    }
    let called = before.is_one_of(CALLED);
    let next = behind_kind(words, place + 1);
    let outcome = words.get(next).is_one_of(OUTCOME)
        || words.get(place).ends_clause() && !words.get(place).core.is_empty()
        || next >= words.len()
        || is_method(words.get(next).core)
        || words.get(next).before.starts_with(['(', '[', '-'])
        || words
            .get(next)
            .is_any(&["after", "in", "with", "due", "because", "permanently"])
        || words.duration(next).is_some();
    if word.is("from") {
        let received = called && (outcome || is_trouble_before(words, at))
            || before.is_any(&[
                "error",
                "errors",
                "timeout",
                "failure",
                "exception",
                "5xx",
                "retry",
            ])
            || is_status(before) && at >= 1;
        return received.then_some(found);
    }
    if word.is("for") {
        let waited = before.is("waiting") && is_trouble_before(words, at - 1);
        let again = ["retry", "attempt", "retries"];
        let counted = before
            .core
            .as_bytes()
            .first()
            .is_some_and(u8::is_ascii_digit)
            && at >= 2
            && words.get(at - 2).is_any(&again);
        return (waited || counted || before.is_any(&again)).then_some(found);
    }
    let tells = outcome
        && (is_trouble_before(words, at)
            || words.get(next).is_one_of(OUTCOME)
            || tells_of_call(words));
    (called && tells).then_some(found)
}

/// Returns whether a message carries a duration or reports a failure or a delay.
fn tells_of_call(words: &Words<'_>) -> bool {
    words
        .iter()
        .any(|(at, word)| word.is_one_of(TROUBLE) || words.duration(at).is_some())
}

fn is_status(word: Word<'_>) -> bool {
    word.core.len() == 3 && word.is_number() && matches!(word.core.as_bytes()[0], b'4' | b'5')
}

/// `circuit breaker open for scoring`, `CircuitBreaker 'scoring' is OPEN`, `scoring circuit open`.
fn breaker<'a>(words: &Words<'a>, at: usize) -> Option<&'a str> {
    let word = words.get(at);
    if !word.is_any(&[
        "circuit",
        "circuitbreaker",
        "breaker",
        "circuit-breaker",
        "circuit_breaker",
    ]) {
        return None;
    }
    let stated =
        |from: usize| (from..words.len().min(from + 10)).any(|at| words.get(at).is_one_of(STATES));
    if !stated(at) {
        return None;
    }
    if at > 0
        && words.get(at - 1).after.is_empty()
        && let Some(found) = name(words, at - 1).filter(|_| begins_clause(words, at - 1))
    {
        return Some(found);
    }
    let mut named = false;
    for place in at + 1..words.len().min(at + 9) {
        let word = words.get(place);
        named |= word.is_any(&["for", "to", "on"]);
        if word.is_one_of(BETWEEN) || word.is_one_of(STATES) {
            continue;
        }
        if word.is_one_of(KIND) {
            continue;
        }
        let last = words.get(place - 1);
        let pointed = named
            || !word.before.is_empty()
            || last.after.ends_with(':')
            || place == at + 1
            || last.is("breaker");
        return name(words, place).filter(|_| pointed);
    }
    None
}

/// Returns whether a word with a colon behind it says of what the name that follows is: `slow dependency call: scoring
/// 512ms`, `upstream timeout: scoring`.
fn is_heading(words: &Words<'_>, at: usize) -> bool {
    let subject = (at.saturating_sub(2)..=at).any(|at| {
        words
            .get(at)
            .is_any(&["dependency", "upstream", "downstream", "peer"])
            || at > 0 && words.get(at).is("call") && words.get(at - 1).is("slow")
    });
    let trouble = (at.saturating_sub(2)..=at).any(|at| words.get(at).is_one_of(TROUBLE));
    words.get(at).after == ":" && subject && trouble
}

/// `retrying scoring (attempt 2)`, `error calling scoring`, `failed to reach scoring`, `slow dependency scoring`.
fn acted_upon<'a>(words: &Words<'a>, at: usize, level: Option<Level>) -> Option<&'a str> {
    let word = words.get(at);
    if !word.after.is_empty() && !word.after.ends_with(':') {
        return None;
    }
    let found = || name(words, at + 1);
    let next = behind_kind(words, at + 2);
    let ended = || {
        let named = words.get(at + 1);
        named.ends_clause()
            || next >= words.len()
            || words.get(next).before.starts_with(['(', '['])
            || words.get(next).is_one_of(OUTCOME)
            || words.get(next).is_any(&[
                "after", "attempt", "in", "due", "call", "request", "because", "once", "again", "-",
            ])
            || words.get(next).is_number()
            || words.duration(next).is_some()
    };
    if is_heading(words, at) {
        return found().filter(|_| ended());
    }
    // `slow scoring response: 512ms`.
    if word.is("slow") && word.after.is_empty() {
        let noun = words.get(at + 2);
        let is_call = noun.is_any(&["call", "response", "request", "query", "lookup"]);
        return found().filter(|_| is_call && words.get(at + 1).after.is_empty());
    }
    if word.is("on")
        && at >= 2
        && words.get(at - 1).is("up")
        && words.get(at - 2).is_any(&["giving", "gave"])
    {
        return found().filter(|_| ended());
    }
    if word.is("retrying") && word.after.is_empty() {
        return found().filter(|_| ended());
    }
    if word.is_any(&["calling", "contacting", "querying", "reaching"]) && word.after.is_empty() {
        let failed = level >= Some(Level::Warn) && words.get(at + 1).after.ends_with(':');
        let told = failed || is_trouble_before(words, at) || words.get(next).is_one_of(OUTCOME);
        return found().filter(|_| told);
    }
    if word.is_any(&["reach", "contact", "call", "query"]) && word.after.is_empty() && at > 0 {
        let prior = words.get(at - 1);
        let failed = prior.is_any(&["to", "not", "cannot", "can't", "couldn't"])
            && is_trouble_before(words, at);
        return found().filter(|_| failed && ended());
    }
    // Go's own: `Post "http://auth.internal/x": dial tcp …`.
    if matches!(
        word.core,
        "Get" | "Post" | "Put" | "Patch" | "Delete" | "Head"
    ) {
        let url = words.get(at + 1);
        let failed = url.before == "\"" && url.after == "\":";
        return name_of_host(url.core).filter(|_| failed);
    }
    if word.is_any(&["dependency", "upstream", "downstream", "peer"]) {
        let tells = is_trouble_before(words, at) || words.get(next).is_one_of(OUTCOME);
        return found().filter(|_| tells && ended());
    }
    None
}

/// Returns whether a clause begins with a word.
fn begins_clause(words: &Words<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|at| words.get(at)) else {
        return true;
    };
    before.is_any(&[
        "the",
        "service",
        "upstream",
        "dependency",
        "downstream",
        "database",
        "db",
    ]) || before.after.ends_with([':', ';', ',', ']', '|'])
        || !before.core.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

/// `scoring responded in 865 ms`, `auth returned 503`, `aurora did not answer`, `scoring call took 759ms`.
fn subject<'a>(words: &Words<'a>, at: usize, level: Option<Level>) -> Option<&'a str> {
    if !begins_clause(words, at)
        || !words
            .get(at)
            .after
            .trim_end_matches(['"', '\'', '`', ']', ')'])
            .is_empty()
    {
        return None;
    }
    let found = name(words, at)?;
    let noted = level >= Some(Level::Warn);
    let quiet = level.is_some() && !noted;
    let verb = behind_kind(words, at + 1);
    let word = words.get(verb);
    let next = words.get(verb + 1);
    let mut lower = [0; 12];
    let certain = match lower_case(word.core, &mut lower) {
        b"responded" | b"answered" | b"replied" | b"unreachable" => true,
        b"returned" | b"returns" | b"gave" | b"sent" => {
            is_status_any(next) || next.is("http") || next.is("status") || next.is("error") && noted
        }
        b"timed" => next.is("out"),
        b"did" | b"does" => {
            next.is("not")
                && words
                    .get(verb + 2)
                    .is_any(&["answer", "respond", "reply", "return"])
        }
        b"is" => {
            next.is_any(&["unavailable", "unreachable", "slow", "degraded"])
                || next.is("down") && noted
                || next.is("not")
                    && words.get(verb + 2).is_any(&[
                        "responding",
                        "reachable",
                        "available",
                        "answering",
                    ])
        }
        b"not" => next.is_any(&["responding", "reachable", "available"]),
        b"unavailable" => true,
        b"call" | b"request" | b"response" | b"query" | b"lookup" => {
            let fit = next.is_one_of(OUTCOME) || next.is("ok") || next.is("retry");
            fit || words.duration(verb + 1).is_some()
        }
        b"timeout" => {
            noted
                && (word.ends_clause()
                    || words.get(verb + 1).is("after")
                    || verb + 1 >= words.len())
        }
        b"failed" => {
            let after = next.is("after") && words.duration(verb + 2).is_some();
            !quiet && after || noted && word.after.ends_with(':') && verb + 2 == words.len()
        }
        // Programs that print without a level write `scoring took 12 ms` and nothing else on the line.
        b"took" if level.is_none() => {
            let (_, taken) = words.duration(verb + 1)?;
            at == 0 && verb == 1 && words.len() == verb + 1 + taken
        }
        b"took" | b"slow" => {
            noted
                && (words.duration(verb + 1).is_some()
                    || word.after.ends_with(':')
                    || next.before.starts_with('('))
        }
        b"latency" => {
            noted
                && (words.duration(verb + 1).is_some()
                    || next.is("high")
                    || word.after.ends_with(':'))
        }
        b"retry" | b"retried" => {
            noted
                && (next.core.as_bytes().first().is_some_and(u8::is_ascii_digit)
                    || next.is("attempt"))
        }
        b"connection" => {
            next.is_any(&["refused", "reset", "timeout", "lost"])
                || next.is("timed")
                || next.is("failed")
        }
        _ => false,
    };
    certain.then_some(found)
}

/// Returns a short word in lower case; a longer one is none of those that are looked for.
fn lower_case<'m>(word: &str, memory: &'m mut [u8; 12]) -> &'m [u8] {
    let Some(lower) = memory.get_mut(..word.len()) else {
        return &[];
    };
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    lower
}

fn is_status_any(word: Word<'_>) -> bool {
    word.core.len() == 3 && word.is_number()
}

/// Returns how long the call took: the first duration that is no bound, no pause and no age.
fn latency(words: &Words<'_>) -> Option<f64> {
    (0..words.len()).find_map(|at| {
        let (ms, _) = words.duration(at)?;
        (!is_bound(words, at) && !is_pause(words, at)).then_some(ms)
    })
}

/// Returns whether the duration at a place is a limit that was set rather than a time that passed.
pub(super) fn is_bound(words: &Words<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|at| words.get(at)) else {
        return words.get(at).before.contains(['>', '<']);
    };
    let earlier = at
        .checked_sub(2)
        .map(|at| words.get(at))
        .unwrap_or_default();
    let joined = |word: &Word<'_>| word.is_one_of(BOUNDS) && !word.after.contains([',', ';', ')']);
    joined(&before)
        || before.is_any(&["of", "is", "="]) && joined(&earlier)
        || before.after.contains(['>', '<'])
        || words.get(at).before.contains(['>', '<'])
        || before.core.is_empty() && before.before.contains(['>', '<'])
}

/// Returns whether the duration at a place is a pause before the next attempt.
fn is_pause(words: &Words<'_>, at: usize) -> bool {
    let mut place = at;
    while let Some(before) = place.checked_sub(1) {
        let word = words.get(before);
        if word.after.contains([',', ';', ':', ')']) || words.get(at).before.contains('(') {
            return false;
        }
        if word.is_one_of(PAUSE) {
            // The time in `timed out waiting for scoring after 1000 ms` did pass.
            return !words.get(at - 1).is("after");
        }
        place = before;
    }
    false
}
