//! The eight kinds of incidents, how large they are, and which are too small to be drawn.
//!
//! The sizes are those that people who run services call incidents; they were chosen without a look at the detector.
//! Factors and shares are drawn so that each doubling is as likely:
//!
//! | kind | what happens | lasts |
//! |---|---|---|
//! | `latency-ramp` | requests become 2.5 to 6 times as slow, over 10 to 45 minutes, and stay so | 25 to 105 min |
//! | `latency-step` | requests are 2 to 5 times as slow at once | 15 to 120 min |
//! | `p99-only` | the slowest 2 to 3 % take 4 to 15 times what the slowest 2 % take usually | 20 to 120 min |
//! | `error-burst` | 3 to 40 % of requests fail, at least 4 times the usual share | 8 to 60 min |
//! | `traffic-drop` | all, or 50 to 90 %, of the requests are missing, within 2 minutes | 15 to 120 min |
//! | `retry-storm` | 10 to 50 % fail, requests are 1.5 to 4 times as slow and, repeated, 1.5 to 4 times as many | 10 to 60 min |
//! | `slow-leak` | requests become 2 to 5 times as slow over the whole time, until a restart | 2 to 8 h |
//! | `deploy-step` | after a deployment 2 to 10 % more fail, or requests are 1.5 to 2.5 times as slow, until it is rolled back | 20 to 180 min |
//!
//! Trouble of latency and errors befalls all requests, one route with at least a quarter of them, or what calls one
//! dependency that at least 40 % of them need; the sizes are those of the requests that are befallen.
//!
//! **What nobody could see is not drawn.** An incident must touch at least 5 requests in expectation, and somebody who
//! knew the service's true rates must expect a log-likelihood ratio of at least [`EVIDENCE`] over the whole of it.
//! Where there is less, it lasts longer, up to [`LONGEST_HOURS`]; then another time is drawn; then the service gets no
//! incident of this kind, and the table says of how many services that is true.

use atalaya_core::change::Change;
use atalaya_core::time::MINUTE_MS;

use super::dice::Dice;

use super::effect::{Effect, Fails, Moment, What};
use super::ordinary::deployment;
use super::service::Service;

/// The least evidence, in nats. A minute-by-minute watch of one service makes about 20,000 looks in two weeks, so with
/// one false page in 20 weeks no watcher can page on less than `ln(200,000) = 12`; what varies around 20 is mostly
/// above that.
pub(super) const EVIDENCE: f64 = 20.0;

/// The fewest requests in expectation that an incident touches.
const LEAST_REQUESTS: f64 = 5.0;

/// How far an incident of a quiet service is stretched, in hours.
pub(super) const LONGEST_HOURS: f64 = 8.0;

/// A single request tells no more than this, in nats, however strange it is.
const MOST_TOLD: f64 = 2.0;

/// The share of requests that is usually beyond what the slow ones of `p99-only` take.
const USUALLY_BEYOND: f64 = 0.002;

/// The dice's first lane for incidents.
const LANE: u64 = 16;

/// Times that are tried before a service gets no incident of a kind.
const TRIES: u32 = 40;

/// A kind of incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Requests become slower over some minutes
    LatencyRamp,
    /// Requests are slower at once
    LatencyStep,
    /// Only the slowest requests become much slower
    P99Only,
    /// Requests fail
    ErrorBurst,
    /// Requests are missing
    TrafficDrop,
    /// Requests fail, are slow and are repeated
    RetryStorm,
    /// Requests become slower over hours
    SlowLeak,
    /// A deployment brings failures or slowness
    DeployStep,
}

/// What is true of an incident.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Truth {
    pub(super) kind: Kind,
    pub(super) from: Moment,
    pub(super) to: Moment,
    pub(super) blame: Blame,
    /// What happens, with its sizes, for a person.
    pub(super) words: String,
}

/// What caused an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Blame {
    Own,
    Dependency(String),
    Change,
    Traffic,
}

/// An incident that can be laid over a service.
#[derive(Debug, Clone)]
pub(super) struct Injected {
    pub(super) truth: Truth,
    pub(super) effects: Vec<Effect>,
    pub(super) changes: Vec<Change>,
}

/// Which requests are befallen, and by what.
#[derive(Debug, Clone, Copy)]
enum Target {
    All,
    Route(usize),
    Dependency(usize),
}

/// What is drawn before it is known when and for how long.
struct Sketched {
    minutes: f64,
    /// What a befallen request tells, in nats, at full strength.
    told: f64,
    /// The share of befallen requests that suffers.
    touched: f64,
    rise: Rise,
    target: Target,
    effects: Vec<What>,
    words: String,
}

/// How an incident begins.
#[derive(Debug, Clone, Copy)]
enum Rise {
    Within(f64),
    /// Over its whole time.
    Whole,
}

