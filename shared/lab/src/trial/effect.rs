//! Temporary effects on a service, harmless or not, and their strength at a moment.

use atalaya_core::time::MINUTE_MS;

/// A moment of a trial, in milliseconds since the Monday before its first day.
pub(super) type Moment = i64;

/// Something that acts from one moment to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Effect {
    pub(super) from: Moment,
    pub(super) to: Moment,
    /// How long it takes to reach full strength, in milliseconds.
    pub(super) rise: i64,
    /// How long it takes to fade before its end, in milliseconds.
    pub(super) fall: i64,
    pub(super) what: What,
}

/// What it does at full strength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    /// So many times as many requests come, on all routes or on one.
    Traffic { on: Option<usize>, times: f64 },
    /// Requests take so many times as long, on all routes or on one.
    Latency { on: Option<usize>, times: f64 },
    /// This share of requests takes so many medians of its route.
    Slow {
        on: Option<usize>,
        share: f64,
        times: f64,
    },
    /// This share of requests waits for so long.
    Pause { share: f64, ms: f64 },
    /// This share of requests fails by the service's own fault.
    Errors { on: Option<usize>, share: f64 },
    /// Calls of a dependency take so many times as long.
    Slowed { dependency: usize, times: f64 },
    /// This share of the calls of a dependency fails, at once or after its timeout.
    Failing {
        dependency: usize,
        share: f64,
        how: Fails,
    },
    /// So many more requests than usual come, and are answered with 4xx.
    Refused { share: f64 },
    /// No line arrives.
    Silent,
}

impl What {
    /// Returns a description for a person who asks which effect was active when an alarm was
    /// raised.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Traffic { .. } => "other traffic",
            Self::Latency { .. } => "slower requests",
            Self::Slow { .. } => "a cold start",
            Self::Pause { .. } => "a pause",
            Self::Errors { .. } => "a burst of failures",
            Self::Slowed { .. } => "a slower dependency",
            Self::Failing { .. } => "a dependency's hiccup",
            Self::Refused { .. } => "a scan",
            Self::Silent => "lost logs",
        }
    }
}

/// How calls fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fails {
    AtOnce,
    ByTimeout,
}

impl Effect {
    /// Returns an effect that reaches full strength at once and ends at once.
    pub(super) fn step(from: Moment, to: Moment, what: What) -> Self {
        Self {
            from,
            to,
            rise: 0,
            fall: 0,
            what,
        }
    }

    /// Returns how strongly it acts at a moment, in `0..=1`.
    pub(super) fn strength(&self, at: Moment) -> f64 {
        if at < self.from || at >= self.to {
            return 0.0;
        }
        let part = |passed: i64, whole: i64| {
            if whole <= 0 {
                1.0
            } else {
                (passed as f64 / whole as f64).min(1.0)
            }
        };
        part(at - self.from, self.rise).min(part(self.to - at, self.fall))
    }

    /// Returns the value of a factor at a strength.
    pub(super) fn scaled(times: f64, strength: f64) -> f64 {
        1.0 + (times - 1.0) * strength
    }

    /// Returns the minutes that it touches.
    pub(super) fn last_minute(&self) -> i64 {
        (self.to - 1).div_euclid(MINUTE_MS)
    }
}

/// All effects of a service in order of time, and those that act now.
#[derive(Debug, Clone)]
pub(super) struct Agenda {
    /// The effects that are still to come, the next at the end.
    ahead: Vec<Effect>,
    acting: Vec<Effect>,
}

impl Agenda {
    pub(super) fn new(effects: Vec<Effect>) -> Self {
        let mut agenda = Self {
            ahead: effects,
            acting: Vec::new(),
        };
        agenda.sort();
        agenda
    }

    /// Adds an effect that was not planned.
    pub(super) fn add(&mut self, effects: &[Effect]) {
        self.ahead.extend_from_slice(effects);
        self.sort();
    }

    /// Returns the effects that act in a minute; minutes must be asked for in rising order.
    pub(super) fn of_minute(&mut self, minute: i64) -> &[Effect] {
        self.acting.retain(|effect| effect.last_minute() >= minute);
        let end = (minute + 1) * MINUTE_MS;
        while let Some(next) = self.ahead.pop_if(|next| next.from < end) {
            if next.last_minute() >= minute {
                self.acting.push(next);
            }
        }
        &self.acting
    }

    fn sort(&mut self) {
        // The sort is stable, so equal beginnings stay in the order in which they were planned.
        self.ahead.sort_by_key(|effect| -effect.from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_rises_holds_and_falls() {
        let effect = Effect {
            from: 100,
            to: 200,
            rise: 20,
            fall: 50,
            what: What::Silent,
        };
        for (at, strength) in [
            (99, 0.0),
            (100, 0.0),
            (110, 0.5),
            (120, 1.0),
            (150, 1.0),
            (175, 0.5),
            (200, 0.0),
        ] {
            assert!((effect.strength(at) - strength).abs() < 1e-9, "{at}");
        }
        let step = Effect::step(100, 200, What::Silent);
        assert!((step.strength(100) - 1.0).abs() < 1e-9);
        assert!((Effect::scaled(3.0, 0.5) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn an_agenda_tells_what_acts_in_each_minute() {
        let step = |from, to| Effect::step(from * MINUTE_MS + 1, to * MINUTE_MS, What::Silent);
        let mut agenda = Agenda::new(vec![step(3, 4), step(1, 3)]);
        let mut seen = Vec::new();
        for minute in 0..6 {
            if minute == 2 {
                agenda.add(&[step(2, 5)]);
            }
            seen.push(agenda.of_minute(minute).len());
        }
        assert_eq!(seen, [0, 1, 2, 2, 1, 0]);
    }
}
