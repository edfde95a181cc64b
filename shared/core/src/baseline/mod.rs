//! The baseline of a subject (a service's requests, a route, a dependency): what is normal for it,
//! learnt one closed minute at a time.
//!
//! A baseline learns how many requests a minute brings, which share of them fails, and how long
//! they take, each in a way that a spike changes little. The caller judges a minute first and only
//! then lets the baseline learn it. The state in memory equals the stored one bit for bit.

mod calm;
mod cells;
pub(crate) mod histogram;
mod share;
mod short;
#[cfg(test)]
mod tests;
mod traffic;
pub(crate) mod v1;
pub(crate) mod wire;

use histogram::Histogram;
use share::{Prior, Share};
use short::{Half, MinuteRng};
use traffic::Traffic;
use wire::{Reader, Writer};

use crate::sketch::Sketch;
use crate::time::Minute;

/// The least shares of failures, and of slow ones, that are taken for normal, whatever the baseline
/// has learnt.
pub(crate) const LEAST_ERRORS: f64 = 0.002;
pub(crate) const LEAST_SLOW: f64 = 0.04;

/// The prior for failures: one failure in a hundred is normal, with the weight of two hundred
/// requests. So a new service may fail now and then on its first day without paging anybody.
const ERRORS: Prior = Prior {
    mean: 0.01,
    weight: 200.0,
    pull: 300.0,
    least: LEAST_ERRORS,
};

/// The prior for the share of durations beyond [`SLOW_QUANTILE`].
const SLOW: Prior = Prior {
    mean: 1.0 - SLOW_QUANTILE,
    weight: 100.0,
    pull: 200.0,
    least: LEAST_SLOW,
};

/// The prior for the share of durations beyond [`TAIL_QUANTILE`].
const TAIL: Prior = Prior {
    mean: 1.0 - TAIL_QUANTILE,
    weight: 400.0,
    pull: 400.0,
    least: 0.004,
};

/// A duration is slow if it is longer than this quantile of the usual durations.
pub(crate) const SLOW_QUANTILE: f64 = 0.95;

/// A duration is in the tail if it is longer than this quantile of the usual durations.
pub(crate) const TAIL_QUANTILE: f64 = 0.995;

/// The weight of durations that the histogram must hold before any is called slow, and before any
/// is called in the tail.
const SLOW_EVIDENCE: f64 = 100.0;
const TAIL_EVIDENCE: f64 = 1_000.0;

/// The factor by which the volume fades each minute: a memory of one day.
const DAY_FADE: f64 = 1.0 - 1.0 / 1_440.0;

/// Minutes of learning after which the threshold of slow ones is well known; from then on a minute
/// with surplus slow ones teaches the histogram less.
const SETTLED: u32 = 1_440;

/// The same number of minutes after durations began to be learnt anew.
const RELEARNING: u32 = 120;

/// The most minutes of evidence that are counted: thirty days.
const MOST_MINUTES: u32 = 43_200;

/// How many minutes lie between two windows from which the dispersion is learnt.
const STRIDE: i64 = 5;

/// The length of the window from which the dispersion of a share is learnt, in minutes.
pub(crate) const WINDOW: usize = 10;

/// The baseline of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Baseline {
    traffic: Option<Box<Traffic>>,
    errors: Share<24>,
    slow: Share<24>,
    tail: Share<1>,
    latency: Histogram,
    /// Requests or calls of the last day, faded.
    volume: Half,
    /// How many minutes with requests or calls were learnt.
    minutes: u32,
}