impl Kind {
    /// All of them, in the order of output.
    pub const ALL: [Self; 8] = [
        Self::LatencyRamp,
        Self::LatencyStep,
        Self::P99Only,
        Self::ErrorBurst,
        Self::TrafficDrop,
        Self::RetryStorm,
        Self::SlowLeak,
        Self::DeployStep,
    ];

    /// Returns its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LatencyRamp => "latency-ramp",
            Self::LatencyStep => "latency-step",
            Self::P99Only => "p99-only",
            Self::ErrorBurst => "error-burst",
            Self::TrafficDrop => "traffic-drop",
            Self::RetryStorm => "retry-storm",
            Self::SlowLeak => "slow-leak",
            Self::DeployStep => "deploy-step",
        }
    }
}

/// Draws an incident of a kind that begins between two moments, or `None` where none would leave enough evidence.
pub(super) fn draw(
    kind: Kind,
    service: &Service,
    seed: u64,
    from: Moment,
    to: Moment,
) -> Option<Injected> {
    let mut dice = Dice::new(seed, LANE + kind as u64);
    (0..TRIES).find_map(|_| {
        let sketched = sketch(kind, service, &mut dice);
        let begins = from + dice.below((to - from).max(1) as u64) as i64;
        let minutes = long_enough(service, &sketched, begins)?;
        Some(inject(kind, service, &mut dice, sketched, begins, minutes))
    })
}

fn sketch(kind: Kind, service: &Service, dice: &mut Dice) -> Sketched {
    match kind {
        Kind::LatencyRamp => {
            let rise = dice.between(10.0, 45.0);
            let (minutes, times) = (rise + dice.between(15.0, 60.0), dice.log_between(2.5, 6.0));
            let mut slower = slower(service, dice, times, minutes, Rise::Within(rise));
            slower.words = format!("{} over {rise:.0} min", slower.words);
            slower
        }
        Kind::LatencyStep => {
            let (minutes, times) = (dice.log_between(15.0, 120.0), dice.log_between(2.0, 5.0));
            slower(service, dice, times, minutes, Rise::Within(0.0))
        }
        Kind::P99Only => tail(service, dice),
        Kind::ErrorBurst => {
            let target = target(service, dice);
            let least = (4.0 * usual(service, target)).max(0.03);
            let share = dice.log_between(least, 0.4);
            let minutes = dice.log_between(8.0, 60.0);
            failing(service, dice, target, share, minutes)
        }
        Kind::TrafficDrop => {
            let left = if dice.chance(0.3) {
                0.0
            } else {
                dice.between(0.1, 0.5)
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
                minutes: dice.log_between(15.0, 120.0),
                told,
                touched: 1.0 - left,
                rise: Rise::Within(dice.between(0.0, 2.0)),
                target: Target::All,
                effects: vec![traffic],
                words: format!("{:.0} % of requests missing", 100.0 * (1.0 - left)),
            }
        }
        Kind::RetryStorm => {
            let target = needed(service, dice).map_or(Target::All, Target::Dependency);
            let least = (4.0 * usual(service, target)).max(0.1);
            let share = dice.log_between(least, 0.5);
            let minutes = dice.log_between(10.0, 60.0);
            let mut storm = failing(service, dice, target, share, minutes);
            let (more, times) = (dice.log_between(1.5, 4.0), dice.log_between(1.5, 4.0));
            storm.effects.extend(slows(service, target, times));
            let on = match target {
                Target::Route(route) => Some(route),
                Target::All | Target::Dependency(_) => None,
            };
            storm.effects.push(What::Traffic { on, times: more });
            storm.rise = Rise::Within(dice.between(0.0, 3.0));
            storm.words = format!(
                "{}, {times:.1} times as slow, {more:.1} times as many",
                storm.words
            );
            storm
        }
        Kind::SlowLeak => {
            let (minutes, times) = (dice.between(120.0, 480.0), dice.log_between(2.0, 5.0));
            slower(service, dice, times, minutes, Rise::Whole)
        }
        Kind::DeployStep => {
            let minutes = dice.log_between(20.0, 180.0);
            // A version rolls out task by task.
            let rise = dice.between(0.5, 3.0);
            let mut step = if dice.chance(0.5) {
                let more = dice.log_between(0.02, 0.1);
                let least = 4.0 * usual(service, Target::All);
                failing(service, dice, Target::All, more.max(least), minutes)
            } else {
                let times = dice.log_between(1.5, 2.5);
                slowed(service, Target::All, times, minutes, Rise::Within(rise))
            };
            step.rise = Rise::Within(rise);
            step
        }
    }
}

