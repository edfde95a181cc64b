//! Tests that the generator keeps to its documented rates, and that the command plays the same
//! trials for the same seeds.

use atalaya_core::judge::MinuteView;
use atalaya_core::series::Sums;
use atalaya_core::time::MINUTE_MS;

use super::effect::Effect;
use super::kind::{self, IncidentKind};
use super::run;
use super::service::Service;
use super::world::World;
use super::*;

const DAY: i64 = 24 * 60;

const SETTING: Setting = Setting {
    evaluations: 2,
    ewma: Bar {
        k: EWMA_K,
        minutes: EWMA_MINUTES,
    },
};

/// All requests of some days of a service, with nothing but noise and these effects.
fn days(service: &Service, seed: u64, days: i64, effects: Vec<Effect>) -> Sums {
    let mut world = World::new(service, seed, 0, effects);
    let mut all = Sums::default();
    for _ in 0..days * DAY {
        for view in world.minute(&[MINUTE_MS]) {
            all.merge(&view.requests);
        }
    }
    all
}

#[test]
fn healthy_weeks_have_the_traffic_errors_and_durations_that_the_service_claims() {
    for seed in [4, 9, 17] {
        let service = Service::draw(seed);
        let week = days(&service, seed, 7, Vec::new());
        let count = week.count as f64;
        let due: f64 = (0..7 * DAY).map(|minute| service.due(minute)).sum();
        assert!((count / due).ln().abs() < 0.2, "{seed}: {count} of {due}");
        let failed = week.errors as f64;
        let failing = service.usual_errors() * count;
        let noise = 0.35 + 4.0 / failing.sqrt();
        assert!(
            (failed / failing).ln().abs() < noise,
            "{seed}: {failed} of {failing}"
        );
        let refused = week.client_errors as f64 / (service.refused * count);
        assert!((0.8..1.25).contains(&refused), "{seed}: {refused}");
        let median = week.latency.quantile_ms(0.5).expect("requests");
        let (mut least, mut most) = (f64::MAX, 0.0_f64);
        for route in 0..service.routes.len() {
            least = least.min(service.median_ms(route));
            most = most.max(service.median_ms(route));
        }
        assert!(
            median > 0.8 * least && median < 1.6 * most,
            "{seed}: {median} ms"
        );
    }
}

#[test]
fn a_service_is_what_its_documents_say() {
    for seed in 1..200 {
        let service = Service::draw(seed);
        assert!((0.5..3_000.0).contains(&service.rate));
        assert!((0.000_2..0.01).contains(&service.own_errors));
        assert!((2..=5).contains(&service.routes.len()));
        assert!((1..=4).contains(&service.dependencies.len()));
        let shares: f64 = service.routes.iter().map(|route| route.share).sum();
        assert!((shares - 1.0).abs() < 1e-9);
    }
}

#[test]
fn looks_within_a_minute_grow_and_end_with_the_minute() {
    let service = Service::draw(5);
    let mut world = World::new(&service, 5, 600, Vec::new());
    for _ in 0..50 {
        let views = world.minute(&[20_000, 40_000, MINUTE_MS]);
        let counts: Vec<u64> = views.iter().map(|view| view.requests.count).collect();
        assert_eq!(counts.len(), 3);
        assert!(counts.is_sorted(), "{counts:?}");
    }
}

#[test]
fn routes_add_up_and_no_more_fail_than_were_served() {
    let service = Service::draw(12);
    let incident = kind::draw(IncidentKind::RetryStorm, &service, 12, 0, DAY * MINUTE_MS);
    let incident = incident.expect("a busy service");
    let mut world = World::new(&service, 12, 0, incident.effects);
    for _ in 0..2 * DAY {
        let view = world.minute(&[MINUTE_MS]).pop().expect("a view");
        let MinuteView {
            requests,
            routes,
            dependencies,
            ..
        } = &view;
        let sum = |of: fn(&Sums) -> u64| routes.values().map(of).sum::<u64>();
        assert_eq!(sum(|sums| sums.count), requests.count);
        assert_eq!(sum(|sums| sums.errors), requests.errors);
        assert_eq!(requests.latency.count(), requests.count);
        assert!(routes.values().all(|sums| sums.errors <= sums.count));
        assert!(dependencies.values().all(|sums| sums.errors <= sums.count));
    }
}

