//! The differences between the incidents that two settings report for the same logs.
//!
//! Incidents are matched by service and overlapping time. A stretch is a set of incidents that
//! overlap: it may be one incident under the one settings and two under the other.

use std::collections::{BTreeMap, BTreeSet};

use atalaya_core::detect::Severity;
use atalaya_core::time::MINUTE_MS;
use atalaya_render::wire::v1::CauseLine;

use super::past::{Past, PastAlert};
use crate::replay::duration;

/// A stretch of overlapping incidents of one service, as both settings report it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stretch<'p> {
    pub(super) service: &'p str,
    pub(super) config: Side<'p>,
    pub(super) against: Side<'p>,
}

/// The incidents of a stretch under one of the settings; empty if there is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Side<'p> {
    pub(super) incidents: Vec<&'p PastAlert>,
    pub(super) lasted_ms: i64,
}

/// How a stretch changed between the two settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    OnlyConfig,
    OnlyAgainst,
    Changed,
    Same,
}

/// A property in which the two reports of a stretch differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    Severity,
    OpenedAt,
    PagedAt,
    Duration,
    Cause,
    Detectors,
    Incidents,
}

impl Change {
    pub(super) const ALL: [Self; 4] = [
        Self::OnlyConfig,
        Self::OnlyAgainst,
        Self::Changed,
        Self::Same,
    ];

    /// Returns its name in output.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OnlyConfig => "only_config",
            Self::OnlyAgainst => "only_against",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

impl Aspect {
    /// Returns its name in output.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::OpenedAt => "opened_at",
            Self::PagedAt => "paged_at",
            Self::Duration => "duration_ms",
            Self::Cause => "cause",
            Self::Detectors => "detectors",
            Self::Incidents => "incidents",
        }
    }
}

impl<'p> Side<'p> {
    pub(super) fn severity(&self) -> Option<Severity> {
        self.incidents.iter().map(|told| told.severity).max()
    }

    pub(super) fn opened_ms(&self) -> Option<i64> {
        self.incidents.iter().map(|told| told.opened_ms).min()
    }

    pub(super) fn paged_ms(&self) -> Option<i64> {
        self.incidents.iter().filter_map(|told| told.paged_ms).min()
    }

    pub(super) fn detectors(&self) -> BTreeSet<&'static str> {
        let all = self.incidents.iter().flat_map(|told| &told.detectors);
        all.copied().collect()
    }

    /// Returns the incident that represents a stretch: the first of those with the highest
    /// severity.
    pub(super) fn worst(&self) -> Option<&'p PastAlert> {
        let worst = self.incidents.iter().copied();
        worst.min_by_key(|told| (std::cmp::Reverse(told.severity), told.since_ms))
    }

    fn cause(&self) -> Option<(&'p str, &'p str)> {
        let CauseLine { kind, name, .. } = &self.worst()?.cause;
        Some((kind, name))
    }
}

impl Stretch<'_> {
    /// Returns the moment at which the stretch began.
    pub(super) fn since_ms(&self) -> i64 {
        let all = self.config.incidents.iter().chain(&self.against.incidents);
        all.map(|told| told.since_ms).min().unwrap_or_default()
    }

    pub(super) fn change(&self) -> Change {
        match (
            self.config.incidents.is_empty(),
            self.against.incidents.is_empty(),
        ) {
            (_, true) => Change::OnlyConfig,
            (true, _) => Change::OnlyAgainst,
            _ if self.aspects().is_empty() => Change::Same,
            _ => Change::Changed,
        }
    }

    /// Returns the properties in which the two reports differ; none if only one of the settings
    /// reports the stretch.
    pub(super) fn aspects(&self) -> Vec<Aspect> {
        let (a, b) = (&self.config, &self.against);
        if a.incidents.is_empty() || b.incidents.is_empty() {
            return Vec::new();
        }
        let paged_both = a.paged_ms().is_some() && b.paged_ms().is_some();
        let differs = [
            (Aspect::Severity, a.severity() != b.severity()),
            (Aspect::OpenedAt, a.opened_ms() != b.opened_ms()),
            (Aspect::PagedAt, paged_both && a.paged_ms() != b.paged_ms()),
            (Aspect::Duration, a.lasted_ms != b.lasted_ms),
            (Aspect::Cause, a.cause() != b.cause()),
            (Aspect::Detectors, a.detectors() != b.detectors()),
            (Aspect::Incidents, a.incidents.len() != b.incidents.len()),
        ];
        let differing = differs.into_iter().filter(|(_, differs)| *differs);
        differing.map(|(aspect, _)| aspect).collect()
    }

    /// Describes how the first settings report the stretch, compared with the second.
    pub(super) fn words(&self) -> String {
        let (a, b) = (&self.config, &self.against);
        let say = |aspect| match aspect {
            Aspect::Severity => beside(name(a.severity()), name(b.severity())),
            Aspect::OpenedAt => moved("told", a.opened_ms(), b.opened_ms(), EARLIER),
            Aspect::PagedAt => moved("paged", a.paged_ms(), b.paged_ms(), EARLIER),
            Aspect::Duration => moved("lasts", Some(a.lasted_ms), Some(b.lasted_ms), SHORTER),
            Aspect::Cause => format!("cause {}", beside(cause(a), cause(b))),
            Aspect::Detectors => format!("seen by {}", beside(detectors(a), detectors(b))),
            Aspect::Incidents => beside(incidents(a), incidents(b)),
        };
        let words: Vec<String> = self.aspects().into_iter().map(say).collect();
        words.join("; ")
    }
}

