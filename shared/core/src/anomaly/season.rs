//! The value expected of a row: from the level of the series, and from its hour of the day and of
//! the week once these have proved useful.
//!
//! The belief in the season grows with how much it has reduced the errors. Beside the values, the
//! usual surprise of each hour is learnt: a job that runs at three every night is no news at three.

use super::ScorerError;
use super::codec::{Pass, coarse};

const HOURS: usize = 24;
const WEEK: usize = 168;
/// Weeks that must agree before an hour of the week is half believed.
const WEEKS: f64 = 2.0;
/// The memory of the level of the series, in rows.
const LEVEL: f64 = 128.0;
/// The memory, in rows, of the slow level from which the hours are measured: some days of
/// five-minute rows.
const SLOW: f64 = 1_000.0;
/// The memory of the errors with and without season, in rows: a week of five-minute rows.
const ERRORS: f64 = 2_000.0;
/// The memory of an hour, in days, or in weeks for an hour of the week.
const DAYS: f64 = 5.0;
/// The most that a known hour moves in a day, in mean errors: one bad day is no season.
const FAR: f64 = 4.0;
/// A season that reduces the error by this share, or more, is believed fully.
const BELIEVED: f64 = 0.5;

/// An hour of the day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Hour {
    /// How far its values are above the slow level.
    swing: f64,
    /// The largest surprise that it usually brings.
    surprise: f32,
    days: u8,
}

/// How far each hour of the week is above its hour of the day.
#[derive(Debug, Clone, PartialEq)]
struct Week([f64; WEEK]);

impl Default for Week {
    fn default() -> Self {
        Self([0.0; WEEK])
    }
}

/// The level and the season of a series, as learnt so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Season {
    hours: [Hour; HOURS],
    week: Week,
    level: f64,
    slow: f64,
    /// The level of the values without the season.
    offset: f64,
    plain_error: f64,
    seasonal_error: f64,
    error_rows: u32,
    /// The hour being summed, counted since 1970.
    hour: i64,
    sum: f64,
    sum_rows: u32,
    largest: f32,
}

/// The expectation of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outlook {
    pub(super) expected: f64,
    /// The part of the value that is season.
    pub(super) swing: f64,
    /// How far the season is believed, from 0 to 1.
    pub(super) belief: f64,
}

impl Season {
    /// Returns the expectation at this second; before the first row was learnt it is 0.
    pub(super) fn outlook(&self, at_s: i64) -> Outlook {
        let now = at_s.div_euclid(3_600);
        let hour = self.hours[of_day(now)];
        if hour.days == 0 || self.plain_error <= 0.0 {
            return Outlook {
                expected: self.level,
                swing: 0.0,
                belief: 0.0,
            };
        }
        let saved = 1.0 - self.seasonal_error / self.plain_error;
        let belief = (saved / BELIEVED).clamp(0.0, 1.0);
        let swing = self.swing(now);
        let expected = self.level + belief * (swing + self.offset - self.level);
        Outlook {
            expected,
            swing: belief * swing,
            belief,
        }
    }

    /// Returns by how much the usual surprise around this hour exceeds that of the whole day.
    pub(super) fn usual_surprise(&self, at_s: i64) -> f64 {
        let hour = at_s.div_euclid(3_600);
        let around = [hour - 1, hour, hour + 1].map(|hour| self.hours[of_day(hour)].surprise);
        let largest = around.into_iter().fold(0.0, f32::max);
        let day: f64 = self.hours.iter().map(|hour| f64::from(hour.surprise)).sum();
        (f64::from(largest) - day / HOURS as f64).max(0.0)
    }

    /// Learns the value of row number `row`, from 1.
    pub(super) fn learn(&mut self, at_s: i64, value: f64, row: u32) {
        let now = at_s.div_euclid(3_600);
        if row == 1 {
            (self.level, self.slow, self.offset, self.hour) = (value, value, value, now);
        }
        let swing = self.swing(now);
        let above_slow = value - self.slow;
        if self.hours[of_day(now)].days > 0 {
            self.error_rows = self.error_rows.saturating_add(1);
            let cap = if self.error_rows > 20 && self.plain_error > 0.0 {
                4.0 * self.plain_error
            } else {
                f64::MAX
            };
            let part = (1.0 / f64::from(self.error_rows)).max(1.0 / ERRORS);
            let plain = (value - self.level).abs().min(cap);
            let season = (value - swing - self.offset).abs().min(cap);
            self.plain_error += (plain - self.plain_error) * part;
            self.seasonal_error += (season - self.seasonal_error) * part;
        }
        let part = |span: f64| (1.0 / f64::from(row)).max(1.0 / span);
        self.level += (value - self.level) * part(LEVEL);
        self.offset += (value - swing - self.offset) * part(LEVEL);
        self.slow += (value - self.slow) * part(SLOW);
        if now != self.hour {
            self.close_hour(now);
        }
        self.sum += above_slow;
        self.sum_rows = self.sum_rows.saturating_add(1);
    }

    /// Learns the surprise of the row that was just learnt.
    pub(super) fn learn_surprise(&mut self, surprise: f64) {
        self.largest = self.largest.max(surprise as f32);
    }

    /// How far an hour is above the slow level: as on other days, and as in other weeks once there were some.
    fn swing(&self, hour: i64) -> f64 {
        let day = self.hours[of_day(hour)];
        let weeks = f64::from(day.days / 7);
        day.swing + self.week.0[of_week(hour)] * weeks / (weeks + WEEKS)
    }

    fn close_hour(&mut self, now: i64) {
        let hour = &mut self.hours[of_day(self.hour)];
        hour.days = hour.days.saturating_add(1);
        let days = f64::from(hour.days);
        if self.sum_rows > 0 {
            let far = if hour.days > 2 {
                FAR * self.seasonal_error.max(0.0)
            } else {
                f64::MAX
            };
            let mean = self.sum / f64::from(self.sum_rows);
            let step = (mean - hour.swing).clamp(-far, far);
            hour.swing += step * (1.0 / days).max(1.0 / DAYS);
            if hour.days > 3 {
                let part = (1.0 / f64::from(hour.days / 7 + 1)).max(1.0 / DAYS);
                let week = &mut self.week.0[of_week(self.hour)];
                *week = coarse(*week + (step - *week) * part);
            }
        }
        // One day does not make a season: the first day counts half.
        let part = (1.0 / (days + 1.0)).max(1.0 / DAYS) as f32;
        hour.surprise += (self.largest - hour.surprise) * part;
        (self.hour, self.sum, self.sum_rows, self.largest) = (now, 0.0, 0, 0.0);
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), ScorerError> {
        for hour in &mut self.hours {
            to.number(&mut hour.swing)?;
            to.short(&mut hour.surprise)?;
            to.byte(&mut hour.days)?;
        }
        for hour in &mut self.week.0 {
            to.coarse(hour)?;
        }
        to.number(&mut self.level)?;
        to.number(&mut self.slow)?;
        to.number(&mut self.offset)?;
        to.number(&mut self.plain_error)?;
        to.number(&mut self.seasonal_error)?;
        to.rows(&mut self.error_rows)?;
        to.time(&mut self.hour)?;
        to.number(&mut self.sum)?;
        to.rows(&mut self.sum_rows)?;
        to.short(&mut self.largest)
    }
}

fn of_day(hour: i64) -> usize {
    hour.rem_euclid(HOURS as i64) as usize
}

fn of_week(hour: i64) -> usize {
    hour.rem_euclid(WEEK as i64) as usize
}
