//! Harmless effects on every service: jobs, blips, campaigns, holidays, deployments, scans, gaps of
//! logs.
//!
//! None of these effects is an incident, so each page for one is a false alarm.

use atalaya_core::change::{Change, ChangeKind, Phase};
use atalaya_core::time::MINUTE_MS;

use super::rng::Rng;

use super::effect::{Effect, Fails, Moment, What};
use super::service::Service;
use super::world::EPOCH_MS;

/// The rng's lane for harmless effects.
const LANE: u64 = 1;

const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The effects and changes that are planned for a service over some days.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) effects: Vec<Effect>,
    pub(super) changes: Vec<Change>,
}

/// A job that runs by a timetable.
struct Job {
    what: What,
    /// When in its period it begins, in milliseconds.
    at: i64,
    minutes: (f64, f64),
    jitter_ms: f64,
    skipped: f64,
}

impl Plan {
    /// Draws the harmless effects on a service from one moment to another.
    pub(super) fn draw(service: &Service, seed: u64, from: Moment, to: Moment) -> Self {
        let mut rng = Rng::new(seed, LANE);
        let mut plan = Self::default();
        plan.jobs(service, &mut rng, from, to);
        let blips_a_day = rng.log_between(0.2, 2.0);
        let deployments_a_day = rng.between(0.1, 1.5);
        let days = (to - from) as f64 / DAY_MS as f64;
        for _ in 0..rng.poisson(blips_a_day * days) {
            let at = moment(&mut rng, from, to);
            plan.effects.push(blip(service, &mut rng, at));
        }
        // One campaign in two weeks.
        for _ in 0..rng.poisson(days / 14.0) {
            let at = moment(&mut rng, from, to);
            plan.campaign(service, &mut rng, at);
        }
        for _ in 0..rng.poisson(deployments_a_day * days) {
            let at = moment(&mut rng, from, to);
            plan.harmless_deployment(service, &mut rng, at);
        }
        // A scanner that requests paths that do not exist, and a few lost minutes of logs, each
        // about once in ten days.
        for _ in 0..rng.poisson(days / 10.0) {
            let at = moment(&mut rng, from, to);
            let minutes = rng.log_between(3.0, 40.0);
            let share = rng.log_between(0.2, 3.0);
            plan.effects
                .push(lasting(at, minutes, What::Refused { share }));
        }
        for _ in 0..rng.poisson(days / 10.0) {
            let at = moment(&mut rng, from, to);
            let minutes = rng.between(0.5, 3.0);
            plan.effects.push(lasting(at, minutes, What::Silent));
        }
        plan.holidays(service, &mut rng, from, to);
        plan.changes
            .sort_by(|a, b| (a.at_ms, &a.event_id).cmp(&(b.at_ms, &b.event_id)));
        plan
    }

    fn jobs(&mut self, service: &Service, rng: &mut Rng, from: Moment, to: Moment) {
        if rng.chance(0.6) {
            let route = rng.below(service.routes.len() as u64) as usize;
            let dependency = rng.below(service.dependencies.len() as u64) as usize;
            let what = match rng.below(3) {
                0 => What::Traffic {
                    on: None,
                    times: rng.between(1.5, 2.5),
                },
                1 => What::Latency {
                    on: Some(route),
                    times: rng.between(1.3, 2.5),
                },
                _ => What::Slowed {
                    dependency,
                    times: rng.between(1.5, 4.0),
                },
            };
            let local = rng.between(0.0, 5.0) - service.season.zone;
            let job = Job {
                what,
                at: (local.rem_euclid(24.0) * HOUR_MS as f64) as i64,
                minutes: (10.0, 60.0),
                jitter_ms: 3.0 * MINUTE_MS as f64,
                skipped: 0.03,
            };
            self.job(rng, from, to, DAY_MS, &job);
        }
        if rng.chance(0.5) {
            let route = Some(rng.below(service.routes.len() as u64) as usize);
            let what = if rng.chance(0.5) {
                What::Traffic {
                    on: route,
                    times: rng.between(1.3, 3.0),
                }
            } else {
                What::Latency {
                    on: None,
                    times: rng.between(1.1, 1.4),
                }
            };
            let job = Job {
                what,
                at: (rng.unit() * HOUR_MS as f64) as i64,
                minutes: (1.0, 4.0),
                jitter_ms: 0.2 * MINUTE_MS as f64,
                skipped: 0.0,
            };
            self.job(rng, from, to, HOUR_MS, &job);
        }
    }

