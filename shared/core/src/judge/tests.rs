//! The promises of judging, over seeded days of a synthetic service: when it alerts, what the alert
//! says, and when it stays silent.

use std::sync::{LazyLock, OnceLock};

use super::world::{Effects, World, clock};
use super::*;
use crate::alert::{CauseEvidence, CauseKind};
use crate::change::{ChangeKind, Phase};
use crate::detect;
use crate::time::Minute;

pub(super) const SERVICE: &str = "loan-api";

/// Returns the context of the service with every detector at its default.
pub(super) fn case<'a>(last: Option<&'a Alert>, changes: &'a [Change], now_ms: i64) -> Case<'a> {
    static AS_THEY_COME: LazyLock<Tuning> = LazyLock::new(Tuning::default);
    Case {
        service: SERVICE,
        last,
        changes,
        tuning: &AS_THEY_COME,
        level_shifts: &[],
        now_ms,
    }
}

/// A service under watch.
#[derive(Debug, Clone)]
pub(super) struct Harness {
    pub(super) world: World,
    pub(super) state: ServiceState,
    pub(super) last: Option<Alert>,
    changes: Vec<Change>,
    pub(super) told: Vec<(AlertEvent, Alert)>,
    widest: usize,
}

impl Harness {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            world: World::new(seed),
            state: ServiceState::default(),
            last: None,
            changes: Vec::new(),
            told: Vec::new(),
            widest: 0,
        }
    }

    pub(super) fn run(&mut self, from: Minute, until: Minute, effects: impl Fn(Minute) -> Effects) {
        for at in from.0..until.0 {
            let minute = Minute(at);
            let view = self.world.minute(minute, effects(minute));
            // A minute is closed one minute after its end.
            let now = minute.plus(2).start_ms();
            let known: Vec<Change> = self
                .changes
                .iter()
                .filter(|change| change.at_ms <= now)
                .cloned()
                .collect();
            let case = case(self.last.as_ref(), &known, now);
            let judgement = judge(&mut self.state, &view, &case);
            if let Some((event, incident)) = judgement.incident {
                self.last = Some(incident.clone());
                self.told.push((event, incident));
            }
        }
        self.widest = self.widest.max(self.state.encode().len());
    }

    pub(super) fn quiet(&mut self, from: Minute, until: Minute) {
        self.run(from, until, |_| Effects::default());
    }

    fn deployed(&mut self, service: &str, at: Minute) {
        for (phase, after) in [(Phase::InProgress, 0), (Phase::Completed, 4)] {
            self.changes.push(Change {
                service: service.into(),
                at_ms: at.plus(after).start_ms(),
                kind: ChangeKind::Deployment {
                    phase,
                    deployment_id: format!("ecs-svc/{}", at.0),
                },
                event_id: format!("{service}-{}-{after}", at.0),
            });
        }
    }

    pub(super) fn titles(&self) -> Vec<String> {
        self.told
            .iter()
            .map(|(event, incident)| {
                let at = Minute::of_ms(incident.at_ms);
                format!(
                    "{at} {} {:?} {:?}",
                    event.name(),
                    incident.title,
                    incident.cause
                )
            })
            .collect()
    }

    fn opened(&self) -> Vec<&Alert> {
        let opens = self
            .told
            .iter()
            .filter(|(event, _)| *event == AlertEvent::Open);
        opens.map(|(_, incident)| incident).collect()
    }
}

/// Three ordinary days with an innocent release, a blip of refused requests and a campaign.
///
/// The same days serve all tests: they are played once for each seed.
pub(super) fn three_days(seed: u64) -> Harness {
    static DAYS: [OnceLock<Harness>; 20] = [const { OnceLock::new() }; 20];
    let seeded = DAYS.get(seed as usize).expect("twenty seeds");
    seeded.get_or_init(|| play_three_days(seed)).clone()
}

