//! The promises of a baseline over days of minutes: what it expects, how fast it follows a change,
//! and what does not move it.

use super::*;
use crate::sketch::Bucket;

/// Monday 1970-01-05, 00:00Z.
const MONDAY: i64 = 4 * 1_440;

/// A service whose requests take 100 ms by and large, with chance of its own.
struct Service {
    chance: fastrand::Rng,
    baseline: Baseline,
    /// The last minutes.
    minutes: Vec<Counts>,
    at: i64,
}

/// What a minute is like.
#[derive(Clone, Copy)]
struct Now {
    requests: u64,
    /// The share that fails.
    fails: f64,
    /// How many times as long as usual requests take.
    times: f64,
    /// The share that takes forty times as long.
    outliers: f64,
}

const USUAL: Now = Now {
    requests: 100,
    fails: 0.01,
    times: 1.0,
    outliers: 0.002,
};

impl Service {
    fn new() -> Self {
        Self {
            chance: fastrand::Rng::with_seed(3),
            baseline: Baseline::of_service(),
            minutes: Vec::new(),
            at: MONDAY,
        }
    }

    /// Returns a service with days behind it.
    fn after(days: i64) -> Self {
        let mut service = Self::new();
        service.run(days * 1_440, |_| USUAL);
        service
    }

    fn expected(&self) -> Expected {
        self.baseline.expected(Minute(self.at))
    }

    fn run(&mut self, minutes: i64, now: impl Fn(i64) -> Now) {
        for into in 0..minutes {
            let now = now(into);
            let expected = self.expected();
            let mut latency = Sketch::default();
            for _ in 0..now.requests {
                // The sum of three uniform numbers is close enough to a normal one.
                let bell = self.chance.f64() + self.chance.f64() + self.chance.f64() - 1.5;
                let outlier = self.chance.f64() < now.outliers;
                let times = now.times * if outlier { 40.0 } else { 1.0 };
                latency.add_count(Bucket::of(100.0 * bell.exp() * times), 1);
            }
            let beyond =
                |above: Option<usize>| above.map_or(0, |above| Histogram::beyond(&latency, above));
            let fails = (0..now.requests).filter(|_| self.chance.f64() < now.fails);
            let counts = Counts {
                count: now.requests,
                errors: fails.count() as u64,
                timed: now.requests,
                slow: beyond(expected.slow_above),
                tail: beyond(expected.tail_above),
            };
            self.minutes.push(counts);
            let from = self.minutes.len().saturating_sub(WINDOW);
            let lately = self.minutes[from..].iter().copied().sum();
            self.baseline
                .learn(Minute(self.at), &latency, counts, lately);
            self.at += 1;
        }
    }
}

fn check(what: &str, found: f64, (low, high): (f64, f64)) {
    assert!((low..=high).contains(&found), "{what}: {found}");
}

#[test]
fn the_first_hours_are_useful() {
    let mut service = Service::new();
    let none = service.expected();
    assert_eq!((none.slow_above, none.tail_above), (None, None));
    check("assumed failures", none.error_rate, (0.01, 0.01));
    check("nothing is due", none.due, (0.0, 0.0));
    service.run(120, |_| USUAL);
    let known = service.expected();
    check("due", known.due, (90.0, 110.0));
    check("failures", known.error_rate, (0.007, 0.013));
    check("median", known.p50_ms, (90.0, 110.0));
    check("slow ones", known.slow_share, (0.01, 0.07));
    check("tail", known.tail_share, (0.001, 0.008));
    assert!(known.slow_above.is_some() && known.tail_above > known.slow_above);
}

#[test]
fn a_week_is_known_with_what_it_strays() {
    let known = Service::after(7).expected();
    check("due", known.due, (95.0, 105.0));
    check("usual", known.usual, (95.0, 105.0));
    check(
        "hour of this kind of day",
        known.due_minutes,
        (250.0, 301.0),
    );
    check("tail", known.tail_share, (0.001, 0.006));
    for (what, dispersion, reach) in [
        ("failures", known.error_dispersion, known.error_reach),
        ("slow ones", known.slow_dispersion, known.slow_reach),
        ("tail", known.tail_dispersion, known.tail_reach),
    ] {
        check(what, dispersion, (1.0, 1.4));
        check(what, reach, (2.0, 9.0));
    }
    // Failures that come in clumps of hours vary more, which raises the dispersion.
    let mut clumps = Service::new();
    clumps.run(7 * 1_440, |into| Now {
        requests: 400,
        fails: if into / 45 % 2 == 0 { 0.005 } else { 0.025 },
        ..USUAL
    });
    check("clumps", clumps.expected().error_dispersion, (5.0, 40.0));
}

#[test]
fn half_an_hour_of_trouble_teaches_little() {
    let mut service = Service::after(4);
    let before = service.expected();
    service.run(30, |_| Now {
        fails: 0.5,
        times: 8.0,
        ..USUAL
    });
    let after = service.expected();
    check("failures", after.error_rate / before.error_rate, (0.9, 2.0));
    assert!(after.slow_above <= before.slow_above.map(|above| above + 1));
    check("slow ones", after.slow_share, (0.0, 0.1));
    check("median", after.p50_ms / before.p50_ms, (0.9, 1.1));
}

#[test]
fn a_leak_of_six_hours_still_stands_out_at_its_end() {
    let mut service = Service::after(4);
    let before = service.expected();
    service.run(360, |into| Now {
        times: 1.0 + into as f64 / 240.0,
        ..USUAL
    });
    let after = service.expected();
    assert!(after.slow_above <= before.slow_above.map(|above| above + 2));
    check("slow ones", after.slow_share, (0.0, 0.25));
    check("p90", after.p90_ms / before.p90_ms, (0.9, 1.25));
    // In the last minutes of the run, many requests take longer than the threshold of slow ones.
    let newest = service.minutes.last().expect("it ran");
    check("slow at its end", newest.slow as f64, (30.0, 90.0));
}

#[test]
fn what_is_learnt_anew_is_known_within_hours() {
    let mut service = Service::after(7);
    let changed = Now {
        fails: 0.05,
        times: 3.0,
        requests: 200,
        ..USUAL
    };
    for signal in [Signal::Errors, Signal::Latency] {
        service.baseline.relearn(signal, Minute(service.at));
    }
    service.run(60, |_| changed);
    service
        .baseline
        .relearn(Signal::Traffic, Minute(service.at));
    service.run(120, |_| changed);
    let known = service.expected();
    check("failures", known.error_rate, (0.035, 0.055));
    check("median", known.p50_ms, (250.0, 350.0));
    check("slow ones", known.slow_share, (0.0, 0.2));
    check("due", known.due, (150.0, 210.0));
    // Without relearning, the baseline of a week keeps nearly its old values.
    let mut slow = Service::after(7);
    slow.run(180, |_| changed);
    check("failures", slow.expected().error_rate, (0.005, 0.03));
    check("median", slow.expected().p50_ms, (90.0, 130.0));
}

#[test]
fn bits_are_the_same_over_writing_and_reading_at_every_minute() {
    let mut service = Service::new();
    for minute in 0..300 {
        service.run(1, |_| USUAL);
        let mut writer = Writer::default();
        service.baseline.write(&mut writer);
        let bytes = writer.into_bytes();
        let read = Baseline::of_service().read(&mut Reader::new(&bytes));
        assert_eq!(read.as_ref(), Some(&service.baseline), "{minute}");
    }
}
