//! A replay for a person: what was read, how each service did, and the story of each incident.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use atalaya_core::alert::{Alert, AlertEvent, CauseKind, Status};
use atalaya_core::catalog::Catalog;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::ledger::Ledger;
use atalaya_core::series::{SeriesKind, SeriesName, Sums};
use atalaya_core::sketch::Sketch;
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_core::window::Part;
use atalaya_flow::Sink;
use atalaya_render::words;

use super::Report;
use crate::input::SourceInfo;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default();
const GOOD: Style = AnsiColor::Green.on_default();

/// Cells of a picture of traffic over time.
const CELLS: usize = 72;

/// Gathers the contents of the story, and writes it at the end.
pub(super) struct Story<W> {
    out: W,
    sources: BTreeMap<String, usize>,
    services: BTreeMap<Box<str>, Service>,
    incidents: Vec<(AlertEvent, Alert)>,
    rejects: Vec<(String, String, u64)>,
    first: Option<Minute>,
    last: Option<Minute>,
}

/// The part of the story about one service.
#[derive(Default)]
struct Service {
    minutes: BTreeMap<Minute, (u64, u64)>,
    requests: u64,
    errors: u64,
    latency: Sketch,
    routes: BTreeSet<Box<str>>,
    dependencies: BTreeMap<Box<str>, (u64, u64)>,
}

impl<W: Write> Story<W> {
    pub(super) fn new(out: W, sources: &[SourceInfo]) -> Self {
        let mut kinds = BTreeMap::new();
        for source in sources {
            *kinds.entry(source.kind.to_string()).or_default() += 1;
        }
        Self {
            out,
            sources: kinds,
            services: BTreeMap::new(),
            incidents: Vec::new(),
            rejects: Vec::new(),
            first: None,
            last: None,
        }
    }

    fn count(&mut self, service: &str, minute: Minute, series: &SeriesName, sums: &Sums) {
        let service = self.services.entry(service.into()).or_default();
        match series.kind {
            SeriesKind::Lines | SeriesKind::Warning | SeriesKind::Error => {}
            SeriesKind::Route => {
                let cell = service.minutes.entry(minute).or_default();
                *cell = (cell.0 + sums.count, cell.1 + sums.errors);
                service.requests += sums.count;
                service.errors += sums.errors;
                service.latency.merge(&sums.latency);
                service.routes.insert(series.name.clone());
            }
            SeriesKind::Dependency => {
                let calls = service.dependencies.entry(series.name.clone()).or_default();
                *calls = (calls.0 + sums.count, calls.1 + sums.errors);
            }
        }
    }

    fn heading(&self, ledger: &Ledger) -> String {
        let kinds: Vec<String> = self
            .sources
            .iter()
            .map(|(kind, n)| format!("{n} × {kind}"))
            .collect();
        let mut text = format!(
            "{BOLD}{} log event{}{BOLD:#}",
            grouped(ledger.received),
            if ledger.received == 1 { "" } else { "s" }
        );
        if !kinds.is_empty() {
            let _ = write!(text, " of {}", kinds.join(", "));
        }
        if let (Some(first), Some(last)) = (self.first, self.last) {
            let span = last.plus(1).start_ms() - first.start_ms();
            let _ = write!(
                text,
                "\n{DIM}{} – {} UTC, {} of event time{DIM:#}",
                moment(first.start_ms()),
                moment(last.plus(1).start_ms()),
                duration(span)
            );
        }
        text
    }

    fn service(&self, name: &str, service: &Service) -> String {
        let mut text = format!("{BOLD}{name}{BOLD:#}  ");
        if service.requests == 0 {
            text.push_str("no requests told");
        } else {
            let _ = write!(
                text,
                "{} requests on {}, {} failed",
                grouped(service.requests),
                plural(service.routes.len(), "route"),
                percent(service.errors, service.requests)
            );
            let quantile = |q| service.latency.quantile_ms(q).map(latency);
            if let (Some(p50), Some(p99)) = (quantile(0.5), quantile(0.99)) {
                let _ = write!(text, ", p50 {p50}, p99 {p99}");
            }
        }
        for (dependency, (calls, errors)) in &service.dependencies {
            let failed = percent(*errors, *calls);
            let _ = write!(
                text,
                "\n{DIM}  calls {dependency}: {} told, {failed} failed{DIM:#}",
                grouped(*calls)
            );
        }
        if let (Some(first), Some(last)) = (self.first, self.last)
            && service.requests > 0
        {
            let picture = picture(&service.minutes, first, last);
            let each = duration((last.0 - first.0 + 1) * MINUTE_MS / CELLS as i64);
            let _ = write!(text, "\n  {}\n  {BAD}{}{BAD:#}", picture.0, picture.1);
            let _ = write!(
                text,
                "\n  {DIM}requests above, failures below; a cell is {each}{DIM:#}"
            );
        }
        text
    }

