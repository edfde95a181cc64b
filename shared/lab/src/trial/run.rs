//! The run of a seed: a service runs through healthy days, and each incident is played on a copy of
//! it.
//!
//! The days before an incident are the same for all kinds, so they are played once. Each kind
//! begins at a moment of its own in the last day. There, the service and the detectors are copied;
//! the copy plays the incident and some healthy hours after it, and is dropped. Alarms from before
//! the incident count against the copy too.

use std::sync::atomic::{AtomicUsize, Ordering};

use atalaya_core::change::Change;
use atalaya_core::judge::MinuteView;
use atalaya_core::time::MINUTE_MS;

use super::rng::Rng;

use super::effect::Effect;
use super::kind::{self, IncidentKind, Injected, Truth};
use super::ordinary::Plan;
use super::score::{Verdict, judged, told_falsely};
use super::service::Service;
use super::watch::atalaya::Atalaya;
use super::watch::ewma::{Bar, Ewma};
use super::watch::fixed::Fixed;
use super::watch::{Alarm, Watcher, When};
use super::world::{EPOCH_MS, World};

/// The detectors, in the order of output.
pub(super) const WATCHERS: [&str; 3] = ["atalaya", "ewma", "fixed"];

const DAY: i64 = 24 * 60;

/// Days before the day in which incidents begin.
const WARM_UP_DAYS: (f64, f64) = (8.0, 10.0);

/// Minutes that are played after an incident.
const CALM: i64 = 180;

/// How long log lines take until an evaluation of the open minute sees them, in milliseconds.
const DELIVERY_MS: i64 = 5_000;

/// How long after its end a harmless effect is still named beside an alarm, in milliseconds.
const SHORTLY_MS: i64 = 10 * MINUTE_MS;

/// Days of a healthy month.
const MONTH: i64 = 28;

/// The rng's lane for the times of a run.
const LANE: u64 = 3;

/// The results of one seed.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) seed: u64,
    /// Requests a minute, on average.
    pub(super) rate: f64,
    /// Healthy minutes that were watched.
    pub(super) healthy: i64,
    /// The alarms in them, by detector.
    pub(super) falsely: Vec<Vec<Alarm>>,
    /// The harmless effects on the service.
    pub(super) harmless: Vec<Effect>,
    pub(super) trials: Vec<Trial>,
    /// Kinds that would leave too little evidence in this service.
    pub(super) not_drawn: Vec<IncidentKind>,
}

/// An incident, and what each detector reported of it.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) truth: Truth,
    pub(super) told: Vec<Verdict>,
}

/// The parameters of the detectors.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(super) struct Setting {
    /// How often each open minute is evaluated, at most 4.
    pub(super) evaluations: usize,
    pub(super) ewma: Bar,
}

impl Setting {
    /// Returns the moments at which a minute is evaluated, in milliseconds after its beginning; its
    /// end is the last.
    fn looks(self) -> &'static [i64] {
        match self.evaluations {
            0 | 1 => &[MINUTE_MS],
            2 => &[30_000, MINUTE_MS],
            3 => &[20_000, 40_000, MINUTE_MS],
            _ => &[15_000, 30_000, 45_000, MINUTE_MS],
        }
    }
}

/// A service and the detectors that watch it.
#[derive(Debug, Clone)]
struct Scene<'s> {
    world: World<'s>,
    changes: Vec<Change>,
    atalaya: Atalaya,
    ewma: Ewma,
    fixed: Fixed,
    setting: Setting,
    /// The last minute, which is not closed yet.
    open: Option<MinuteView>,
}

/// Plays one healthy run and an incident of each of `kinds`.
pub(super) fn with_incidents(seed: u64, kinds: &[IncidentKind], setting: Setting) -> Run {
    let service = Service::draw(seed);
    let mut rng = Rng::new(seed, LANE);
    let first = rng.below(7 * DAY as u64) as i64;
    let warm = (rng.between(WARM_UP_DAYS.0, WARM_UP_DAYS.1) * DAY as f64) as i64;
    let (last_day, end) = (first + warm, first + warm + DAY);
    let moments = (last_day * MINUTE_MS, end * MINUTE_MS);
    let mut not_drawn = Vec::new();
    let mut injected: Vec<Injected> = Vec::new();
    for kind in kinds {
        match kind::draw(*kind, &service, seed, moments.0, moments.1) {
            Some(incident) => injected.push(incident),
            None => not_drawn.push(*kind),
        }
    }
    injected.sort_by_key(|incident| (incident.truth.from, incident.truth.kind));
    let longest = (kind::LONGEST_HOURS * 60.0) as i64 + CALM;
    let mut run = Run::of(seed, &service, end - first);
    let plan = Plan::draw(
        &service,
        seed,
        first * MINUTE_MS,
        (end + longest) * MINUTE_MS,
    );
    run.harmless.clone_from(&plan.effects);
    let mut scene = Scene::open(&service, seed, first, plan, setting);
    run.not_drawn = not_drawn;
    let mut next = injected.iter().peekable();
    for minute in first..end {
        let begins = |i: &&Injected| i.truth.from.div_euclid(MINUTE_MS) == minute;
        while let Some(incident) = next.next_if(begins) {
            let (trial, calm, falsely) = scene.clone().suffer(incident);
            run.healthy += calm;
            for (all, more) in run.falsely.iter_mut().zip(falsely) {
                all.extend(more);
            }
            run.trials.push(trial);
        }
        scene.minute();
    }
    run.told_falsely(&scene);
    run
}

