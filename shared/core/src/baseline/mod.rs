//! What is normal for a subject (a service's requests, a route, a dependency), learnt one closed minute at a time.
//!
//! Three things are learnt, each so that a spike teaches little: how many requests a minute brings, which share of
//! them fails, and how long they take. The caller judges a minute first and only then lets it be learnt.

pub(crate) mod histogram;
pub(crate) mod pack;
pub(crate) mod profile;

use crate::series::Sums;
use crate::time::Minute;
use histogram::Histogram;
use pack::round24;
use profile::{Estimate, Grain, Prior, Profile};

/// Before anything is seen, one failure in a hundred is taken for normal, with the weight of two hundred requests: a
/// new service may fail now and then on its first day and nobody is woken.
const ERRORS: Prior = Prior {
    mean: 0.01,
    weight: 200.0,
    pull: 300.0,
};

/// The share of durations beyond [`SLOW_QUANTILE`] that is taken for normal.
const SLOW: Prior = Prior {
    mean: 1.0 - SLOW_QUANTILE,
    weight: 100.0,
    pull: 200.0,
};

/// Traffic has no prior: nothing is expected of a service that was never seen.
const TRAFFIC: Prior = Prior {
    mean: 0.0,
    weight: 0.0,
    pull: 30.0,
};

/// Slow is what lasts longer than this quantile of the usual durations.
pub(crate) const SLOW_QUANTILE: f64 = 0.95;

/// Minutes of evidence before traffic is expected.
const TRAFFIC_MINUTES: f64 = 60.0;

/// Durations that must be remembered before any is called slow.
const SLOW_EVIDENCE: f64 = 100.0;

/// What a minute leaves of the recent level of traffic: three quarters of an hour.
const LEVEL_FADE: f64 = 1.0 - 1.0 / 45.0;

/// What a minute leaves of the volume and of the dispersion: one day.
const DAY_FADE: f64 = 1.0 - 1.0 / 1_440.0;

/// The traffic of a service.
#[derive(Debug, Clone, PartialEq)]
struct Traffic {
    profile: Profile,
    /// Variance over mean of a minute's count; 1 for a Poisson stream.
    dispersion: f32,
    /// Requests that came in the last three quarters of an hour, faded.
    came: f32,
    /// Requests that the profile expected in the same time, faded alike.
    due: f32,
}

/// What is normal for a subject.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Baseline {
    traffic: Option<Traffic>,
    errors: Profile,
    slow: Profile,
    latency: Histogram,
    /// Requests or calls of the last day, faded.
    volume: f32,
    /// Minutes with requests or calls that were learnt, faded over thirty days.
    minutes: f32,
}

/// What a baseline expects of one minute.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Expected {
    /// The share of requests that fails.
    pub(crate) error_rate: f64,
    /// The last bucket of durations that are not slow, once there is evidence.
    pub(crate) slow_above: Option<usize>,
    /// The share of durations that are slow.
    pub(crate) slow_share: f64,
    /// The usual median duration in milliseconds.
    pub(crate) p50_ms: f64,
    /// The usual ninth decile of durations in milliseconds.
    pub(crate) p90_ms: f64,
    /// Requests that the minute should bring, 0 while that is not known.
    pub(crate) due: f64,
    /// Minutes of evidence for the very hour and kind of day of `due`.
    pub(crate) due_minutes: f64,
    /// Variance over mean of a minute's requests.
    pub(crate) dispersion: f64,
    /// Minutes of evidence behind it all.
    pub(crate) minutes: f64,
}

impl Baseline {
    /// Returns the baseline of a whole service, which also expects traffic.
    pub(crate) fn of_service() -> Self {
        let traffic = Traffic {
            profile: Profile::new(Grain::HourAndDay),
            dispersion: 1.5,
            came: 0.0,
            due: 0.0,
        };
        Self {
            traffic: Some(traffic),
            ..Self::new(Grain::HourAndDay)
        }
    }

    /// Returns the baseline of a route or a dependency.
    pub(crate) fn of_part() -> Self {
        Self::new(Grain::Hour)
    }

    fn new(grain: Grain) -> Self {
        Self {
            traffic: None,
            errors: Profile::new(grain),
            slow: Profile::new(grain),
            latency: Histogram::default(),
            volume: 0.0,
            minutes: 0.0,
        }
    }

    /// Returns the requests or calls of the last day, faded.
    pub(crate) fn volume(&self) -> f64 {
        f64::from(self.volume)
    }

    /// Returns what is expected of a minute.
    pub(crate) fn expected(&self, minute: Minute) -> Expected {
        let at = |q| self.latency.quantile(q);
        let enough = self.latency.weight() >= SLOW_EVIDENCE;
        let value = |q| at(q).map_or(0.0, Histogram::value_ms);
        let traffic = self.traffic.as_ref();
        Expected {
            error_rate: self.errors.at(minute, ERRORS).mean.clamp(0.0, 1.0),
            slow_above: at(SLOW_QUANTILE).filter(|_| enough),
            slow_share: self.slow.at(minute, SLOW).mean.clamp(0.0, 1.0),
            p50_ms: value(0.5),
            p90_ms: value(0.9),
            due: traffic.map_or(0.0, |traffic| traffic.due_at(minute)),
            due_minutes: traffic.map_or(0.0, |traffic| traffic.estimate(minute).cell),
            dispersion: traffic.map_or(1.0, |traffic| f64::from(traffic.dispersion)),
            minutes: f64::from(self.minutes),
        }
    }

