//! The properties of a service in a trial: its traffic, routes, dependencies and faults on ordinary
//! days, all drawn from a seed.

use super::rng::Rng;

use super::shape::{Shape, normal_below};

/// The quietest service, in requests a minute over the week.
pub(super) const LEAST_RATE: f64 = 0.5;

/// The busiest one.
pub(super) const MOST_RATE: f64 = 3_000.0;

/// The golden ratio's fraction: seeds that follow each other spread over all rates.
const SPREAD: f64 = 0.618_033_988_749_894_9;

/// The rng's lane for the service itself.
const LANE: u64 = 0;

/// A service on ordinary days.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) name: String,
    /// Requests a minute, on average over the first week.
    pub(super) rate: f64,
    pub(super) season: Season,
    pub(super) noise: Noise,
    /// Requests take `1 + this · (load / usual peak)²` times as long.
    pub(super) load_slows: f64,
    /// The share of requests that fails by the service's own fault: 0.02 % to 1 %.
    pub(super) own_errors: f64,
    /// The share of requests that is answered with 4xx.
    pub(super) refused: f64,
    pub(super) routes: Vec<Route>,
    pub(super) dependencies: Vec<Dependency>,
}

/// How traffic moves over days and weeks.
#[derive(Debug, Clone)]
pub(super) struct Season {
    /// Hours that local time is ahead of UTC.
    pub(super) zone: f64,
    /// Amplitude and hour of the peak of the wave of a day and of that of half a day.
    waves: [(f64, f64); 2],
    /// The share of a working day's traffic on a Saturday and on a Sunday.
    weekend: [f64; 2],
    /// Growth of the logarithm in a week.
    trend: f64,
    /// The divisor of the curve that makes its weekly mean 1.
    mean: f64,
    /// The highest point of a week.
    pub(super) peak: f64,
}

/// How far things wander by themselves: standard deviations of logarithms, and minutes that a wander lasts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    pub(super) traffic: (f64, f64),
    /// From one minute to the next: clients that come in bursts.
    pub(super) traffic_jitter: f64,
    pub(super) day: f64,
    pub(super) latency: (f64, f64),
    pub(super) latency_jitter: f64,
    pub(super) errors: (f64, f64),
    pub(super) mix: (f64, f64),
}

/// A route.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) name: String,
    /// Its share of the requests.
    pub(super) share: f64,
    /// The median of what the service itself needs for it, in milliseconds.
    pub(super) own_ms: f64,
    pub(super) sigma: f64,
    pub(super) body: Shape,
    /// Some requests are slow on the best of days: their share, and how many medians they take.
    pub(super) tail_share: f64,
    pub(super) tail_times: f64,
    pub(super) tail: Shape,
    /// Its failures against those of the service.
    pub(super) errors: f64,
    /// Calls of each dependency for a request.
    pub(super) calls: Vec<f64>,
}

/// A dependency that is called by requests.
#[derive(Debug, Clone)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) median_ms: f64,
    pub(super) body: Shape,
    /// The share of calls that fails: 0.005 % to 0.2 %.
    pub(super) errors: f64,
    /// The share of failing calls whose request fails.
    pub(super) fatal: f64,
    /// When a call is given up, in milliseconds.
    pub(super) timeout_ms: f64,
}

const ROUTES: [&str; 5] = [
    "/orders",
    "/orders/{id}",
    "/search",
    "/account/login",
    "/reports/{id}",
];

const DEPENDENCIES: [&str; 4] = ["postgres", "redis", "payments", "catalog"];

/// The width of a tail's logarithm.
const TAIL_SIGMA: f64 = 0.45;

impl Service {
    /// Draws the service of a seed.
    pub(super) fn draw(seed: u64) -> Self {
        let mut rng = Rng::new(seed, LANE);
        let place = (seed as f64 * SPREAD).fract();
        let rate = LEAST_RATE * libm::exp(libm::log(MOST_RATE / LEAST_RATE) * place);
        let dependencies = dependencies(&mut rng);
        let routes = routes(&mut rng, dependencies.len());
        Self {
            name: format!("trial-{seed}"),
            rate,
            season: Season::draw(&mut rng),
            noise: Noise::draw(&mut rng),
            load_slows: rng.between(0.0, 0.4),
            own_errors: rng.log_between(0.000_2, 0.01),
            refused: rng.log_between(0.002, 0.08),
            routes,
            dependencies,
        }
    }

    /// Returns the expected requests of a minute, counted from the Monday before the first, noise left out.
    pub(super) fn due(&self, minute: i64) -> f64 {
        self.rate * self.season.at(minute)
    }

    /// Returns a route's usual median in milliseconds, the calls it makes included.
    pub(super) fn median_ms(&self, route: usize) -> f64 {
        let route = &self.routes[route];
        let calls = route.calls.iter().zip(&self.dependencies);
        route.own_ms + calls.map(|(calls, to)| calls * to.median_ms).sum::<f64>()
    }

    /// Returns the share of requests that fails on an ordinary day.
    pub(super) fn usual_errors(&self) -> f64 {
        let of_calls = |route: &Route| {
            let calls = route.calls.iter().zip(&self.dependencies);
            calls.map(|(n, to)| n * to.errors * to.fatal).sum::<f64>()
        };
        let of = |route: &Route| route.share * (self.own_errors * route.errors + of_calls(route));
        self.routes.iter().map(of).sum()
    }
}

