//! Rows of messages, and what their words say.

use std::fmt::Write as _;

use super::*;
use crate::record::Level;
use crate::record::tests::show;

fn check(level: Option<Level>, rows: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (message, expected) in rows {
        let mut fields = Fields {
            level,
            ..Fields::default()
        };
        read(message, &mut fields);
        fields.level = None;
        let found = show(&fields);
        if found != *expected {
            let _ = write!(
                wrong,
                "\n  {message:?}\n    found    {found:?}\n    expected {expected:?}"
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn calls_name_who_was_called_and_how_long_it_took() {
    check(
        Some(Level::Warn),
        &[
            ("scoring responded in 865 ms", "ms=865 dep=scoring"),
            (
                "scoring responded in 512 ms (threshold 400 ms)",
                "ms=512 dep=scoring",
            ),
            ("ledger call took 759ms (budget 400ms)", "ms=759 dep=ledger"),
            ("Slow response from scoring: 463 ms", "ms=463 dep=scoring"),
            ("slow call to scoring: took 512ms", "ms=512 dep=scoring"),
            ("slow call to scoring (512ms > 400ms)", "ms=512 dep=scoring"),
            ("slow dependency scoring: 512.4ms", "ms=512.4 dep=scoring"),
            ("scoring is slow: 512 ms", "ms=512 dep=scoring"),
            ("scoring took 1.2s", "ms=1200 dep=scoring"),
            (
                "request to aurora failed after 2002 ms: OperationalError",
                "ms=2002 error=OperationalError dep=aurora",
            ),
            (
                "request failed: aurora did not answer in time",
                "dep=aurora",
            ),
            (
                "request failed: circuit breaker for scoring is open",
                "dep=scoring",
            ),
            ("circuit breaker open for scoring", "dep=scoring"),
            ("circuit breaker is open for scoring", "dep=scoring"),
            ("circuit open: scoring", "dep=scoring"),
            ("scoring circuit open", "dep=scoring"),
            (
                "Call to scoring not permitted: CircuitBreaker 'scoring' is OPEN and does not permit further calls",
                "dep=scoring",
            ),
            (
                "CircuitBreaker 'ledger' is OPEN and does not permit further calls",
                "dep=ledger",
            ),
            ("call to auth timed out", "dep=auth"),
            ("calling auth failed: timeout", "dep=auth"),
            ("failed to reach auth after 12 ms", "ms=12 dep=auth"),
            (
                "failed to call scoring: timeout of 1000ms exceeded",
                "dep=scoring",
            ),
            (
                "timed out waiting for scoring after 1000 ms",
                "ms=1000 dep=scoring",
            ),
            (
                "no response from scoring after 1001 ms",
                "ms=1001 dep=scoring",
            ),
            ("retrying scoring (attempt 2)", "dep=scoring"),
            ("retrying auth (attempt 1): upstream said 503", "dep=auth"),
            (
                "auth returned 503 after 114 ms, retrying",
                "ms=114 dep=auth",
            ),
            ("auth returned 503, retrying in 100ms", "dep=auth"),
            ("got 503 from auth in 92ms, retrying", "ms=92 dep=auth"),
            (
                "auth unreachable: connect ECONNREFUSED 127.0.0.1:8443 (ECONNREFUSED)",
                "error=ECONNREFUSED dep=auth",
            ),
            ("upstream scoring returned 503 in 23ms", "ms=23 dep=scoring"),
            (
                "https://scoring:443 \"POST /score HTTP/1.1\" 200 12",
                "dep=scoring",
            ),
            ("connection to aurora refused", "dep=aurora"),
            ("slow dependency call: scoring 512ms", "ms=512 dep=scoring"),
            ("Slow scoring response: 512ms", "ms=512 dep=scoring"),
            (
                "upstream timeout: scoring after 1000 ms",
                "ms=1000 dep=scoring",
            ),
            ("scoring call exceeded 400ms: 512ms", "ms=512 dep=scoring"),
            (
                "scoring latency 512ms exceeds threshold 400ms",
                "ms=512 dep=scoring",
            ),
            ("High latency from scoring: 512ms", "ms=512 dep=scoring"),
            ("retry 1/2 for auth after 503", "dep=auth"),
            ("auth retry 1/2 after 503", "dep=auth"),
            ("giving up on scoring after 3 attempts", "dep=scoring"),
            ("skipping call to scoring: circuit open", "dep=scoring"),
            ("503 from auth after 92ms, retrying", "ms=92 dep=auth"),
            (
                "error calling scoring service: ReadTimeout('HTTPConnectionPool(host)')",
                "error=ReadTimeout dep=scoring",
            ),
            (
                "scoring call failed after 1001 ms (ReadTimeout)",
                "ms=1001 error=ReadTimeout dep=scoring",
            ),
            (
                "outbound call to scoring POST /v1/score failed 503 in 92ms",
                "method=POST path=/v1/score ms=92 dep=scoring",
            ),
            (
                "Post \"http://auth.loans.internal:8443/oauth\": dial tcp: connection refused",
                "dep=auth",
            ),
            (
                "POST http://scoring.loans.internal:8081/v1/score failed after 12 ms",
                "ms=12 dep=scoring",
            ),
            (
                "HTTP Request: POST http://scoring.loans.internal/v1 \"HTTP/1.1 503 Service Unavailable\"",
                "dep=scoring",
            ),
            (
                "scoring call failed after 1002.5 ms: java.net.SocketTimeoutException: Read timed out",
                "ms=1002.5 error=java.net.SocketTimeoutException dep=scoring",
            ),
        ],
    );
}

#[test]
fn words_that_blame_nobody_name_nobody() {
    check(
        Some(Level::Warn),
        &[
            ("authentication failed for u-85012", ""),
            ("request timed out", ""),
            (
                "upstream timed out (110: Connection timed out) while reading response header from upstream",
                "",
            ),
            ("upstream prematurely closed connection while reading", ""),
            ("task took 12 ms", ""),
            ("connected to aurora (pool size 10)", ""),
            ("response from upstream took 12 ms", ""),
            ("call to undefined function foo()", ""),
            (
                "Started LoanApplication in 3.218 seconds (process running for 3.871)",
                "",
            ),
            ("retrying in 5s", ""),
            ("created loan 7ea7297d for u-36166", ""),
            ("Authentication failed for u-57248: Bad credentials", ""),
            ("heap used 11.7 MB, rss 66.4 MB", ""),
            ("the server is down", ""),
            ("could not connect to server: Connection refused", ""),
            ("failed to load config from /app/config.yml", ""),
            ("request from 10.0.0.1 rejected", ""),
            ("circuit breakers enabled", ""),
            ("slow query took 512ms", ""),
            ("retry 1/2 for job 7", ""),
            (
                "process 93 still waiting for ShareLock on transaction 731 after 103.398 ms",
                "",
            ),
            ("high latency detected: 512ms", ""),
            ("failed with status 503", ""),
            ("worker exited with SIGTERM", ""),
        ],
    );
}

#[test]
fn a_line_without_a_level_blames_only_where_it_says_nothing_else() {
    check(
        None,
        &[
            ("scoring took 503ms", "ms=503 dep=scoring"),
            ("indexing took 503ms", ""),
            ("scoring took 503ms to wake up", ""),
        ],
    );
}

#[test]
fn requests_say_their_outcome() {
    check(
        None,
        &[
            (
                "POST /loan/apply 201 92ms",
                "method=POST path=/loan/apply status=201 ms=92",
            ),
            (
                "\"GET /x HTTP/1.1\" 200 12.3 ms",
                "method=GET path=/x status=200 ms=12.3",
            ),
            ("GET /x 250 ms", "method=GET path=/x"),
            (
                "GET /x -> 200 (12 ms)",
                "method=GET path=/x status=200 ms=12",
            ),
            (
                "GET /x => 404 in 1.2s",
                "method=GET path=/x status=404 ms=1200",
            ),
            (
                "request GET /x completed with status 200 in 12 ms",
                "method=GET path=/x status=200 ms=12",
            ),
            ("GET /x status=200", "method=GET path=/x status=200"),
            ("Completed 200 OK in 12ms", "status=200 ms=12"),
            ("Completed 12 jobs in 12ms", ""),
            ("Method Not Allowed (GET): /x", "method=GET path=/x"),
            ("Not Found: /loan/7", "path=/loan/7"),
            ("loading /etc/loans.yml", ""),
        ],
    );
}

#[test]
fn traces_are_told_by_their_shape_or_their_name() {
    check(
        None,
        &[
            (
                "x trace=1-66d74ead-4f0adebf0fd7052f507c15ea",
                "trace=1-66d74ead-4f0adebf0fd7052f507c15ea",
            ),
            (
                "Root=1-66d74ead-4f0adebf0fd7052f507c15ea;Parent=53995c3f42cd8ad8;Sampled=1",
                "trace=1-66d74ead-4f0adebf0fd7052f507c15ea",
            ),
            (
                "[46e57f8d94ee23f96d2c9019dfaa3cae-67f651b19396863e] x",
                "trace=46e57f8d94ee23f96d2c9019dfaa3cae",
            ),
            (
                "00-46e57f8d94ee23f96d2c9019dfaa3cae-67f651b19396863e-01",
                "trace=46e57f8d94ee23f96d2c9019dfaa3cae",
            ),
            (
                "[traceId: 46e57f8d94ee23f96d2c9019dfaa3cae, spanId: 67f6]",
                "trace=46e57f8d94ee23f96d2c9019dfaa3cae",
            ),
            ("request 46e57f8d94ee23f96d2c9019dfaa3cae done", ""),
            ("etag=46e57f8d94ee23f96d2c9019dfaa3cae", ""),
            ("trace=00000000000000000000000000000000", ""),
            ("1-66d74ead-4f0adebf0fd7052f507c15eaff", ""),
        ],
    );
}

#[test]
fn errors_are_named_by_their_class() {
    check(
        Some(Level::Error),
        &[
            ("IndexError: list index out of range", "error=IndexError"),
            (
                "Unhandled exception: System.TimeoutException: The operation",
                "error=System.TimeoutException",
            ),
            (
                "Servlet.service() threw exception [Request processing failed: java.lang.NullPointerException: Cannot invoke] with root cause",
                "error=java.lang.NullPointerException",
            ),
            (
                "Uncaught RuntimeException: no bands",
                "error=RuntimeException",
            ),
            (
                "ActiveRecord::RecordNotFound (Couldn't find Loan):",
                "error=ActiveRecord::RecordNotFound",
            ),
            ("LoanNotFoundError (no loan):", "error=LoanNotFoundError"),
            (
                "call failed UpstreamTimeoutError: no answer",
                "error=UpstreamTimeoutError",
            ),
            (
                "Call to it timed out (2000 ms)|System.TimeoutException: canceled",
                "error=System.TimeoutException",
            ),
            (
                "request to it failed: Error: connect refused",
                "error=Error",
            ),
            ("loans - TypeError: no bands", "error=TypeError"),
            ("validation failed: amount is required", ""),
            ("Error: boom", ""),
        ],
    );
    check(Some(Level::Info), &[("registered ErrorHandler: ok", "")]);
}
