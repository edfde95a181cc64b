//! Defines which alarms count as finding an incident, and which as false.
//!
//! An incident is found if an alarm is first raised between a minute before its beginning and ten
//! minutes after its end. An alarm raised before that is false even if it still runs. A later alarm
//! for the same problem as one that found the incident is its echo, neither right nor wrong; every
//! other alarm is false, once for each id.

use std::collections::BTreeMap;

use atalaya_core::alert::CauseKind;
use atalaya_core::time::MINUTE_MS;

use super::kind::{Blame, Truth};
use super::watch::Alarm;
use super::world::EPOCH_MS;

/// How much earlier than its beginning an alarm may find an incident, in milliseconds.
const BEFORE_MS: i64 = MINUTE_MS;

/// How much later than its end, in milliseconds.
const AFTER_MS: i64 = 10 * MINUTE_MS;

/// How long before an incident false alarms count against it: precision is computed for one
/// incident per week.
const WEEK_MS: i64 = 7 * 24 * 60 * MINUTE_MS;

/// What a detector reported of an incident.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Verdict {
    /// Minutes from its beginning until the first page or ticket.
    pub(super) told: Option<f64>,
    /// Minutes from its beginning until the first page.
    pub(super) paged: Option<f64>,
    /// The cause that it named last.
    pub(super) cause: Named,
    /// False pages in the week before it and in the hours after it.
    pub(super) false_pages: usize,
    /// The same for pages and tickets together.
    pub(super) false_told: usize,
}

/// Whether the true cause was named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Named {
    /// No cause was named, or nothing was reported.
    #[default]
    Nobody,
    Right,
    Wrong,
}

/// Returns what alarms report of an incident.
pub(super) fn judged(truth: &Truth, alarms: &[Alarm]) -> Verdict {
    let (from, _) = window(truth);
    let began = from + BEFORE_MS;
    let minutes = |ms: i64| (ms - began) as f64 / MINUTE_MS as f64;
    let found = || {
        alarms
            .iter()
            .filter(|alarm| is_within(truth, alarm.told_ms))
    };
    let paged = found().filter_map(|alarm| alarm.paged_ms);
    let paged = paged.filter(|ms| is_within(truth, *ms)).min();
    let mut falsely = told_falsely(alarms, Some(truth));
    falsely.retain(|alarm| alarm.told_ms >= began - WEEK_MS);
    Verdict {
        told: found().map(|alarm| alarm.told_ms).min().map(minutes),
        paged: paged.map(minutes),
        cause: found()
            .next()
            .map_or(Named::Nobody, |alarm| named(truth, alarm)),
        false_pages: falsely.iter().filter(|a| a.paged_ms.is_some()).count(),
        false_told: falsely.len(),
    }
}

/// Returns the alarms that were false, one for each id: the first that paged, or else the first. Without an incident,
/// all are.
pub(super) fn told_falsely(alarms: &[Alarm], truth: Option<&Truth>) -> Vec<Alarm> {
    let right = |alarm: &Alarm| truth.is_some_and(|truth| is_within(truth, alarm.told_ms));
    let mut falsely: BTreeMap<&str, &Alarm> = BTreeMap::new();
    let mut found: Vec<&str> = Vec::new();
    for alarm in alarms {
        if right(alarm) {
            found.push(&alarm.id);
        } else if !found.contains(&&*alarm.id) {
            let kept = falsely.entry(&alarm.id).or_insert(alarm);
            if kept.paged_ms.is_none() && alarm.paged_ms.is_some() {
                *kept = alarm;
            }
        }
    }
    let mut falsely: Vec<Alarm> = falsely.into_values().cloned().collect();
    falsely.sort_by(|a, b| (a.told_ms, &a.id).cmp(&(b.told_ms, &b.id)));
    falsely
}

fn window(truth: &Truth) -> (i64, i64) {
    let from = EPOCH_MS + truth.from - BEFORE_MS;
    (from, EPOCH_MS + truth.to + AFTER_MS)
}

fn is_within(truth: &Truth, ms: i64) -> bool {
    let (from, to) = window(truth);
    (from..=to).contains(&ms)
}

