//! Generators of all sorts of batches for the property tests.

use atalaya_core::time::MINUTE_MS;
use proptest::prelude::*;
use serde_json::{Value, json};

/// When the first event was logged: 2026-01-01T00:00:00Z.
pub(crate) const START_MS: i64 = 1_767_225_600_000;
/// Minutes over which events are spread.
pub(crate) const MINUTES: i64 = 3;
/// One log event: its time within the minutes, and its line; `None` is an event that cannot be
/// read.
pub(crate) type Event = (i64, Option<String>);

#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) stream: u8,
    pub(crate) group: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) events: Vec<(u32, Event)>,
}

impl Batch {
    pub(crate) fn json(&self) -> String {
        let event = |(id, (at, line)): &(u32, Event)| match line {
            Some(line) => {
                json!({"id": id.to_string(), "timestamp": START_MS + at, "message": line})
            }
            None => json!({"id": id, "timestamp": START_MS + at}),
        };
        let events: Vec<Value> = self.events.iter().map(event).collect();
        json!({"messageType": self.kind, "owner": "1", "logGroup": self.group,
            "logStream": self.stream.to_string(), "subscriptionFilters": [], "logEvents": events})
        .to_string()
    }

    /// Returns how many log events the batch holds: a control message holds none.
    pub(crate) fn received(&self) -> u64 {
        if self.kind == "CONTROL_MESSAGE" {
            0
        } else {
            self.events.len() as u64
        }
    }
}

pub(crate) fn line() -> impl Strategy<Value = Option<String>> {
    let request = (
        0..4_u8,
        prop::sample::select(vec![200, 201, 404, 500, 503]),
        1..2000_u32,
    )
        .prop_map(|(route, status, ms)| {
            json!({"route": format!("/r{route}/{{id}}"), "method": "GET", "status": status,
                "latency_ms": f64::from(ms) / 10.0, "error_type": format!("E{route}")})
            .to_string()
        });
    prop_oneof![
        6 => request.prop_map(Some),
        1 => Just(Some(r#"{"dependency":"scoring","duration_ms":7.5}"#.to_owned())),
        1 => Just(Some(r#"{"service":"scoring","level":"error","msg":"boom"}"#.to_owned())),
        1 => Just(Some("\tat com.example.A.b(A.java:1)".to_owned())),
        1 => Just(Some("odd PUT /r1/7 503 17ms".to_owned())),
        2 => message().prop_map(Some),
        1 => "\\PC{0,40}".prop_map(Some),
        1 => Just(None),
    ]
}

/// Warnings and errors of few log patterns, which contain names that are words.
fn message() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["ann", "bob", "cy", "auth", "17"]);
    let level = prop::sample::select(vec!["warn", "error"]);
    (level, word.clone(), word, any::<bool>()).prop_map(|(level, a, b, login)| {
        let msg = if login {
            format!("login failed for user {a} on host {b}")
        } else {
            format!("request to {a} timed out")
        };
        json!({"level": level, "msg": msg}).to_string()
    })
}

/// Batches of a service whose application logs its requests; ids differ between all of their
/// events.
pub(crate) fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let event = (0..MINUTES * MINUTE_MS, line());
    let events = prop::collection::vec(event, 0..12);
    let place = prop::sample::select(vec![
        ("/ecs/prod/loan-api", "DATA_MESSAGE"),
        ("/ecs/prod/loan-api", "DATA_MESSAGE"),
        ("/ecs/prod/loan-api", "DATA_MESSAGE"),
        ("/ecs/prod/loan-api", "CONTROL_MESSAGE"),
        ("/aws/lambda/atalaya-ingest", "DATA_MESSAGE"),
    ]);
    prop::collection::vec((0..3_u8, place, events), 1..6).prop_map(|batches| {
        let mut id = 0;
        let numbered = batches.into_iter().map(|(stream, (group, kind), events)| {
            let number = |event| {
                id += 1;
                (id, event)
            };
            let events = events.into_iter().map(number).collect();
            Batch {
                stream,
                group,
                kind,
                events,
            }
        });
        numbered.collect()
    })
}

/// Records of text of one line or several, as loggers and runtimes print them.
pub(crate) fn record() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "2026-01-01 00:00:00,001 - loans - ERROR - POST /loan/apply 502 17ms\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nConnectionRefusedError: refused\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2, in h\nloans.Unavailable: scoring is unavailable",
        "2026-01-01T00:00:00.001Z ERROR 1 --- [app] c.e.Loan : Call to scoring failed after 1072 ms\ncom.example.A$TimeoutException: Timed out\n\tat com.example.A.b(A.java:1)\nCaused by: java.net.SocketTimeoutException: Read timed out\n\tat java.base/x.Y.z(Y.java:1)\n\t... 11 common frames omitted",
        "info: Microsoft.AspNetCore.Hosting.Diagnostics[2]\n      Request finished HTTP/1.1 GET http://loans/loan/17/status - 200 - application/json 16.47ms",
        "Jan 01, 2026 12:00:00 AM com.example.Loan apply\nINFO: GET /loan/17/status 200 23ms",
        r#"{"path":"/loan/17","method":"GET","status":200,"latency_ms":5}"#,
        "AxiosError: connect ECONNREFUSED 127.0.0.1:8443\n    at AxiosError.from (/app/axios.cjs:1:2) {\n  code: 'ECONNREFUSED',\n  config: {\n    url: 'http://auth/x'\n  }\n}",
        "panic: runtime error: index out of range\n\ngoroutine 52 [running]:\nmain.pick(...)\n\t/app/main.go:27\nexit status 2",
    ])
}

/// A secret of each kind, with the text before and after it if that text is what identifies it.
pub(crate) fn planted() -> impl Strategy<Value = (&'static str, String, &'static str)> {
    let keyed = prop::sample::select(vec![
        ("password=", " "),
        ("token: ", ","),
        ("Authorization: Bearer ", " "),
        ("/a?api_key=", "&x=1"),
        ("client_secret='", "'"),
        ("SELECT a FROM t WHERE b = '", "'"),
    ]);
    let known = prop::sample::select(vec![
        "4111 1111 1111 1111",
        "378282246310005",
        "ES9121000418450200051332",
        "12345678Z",
        "X1234567L",
        "+34 600 111 222",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ]);
    prop_oneof![
        2 => (keyed, "[A-Za-z0-9_.!#$%*+/?^~-]{6,40}[A-Za-z0-9]").prop_map(|((before, after), secret)| (before, secret, after)),
        1 => known.prop_map(|secret| ("", secret.to_owned(), "")),
        1 => "[a-z]{3,9}[.][a-z]{3,9}@[a-z]{4,12}[.]com".prop_map(|secret| ("", secret, "")),
        1 => "eyJ[A-Za-z0-9_-]{20,60}[.][A-Za-z0-9_-]{20,60}[.][A-Za-z0-9_-]{20,60}[A-Za-z0-9]".prop_map(|secret| ("", secret, "")),
        1 => "AKIA[A-Z2-7]{16}".prop_map(|secret| ("", secret, "")),
    ]
}