fn play_three_days(seed: u64) -> Harness {
    let mut harness = Harness::new(seed);
    harness.deployed(SERVICE, clock(1, 10, 30));
    let (blip, campaign) = (clock(1, 14, 10), clock(2, 11, 0));
    harness.run(clock(0, 0, 0), clock(3, 0, 0), |minute| Effects {
        refused: if (0..12).contains(&(minute.0 - blip.0)) {
            9
        } else {
            0
        },
        traffic: if (0..30).contains(&(minute.0 - campaign.0)) {
            1.4
        } else {
            1.0
        },
        ..Effects::default()
    });
    assert!(
        harness.told.is_empty(),
        "seed {seed}: {:#?}",
        harness.titles()
    );
    harness
}

/// The reference incident: scoring from 08:42, aurora in its wake from 08:55, rolled back 09:22, healthy 09:42.
fn reference(minute: Minute) -> Effects {
    let into = minute.0 - clock(3, 8, 42).0;
    if !(0..60).contains(&into) {
        return Effects::default();
    }
    let into = into as f64 + 0.5;
    let strength = (into / 1.5).min(1.0).min((60.0 - into) / 20.0);
    let aurora = (13.0..52.0).contains(&into) && (into * 60.0) % 95.0 < 50.0;
    Effects {
        scoring_times: 8.9_f64.powf(strength),
        scoring_fails: 0.04 * strength,
        aurora_fails: if aurora { 0.2 } else { 0.0 },
        ..Effects::default()
    }
}

#[test]
fn the_reference_incident_is_told_once_early_and_with_its_cause() {
    let mut delays = Vec::new();
    for seed in 0..20 {
        let mut harness = three_days(seed);
        harness.deployed("scoring", clock(3, 2, 10));
        harness.deployed("scoring", clock(3, 9, 22));
        harness.run(clock(3, 0, 0), clock(3, 13, 0), reference);
        let titles = harness.titles();
        let [opened] = harness.opened()[..] else {
            panic!("seed {seed}: {titles:#?}");
        };
        let began = clock(3, 8, 42);
        let delay = Minute::of_ms(opened.at_ms).0 - began.0;
        assert!((0..=5).contains(&delay), "seed {seed}: {titles:#?}");
        let since = opened.since.0 - began.0;
        assert!((-2..=2).contains(&since), "seed {seed}: {titles:#?}");
        for (_, incident) in &harness.told {
            assert_eq!(
                (incident.cause.kind, &*incident.cause.name),
                (CauseKind::Dependency, "scoring"),
                "seed {seed}: {titles:#?}"
            );
            let CauseEvidence::Dependency {
                deployed: Some(deployed),
                ..
            } = &incident.cause.evidence
            else {
                panic!("seed {seed}: {titles:#?}");
            };
            assert_eq!(deployed.service, "scoring", "seed {seed}: {titles:#?}");
            assert_eq!(deployed.at_ms, clock(3, 2, 10).start_ms(), "seed {seed}");
            let before = deployed.minutes_before / 10;
            assert_eq!(before, 39, "6 h and some 30 min, seed {seed}: {titles:#?}");
        }
        let (event, over) = harness.told.last().expect("an event was reported");
        assert_eq!(*event, AlertEvent::Resolve, "seed {seed}: {titles:#?}");
        let end = Minute::of_ms(over.at_ms).0 - clock(3, 9, 42).0;
        assert!((0..=30).contains(&end), "seed {seed}: {end} {titles:#?}");
        assert_eq!(over.severity, Severity::Page, "seed {seed}: {titles:#?}");
        assert!(harness.told.len() <= 7, "seed {seed}: {titles:#?}");
        delays.push(delay);
    }
    let soon = delays.iter().filter(|delay| **delay <= 4).count();
    assert!(
        soon >= 10,
        "half of them within two bad minutes: {delays:?}"
    );
}

/// Runs `shape` on the fourth day, and returns the events that were reported.
fn fourth_day(
    seed: u64,
    own_deployment: Option<Minute>,
    until: Minute,
    shape: impl Fn(Minute) -> Effects,
) -> Harness {
    let mut harness = three_days(seed);
    if let Some(at) = own_deployment {
        harness.deployed(SERVICE, at);
    }
    harness.run(clock(3, 0, 0), until, shape);
    harness
}

/// `effects` in the `minutes` after `from`, and nothing before and after.
pub(super) fn during(from: Minute, minutes: i64, effects: Effects) -> impl Fn(Minute) -> Effects {
    move |minute| {
        if (0..minutes).contains(&(minute.0 - from.0)) {
            effects
        } else {
            Effects::default()
        }
    }
}