/// Plays a month without incidents, in which every alarm is false.
pub(super) fn healthy(seed: u64, setting: Setting) -> Run {
    let service = Service::draw(seed);
    let first = Rng::new(seed, LANE).below(7 * DAY as u64) as i64;
    let end = first + MONTH * DAY;
    let plan = Plan::draw(&service, seed, first * MINUTE_MS, end * MINUTE_MS);
    let mut run = Run::of(seed, &service, end - first);
    run.harmless.clone_from(&plan.effects);
    let mut scene = Scene::open(&service, seed, first, plan, setting);
    for _ in first..end {
        scene.minute();
    }
    run.told_falsely(&scene);
    run
}

/// Plays a run for each seed on all processors, and returns them in the order of the seeds.
pub(super) fn all(
    seeds: &[u64],
    play: impl Fn(u64) -> Run + Sync,
    done: impl Fn() + Sync,
) -> Vec<Run> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut mine = Vec::new();
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
            mine.push(play(*seed));
            done();
        }
        mine
    };
    let mut runs: Vec<Run> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined
            .flat_map(|mine| mine.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    runs.sort_by_key(|run| run.seed);
    runs
}

impl Run {
    fn of(seed: u64, service: &Service, healthy: i64) -> Self {
        Self {
            seed,
            rate: service.rate,
            healthy,
            falsely: vec![Vec::new(); WATCHERS.len()],
            harmless: Vec::new(),
            trials: Vec::new(),
            not_drawn: Vec::new(),
        }
    }

    /// Returns the harmless effects that were active when an alarm was raised, or shortly before.
    pub(super) fn beside(&self, alarm: &Alarm) -> Vec<&'static str> {
        let told = alarm.told_ms - EPOCH_MS;
        let near = |effect: &&Effect| effect.from <= told && told - SHORTLY_MS < effect.to;
        let mut names: Vec<_> = self
            .harmless
            .iter()
            .filter(near)
            .map(|e| e.what.name())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn told_falsely(&mut self, scene: &Scene<'_>) {
        for (falsely, watcher) in self.falsely.iter_mut().zip(scene.watchers()) {
            falsely.extend(told_falsely(watcher.alarms(), None));
        }
    }
}

impl<'s> Scene<'s> {
    fn open(service: &'s Service, seed: u64, first: i64, plan: Plan, setting: Setting) -> Self {
        Self {
            world: World::new(service, seed, first, plan.effects),
            changes: plan.changes,
            atalaya: Atalaya::new(&service.name),
            ewma: Ewma::new(setting.ewma),
            fixed: Fixed::default(),
            setting,
            open: None,
        }
    }

    fn watchers(&self) -> [&dyn Watcher; WATCHERS.len()] {
        [&self.atalaya, &self.ewma, &self.fixed]
    }

    /// Plays a minute to all detectors. At its end, the minute before it is closed.
    fn minute(&mut self) {
        let from_ms = EPOCH_MS + self.world.next() * MINUTE_MS;
        let looks = self.setting.looks();
        let mut known = self.world.minute(looks);
        for (look, view) in looks.iter().zip(&known) {
            let at_end = *look == MINUTE_MS;
            if at_end && let Some(before) = self.open.take() {
                self.close(&before, from_ms + MINUTE_MS);
            }
            if self.setting.evaluations > 0 {
                let open: Vec<MinuteView> = self.open.iter().chain([view]).cloned().collect();
                let when = When {
                    changes: &self.changes,
                    now_ms: from_ms + look + DELIVERY_MS,
                };
                self.atalaya.judge_open(&open, &when);
            }
        }
        self.open = known.pop();
    }

    /// Closes a minute, a minute after its end, when `sweep` has waited for late lines.
    fn close(&mut self, view: &MinuteView, now_ms: i64) {
        let when = When {
            changes: &self.changes,
            now_ms,
        };
        self.atalaya.see(view, &when);
        self.ewma.see(view, &when);
        self.fixed.see(view, &when);
    }

    /// Plays an incident that begins now, and returns what the detectors reported of it, the number
    /// of healthy minutes afterwards, and the false alarms in them.
    fn suffer(mut self, incident: &Injected) -> (Trial, i64, Vec<Vec<Alarm>>) {
        self.world.befall(&incident.effects);
        self.changes.extend_from_slice(&incident.changes);
        self.changes
            .sort_by(|a, b| (a.at_ms, &a.event_id).cmp(&(b.at_ms, &b.event_id)));
        let began_ms = EPOCH_MS + self.world.next() * MINUTE_MS;
        let over = incident.truth.to.div_euclid(MINUTE_MS) + 1;
        while self.world.next() < over + CALM {
            self.minute();
        }
        let truth = &incident.truth;
        let told = self
            .watchers()
            .map(|watcher| judged(truth, watcher.alarms()));
        let falsely = self.watchers().map(|watcher| {
            let falsely = told_falsely(watcher.alarms(), Some(truth));
            falsely
                .into_iter()
                .filter(|alarm| alarm.told_ms > began_ms)
                .collect()
        });
        let trial = Trial {
            truth: truth.clone(),
            told: told.to_vec(),
        };
        (trial, CALM, falsely.to_vec())
    }
}
