//! Recurrences: findings that come at the same time of day. A job that makes requests slow every
//! night is not an incident.
//!
//! The baseline knows each hour of the day, but it learns nothing while there are findings, so a
//! job that takes ten minutes of an hour would cause findings for ever. Therefore this module
//! remembers at which times of day there were findings, on which of the last seven days, and how
//! bad they were. A finding about as bad as on one of those days is at most a ticket, so it pages
//! nobody. A latency or traffic finding that came on two or more of those days is information only
//! and opens no alert. A finding that is clearly worse keeps its severity.

use std::collections::BTreeMap;

use crate::baseline::Signal;
use crate::baseline::wire::{Reader, Writer};
use crate::detect::{Detector, Finding, Severity};
use crate::time::Minute;

/// The length of a slot of the day, in minutes: there are 96 slots a day.
const SLOT: i64 = 15;
const SLOTS: i64 = 1_440 / SLOT;

/// How many slots before and after the present one count as the same time of day.
const NEAR: i64 = 2;

/// On how many of the last seven days a finding must have come before it opens no alert any more.
const DAYS: u32 = 2;

/// How many times as bad as on the earlier days a finding may be and still count as a recurrence.
const WORSE: f64 = 1.4;

/// The most entries that are kept, each for one signal in one slot of the day.
const MOST: usize = 64;

/// The findings of one signal in one slot of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Recurrence {
    /// The last day with such a finding, in days since the epoch.
    day: i64,
    /// The days with such a finding, one bit each: `day` is the lowest bit, the seven days before
    /// it follow.
    days: u8,
    /// The worst of these findings, as [`badness`] measures it.
    badness: f32,
}

/// The recurrences of a service, by signal and slot of the day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Recurrences(BTreeMap<(u8, u8), Recurrence>);

impl Recurrences {
    /// Returns the severity cap of a finding: lower than a page where similar findings came at this
    /// time of day on days before.
    pub(super) fn at_most(&self, finding: &Finding, minute: Minute) -> Severity {
        let Some(signal) = finding.signal else {
            return Severity::Page;
        };
        let (mut days, mut worst) = (0_u8, 0.0_f64);
        for near in -NEAR..=NEAR {
            let at = minute.plus(near * SLOT);
            let today = day(at);
            if let Some(recurrence) = self.0.get(&(code(signal), slot(at)))
                && (0..8).contains(&(today - recurrence.day))
            {
                // Only days before today count, so today's bit is shifted out.
                let seen = u32::from(recurrence.days) << (today - recurrence.day);
                days |= (seen >> 1) as u8 & 0x7f;
                worst = worst.max(f64::from(recurrence.badness));
            }
        }
        match days.count_ones() {
            0 => Severity::Page,
            _ if badness(finding) > WORSE * worst => Severity::Page,
            days if days < DAYS || signal == Signal::Errors => Severity::Ticket,
            _ => Severity::Info,
        }
    }

