//! The detectors under comparison: Atalaya's own and two well-known competitors, all on the same
//! minutes.

pub(super) mod atalaya;
pub(super) mod ewma;
pub(super) mod fixed;

use atalaya_core::alert::CauseKind;
use atalaya_core::change::Change;
use atalaya_core::judge::MinuteView;

/// A detector that evaluates minutes and raises alarms.
pub(super) trait Watcher {
    /// Evaluates a closed minute.
    fn see(&mut self, view: &MinuteView, when: &When<'_>);

    /// Evaluates the minutes that are not closed yet, the newest of them as far as it is known.
    fn judge_open(&mut self, _views: &[MinuteView], _when: &When<'_>) {}

    /// Returns its alarms so far, in the order in which they were first raised.
    fn alarms(&self) -> &[Alarm];
}

/// The moment of a decision, and what is known by then besides the minutes.
#[derive(Debug, Clone, Copy)]
pub(super) struct When<'a> {
    /// Changes, oldest first.
    pub(super) changes: &'a [Change],
    /// In milliseconds since the epoch.
    pub(super) now_ms: i64,
}

/// An alarm, from its first event to its last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alarm {
    /// The alarm's id, the same when the same problem is reported again.
    pub(super) id: String,
    /// When it was raised, in milliseconds since the epoch.
    pub(super) told_ms: i64,
    /// When it became a page, if ever.
    pub(super) paged_ms: Option<i64>,
    /// When it was reported as over.
    pub(super) over_ms: Option<i64>,
    /// Its text in the last event.
    pub(super) title: String,
    /// The cause that it names, for detectors that name one.
    pub(super) cause: Option<(CauseKind, String)>,
}

/// An alarm that is raised when most of the last minutes are bad, and is over after some good ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Debounced {
    recent: [bool; 3],
    good: u32,
    raised: u64,
    open: bool,
    alarms: Vec<Alarm>,
}

/// The fewest requests in a minute for which the competitors judge the error rate, as teams set it
/// to avoid noise.
const LEAST_COUNTED: u64 = 5;

/// The fewest requests for which they judge the 90th percentile.
const LEAST_TIMED: u64 = 20;

/// Good minutes in a row after which an alarm is over.
const GOOD: u32 = 10;

impl Debounced {
    /// Raises an alarm when two of the last three minutes are bad; `bad` describes what is bad in
    /// this one.
    pub(super) fn minute(&mut self, bad: Option<String>, now_ms: i64) {
        self.recent.rotate_left(1);
        self.recent[2] = bad.is_some();
        self.good = if bad.is_some() { 0 } else { self.good + 1 };
        let count = self.recent.iter().filter(|bad| **bad).count();
        if let Some(words) = bad
            && !self.open
            && count >= 2
        {
            self.open = true;
            self.raised += 1;
            self.alarms.push(Alarm {
                id: self.raised.to_string(),
                told_ms: now_ms,
                paged_ms: Some(now_ms),
                over_ms: None,
                title: words,
                cause: None,
            });
        } else if self.open && self.good >= GOOD {
            self.open = false;
            if let Some(alarm) = self.alarms.last_mut() {
                alarm.over_ms = Some(now_ms);
            }
        }
    }

    /// Returns whether it is raised.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bad_minutes_of_three_raise_and_ten_good_ones_end_an_alarm() {
        let mut alarm = Debounced::default();
        let minutes = "..b....b.bb..........bb";
        for (at, minute) in minutes.chars().enumerate() {
            let bad = (minute == 'b').then(|| "bad".to_owned());
            alarm.minute(bad, at as i64);
        }
        let told: Vec<_> = alarm
            .alarms()
            .iter()
            .map(|a| (a.told_ms, a.over_ms))
            .collect();
        assert_eq!(told, [(9, Some(20)), (22, None)]);
        assert!(alarm.is_open());
    }
}
