//! Makes batches like those of an ordinary service, the same ones every time.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

/// The time of the first log event: 2026-01-01T00:00:00Z.
pub(crate) const START_MS: i64 = 1_767_225_600_000;

const ROUTES: [(&str, &str, &str); 5] = [
    ("/loan/apply", "POST", "scoring"),
    ("/loan/{id}", "GET", "dynamodb"),
    ("/loan/{id}/status", "GET", "dynamodb"),
    ("/customer/{id}/kyc", "POST", "kyc-provider"),
    ("/payment/schedule", "GET", "ledger"),
];

const MESSAGES: [&str; 3] = [
    "request completed",
    "validation passed for field \"income\"",
    "customer Müller → tier \"gold\"",
];

/// A small generator of numbers that look random (splitmix64): the bench needs variety, not quality.
struct Rng(u64);

impl Rng {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }
}

/// Returns a Lambda event with so many log lines: most are JSON, one in ten is logfmt, an access line or a stack trace.
pub(crate) fn event(lines: usize) -> Vec<u8> {
    let mut rng = Rng(lines as u64);
    let mut at_ms = START_MS;
    let mut envelope = String::from(
        r#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/ecs/loan-api","logStream":"loan-api/app/0123456789abcdef","subscriptionFilters":["all"],"logEvents":["#,
    );
    for n in 0..lines {
        at_ms += rng.below(40) as i64;
        let comma = if n == 0 { "" } else { "," };
        let message = json!(line(&mut rng, at_ms));
        let tail = rng.roll();
        write!(
            envelope,
            r#"{comma}{{"id":"390000000000000{at_ms:016}{n:05}{tail:020}","timestamp":{at_ms},"message":{message}}}"#
        )
        .expect("writing to memory does not fail");
    }
    envelope.push_str("]}");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(envelope.as_bytes())
        .expect("writing to memory does not fail");
    let gzip = gzip.finish().expect("writing to memory does not fail");
    format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, STANDARD.encode(gzip)).into_bytes()
}

fn line(rng: &mut Rng, at_ms: i64) -> String {
    let (route, method, dependency) = ROUTES[rng.below(5) as usize];
    let message = MESSAGES[rng.below(3) as usize];
    let ms = 5.0 + rng.below(4_000) as f64 / 10.0;
    let time = format!("2026-01-01T00:{:02}:00.000Z", (at_ms - START_MS) / 60_000);
    match rng.below(40) {
        0 => format!(
            r#"time="{time}" level=info service=loan-worker route={route} method={method} status=200 duration={ms}ms msg="done""#
        ),
        1 => {
            String::from(r#"10.0.3.7 - - "GET /health HTTP/1.1" 200 2 "-" "ELB-HealthChecker/2.0""#)
        }
        2 => String::from("\tat com.example.loan.core.ScoringClient.score(ScoringClient.java:88)"),
        3 => format!(
            "{time} ERROR [main] c.e.loan.LoanController - java.net.SocketTimeoutException: Read timed out"
        ),
        kind => {
            let (level, status) = match kind {
                4 => ("ERROR", 503),
                5 | 6 => ("WARN", 404),
                _ => ("INFO", 200),
            };
            let (trace, request) = (rng.roll(), rng.roll());
            format!(
                r#"{{"timestamp":"{time}","level":"{level}","service":"loan-api","route":"{route}","method":"{method}","status":{status},"latency_ms":{ms},"trace_id":"1-{trace:016x}{request:016x}","dependency":"{dependency}","message":{},"request_id":"{request:016x}"}}"#,
                json!(message)
            )
        }
    }
}