    fn accounts(&self, ledger: &Ledger) -> String {
        let mut parts = vec![format!("{} records", grouped(ledger.records))];
        for (n, what) in [
            (ledger.continuations, "continuation lines"),
            (ledger.duplicates, "counted before"),
            (ledger.filtered, "left out"),
        ] {
            if n > 0 {
                parts.push(format!("{} {what}", grouped(n)));
            }
        }
        for (reason, n) in &ledger.rejected {
            parts.push(format!("{} rejected ({})", grouped(*n), reason.name()));
        }
        let verdict = if ledger.balances() {
            "every event is accounted for"
        } else {
            "EVENTS ARE MISSING"
        };
        let mut text = format!(
            "{DIM}{} in = {}: {verdict}{DIM:#}",
            grouped(ledger.received),
            parts.join(" + ")
        );
        if ledger.folded > 0 {
            let _ = write!(
                text,
                "\n{WARN}{} series were over a service's cap and counted as `other`{WARN:#}",
                grouped(ledger.folded)
            );
        }
        for (source, reason, n) in self.rejects.iter().take(10) {
            let _ = write!(text, "\n{WARN}{source}: {n} × {reason}{WARN:#}");
        }
        text
    }
}

impl<W: Write + Send> Sink for Story<W> {
    fn metrics(&mut self, _: Minute, _: &[u8]) {}

    fn added(&mut self, part: &Part, catalog: &Catalog) {
        let minute = part.item.minute;
        self.first = Some(self.first.map_or(minute, |first| first.min(minute)));
        self.last = Some(self.last.map_or(minute, |last| last.max(minute)));
        for (slot, sums) in &part.sums {
            if let Some(series) = catalog.series(*slot) {
                self.count(&part.item.service, minute, series, sums);
            }
        }
    }

    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}

    fn incident(&mut self, event: AlertEvent, incident: &Incident) {
        self.incidents.push((event, incident.first.clone()));
    }
}

impl<W: Write + Send> Report for Story<W> {
    fn reject(&mut self, source: &str, _: i64, reason: &str, count: u64) {
        self.rejects
            .push((source.to_owned(), reason.to_owned(), count));
    }

