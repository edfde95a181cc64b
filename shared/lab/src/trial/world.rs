//! A service's minutes, one after the other, as the functions would have summed them from its logs.

use atalaya_core::judge::MinuteView;
use atalaya_core::series::Sums;
use atalaya_core::time::{MINUTE_MS, Minute};

use super::rng::Rng;

use super::effect::{Agenda, Effect, Fails, Moment, What};
use super::service::{Noise, Service};
use super::shape::{Heap, Shape};

/// 2026-01-05T00:00Z, a Monday: where the moments of a trial are counted from.
pub(super) const EPOCH_MS: i64 = 1_767_571_200_000;

/// The rng's lane for noise and requests.
const LANE: u64 = 2;

/// The standard deviation of the logarithm of slow requests' durations.
const SLOW_SIGMA: f64 = 0.35;

/// Beyond this load no request gets slower: more tasks are started.
const MOST_LOAD: f64 = 1.3;

/// Log lines of a request.
const LINES: u64 = 3;

/// The classes of the service's own exceptions, the usual one first.
const OWN_FAULTS: [&str; 2] = ["java.lang.NullPointerException", "java.io.IOException"];

/// A service in time. A clone continues independently, with the same noise.
#[derive(Debug, Clone)]
pub(super) struct World<'s> {
    service: &'s Service,
    agenda: Agenda,
    rng: Rng,
    /// The next minute, counted from the Monday before the first.
    next: i64,
    wander: Wander,
    slow: Shape,
    heap: Heap,
}

/// The values that drift randomly, as logarithms.
#[derive(Debug, Clone)]
struct Wander {
    day: f64,
    traffic: f64,
    latency: f64,
    errors: f64,
    mix: Vec<f64>,
    calls: Vec<f64>,
}

/// The effects that act on a stretch of a minute.
#[derive(Debug)]
struct Acting {
    silent: bool,
    refused: f64,
    traffic: Vec<f64>,
    latency: Vec<f64>,
    errors: Vec<f64>,
    /// Share and median in milliseconds of requests that are slow beside all others, by route.
    slow: Vec<Vec<(f64, f64)>>,
    slowed: Vec<f64>,
    failing: Vec<f64>,
    timing_out: Vec<f64>,
}

/// The rates of a minute, before any effect.
#[derive(Debug, Clone, Copy)]
struct LatencyLevel {
    /// Requests a minute.
    rate: f64,
    latency: f64,
    errors: f64,
}

impl<'s> World<'s> {
    /// Opens a service at its first minute.
    pub(super) fn new(service: &'s Service, seed: u64, first: i64, effects: Vec<Effect>) -> Self {
        let mut rng = Rng::new(seed, LANE);
        Self {
            service,
            agenda: Agenda::new(effects),
            wander: Wander::new(service, &mut rng),
            rng,
            next: first,
            slow: Shape::new(SLOW_SIGMA),
            heap: Heap::default(),
        }
    }

    /// Returns the next minute, counted from the Monday before the first.
    pub(super) fn next(&self) -> i64 {
        self.next
    }

    /// Adds an effect that acts on the service from now on.
    pub(super) fn befall(&mut self, effects: &[Effect]) {
        self.agenda.add(effects);
    }

    /// Plays the next minute and returns a view of it at each of `looks`, moments in milliseconds
    /// after its beginning in rising order. Each view holds everything up to its moment. The last
    /// look is the end of the minute.
    pub(super) fn minute(&mut self, looks: &[i64]) -> Vec<MinuteView> {
        let minute = self.next;
        self.next += 1;
        self.wander.step(&self.service.noise, minute, &mut self.rng);
        let level = self.level(minute);
        let (from, to) = (minute * MINUTE_MS, (minute + 1) * MINUTE_MS);
        let acting: Vec<Effect> = self.agenda.of_minute(minute).to_vec();
        let within = |at: &Moment| (from + 1..to).contains(at);
        let mut cuts: Vec<Moment> = acting
            .iter()
            .flat_map(|effect| [effect.from, effect.to])
            .chain(looks.iter().map(|look| from + look))
            .filter(within)
            .collect();
        cuts.push(to);
        cuts.sort_unstable();
        cuts.dedup();
        let mut view = MinuteView::empty(Minute(EPOCH_MS / MINUTE_MS + minute));
        let (mut views, mut began) = (Vec::with_capacity(looks.len()), from);
        for cut in cuts {
            let now = self.acting(&acting, began + (cut - began) / 2);
            if !now.silent {
                let part = (cut - began) as f64 / MINUTE_MS as f64;
                self.stretch(&mut view, level, part, &now);
            }
            began = cut;
            if looks.contains(&(cut - from)) {
                views.push(view.clone());
            }
        }
        views
    }

