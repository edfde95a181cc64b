//! The sums of an hour are those of its minutes, in any order, and are read back as they were
//! written.

use proptest::prelude::*;

use super::*;

/// Returns sums of so many requests or calls, of which one in three failed.
fn sums(count: u64, ms: f64) -> Sums {
    let mut sums = Sums {
        count,
        errors: count / 3,
        client_errors: count / 5,
        ..Sums::default()
    };
    sums.add_cause("scoring", count / 3);
    for n in 0..count {
        sums.latency.add(ms * (n + 1) as f64);
    }
    sums
}

fn minute(routes: &[(&str, u64)], dependencies: &[(&str, u64)]) -> MinuteView {
    let named = |of: &[(&str, u64)], ms: f64| {
        let each = of.iter();
        each.map(|(name, count)| (Box::from(*name), sums(*count, ms)))
            .collect()
    };
    MinuteView {
        routes: named(routes, 12.5),
        dependencies: named(dependencies, 3.0),
        ..MinuteView::default()
    }
}

fn example() -> Rollup {
    let mut rollup = Rollup::default();
    rollup.add(&minute(
        &[("POST /loan/apply", 6), ("GET /ñ", 1)],
        &[("scoring", 7)],
    ));
    rollup.add(&minute(&[("POST /loan/apply", 4)], &[("aurora", 3)]));
    rollup
}

#[test]
fn minutes_add_up_to_what_was_good_and_bad() {
    let rollup = example();
    let apply = &rollup.routes["POST /loan/apply"];
    assert_eq!((apply.good, apply.bad, apply.excluded), (7, 3, 0));
    assert_eq!((apply.total(), apply.client_errors), (10, 1));
    assert_eq!(apply.causes["scoring"], 3);
    assert_eq!(apply.latency.count(), 10);
    let scoring = &rollup.dependencies["scoring"];
    assert_eq!((scoring.calls, scoring.failed), (7, 2));
    assert_eq!(rollup.requests().total(), 11);
    assert!(Rollup::default().is_empty() && !rollup.is_empty());
}

#[test]
fn an_hour_begins_with_its_first_minute() {
    for (minute, hour) in [(0, 0), (59, 0), (60, 60), (-1, -60), (-60, -60)] {
        assert_eq!(hour_of(Minute(minute)), Minute(hour), "{minute}");
    }
}

#[test]
fn the_first_form_stays_readable_and_is_still_what_is_written() {
    let frozen = include_str!("fixtures/version_1.txt").trim();
    assert_eq!(Rollup::decode(frozen).expect("frozen fixture"), example());
    assert_eq!(example().encode(), frozen);
}

#[test]
fn what_is_damaged_is_refused() {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD;
    let whole = base64.decode(example().encode()).expect("base64");
    for end in 1..whole.len() {
        let cut = Rollup::decode(&base64.encode(&whole[..end]));
        assert!(matches!(cut, Err(RollupError::Damaged)), "{end} bytes");
    }
    let mut longer = whole.clone();
    longer.push(1);
    let longer = Rollup::decode(&base64.encode(longer));
    assert!(matches!(longer, Err(RollupError::Damaged)));
    let mut newer = whole;
    newer[0] = 2;
    let newer = Rollup::decode(&base64.encode(newer));
    assert!(matches!(newer, Err(RollupError::Version(2))));
    assert!(matches!(Rollup::decode("{}"), Err(RollupError::Base64(_))));
}

#[test]
fn a_rollup_of_very_many_routes_fits_an_item_and_loses_no_request() {
    let names: Vec<String> = (0..1_000).map(|n| format!("{n:0>200}")).collect();
    let routes: Vec<_> = (1..)
        .zip(&names)
        .map(|(n, name)| (name.as_str(), n))
        .collect();
    let mut rollup = Rollup::default();
    let mut view = minute(&[], &[("scoring", 9)]);
    for (name, n) in &routes {
        let mut route = sums(1, 1.0);
        for bucket in 0..250 {
            route.latency.add(0.001 * 1.09_f64.powi(bucket));
        }
        route.count = *n;
        view.routes.insert((*name).into(), route);
    }
    rollup.add(&view);
    let body = rollup.encode();
    assert!(body.len() <= MAX_BYTES, "{} bytes", body.len());
    let stored = Rollup::decode(&body).expect("own form");
    assert_eq!(stored.requests(), rollup.requests());
    assert!(stored.routes.contains_key(names[999].as_str()));
    assert_eq!(stored.dependencies[OTHER].calls, 9);
}

fn some_rollup() -> impl Strategy<Value = Rollup> {
    let named = || prop::collection::vec(("[a-c]{0,2}", 0..20_u64), 0..4);
    (named(), named()).prop_map(|(routes, dependencies)| {
        let [routes, dependencies] = [&routes, &dependencies].map(|named| {
            let each = named.iter();
            each.map(|(name, count)| (name.as_str(), *count))
                .collect::<Vec<_>>()
        });
        let mut rollup = Rollup::default();
        rollup.add(&minute(&routes, &dependencies));
        rollup
    })
}

proptest! {
    #[test]
    fn any_rollup_comes_back(rollup in some_rollup()) {
        prop_assert_eq!(Rollup::decode(&rollup.encode()).expect("own form"), rollup);
    }

    #[test]
    fn merging_is_blind_to_order(a in some_rollup(), b in some_rollup(), c in some_rollup()) {
        let fold = |parts: [&Rollup; 3]| {
            let mut all = Rollup::default();
            for part in parts {
                all.merge(part);
            }
            all
        };
        prop_assert_eq!(fold([&a, &b, &c]), fold([&c, &a, &b]));
    }

    #[test]
    fn any_text_is_read_or_refused(body in "[A-Za-z0-9+/]{0,80}") {
        let _ = Rollup::decode(&format!("AQ{body}"));
    }
}
