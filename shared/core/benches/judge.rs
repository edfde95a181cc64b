//! Tells what judging costs: microseconds for each series and closed minute, and bytes that are stored for it.
//!
//! `cargo bench -p atalaya-core --bench judge` measures the CPU time of this process for three services of 15 series,
//! each with four weeks behind it, and for scorers of one series. A closed minute is handled as `sweep` does: its state
//! is decoded, judged and encoded. `-- --days 365` puts a year behind the services.
//!
//! A machine's noise does not show in instruction counts: `valgrind --tool=callgrind target/release/deps/judge-*
//! --count N` handles N minutes of the middle service after a day, and prints nothing; the difference between two N is
//! what they cost.

#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a benchmark is told what to measure, and prints what it measured; the core does neither"
)]

use std::hint::black_box;

use anyhow::{Context as _, bail};
use atalaya_core::anomaly::Scorer;
use atalaya_core::detect::tuning::Tuning;
use atalaya_core::judge::{
    Case, Judgement, MAX_DEPENDENCIES, MAX_ROUTES, MinuteView, ServiceState, judge, judge_open,
};
use atalaya_core::series::Sums;
use atalaya_core::time::Minute;
use rustix::time::{ClockId, clock_gettime};

/// Monday 2026-01-05T00:00Z.
const MONDAY: Minute = Minute(29_459_520);

/// Days that a service has behind it, unless told.
const DAYS: i64 = 28;

const DAY: i64 = 1_440;

/// Series of a service: all requests, each route, each dependency.
const SERIES: usize = 1 + MAX_ROUTES + MAX_DEPENDENCIES;

/// Minutes that are measured, spread over the next two days.
const MEASURED: usize = 480;

/// Rows that are measured together: the clock takes a good part of what one takes.
const CHUNK: i64 = 100;

/// Bytes of an item besides the state: its keys, its version, and the names of all.
const KEYS: usize = 64;

/// What a million write units cost in dollars: DynamoDB on demand, us-east-1.
const MILLION_UNITS: f64 = 0.625;

/// Minutes of a month of 30 days.
const MONTH: f64 = 43_200.0;

fn main() -> anyhow::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    arguments.retain(|argument| argument != "--bench");
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let days = match words.as_slice() {
        [] => DAYS,
        ["--days", days] => days.parse().context("how many days, after --days")?,
        ["--count", minutes] => {
            let minutes = minutes.parse().context("how many minutes, after --count")?;
            count(minutes)?;
            return Ok(());
        }
        _ => bail!("arguments are nothing, --days N or --count N"),
    };
    println!("services of {SERIES} series with {days} days behind them; microseconds of CPU time");
    for (name, rate) in [("quiet", 0.5), ("medium", 60.0), ("busy", 3_000.0)] {
        service(name, rate, days)?;
    }
    println!("one series of plain values, {days} days of rows behind it");
    for (name, step_s) in [("each minute", 60), ("each 5 min", 300)] {
        scorer(name, step_s, days)?;
    }
    Ok(())
}

/// Measures the closed minutes of a service with `rate` requests a minute at its busiest.
fn service(name: &str, rate: f64, days: i64) -> anyhow::Result<()> {
    let mut world = World::new(rate);
    let mut state = ServiceState::default();
    let first_day = MONDAY.plus(-DAY * days);
    for minute in 0..DAY * days {
        close(&mut state, &world.minute(first_day.plus(minute)));
    }
    let views: Vec<MinuteView> = (0..2 * DAY)
        .map(|minute| world.minute(MONDAY.plus(minute)))
        .collect();
    let mut timings = ["decode", "judge_open", "judge, learn", "encode"].map(Timing::new);
    let mut stored = state.encode();
    let every = views.len() / MEASURED;
    for (at, view) in views.iter().enumerate() {
        if at % every == 0 {
            let [decoding, open, judging, encoding] = &mut timings;
            state = decoding.of(|| ServiceState::decode(black_box(&stored)))?;
            open.of(|| black_box(judge_open(&state, std::slice::from_ref(view), &case(view))));
            judging.of(|| close(&mut state, black_box(view)));
            stored = encoding.of(|| state.encode());
        } else {
            close(&mut state, view);
            stored = state.encode();
        }
    }
    println!("{name}: {rate} requests a minute at its busiest");
    report(&timings, SERIES);
    let units = (stored.len() + KEYS).div_ceil(1024);
    println!(
        "  stored {} bytes, {} a series; {} KB written a series and day; {units} write units a minute, {:.2} $ a month",
        stored.len(),
        stored.len() / SERIES,
        stored.len() * DAY as usize / SERIES / 1000,
        units as f64 * MONTH * MILLION_UNITS / 1e6,
    );
    Ok(())
}

/// Measures rows of a metric.
fn scorer(name: &str, step_s: i64, days: i64) -> anyhow::Result<()> {
    let mut rng = Rng(7);
    let mut scorer = Scorer::default();
    let start = MONDAY.0 * 60;
    let rows = DAY * 60 * days / step_s;
    let mut row = |at: i64| {
        let wave = (at as f64 / (DAY * 60) as f64 * std::f64::consts::TAU).sin();
        100.0 + 30.0 * wave + 5.0 * rng.normal()
    };
    for at in (0..rows).map(|n| start + n * step_s) {
        scorer.read(at, row(at));
    }
    let mut timings = ["decode", "read", "encode"].map(Timing::new);
    let mut stored = scorer.encode();
    let mut at = start + rows * step_s;
    for _ in 0..MEASURED {
        let [decoding, reading, encoding] = &mut timings;
        let values: Vec<f64> = (0..CHUNK).map(|n| row(at + n * step_s)).collect();
        decoding.of_each(0..CHUNK, |_| Scorer::decode(black_box(&stored)));
        scorer = Scorer::decode(&stored)?;
        reading.of_each(values, |value| {
            at += step_s;
            scorer.read(at, value)
        });
        encoding.of_each(0..CHUNK, |_| scorer.encode());
        stored = scorer.encode();
    }
    println!("{name}");
    report(&timings, 1);
    println!(
        "  stored {} bytes; {} KB written a series and day",
        stored.len(),
        stored.len() * (DAY * 60 / step_s) as usize / 1000
    );
    Ok(())
}