    fn level(&mut self, minute: i64) -> LatencyLevel {
        let (service, noise) = (self.service, &self.service.noise);
        let jitter = noise.traffic_jitter * self.rng.normal();
        let usual = service.due(minute);
        let rate = usual * libm::exp(self.wander.day + self.wander.traffic + jitter);
        let jitter = noise.latency_jitter * self.rng.normal();
        LatencyLevel {
            rate,
            latency: libm::exp(self.wander.latency + jitter),
            errors: libm::exp(self.wander.errors - 0.5 * noise.errors.0 * noise.errors.0),
        }
    }

    fn acting(&self, effects: &[Effect], at: Moment) -> Acting {
        let (routes, dependencies) = (self.service.routes.len(), self.service.dependencies.len());
        let mut now = Acting {
            silent: false,
            refused: 0.0,
            traffic: vec![1.0; routes],
            latency: vec![1.0; routes],
            errors: vec![0.0; routes],
            slow: vec![Vec::new(); routes],
            slowed: vec![1.0; dependencies],
            failing: vec![0.0; dependencies],
            timing_out: vec![0.0; dependencies],
        };
        let on = |one: Option<usize>| one.map_or(0..routes, |one| one..one + 1);
        for effect in effects {
            let strength = effect.strength(at);
            if strength <= 0.0 {
                continue;
            }
            match effect.what {
                What::Traffic { on: one, times } => {
                    on(one).for_each(|route| now.traffic[route] *= Effect::scaled(times, strength));
                }
                What::Latency { on: one, times } => {
                    on(one).for_each(|route| now.latency[route] *= Effect::scaled(times, strength));
                }
                What::Slow {
                    on: one,
                    share,
                    times,
                } => on(one).for_each(|route| {
                    let ms = times * self.service.median_ms(route);
                    now.slow[route].push((share * strength, ms));
                }),
                What::Pause { share, ms } => {
                    let waits = (share * strength, ms);
                    now.slow.iter_mut().for_each(|slow| slow.push(waits));
                }
                What::Errors { on: one, share } => {
                    on(one).for_each(|route| now.errors[route] += share * strength);
                }
                What::Slowed { dependency, times } => {
                    now.slowed[dependency] *= Effect::scaled(times, strength);
                }
                What::Failing {
                    dependency,
                    share,
                    how,
                } => {
                    now.failing[dependency] += share * strength;
                    if how == Fails::ByTimeout {
                        now.timing_out[dependency] += share * strength;
                    }
                }
                What::Refused { share } => now.refused += share * strength,
                What::Silent => now.silent = true,
            }
        }
        now
    }

    /// Adds the requests of a stretch, `part` of a minute.
    fn stretch(&mut self, view: &mut MinuteView, level: LatencyLevel, part: f64, now: &Acting) {
        let service = self.service;
        let busy = now.traffic.iter().zip(&service.routes);
        let busy: f64 = busy.map(|(times, route)| times * route.share).sum();
        let load = (level.rate * busy / (service.rate * service.season.peak)).min(MOST_LOAD);
        let slower = level.latency * (1.0 + service.load_slows * load * load);
        let mut counts = vec![0; service.routes.len()];
        let mut served: Vec<Sums> = Vec::with_capacity(counts.len());
        for (index, route) in service.routes.iter().enumerate() {
            let mix = libm::exp(self.wander.mix[index]);
            let due = level.rate * part * route.share * mix * now.traffic[index];
            let calls = || route.calls.iter().zip(&service.dependencies).enumerate();
            let waits: f64 = calls()
                .map(|(to, (n, dependency))| n * self.call_ms(to, dependency.median_ms, now))
                .sum();
            let median = (route.own_ms * slower + waits) * now.latency[index];
            let mut slow = now.slow[index].clone();
            slow.extend(calls().map(|(to, (n, dependency))| {
                let share = now.timing_out[to] * n * dependency.fatal;
                (share, dependency.timeout_ms + median)
            }));
            let apart: f64 = slow.iter().map(|(share, _)| share).sum();
            let plain = due * (1.0 - apart).max(0.0);
            let (rng, heap) = (&mut self.rng, &mut self.heap);
            let tail = plain * route.tail_share;
            let mut n = route.body.pour(rng, plain - tail, median, heap);
            n += route.tail.pour(rng, tail, median * route.tail_times, heap);
            for (share, ms) in slow {
                n += self.slow.pour(rng, due * share, ms, heap);
            }
            let scanned = self.slow.pour(rng, due * now.refused, 0.2 * median, heap);
            let mut sums = Sums {
                count: n + scanned,
                client_errors: scanned + rng.binomial(n, service.refused),
                ..Sums::default()
            };
            heap.empty_into(&mut sums.latency);
            let own = service.own_errors * route.errors * level.errors + now.errors[index];
            let failed = rng.binomial(n, own);
            if failed > 0 {
                let other = rng.binomial(failed, 0.2);
                blame(&mut sums, OWN_FAULTS[0], failed - other);
                blame(&mut sums, OWN_FAULTS[1], other);
            }
            counts[index] = n;
            served.push(sums);
        }
        self.calls(view, level, &counts, &mut served, now);
        for (route, mut sums) in service.routes.iter().zip(served) {
            if sums.count == 0 {
                continue;
            }
            sums.errors = sums.errors.min(sums.count);
            view.requests.merge(&sums);
            view.lines.count += LINES * sums.count;
            view.lines.errors += sums.errors;
            let route = view.routes.entry(route.name.as_str().into());
            route.or_default().merge(&sums);
        }
    }

