//! The traffic that is due: a season by hour of the week, the level of the last hours relative to
//! it, and how much the count of a minute scatters.
//!
//! ```text
//! overall = Σ w·m / Σ w                               over all hours of the week
//! hour    = (Σ w_h·m_h + k·overall)  / (Σ w_h + k)    over the seven days' cells of the hour
//! kind    = (Σ w_d·m_d + k·hour)     / (Σ w_d + k)    over weekdays, or over the weekend
//! season  = (w·m + k'·kind)          / (w + k')       the very cell
//! due     = season · min(level of 45 minutes, level of a day)
//! ```
//!
//! Each step is a posterior mean (see [`Evidence::drawn_to`]), so that thin evidence leans on wider
//! evidence. The levels are faded ratios of the requests that came to those that the season
//! expected (the ratio-to-moving-average of Macaulay, "The smoothing of time series", 1931, made
//! recursive). So a trend of some percent a week, which the season follows weeks late, makes no
//! Monday unusual. The shorter level can only lower the number due, because neither a holiday nor
//! the end of a campaign, which are slow changes, is a drop.

use super::cells::{Cells, Evidence, Keep};
use super::short::{Half, MinuteRng};
use super::wire::{Reader, Writer};
use crate::time::Minute;

/// Hours of a day.
pub(crate) const HOURS: usize = 24;

/// Hours of a week, the first of which is Monday's midnight (UTC).
pub(crate) const WEEK: usize = 7 * HOURS;

/// The memory of an hour of the week: four of its own.
pub(crate) const SEASON: Keep = Keep { minutes: 240 };

/// Minutes of evidence from which an hour counts as much as the mean of all hours, and a kind of
/// day as much as both. They are few, because hours differ from each other by far more than one of
/// them scatters.
const PULL: f64 = 10.0;

/// Minutes of evidence from which an hour of the week counts as much as its kind of day: those of
/// one week, because days of one kind differ as little as the same hour from week to week.
const PULL_DAY: f64 = 60.0;

/// Minutes of evidence from which an hour of a kind of day counts as known.
const KNOWN: f64 = 30.0;

/// Minutes of evidence before traffic is expected.
const TRAFFIC_MINUTES: f64 = 60.0;

/// The factor by which the level of three quarters of an hour fades each minute.
const SHORT_FADE: f64 = 1.0 - 1.0 / 45.0;

/// The factor by which the level of a day, and the scatter, fade each minute.
const DAY_FADE: f64 = 1.0 - 1.0 / 1_440.0;

/// The share by which a minute may deviate before its surplus is ignored: where the hour is known,
/// and where only the last minutes show what is usual.
const REACH: (f64, f64) = (0.2, 0.5);

/// The range, relative to the usual count, in which a minute moves the level of a day: a rush of
/// hours moves it by some percent.
const RISE: (f64, f64) = (0.5, 1.3);

/// A traffic level: the requests that came and those that the season expected, both faded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TrafficLevel {
    pub(crate) came: Half,
    pub(crate) due: Half,
}

impl TrafficLevel {
    fn ratio(self) -> f64 {
        if self.due.get() > 0.0 {
            self.came.get() / self.due.get()
        } else {
            1.0
        }
    }

    fn learn(&mut self, came: f64, due: f64, fade: f64, rng: &mut MinuteRng) {
        self.came = Half::thrown(self.came.get() * fade + came, rng);
        self.due = Half::thrown(self.due.get() * fade + due, rng);
    }
}

/// The traffic of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) season: Cells<WEEK>,
    /// The level of three quarters of an hour.
    pub(crate) short: TrafficLevel,
    /// The level of a day, learnt in known hours only.
    pub(crate) day: TrafficLevel,
    /// Variance over mean of a minute's count; 1 for a Poisson stream.
    pub(crate) dispersion: Half,
}

/// The season at a moment of the week.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Season {
    /// Requests a minute at the usual level.
    pub(crate) mean: f64,
    /// Minutes of evidence for the hour on this kind of day.
    pub(crate) kind: f64,
    /// All minutes of evidence.
    pub(crate) total: f64,
}

