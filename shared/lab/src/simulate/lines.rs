//! The log lines of the service: a JSON line for each request and for notable calls, and sometimes
//! plain text, as real services log it.

use serde::Serialize;

use super::fleet::{SERVICE, Task};
use super::rng::Rng;
use super::scenario::{MINUTE, Offset};
use super::service::{Call, Dependency, Served};

/// A call longer than this has a line of its own at level warn, in milliseconds.
const SLOW_MS: f64 = 1_000.0;

/// Of the healthy calls to aurora and auth, one in this many is printed, at level debug.
const SAMPLED: u64 = 6;

/// The share of the service's own failures that print a stack trace as well.
const TRACES: f64 = 0.4;

/// One log event: when, and its text without the export's timestamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) at: Offset,
    pub(crate) text: String,
}

/// The fields of a JSON line, in the order in which the service prints them.
#[derive(Serialize)]
struct Fields<'a> {
    timestamp: String,
    level: &'static str,
    service: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dependency: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn new(timestamp: String, level: &'static str, message: &'a str) -> Self {
        Self {
            timestamp,
            level,
            service: SERVICE,
            message,
            method: None,
            path: None,
            status: None,
            latency_ms: None,
            dependency: None,
            error_type: None,
            duration_ms: None,
            trace_id: None,
        }
    }

    fn line(&self, at: Offset) -> Line {
        Line {
            at,
            text: serde_json::to_string(self).expect("a struct of plain fields is always JSON"),
        }
    }
}

/// Prints lines against the scenario's first instant, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    pub(crate) start_ms: i64,
}

impl Printer {
    /// Returns `at` as the service and the log export write it: UTC, with milliseconds.
    pub(crate) fn timestamp(self, at: Offset) -> String {
        self.strftime(at, "%Y-%m-%dT%H:%M:%S%.3fZ")
    }

    /// Returns `at` in a format of `strftime`.
    pub(crate) fn strftime(self, at: Offset, format: &str) -> String {
        jiff::Timestamp::from_millisecond(self.start_ms + at)
            .expect("a scenario lies within some weeks of its start")
            .strftime(format)
            .to_string()
    }

    /// Prints everything that one request leaves in the log, in order of time.
    pub(crate) fn request(self, served: &Served, rng: &mut Rng) -> Vec<Line> {
        let second = (self.start_ms + served.begun).div_euclid(1_000);
        let trace = format!("1-{second:08x}-{}", served.trace);
        let (method, path) = served.route.method_and_path(served.id);
        let mut lines: Vec<Line> = served
            .calls
            .iter()
            .filter_map(|call| self.call(call, &trace, rng))
            .collect();
        if let Some(exception) = served.exception {
            if rng.chance(TRACES) {
                lines.extend(self.stack_trace(served, exception, rng));
            }
            let message = format!("unhandled exception in {}", served.route.handler());
            lines.push(
                Fields {
                    error_type: Some(exception),
                    trace_id: Some(&trace),
                    ..Fields::new(self.timestamp(served.at), "error", &message)
                }
                .line(served.at),
            );
        }
        let level = match served.status {
            500.. => "error",
            400.. => "warn",
            _ => "info",
        };
        lines.push(
            Fields {
                method: Some(method),
                path: Some(&path),
                status: Some(served.status),
                latency_ms: Some(tenth(served.latency_ms)),
                trace_id: Some(&trace),
                ..Fields::new(self.timestamp(served.at), level, "request completed")
            }
            .line(served.at),
        );
        lines
    }

    /// Prints one call, unless it is a healthy one of a chatty dependency and not sampled.
    fn call(self, call: &Call, trace: &str, rng: &mut Rng) -> Option<Line> {
        let name = call.dependency.name();
        let slow = call.duration_ms > SLOW_MS;
        let (level, message) = match (call.failure, call.dependency) {
            (Some(failure), _) => ("error", format!("{name} call failed: {}", failure.words)),
            (None, _) if slow => ("warn", format!("{name} responded slowly")),
            (None, Dependency::Scoring) => ("info", format!("{name} responded")),
            (None, _) if rng.below(SAMPLED) == 0 => ("debug", format!("{name} responded")),
            (None, _) => return None,
        };
        let fields = Fields {
            dependency: Some(name),
            error_type: call.failure.map(|failure| failure.error_type),
            duration_ms: Some(tenth(call.duration_ms)),
            trace_id: Some(trace),
            ..Fields::new(self.timestamp(call.at), level, &message)
        };
        Some(fields.line(call.at))
    }

    /// Prints a stack trace, one log event a line as the awslogs driver delivers it.
    fn stack_trace(self, served: &Served, exception: &str, rng: &mut Rng) -> Vec<Line> {
        let at = served.at;
        let head = self.strftime(at, "%Y-%m-%d %H:%M:%S%.3f");
        let worker = 1 + rng.below(20);
        let handler = served.route.handler();
        let (class, _) = handler.split_once('.').unwrap_or((handler, ""));
        let source = 40 + rng.below(120);
        [
            format!("{head} ERROR 1 --- [nio-8080-exec-{worker}] c.e.loan.{class} : request failed"),
            format!("{exception}: while handling loan {}", served.id),
            format!("\tat com.example.loan.{handler}({class}.java:{source})"),
            "\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:885)"
                .to_owned(),
            "\tat org.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java:206)"
                .to_owned(),
            "\tat java.base/java.lang.Thread.run(Thread.java:1583)".to_owned(),
        ]
        .into_iter()
        .map(|text| Line { at, text })
        .collect()
    }

    /// Prints what a task says of its own accord: its start, its end, and its health checks.
    pub(crate) fn housekeeping(self, task: &Task, length: Offset, rng: &mut Rng) -> Vec<Line> {
        const HEALTH_EVERY: Offset = 5 * MINUTE;
        const BOOT: Offset = 9_000;
        let mut lines = Vec::new();
        if let Some(from) = task.from {
            let took = BOOT as f64 / 1_000.0 - rng.unit();
            let said = [
                (
                    BOOT,
                    "Starting LoanApiApplication using Java 21.0.5 with PID 1".to_owned(),
                ),
                (BOOT - 3_100, "HikariPool-1 - Start completed.".to_owned()),
                (
                    900,
                    format!("Started LoanApiApplication in {took:.3} seconds"),
                ),
            ];
            for (before, words) in said {
                lines.push(self.plain(from - before, &words));
            }
        }
        let first = task.from.unwrap_or(0) + rng.below(HEALTH_EVERY as u64) as Offset;
        let until = task.to.unwrap_or(length).min(length);
        for at in (first..until).step_by(HEALTH_EVERY as usize) {
            let fields = Fields {
                method: Some("GET"),
                path: Some("/health"),
                status: Some(200),
                latency_ms: Some(tenth(rng.lognormal(1.3, 0.3))),
                ..Fields::new(self.timestamp(at), "info", "request completed")
            };
            lines.push(fields.line(at));
        }
        if let Some(to) = task.to {
            lines.push(self.plain(to + 4_000, "Graceful shutdown complete"));
        }
        lines
    }

    /// Prints a line of the runtime, in the plain format it has when it starts and stops.
    fn plain(self, at: Offset, words: &str) -> Line {
        let head = self.strftime(at, "%Y-%m-%d %H:%M:%S%.3f");
        Line {
            at,
            text: format!("{head}  INFO 1 --- [main] c.e.loan.LoanApiApplication : {words}"),
        }
    }
}

/// Rounds to a tenth of a millisecond, which is what the service measures.
fn tenth(milliseconds: f64) -> f64 {
    (milliseconds * 10.0).round() / 10.0
}
