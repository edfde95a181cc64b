//! Who watches: Atalaya's own detector and two rivals that everybody knows, all on the same minutes.

pub(super) mod atalaya;
pub(super) mod ewma;
pub(super) mod fixed;

use atalaya_core::alert::CauseKind;
use atalaya_core::change::Change;
use atalaya_core::judge::MinuteView;

/// Something that looks at minutes and tells people.
pub(super) trait Watcher {
    /// Looks at a closed minute.
    fn see(&mut self, view: &MinuteView, when: &When<'_>);

    /// Looks at the minutes that are not closed yet, the newest of them as far as it is known.
    fn judge_open(&mut self, _views: &[MinuteView], _when: &When<'_>) {}

    /// Returns what it told so far, in the order in which it was first told.
    fn alarms(&self) -> &[Alarm];
}

/// When something is decided, and what is known by then beside the minutes.
#[derive(Debug, Clone, Copy)]
pub(super) struct When<'a> {
    /// Changes, oldest first.
    pub(super) changes: &'a [Change],
    /// In milliseconds since the epoch.
    pub(super) now_ms: i64,
}

/// Trouble that somebody was told of, from the first word to the last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alarm {
    /// The same for what is told as the same trouble again.
    pub(super) id: String,
    /// When it was told, in milliseconds since the epoch.
    pub(super) told_ms: i64,
    /// When somebody was paged for it, if at all.
    pub(super) paged_ms: Option<i64>,
    /// When it was told to be over.
    pub(super) over_ms: Option<i64>,
    /// The words of it when it was last told.
    pub(super) title: String,
    /// Who is blamed, for those that blame.
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

/// The fewest requests of a minute by which the rivals judge a share of failures, as teams do to be left in peace.
const LEAST_COUNTED: u64 = 5;

/// The fewest by which they judge a 90th percentile.
const LEAST_TIMED: u64 = 20;

/// Good minutes in a row after which an alarm is over.
const GOOD: u32 = 10;

impl Debounced {
    /// Raises an alarm when two of the last three minutes are bad; `bad` says in words what is.
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
