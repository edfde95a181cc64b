//! How lines are joined.

use proptest::prelude::*;

use super::*;
use crate::record::tests::show;

/// Joins lines of one moment and shows each record as its lines, first and last, and its fields.
fn joined(lines: &[&str]) -> Vec<String> {
    let mut joiner = Joiner::default();
    let mut shown = Vec::new();
    let mut done = |record: Joined<'_, usize>| {
        let lines = format!("{}-{}", record.first, record.last);
        shown.push(format!("{lines} {}", show(&record.fields)));
    };
    for (at, line) in lines.iter().enumerate() {
        joiner.line(Str::bare(line.as_bytes()), 0, at + 1, &mut done);
    }
    joiner.finish(&mut done);
    shown.sort_by_key(|line| {
        let first = line.split('-').next().unwrap_or_default();
        first.parse::<usize>().expect("a number")
    });
    shown
}

/// Joins the lines of a text and compares.
fn check(text: &str, expected: &[&str]) {
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(joined(&lines), expected, "{text}");
}

#[test]
fn a_stack_trace_goes_with_its_head() {
    check(
        "2026-11-21 08:04:09,443 - loans.api - ERROR - request failed\n\
         Traceback (most recent call last):\n\
         \x20 File \"a.py\", line 1, in f\n\
         \x20   g()\n\
         ConnectionRefusedError: refused\n\
         \n\
         The above exception was the direct cause of the following exception:\n\
         \n\
         Traceback (most recent call last):\n\
         \x20 File \"b.py\", line 2, in h\n\
         loans.Unavailable: scoring is unavailable\n\
         10.0.0.1 - - \"GET /loan/17 HTTP/1.1\" 502 2",
        &[
            "1-11 at=1795248249443 error error=loans.Unavailable cause=ConnectionRefusedError msg=request failed",
            "12-12 access method=GET path=/loan/17 status=502",
        ],
    );
    check(
        "2026-11-21T08:15:26.898Z ERROR 1 --- [app] c.e.Loan : Call failed\n\
         com.example.LoanService$TimeoutException: Timed out\n\
         \tat com.example.A.b(A.java:1)\n\
         Caused by: java.net.SocketTimeoutException: Read timed out\n\
         \tat java.base/x.Y.z(Y.java:1)\n\
         \t... 11 common frames omitted\n\
         2026-11-21T08:15:26.899Z ERROR 1 --- [app] c.e.Loan : next",
        &[
            "1-6 at=1795248926898 error error=com.example.LoanService$TimeoutException cause=java.net.SocketTimeoutException msg=Call failed",
            "7-7 at=1795248926899 error msg=next",
        ],
    );
}

#[test]
fn what_nobody_caught_is_a_record_of_its_own() {
    check(
        "10.0.0.1 - - \"POST /auth/token HTTP/1.1\" 503 146\n\
         AxiosError: connect ECONNREFUSED 127.0.0.1:8443\n\
         \x20   at AxiosError.from (/app/axios.cjs:1684:24)\n\
         \x20   at async /app/a.js:22:19 {\n\
         \x20 code: 'ECONNREFUSED',\n\
         \x20 config: {\n\
         \x20   url: 'http://auth/x'\n\
         \x20 }\n\
         }\n\
         UnauthorizedError: jwt expired\n\
         \x20   at handle (/app/a.js:57:58)",
        &[
            "1-1 access method=POST path=/auth/token status=503",
            "2-9 error=AxiosError uncaught msg=AxiosError: connect ECONNREFUSED 127.0.0.1:8443",
            "10-11 error=UnauthorizedError uncaught msg=UnauthorizedError: jwt expired",
        ],
    );
    check(
        "thread 'main' panicked at src/svc.rs:34:41:\n\
         index out of bounds\n\
         stack backtrace:\n\
         \x20  0: core::panicking::panic_fmt\n\
         note: Some details are omitted\n\
         next",
        &[
            "1-5 uncaught msg=thread 'main' panicked at src/svc.rs:34:41:\nindex out of bounds",
            "6-6 msg=next",
        ],
    );
    check(
        "panic: runtime error: index out of range\n\
         \n\
         goroutine 52 [running]:\n\
         main.pickBand(...)\n\
         \t/app/main.go:27\n\
         created by main.serve\n\
         \t/app/main.go:12 +0x69\n\
         exit status 2\n\
         next",
        &[
            "1-8 uncaught msg=panic: runtime error: index out of range",
            "9-9 msg=next",
        ],
    );
    check(
        "/app/index.js:3\n\
         \x20 throw new TypeError('x');\n\
         \x20 ^\n\
         \n\
         TypeError: x\n\
         \x20   at Object.<anonymous> (/app/index.js:3:9)\n\
         \n\
         Node.js v20.1.0\n\
         next",
        &["1-8 error=TypeError msg=/app/index.js:3", "9-9 msg=next"],
    );
    check(
        "Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: bad\nnext",
        &[
            "1-3 error=ValueError uncaught msg=ValueError: bad",
            "4-4 msg=next",
        ],
    );
}