fn check_one(harness: &Harness, from: Minute, within: i64, kind: CauseKind, name: &str) {
    let titles = harness.titles();
    let [opened] = harness.opened()[..] else {
        panic!("not one incident: {titles:#?}");
    };
    let delay = Minute::of_ms(opened.at_ms).0 - from.0;
    assert!(
        (0..=within).contains(&delay),
        "after {delay} min: {titles:#?}"
    );
    let (event, last) = harness.told.last().expect("an event was reported");
    assert_eq!(
        (last.cause.kind, &*last.cause.name),
        (kind, name),
        "{titles:#?}"
    );
    assert_eq!(*event, AlertEvent::Resolve, "{titles:#?}");
}

#[test]
fn a_bad_release_of_its_own_is_a_change() {
    for seed in 0..8 {
        let deployed = clock(3, 14, 5);
        let from = deployed.plus(2);
        let broken = Effects {
            own_fails: 0.12,
            ..Effects::default()
        };
        let harness = fourth_day(
            seed,
            Some(deployed),
            clock(3, 18, 0),
            during(from, 40, broken),
        );
        check_one(&harness, from, 8, CauseKind::Change, SERVICE);
        let (CauseEvidence::Deployed(own)
        | CauseEvidence::DeployedThenDependency { deployed: own, .. }) =
            &harness.told[0].1.cause.evidence
        else {
            panic!("seed {seed}: {:#?}", harness.titles());
        };
        assert_eq!(own.service, SERVICE, "seed {seed}");
        assert_eq!(own.at_ms, deployed.start_ms(), "seed {seed}");
    }
}

#[test]
fn failures_of_its_own_without_a_release_are_its_own() {
    for seed in 0..4 {
        let from = clock(3, 10, 7);
        let broken = Effects {
            own_fails: 0.3,
            ..Effects::default()
        };
        let harness = fourth_day(seed, None, clock(3, 12, 0), during(from, 20, broken));
        check_one(&harness, from, 5, CauseKind::Own, SERVICE);
    }
}

#[test]
fn a_database_that_fails_over_is_named() {
    for seed in 0..8 {
        let from = clock(3, 11, 17);
        let broken = Effects {
            aurora_fails: 0.5,
            aurora_times: 3.0,
            ..Effects::default()
        };
        let harness = fourth_day(seed, None, clock(3, 13, 0), during(from, 8, broken));
        check_one(&harness, from, 5, CauseKind::Dependency, "aurora");
    }
}

#[test]
fn silence_at_noon_is_told_as_traffic() {
    for seed in 0..8 {
        let from = clock(3, 12, 5);
        let silent = Effects {
            traffic: 0.0,
            ..Effects::default()
        };
        let harness = fourth_day(seed, None, clock(3, 14, 0), during(from, 25, silent));
        check_one(&harness, from, 10, CauseKind::Traffic, SERVICE);
    }
}

#[test]
fn what_is_no_incident_is_told_to_nobody() {
    let bad = Effects {
        own_fails: 0.9,
        scoring_times: 9.0,
        ..Effects::default()
    };
    let rush = Effects {
        traffic: 3.0,
        ..Effects::default()
    };
    for seed in 0..4 {
        let night = clock(3, 3, 10);
        let noon = clock(3, 12, 40);
        let campaign = clock(3, 16, 0);
        let harness = fourth_day(seed, Some(clock(3, 10, 0)), clock(4, 0, 0), |minute| {
            if minute == night || minute == noon {
                bad
            } else if (0..45).contains(&(minute.0 - campaign.0)) {
                rush
            } else {
                Effects::default()
            }
        });
        assert!(
            harness.told.is_empty(),
            "seed {seed}: {:#?}",
            harness.titles()
        );
    }
}

#[test]
fn quiet_weeks_are_quiet_at_any_size() {
    for (seed, scale) in [(1, 1.0), (3, 0.1), (5, 3.0)] {
        let mut harness = Harness::new(seed);
        harness.world.scale = scale;
        harness.quiet(clock(0, 0, 0), clock(8, 0, 0));
        assert!(
            harness.told.is_empty(),
            "seed {seed}: {:#?}",
            harness.titles()
        );
        assert!(harness.widest < MAX_BYTES);
    }
}