    fn job(&mut self, rng: &mut Rng, from: Moment, to: Moment, period: i64, job: &Job) {
        let minutes = rng.log_between(job.minutes.0, job.minutes.1);
        for run in from.div_euclid(period)..=to.div_euclid(period) {
            let at = run * period + job.at + (job.jitter_ms * rng.between(-1.0, 1.0)) as i64;
            let minutes = minutes * rng.between(0.85, 1.2);
            if !rng.chance(job.skipped) && at >= from {
                self.effects.push(lasting(at, minutes, job.what));
            }
        }
    }

    /// A campaign: two to four times the traffic for an hour or more, most of it on one route,
    /// without failures.
    fn campaign(&mut self, service: &Service, rng: &mut Rng, at: Moment) {
        let hours = rng.between(1.0, 5.0);
        let route = rng.below(service.routes.len() as u64) as usize;
        let (times, more) = (rng.log_between(2.0, 3.6), rng.between(1.0, 1.25));
        let rise = (rng.between(1.0, 15.0) * MINUTE_MS as f64) as i64;
        let fall = (rng.between(15.0, 60.0) * MINUTE_MS as f64) as i64;
        for (on, times) in [(None, times), (Some(route), more)] {
            let what = What::Traffic { on, times };
            let mut effect = lasting(at, hours * 60.0, what);
            (effect.rise, effect.fall) = (rise, fall);
            self.effects.push(effect);
        }
    }

    /// A new version that starts cold and works; in one of four cases that of a dependency.
    fn harmless_deployment(&mut self, service: &Service, rng: &mut Rng, at: Moment) {
        if rng.chance(0.25) {
            let of = rng.below(service.dependencies.len() as u64) as usize;
            self.changes
                .extend(deployment(&service.dependencies[of].name, rng, at));
            return;
        }
        self.changes.extend(deployment(&service.name, rng, at));
        let cold = What::Slow {
            on: None,
            share: rng.between(0.02, 0.2),
            times: rng.between(1.5, 4.0),
        };
        let began = at + (rng.between(0.5, 2.0) * MINUTE_MS as f64) as i64;
        self.effects
            .push(lasting(began, rng.between(0.5, 1.5), cold));
    }

    /// One working day in 25 has the traffic of a Sunday.
    fn holidays(&mut self, service: &Service, rng: &mut Rng, from: Moment, to: Moment) {
        let zone = (service.season.zone * HOUR_MS as f64) as i64;
        for day in from.div_euclid(DAY_MS)..=to.div_euclid(DAY_MS) {
            let what = What::Traffic {
                on: None,
                times: rng.between(0.4, 0.8),
            };
            if rng.chance(0.04) && day.rem_euclid(7) < 5 {
                let at = day * DAY_MS - zone;
                self.effects.push(Effect {
                    from: at,
                    to: at + DAY_MS + 3 * HOUR_MS,
                    rise: 3 * HOUR_MS,
                    fall: 3 * HOUR_MS,
                    what,
                });
            }
        }
    }
}

/// Returns the two events of a deployment that begins at a moment.
pub(super) fn deployment(service: &str, rng: &mut Rng, at: Moment) -> [Change; 2] {
    let deployment_id = format!("ecs-svc/{:019}", rng.below(1 << 60));
    let lasted = (rng.between(3.0, 8.0) * MINUTE_MS as f64) as i64;
    let steps = [(Phase::InProgress, 0), (Phase::Completed, lasted)];
    steps.map(|(phase, after)| Change {
        service: service.to_owned(),
        at_ms: EPOCH_MS + at + after,
        kind: ChangeKind::Deployment {
            phase,
            deployment_id: deployment_id.clone(),
        },
        event_id: format!("{:016x}", rng.below(u64::MAX)),
    })
}

/// A blip of less than a minute: a pause of the garbage collector, a burst of errors, a slow
/// dependency.
fn blip(service: &Service, rng: &mut Rng, at: Moment) -> Effect {
    let seconds = rng.log_between(5.0, 50.0);
    let what = match rng.below(3) {
        0 => What::Pause {
            share: rng.between(0.2, 0.7),
            ms: rng.log_between(400.0, 4_000.0),
        },
        1 => What::Errors {
            on: None,
            share: rng.log_between(0.03, 0.5),
        },
        _ => What::Failing {
            dependency: rng.below(service.dependencies.len() as u64) as usize,
            share: rng.log_between(0.05, 0.6),
            how: Fails::AtOnce,
        },
    };
    lasting(at, seconds / 60.0, what)
}

fn lasting(at: Moment, minutes: f64, what: What) -> Effect {
    Effect::step(at, at + (minutes * MINUTE_MS as f64) as i64, what)
}

fn moment(rng: &mut Rng, from: Moment, to: Moment) -> Moment {
    from + rng.below((to - from).max(1) as u64) as i64
}