    /// Makes the calls of a stretch's requests, and lets requests fail because of failed calls.
    fn calls(
        &mut self,
        view: &mut MinuteView,
        level: LatencyLevel,
        counts: &[u64],
        served: &mut [Sums],
        now: &Acting,
    ) {
        let service = self.service;
        for (to, dependency) in service.dependencies.iter().enumerate() {
            let of_route = |route: usize| counts[route] as f64 * service.routes[route].calls[to];
            let due: f64 = (0..counts.len()).map(of_route).sum();
            let timing_out = now.timing_out[to].min(1.0);
            let median = self.call_ms(to, dependency.median_ms, now);
            let (rng, heap) = (&mut self.rng, &mut self.heap);
            let answered = dependency
                .body
                .pour(rng, due * (1.0 - timing_out), median, heap);
            let given_up = self
                .slow
                .pour(rng, due * timing_out, dependency.timeout_ms, heap);
            if answered + given_up == 0 {
                continue;
            }
            let usual = dependency.errors * level.errors;
            let at_once = usual + now.failing[to] - now.timing_out[to];
            let refused = rng.binomial(answered, at_once);
            let failed = refused + given_up;
            let calls = view.dependencies.entry(dependency.name.as_str().into());
            let calls = calls.or_default();
            calls.count += answered + given_up;
            calls.errors += failed;
            heap.empty_into(&mut calls.latency);
            add_cause(calls, "ConnectionRefused", refused);
            add_cause(calls, "ReadTimeout", given_up);
            let mut left = rng.binomial(failed, dependency.fatal);
            let mut rest = due;
            for (route, sums) in served.iter_mut().enumerate() {
                if left == 0 {
                    break;
                }
                let share = if rest > 0.0 {
                    of_route(route) / rest
                } else {
                    0.0
                };
                let mine = rng.binomial(left, share).min(counts[route]);
                blame(sums, &dependency.name, mine);
                (left, rest) = (left - mine, rest - of_route(route));
            }
        }
    }

    /// Returns the median of a call that is answered, in milliseconds.
    fn call_ms(&self, to: usize, median_ms: f64, now: &Acting) -> f64 {
        median_ms * libm::exp(self.wander.calls[to]) * now.slowed[to]
    }
}

impl Wander {
    fn new(service: &Service, rng: &mut Rng) -> Self {
        let noise = &service.noise;
        let mut drawn =
            |sigma: f64, n: usize| -> Vec<f64> { (0..n).map(|_| sigma * rng.normal()).collect() };
        let single = drawn(1.0, 4);
        Self {
            day: noise.day * single[0],
            traffic: noise.traffic.0 * single[1],
            latency: noise.latency.0 * single[2],
            errors: noise.errors.0 * single[3],
            mix: drawn(noise.mix.0, service.routes.len()),
            calls: drawn(noise.latency.0, service.dependencies.len()),
        }
    }

    /// Advances the drifting values by a minute. Each is an AR(1) series.
    fn step(&mut self, noise: &Noise, minute: i64, rng: &mut Rng) {
        let mut on = |value: &mut f64, (sigma, minutes): (f64, f64)| {
            let kept = libm::exp(-1.0 / minutes);
            *value = kept * *value + sigma * (1.0 - kept * kept).sqrt() * rng.normal();
        };
        on(&mut self.traffic, noise.traffic);
        on(&mut self.latency, noise.latency);
        on(&mut self.errors, noise.errors);
        // The mix of routes and the speed of dependencies drift slowly: one step in ten minutes is
        // enough.
        if minute % 10 == 0 {
            let slowly = |(sigma, minutes): (f64, f64)| (sigma, minutes / 10.0);
            for mix in &mut self.mix {
                on(mix, slowly(noise.mix));
            }
            for pace in &mut self.calls {
                on(pace, slowly(noise.latency));
            }
        }
        // Days differ from each other: this lasts for hours.
        on(&mut self.day, (noise.day, 6.0 * 60.0));
    }
}

fn blame(sums: &mut Sums, cause: &str, n: u64) {
    sums.errors += n;
    add_cause(sums, cause, n);
}

fn add_cause(sums: &mut Sums, cause: &str, n: u64) {
    if n > 0 {
        sums.add_cause(cause, n);
    }
}