/// What a baseline expects of one minute.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Expected {
    /// The share of requests that fails.
    pub(crate) error_rate: f64,
    /// The dispersion: the variance of failures divided by that of coin tosses, at least 1 once it
    /// is filled in. A surprise is divided by it.
    pub(crate) error_dispersion: f64,
    /// The reach: the surprise, already divided by the dispersion, that ten minutes' failures
    /// attain once in a fortnight without any finding; about 5 nats where failures are as random as
    /// coin tosses.
    pub(crate) error_reach: f64,
    /// The last bucket of durations that are not slow, once there is evidence.
    pub(crate) slow_above: Option<usize>,
    /// The share of durations that are slow.
    pub(crate) slow_share: f64,
    /// As for failures.
    pub(crate) slow_dispersion: f64,
    /// As for failures.
    pub(crate) slow_reach: f64,
    /// The last bucket of durations that are not in the tail, once there is evidence.
    pub(crate) tail_above: Option<usize>,
    /// The share of durations that are in the tail.
    pub(crate) tail_share: f64,
    /// As for failures.
    pub(crate) tail_dispersion: f64,
    /// As for failures.
    pub(crate) tail_reach: f64,
    /// The usual median duration in milliseconds.
    pub(crate) p50_ms: f64,
    /// The usual ninth decile of durations in milliseconds.
    pub(crate) p90_ms: f64,
    /// Requests due in the minute; 0 while that is not known.
    pub(crate) due: f64,
    /// Requests a minute that are usual at this hour of the week, at the traffic level of the last
    /// day and without regard to the last hour; 0 while that is not known.
    pub(crate) usual: f64,
    /// Minutes of evidence for `due` in this hour on this kind of day.
    pub(crate) due_minutes: f64,
    /// Variance over mean of a minute's requests.
    pub(crate) dispersion: f64,
    /// Minutes of evidence of the whole baseline.
    pub(crate) minutes: f64,
}

/// The counts of one minute or several, by the thresholds that held in each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Requests or calls.
    pub(crate) count: u64,
    /// Those that failed.
    pub(crate) errors: u64,
    /// Those whose duration is known.
    pub(crate) timed: u64,
    /// Those that were slow.
    pub(crate) slow: u64,
    /// Those that were in the tail.
    pub(crate) tail: u64,
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |a, b| Self {
            count: a.count + b.count,
            errors: a.errors + b.errors,
            timed: a.timed + b.timed,
            slow: a.slow + b.slow,
            tail: a.tail + b.tail,
        })
    }
}

/// A signal of a subject: what a detector watches, and what a baseline can learn anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// The level of traffic.
    Traffic,
    /// The share of failures.
    Errors,
    /// Durations.
    Latency,
}

impl Signal {
    /// Returns its name in output and storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Traffic => "traffic",
            Self::Errors => "errors",
            Self::Latency => "latency",
        }
    }

    /// Returns the signal with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Traffic, Self::Errors, Self::Latency]
            .into_iter()
            .find(|signal| signal.name() == name)
    }
}

impl Baseline {
    /// Returns the baseline of a whole service, which also expects traffic.
    pub(crate) fn of_service() -> Self {
        Self {
            traffic: Some(Box::new(Traffic::new())),
            ..Self::of_part()
        }
    }

    /// Returns the baseline of a route or a dependency.
    pub(crate) fn of_part() -> Self {
        Self {
            traffic: None,
            errors: Share::new(),
            slow: Share::new(),
            tail: Share::new(),
            latency: Histogram::default(),
            volume: Half::default(),
            minutes: 0,
        }
    }

    /// Returns the requests or calls of the last day, faded.
    pub(crate) fn volume(&self) -> f64 {
        self.volume.get()
    }

    /// Returns what the baseline expects of a minute.
    pub(crate) fn expected(&self, minute: Minute) -> Expected {
        let weight = self.latency.weight();
        let quantiles = self
            .latency
            .quantiles([0.5, 0.9, SLOW_QUANTILE, TAIL_QUANTILE]);
        let [p50, p90, slow, tail] = quantiles.map_or([None; 4], |found| found.map(Some));
        let value = |bucket: Option<usize>| bucket.map_or(0.0, Histogram::value_ms);
        let errors = self.errors.usual(minute, ERRORS);
        let (slows, tails) = (self.slow.usual(minute, SLOW), self.tail.usual(minute, TAIL));
        let mut expected = Expected {
            error_rate: errors.mean,
            error_dispersion: errors.dispersion,
            error_reach: errors.reach,
            slow_above: slow.filter(|_| weight >= SLOW_EVIDENCE),
            slow_share: slows.mean,
            slow_dispersion: slows.dispersion,
            slow_reach: slows.reach,
            tail_above: tail.filter(|_| weight >= TAIL_EVIDENCE),
            tail_share: tails.mean,
            tail_dispersion: tails.dispersion,
            tail_reach: tails.reach,
            p50_ms: value(p50),
            p90_ms: value(p90),
            dispersion: 1.0,
            minutes: f64::from(self.minutes),
            ..Expected::default()
        };
        if let Some(traffic) = &self.traffic {
            let season = traffic.season(minute);
            (expected.due, expected.usual) = traffic.due(season);
            expected.due_minutes = season.kind;
            expected.dispersion = traffic.dispersion.get();
        }
        expected
    }