#[test]
fn each_kind_does_what_it_is_called() {
    for kind in IncidentKind::ALL {
        let mut drawn = 0;
        for seed in 40..52 {
            let service = Service::draw(seed);
            let Some(incident) = kind::draw(kind, &service, seed, 0, DAY * MINUTE_MS) else {
                continue;
            };
            let (from, to) = (incident.truth.from, incident.truth.to);
            assert!((0..DAY * MINUTE_MS).contains(&from) && to > from + 5 * MINUTE_MS);
            let hours = (to - from) as f64 / (60.0 * MINUTE_MS as f64);
            assert!(hours <= kind::LONGEST_HOURS, "{kind:?} of {hours} h");
            let whole_minutes = (from / MINUTE_MS + 1)..(to / MINUTE_MS);
            let seen = |effects| {
                let mut world = World::new(&service, seed, whole_minutes.start, effects);
                let mut all = MinuteView::default();
                for _ in whole_minutes.clone() {
                    let view = world.minute(&[MINUTE_MS]).pop().expect("a view");
                    all.requests.merge(&view.requests);
                    for (route, sums) in view.routes {
                        all.routes.entry(route).or_default().merge(&sums);
                    }
                }
                all
            };
            let (calm, bad) = (seen(Vec::new()), seen(incident.effects.clone()));
            // An incident may affect one route of several.
            let slowest = calm.routes.iter().filter_map(|(route, sums)| {
                let now = bad.routes.get(route)?.latency.quantile_ms(0.9)?;
                Some(now / sums.latency.quantile_ms(0.9)?)
            });
            let slowest = slowest.fold(0.0, f64::max);
            let (calm, bad) = (calm.requests, bad.requests);
            if calm.count < 200 {
                continue;
            }
            drawn += 1;
            let rate = |sums: &Sums| sums.errors as f64 / sums.count.max(1) as f64;
            let slow = |sums: &Sums, q| sums.latency.quantile_ms(q).unwrap_or_default();
            let words = &incident.truth.words;
            match kind {
                IncidentKind::LatencyRamp | IncidentKind::LatencyStep | IncidentKind::SlowLeak => {
                    assert!(slowest > 1.3, "{seed} {words}: {slowest}");
                }
                IncidentKind::P99Only => {
                    assert!(slow(&bad, 0.99) > 1.5 * slow(&calm, 0.99), "{seed} {words}");
                    assert!(slow(&bad, 0.9) < 1.5 * slow(&calm, 0.9), "{seed} {words}");
                }
                IncidentKind::ErrorBurst => {
                    assert!(rate(&bad) > rate(&calm) + 0.003, "{seed} {words}");
                }
                IncidentKind::TrafficDrop => {
                    assert!(
                        (bad.count as f64) < 0.75 * calm.count as f64,
                        "{seed} {words}"
                    );
                }
                IncidentKind::RetryStorm => {
                    assert!(bad.count as f64 > 1.1 * calm.count as f64, "{seed} {words}");
                    assert!(rate(&bad) > rate(&calm) + 0.02, "{seed} {words}");
                }
                IncidentKind::DeployStep => {
                    let worse = rate(&bad) > rate(&calm) + 0.005;
                    let slower = slow(&bad, 0.5) > 1.2 * slow(&calm, 0.5);
                    assert!(worse || slower, "{seed} {words}");
                    assert_eq!(incident.changes.len(), 4);
                }
            }
        }
        assert!(drawn >= 3, "{kind:?} was drawn {drawn} times");
    }
}

#[test]
fn a_course_is_the_same_every_time_and_a_healthy_one_has_no_truth() {
    let kinds = [IncidentKind::ErrorBurst];
    let play = || run::with_incidents(2, &kinds, SETTING);
    let (once, again) = (play(), play());
    assert_eq!(format!("{once:?}"), format!("{again:?}"));
    assert_eq!(once.trials.len() + once.not_drawn.len(), 1);
    let without = run::with_incidents(2, &[], SETTING);
    assert!(without.trials.is_empty());
}

#[test]
fn seeds_are_read_as_ranges() {
    for (text, range) in [("1..60", Some((1, 60))), ("7..7", Some((7, 7)))] {
        let read = text.parse::<Seeds>().ok();
        assert_eq!(read.map(|seeds| (seeds.from, seeds.to)), range, "{text}");
    }
    for text in ["", "5", "9..1", "a..b", "1..=4"] {
        assert!(text.parse::<Seeds>().is_err(), "{text}");
    }
}
