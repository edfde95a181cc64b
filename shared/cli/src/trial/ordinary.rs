//! What befalls every service and harms nobody: jobs, blips, campaigns, holidays, deployments, scans, gaps of logs.
//!
//! None of it is an incident, so whoever is paged for it is paged falsely.

use atalaya_core::change::{Change, ChangeKind, Phase};
use atalaya_core::time::MINUTE_MS;

use super::dice::Dice;

use super::effect::{Effect, Fails, Moment, What};
use super::service::Service;
use super::world::EPOCH_MS;

/// The dice's lane for what befalls a service.
const LANE: u64 = 1;

const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What is planned for a service over some days.
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
    /// Draws what befalls a service from one moment to another.
    pub(super) fn draw(service: &Service, seed: u64, from: Moment, to: Moment) -> Self {
        let mut dice = Dice::new(seed, LANE);
        let mut plan = Self::default();
        plan.jobs(service, &mut dice, from, to);
        let blips_a_day = dice.log_between(0.2, 2.0);
        let deployments_a_day = dice.between(0.1, 1.5);
        let days = (to - from) as f64 / DAY_MS as f64;
        for _ in 0..dice.poisson(blips_a_day * days) {
            let at = moment(&mut dice, from, to);
            plan.effects.push(blip(service, &mut dice, at));
        }
        // One campaign in two weeks.
        for _ in 0..dice.poisson(days / 14.0) {
            let at = moment(&mut dice, from, to);
            plan.campaign(service, &mut dice, at);
        }
        for _ in 0..dice.poisson(deployments_a_day * days) {
            let at = moment(&mut dice, from, to);
            plan.harmless_deployment(service, &mut dice, at);
        }
        // A scanner that asks for what is not there, and a few lost minutes of logs, each about once in ten days.
        for _ in 0..dice.poisson(days / 10.0) {
            let at = moment(&mut dice, from, to);
            let minutes = dice.log_between(3.0, 40.0);
            let share = dice.log_between(0.2, 3.0);
            plan.effects
                .push(lasting(at, minutes, What::Refused { share }));
        }
        for _ in 0..dice.poisson(days / 10.0) {
            let at = moment(&mut dice, from, to);
            let minutes = dice.between(0.5, 3.0);
            plan.effects.push(lasting(at, minutes, What::Silent));
        }
        plan.holidays(service, &mut dice, from, to);
        plan.changes
            .sort_by(|a, b| (a.at_ms, &a.event_id).cmp(&(b.at_ms, &b.event_id)));
        plan
    }

    fn jobs(&mut self, service: &Service, dice: &mut Dice, from: Moment, to: Moment) {
        if dice.chance(0.6) {
            let route = dice.below(service.routes.len() as u64) as usize;
            let dependency = dice.below(service.dependencies.len() as u64) as usize;
            let what = match dice.below(3) {
                0 => What::Traffic {
                    on: None,
                    times: dice.between(1.5, 2.5),
                },
                1 => What::Latency {
                    on: Some(route),
                    times: dice.between(1.3, 2.5),
                },
                _ => What::Slowed {
                    dependency,
                    times: dice.between(1.5, 4.0),
                },
            };
            let local = dice.between(0.0, 5.0) - service.season.zone;
            let job = Job {
                what,
                at: (local.rem_euclid(24.0) * HOUR_MS as f64) as i64,
                minutes: (10.0, 60.0),
                jitter_ms: 3.0 * MINUTE_MS as f64,
                skipped: 0.03,
            };
            self.job(dice, from, to, DAY_MS, &job);
        }
        if dice.chance(0.5) {
            let route = Some(dice.below(service.routes.len() as u64) as usize);
            let what = if dice.chance(0.5) {
                What::Traffic {
                    on: route,
                    times: dice.between(1.3, 3.0),
                }
            } else {
                What::Latency {
                    on: None,
                    times: dice.between(1.1, 1.4),
                }
            };
            let job = Job {
                what,
                at: (dice.unit() * HOUR_MS as f64) as i64,
                minutes: (1.0, 4.0),
                jitter_ms: 0.2 * MINUTE_MS as f64,
                skipped: 0.0,
            };
            self.job(dice, from, to, HOUR_MS, &job);
        }
    }

    fn job(&mut self, dice: &mut Dice, from: Moment, to: Moment, period: i64, job: &Job) {
        let minutes = dice.log_between(job.minutes.0, job.minutes.1);
        for run in from.div_euclid(period)..=to.div_euclid(period) {
            let at = run * period + job.at + (job.jitter_ms * dice.between(-1.0, 1.0)) as i64;
            let minutes = minutes * dice.between(0.85, 1.2);
            if !dice.chance(job.skipped) && at >= from {
                self.effects.push(lasting(at, minutes, job.what));
            }
        }
    }

    /// Two to four times the traffic for an hour or more, more of it on one route, and all is well.
    fn campaign(&mut self, service: &Service, dice: &mut Dice, at: Moment) {
        let hours = dice.between(1.0, 5.0);
        let route = dice.below(service.routes.len() as u64) as usize;
        let (times, more) = (dice.log_between(2.0, 3.6), dice.between(1.0, 1.25));
        let rise = (dice.between(1.0, 15.0) * MINUTE_MS as f64) as i64;
        let fall = (dice.between(15.0, 60.0) * MINUTE_MS as f64) as i64;
        for (on, times) in [(None, times), (Some(route), more)] {
            let what = What::Traffic { on, times };
            let mut effect = lasting(at, hours * 60.0, what);
            (effect.rise, effect.fall) = (rise, fall);
            self.effects.push(effect);
        }
    }

    /// A new version that starts cold and is well; in one of four cases that of a dependency.
    fn harmless_deployment(&mut self, service: &Service, dice: &mut Dice, at: Moment) {
        if dice.chance(0.25) {
            let of = dice.below(service.dependencies.len() as u64) as usize;
            self.changes
                .extend(deployment(&service.dependencies[of].name, dice, at));
            return;
        }
        self.changes.extend(deployment(&service.name, dice, at));
        let cold = What::Slow {
            on: None,
            share: dice.between(0.02, 0.2),
            times: dice.between(1.5, 4.0),
        };
        let began = at + (dice.between(0.5, 2.0) * MINUTE_MS as f64) as i64;
        self.effects
            .push(lasting(began, dice.between(0.5, 1.5), cold));
    }

    /// One working day in 25 has the traffic of a Sunday.
    fn holidays(&mut self, service: &Service, dice: &mut Dice, from: Moment, to: Moment) {
        let zone = (service.season.zone * HOUR_MS as f64) as i64;
        for day in from.div_euclid(DAY_MS)..=to.div_euclid(DAY_MS) {
            let what = What::Traffic {
                on: None,
                times: dice.between(0.4, 0.8),
            };
            if dice.chance(0.04) && day.rem_euclid(7) < 5 {
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
pub(super) fn deployment(service: &str, dice: &mut Dice, at: Moment) -> [Change; 2] {
    let deployment_id = format!("ecs-svc/{:019}", dice.below(1 << 60));
    let lasted = (dice.between(3.0, 8.0) * MINUTE_MS as f64) as i64;
    let steps = [(Phase::InProgress, 0), (Phase::Completed, lasted)];
    steps.map(|(phase, after)| Change {
        service: service.to_owned(),
        at_ms: EPOCH_MS + at + after,
        kind: ChangeKind::Deployment {
            phase,
            deployment_id: deployment_id.clone(),
        },
        event_id: format!("{:016x}", dice.below(u64::MAX)),
    })
}

/// Less than a minute of trouble: a pause of the collector, a burst of errors, a hiccup of a dependency.
fn blip(service: &Service, dice: &mut Dice, at: Moment) -> Effect {
    let seconds = dice.log_between(5.0, 50.0);
    let what = match dice.below(3) {
        0 => What::Pause {
            share: dice.between(0.2, 0.7),
            ms: dice.log_between(400.0, 4_000.0),
        },
        1 => What::Errors {
            on: None,
            share: dice.log_between(0.03, 0.5),
        },
        _ => What::Failing {
            dependency: dice.below(service.dependencies.len() as u64) as usize,
            share: dice.log_between(0.05, 0.6),
            how: Fails::AtOnce,
        },
    };
    lasting(at, seconds / 60.0, what)
}

fn lasting(at: Moment, minutes: f64, what: What) -> Effect {
    Effect::step(at, at + (minutes * MINUTE_MS as f64) as i64, what)
}

fn moment(dice: &mut Dice, from: Moment, to: Moment) -> Moment {
    from + dice.below((to - from).max(1) as u64) as i64
}