impl Traffic {
    pub(crate) fn new() -> Self {
        Self {
            season: Cells::new(SEASON),
            short: TrafficLevel::default(),
            day: TrafficLevel::default(),
            dispersion: Half::near(1.5),
        }
    }

    /// Returns the requests due in a minute, and those that are usual at this hour of the week; 0
    /// while that is not known.
    pub(crate) fn due(&self, season: Season) -> (f64, f64) {
        if season.total < TRAFFIC_MINUTES || self.short.due.get() <= 0.0 {
            return (0.0, 0.0);
        }
        let day = self.day.ratio();
        (season.mean * self.short.ratio().min(day), season.mean * day)
    }

    /// Returns the season of a minute, on the straight line between the middles of two hours, because traffic does not
    /// move in steps. A neighbour without evidence of its own does not bend it.
    pub(crate) fn season(&self, minute: Minute) -> Season {
        let all = self.season.all();
        if all.weight <= 0.0 {
            return Season::default();
        }
        let overall = all.sum / all.weight;
        let here = week_hour(minute);
        let (mean, kind, _) = self.hour(here, overall);
        let into = minute.0.rem_euclid(60) as f64 / 60.0;
        let (next, share) = if into < 0.5 {
            ((here + WEEK - 1) % WEEK, 0.5 - into)
        } else {
            ((here + 1) % WEEK, into - 0.5)
        };
        let (there, _, evidence) = self.hour(next, overall);
        let bend = if evidence < KNOWN { 0.0 } else { share };
        Season {
            mean: mean + (there - mean) * bend,
            kind,
            total: all.weight,
        }
    }

    /// Learns a minute. A count far from the number due teaches no more than an unlucky one
    /// (winsorizing: Tukey, "The future of data analysis", 1962).
    pub(crate) fn learn(&mut self, minute: Minute, came: u64, rng: &mut MinuteRng) {
        let season = self.season(minute);
        let count = came as f64;
        let known = season.kind >= KNOWN && season.mean > 0.0;
        let mean = if season.total > 0.0 {
            season.mean
        } else {
            count
        };
        let mut lesson = came;
        if known {
            let usual = mean * self.day.ratio();
            lesson = self.tamed(count, usual, REACH.0);
            let bounded = count.clamp(usual * RISE.0, usual * RISE.1 + 3.0);
            self.day.learn(bounded, mean, DAY_FADE, rng);
        } else if season.total >= KNOWN {
            lesson = self.tamed(count, mean * self.short.ratio(), REACH.1);
        }
        self.short.learn(count, mean, SHORT_FADE, rng);
        let local = mean * self.short.ratio();
        if known && local > 0.0 {
            let spread = ((count - local).powi(2) / local).min(9.0 * self.dispersion.get());
            let dispersion = self.dispersion.get() * DAY_FADE + spread * (1.0 - DAY_FADE);
            self.dispersion = Half::thrown(dispersion.max(1.0), rng);
        }
        self.season.learn(week_hour(minute), lesson, 1, rng);
    }

    /// Returns a count limited to the usual count plus or minus three standard deviations and a
    /// share of it.
    fn tamed(&self, count: f64, usual: f64, share: f64) -> u64 {
        let reach = 3.0 * (usual * self.dispersion.get()).sqrt() + share * usual;
        count.clamp(usual - reach, usual + reach).round() as u64
    }

