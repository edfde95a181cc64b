//! A scorer is quiet where nothing happens, finds an anomaly where something does, and survives
//! what callers do to it.

use proptest::prelude::*;

use super::*;

const FIVE_MINUTES: i64 = 300;
const DAY: i64 = 288;
/// A Monday at midnight.
const START: i64 = 1_700_438_400;

/// Rows of five minutes with noise of spread 1 around `level`, which is given the row.
fn rows(count: i64, level: impl Fn(i64) -> f64) -> Vec<(i64, f64)> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut noise = move || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
    let row = |row| (START + row * FIVE_MINUTES, level(row) + noise());
    (0..count).map(row).collect()
}

/// Returns the rows at which anomalies begin, without the first two days.
fn found(rows: &[(i64, f64)]) -> Vec<i64> {
    let mut scorer = Scorer::default();
    let begins = |(row, (at_s, value)): (usize, &(i64, f64))| {
        let reading = scorer.read(*at_s, *value);
        assert!((0.0..=1.0).contains(&reading.score), "{reading:?}");
        assert!(reading.band.0 <= reading.expected && reading.expected <= reading.band.1);
        (reading.found && row as i64 >= 2 * DAY).then_some(row as i64)
    };
    rows.iter().enumerate().filter_map(begins).collect()
}

/// The workday's hours are high.
fn workday(row: i64) -> f64 {
    if (96..204).contains(&(row % DAY)) {
        60.0
    } else {
        0.0
    }
}

#[test]
fn what_happens_is_found_once_and_soon() {
    const AT: i64 = 2_030;
    let check = |name: &str, level: &dyn Fn(i64) -> f64, within: i64| {
        let found = found(&rows(3_000, level));
        let hit = found.iter().any(|row| (AT..AT + within).contains(row));
        let far = found
            .iter()
            .filter(|row| !(AT..AT + 100).contains(*row))
            .count();
        assert!(hit && far <= 1 && found.len() <= 4, "{name}: {found:?}");
    };
    check("a spike", &|row| if row == AT { 30.0 } else { 0.0 }, 1);
    check("a dip", &|row| if row == AT { -30.0 } else { 0.0 }, 1);
    check("a step", &|row| if row >= AT { 8.0 } else { 0.0 }, 3);
    check(
        "a step of two spreads",
        &|row| if row >= AT { 2.5 } else { 0.0 },
        24,
    );
    check("a ramp", &|row| (row - AT).clamp(0, 40) as f64 / 2.0, 40);
}

#[test]
fn nothing_is_found_where_nothing_happens() {
    let check = |name: &str, most: usize, level: &dyn Fn(i64) -> f64| {
        let found = found(&rows(4_000, level));
        assert!(found.len() <= most, "{name}: {found:?}");
    };
    check("noise", 1, &|_| 0.0);
    check("noise far from zero", 1, &|_| 1e6);
    check("workdays", 2, &workday);
    check("a job at three", 1, &|row| {
        if row % DAY == 36 { 40.0 } else { 0.0 }
    });
    for value in [0.0, 5.0, -1e9, f64::MAX] {
        let constant: Vec<_> = (0..2_000)
            .map(|row| (START + row * FIVE_MINUTES, value))
            .collect();
        assert_eq!(found(&constant), Vec::<i64>::new(), "{value} for ever");
    }
}

#[test]
fn the_season_is_expected_once_it_was_seen() {
    let mut scorer = Scorer::default();
    for (at_s, value) in rows(6 * DAY, workday) {
        scorer.read(at_s, value);
    }
    let later = |hour: i64, value: f64| {
        let at_s = START + 6 * DAY * FIVE_MINUTES + hour * 3_600;
        scorer.clone().read(at_s, value)
    };
    let (night, day) = (later(3, 0.0), later(12, 60.0));
    assert!(night.expected.abs() < 6.0, "{night:?}");
    assert!((day.expected - 60.0).abs() < 6.0, "{day:?}");
    assert!(day.band.0 < 60.0 && 60.0 < day.band.1, "{day:?}");
}

#[test]
fn the_week_is_expected_once_it_was_seen() {
    let week = |row: i64| if row / DAY % 7 < 5 { workday(row) } else { 0.0 };
    let mut scorer = Scorer::default();
    for (at_s, value) in rows(5 * 7 * DAY, week) {
        scorer.read(at_s, value);
    }
    let noon = |day: i64| {
        let at_s = START + (35 + day) * 86_400 + 12 * 3_600;
        scorer.clone().read(at_s, 0.0).expected
    };
    let (friday, saturday) = (noon(4), noon(5));
    assert!(friday > saturday + 20.0, "{friday} and {saturday}");
}

