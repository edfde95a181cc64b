//! A Slack incoming webhook. Its address is its secret. It gives no `ts`, so each message stands alone: none can be
//! threaded or updated.
//!
//! Slack names an error by a word. An incoming webhook sends it as the whole body, with an error
//! status. A workflow's webhook and the Web API send `{"ok": false, "error": …}` with the status
//! 200, which is a refusal all the same.
//!
//! Source of the words: Slack's pages "Sending messages using incoming webhooks" (handling errors)
//! and `chat.postMessage` (errors).

pub mod body;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::answer::{Again, Answer, End, Refusal};
use super::{Calls, Delivery, Protocol, Request, Step};

/// The row of this kind of channel.
pub(super) const PROTOCOL: Protocol = Protocol {
    name: "slack",
    endpoint: None,
    calls: Calls::Http(next),
};

/// Words of refusals that are temporary; all others stay until somebody fixes the set-up.
const PASSING: [&str; 8] = [
    "fatal_error",
    "internal_error",
    "ratelimited",
    "rate_limited",
    "request_timeout",
    "rollup_error",
    "service_unavailable",
    "team_added_to_org",
];

/// The longest error word of Slack that is copied into our error.
const MAX_WORD: usize = 60;

fn next(delivery: &Delivery<'_>, answers: &[Answer]) -> Result<Step, Refusal> {
    let Some(answer) = answers.first() else {
        let body = body::payload(delivery.message);
        let request = Request::json(delivery.secret, delivery.message, body);
        return Ok(Step::Call(request));
    };
    taken(answer, delivery.secret)?;
    Ok(Step::Taken(delivery.receipt()))
}

/// Checks that Slack took a message.
fn taken(answer: &Answer, secret: &str) -> Result<(), Refusal> {
    let json = serde_json::from_slice::<Value>(&answer.body).ok();
    let refused = json.as_ref().filter(|json| json["ok"] == false);
    let error = match (refused, &json) {
        (Some(refusal), _) => refusal["error"].as_str(),
        (None, None) => str::from_utf8(&answer.body).ok().map(str::trim),
        (None, Some(_)) => None,
    };
    let word = error.filter(|word| is_fit_to_repeat(word, secret));
    if let Err(mut refusal) = answer.check() {
        if let Some(word) = word {
            refusal.words = format!("{}: {word}", refusal.words);
        }
        return Err(refusal);
    }
    if refused.is_some() {
        let passes = error.is_some_and(|word| PASSING.contains(&word));
        return Err(Refusal {
            words: format!("refused: {}", word.unwrap_or("without a word")),
            again: if passes {
                Again::Later(answer.retry_after())
            } else {
                Again::Never
            },
        });
    }
    // The part of the body that did not arrive may hold a refusal.
    if answer.end == End::Missing {
        return Err(Refusal {
            words: format!("answered {}, but not all of it in time", answer.status),
            again: Again::Later(None),
        });
    }
    Ok(())
}

/// Returns whether a text from the receiver may be copied into an error: it has the form of one of
/// Slack's error words, and is no part of the secret.
fn is_fit_to_repeat(word: &str, secret: &str) -> bool {
    (1..=MAX_WORD).contains(&word.len())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && !secret.contains(word)
}
