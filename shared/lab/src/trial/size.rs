//! The sizes of each kind of incident, drawn before it is known when it happens and for how long.

use super::effect::{Fails, What};
use super::kind::IncidentKind;
use super::rng::Rng;
use super::service::Service;

/// The most evidence that a single request gives, in nats, however unusual it is.
const MOST_TOLD: f64 = 2.0;

/// The share of requests that is usually beyond what the slow ones of `p99-only` take.
const USUALLY_BEYOND: f64 = 0.002;

/// The requests that an incident affects, and how.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    All,
    Route(usize),
    Dependency(usize),
}

/// The sizes of an incident, drawn before its beginning and its length.
pub(super) struct Sketched {
    pub(super) minutes: f64,
    /// The evidence that an affected request gives, in nats, at full strength.
    pub(super) told: f64,
    /// The share of affected requests that fail or are slow.
    pub(super) touched: f64,
    pub(super) rise: Rise,
    pub(super) target: Target,
    pub(super) effects: Vec<What>,
    pub(super) words: String,
}

/// How an incident begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rise {
    Within(f64),
    /// Over its whole time.
    Whole,
}

/// Draws an incident's sizes.
pub(super) fn sketch(kind: IncidentKind, service: &Service, rng: &mut Rng) -> Sketched {
    match kind {
        IncidentKind::LatencyRamp => {
            let rise = rng.between(10.0, 45.0);
            let (minutes, times) = (rise + rng.between(15.0, 60.0), rng.log_between(2.5, 6.0));
            let mut slower = slower(service, rng, times, minutes, Rise::Within(rise));
            slower.words = format!("{} over {rise:.0} min", slower.words);
            slower
        }
        IncidentKind::LatencyStep => {
            let (minutes, times) = (rng.log_between(15.0, 120.0), rng.log_between(2.0, 5.0));
            slower(service, rng, times, minutes, Rise::Within(0.0))
        }
        IncidentKind::P99Only => tail(service, rng),
        IncidentKind::ErrorBurst => {
            let target = target(service, rng);
            let least = (4.0 * usual(service, target)).max(0.03);
            let share = rng.log_between(least, 0.4);
            let minutes = rng.log_between(8.0, 60.0);
            failing(service, rng, target, share, minutes)
        }
        IncidentKind::TrafficDrop => {
            let left = if rng.chance(0.3) {
                0.0
            } else {
                rng.between(0.1, 0.5)
            };
            let told = if left > 0.0 {
                left * libm::log(left) - left + 1.0
            } else {
                1.0
            };
            let traffic = What::Traffic {
                on: None,
                times: left,
            };
            Sketched {
                minutes: rng.log_between(15.0, 120.0),
                told,
                touched: 1.0 - left,
                rise: Rise::Within(rng.between(0.0, 2.0)),
                target: Target::All,
                effects: vec![traffic],
                words: format!("{:.0} % of requests missing", 100.0 * (1.0 - left)),
            }
        }
        IncidentKind::RetryStorm => {
            let target = needed(service, rng).map_or(Target::All, Target::Dependency);
            let least = (4.0 * usual(service, target)).max(0.1);
            let share = rng.log_between(least, 0.5);
            let minutes = rng.log_between(10.0, 60.0);
            let mut storm = failing(service, rng, target, share, minutes);
            let (more, times) = (rng.log_between(1.5, 4.0), rng.log_between(1.5, 4.0));
            storm.effects.extend(slows(service, target, times));
            let on = match target {
                Target::Route(route) => Some(route),
                Target::All | Target::Dependency(_) => None,
            };
            storm.effects.push(What::Traffic { on, times: more });
            storm.rise = Rise::Within(rng.between(0.0, 3.0));
            storm.words = format!(
                "{}, {times:.1} times as slow, {more:.1} times as many",
                storm.words
            );
            storm
        }
        IncidentKind::SlowLeak => {
            let (minutes, times) = (rng.between(120.0, 480.0), rng.log_between(2.0, 5.0));
            slower(service, rng, times, minutes, Rise::Whole)
        }
        IncidentKind::DeployStep => {
            let minutes = rng.log_between(20.0, 180.0);
            // A version rolls out task by task.
            let rise = rng.between(0.5, 3.0);
            let mut step = if rng.chance(0.5) {
                let more = rng.log_between(0.02, 0.1);
                let least = 4.0 * usual(service, Target::All);
                failing(service, rng, Target::All, more.max(least), minutes)
            } else {
                let times = rng.log_between(1.5, 2.5);
                slowed(service, Target::All, times, minutes, Rise::Within(rise))
            };
            step.rise = Rise::Within(rise);
            step
        }
    }
}

fn slower(service: &Service, rng: &mut Rng, times: f64, minutes: f64, rise: Rise) -> Sketched {
    let target = target(service, rng);
    slowed(service, target, times, minutes, rise)
}

fn slowed(service: &Service, target: Target, times: f64, minutes: f64, rise: Rise) -> Sketched {
    let shift = libm::log(times) / befallen_sigma(service, target);
    Sketched {
        minutes,
        told: (0.5 * shift * shift).min(MOST_TOLD),
        touched: 1.0,
        rise,
        target,
        effects: slows(service, target, times),
        words: format!("{} {times:.1} times as slow", name(service, target)),
    }
}