#[test]
fn a_workday_that_does_not_come_is_what_is_most_unusual() {
    let mut scorer = Scorer::default();
    let mut highest = [0.0_f64; 10];
    for (row, (at_s, value)) in rows(
        10 * DAY,
        |row| {
            if row / DAY == 7 { 0.0 } else { workday(row) }
        },
    )
    .into_iter()
    .enumerate()
    {
        let day = &mut highest[row / DAY as usize];
        *day = day.max(scorer.read(at_s, value).score);
    }
    let missed = highest[7];
    let others = highest[3..7].iter().chain(&highest[8..]);
    assert!(missed > 0.6, "{highest:?}");
    assert!(others.into_iter().all(|day| *day < missed), "{highest:?}");
}

#[test]
fn a_row_that_comes_twice_is_learnt_once() {
    let (mut once, mut twice) = (Scorer::default(), Scorer::default());
    for (at_s, value) in rows(600, |_| 10.0) {
        let first = once.read(at_s, value);
        assert_eq!(twice.read(at_s, value), first);
        twice.read(at_s, value);
        twice.read(at_s, f64::NAN);
    }
    assert_eq!(once, twice);
}

#[test]
fn gaps_and_steps_of_the_clock_are_survived() {
    let check = |name: &str, shift: &dyn Fn(i64) -> i64| {
        let mut rows = rows(3_000, |row| if row == 2_500 { 30.0 } else { 0.0 });
        for (row, (at_s, _)) in rows.iter_mut().enumerate() {
            *at_s += shift(row as i64);
        }
        let found = found(&rows);
        assert!(
            found.contains(&2_500) && found.len() <= 2,
            "{name}: {found:?}"
        );
    };
    check("a gap of a week", &|row| {
        if row > 2_000 { 604_800 } else { 0 }
    });
    check("an hour back", &|row| if row > 2_000 { -3_600 } else { 0 });
    check("back and forth", &|row| {
        if row % 500 < 3 { -7_200 } else { 0 }
    });
}

#[test]
fn odd_series_are_survived_without_alarm() {
    let check = |name: &str, most: usize, odd: &dyn Fn(i64, f64) -> (i64, f64)| {
        let mut at_s = START;
        let mut rows = rows(4_000, workday);
        for (row, (at, value)) in rows.iter_mut().enumerate() {
            let (step, changed) = odd(row as i64, *value);
            at_s += step;
            (*at, *value) = (at_s, changed);
        }
        let found = found(&rows);
        assert!(found.len() <= most, "{name}: {found:?}");
    };
    check("every tenth row twice", 1, &|row, value| {
        (if row % 10 == 0 { 0 } else { FIVE_MINUTES }, value)
    });
    check("an hour's nothing a day", 1, &|row, value| {
        let missing = row % DAY < 12;
        (FIVE_MINUTES, if missing { f64::NAN } else { value })
    });
    check("every third row missing", 1, &|row, value| {
        (FIVE_MINUTES * (1 + i64::from(row % 2 == 0)), value)
    });
    check("a row an hour", 2, &|_, value| (3_600, value));
    check("few counts", 1, &|_, value| {
        (FIVE_MINUTES, (value.rem_euclid(1.0) * 2.2).floor())
    });
    check("the largest there are", 1, &|row, _| {
        let infinite = [f64::INFINITY, f64::NEG_INFINITY, f64::MAX];
        (FIVE_MINUTES, infinite[row as usize % 3])
    });
    check("one tick in a constant", 1, &|row, _| {
        (FIVE_MINUTES, if row == 3_000 { 5.001 } else { 5.0 })
    });
}

#[test]
#[expect(
    clippy::disallowed_macros,
    reason = "the size is to be seen, not only bounded"
)]
fn a_scorer_is_small() {
    let mut largest = 0;
    let shapes: [&dyn Fn(i64) -> f64; 3] = [&|_| 0.0, &workday, &|row| {
        (row as f64 * 0.37).sin().exp().powi(9)
    }];
    for shape in shapes {
        let mut scorer = Scorer::default();
        for (at_s, value) in rows(8_000, shape) {
            scorer.read(at_s, value);
        }
        let stored = scorer.encode();
        largest = largest.max(stored.len());
        assert_eq!(Scorer::decode(&stored), Ok(scorer));
    }
    println!("a scorer after 28 days takes {largest} bytes");
    assert!(largest <= 5_632, "{largest} bytes");
}