impl Route {
    /// Returns how many medians the slowest `share` of its requests exceed.
    pub(super) fn times_exceeded_by(&self, share: f64) -> f64 {
        let beyond = |times: f64| {
            let body = 1.0 - normal_below(libm::log(times) / self.sigma);
            let tail = 1.0 - normal_below(libm::log(times / self.tail_times) / TAIL_SIGMA);
            (1.0 - self.tail_share) * body + self.tail_share * tail
        };
        let (mut low, mut high) = (1.0_f64, 1_000.0_f64);
        for _ in 0..40 {
            let middle = (low * high).sqrt();
            if beyond(middle) > share {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

impl Season {
    fn draw(rng: &mut Rng) -> Self {
        let mut season = Self {
            zone: rng.between(-9.0, 10.0).round(),
            waves: [
                (rng.between(0.1, 1.3), rng.between(11.0, 18.0)),
                (rng.between(0.0, 0.3), rng.between(0.0, 12.0)),
            ],
            weekend: [rng.between(0.3, 1.05), rng.between(0.3, 1.05)],
            trend: rng.between(-0.02, 0.06),
            mean: 1.0,
            peak: 1.0,
        };
        let week: Vec<f64> = (0..7 * 24).map(|hour| season.at(hour * 60)).collect();
        season.mean = week.iter().sum::<f64>() / week.len() as f64;
        season.peak = week.iter().copied().fold(0.0, f64::max) / season.mean;
        season
    }

    /// Returns the traffic of a minute, counted from a Monday's midnight in UTC, against the mean of the first week.
    pub(super) fn at(&self, minute: i64) -> f64 {
        let hours = minute as f64 / 60.0 + self.zone;
        let mut level = self.trend * hours / (7.0 * 24.0);
        for ((amplitude, peak), length) in self.waves.into_iter().zip([24.0, 12.0]) {
            let turn = std::f64::consts::TAU * (hours - peak) / length;
            level += amplitude * libm::cos(turn);
        }
        libm::exp(level) * self.of_day(hours) / self.mean
    }

    /// Returns the share of a working day's traffic: a weekend comes and goes over three hours.
    fn of_day(&self, hours: f64) -> f64 {
        let left = |day: i64| match day.rem_euclid(7) {
            5 => self.weekend[0],
            6 => self.weekend[1],
            _ => 1.0,
        };
        let day = (hours / 24.0).floor();
        let (day, into) = (day as i64, hours - day * 24.0);
        let part = (into / 3.0).min(1.0);
        left(day - 1) * (1.0 - part) + left(day) * part
    }
}

impl Noise {
    fn draw(rng: &mut Rng) -> Self {
        Self {
            traffic: (rng.between(0.02, 0.12), rng.log_between(10.0, 120.0)),
            traffic_jitter: rng.between(0.0, 0.1),
            day: rng.between(0.0, 0.08),
            latency: (rng.between(0.02, 0.08), rng.log_between(10.0, 90.0)),
            latency_jitter: rng.between(0.0, 0.05),
            errors: (rng.between(0.1, 0.35), rng.log_between(20.0, 240.0)),
            mix: (rng.between(0.02, 0.15), rng.log_between(30.0, 300.0)),
        }
    }
}

fn dependencies(rng: &mut Rng) -> Vec<Dependency> {
    let first = rng.below(DEPENDENCIES.len() as u64) as usize;
    let count = 1 + rng.below(DEPENDENCIES.len() as u64) as usize;
    let names = DEPENDENCIES.iter().cycle().skip(first).take(count);
    names
        .map(|name| {
            let median_ms = rng.log_between(2.0, 150.0);
            Dependency {
                name: (*name).to_owned(),
                median_ms,
                body: Shape::new(rng.between(0.25, 0.6)),
                errors: rng.log_between(0.000_05, 0.002),
                fatal: rng.between(0.5, 1.0),
                timeout_ms: rng.between(8.0, 30.0) * median_ms.max(30.0),
            }
        })
        .collect()
}

fn routes(rng: &mut Rng, dependencies: usize) -> Vec<Route> {
    let count = 2 + rng.below(ROUTES.len() as u64 - 1) as usize;
    let mut routes: Vec<Route> = (0..count)
        .map(|index| {
            // The last route is the slow one: a report, an export, an upload.
            let slow = if index + 1 == count {
                rng.between(5.0, 15.0)
            } else {
                1.0
            };
            let sigma = rng.between(0.25, 0.7);
            let calls = (0..dependencies).map(|_| {
                if rng.chance(0.6) {
                    rng.between(0.3, 1.5)
                } else {
                    0.0
                }
            });
            let calls = calls.collect();
            Route {
                name: ROUTES[index].to_owned(),
                share: rng.log_between(0.1, 1.0) / slow.sqrt(),
                own_ms: rng.log_between(3.0, 60.0) * slow,
                sigma,
                body: Shape::new(sigma),
                tail_share: rng.log_between(0.003, 0.03),
                tail_times: rng.between(4.0, 12.0),
                tail: Shape::new(TAIL_SIGMA),
                errors: rng.log_between(0.5, 2.0),
                calls,
            }
        })
        .collect();
    let all: f64 = routes.iter().map(|route| route.share).sum();
    for route in &mut routes {
        route.share /= all;
    }
    let errors: f64 = routes.iter().map(|route| route.share * route.errors).sum();
    for route in &mut routes {
        route.errors /= errors;
    }
    routes
}