    /// Remembers the findings of ticket severity or above.
    pub(super) fn learn(&mut self, findings: &[Finding], minute: Minute) {
        let telling = |finding: &&Finding| finding.severity >= Severity::Ticket;
        for finding in findings.iter().filter(telling) {
            let Some(signal) = finding.signal else {
                continue;
            };
            let today = day(minute);
            let recurrence = self
                .0
                .entry((code(signal), slot(minute)))
                .or_insert(Recurrence {
                    day: today,
                    days: 0,
                    badness: 0.0,
                });
            let later = (today - recurrence.day).clamp(0, 8);
            if later >= 8 {
                recurrence.badness = 0.0;
            }
            recurrence.days = ((u32::from(recurrence.days) << later) as u8) | 1;
            recurrence.day = today;
            recurrence.badness = recurrence.badness.max(badness(finding) as f32);
        }
        while self.0.len() > MOST {
            let oldest = self
                .0
                .iter()
                .min_by_key(|(key, recurrence)| (recurrence.day, **key));
            let Some(oldest) = oldest.map(|(key, _)| *key) else {
                break;
            };
            self.0.remove(&oldest);
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.whole(self.0.len() as u64);
        for ((signal, slot), recurrence) in &self.0 {
            writer.byte(*signal);
            writer.byte(*slot);
            writer.signed(recurrence.day);
            writer.byte(recurrence.days);
            writer.whole(recurrence.badness.to_bits().into());
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut recurrences = Self::default();
        for _ in 0..reader.whole()? {
            let key = (reader.byte()?, reader.byte()?);
            let recurrence = Recurrence {
                day: reader.signed()?,
                days: reader.byte()?,
                badness: f32::from_bits(u32::try_from(reader.whole()?).ok()?),
            };
            if recurrence.badness.is_nan() {
                return None;
            }
            recurrences.0.insert(key, recurrence);
        }
        Some(recurrences)
    }
}

/// Returns how bad a finding is, in a measure of its detector: the factor of the slowdown for
/// `latency`, the missing share for traffic, else what the detector saw.
fn badness(finding: &Finding) -> f64 {
    match finding.detector {
        Detector::Latency => finding.seen / finding.normal.max(0.1),
        Detector::TrafficDrop | Detector::CompletedDrop => {
            1.0 - finding.seen / finding.normal.max(1e-3)
        }
        _ => finding.seen,
    }
}

fn day(minute: Minute) -> i64 {
    minute.0.div_euclid(1_440)
}

fn slot(minute: Minute) -> u8 {
    (minute.0.div_euclid(SLOT).rem_euclid(SLOTS)) as u8
}

const fn code(signal: Signal) -> u8 {
    match signal {
        Signal::Traffic => 0,
        Signal::Errors => 1,
        Signal::Latency => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Subject;
    use crate::detect::tests::finding;

    /// A Monday at 03:00.
    const NIGHT: Minute = Minute(29_459_520 + 180);

    /// A latency finding whose ninth decile is `p90_ms`, where 100 ms is normal.
    fn slow(p90_ms: f64) -> Finding {
        finding(Detector::Latency, Subject::Requests, p90_ms)
    }

    fn usually(normal: f64, finding: Finding) -> Finding {
        Finding { normal, ..finding }
    }

    /// A traffic finding: `left` requests come a minute, where 100 are normal.
    fn missing(left: f64) -> Finding {
        finding(Detector::TrafficDrop, Subject::Requests, left)
    }

    fn failing(share: f64) -> Finding {
        finding(Detector::ErrorRate, Subject::Requests, share)
    }

    /// Asserts the severity cap of a finding at night, after earlier findings: each with how many
    /// days ago it came, and how many minutes later in the night.
    #[track_caller]
    fn check(before: &[(i64, i64, Finding)], now: &Finding, expected: Severity) {
        let mut recurrences = Recurrences::default();
        for (days, later, finding) in before {
            let at = NIGHT.plus(*later - days * 1_440);
            recurrences.learn(std::slice::from_ref(finding), at);
        }
        assert_eq!(recurrences.at_most(now, NIGHT), expected, "{before:?}");
        let mut writer = Writer::default();
        recurrences.write(&mut writer);
        let bytes = writer.into_bytes();
        let stored = Recurrences::read(&mut Reader::new(&bytes));
        assert_eq!(stored, Some(recurrences), "own form");
    }

    #[test]
    fn what_comes_every_night_is_told_less_and_less() {
        let (page, ticket, info) = (Severity::Page, Severity::Ticket, Severity::Info);
        for (of, twice) in [
            (slow(400.0), info),
            (missing(30.0), info),
            (failing(0.3), ticket),
        ] {
            let on =
                |days: &[i64]| -> Vec<_> { days.iter().map(|day| (*day, 0, of.clone())).collect() };
            check(&on(&[]), &of, page);
            check(&on(&[1]), &of, ticket);
            check(&on(&[2, 1]), &of, twice);
            check(&on(&[7, 3]), &of, twice);
            check(&on(&[7]), &of, ticket);
            // Days more than seven days back are forgotten: one of the two, then both.
            check(&on(&[8, 3]), &of, ticket);
            check(&on(&[9, 8]), &of, page);
            // A finding of this same night is no recurrence, and does not weaken the recurrences of
            // other nights.
            check(&on(&[0]), &of, page);
            check(&on(&[1, 0]), &of, ticket);
            check(&on(&[2, 1, 0]), &of, twice);
        }
    }

    #[test]
    fn what_is_worse_or_of_another_kind_is_told_as_ever() {
        let page = Severity::Page;
        let nights = |of: &Finding| [(2, 0, of.clone()), (1, 0, of.clone())];
        for (before, now) in [
            (slow(400.0), slow(900.0)),
            (failing(0.1), failing(0.3)),
            (missing(60.0), missing(10.0)),
            (slow(400.0), failing(0.3)),
            (failing(0.3), missing(10.0)),
            (missing(10.0), slow(400.0)),
            (slow(400.0), usually(50.0, slow(500.0))),
        ] {
            check(&nights(&before), &now, page);
        }
        // The worst of the earlier findings is the measure, and both latency detectors share one
        // signal.
        let tail = finding(Detector::LatencyTail, Subject::Requests, 0.05);
        let two = [(2, 0, slow(900.0)), (1, 0, slow(300.0))];
        check(&two, &slow(900.0), Severity::Info);
        check(&two, &tail, Severity::Info);
        let apart = [(2, -20, slow(900.0)), (1, 20, slow(300.0))];
        check(&apart, &slow(900.0), Severity::Info);
        // After a week without findings, how bad the older ones were is forgotten.
        let long_ago = [
            (11, 0, slow(900.0)),
            (2, 0, slow(300.0)),
            (1, 0, slow(300.0)),
        ];
        check(&long_ago, &slow(300.0), Severity::Info);
        check(&long_ago, &slow(600.0), page);
        // A finding without a signal has no recurrence, and neither has one below ticket severity,
        // because nobody was alerted to it.
        let silence = finding(Detector::NoLogs, Subject::Lines, 0.0);
        check(&nights(&silence), &silence, page);
        let lead = Finding {
            severity: Severity::Info,
            ..slow(400.0)
        };
        check(&nights(&lead), &slow(400.0), page);
    }

    #[test]
    fn the_same_time_of_day_is_half_an_hour_wide_also_at_midnight() {
        for (later, expected) in [
            (0, Severity::Info),
            (40, Severity::Info),
            (-30, Severity::Info),
            (60, Severity::Page),
            (-60, Severity::Page),
        ] {
            let nights = [(2, later, slow(400.0)), (1, later, slow(400.0))];
            check(&nights, &slow(400.0), expected);
        }
        // A job that starts just before midnight on one day, and just after it on the next.
        let midnight = NIGHT.plus(-180);
        let mut recurrences = Recurrences::default();
        for days in [3, 2] {
            recurrences.learn(&[slow(400.0)], midnight.plus(-10 - days * 1_440));
        }
        assert_eq!(
            recurrences.at_most(&slow(400.0), midnight.plus(5)),
            Severity::Info
        );
        // A job that ends after midnight belongs to the same night, not to the day before.
        let mut tonight = Recurrences::default();
        tonight.learn(&[slow(400.0)], midnight.plus(-10));
        assert_eq!(
            tonight.at_most(&slow(400.0), midnight.plus(5)),
            Severity::Page
        );
    }

    #[test]
    fn the_oldest_times_of_day_are_forgotten_first() {
        let mut recurrences = Recurrences::default();
        for slots in 0..200 {
            recurrences.learn(&[slow(400.0)], NIGHT.plus(slots * SLOT));
        }
        assert_eq!(recurrences.0.len(), MOST);
        let newest = NIGHT.plus(199 * SLOT);
        assert!(
            recurrences
                .0
                .values()
                .all(|recurrence| recurrence.day >= day(newest) - 1)
        );
        assert_eq!(
            recurrences.at_most(&slow(400.0), newest.plus(1_440)),
            Severity::Ticket
        );
    }
}
