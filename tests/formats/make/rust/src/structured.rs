//! tracing-subscriber's JSON, compact and pretty formats, and slog-json.
use std::time::Duration;

use serde_json::{json, Value};
use slog::Drain;

use crate::{ms, Step, Told, Voice};

struct Tracing;

struct Slog(slog::Logger);

pub fn voice(name: &str) -> Box<dyn Voice> {
    let base = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(std::io::stdout);
    match name {
        "tracing-json" => base.json().flatten_event(false).init(),
        "tracing-compact" => base.compact().init(),
        "tracing-pretty" => base.pretty().init(),
        _ => {
            let drain = slog_json::Json::default(std::io::stdout());
            return Box::new(Slog(slog::Logger::root(
                std::sync::Mutex::new(drain).map(slog::Fuse),
                slog::o!("service" => "loan-api"),
            )));
        }
    }
    Box::new(Tracing)
}

fn fact(level: &str, message: &str, s: &Step, more: Value) -> Value {
    let mut row = json!({"level": level, "message": message, "trace_id": s.w3c, "method": s.method, "path": s.path});
    if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
        row.extend(more);
    }
    row
}

impl Voice for Tracing {
    fn opening(&mut self, told: &mut Told) {
        tracing::info!(port = 8080, "server started");
        told.tell(json!({"level": "info", "message": "server started"}));
        tracing::debug!(max = 10, idle = 3, "pool ready");
        told.tell(json!({"level": "debug", "message": "pool ready"}));
    }

    fn trouble(&mut self, s: &Step, took: Duration, error: Option<anyhow::Error>, told: &mut Told) {
        let span =
            tracing::info_span!("request", method = %s.method, uri = %s.target, trace_id = %s.w3c);
        let _entered = span.enter();
        match (s.trouble.as_str(), error) {
            (_, Some(error)) => {
                tracing::error!(dependency = %s.dep, elapsed_ms = took.as_millis() as u64, error = %format!("{error:#}"), "dependency call failed");
                told.tell(fact(
                    "error",
                    "dependency call failed",
                    s,
                    json!({"dependency": s.dep, "latency_ms": took.as_millis() as u64}),
                ));
            }
            ("slow" | "retry", _) => {
                tracing::warn!(dependency = %s.dep, elapsed = ?took, "dependency is slow");
                told.tell(fact(
                    "warn",
                    "dependency is slow",
                    s,
                    json!({"dependency": s.dep, "latency_ms": ms(took)}),
                ));
            }
            ("open", _) => {
                tracing::error!(dependency = %s.dep, "circuit breaker open");
                told.tell(fact(
                    "error",
                    "circuit breaker open",
                    s,
                    json!({"dependency": s.dep}),
                ));
            }
            ("denied", _) => {
                tracing::warn!(user = %s.user, "login rejected");
                told.tell(fact("warn", "login rejected", s, json!({})));
            }
            _ => {}
        }
    }

    fn done(&mut self, s: &Step, told: &mut Told) {
        let span =
            tracing::info_span!("request", method = %s.method, uri = %s.target, trace_id = %s.w3c);
        let _entered = span.enter();
        tracing::info!(status = s.status, latency = ?s.took(), "finished processing request");
        told.tell(fact(
            "info",
            "finished processing request",
            s,
            json!({"kind": "request", "status": s.status, "latency_ms": ms(s.took())}),
        ));
    }
}

impl Voice for Slog {
    fn opening(&mut self, told: &mut Told) {
        slog::info!(self.0, "server started"; "port" => 8080);
        told.tell(json!({"level": "info", "message": "server started"}));
    }

    fn trouble(&mut self, s: &Step, took: Duration, error: Option<anyhow::Error>, told: &mut Told) {
        let log = self.0.new(slog::o!("xray_trace_id" => s.xray.clone()));
        match (s.trouble.as_str(), error) {
            (_, Some(error)) => {
                slog::error!(log, "call failed"; "dependency" => &s.dep, "duration_us" => took.as_micros() as u64, "error" => format!("{error:#}"));
                told.tell(json!({"level": "error", "message": "call failed", "trace_id": s.xray, "dependency": s.dep, "latency_ms": took.as_micros() as f64 / 1e3}));
            }
            ("slow" | "retry", _) => {
                slog::warn!(log, "slow call"; "dependency" => &s.dep, "duration_us" => took.as_micros() as u64);
                told.tell(json!({"level": "warn", "message": "slow call", "trace_id": s.xray, "dependency": s.dep, "latency_ms": took.as_micros() as f64 / 1e3}));
            }
            ("missing" | "invalid", _) => {
                slog::warn!(log, "request rejected"; "loan" => &s.loan);
                told.tell(
                    json!({"level": "warn", "message": "request rejected", "trace_id": s.xray}),
                );
            }
            _ => {}
        }
    }

    fn done(&mut self, s: &Step, told: &mut Told) {
        slog::info!(self.0, "request"; "xray_trace_id" => &s.xray, "method" => &s.method, "path" => &s.path, "code" => s.status, "duration_us" => s.took_us, "remote" => &s.client);
        told.tell(json!({"kind": "request", "level": "info", "message": "request", "trace_id": s.xray, "method": s.method, "path": s.path, "status": s.status, "latency_ms": s.took_us as f64 / 1e3}));
    }
}