#[test]
fn the_first_day_is_watched_from_its_second_hour() {
    for seed in 0..8 {
        let mut harness = Harness::new(seed);
        let from = clock(0, 10, 0);
        let broken = Effects {
            own_fails: 0.6,
            ..Effects::default()
        };
        harness.run(clock(0, 8, 0), clock(0, 13, 0), during(from, 20, broken));
        check_one(&harness, from, 6, CauseKind::Own, SERVICE);
        assert_eq!(
            harness.told[0].1.findings[0].confidence,
            detect::Confidence::Low
        );
    }
}

#[test]
fn judging_again_after_a_crash_changes_nothing() {
    let mut harness = three_days(7);
    harness.run(clock(3, 0, 0), clock(3, 8, 40), reference);
    for at in clock(3, 8, 40).0..clock(3, 10, 5).0 {
        let minute = Minute(at);
        let view = harness.world.minute(minute, reference(minute));
        let now = minute.plus(2).start_ms();
        let before = harness.state.clone();
        let judge_once = |state: &mut ServiceState, last: &Option<Alert>| {
            judge(state, &view, &case(last.as_ref(), &[], now))
        };
        let first = judge_once(&mut harness.state, &harness.last);
        if let Some((_, incident)) = first.incident {
            harness.last = Some(incident.clone());
            harness.told.push((AlertEvent::Open, incident));
        }
        // The incident was stored and the state was not: the minute is judged again.
        let mut again = ServiceState::decode(&before.encode()).expect("own form");
        assert_eq!(
            again, before,
            "{minute}: the stored form is the whole state"
        );
        let second = judge_once(&mut again, &harness.last);
        assert_eq!(second.incident, None, "{minute}");
        assert_eq!(again, harness.state, "{minute}");
        // And once more, with the state stored too.
        assert_eq!(judge_once(&mut again, &harness.last), Judgement::default());
    }
    assert!(harness.told.len() >= 2, "it opened and was resolved");
}

#[test]
fn trouble_that_comes_back_soon_is_the_same_incident() {
    let from = clock(3, 10, 0);
    let broken = Effects {
        own_fails: 0.5,
        ..Effects::default()
    };
    let harness = fourth_day(3, None, clock(3, 13, 0), |minute| {
        let into = minute.0 - from.0;
        if (0..8).contains(&into) || (28..36).contains(&into) {
            broken
        } else {
            Effects::default()
        }
    });
    check_one(&harness, from, 5, CauseKind::Own, SERVICE);
    let events: Vec<_> = harness.told.iter().map(|(event, _)| *event).collect();
    assert!(
        events
            .iter()
            .filter(|event| **event == AlertEvent::Resolve)
            .count()
            <= 2
    );
}

#[test]
fn a_sweep_of_many_minutes_that_crashed_is_repeated_without_a_trace() {
    let mut harness = three_days(2);
    let from = clock(3, 10, 0);
    let broken = Effects {
        own_fails: 0.5,
        ..Effects::default()
    };
    harness.quiet(clock(3, 0, 0), from);
    let (mut state, views) = (harness.state.clone(), {
        let shape = during(from, 9, broken);
        let minutes = (0..40).map(|at| from.plus(at));
        minutes
            .map(|minute| harness.world.minute(minute, shape(minute)))
            .collect::<Vec<_>>()
    });
    let sweep = |state: &mut ServiceState, last: &mut Option<Alert>| {
        let mut events = Vec::new();
        for view in &views {
            let now = view.minute.plus(2).start_ms();
            if let Some((event, incident)) =
                judge(state, view, &case(last.as_ref(), &[], now)).incident
            {
                events.push(event);
                *last = Some(incident);
            }
        }
        events
    };
    let mut last = None;
    let events = sweep(&mut harness.state, &mut last);
    assert_eq!(events.first(), Some(&AlertEvent::Open));
    assert_eq!(events.last(), Some(&AlertEvent::Resolve));
    // All incidents were stored, the state was not.
    assert_eq!(sweep(&mut state, &mut last), []);
    assert_eq!(state, harness.state);
}