    /// Learns a minute. `slow` is how many of its durations the baseline, as it was, called slow.
    pub(crate) fn learn(&mut self, minute: Minute, sums: &Sums, slow: u64) {
        if let Some(traffic) = &mut self.traffic
            && (self.volume > 0.0 || sums.count > 0)
        {
            traffic.learn(minute, sums.count as f64);
        }
        self.volume = round24(f64::from(self.volume) * DAY_FADE + sums.count as f64);
        if sums.count == 0 {
            return;
        }
        self.minutes = round24((f64::from(self.minutes) + 1.0).min(43_200.0));
        let (n, rate) = (sums.count as f64, self.errors.at(minute, ERRORS).mean);
        let share = tamed(sums.errors.min(sums.count) as f64, n, rate) / n;
        self.errors.learn(minute, share, n);
        let timed = sums.latency.count() as f64;
        if timed > 0.0 {
            if self.latency.weight() >= SLOW_EVIDENCE {
                let rate = self.slow.at(minute, SLOW).mean;
                self.slow
                    .learn(minute, tamed(slow as f64, timed, rate) / timed, timed);
            }
            self.latency.learn(&sums.latency);
        }
    }
}

/// Returns a count of failures cut off where it is beyond three standard deviations of what was normal, so that a
/// spike teaches no more than an unlucky minute (winsorizing: Tukey, "The future of data analysis", 1962).
fn tamed(failures: f64, n: f64, rate: f64) -> f64 {
    let normal = n * rate;
    failures.min(normal + 3.0 * normal.sqrt() + 1.0).min(n)
}

impl Traffic {
    /// Returns the requests that a minute should bring: the profile, lowered to the level of the last three quarters
    /// of an hour where that is lower. A holiday, or a first weekend, is a slow change of level and no drop.
    fn due_at(&self, minute: Minute) -> f64 {
        let estimate = self.estimate(minute);
        if estimate.total < TRAFFIC_MINUTES || self.due <= 0.0 {
            return 0.0;
        }
        estimate.mean * (f64::from(self.came) / f64::from(self.due)).min(1.0)
    }

    fn learn(&mut self, minute: Minute, count: f64) {
        let estimate = self.estimate(minute);
        let mean = if estimate.total > 0.0 {
            estimate.mean
        } else {
            count
        };
        self.came = round24(f64::from(self.came) * LEVEL_FADE + count);
        self.due = round24(f64::from(self.due) * LEVEL_FADE + mean);
        let known = estimate.cell >= TRAFFIC.pull;
        let mut value = count;
        if known && mean > 0.0 {
            let reach = 3.0 * (mean * f64::from(self.dispersion)).sqrt() + 0.2 * mean;
            value = count.clamp(mean - reach, mean + reach);
            let spread = ((count - mean).powi(2) / mean).min(9.0);
            let faded = f64::from(self.dispersion) * DAY_FADE;
            self.dispersion = round24((faded + spread * (1.0 - DAY_FADE)).max(1.0));
        }
        self.profile.learn(minute, value, 1.0);
    }

    fn estimate(&self, minute: Minute) -> Estimate {
        self.profile.between_hours(minute, TRAFFIC)
    }
}

/// The stored form, frozen.
pub(crate) mod v1 {
    use super::{Baseline, Grain, Histogram, Profile, Traffic};
    use crate::baseline::pack::{pack_floats, unpack_floats};
    use serde::{Deserialize, Serialize};

    /// A baseline: all numbers are 24-bit floats in base64.
    #[derive(Debug, Serialize, Deserialize)]
    pub(crate) struct Stored {
        /// Traffic by hour and kind of day, for a whole service.
        #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
        traffic: Option<String>,
        /// Share of failures.
        #[serde(rename = "e")]
        errors: String,
        /// Share of slow ones.
        #[serde(rename = "s")]
        slow: String,
        /// First bucket and counts of durations.
        #[serde(rename = "h")]
        latency: (u16, String),
        /// Volume, minutes, and for a whole service dispersion, came and due.
        #[serde(rename = "x")]
        scalars: String,
    }

    impl Baseline {
        pub(crate) fn store(&self) -> Stored {
            let mut scalars = vec![self.volume, self.minutes];
            if let Some(traffic) = &self.traffic {
                scalars.extend([traffic.dispersion, traffic.came, traffic.due]);
            }
            Stored {
                traffic: self.traffic.as_ref().map(|traffic| traffic.profile.pack()),
                errors: self.errors.pack(),
                slow: self.slow.pack(),
                latency: self.latency.pack(),
                scalars: pack_floats(scalars),
            }
        }

        /// Returns the baseline, or `None` where the stored form is damaged.
        pub(crate) fn restore(stored: &Stored) -> Option<Self> {
            let grain = match stored.traffic {
                Some(_) => Grain::HourAndDay,
                None => Grain::Hour,
            };
            let scalars = unpack_floats(&stored.scalars)?;
            let (volume, minutes, traffic) = match (&stored.traffic, scalars.as_slice()) {
                (None, [volume, minutes]) => (*volume, *minutes, None),
                (Some(profile), [volume, minutes, dispersion, came, due]) => {
                    let profile = Profile::unpack(profile, grain)?;
                    let traffic = Traffic {
                        profile,
                        dispersion: *dispersion,
                        came: *came,
                        due: *due,
                    };
                    (*volume, *minutes, Some(traffic))
                }
                _ => return None,
            };
            Some(Self {
                traffic,
                errors: Profile::unpack(&stored.errors, grain)?,
                slow: Profile::unpack(&stored.slow, grain)?,
                latency: Histogram::unpack(stored.latency.0, &stored.latency.1)?,
                volume,
                minutes,
            })
        }
    }
}