#[test]
fn a_record_printed_over_many_lines_is_one() {
    check(
        "{\n  \"level\": \"error\",\n  \"msg\": \"a } in a \\\"string\\\"\",\n  \"http\": {\n    \"status\": 500\n  }\n}\n{\n  \"msg\": \"b\"\n}",
        &["1-7 error status=500 msg=a } in a \"string\"", "8-10 msg=b"],
    );
    check(
        "Nov 21, 2026 8:04:03 AM com.example.Loan apply\nSEVERE: scoring failed\njava.lang.IllegalStateException: x\n\tat A.b(A.java:1)",
        &["1-4 at=1795248243000 error error=java.lang.IllegalStateException msg=scoring failed"],
    );
    check(
        "2026-11-21T08:15:26Z INFO first line\n  second line\n  third line\n2026-11-21T08:15:27Z INFO next",
        &[
            "1-3 at=1795248926000 info msg=first line\n  second line\n  third line",
            "4-4 at=1795248927000 info msg=next",
        ],
    );
    check(
        "# Time: 2026-11-21T08:04:03.123456Z\n# User@Host: a[a] @ [10.0.0.1]\n# Query_time: 1.5  Lock_time: 0.0\n\
         SET timestamp=1;\nSELECT id\n  FROM loan;\n# User@Host: a[a] @ [10.0.0.1]\n# Query_time: 2.5  Lock_time: 0.0\n\
         SELECT 1;",
        &[
            "1-6 at=1795248243123 ms=1500 msg=SELECT id\n  FROM loan;",
            "7-9 ms=2500 msg=SELECT 1;",
        ],
    );
    check(
        "REPORT RequestId: 1\tDuration: 0.38 ms\nXRAY TraceId: 1-677b4836-8349083948abe2ed77575686\nSTART",
        &[
            "1-2 ms=0.38 trace=1-677b4836-8349083948abe2ed77575686 msg=REPORT RequestId: 1\tDuration: 0.38 ms",
            "3-3 msg=START",
        ],
    );
}

#[test]
fn a_line_that_the_runtime_cut_is_whole_again() {
    let long = format!(
        "{{\"level\":\"error\",\"pad\":\"{}\",\"status_code\":502}}",
        "x".repeat(40_000)
    );
    let parts: Vec<&str> = [0..16_384, 16_384..32_768, 32_768..long.len()]
        .map(|range| &long[range])
        .to_vec();
    assert_eq!(joined(&parts), ["1-3 error status=502"]);
}

#[test]
fn traces_of_requests_that_interleave_stay_whole() {
    check(
        "Traceback (most recent call last):\n\
         \x20 File \"a.py\", line 1\n\
         10.0.0.1 - - \"GET /loan/17 HTTP/1.1\" 200 2\n\
         2026-11-21T08:15:26Z INFO another\n\
         \x20 File \"b.py\", line 2\n\
         ValueError: bad\n\
         2026-11-21T08:15:26Z INFO last",
        &[
            "1-6 error=ValueError uncaught msg=ValueError: bad",
            "3-3 access method=GET path=/loan/17 status=200",
            "4-4 at=1795248926000 info msg=another",
            "7-7 at=1795248926000 info msg=last",
        ],
    );
}

#[test]
fn what_is_no_continuation_stands_alone() {
    check(
        "10.0.0.1 - - \"GET /loan/17 HTTP/1.1\" 200 2\nLoanNotFoundError: x\n2026-11-21T08:15:26Z INFO a\nTypeError: y",
        &[
            "1-1 access method=GET path=/loan/17 status=200",
            "2-2 error=LoanNotFoundError uncaught msg=LoanNotFoundError: x",
            "3-3 at=1795248926000 info msg=a",
            "4-4 error=TypeError uncaught msg=TypeError: y",
        ],
    );
    check(
        "{\nnot json\nx",
        &["1-1 msg={", "2-2 msg=not json", "3-3 msg=x"],
    );
}

#[test]
fn a_record_is_bounded_in_time_and_lines() {
    let mut joiner = Joiner::default();
    let mut records = 0;
    let mut done = |record: Joined<'_, ()>| records += u32::from(!record.orphan);
    let mut line = |joiner: &mut Joiner<()>, text: &str, at_ms| {
        joiner.line(Str::bare(text.as_bytes()), at_ms, (), &mut done)
    };
    assert_eq!(
        line(&mut joiner, "boom: Traceback (most recent call last):", 0),
        Bond::Head
    );
    assert_eq!(
        line(&mut joiner, "  File \"a.py\", line 1", 4_000),
        Bond::Continues
    );
    assert_eq!(
        line(&mut joiner, "ValueError: much later", 60_000),
        Bond::Head
    );
    for n in 0..30_000 {
        line(
            &mut joiner,
            &format!("    at f{n} (/app/a.js:1:2) {}", "x".repeat(40)),
            60_000,
        );
    }
    let kept: usize = joiner.open.iter().map(|open| open.text.len()).sum();
    assert!(kept <= MAX_BYTES, "{kept} bytes are kept");
    joiner.finish(&mut done);
    assert_eq!(records, 2, "frames beyond the bound are nobody's head");
}

proptest! {
    /// Whatever comes, each line is the head of a record or goes on with one, and each record is given once.
    #[test]
    fn every_line_is_accounted_for(lines in prop::collection::vec(
        prop_oneof![
            "\\PC{0,30}",
            Just("Traceback (most recent call last):".to_owned()),
            Just("  File \"a.py\", line 1".to_owned()),
            Just("ValueError: bad".to_owned()),
            Just("{".to_owned()),
            Just("  \"a\": \"}\",".to_owned()),
            Just("}".to_owned()),
            Just("panic: x".to_owned()),
            Just("thread 'a' panicked at b:".to_owned()),
            Just(String::new()),
            Just("x".repeat(CUT_BYTES)),
        ],
        0..40,
    )) {
        let (mut heads, mut records) = (0, 0);
        let mut joiner = Joiner::default();
        let mut done = |record: Joined<'_, usize>| {
            assert!(record.first <= record.last);
            records += usize::from(!record.orphan);
        };
        for (at, line) in lines.iter().enumerate() {
            let bond = joiner.line(Str::bare(line.as_bytes()), 0, at, &mut done);
            heads += usize::from(bond == Bond::Head);
        }
        joiner.finish(&mut done);
        prop_assert_eq!(heads, records);
    }
}
