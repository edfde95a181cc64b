//! A small synthetic service for tests: a day's curve, six routes, three dependencies, and what may
//! disturb them.

use crate::series::Sums;
use crate::time::Minute;

use super::MinuteView;

/// Monday 2026-01-05T00:00Z.
pub(super) const MONDAY: Minute = Minute(1_767_571_200_000 / 60_000);

/// Returns a moment of the generated days, the first of which is 0.
pub(super) fn clock(day: i64, hour: i64, minute: i64) -> Minute {
    MONDAY.plus((day * 24 + hour) * 60 + minute)
}

/// The disturbances of a minute; the default is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effects {
    pub(super) traffic: f64,
    pub(super) scoring_times: f64,
    pub(super) scoring_fails: f64,
    pub(super) aurora_times: f64,
    pub(super) aurora_fails: f64,
    pub(super) own_fails: f64,
    pub(super) refused: u64,
}

impl Effects {
    /// No disturbance.
    pub(super) const NONE: Self = Self {
        traffic: 1.0,
        scoring_times: 1.0,
        scoring_fails: 0.0,
        aurora_times: 1.0,
        aurora_fails: 0.0,
        own_fails: 0.0,
        refused: 0,
    };
}

impl Default for Effects {
    fn default() -> Self {
        Self::NONE
    }
}

/// A seeded stream of chance: SplitMix64.
#[derive(Debug, Clone)]
pub(super) struct World {
    state: u64,
    wander: f64,
    /// Requests per minute at the peak, over those of the reference service.
    pub(super) scale: f64,
}

/// Share, own median in ms, whether it asks scoring, whether it asks aurora.
const ROUTES: [(&str, f64, f64, bool, bool); 6] = [
    ("/loan/apply", 0.26, 58.0, true, true),
    ("/loan/{id}/status", 0.32, 11.0, false, true),
    ("/loan/{id}", 0.16, 14.0, false, true),
    ("/loan/{id}/documents", 0.08, 145.0, false, true),
    ("/offer/{id}/accept", 0.06, 42.0, false, true),
    ("/auth/token", 0.12, 5.0, false, false),
];

const CURVE: [(f64, f64); 15] = [
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

const WEEK: [f64; 7] = [1.04, 1.0, 0.97, 1.01, 0.95, 0.5, 0.42];

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5151,
            wander: 0.0,
            scale: 1.0,
        }
    }

    pub(super) fn minute(&mut self, minute: Minute, effects: Effects) -> MinuteView {
        self.wander = 0.97 * self.wander + 0.017 * self.normal();
        let mean = level(minute) * self.scale * self.wander.exp() * effects.traffic;
        let mut view = MinuteView::empty(minute);
        for (route, share, own, scoring, aurora) in ROUTES {
            let requests = self.poisson(mean * share);
            if requests == 0 {
                continue;
            }
            let mut sums = Sums::default();
            for _ in 0..requests {
                self.request(&mut view, &mut sums, own, scoring, aurora, effects);
            }
            if route == "/loan/{id}/status" {
                sums.count += effects.refused;
                sums.client_errors += effects.refused;
            }
            view.requests.merge(&sums);
            view.routes.insert(route.into(), sums);
        }
        view
    }

    fn request(
        &mut self,
        view: &mut MinuteView,
        sums: &mut Sums,
        own: f64,
        scoring: bool,
        aurora: bool,
        e: Effects,
    ) {
        let mut ms = self.lognormal(own, 0.35);
        if self.unit() < 0.002 {
            ms *= 15.0 + 45.0 * self.unit();
        }
        sums.count += 1;
        let mut failed = None;
        let calls = [
            ("auth", true, 8.5, 0.35, 1_000.0, 0.000_2),
            (
                "scoring",
                scoring,
                228.0 * e.scoring_times,
                if e.scoring_times > 1.5 { 0.5 } else { 0.3 },
                3_000.0,
                0.000_8 + e.scoring_fails,
            ),
            (
                "aurora",
                aurora,
                19.0 * e.aurora_times,
                0.45,
                2_000.0,
                0.000_3 + e.aurora_fails,
            ),
        ];
        if self.unit() < 0.03 {
            sums.client_errors += 1;
        }
        for (name, called, median, sigma, limit, fails) in calls {
            if !called || failed.is_some() {
                continue;
            }
            let took = self.lognormal(median, sigma).min(limit);
            let broken = took >= limit || self.unit() < fails;
            let call = view.dependencies.entry(name.into()).or_default();
            call.count += 1;
            call.latency.add(took);
            if broken {
                call.errors += 1;
                let how = if took >= limit {
                    "ReadTimeout"
                } else {
                    "PoolTimeout"
                };
                call.add_cause(how, 1);
                failed = Some(name);
            }
            ms += took;
        }
        if failed.is_none() && self.unit() < 0.002 + e.own_fails {
            failed = Some("NullPointerException");
        }
        if let Some(cause) = failed {
            sums.errors += 1;
            sums.add_cause(cause, 1);
        }
        sums.latency.add(ms);
    }

    fn unit(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (1.0 - self.unit(), self.unit());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    /// Knuth's method for small means, the normal one beyond.
    fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 50.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (limit, mut product, mut n) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            n += 1;
        }
        n
    }
}

fn level(minute: Minute) -> f64 {
    let into = minute.0 - MONDAY.0;
    let hour = into.rem_euclid(1_440) as f64 / 60.0;
    let next = CURVE.partition_point(|(corner, _)| *corner <= hour).min(14);
    let ((h0, r0), (h1, r1)) = (CURVE[next - 1], CURVE[next]);
    let rate = r0 + (r1 - r0) * (hour - h0) / (h1 - h0);
    rate * WEEK[into.div_euclid(1_440).rem_euclid(7) as usize]
}