/// Handles minutes as `sweep` does, for a counter of instructions.
fn count(minutes: i64) -> anyhow::Result<()> {
    let mut world = World::new(60.0);
    let mut stored = ServiceState::default().encode();
    for minute in 0..DAY + minutes {
        let view = world.minute(MONDAY.plus(minute));
        let mut state = ServiceState::decode(&stored)?;
        black_box(close(&mut state, &view));
        stored = state.encode();
    }
    Ok(())
}

fn close(state: &mut ServiceState, view: &MinuteView) -> Judgement {
    judge(state, view, &case(view))
}

fn case(view: &MinuteView) -> Case<'static> {
    static TUNING: std::sync::LazyLock<Tuning> = std::sync::LazyLock::new(Tuning::default);
    Case {
        service: "loan-api",
        last: None,
        changes: &[],
        tuning: &TUNING,
        level_shifts: &[],
        now_ms: view.minute.plus(2).start_ms(),
    }
}

fn report(timings: &[Timing], series: usize) {
    let mut all = 0.0;
    for timing in timings {
        let (least, middle) = timing.least_and_middle();
        // An evaluation of the open minute is no part of closing a minute.
        all += if timing.name == "judge_open" {
            0.0
        } else {
            middle
        };
        println!(
            "  {:<14} min {least:>8.2}   median {middle:>8.2}",
            timing.name
        );
    }
    let per = all / series as f64;
    println!("  all but judge_open              median {all:>8.2}, {per:.2} a series");
}

/// How long something took, time after time, in microseconds.
struct Timing {
    name: &'static str,
    taken: Vec<f64>,
}

impl Timing {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            taken: Vec::new(),
        }
    }

    fn of<T>(&mut self, what: impl FnOnce() -> T) -> T {
        let start = cpu_time();
        let made = what();
        self.taken.push((cpu_time() - start) * 1e6);
        made
    }

    /// Does something with each item, and remembers how long one took.
    fn of_each<I, T>(&mut self, items: impl IntoIterator<Item = I>, mut what: impl FnMut(I) -> T) {
        let mut times = 0_u32;
        let start = cpu_time();
        for item in items {
            black_box(what(item));
            times += 1;
        }
        self.taken
            .push((cpu_time() - start) * 1e6 / f64::from(times.max(1)));
    }

    fn least_and_middle(&self) -> (f64, f64) {
        let mut taken = self.taken.clone();
        taken.sort_unstable_by(f64::total_cmp);
        (taken[0], taken[taken.len() / 2])
    }
}

/// Returns the CPU time that this process has used, in seconds.
fn cpu_time() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 * 1e-9
}

/// A service with a day's curve, as many routes and dependencies as are kept, and nothing that befalls it.
struct World {
    rng: Rng,
    rate: f64,
}

impl World {
    fn new(rate: f64) -> Self {
        Self { rng: Rng(42), rate }
    }

    fn minute(&mut self, minute: Minute) -> MinuteView {
        let hour = (minute.0.rem_euclid(DAY)) as f64 / 60.0;
        let curve = 0.55 - 0.45 * ((hour - 2.0) / 24.0 * std::f64::consts::TAU).cos();
        let mut view = MinuteView::empty(minute);
        for route in 0..MAX_ROUTES {
            let share = self.rate * curve / 2.0_f64.powi(route.min(3) as i32 + 1);
            let sums = self.sums(share, 40.0 * (route + 1) as f64);
            if sums.count > 0 {
                view.requests.merge(&sums);
                view.routes
                    .insert(format!("/loan/{{id}}/step-{route}").into(), sums);
            }
        }
        for dependency in 0..MAX_DEPENDENCIES {
            let sums = self.sums(self.rate * curve * 0.7, 8.0 * (dependency + 1) as f64);
            if sums.count > 0 {
                view.dependencies
                    .insert(format!("provider-{dependency}").into(), sums);
            }
        }
        view
    }

    /// Draws about `mean` requests; of many only every so manieth duration, which then counts for as many.
    fn sums(&mut self, mean: f64, median_ms: f64) -> Sums {
        let count = (mean + mean.sqrt() * self.rng.normal()).round().max(0.0) as u64;
        let mut sums = Sums {
            count,
            ..Sums::default()
        };
        let each = count.div_ceil(100).max(1);
        for _ in 0..count / each {
            let ms = median_ms * (0.4 * self.rng.normal()).exp();
            sums.latency
                .add_count(atalaya_core::sketch::Bucket::of(ms), each);
        }
        sums.errors = (0..count / each)
            .filter(|_| self.rng.unit() < 0.001)
            .count() as u64;
        if sums.errors > 0 {
            sums.add_cause("ReadTimeout", sums.errors);
        }
        sums
    }
}

/// A small generator of numbers that look random (splitmix64): the bench needs variety, not quality.
struct Rng(u64);

impl Rng {
    /// Returns a number from 0 to 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (1.0 - self.unit(), self.unit());
        (-2.0 * a.ln()).sqrt() * (b * std::f64::consts::TAU).cos()
    }
}
