//! The incidents that some settings would have reported for past logs: listens to a replay and
//! keeps each incident as one row.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use atalaya_core::alert::{Alert, AlertEvent, Status};
use atalaya_core::catalog::Catalog;
use atalaya_core::detect::{Finding, Severity};
use atalaya_core::incident::Incident;
use atalaya_core::ledger::Ledger;
use atalaya_core::series::SeriesKind;
use atalaya_core::time::Minute;
use atalaya_core::window::Part;
use atalaya_flow::Sink;
use atalaya_render::wire::v1::CauseLine;
use atalaya_render::words::title;

use crate::replay::Report;

/// Everything that the settings would have reported.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Past {
    /// Every incident, by its begin.
    pub(super) incidents: Vec<PastAlert>,
    /// The services whose logs contained requests or calls.
    pub(super) services: BTreeSet<Box<str>>,
    /// The first and the last minute in which something was counted.
    pub(super) span: Option<(Minute, Minute)>,
    /// How many log events were counted, rejected or folded, and why.
    pub(super) ledger: Ledger,
}

/// An incident as it would have been reported, all its events together. Times are milliseconds
/// since the epoch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PastAlert {
    pub(super) id: String,
    pub(super) service: String,
    /// When it began.
    pub(super) since_ms: i64,
    /// When it was first reported.
    pub(super) opened_ms: i64,
    /// When it was first reported as a page, if ever.
    pub(super) paged_ms: Option<i64>,
    /// The first healthy moment; `None` where it went on at the end of the logs.
    pub(super) ended_ms: Option<i64>,
    /// The highest severity.
    pub(super) severity: Severity,
    /// The ids of the detectors that found a symptom of it.
    pub(super) detectors: BTreeSet<&'static str>,
    /// The title at the first event with the highest severity, without the service.
    pub(super) title: String,
    /// The cause in the last event.
    pub(super) cause: CauseLine,
}

impl Past {
    /// Returns the first moment after all that was counted.
    pub(super) fn end_ms(&self) -> Option<i64> {
        self.span.map(|(_, last)| last.plus(1).start_ms())
    }

    /// Returns how long an incident lasted, or until the end of the logs where it went on.
    pub(super) fn lasted_ms(&self, told: &PastAlert) -> i64 {
        let end = told.ended_ms.or(self.end_ms()).unwrap_or(told.opened_ms);
        (end - told.since_ms).max(0)
    }
}

impl PastAlert {
    fn of(incident: &Alert) -> Self {
        Self {
            id: incident.id.clone(),
            service: incident.service.clone(),
            since_ms: incident.since.start_ms(),
            opened_ms: incident.opened_at_ms,
            paged_ms: None,
            ended_ms: None,
            severity: incident.severity,
            detectors: BTreeSet::new(),
            title: title::without_service(incident),
            cause: CauseLine::of(&incident.cause),
        }
    }

    /// Takes a further event of the incident.
    fn hear(&mut self, incident: &Alert) {
        if incident.severity > self.severity {
            self.title = title::without_service(incident);
        }
        self.severity = incident.severity;
        if self.severity == Severity::Page {
            self.paged_ms = self.paged_ms.or(Some(incident.at_ms));
        }
        self.ended_ms = match incident.status {
            Status::Open => None,
            Status::Resolved { ended } => Some(ended.start_ms()),
        };
        self.cause = CauseLine::of(&incident.cause);
        let symptoms = incident.symptoms.iter();
        self.detectors
            .extend(symptoms.map(|(detector, _)| detector.id()));
    }
}

/// Listens to a replay.
#[derive(Debug)]
pub(super) struct Listener<'p> {
    past: &'p mut Past,
    places: BTreeMap<String, usize>,
}

impl<'p> Listener<'p> {
    pub(super) fn new(past: &'p mut Past) -> Self {
        Self {
            past,
            places: BTreeMap::new(),
        }
    }
}

impl Sink for Listener<'_> {
    fn metrics(&mut self, _: Minute, _: &[u8]) {}

    fn added(&mut self, part: &Part, catalog: &Catalog) {
        let minute = part.item.minute;
        let (first, last) = self.past.span.unwrap_or((minute, minute));
        self.past.span = Some((first.min(minute), last.max(minute)));
        let speaks = |slot: &_| {
            let kind = catalog.series(*slot).map(|series| series.kind);
            matches!(kind, Some(SeriesKind::Route | SeriesKind::Dependency))
        };
        let known = self.past.services.contains(&part.item.service);
        if !known && part.sums.iter().any(|(slot, _)| speaks(slot)) {
            self.past.services.insert(part.item.service.clone());
        }
    }

    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}

    fn incident(&mut self, _: AlertEvent, incident: &Incident) {
        let incident = &incident.first;
        let incidents = &mut self.past.incidents;
        let place = self.places.entry(incident.id.clone()).or_insert_with(|| {
            incidents.push(PastAlert::of(incident));
            incidents.len() - 1
        });
        incidents[*place].hear(incident);
    }
}

impl Report for Listener<'_> {
    fn reject(&mut self, _: &str, _: i64, _: &str, _: u64) {}

    fn passed(&mut self, _: i64) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, ledger: &Ledger) -> io::Result<()> {
        self.past.ledger = ledger.clone();
        let key = |told: &PastAlert| (told.since_ms, told.service.clone());
        self.past.incidents.sort_by_cached_key(key);
        Ok(())
    }
}
