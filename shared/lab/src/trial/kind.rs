//! The eight kinds of incidents, how large they are, and which are too small to be drawn.
//!
//! The sizes are those that people who run services call incidents; they were chosen without regard
//! to the detector. Factors and shares are drawn so that each doubling is as likely:
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
//! Incidents of latency and errors affect all requests, one route with at least a quarter of them,
//! or the requests that call one dependency that at least 40 % of all need; the sizes are those of
//! the affected requests.
//!
//! **An incident that nobody could see is not drawn.** An incident must touch at least 5 requests
//! in expectation, and an observer who knew the service's true rates must expect a log-likelihood
//! ratio of at least [`EVIDENCE`] over the whole of it. If there is less, the incident lasts
//! longer, up to [`LONGEST_HOURS`]; if that is not enough, another time is drawn; in the end the
//! service gets no incident of this kind, and the table says for how many services that is true.

use atalaya_core::change::Change;
use atalaya_core::time::MINUTE_MS;

use super::rng::Rng;

use super::effect::{Effect, Moment, What};
use super::ordinary::deployment;
use super::service::Service;
use super::size::{Rise, Sketched, Target, befallen_share, sketch};

/// The least evidence, in nats. A minute-by-minute watch of one service makes about 20,000 looks in two weeks, so with
/// one false page in 20 weeks no watcher can page on less than `ln(200,000) = 12`; what varies around 20 is mostly
/// above that.
pub(super) const EVIDENCE: f64 = 20.0;

/// The fewest requests in expectation that an incident touches.
const LEAST_REQUESTS: f64 = 5.0;

/// How far an incident of a quiet service is stretched, in hours.
pub(super) const LONGEST_HOURS: f64 = 8.0;

/// The rng's first lane for incidents.
const LANE: u64 = 16;

/// Times that are tried before a service gets no incident of a kind.
const TRIES: u32 = 40;

/// A kind of incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentKind {
    /// Requests become slower over some minutes.
    LatencyRamp,
    /// Requests are slower at once.
    LatencyStep,
    /// Only the slowest requests become much slower.
    P99Only,
    /// Requests fail.
    ErrorBurst,
    /// Requests are missing.
    TrafficDrop,
    /// Requests fail, are slow and are repeated.
    RetryStorm,
    /// Requests become slower over hours.
    SlowLeak,
    /// A deployment brings failures or slowness.
    DeployStep,
}

/// The truth about an incident.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Truth {
    pub(super) kind: IncidentKind,
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

impl IncidentKind {
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

    /// Returns what happens in such an incident, in a few words for a person.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::LatencyRamp => "Requests become slower over some minutes",
            Self::LatencyStep => "Requests are slower at once",
            Self::P99Only => "Only the slowest requests become much slower",
            Self::ErrorBurst => "Requests fail",
            Self::TrafficDrop => "Requests are missing",
            Self::RetryStorm => "Requests fail, are slow and are repeated",
            Self::SlowLeak => "Requests become slower over hours",
            Self::DeployStep => "A deployment brings failures or slowness",
        }
    }
}

/// Draws an incident of a kind that begins between two moments, or `None` where none would leave enough evidence.
pub(super) fn draw(
    kind: IncidentKind,
    service: &Service,
    seed: u64,
    from: Moment,
    to: Moment,
) -> Option<Injected> {
    let mut rng = Rng::new(seed, LANE + kind as u64);
    (0..TRIES).find_map(|_| {
        let sketched = sketch(kind, service, &mut rng);
        let begins = from + rng.below((to - from).max(1) as u64) as i64;
        let minutes = long_enough(service, &sketched, begins)?;
        Some(inject(kind, service, &mut rng, &sketched, begins, minutes))
    })
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
            // The evidence of a request grows with the square of a shift.
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
    kind: IncidentKind,
    service: &Service,
    rng: &mut Rng,
    sketched: &Sketched,
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
    if kind == IncidentKind::DeployStep {
        let before = ms(rng.between(0.3, 2.5));
        changes.extend(deployment(&service.name, rng, from - before));
        let back = ms(rng.between(0.5, 3.0));
        changes.extend(deployment(&service.name, rng, to - back));
    }
    let blame = match (kind, sketched.target) {
        (IncidentKind::DeployStep, _) => Blame::Change,
        (IncidentKind::TrafficDrop, _) => Blame::Traffic,
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