#[test]
fn a_year_old_series_is_heard_again_after_a_day_and_at_a_bar_that_a_month_has() {
    let (mut year, mut month) = (Alert::default(), Alert::default());
    let alerts = |alert: &mut Alert, row: u32, surprise: f64| {
        alert.read(row, surprise, alert::LOOK) >= alert::FOUND
    };
    assert!(alerts(&mut year, 105_000, 5.5) && alerts(&mut month, 10_000, 5.5));
    assert!(!alerts(&mut year, 105_200, 5.5), "the event lasts");
    assert!(alerts(&mut year, 105_301, 5.5), "a day later it is news");
    assert!(alerts(&mut month, 10_301, 5.5));
}

/// The stored form of any release after 1,500 rows of noise must stay readable for ever, and go on
/// the same way.
#[test]
fn what_was_stored_once_is_read_for_ever() {
    let check = |version: u8, stored: &[u8]| {
        assert_eq!(stored[0], version);
        let mut scorer = Scorer::decode(stored).expect("what was stored is read");
        assert_eq!(scorer.encode() == stored, version == VERSION);
        let usual = scorer.read(START + 1_500 * FIVE_MINUTES, 10.0);
        let spike = scorer.read(START + 1_501 * FIVE_MINUTES, 60.0);
        assert!(
            (usual.expected - 10.0).abs() < 1.0 && usual.score < 0.5,
            "version {version}: {usual:?}"
        );
        assert!(spike.found, "version {version}: {spike:?}");
    };
    check(1, include_bytes!("fixtures/version_1.bin"));
    check(2, include_bytes!("fixtures/version_2.bin"));
}

/// A scorer of the first version has learnt the same as one of today that saw the same rows.
#[test]
fn the_first_version_goes_on_as_if_it_were_of_today() {
    let mut today = Scorer::default();
    for (at_s, value) in rows(1_500, |_| 10.0) {
        today.read(at_s, value);
    }
    let mut first =
        Scorer::decode(include_bytes!("fixtures/version_1.bin")).expect("version 1 is read");
    for row in 1_500..1_600 {
        let at_s = START + row * FIVE_MINUTES;
        let value = 10.0 + (row as f64 * 0.7).sin();
        let (first, today) = (first.read(at_s, value), today.read(at_s, value));
        assert!((first.expected - today.expected).abs() < 1e-9);
        assert_eq!(first.band, today.band);
    }
}

#[test]
fn foreign_bytes_are_refused() {
    let stored = Scorer::default().encode();
    let mut long = stored.clone();
    long.push(0);
    let mut endless = stored.clone();
    endless[22..30].copy_from_slice(&f64::INFINITY.to_le_bytes());
    let rows: [(&[u8], ScorerError); 5] = [
        (&[], ScorerError::Empty),
        (&[9, 9], ScorerError::Version(9)),
        (&stored[..40], ScorerError::Length(40)),
        (&long, ScorerError::Length(long.len())),
        (&endless, ScorerError::Number(30)),
    ];
    for (bytes, error) in rows {
        assert_eq!(Scorer::decode(bytes), Err(error));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_restart_between_any_two_rows_changes_nothing(
        values in prop::collection::vec(prop_oneof![-1e3..1e3, 0.0..1.0, Just(0.0), any::<f64>()], 1..500),
        steps in prop::collection::vec(prop_oneof![Just(300_i64), -4_000..90_000_i64], 1..500),
    ) {
        let (mut straight, mut cut, mut at_s) = (Scorer::default(), Scorer::default(), START);
        for (value, step) in values.iter().zip(steps.iter().cycle()) {
            at_s += step;
            cut = Scorer::decode(&cut.encode()).expect("what was stored is read");
            prop_assert_eq!(cut.read(at_s, *value), straight.read(at_s, *value));
        }
        prop_assert_eq!(cut.encode(), straight.encode());
    }

    #[test]
    fn damaged_bytes_are_refused_or_read(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        values in prop::collection::vec(-1e3..1e3, 1..40),
    ) {
        let mut scorer = Scorer::default();
        for (at_s, value) in rows(400, |_| 0.0) {
            scorer.read(at_s, value);
        }
        let mut bytes = scorer.encode();
        for (at, byte) in damage {
            let at = at.index(bytes.len() - 1) + 1;
            bytes[at] = byte;
        }
        if let Ok(mut scorer) = Scorer::decode(&bytes) {
            for (row, value) in values.iter().enumerate() {
                let reading = scorer.read(START + row as i64 * FIVE_MINUTES, *value);
                prop_assert!((0.0..=1.0).contains(&reading.score), "{:?}", reading);
                Scorer::decode(&scorer.encode()).expect("a scorer that was read is stored");
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let _ = Scorer::decode(&bytes);
    }
}
