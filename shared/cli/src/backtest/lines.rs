//! A backtest for programs: one JSON object a line, as docs/output.md has it.

use std::collections::BTreeMap;

use atalaya_core::detect::Severity;
use atalaya_render::wire::v1::CauseLine;
use serde::Serialize;

use super::Run;
use super::difference::{Aspect, Change, Side, Stretch};
use super::past::{Past, PastAlert};
use super::totals::{Counts, Totals};

#[derive(Serialize)]
struct IncidentRow<'a> {
    kind: &'a str,
    run: &'a str,
    id: &'a str,
    service: &'a str,
    opened_at: i64,
    since: i64,
    ended_at: Option<i64>,
    duration_ms: i64,
    severity: &'a str,
    paged_at: Option<i64>,
    detectors: Vec<&'a str>,
    title: &'a str,
    cause: &'a CauseLine,
}

#[derive(Serialize)]
struct DifferenceRow<'a> {
    kind: &'a str,
    change: &'a str,
    service: &'a str,
    since: i64,
    changed: Vec<&'a str>,
    words: String,
    config: Option<SideRow<'a>>,
    against: Option<SideRow<'a>>,
}

#[derive(Serialize)]
struct SideRow<'a> {
    ids: Vec<&'a str>,
    severity: Option<&'a str>,
    opened_at: Option<i64>,
    paged_at: Option<i64>,
    duration_ms: i64,
    detectors: Vec<&'a str>,
    cause: Option<&'a CauseLine>,
}

#[derive(Serialize)]
struct SummaryRow<'a> {
    kind: &'a str,
    from: Option<i64>,
    to: Option<i64>,
    received: u64,
    rejected: u64,
    duplicates: u64,
    config: TotalsRow,
    against: Option<TotalsRow>,
    differences: Option<BTreeMap<&'a str, usize>>,
}

#[derive(Serialize)]
struct TotalsRow {
    #[serde(flatten)]
    all: RatedRow,
    services: BTreeMap<String, RatedRow>,
    weeks: Vec<WeekRow>,
}

#[derive(Serialize)]
struct WeekRow {
    from: i64,
    #[serde(flatten)]
    counts: CountsRow,
}

#[derive(Serialize)]
struct CountsRow {
    incidents: u64,
    pages: u64,
    tickets: u64,
    incident_minutes: i64,
}

#[derive(Serialize)]
struct RatedRow {
    #[serde(flatten)]
    counts: CountsRow,
    pages_per_week: Option<f64>,
}

/// Returns everything, a line each.
pub(super) fn written(config: &Run, against: Option<(&Run, &[Stretch<'_>])>) -> Vec<u8> {
    let mut out = Vec::new();
    for told in &config.past.incidents {
        line(&mut out, &incident("config", &config.past, told));
    }
    for told in against.iter().flat_map(|(run, _)| &run.past.incidents) {
        if let Some((run, _)) = against {
            line(&mut out, &incident("against", &run.past, told));
        }
    }
    let stretches = against.map(|(_, stretches)| stretches);
    for stretch in stretches.unwrap_or_default() {
        if stretch.change() != Change::Same {
            line(&mut out, &difference(stretch));
        }
    }
    let past = &config.past;
    let summary = SummaryRow {
        kind: "summary",
        from: past.span.map(|(first, _)| first.start_ms()),
        to: past.end_ms(),
        received: past.ledger.received,
        rejected: past.ledger.rejects(),
        duplicates: past.ledger.duplicates,
        config: totals(past),
        against: against.map(|(run, _)| totals(&run.past)),
        differences: stretches.map(counted),
    };
    line(&mut out, &summary);
    out
}

fn line(out: &mut Vec<u8>, row: &impl Serialize) {
    let mut line = serde_json::to_vec(row).expect("strings, numbers and maps always encode");
    out.append(&mut line);
    out.push(b'\n');
}

fn incident<'a>(run: &'a str, past: &Past, told: &'a PastAlert) -> IncidentRow<'a> {
    IncidentRow {
        kind: "incident",
        run,
        id: &told.id,
        service: &told.service,
        opened_at: told.opened_ms,
        since: told.since_ms,
        ended_at: told.ended_ms,
        duration_ms: past.lasted_ms(told),
        severity: told.severity.name(),
        paged_at: told.paged_ms,
        detectors: told.detectors.iter().copied().collect(),
        title: &told.title,
        cause: &told.cause,
    }
}

fn difference<'a>(stretch: &'a Stretch<'_>) -> DifferenceRow<'a> {
    DifferenceRow {
        kind: "difference",
        change: stretch.change().name(),
        service: stretch.service,
        since: stretch.since_ms(),
        changed: stretch.aspects().into_iter().map(Aspect::name).collect(),
        words: stretch.words(),
        config: side(&stretch.config),
        against: side(&stretch.against),
    }
}

fn side<'a>(side: &'a Side<'_>) -> Option<SideRow<'a>> {
    let worst = side.worst()?;
    Some(SideRow {
        ids: side.incidents.iter().map(|told| &*told.id).collect(),
        severity: side.severity().map(Severity::name),
        opened_at: side.opened_ms(),
        paged_at: side.paged_ms(),
        duration_ms: side.lasted_ms,
        detectors: side.detectors().into_iter().collect(),
        cause: Some(&worst.cause),
    })
}

fn totals(past: &Past) -> TotalsRow {
    let totals = Totals::of(past);
    let rated = |counts: &Counts| RatedRow {
        counts: row(counts),
        pages_per_week: totals.a_week(counts.pages).map(digits),
    };
    let services = totals.services.iter();
    let weeks = totals.weeks.iter();
    TotalsRow {
        all: rated(&totals.all),
        services: services
            .map(|(name, counts)| (name.clone(), rated(counts)))
            .collect(),
        weeks: weeks
            .map(|(from, counts)| WeekRow {
                from: *from,
                counts: row(counts),
            })
            .collect(),
    }
}

fn row(counts: &Counts) -> CountsRow {
    CountsRow {
        incidents: counts.incidents(),
        pages: counts.pages,
        tickets: counts.tickets,
        incident_minutes: counts.minutes(),
    }
}

/// Returns how many stretches there are of each change.
pub(super) fn counted(stretches: &[Stretch<'_>]) -> BTreeMap<&'static str, usize> {
    let mut counted: BTreeMap<_, _> = Change::ALL.map(|change| (change.name(), 0)).into();
    for stretch in stretches {
        *counted.entry(stretch.change().name()).or_default() += 1;
    }
    counted
}

/// Four digits after the point are plenty, and print the same everywhere.
fn digits(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}