    /// Takes the level of the last hour for that of the day, so that the baseline follows a lasting
    /// change at once.
    pub(crate) fn relearn(&mut self) {
        let days = self.day.due.get().max(self.short.due.get());
        self.day = TrafficLevel {
            came: Half::near(days * self.short.ratio()),
            due: Half::near(days),
        };
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        self.season.write(writer);
        for half in [
            self.short.came,
            self.short.due,
            self.day.came,
            self.day.due,
            self.dispersion,
        ] {
            writer.half(half);
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            season: Cells::read(reader, SEASON)?,
            short: TrafficLevel {
                came: reader.half()?,
                due: reader.half()?,
            },
            day: TrafficLevel {
                came: reader.half()?,
                due: reader.half()?,
            },
            dispersion: reader.half()?,
        })
    }

    /// Returns the shrunk mean of an hour of the week, the evidence of its hour and kind of day, and that of its hour.
    fn hour(&self, at: usize, overall: f64) -> (f64, f64, f64) {
        let (day, hour) = (at / HOURS, at % HOURS);
        let over = |days: std::ops::Range<usize>| {
            days.map(|day| self.season.at(day * HOURS + hour))
                .fold(Evidence::default(), Evidence::and)
        };
        let (weekdays, weekend) = (over(0..5), over(5..7));
        let both = weekdays.and(weekend);
        let kind = if day < 5 { weekdays } else { weekend };
        let mean = kind.drawn_to(both.drawn_to(overall, PULL), PULL);
        let mean = self.season.at(at).drawn_to(mean, PULL_DAY);
        (mean, kind.weight, both.weight)
    }
}

