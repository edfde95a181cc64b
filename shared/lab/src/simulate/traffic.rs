//! When requests arrive: a working day's curve, its slow wander, and Poisson arrivals in a minute.

use super::rng::Rng;
use super::scenario::{Change, DAY, MINUTE, Offset, Scenario};
use super::service::Route;

/// Requests per minute over a working day, as (hour, rate) corners joined by straight lines.
const WORKING_DAY: [(f64, f64); 15] = [
    (0.0, 2.7),
    (3.0, 2.2),
    (5.0, 2.6),
    (6.5, 5.0),
    (7.5, 10.5),
    (8.5, 20.0),
    (9.5, 25.0),
    (12.0, 25.5),
    (13.5, 20.5),
    (15.0, 24.0),
    (17.0, 19.0),
    (19.0, 11.0),
    (21.0, 6.5),
    (22.5, 3.6),
    (24.0, 2.7),
];

/// How the days of a week compare, Monday first.
const WEEK: [f64; 7] = [1.04, 1.0, 0.97, 1.01, 0.95, 0.5, 0.42];

/// The wander keeps this much of itself from one minute to the next: it lasts about half an hour.
const WANDER_KEPT: f64 = 0.97;

/// The standard deviation of the wander's logarithm.
const WANDER_SIGMA: f64 = 0.07;

/// The lane of the rng for the wander; request lanes count up from 0 and never come near it.
const WANDER_LANE: u64 = u64::MAX;

/// One request that is about to be served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// When it came in.
    pub(crate) at: Offset,
    /// The route that it requests.
    pub(crate) route: Route,
    /// Set when a faulty client sent it: the answer it gets whatever the service's state.
    pub(crate) refused: Option<u16>,
}

/// The ordinary rate, minute by minute, before any effect.
#[derive(Debug)]
pub(crate) struct Traffic {
    per_minute: Vec<f64>,
}

impl Traffic {
    /// Draws the rate of every minute of a span of `length`.
    pub(crate) fn new(seed: u64, length: Offset) -> Self {
        let mut rng = Rng::new(seed, WANDER_LANE);
        let fresh = WANDER_SIGMA * libm::sqrt(1.0 - WANDER_KEPT * WANDER_KEPT);
        let mut wander = WANDER_SIGMA * rng.normal();
        let per_minute = (0..(length + MINUTE - 1) / MINUTE)
            .map(|minute| {
                wander = WANDER_KEPT * wander + fresh * rng.normal();
                curve(minute * MINUTE) * libm::exp(wander)
            })
            .collect();
        Self { per_minute }
    }

    /// Returns how many minutes the span has.
    pub(crate) fn minutes(&self) -> usize {
        self.per_minute.len()
    }

    /// Draws the arrivals of one route in one minute, effects included, in no particular order.
    pub(crate) fn arrivals(
        &self,
        scenario: &Scenario,
        minute: usize,
        route: Route,
        rng: &mut Rng,
    ) -> Vec<Arrival> {
        let start = minute as Offset * MINUTE;
        let mut mean = self.per_minute[minute] * route.share();
        let mut refusals = Vec::new();
        for (change, strength) in scenario.acting(start + MINUTE / 2) {
            match change {
                Change::Traffic { routes, factor } if routes.contains(&route) => {
                    mean *= 1.0 + (factor - 1.0) * strength;
                }
                Change::Refused {
                    route: target,
                    per_minute,
                    status,
                } if *target == route => refusals.push((per_minute * strength, *status)),
                _ => {}
            }
        }
        let mut arrivals = Vec::new();
        draw(&mut arrivals, start, route, mean, None, rng);
        for (mean, status) in refusals {
            draw(&mut arrivals, start, route, mean, Some(status), rng);
        }
        arrivals
    }
}

/// Adds a Poisson number of arrivals, each at a uniform moment of the minute at `start`.
fn draw(
    arrivals: &mut Vec<Arrival>,
    start: Offset,
    route: Route,
    mean: f64,
    refused: Option<u16>,
    rng: &mut Rng,
) {
    for _ in 0..rng.poisson(mean) {
        let at = start + rng.below(MINUTE as u64) as Offset;
        arrivals.push(Arrival { at, route, refused });
    }
}

/// Returns the expected requests per minute at `at`, on a span that begins on a Monday.
fn curve(at: Offset) -> f64 {
    let hour = at.rem_euclid(DAY) as f64 / (60 * MINUTE) as f64;
    let next = WORKING_DAY
        .partition_point(|(corner, _)| *corner <= hour)
        .min(WORKING_DAY.len() - 1);
    let (h0, r0) = WORKING_DAY[next - 1];
    let (h1, r1) = WORKING_DAY[next];
    let rate = r0 + (r1 - r0) * (hour - h0) / (h1 - h0);
    rate * WEEK[(at.div_euclid(DAY) as usize) % WEEK.len()]
}

#[cfg(test)]
mod tests {
    use super::super::scenario::clock;
    use super::*;

    #[test]
    fn the_curve_is_continuous_and_follows_the_working_day() {
        let rows = [
            (clock(0, 3, 0), 2.0..2.6),
            (clock(0, 10, 0), 24.0..28.0),
            (clock(3, 8, 42), 20.0..22.0),
            (clock(5, 10, 0), 11.0..14.0),
        ];
        for (at, expected) in rows {
            let rate = curve(at);
            assert!(expected.contains(&rate), "at {at} ms: {rate}");
        }
        let jump = (curve(clock(1, 24, 0)) - curve(clock(1, 24, 0) - 1)).abs();
        assert!(jump < 0.2, "midnight jumps by {jump}");
    }
}
