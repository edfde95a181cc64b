//! An incident: alerts that belong together, with their likely causes ranked. It is what people are told of.
//!
//! An alert belongs to an incident of its own, whose id is the alert's.

use crate::alert::{Alert, AlertEvent, CauseKind, Status};
use crate::detect::Severity;
use crate::time::Minute;

/// Alerts that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// The id of its first alert: `loan-api-20260108T0842Z`. Also the key by which messages about it are folded.
    pub id: String,
    /// The minute in which the first of its alerts began.
    pub since: Minute,
    /// Whether any of its alerts goes on.
    pub status: Status,
    /// When people were first owed a message about it, in milliseconds since the epoch.
    pub opened_at_ms: i64,
    /// When its last event was decided, in milliseconds since the epoch.
    pub at_ms: i64,
    /// How bad, at its worst so far.
    pub severity: Severity,
    /// What may have caused it, the most likely first.
    pub causes: Vec<RankedCause>,
    /// The alert that was opened first.
    pub first: Alert,
    /// The alerts that came to it, in their order.
    pub others: Vec<Alert>,
}

/// A cause among those of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedCause {
    /// What kind of cause.
    pub kind: CauseKind,
    /// Which dependency, or the service itself; empty where it is not known.
    pub name: String,
    /// The place among [`Incident::alerts`] of the alert whose evidence speaks for it.
    pub alert: usize,
}

impl Incident {
    /// Returns the incident of an alert that is in none.
    #[must_use]
    pub fn of(alert: Alert) -> Self {
        Self {
            id: alert.id.clone(),
            since: alert.since,
            status: alert.status,
            opened_at_ms: alert.opened_at_ms,
            at_ms: alert.at_ms,
            severity: alert.severity,
            causes: vec![RankedCause {
                kind: alert.cause.kind,
                name: alert.cause.name.clone(),
                alert: 0,
            }],
            first: alert,
            others: Vec::new(),
        }
    }

    /// Returns its alerts, the first one first.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Returns whether it holds the last event of an alert, or a later one, so that people are told of it.
    #[must_use]
    pub fn holds(&self, alert: &Alert) -> bool {
        self.alerts()
            .any(|known| known.id == alert.id && known.judged_through >= alert.judged_through)
    }

    /// Returns what is to be told of it: an event of it, as its document holds none.
    #[must_use]
    pub fn event(&self) -> AlertEvent {
        match self.status {
            Status::Resolved { .. } => AlertEvent::Resolve,
            Status::Open if self.at_ms == self.opened_at_ms => AlertEvent::Open,
            Status::Open => AlertEvent::Update,
        }
    }
}
