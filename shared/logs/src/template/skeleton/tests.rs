//! What is left of a message.

use super::*;
use proptest::prelude::*;

fn of(message: &str) -> String {
    let mut out = String::new();
    write(&mut out, None, Some(message));
    out
}

#[test]
fn values_are_masked_and_words_stay() {
    let mut wrong = Vec::new();
    for (message, expected) in [
        ("", ""),
        ("---", ""),
        ("12345", "<*>"),
        ("Connection refused.", "Connection refused"),
        (
            "HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10)",
            "<*> Connection is not available, request timed out after <*> total=<*>, active=<*>",
        ),
        ("took 35 ms", "took <*>"),
        ("took 35ms", "took <*>"),
        ("1 row affected", "<*> row affected"),
        ("2 rows affected", "<*> row affected"),
        (
            r#"duplicate key value violates unique constraint "loans_pkey""#,
            "duplicate key value violates unique constraint <*>",
        ),
        (
            "can't open file '/etc/x.conf': Permission denied",
            "can't open file <*>: Permission denied",
        ),
        (r#""upstream timed out""#, "upstream timed out"),
        (r#"error: "connection refused""#, "error: <*>"),
        ("'connection refused' 17", "connection refused <*>"),
        (
            "java.net.SocketTimeoutException: Read timed out",
            "SocketTimeoutException: Read timed out",
        ),
        (
            "connect ECONNREFUSED 10.0.0.1:5432",
            "connect ECONNREFUSED <*>",
        ),
        (
            "to a.b@example.com at https://x.example.com/a?b=c#d",
            "to <*> at <*>",
        ),
        (
            "getaddrinfo ENOTFOUND scoring.prod.internal",
            "getaddrinfo ENOTFOUND <*>",
        ),
        (
            "[Consumer clientId=c-1, groupId=g] Node -1 disconnected.",
            "<*> Node <*> disconnected",
        ),
        ("at Mon Jan 05 2026 10:00:00 GMT", "at <*>"),
        ("ids: 1, 2, 3 and 4", "ids: <*> and <*>"),
        ("missing [a, b] and []", "missing <*> and <*>"),
        ("body {\"a\": {\"b\": 1}} refused", "body <*> refused"),
        ("body {\"a\": {\"b\": 1", "body <*>"),
        ("user=alice msg=\"not a user\" ok", "user=<*> msg=<*> ok"),
        ("\u{1b}[31mfailed\u{1b}[0m twice", "failed twice"),
        (
            "Cannot read properties of undefined (reading 'id')",
            "Cannot read properties of <*> reading <*>",
        ),
        (
            "conexión fallida: tiempo agotado",
            "conexión fallida: tiempo agotado",
        ),
        ("a\u{202e}b c\u{7}d", "ab c d"),
        ("first\n\tat a.b(C.java:1)", "first"),
        ("\n\n  second line", "second line"),
        ("using SHA256 over http2", "using SHA256 over http2"),
        (
            "key deadbeefcafe of Map<String,Object>",
            "key <*> of Map <*>",
        ),
        ("x == y", "x y"),
    ] {
        let found = of(message);
        if found != expected {
            wrong.push(format!("{message}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_error_stands_before_the_message_once() {
    for (error, message, expected) in [
        (
            "java.net.ConnectException",
            "Connection refused",
            "ConnectException: Connection refused",
        ),
        (
            "ConnectException",
            "ConnectException: Connection refused",
            "ConnectException: Connection refused",
        ),
        ("23505", "duplicate key", "23505: duplicate key"),
        ("ValueError", "", "ValueError"),
        ("0123456789", "no", "no"),
        ("", "no", "no"),
    ] {
        let mut out = "before".to_owned();
        write(&mut out, Some(error), Some(message));
        assert_eq!(out, expected, "{error} {message}");
    }
}

proptest! {
    #[test]
    fn any_text_has_a_short_printable_skeleton(text in "(\\PC|[\u{0}-\u{7f}]){0,400}", error in "\\PC{0,60}") {
        let mut out = String::new();
        write(&mut out, Some(&error), Some(&text));
        prop_assert!(out.len() <= MAX_BYTES, "{out}");
        prop_assert!(out.chars().all(|c| c == ' ' || c == '…' || c.is_ascii_graphic() || c.is_alphanumeric()), "{out:?}");
    }

    #[test]
    fn numbers_do_not_show(a in 0..u64::MAX, b in 0..u64::MAX) {
        let message = |n: u64| format!("order {n} of customer c-{n} failed after {n}ms at 10.0.{}.7:{}", n % 256, n % 65536);
        prop_assert_eq!(of(&message(a)), of(&message(b)));
    }
}
