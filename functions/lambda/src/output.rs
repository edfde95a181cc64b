//! The output of a function: only metrics on stdout, and everything else as JSON lines on stderr.
//!
//! CloudWatch takes a line for metrics only if the whole log event is one EMF document, so the function's log format
//! must be `Text`: it passes each line of stdout on as it is.

use std::io::{self, Write};

use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::time::Minute;
use atalaya_flow::Sink;
use atalaya_render::wire::v1::{FindingLine, IncidentLine};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::self_metric::{self, SelfMetric};

/// The level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// Worth knowing.
    Info,
    /// Something failed and will be retried.
    Warn,
    /// Something is lost unless a person acts.
    Error,
}

/// The two streams of the process.
pub struct Output {
    metrics: Box<dyn Write + Send>,
    log: Box<dyn Write + Send>,
}

impl Output {
    /// Returns the output on stdout and stderr.
    pub fn of_process() -> Self {
        Self::on(Box::new(io::stdout()), Box::new(io::stderr()))
    }

    /// Returns the output on two writers.
    pub fn on(metrics: Box<dyn Write + Send>, log: Box<dyn Write + Send>) -> Self {
        Self { metrics, log }
    }

    /// Writes one line of the log. The message is constant; what varies is a field.
    pub fn log<const N: usize>(
        &mut self,
        level: LogLevel,
        message: &'static str,
        fields: [(&'static str, Value); N],
    ) {
        #[derive(Serialize)]
        struct Line {
            level: LogLevel,
            message: &'static str,
            #[serde(flatten)]
            fields: Map<String, Value>,
        }
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        let line = Line {
            level,
            message,
            fields: fields.into_iter().collect(),
        };
        let mut bytes = serde_json::to_vec(&line).expect("plain values always encode");
        bytes.push(b'\n');
        // If stderr fails, there is nowhere left to report it.
        let _ = self.log.write_all(&bytes);
    }

    /// Writes the self-metrics of one invocation. `function` is the deployed name of the function, and `at_ms` the time of
    /// the invocation in milliseconds since the epoch.
    pub fn about_self(&mut self, function: &str, at_ms: i64, counts: &[(SelfMetric, u64)]) {
        self.emit(&self_metric::document(function, at_ms, counts));
    }

    fn emit(&mut self, documents: &[u8]) {
        let written = self.metrics.write_all(documents);
        // Flushed at once: Lambda may freeze the process, and what is still in a buffer then may
        // never be written.
        if let Err(error) = written.and_then(|()| self.metrics.flush()) {
            let told = [("error", error.to_string().into())];
            self.log(LogLevel::Error, "metrics could not be written", told);
        }
    }
}

impl Sink for Output {
    fn metrics(&mut self, _minute: Minute, documents: &[u8]) {
        self.emit(documents);
    }

    fn finding(&mut self, service: &str, finding: &Finding, now_ms: i64) {
        let line = serde_json::to_value(FindingLine::of(finding));
        let fields = [
            ("service", service.into()),
            ("decided_at", now_ms.into()),
            ("finding", line.expect("plain values always encode")),
        ];
        self.log(LogLevel::Info, "finding", fields);
    }

    fn incident(&mut self, event: AlertEvent, incident: &Incident) {
        let line = serde_json::to_value(IncidentLine::of(event, &incident.first));
        let fields = [("incident", line.expect("plain values always encode"))];
        self.log(LogLevel::Info, "incident", fields);
    }
}