const EARLIER: [&str; 2] = ["earlier", "later"];
const SHORTER: [&str; 2] = ["shorter", "longer"];

fn beside(config: impl std::fmt::Display, against: impl std::fmt::Display) -> String {
    format!("{config} instead of {against}")
}

fn moved(what: &str, config: Option<i64>, against: Option<i64>, words: [&str; 2]) -> String {
    let by = config.unwrap_or_default() - against.unwrap_or_default();
    let word = words[usize::from(by > 0)];
    // A difference in duration of less than a minute is not mentioned.
    let how_much = match by.abs() {
        ms if ms < MINUTE_MS => format!("{} s", ms / 1_000),
        ms => duration(ms),
    };
    format!("{what} {how_much} {word}")
}

pub(super) fn name(severity: Option<Severity>) -> &'static str {
    severity.map_or("nothing", Severity::name)
}

fn cause(side: &Side<'_>) -> String {
    let (kind, name) = side.cause().unwrap_or_default();
    format!("{kind} {name}").trim_end().to_owned()
}

fn detectors(side: &Side<'_>) -> String {
    let detectors = side.detectors();
    Vec::from_iter(detectors).join(" and ")
}

fn incidents(side: &Side<'_>) -> String {
    match side.incidents.len() {
        1 => "1 incident".to_owned(),
        n => format!("{n} incidents"),
    }
}

/// Matches the incidents of two settings, sorted by the beginning of each stretch.
pub(super) fn between<'p>(config: &'p Past, against: &'p Past) -> Vec<Stretch<'p>> {
    let mut by_service: BTreeMap<&str, Vec<(&Past, &PastAlert)>> = BTreeMap::new();
    for past in [config, against] {
        for told in &past.incidents {
            by_service
                .entry(&told.service)
                .or_default()
                .push((past, told));
        }
    }
    let mut stretches = Vec::new();
    for (service, mut all) in by_service {
        all.sort_by_key(|(_, told)| told.since_ms);
        let mut until = i64::MIN;
        for (past, told) in all {
            if told.since_ms >= until {
                stretches.push(Stretch {
                    service,
                    config: Side::default(),
                    against: Side::default(),
                });
            }
            // An incident without an end continues beyond the logs.
            until = until.max(told.ended_ms.unwrap_or(i64::MAX));
            if let Some(stretch) = stretches.last_mut() {
                let side = if std::ptr::eq(past, config) {
                    &mut stretch.config
                } else {
                    &mut stretch.against
                };
                side.incidents.push(told);
                side.lasted_ms += past.lasted_ms(told);
            }
        }
    }
    stretches.sort_by_key(|stretch| (stretch.since_ms(), stretch.service));
    stretches
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    const SINCE: i64 = 1_767_861_720_000;

    /// A service, a severity, and the minutes from and to which it lasted.
    type Row = (&'static str, &'static str, i64, i64);

    fn past(rows: &[Row]) -> Past {
        let at = |minute| SINCE + minute * MINUTE_MS;
        let told = |row: &Row| told(row.0, row.1, at(row.2), (row.3 > 0).then(|| at(row.3)));
        Past {
            incidents: rows.iter().map(told).collect(),
            ..Past::default()
        }
    }

    fn check(config: &[Row], against: &[Row], expected: &[(&str, &str, &str)]) {
        let (config, against) = (past(config), past(against));
        let stretches = between(&config, &against);
        let row = |stretch: &Stretch<'_>| {
            let change = stretch.change().name();
            (
                change.to_owned(),
                stretch.service.to_owned(),
                stretch.words(),
            )
        };
        let told: Vec<_> = stretches.iter().map(row).collect();
        let told: Vec<_> = { told.iter() }
            .map(|(change, service, words)| (&**change, &**service, &**words))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn incidents_are_matched_by_service_and_time() {
        check(
            &[("api", "page", 0, 30), ("api", "ticket", 100, 120)],
            &[("api", "page", 0, 30), ("auth", "page", 100, 120)],
            &[
                ("same", "api", ""),
                ("only_config", "api", ""),
                ("only_against", "auth", ""),
            ],
        );
        check(&[], &[], &[]);
        // An incident that ends as another begins does not overlap it.
        check(
            &[("api", "page", 0, 30)],
            &[("api", "page", 30, 40)],
            &[("only_config", "api", ""), ("only_against", "api", "")],
        );
    }

    #[test]
    fn changes_are_told_in_words() {
        check(
            &[("api", "ticket", 4, 30)],
            &[("api", "page", 0, 31)],
            &[(
                "changed",
                "api",
                "ticket instead of page; told 4 min later; lasts 5 min shorter",
            )],
        );
        check(
            &[("api", "page", 0, 50)],
            &[("api", "page", 0, 20), ("api", "ticket", 40, 45)],
            &[(
                "changed",
                "api",
                "lasts 25 min longer; 1 incident instead of 2 incidents",
            )],
        );
        // An incident that is still open at the end of the logs overlaps all that follow.
        check(
            &[("api", "page", 0, 0)],
            &[("api", "page", 900, 950)],
            &[(
                "changed",
                "api",
                "told 15 h 0 min earlier; paged 15 h 0 min earlier; lasts 47 min shorter",
            )],
        );
    }
}
