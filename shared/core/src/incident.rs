//! An incident: alerts that belong together, with their likely causes ranked. It is what
//! notifications are about.
//!
//! For now every alert has an incident of its own, whose id is the alert's.

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
    /// Whether any of its alerts is open.
    pub status: Status,
    /// When its first event was decided, so that a notification became due, in milliseconds since
    /// the epoch.
    pub opened_at_ms: i64,
    /// When its last event was decided, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The worst severity so far.
    pub severity: Severity,
    /// Its likely causes, the most likely first.
    pub causes: Vec<RankedCause>,
    /// The alert that was opened first.
    pub first: Alert,
    /// The alerts that joined it later, in order.
    pub others: Vec<Alert>,
}

/// A cause among those of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedCause {
    /// The kind of cause.
    pub kind: CauseKind,
    /// The name of the dependency, or of the service itself; empty where the cause is unknown.
    pub name: String,
    /// The index in [`Incident::alerts`] of the alert whose evidence supports this cause.
    pub alert: usize,
}

impl Incident {
    /// Returns a new incident for an alert that belongs to none yet.
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

    /// Returns whether the incident includes the last event of an alert, or a later one, so that
    /// its notifications cover that event.
    #[must_use]
    pub fn holds(&self, alert: &Alert) -> bool {
        self.alerts()
            .any(|known| known.id == alert.id && known.judged_through >= alert.judged_through)
    }

    /// Returns the event to notify of. It is derived from the state, because the stored document
    /// holds no event.
    #[must_use]
    pub fn event(&self) -> AlertEvent {
        match self.status {
            Status::Resolved { .. } => AlertEvent::Resolve,
            Status::Open if self.at_ms == self.opened_at_ms => AlertEvent::Open,
            Status::Open => AlertEvent::Update,
        }
    }
}
