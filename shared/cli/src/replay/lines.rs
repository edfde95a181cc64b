//! A replay for programs: one JSON object a line, in event-time order, as docs/output.md has it.

use std::io::{self, Write};

use atalaya_core::alert::AlertEvent;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::ledger::Ledger;
use atalaya_core::time::Minute;
use atalaya_flow::Sink;
use atalaya_render::wire::v1::{FindingLine, IncidentLine};
use serde::Serialize;

use super::Report;
use super::ordered::Ordered;

/// Writes JSON lines.
pub(super) struct Lines<W>(Ordered<W>);

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self(Ordered::new(out))
    }
}

/// Any line: its kind, then its own members.
#[derive(Serialize)]
struct Line<'a, T> {
    kind: &'a str,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize)]
struct OfService<'a> {
    service: &'a str,
    #[serde(flatten)]
    finding: FindingLine,
}

#[derive(Serialize)]
struct RejectLine<'a> {
    source: &'a str,
    reason: &'a str,
    count: u64,
}

#[derive(Serialize)]
struct Summary {
    received: u64,
    records: u64,
    continuations: u64,
    rejected: serde_json::Map<String, serde_json::Value>,
    filtered: u64,
    control: u64,
    duplicates: u64,
    windows: u64,
    series_folded: u64,
    metrics_refused: serde_json::Map<String, serde_json::Value>,
}

fn line(kind: &str, rest: impl Serialize) -> Vec<u8> {
    let mut line =
        serde_json::to_vec(&Line { kind, rest }).expect("strings, numbers and maps always encode");
    line.push(b'\n');
    line
}

impl<W: Write + Send> Sink for Lines<W> {
    fn metrics(&mut self, minute: Minute, documents: &[u8]) {
        for document in documents
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let line = [br#"{"kind":"metric","emf":"#, document, b"}\n"].concat();
            self.0.hold(minute.start_ms(), line);
        }
    }

    fn finding(&mut self, service: &str, finding: &Finding, _: i64) {
        let finding = FindingLine::of(finding);
        let at = finding.at;
        self.0
            .hold(at, line("finding", OfService { service, finding }));
    }

    fn incident(&mut self, event: AlertEvent, incident: &Incident) {
        self.0.hold(
            incident.at_ms,
            line("incident", IncidentLine::of(event, &incident.first)),
        );
    }
}

impl<W: Write + Send> Report for Lines<W> {
    fn reject(&mut self, source: &str, at_ms: i64, reason: &str, count: u64) {
        self.0.hold(
            at_ms,
            line(
                "reject",
                RejectLine {
                    source,
                    reason,
                    count,
                },
            ),
        );
    }

    fn passed(&mut self, ms: i64) -> io::Result<()> {
        self.0.write_before(ms)
    }

    fn finish(&mut self, ledger: &Ledger) -> io::Result<()> {
        let named = |name: &str, n: u64| (name.to_owned(), n.into());
        let summary = Summary {
            received: ledger.received,
            records: ledger.records,
            continuations: ledger.continuations,
            rejected: ledger
                .rejected
                .iter()
                .map(|(reason, n)| named(reason.name(), *n))
                .collect(),
            filtered: ledger.filtered,
            control: ledger.control,
            duplicates: ledger.duplicates,
            windows: ledger.windows,
            series_folded: ledger.folded,
            metrics_refused: ledger
                .refused
                .iter()
                .map(|(why, n)| named(why.name(), *n))
                .collect(),
        };
        self.0.finish(&line("summary", summary))
    }
}
