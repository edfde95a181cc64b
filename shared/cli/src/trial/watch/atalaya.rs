//! The detector of the functions, called as `sweep` calls it: one minute after a minute's end.

use atalaya_core::change::Change;
use atalaya_core::detect::Severity;
use atalaya_core::incident::{Incident, IncidentEvent};
use atalaya_core::detect::tuning::Tuning;
use atalaya_core::judge::{Case, MinuteView, ServiceState, judge};
use atalaya_core::time::MINUTE_MS;

use super::{Alarm, Watcher};

/// How far back changes are given, in milliseconds: as far as `sweep` does.
const CHANGES_MS: i64 = 25 * 60 * MINUTE_MS;

/// Atalaya, watching one service.
#[derive(Debug, Clone)]
pub(in crate::trial) struct Atalaya {
    service: String,
    state: ServiceState,
    tuning: Tuning,
    last: Option<Incident>,
    alarms: Vec<Alarm>,
}

impl Atalaya {
    pub(in crate::trial) fn new(service: &str) -> Self {
        Self {
            service: service.to_owned(),
            state: ServiceState::default(),
            tuning: Tuning::default(),
            last: None,
            alarms: Vec::new(),
        }
    }

    fn told(&mut self, event: IncidentEvent, incident: Incident) {
        let paged = (incident.severity >= Severity::Page).then_some(incident.at_ms);
        let cause = Some((incident.cause.kind, incident.cause.name.clone()));
        let running = self
            .alarms
            .last_mut()
            .filter(|alarm| alarm.over_ms.is_none());
        match (event, running) {
            (IncidentEvent::Resolve, Some(alarm)) => alarm.over_ms = Some(incident.at_ms),
            (IncidentEvent::Resolve, None) => {}
            (_, Some(alarm)) => {
                alarm.paged_ms = alarm.paged_ms.or(paged);
                alarm.title.clone_from(&incident.title);
                alarm.cause = cause;
            }
            // It opens, or comes back.
            (_, None) => self.alarms.push(Alarm {
                id: incident.id.clone(),
                told_ms: incident.at_ms,
                paged_ms: paged,
                over_ms: None,
                title: incident.title.clone(),
                cause,
            }),
        }
        self.last = Some(incident);
    }
}

impl Watcher for Atalaya {
    fn see(&mut self, view: &MinuteView, changes: &[Change], now_ms: i64) {
        let from = changes.partition_point(|change| change.at_ms < now_ms - CHANGES_MS);
        let to = changes.partition_point(|change| change.at_ms <= now_ms);
        let known = &changes[from..to.max(from)];
        let case = Case {
            service: &self.service,
            last: self.last.as_ref(),
            changes: known,
            tuning: &self.tuning,
            now_ms,
        };
        let judged = judge(&mut self.state, view, &case);
        if let Some((event, incident)) = judged.incident {
            self.told(event, incident);
        }
    }

    fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }
}
