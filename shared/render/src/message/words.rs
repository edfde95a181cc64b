//! The texts that all forms of a message share: times, durations, expected bands, headings.

use super::related::RelatedMetric;
use super::{CausePart, ChangePart, FindingPart, Message, PatternPart};
use crate::words::{duration, percent};
use atalaya_core::alert::{AlertEvent, CauseKind};
use atalaya_core::detect::table::Unit;
use atalaya_core::detect::{Detector, Severity};
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

/// Returns the first word of a message.
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

/// Returns when the incident began, and how long it has lasted.
pub(crate) fn since(message: &Message) -> String {
    let (from, lasting) = (moment(message.since_ms), lasting(message.duration_ms));
    match message.resolved_at_ms {
        None => format!("since {from}, for {lasting} so far"),
        Some(end) => format!("from {from} to {}, for {lasting}", moment(end)),
    }
}

/// Returns the observed value beside the expected one.
pub(crate) fn finding(finding: &FindingPart) -> String {
    let value = |x: f64| match finding.detector.row().unit {
        Unit::Share => percent(x),
        Unit::Milliseconds => duration(x),
        Unit::PerMinute => format!("{x:.1} a minute"),
    };
    let what = match finding.detector {
        Detector::ErrorRate => "failing share",
        Detector::Latency => "p90 latency",
        Detector::TrafficDrop => "rate",
        Detector::CompletedDrop => "completed",
        other => other.id(),
    };
    format!(
        "{}: {what} {}, expected {} to {}, normally {} (since {}, confidence {})",
        finding.subject,
        value(finding.seen),
        value(finding.band.0),
        value(finding.band.1),
        value(finding.normal),
        moment(finding.since_ms),
        finding.confidence.name()
    )
}

/// Returns the likely cause in words.
pub(crate) fn cause(message: &Message) -> String {
    let CausePart {
        kind,
        name,
        evidence,
    } = &message.cause;
    let what = match kind {
        CauseKind::Unknown => "not known".to_owned(),
        CauseKind::Dependency if message.cause_is_external => {
            format!("dependency {name} (external)")
        }
        CauseKind::Dependency => format!("dependency {name}"),
        CauseKind::Change => format!("a change of {name}"),
        CauseKind::Own => format!("{name} itself"),
        CauseKind::Traffic => "requests that do not come".to_owned(),
        CauseKind::Client => "clients".to_owned(),
    };
    if evidence.is_empty() {
        what
    } else {
        format!("{what}: {evidence}")
    }
}

pub(crate) fn change(change: &ChangePart) -> String {
    let ChangePart {
        at_ms,
        service,
        what,
    } = change;
    format!("{} {service}: {what}", moment(*at_ms))
}

/// Returns a log pattern's text, how often it was logged, and since when.
pub(crate) fn kind(pattern: &PatternPart) -> String {
    let PatternPart {
        level,
        text,
        count,
        id,
        ..
    } = pattern;
    let first = match pattern.first_seen_ms {
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
