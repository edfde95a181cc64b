//! The owners' overrides, over the same seeded days: a detector that is off reports nothing and
//! keeps no alert open, and a detector with high sensitivity reports more.

use super::tests::{SERVICE, case};
use super::world::{Effects, World, clock};
use super::*;
use crate::detect::tuning::{Override, Sensitivity, SeverityCap, Tuning};
use crate::detect::{Detector, Severity};
use crate::time::Minute;

/// Returns the events reported from the fourth day on, for a service that is as usual but for
/// `effects` from 10:00 on for an hour.
fn told(tuning: &Tuning, effects: Effects) -> Vec<(AlertEvent, Alert)> {
    let mut world = World::new(11);
    let mut state = ServiceState::default();
    let mut told: Vec<(AlertEvent, Alert)> = Vec::new();
    for at in clock(0, 0, 0).0..clock(3, 13, 0).0 {
        let minute = Minute(at);
        let bad = (clock(3, 10, 0).0..clock(3, 11, 0).0).contains(&at);
        let effects = if bad { effects } else { Effects::default() };
        let view = world.minute(minute, effects);
        let last = told.last().map(|(_, incident)| incident.clone());
        let case = Case {
            tuning,
            ..case(last.as_ref(), &[], minute.plus(2).start_ms())
        };
        assert_eq!(case.service, SERVICE);
        told.extend(judge(&mut state, &view, &case).incident);
    }
    told
}

fn tuned(detectors: &[Detector], chosen: Override) -> Tuning {
    let mut tuning = Tuning::default();
    for detector in detectors {
        tuning.set(*detector, chosen);
    }
    tuning
}

#[track_caller]
fn check(tuning: &Tuning, effects: Effects, expected: Option<Severity>) {
    let told = told(tuning, effects);
    let worst = told.iter().map(|(_, incident)| incident.severity).max();
    let titles: Vec<_> = told.iter().map(|(_, incident)| &incident.title).collect();
    assert_eq!(worst, expected, "{tuning:?}: {titles:#?}");
    assert!(told.last().is_none_or(|(_, last)| !last.is_open()));
}

#[test]
fn what_is_off_is_not_told() {
    let failing = Effects {
        own_fails: 0.3,
        ..Effects::default()
    };
    let chosen = |cap| Override {
        at_most: Some(cap),
        ..Override::default()
    };
    let all = &Detector::ALL;
    check(&Tuning::default(), failing, Some(Severity::Page));
    check(&tuned(all, chosen(SeverityCap::Off)), failing, None);
    // A finding that opens no alert notifies nobody.
    let info = chosen(SeverityCap::UpTo(Severity::Info));
    check(&tuned(all, info), failing, None);
    let ticket = chosen(SeverityCap::UpTo(Severity::Ticket));
    check(&tuned(all, ticket), failing, Some(Severity::Ticket));
}

#[test]
fn sensitivity_works_both_ways() {
    let looks = |sensitivity| {
        let chosen = Override {
            sensitivity: Some(sensitivity),
            ..Override::default()
        };
        tuned(&Detector::ALL, chosen)
    };
    let minutes = |own_fails, sensitivity| {
        let effects = Effects {
            own_fails,
            ..Effects::default()
        };
        let told = told(&looks(sensitivity), effects);
        told.first().map(|(_, incident)| incident.opened_at_ms)
    };
    let mut differ = false;
    for own_fails in [0.012, 0.02, 0.03, 0.05, 0.08] {
        let [low, medium, high] = [Sensitivity::Low, Sensitivity::Medium, Sensitivity::High]
            .map(|sensitivity| minutes(own_fails, sensitivity).unwrap_or(i64::MAX));
        assert!(high <= medium && medium <= low, "{own_fails}");
        differ |= high < medium && medium < low;
    }
    assert!(differ, "each step finds more, and sooner");
}