    fn passed(&mut self, _: i64) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, ledger: &Ledger) -> io::Result<()> {
        let mut text = self.heading(ledger);
        text.push_str("\n\n");
        let speaks = |service: &&Service| service.requests > 0 || !service.dependencies.is_empty();
        let any_speaks = self.services.values().any(|service| speaks(&service));
        for (name, service) in &self.services {
            // Lines that name no service count for a service named after their log group. If other
            // services have requests, a service of such lines alone is left out of the story.
            if any_speaks && !speaks(&service) {
                continue;
            }
            text.push_str(&self.service(name, service));
            text.push_str("\n\n");
        }
        let mut by_id: BTreeMap<&str, Vec<&(AlertEvent, Alert)>> = BTreeMap::new();
        for event in &self.incidents {
            by_id.entry(&event.1.id).or_default().push(event);
        }
        let mut stories: Vec<_> = by_id.values().collect();
        stories.sort_by_key(|events| events[0].1.at_ms);
        match stories.len() {
            0 => {
                let _ = writeln!(text, "{GOOD}No incident.{GOOD:#}");
            }
            n => {
                let _ = writeln!(text, "{BOLD}{}{BOLD:#}", plural(n, "incident"));
            }
        }
        for events in stories {
            text.push_str(&incident_story(events));
        }
        text.push('\n');
        text.push_str(&self.accounts(ledger));
        text.push('\n');
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// Writes the events of one incident: the opening in full, then only what is new.
fn incident_story(events: &[&(AlertEvent, Alert)]) -> String {
    let mut text = String::new();
    let mut told: Option<(CauseKind, &str)> = None;
    for (event, incident) in events {
        let at = moment(incident.at_ms);
        let (title, severity) = (words::title::of(incident), incident.severity.name());
        let cause = (incident.cause.kind, incident.cause.name.as_str());
        match event {
            AlertEvent::Resolve => {
                let lasted = duration(incident.duration_ms());
                let ended = match incident.status {
                    Status::Open => String::new(),
                    Status::Resolved { ended } => moment(ended.start_ms()),
                };
                let _ = writeln!(
                    text,
                    "{GOOD}RESOLVED{GOOD:#} {at}  healthy since {ended}; it lasted {lasted}"
                );
                continue;
            }
            AlertEvent::Open => {
                let _ = writeln!(
                    text,
                    "{BAD}OPENED{BAD:#}   {at}  {BOLD}{title}{BOLD:#}  [{severity}]"
                );
                let since_ms = incident.since.start_ms();
                let _ = writeln!(
                    text,
                    "  since  {} (told {} later)",
                    moment(since_ms),
                    duration(incident.at_ms - since_ms)
                );
                // A change that the cause mentions is not listed again.
                let evidence = &incident.cause.evidence;
                let more = incident.findings.iter().filter(|finding| {
                    !evidence.holds(finding.subject.dependency(), &finding.evidence)
                });
                for finding in more.take(2) {
                    let seen = words::finding::evidence(&finding.subject, &finding.evidence);
                    let _ = writeln!(text, "  {DIM}seen   {seen}{DIM:#}");
                }
                for kind in &incident.kinds {
                    let (n, level) = (grouped(kind.count), kind.level());
                    let _ = writeln!(text, "  {DIM}logged {n} × {level}: {}{DIM:#}", kind.text);
                }
            }
            AlertEvent::Update => {
                let _ = writeln!(text, "{WARN}UPDATED{WARN:#}  {at}  {title}  [{severity}]");
            }
        }
        if told != Some(cause) {
            let name = format!("{} {}", cause.0.name(), cause.1);
            let _ = writeln!(
                text,
                "  cause  {BOLD}{}{BOLD:#}: {}",
                name.trim(),
                words::cause::evidence(&incident.cause)
            );
            told = Some(cause);
        }
    }
    text
}

/// Draws requests and failures over the whole time, each scaled to its own highest cell.
fn picture(
    minutes: &BTreeMap<Minute, (u64, u64)>,
    first: Minute,
    last: Minute,
) -> (String, String) {
    let span = (last.0 - first.0 + 1).max(1) as usize;
    let cells = span.min(CELLS);
    let mut sums = vec![(0, 0); cells];
    for (minute, (requests, errors)) in minutes {
        let at = (minute.0 - first.0) as usize * cells / span;
        sums[at] = (sums[at].0 + requests, sums[at].1 + errors);
    }
    let draw = |of: &dyn Fn(&(u64, u64)) -> u64| {
        let highest = sums.iter().map(of).max().unwrap_or_default();
        sums.iter().map(|cell| bar(of(cell), highest)).collect()
    };
    (draw(&|cell| cell.0), draw(&|cell| cell.1))
}

fn bar(value: u64, highest: u64) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    match value {
        0 => ' ',
        _ => BARS[((value * 8).div_ceil(highest.max(1)) as usize).clamp(1, 8) - 1],
    }
}

/// Writes a number with a comma between thousands.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn plural(n: usize, what: &str) -> String {
    if n == 1 {
        format!("{n} {what}")
    } else {
        format!("{n} {what}s")
    }
}

fn percent(part: u64, whole: u64) -> String {
    let share = part as f64 / whole.max(1) as f64 * 100.0;
    match part {
        0 => "none".to_owned(),
        _ if share < 0.1 => format!("{share:.2} %"),
        _ => format!("{share:.1} %"),
    }
}

fn latency(ms: f64) -> String {
    match ms {
        ms if ms < 1.0 => format!("{ms:.2} ms"),
        ms if ms < 1000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1000.0),
    }
}

/// Writes a moment as `Thu 8 Jan 08:42`.
pub(crate) fn moment(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(at) => at.strftime("%a %-d %b %H:%M").to_string(),
        Err(_) => format!("{ms} ms"),
    }
}

/// Writes a duration in its two largest units.
pub(crate) fn duration(ms: i64) -> String {
    let minutes = (ms + MINUTE_MS / 2).div_euclid(MINUTE_MS);
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{rest} min"),
        (0, hours) => format!("{hours} h {rest} min"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0, 61, 1441 * 2].map(|m| duration(m * MINUTE_MS)),
            ["0 min", "1 h 1 min", "2 d 0 h"]
        );
        assert_eq!(
            [0.5, 83.2, 2311.0].map(latency),
            ["0.50 ms", "83 ms", "2.3 s"]
        );
        assert_eq!(
            [(0, 5), (1, 2000), (1, 3)].map(|(a, b)| percent(a, b)),
            ["none", "0.05 %", "33.3 %"]
        );
        assert_eq!(moment(1_767_861_720_000), "Thu 8 Jan 08:42");
    }

    #[test]
    fn a_picture_scales_to_its_highest_cell() {
        let minutes = BTreeMap::from([
            (Minute(0), (1, 0)),
            (Minute(1), (8, 2)),
            (Minute(3), (4, 0)),
        ]);
        let (requests, errors) = picture(&minutes, Minute(0), Minute(3));
        assert_eq!((requests.as_str(), errors.as_str()), ("▁█ ▄", " █  "));
    }
}
