//! The words that all forms of a message share: moments, durations, bands, headings.

use super::Message;
use super::related::RelatedMetric;
use atalaya_core::alert::AlertEvent;
use atalaya_core::alert::line::{ChangeLine, FindingLine, LogPatternLine};
use atalaya_core::detect::{Severity, duration, percent};
use atalaya_core::time::MINUTE_MS;

/// Returns a moment as `2026-01-08 08:42 UTC`.
pub(crate) fn moment(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => format!("{ms} ms"),
    }
}

/// Returns a moment as `08:42:07`, the form of a log line's time.
pub(crate) fn second(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => time.strftime("%H:%M:%S").to_string(),
        Err(_) => format!("{ms} ms"),
    }
}

/// Returns how long something lasts, as `5 min` or `1 h 2 min`.
pub(crate) fn lasting(ms: i64) -> String {
    let minutes = ms / MINUTE_MS;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Returns the word that a message begins with.
pub(crate) const fn mark(message: &Message) -> &'static str {
    match (message.event, message.severity) {
        (AlertEvent::Resolve, _) => "RESOLVED",
        (_, Severity::Page) => "PAGE",
        (_, Severity::Ticket) => "TICKET",
        (_, Severity::Info) => "INFO",
    }
}

/// Returns mark, environment and title in one line.
pub(crate) fn headline(message: &Message) -> String {
    let update = if message.event == AlertEvent::Update {
        " update"
    } else {
        ""
    };
    match &message.environment {
        Some(environment) => format!(
            "[{}{update}] {environment} {}",
            mark(message),
            message.title
        ),
        None => format!("[{}{update}] {}", mark(message), message.title),
    }
}

/// Returns since when, and how long.
pub(crate) fn since(message: &Message) -> String {
    let (from, lasting) = (moment(message.since_ms), lasting(message.duration_ms));
    match message.resolved_at_ms {
        None => format!("since {from}, for {lasting} so far"),
        Some(end) => format!("from {from} to {}, for {lasting}", moment(end)),
    }
}

/// Returns what was seen against what is expected.
pub(crate) fn finding(line: &FindingLine) -> String {
    let value = |x: f64| match line.unit.as_str() {
        "share" => percent(x),
        "ms" => duration(x),
        _ => format!("{x:.1} a minute"),
    };
    let what = match line.detector.as_str() {
        "error_rate" => "failing share",
        "latency" => "p90 latency",
        "traffic_drop" => "rate",
        "completed_drop" => "completed",
        other => other,
    };
    format!(
        "{}: {what} {}, expected {} to {}, normally {} (since {}, confidence {})",
        line.subject,
        value(line.seen),
        value(line.expected.low),
        value(line.expected.high),
        value(line.expected.normal),
        moment(line.since),
        line.confidence
    )
}

/// Returns the likely cause in words.
pub(crate) fn cause(message: &Message) -> String {
    let cause = &message.cause;
    let what = match (cause.kind.as_str(), cause.name.as_str()) {
        ("unknown", _) => "not known".to_owned(),
        ("dependency", name) => format!("dependency {name}"),
        ("change", name) => format!("a change of {name}"),
        ("own", name) => format!("{name} itself"),
        ("traffic", _) => "requests that do not come".to_owned(),
        ("client", _) => "clients".to_owned(),
        (kind, name) => format!("{kind} {name}"),
    };
    if cause.evidence.is_empty() {
        what
    } else {
        format!("{what}: {}", cause.evidence)
    }
}

pub(crate) fn change(line: &ChangeLine) -> String {
    format!("{} {}: {}", moment(line.at), line.service, line.what)
}

/// Returns what was said, how often, and since when.
pub(crate) fn kind(line: &LogPatternLine) -> String {
    let LogPatternLine {
        level,
        text,
        count,
        id,
        ..
    } = line;
    let first = match line.first_seen {
        Some(ms) => format!("first seen {}", moment(ms)),
        None => "all that is not kept apart".to_owned(),
    };
    format!("{count} × {level}: {text} ({first}, {id})")
}

pub(crate) fn metric(metric: &RelatedMetric) -> String {
    let during = metric.unit.told(metric.during);
    match metric.before {
        Some(before) => format!(
            "{}: {during} (the hour before: {})",
            metric.label,
            metric.unit.told(before)
        ),
        None => format!("{}: {during}", metric.label),
    }
}