    /// Learns a minute from its durations, from its counts (`now`) by the thresholds of the
    /// baseline before this call, and from the counts of the last [`WINDOW`] minutes including it
    /// (`lately`). The caller must not let it learn a minute twice.
    pub(crate) fn learn(&mut self, minute: Minute, latency: &Sketch, now: Counts, lately: Counts) {
        let mut rng = MinuteRng::of(minute);
        let rng = &mut rng;
        if let Some(traffic) = &mut self.traffic
            && (self.volume.get() > 0.0 || now.count > 0)
        {
            traffic.learn(minute, now.count, rng);
        }
        let volume = self.volume.get() * DAY_FADE + now.count as f64;
        self.volume = Half::thrown(volume, rng);
        if now.count == 0 {
            return;
        }
        let windows = f64::from(self.minutes) / STRIDE as f64;
        let strays = minute.0.rem_euclid(STRIDE) == 0;
        self.minutes = (self.minutes + 1).min(MOST_MINUTES);
        if strays {
            let errors = (lately.errors, lately.count);
            self.errors.stray(minute, errors, ERRORS, windows, rng);
        }
        self.errors
            .learn(minute, (now.errors, now.count), ERRORS, rng);
        if now.timed == 0 {
            return;
        }
        let weight = self.latency.weight();
        let (mut slow_above, mut believed) = (usize::MAX, 1.0);
        if weight >= TAIL_EVIDENCE {
            if strays {
                let tail = (lately.tail, lately.timed);
                self.tail.stray(minute, tail, TAIL, windows, rng);
            }
            self.tail.learn(minute, (now.tail, now.timed), TAIL, rng);
        }
        if weight >= SLOW_EVIDENCE {
            if strays {
                let slow = (lately.slow, lately.timed);
                self.slow.stray(minute, slow, SLOW, windows, rng);
            }
            let times = self.slow.learn(minute, (now.slow, now.timed), SLOW, rng);
            if self.minutes >= SETTLED {
                let above = self.latency.quantiles([SLOW_QUANTILE]);
                (slow_above, believed) = (above.map_or(usize::MAX, |[above]| above), times);
            }
        }
        self.latency.learn(latency, slow_above, believed, rng);
    }

    /// Weakens the evidence for a signal, so that the next hours decide what is normal.
    pub(crate) fn relearn(&mut self, signal: Signal, minute: Minute) {
        let rng = &mut MinuteRng::of(minute);
        match signal {
            Signal::Traffic => {
                if let Some(traffic) = &mut self.traffic {
                    traffic.relearn();
                }
            }
            Signal::Errors => self.errors.weaken(ERRORS, rng),
            Signal::Latency => {
                self.minutes = self.minutes.min(SETTLED - RELEARNING);
                self.slow.weaken(SLOW, rng);
                self.tail.weaken(TAIL, rng);
                let most = (self.latency.weight() / 64.0).max(2.0 * SLOW_EVIDENCE);
                self.latency.weaken(most, rng);
            }
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        self.errors.write(writer);
        self.slow.write(writer);
        self.tail.write(writer);
        self.latency.write(writer);
        writer.half(self.volume);
        writer.whole(self.minutes.into());
        if let Some(traffic) = &self.traffic {
            traffic.write(writer);
        }
    }

    /// Reads the baseline of a route or dependency, or `of_service` that of a whole service; `None`
    /// if the bytes are damaged.
    pub(crate) fn read(self, reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            errors: Share::read(reader)?,
            slow: Share::read(reader)?,
            tail: Share::read(reader)?,
            latency: Histogram::read(reader)?,
            volume: reader.half()?,
            minutes: u32::try_from(reader.whole()?).ok()?,
            traffic: match self.traffic {
                Some(_) => Some(Box::new(Traffic::read(reader)?)),
                None => None,
            },
        })
    }
}
