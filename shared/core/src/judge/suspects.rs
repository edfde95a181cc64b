//! The suspects of an alert: dependencies whose calls are unusual, or that failing requests name.

use super::MinuteView;
use super::evaluate::sums_of;
use super::state::{RECENT, ServiceState, Tracked};
use crate::alert::cause::Suspect;
use crate::detect::{Finding, Slice, Subject};

/// Minutes over which failing requests are counted to find the dependency that they name.
const BLAME: usize = 10;

/// Returns the suspected dependencies: those whose calls are unusual, or were at any time since the
/// alert opened, and those that at least half of the failing requests name.
pub(super) fn suspects(
    state: &mut ServiceState,
    findings: &[Finding],
    view: &MinuteView,
) -> Vec<Suspect> {
    let failing = state
        .subjects
        .get(&Subject::Requests)
        .map_or(0.0, |requests| last_of(requests, |slice| slice.errors));
    let mut suspects = Vec::new();
    for (subject, tracked) in &state.subjects {
        let Some(name) = subject.dependency() else {
            continue;
        };
        let unusual = findings
            .iter()
            .filter(|finding| finding.subject == *subject);
        let mut since = unusual.map(|finding| finding.since).min();
        let blamed = last_of(tracked, |slice| slice.blamed);
        if since.is_none() && blamed >= 5.0 && blamed >= 0.5 * failing {
            let first = tracked.recent.iter().position(|slice| slice.blamed > 0);
            since = first.map(|at| view.minute.plus(at as i64 + 1 - RECENT as i64));
        }
        let known = state.suspects.get(name).copied();
        if let (None, Some(since)) = (known, since) {
            state.suspects.insert(name.into(), since);
        }
        let Some(since) = known.or(since) else {
            continue;
        };
        let calls = sums_of(view, subject);
        let timeouts: u64 = calls
            .causes
            .iter()
            .filter(|(cause, _)| is_timeout(cause))
            .map(|(_, n)| n)
            .sum();
        suspects.push(Suspect {
            name: name.into(),
            since,
            blamed,
            failed: last_of(tracked, |slice| slice.errors),
            times_out: timeouts > 0 && timeouts * 2 >= calls.errors,
        });
    }
    suspects
}

fn is_timeout(cause: &str) -> bool {
    let lower = cause.to_ascii_lowercase();
    ["timeout", "timed out", "timedout", "time-out", "504"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Returns the sum of a count over the last [`BLAME`] minutes.
pub(super) fn last_of(tracked: &Tracked, of: impl Fn(&Slice) -> u32) -> f64 {
    let from = tracked.recent.len().saturating_sub(BLAME);
    tracked.recent[from..]
        .iter()
        .map(|slice| f64::from(of(slice)))
        .sum()
}
