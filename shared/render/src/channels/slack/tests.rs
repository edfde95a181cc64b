//! Messages stay within Slack's limits, no text in them is read as Slack markup, and Slack's
//! refusals are understood.

use std::time::Duration;

use super::*;
use crate::channels::tests::answered;
use crate::fixtures::alert;
use crate::message::Message;
use crate::message::tests::{hostile, message};

#[test]
fn the_limits_are_those_of_slack() {
    // docs.slack.dev, reference of Block Kit; the last one is undocumented, see the constant.
    assert_eq!(body::MAX_BLOCKS, 50);
    assert_eq!(body::MAX_SECTION, 3_000);
    assert_eq!(body::MAX_HEADER, 150);
    assert_eq!(body::MAX_CHARACTERS, 12_000);
    for message in [message(&alert()), hostile()] {
        let texts = slack_texts(&message);
        let (_, blocks) = texts.split_first().expect("a fallback");
        let all: usize = blocks.iter().map(|(_, text)| text.chars().count()).sum();
        assert!(all <= 12_000, "{all} characters");
    }
}

#[test]
fn what_is_left_out_is_named_and_the_cause_stays() {
    let whole = body::payload(&message(&alert()));
    assert!(!whole.contains("left out"), "{whole}");
    let short = body::payload(&hostile());
    assert!(
        short.contains("left out, for Slack takes no more: "),
        "{short}"
    );
    assert!(short.contains("*Likely cause*"), "{short}");
}

/// Returns all texts of a Slack message: `(kind of block, text)`.
fn slack_texts(message: &Message) -> Vec<(String, String)> {
    let payload: Value = serde_json::from_str(&body::payload(message)).expect("is JSON");
    let blocks = payload["blocks"].as_array().expect("has blocks");
    assert!(blocks.len() <= body::MAX_BLOCKS, "{} blocks", blocks.len());
    let fallback = payload["text"].as_str().expect("has a text");
    let mut texts = vec![("fallback".to_owned(), fallback.to_owned())];
    for block in blocks {
        let kind = block["type"].as_str().expect("has a type");
        let text = match kind {
            "context" => &block["elements"][0],
            _ => &block["text"],
        };
        assert_eq!(text["verbatim"] == true, kind != "header", "{block}");
        let text = text["text"].as_str().expect("has a text");
        texts.push((kind.to_owned(), text.to_owned()));
    }
    texts
}

#[test]
fn slack_takes_it_and_reads_nothing_into_it() {
    for message in [message(&alert()), hostile()] {
        for (kind, text) in slack_texts(&message) {
            let most = if kind == "header" {
                body::MAX_HEADER
            } else {
                body::MAX_SECTION
            };
            assert!(
                !text.is_empty() && text.chars().count() <= most,
                "{kind}: {text}"
            );
            if kind == "header" {
                continue;
            }
            // Slack's markup begins with `<`: only our own links may, each on a line of its own.
            for (at, _) in text.match_indices('<') {
                assert!(text[at..].starts_with("<https://"), "{text}");
                assert!(text[..at].ends_with("• "), "{text}");
            }
            for (at, _) in text.match_indices('&') {
                let escape = ["&amp;", "&lt;", "&gt;"];
                assert!(escape.iter().any(|e| text[at..].starts_with(e)), "{text}");
            }
            if let Some(code) = text.strip_prefix("```") {
                let inside = code.strip_suffix("```").expect("a block of code ends");
                assert!(!inside.contains('`'), "{text}");
            }
            assert!(!text.contains(['\0', '\r', '\u{202e}']), "{text}");
        }
    }
}

const SECRET: &str = "https://hooks.slack.example/services/T0/B0/hush_hush";

#[track_caller]
fn check(status: u16, body: &str, expected: Result<(), (&str, Again)>) {
    let answer = Answer {
        status,
        body: body.into(),
        ..Answer::default()
    };
    let found = taken(&answer, SECRET).map_err(|refusal| (refusal.words, refusal.again));
    assert_eq!(
        found,
        expected.map_err(|(words, again)| (words.to_owned(), again))
    );
}

const LATER: Again = Again::Later(None);

#[test]
fn a_message_that_was_taken() {
    check(200, "ok", Ok(()));
    check(200, r#"{"ok":true,"ts":"1.2"}"#, Ok(()));
    check(200, "<html>", Ok(()));
}

#[test]
fn a_refusal_beside_200_that_passes() {
    for word in PASSING {
        let words = format!("refused: {word}");
        let body = format!(r#"{{"ok":false,"error":"{word}"}}"#);
        check(200, &body, Err((&words, LATER)));
    }
}

#[test]
fn a_refusal_beside_200_that_stays() {
    for word in [
        "channel_not_found",
        "invalid_auth",
        "msg_blocks_too_long",
        "a_word_of_tomorrow",
    ] {
        let words = format!("refused: {word}");
        let body = format!(r#"{{"ok":false,"error":"{word}"}}"#);
        check(200, &body, Err((&words, Again::Never)));
    }
    check(
        200,
        r#"{"ok":false}"#,
        Err(("refused: without a word", Again::Never)),
    );
}

#[test]
fn a_status_is_told_with_its_word() {
    check(
        404,
        "no_service\n",
        Err(("answered 404: no_service", Again::Never)),
    );
    check(
        500,
        "rollup_error",
        Err(("answered 500: rollup_error", LATER)),
    );
    check(
        403,
        r#"{"ok":false,"error":"action_prohibited"}"#,
        Err(("answered 403: action_prohibited", Again::Never)),
    );
    check(500, "", Err(("answered 500", LATER)));
}

#[test]
fn what_is_no_word_is_not_repeated() {
    for text in [
        "<html>no</html>",
        "T0/B0/hush_hush",
        "hush_hush",
        &"a".repeat(61),
    ] {
        check(500, text, Err(("answered 500", LATER)));
        let body = format!(r#"{{"ok":false,"error":"{text}"}}"#);
        check(200, &body, Err(("refused: without a word", Again::Never)));
    }
}

#[test]
fn a_wait_is_kept() {
    let answer = Answer {
        status: 200,
        headers: vec![("retry-after".into(), "30".into())],
        body: br#"{"ok":false,"error":"ratelimited"}"#.into(),
        end: End::Whole,
    };
    let refusal = taken(&answer, SECRET).expect_err("is refused");
    assert_eq!(refusal.again, Again::Later(Some(Duration::from_secs(30))));
}

#[test]
fn an_answer_that_does_not_end_may_be_a_refusal() {
    let mut answer = Answer {
        status: 200,
        end: End::Missing,
        ..Answer::default()
    };
    let refusal = taken(&answer, SECRET).expect_err("may be refused");
    assert_eq!(refusal.again, LATER);
    answer.end = End::TooLong;
    assert_eq!(
        taken(&answer, SECRET),
        Ok(()),
        "no refusal of Slack is as long"
    );
}

#[test]
fn a_webhook_gives_no_ts() {
    let receipt = answered("slack", 200, "ok").expect("is taken");
    assert_eq!(
        (receipt.id, receipt.thread, receipt.key),
        (None, None, None)
    );
}
