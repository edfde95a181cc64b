//! The detector of the functions, called as they call it: `sweep` one minute after a minute's end, `ingest` as soon as
//! lines arrive.

use atalaya_core::alert::{Alert, AlertEvent};
use atalaya_core::detect::Severity;
use atalaya_core::detect::tuning::Tuning;
use atalaya_core::judge::{Case, Judgement, MinuteView, ServiceState, judge, judge_open};
use atalaya_core::time::MINUTE_MS;
use atalaya_render::words::title;

use super::{Alarm, Watcher, When};

/// How far back changes are given, in milliseconds: as far as `sweep` does.
const CHANGES_MS: i64 = 25 * 60 * MINUTE_MS;

/// Atalaya, watching one service.
#[derive(Debug, Clone)]
pub(in crate::trial) struct Atalaya {
    service: String,
    tuning: Tuning,
    state: ServiceState,
    last: Option<Alert>,
    alarms: Vec<Alarm>,
}

impl Atalaya {
    pub(in crate::trial) fn new(service: &str) -> Self {
        Self {
            service: service.to_owned(),
            tuning: Tuning::default(),
            state: ServiceState::default(),
            last: None,
            alarms: Vec::new(),
        }
    }

    fn told(&mut self, judged: Judgement) {
        let Some((event, incident)) = judged.incident else {
            return;
        };
        let paged = (incident.severity >= Severity::Page).then_some(incident.at_ms);
        let cause = Some((incident.cause.kind, incident.cause.name.clone()));
        let running = self
            .alarms
            .last_mut()
            .filter(|alarm| alarm.over_ms.is_none());
        match (event, running) {
            (AlertEvent::Resolve, Some(alarm)) => alarm.over_ms = Some(incident.at_ms),
            (AlertEvent::Resolve, None) => {}
            (_, Some(alarm)) => {
                alarm.paged_ms = alarm.paged_ms.or(paged);
                alarm.title = title::of(&incident);
                alarm.cause = cause;
            }
            // An event that opens the alert, or reopens it.
            (_, None) => self.alarms.push(Alarm {
                id: incident.id.clone(),
                told_ms: incident.at_ms,
                paged_ms: paged,
                over_ms: None,
                title: title::of(&incident),
                cause,
            }),
        }
        self.last = Some(incident);
    }
}

impl Watcher for Atalaya {
    fn see(&mut self, view: &MinuteView, when: &When<'_>) {
        let Self {
            service,
            tuning,
            state,
            last,
            ..
        } = self;
        let judged = judge(state, view, &case(service, last.as_ref(), tuning, when));
        self.told(judged);
    }

    fn judge_open(&mut self, views: &[MinuteView], when: &When<'_>) {
        let last = self.last.as_ref();
        let judged = judge_open(
            &self.state,
            views,
            &case(&self.service, last, &self.tuning, when),
        );
        self.told(judged);
    }

    fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }
}

fn case<'a>(
    service: &'a str,
    last: Option<&'a Alert>,
    tuning: &'a Tuning,
    when: &When<'a>,
) -> Case<'a> {
    let (changes, now_ms) = (when.changes, when.now_ms);
    let from = changes.partition_point(|change| change.at_ms < now_ms - CHANGES_MS);
    let to = changes.partition_point(|change| change.at_ms <= now_ms);
    Case {
        service,
        last,
        changes: &changes[from..to.max(from)],
        tuning,
        level_shifts: &[],
        now_ms,
    }
}