fn named(truth: &Truth, alarm: &Alarm) -> Named {
    let Some((kind, name)) = &alarm.cause else {
        return Named::Nobody;
    };
    let right = match (&truth.blame, kind) {
        (_, CauseKind::Unknown) => return Named::Nobody,
        (Blame::Dependency(true_name), CauseKind::Dependency) => name == true_name,
        (Blame::Own, CauseKind::Own)
        | (Blame::Change, CauseKind::Change)
        | (Blame::Traffic, CauseKind::Traffic) => true,
        _ => false,
    };
    if right { Named::Right } else { Named::Wrong }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::kind::IncidentKind;

    const MINUTE: i64 = MINUTE_MS;

    fn truth() -> Truth {
        Truth {
            kind: IncidentKind::ErrorBurst,
            from: 100 * MINUTE,
            to: 130 * MINUTE,
            blame: Blame::Dependency("redis".into()),
            words: String::new(),
        }
    }

    /// An alarm that was raised and paged at minutes of the trial.
    fn alarm(id: &str, told: i64, paged: Option<i64>) -> Alarm {
        let ms = |minute| EPOCH_MS + minute * MINUTE;
        Alarm {
            id: id.into(),
            told_ms: ms(told),
            paged_ms: paged.map(ms),
            over_ms: None,
            title: String::new(),
            cause: Some((CauseKind::Dependency, "redis".into())),
        }
    }

    fn check(alarms: &[Alarm], told: Option<f64>, paged: Option<f64>, falsely: (usize, usize)) {
        let seen = judged(&truth(), alarms);
        assert_eq!((seen.told, seen.paged), (told, paged), "{alarms:?}");
        assert_eq!((seen.false_pages, seen.false_told), falsely, "{alarms:?}");
    }

    #[test]
    fn hand_made_cases_count_as_they_should() {
        check(&[], None, None, (0, 0));
        // Reported as a ticket first, paged later.
        check(&[alarm("a", 103, Some(107))], Some(3.0), Some(7.0), (0, 0));
        // The edges of the window.
        check(&[alarm("a", 99, None)], Some(-1.0), None, (0, 0));
        check(&[alarm("a", 98, None)], None, None, (0, 1));
        check(
            &[alarm("a", 140, Some(140))],
            Some(40.0),
            Some(40.0),
            (0, 0),
        );
        check(&[alarm("a", 141, Some(141))], None, None, (1, 1));
        // A false alarm that still runs is no hit, not even when it becomes a page within the incident.
        check(&[alarm("a", 50, Some(105))], None, None, (1, 1));
        // A page that comes too late is no page for the incident, and the ticket for it was right.
        check(&[alarm("a", 105, Some(150))], Some(5.0), None, (0, 0));
        // The same problem reported again afterwards is an echo; another one is false.
        let echo = [alarm("a", 104, Some(104)), alarm("a", 150, Some(150))];
        check(&echo, Some(4.0), Some(4.0), (0, 0));
        let other = [alarm("a", 104, Some(104)), alarm("b", 150, Some(150))];
        check(&other, Some(4.0), Some(4.0), (1, 1));
        // A false alarm that is raised again counts once; one that is raised again within the
        // incident finds it.
        let back = [
            alarm("a", 40, None),
            alarm("a", 80, Some(80)),
            alarm("a", 103, Some(103)),
        ];
        check(&back, Some(3.0), Some(3.0), (1, 1));
    }

    #[test]
    fn precision_is_reckoned_over_a_week() {
        let week = 7 * 24 * 60;
        check(&[alarm("a", 100 - week, Some(100))], None, None, (1, 1));
        check(&[alarm("a", 99 - week, Some(100))], None, None, (0, 0));
    }

    #[test]
    fn the_cause_is_right_wrong_or_not_named() {
        let blaming = |kind, name: &str| Alarm {
            cause: Some((kind, name.into())),
            ..alarm("a", 103, None)
        };
        for (kind, name, expected) in [
            (CauseKind::Dependency, "redis", Named::Right),
            (CauseKind::Dependency, "postgres", Named::Wrong),
            (CauseKind::Change, "", Named::Wrong),
            (CauseKind::Unknown, "", Named::Nobody),
        ] {
            let seen = judged(&truth(), &[blaming(kind, name)]);
            assert_eq!(seen.cause, expected, "{kind:?} {name}");
        }
    }

    #[test]
    fn without_an_incident_all_is_false_once_for_each_id() {
        let alarms = [
            alarm("a", 5, None),
            alarm("a", 40, Some(41)),
            alarm("b", 90, None),
        ];
        let falsely = told_falsely(&alarms, None);
        let pages: Vec<_> = falsely
            .iter()
            .map(|a| (&*a.id, a.paged_ms.is_some()))
            .collect();
        assert_eq!(pages, [("a", true), ("b", false)]);
    }
}