/// Returns the hour of the week of a minute, from Monday's midnight (UTC). The epoch began on a Thursday.
pub(crate) fn week_hour(minute: Minute) -> usize {
    (minute.0.div_euclid(60) + 3 * HOURS as i64).rem_euclid(WEEK as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 1970-01-05.
    const MONDAY: i64 = 4 * 1_440;

    /// A day's curve, halved at weekends within the hours around their midnights, growing by a share a week.
    fn level(minute: i64, growth: f64) -> f64 {
        let into = minute - MONDAY;
        let hour = into.rem_euclid(1_440) as f64 / 60.0;
        let day = 60.0 + 50.0 * (std::f64::consts::TAU * (hour - 15.0) / 24.0).cos();
        // The middle of a weekend is Sunday's first midnight.
        let away = ((into as f64 / 1_440.0 - 2.5).rem_euclid(7.0) - 3.5).abs();
        let weekend = (4.0 * (1.125 - away)).clamp(0.0, 1.0);
        let weeks = into as f64 / 10_080.0;
        day * (1.0 - 0.5 * weekend) * (1.0 + growth).powf(weeks)
    }

    fn learnt(until: i64, count: impl Fn(i64) -> f64) -> Traffic {
        let mut traffic = Traffic::new();
        for minute in MONDAY..until {
            let (minute, count) = (Minute(minute), count(minute).round() as u64);
            traffic.learn(minute, count, &mut MinuteRng::of(minute));
        }
        traffic
    }

    fn due(traffic: &Traffic, minute: i64) -> f64 {
        traffic.due(traffic.season(Minute(minute))).0
    }

    fn check(traffic: &Traffic, minute: i64, expected: f64, tolerance: f64) {
        let found = due(traffic, minute);
        assert!(
            (found / expected - 1.0).abs() <= tolerance,
            "{minute}: {found} for {expected}"
        );
    }

    #[test]
    fn a_week_is_counted_from_monday() {
        for (minute, hour) in [
            (MONDAY, 0),
            (MONDAY - 1, 167),
            (0, 72),
            (MONDAY + 10_080, 0),
        ] {
            assert_eq!(week_hour(Minute(minute)), hour);
        }
    }

    #[test]
    fn thin_evidence_leans_on_what_is_wider() {
        let hours = |hours: i64| learnt(MONDAY + 60 * hours, |minute| level(minute, 0.0));
        // Nothing is due in the first hour; afterwards the level seen so far is.
        assert!(due(&hours(0), MONDAY).abs() < f64::EPSILON);
        check(&hours(2), MONDAY + 120, level(MONDAY + 120, 0.0), 0.25);
        // On the second day the hour is known, on Saturday it is the weekdays' until the level has moved.
        check(
            &hours(24),
            MONDAY + 34 * 60,
            level(MONDAY + 34 * 60, 0.0),
            0.15,
        );
        let saturday = 5 * 24 + 12;
        let first = hours(saturday - 12);
        let at = MONDAY + 60 * saturday;
        check(&first, at, 2.0 * level(at, 0.0), 0.2);
        assert!(first.season(Minute(at)).kind < 1.0);
        // After two weeks a weekend is known by itself, and each day of it.
        let second = hours(14 * 24);
        check(&second, at + 10_080, level(at, 0.0), 0.06);
        assert!(second.season(Minute(at)).kind > 110.0);
    }

    #[test]
    fn an_hour_of_the_week_of_its_own_is_learnt() {
        // On Mondays at noon three times as much comes.
        let special = |minute: i64| {
            let usual = level(minute, 0.0);
            if week_hour(Minute(minute)) == 12 {
                3.0 * usual
            } else {
                usual
            }
        };
        let traffic = learnt(MONDAY + 6 * 10_080, special);
        let noon = MONDAY + 6 * 10_080 + 12 * 60 + 30;
        check(&traffic, noon, special(noon), 0.3);
        check(&traffic, noon + 1_440, level(noon, 0.0), 0.3);
    }

    #[test]
    fn growth_makes_no_monday_unusual() {
        for growth in [0.05, -0.05] {
            let count = |minute| level(minute, growth);
            let until = MONDAY + 12 * 10_080;
            let traffic = learnt(until, count);
            for hour in [0, 4, 9] {
                let at = until + hour * 60 + 30;
                check(&traffic, at, count(at), 0.08);
            }
        }
    }

    #[test]
    fn a_lasting_change_is_followed_and_a_rush_that_ends_is_no_drop() {
        let from = MONDAY + 3 * 10_080 + 8 * 60;
        let changed = |times: f64, minutes: i64| {
            learnt(from + minutes, |minute| {
                level(minute, 0.0) * if minute >= from { times } else { 1.0 }
            })
        };
        let at = |minutes: i64| level(from + minutes, 0.0);
        // After a lasting change, half the traffic is due after some hours, twice the traffic
        // within four days.
        check(&changed(0.5, 240), from + 240, 0.5 * at(240), 0.05);
        check(&changed(2.0, 5_760), from + 5_760, 2.0 * at(5_760), 0.2);
        let mut at_once = changed(2.0, 300);
        at_once.relearn();
        check(&at_once, from + 300, 2.0 * at(300), 0.05);
        // After two hours of three times as much, the usual is not taken for a drop.
        let rush = due(&changed(3.0, 120), from + 120);
        assert!(rush < 1.2 * at(120), "{rush}");
        // A day of little does not lower the next one by much.
        let holiday = due(&changed(0.4, 16 * 60), from + 1_440);
        assert!(holiday > 0.35 * at(0), "{holiday}");
    }

    #[test]
    fn a_rush_on_the_first_day_is_not_expected_on_the_second() {
        let rush = MONDAY + 9 * 60 + 20;
        let traffic = learnt(MONDAY + 1_440, |minute| {
            let times = if (0..15).contains(&(minute - rush)) {
                4.0
            } else {
                1.0
            };
            times * level(minute, 0.0)
        });
        let at = rush + 1_440 + 20;
        check(&traffic, at, level(at, 0.0), 0.3);
    }

    #[test]
    fn scatter_is_learnt_beside_the_level() {
        let mut chance = fastrand::Rng::with_seed(1);
        let mut noise = vec![1.0; 2 * 10_080];
        noise.fill_with(|| (0..12).map(|_| chance.f64()).sum::<f64>() - 6.0);
        for (variance, low, high) in [(1.0_f64, 1.0, 1.3), (6.0, 4.5, 7.0)] {
            let traffic = learnt(MONDAY + 2 * 10_080, |minute| {
                let mean = level(minute, 0.0);
                mean + noise[(minute - MONDAY) as usize] * (mean * variance).sqrt()
            });
            let found = traffic.dispersion.get();
            assert!((low..high).contains(&found), "{variance}: {found}");
        }
    }
}