fn tail(service: &Service, rng: &mut Rng) -> Sketched {
    let (share, more) = (rng.between(0.02, 0.03), rng.log_between(4.0, 15.0));
    let slow = |route| What::Slow {
        on: Some(route),
        share,
        times: more * service.routes[route].times_exceeded_by(0.02),
    };
    Sketched {
        minutes: rng.log_between(20.0, 120.0),
        told: divergence(share, USUALLY_BEYOND),
        touched: share,
        rise: Rise::Within(0.0),
        target: Target::All,
        effects: (0..service.routes.len()).map(slow).collect(),
        words: format!(
            "{:.1} % take {more:.1} times what the slowest 2 % took",
            100.0 * share
        ),
    }
}

fn failing(service: &Service, rng: &mut Rng, target: Target, share: f64, minutes: f64) -> Sketched {
    // No more requests can fail than need the dependency.
    let share = match target {
        Target::Dependency(dependency) => share.min(0.95 * fatal_calls(service, dependency)),
        Target::All | Target::Route(_) => share,
    };
    let effect = match target {
        Target::All => What::Errors { on: None, share },
        Target::Route(route) => What::Errors {
            on: Some(route),
            share,
        },
        Target::Dependency(dependency) => What::Failing {
            dependency,
            share: share / fatal_calls(service, dependency),
            how: if rng.chance(0.5) {
                Fails::ByTimeout
            } else {
                Fails::AtOnce
            },
        },
    };
    Sketched {
        minutes,
        told: divergence(share, usual(service, target)).min(MOST_TOLD),
        touched: share,
        rise: Rise::Within(0.0),
        target,
        effects: vec![effect],
        words: format!("{:.1} % of {} fail", 100.0 * share, name(service, target)),
    }
}

/// Returns the effect that makes affected requests so many times as slow.
fn slows(service: &Service, target: Target, times: f64) -> Vec<What> {
    match target {
        Target::All => vec![What::Latency { on: None, times }],
        Target::Route(route) => vec![What::Latency {
            on: Some(route),
            times,
        }],
        Target::Dependency(dependency) => {
            let to = &service.dependencies[dependency];
            let (mut all, mut of_calls) = (0.0, 0.0);
            for (index, route) in service.routes.iter().enumerate() {
                if route.calls[dependency] > 0.0 {
                    all += route.share * libm::log(service.median_ms(index));
                    of_calls += route.share;
                }
            }
            let usual_ms = libm::exp(all / of_calls);
            let calls = mean_calls(service, dependency);
            let times = 1.0 + (times - 1.0) * usual_ms / (calls * to.median_ms);
            vec![What::Slowed { dependency, times }]
        }
    }
}

/// Draws the requests that are affected.
fn target(service: &Service, rng: &mut Rng) -> Target {
    let chosen = rng.unit();
    if chosen < 0.45
        && let Some(dependency) = needed(service, rng)
    {
        return Target::Dependency(dependency);
    }
    let large: Vec<usize> = (0..service.routes.len())
        .filter(|route| service.routes[*route].share >= 0.25)
        .collect();
    if chosen > 0.8 && !large.is_empty() {
        return Target::Route(large[rng.below(large.len() as u64) as usize]);
    }
    Target::All
}

/// Draws a dependency without which at least 40 % of the requests cannot be served, if there is any.
fn needed(service: &Service, rng: &mut Rng) -> Option<usize> {
    let needed: Vec<usize> = (0..service.dependencies.len())
        .filter(|dependency| befallen_share(service, Target::Dependency(*dependency)) >= 0.4)
        .collect();
    (!needed.is_empty()).then(|| needed[rng.below(needed.len() as u64) as usize])
}

/// Returns the share of all requests that is affected.
pub(super) fn befallen_share(service: &Service, target: Target) -> f64 {
    let routes = service.routes.iter().enumerate();
    let befallen = routes.filter(|(index, route)| match target {
        Target::All => true,
        Target::Route(one) => *index == one,
        Target::Dependency(dependency) => route.calls[dependency] > 0.0,
    });
    befallen.map(|(_, route)| route.share).sum()
}

fn befallen_sigma(service: &Service, target: Target) -> f64 {
    match target {
        Target::Route(route) => service.routes[route].sigma,
        Target::All | Target::Dependency(_) => {
            let sigmas = service.routes.iter().map(|route| route.share * route.sigma);
            sigmas.sum()
        }
    }
}

/// Returns the usual share of failures among the affected requests.
fn usual(service: &Service, target: Target) -> f64 {
    match target {
        Target::Route(route) => {
            service.usual_errors() + service.own_errors * service.routes[route].errors
        }
        Target::All | Target::Dependency(_) => service.usual_errors(),
    }
}

/// Returns the calls of a dependency for a request that calls it.
fn mean_calls(service: &Service, dependency: usize) -> f64 {
    let calls = service.routes.iter();
    let all: f64 = calls
        .map(|route| route.share * route.calls[dependency])
        .sum();
    all / befallen_share(service, Target::Dependency(dependency))
}

/// Returns how many calls of a dependency, were they to fail, would fail a request that makes them.
fn fatal_calls(service: &Service, dependency: usize) -> f64 {
    mean_calls(service, dependency) * service.dependencies[dependency].fatal
}

fn name(service: &Service, target: Target) -> String {
    match target {
        Target::All => "all requests".into(),
        Target::Route(route) => format!("requests to {}", service.routes[route].name),
        Target::Dependency(to) => format!("what calls {}", service.dependencies[to].name),
    }
}

/// Returns the Kullback-Leibler divergence of a request that fails with probability `p` from one that usually does
/// with `q`, in nats.
fn divergence(p: f64, q: f64) -> f64 {
    p * libm::log(p / q) + (1.0 - p) * libm::log((1.0 - p) / (1.0 - q))
}
