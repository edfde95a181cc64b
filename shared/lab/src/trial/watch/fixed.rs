//! A competing detector: the fixed thresholds that a team would set after its first week.
//!
//! It raises an alarm when, in two of the last three minutes, more than 5 % of at least 5 requests
//! fail, or the 90th percentile of at least 20 is above twice the first week's, or there are fewer
//! than 20 % of the first week's average of requests at this hour of the day (if that was at least
//! 5 a minute). In the first week it raises none.

use atalaya_core::judge::MinuteView;
use atalaya_core::sketch::Sketch;

use super::{Alarm, Debounced, LEAST_COUNTED, LEAST_TIMED, Watcher, When};

const WEEK: u32 = 7 * 24 * 60;
const ERRORS: f64 = 0.05;
const SLOW_TIMES: f64 = 2.0;
const LEFT: f64 = 0.2;

/// Fixed thresholds, watching one service.
#[derive(Debug, Clone)]
pub(in crate::trial) struct Fixed {
    minutes: u32,
    week: Sketch,
    hours: [f64; 24],
    slow_ms: f64,
    debounced: Debounced,
}

impl Default for Fixed {
    fn default() -> Self {
        Self {
            minutes: 0,
            week: Sketch::default(),
            hours: [0.0; 24],
            slow_ms: f64::INFINITY,
            debounced: Debounced::default(),
        }
    }
}

impl Watcher for Fixed {
    fn see(&mut self, view: &MinuteView, when: &When<'_>) {
        let sums = &view.requests;
        let hour = (view.minute.0 / 60).rem_euclid(24) as usize;
        self.minutes = self.minutes.saturating_add(1);
        if self.minutes <= WEEK {
            self.week.merge(&sums.latency);
            self.hours[hour] += sums.count as f64 / (7.0 * 60.0);
            if self.minutes == WEEK {
                let p90 = self.week.quantile_ms(0.9);
                self.slow_ms = p90.map_or(f64::INFINITY, |ms| SLOW_TIMES * ms);
            }
            return;
        }
        let failing =
            sums.count >= LEAST_COUNTED && sums.errors as f64 > ERRORS * sums.count as f64;
        let slow = sums.latency.quantile_ms(0.9);
        let slow = sums.count >= LEAST_TIMED && slow.is_some_and(|ms| ms > self.slow_ms);
        let due = self.hours[hour];
        let missing = due >= LEAST_COUNTED as f64 && (sums.count as f64) < LEFT * due;
        let bad = [(failing, "errors"), (slow, "p90"), (missing, "count")];
        let bad = bad.into_iter().find(|(bad, _)| *bad);
        self.debounced.minute(
            bad.map(|(_, what)| format!("{what} beyond the threshold")),
            when.now_ms,
        );
    }

    fn alarms(&self) -> &[Alarm] {
        self.debounced.alarms()
    }
}