fn slower(service: &Service, dice: &mut Dice, times: f64, minutes: f64, rise: Rise) -> Sketched {
    let target = target(service, dice);
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

fn tail(service: &Service, dice: &mut Dice) -> Sketched {
    let (share, more) = (dice.between(0.02, 0.03), dice.log_between(4.0, 15.0));
    let slow = |route| What::Slow {
        on: Some(route),
        share,
        times: more * service.routes[route].times_exceeded_by(0.02),
    };
    Sketched {
        minutes: dice.log_between(20.0, 120.0),
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

fn failing(
    service: &Service,
    dice: &mut Dice,
    target: Target,
    share: f64,
    minutes: f64,
) -> Sketched {
    let effect = match target {
        Target::All => What::Errors { on: None, share },
        Target::Route(route) => What::Errors {
            on: Some(route),
            share,
        },
        Target::Dependency(dependency) => What::Failing {
            dependency,
            share: (share / fatal_calls(service, dependency)).min(0.95),
            how: if dice.chance(0.5) {
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

/// Returns what makes befallen requests so many times as slow.
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

/// Draws who is befallen.
fn target(service: &Service, dice: &mut Dice) -> Target {
    let chosen = dice.unit();
    if chosen < 0.45
        && let Some(dependency) = needed(service, dice)
    {
        return Target::Dependency(dependency);
    }
    let large: Vec<usize> = (0..service.routes.len())
        .filter(|route| service.routes[*route].share >= 0.25)
        .collect();
    if chosen > 0.8 && !large.is_empty() {
        return Target::Route(large[dice.below(large.len() as u64) as usize]);
    }
    Target::All
}

/// Draws a dependency without which at least 40 % of the requests cannot be served, if there is any.
fn needed(service: &Service, dice: &mut Dice) -> Option<usize> {
    let needed: Vec<usize> = (0..service.dependencies.len())
        .filter(|dependency| befallen_share(service, Target::Dependency(*dependency)) >= 0.4)
        .collect();
    (!needed.is_empty()).then(|| needed[dice.below(needed.len() as u64) as usize])
}

/// Returns the share of all requests that is befallen.
fn befallen_share(service: &Service, target: Target) -> f64 {
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

/// Returns the usual share of failures among the befallen.
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

/// Returns how many minutes an incident must last to leave enough evidence, or `None` where it would take too long.
fn long_enough(service: &Service, sketched: &Sketched, begins: Moment) -> Option<f64> {
    let share = befallen_share(service, sketched.target);
    let first = begins.div_euclid(MINUTE_MS);
    let mut minutes = sketched.minutes;
    while minutes <= LONGEST_HOURS * 60.0 {
        let (mut told, mut touched) = (0.0, 0.0);
        for minute in 0..minutes as i64 {
            let strength = match sketched.rise {
                Rise::Whole => minute as f64 / minutes,
                Rise::Within(rise) if rise > 0.0 => (minute as f64 / rise).min(1.0),
                Rise::Within(_) => 1.0,
            };
            let due = service.due(first + minute) * share;
            // What a request tells grows with the square of a shift.
            told += due * sketched.told * strength * strength;
            touched += due * sketched.touched * strength;
        }
        if told >= EVIDENCE && touched >= LEAST_REQUESTS {
            return Some(minutes);
        }
        minutes *= 1.25;
    }
    None
}

fn inject(
    kind: Kind,
    service: &Service,
    dice: &mut Dice,
    sketched: Sketched,
    from: Moment,
    minutes: f64,
) -> Injected {
    let ms = |minutes: f64| (minutes * MINUTE_MS as f64) as i64;
    let to = from + ms(minutes);
    let rise = match sketched.rise {
        Rise::Whole => to - from,
        Rise::Within(rise) => ms(rise),
    };
    let effect = |what: &What| Effect {
        from,
        to,
        rise,
        fall: 0,
        what: *what,
    };
    let mut changes = Vec::new();
    if kind == Kind::DeployStep {
        let before = ms(dice.between(0.3, 2.5));
        changes.extend(deployment(&service.name, dice, from - before));
        let back = ms(dice.between(0.5, 3.0));
        changes.extend(deployment(&service.name, dice, to - back));
    }
    let blame = match (kind, sketched.target) {
        (Kind::DeployStep, _) => Blame::Change,
        (Kind::TrafficDrop, _) => Blame::Traffic,
        (_, Target::Dependency(to)) => Blame::Dependency(service.dependencies[to].name.clone()),
        (_, Target::All | Target::Route(_)) => Blame::Own,
    };
    Injected {
        effects: sketched.effects.iter().map(effect).collect(),
        changes,
        truth: Truth {
            kind,
            from,
            to,
            blame,
            words: format!("{}, {minutes:.0} min", sketched.words),
        },
    }
}
