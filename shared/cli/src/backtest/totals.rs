//! The load that some settings would have put on people: pages, tickets and minutes in incident,
//! for each service and each week.

use std::collections::BTreeMap;

use atalaya_core::detect::Severity;
use atalaya_core::time::{MINUTE_MS, Minute};

use super::past::{Past, PastAlert};

/// Milliseconds in a week.
const WEEK_MS: i64 = 7 * 24 * 60 * MINUTE_MS;

/// The first Monday of the epoch, which began on a Thursday.
const MONDAY_MS: i64 = 4 * 24 * 60 * MINUTE_MS;

/// The totals over all incidents.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) all: Counts,
    /// Every service whose logs contained requests or calls, or that had an incident.
    pub(super) services: BTreeMap<String, Counts>,
    /// Weeks of UTC, from Monday on, by their begin in milliseconds since the epoch; those without an incident, too.
    pub(super) weeks: BTreeMap<i64, Counts>,
    /// How many weeks the logs last, if at least one: a weekly average of less is misleading.
    pub(super) lasted_weeks: Option<f64>,
}

/// Incidents, by their highest severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) pages: u64,
    pub(super) tickets: u64,
    /// Milliseconds in incident.
    pub(super) lasted_ms: i64,
}

impl Counts {
    pub(super) const fn incidents(self) -> u64 {
        self.pages + self.tickets
    }

    /// Returns whole minutes in incident; incidents begin and end on minutes.
    pub(super) const fn minutes(self) -> i64 {
        self.lasted_ms / MINUTE_MS
    }

    fn count(&mut self, told: &PastAlert) {
        match told.severity {
            Severity::Page => self.pages += 1,
            Severity::Ticket | Severity::Info => self.tickets += 1,
        }
    }
}

impl Totals {
    pub(super) fn of(past: &Past) -> Self {
        let mut totals = Self::default();
        for service in &past.services {
            totals.services.entry((**service).to_owned()).or_default();
        }
        if let Some((first, last)) = past.span {
            let lasted_ms = last.plus(1).start_ms() - first.start_ms();
            totals.lasted_weeks =
                Some(lasted_ms as f64 / WEEK_MS as f64).filter(|weeks| *weeks >= 1.0);
            for week in weeks(first.start_ms(), last.plus(1).start_ms()) {
                totals.weeks.entry(week).or_default();
            }
        }
        for told in &past.incidents {
            let lasted_ms = past.lasted_ms(told);
            let service = totals.services.entry(told.service.clone()).or_default();
            for counts in [service, &mut totals.all] {
                counts.count(told);
                counts.lasted_ms += lasted_ms;
            }
            // Minutes count in their own weeks, the incident in the week in which it was first
            // reported.
            totals
                .weeks
                .entry(week_of(told.opened_ms))
                .or_default()
                .count(told);
            let (from, to) = (told.since_ms, told.since_ms + lasted_ms);
            for week in weeks(from, to) {
                let within = to.min(week + WEEK_MS) - from.max(week);
                totals.weeks.entry(week).or_default().lasted_ms += within;
            }
        }
        totals
    }

    /// Returns the average per week, if the logs last that long.
    pub(super) fn a_week(&self, n: u64) -> Option<f64> {
        self.lasted_weeks.map(|weeks| n as f64 / weeks)
    }
}

fn week_of(ms: i64) -> i64 {
    (ms - MONDAY_MS).div_euclid(WEEK_MS) * WEEK_MS + MONDAY_MS
}

/// Returns the weeks that a span of time has a part of.
fn weeks(from_ms: i64, to_ms: i64) -> impl Iterator<Item = i64> {
    let first = week_of(Minute::of_ms(from_ms).start_ms());
    std::iter::successors(Some(first), |week| Some(week + WEEK_MS))
        .take_while(move |week| *week < to_ms)
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn minutes_fall_into_their_weeks_and_incidents_where_they_were_told() {
        // Monday 2026-01-05 and the one after it.
        let (first, second) = (1_767_571_200_000, 1_768_176_000_000);
        let before = second - 10 * MINUTE_MS;
        let past = Past {
            incidents: vec![
                told("api", "page", before, Some(second + 20 * MINUTE_MS)),
                told("jobs", "ticket", second + 50 * MINUTE_MS, None),
            ],
            services: ["api".into(), "auth".into()].into(),
            span: Some((Minute::of_ms(first), Minute::of_ms(second).plus(59))),
            ..Past::default()
        };
        let totals = Totals::of(&past);
        let counts = |pages, tickets, minutes| Counts {
            pages,
            tickets,
            lasted_ms: minutes * MINUTE_MS,
        };
        let weeks = BTreeMap::from([(first, counts(1, 0, 10)), (second, counts(0, 1, 30))]);
        assert_eq!(totals.weeks, weeks);
        assert_eq!(totals.all, counts(1, 1, 40));
        let services = [
            ("api".to_owned(), counts(1, 0, 30)),
            ("auth".to_owned(), counts(0, 0, 0)),
            ("jobs".to_owned(), counts(0, 1, 10)),
        ];
        assert_eq!(totals.services, services.into());
        assert!(totals.a_week(1).is_some_and(|n| (0.9..1.0).contains(&n)));
        assert_eq!(Totals::of(&Past::default()).a_week(1), None);
    }
}
