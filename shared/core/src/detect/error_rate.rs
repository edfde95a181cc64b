//! `error_rate`: a larger share of requests or calls fails than usual. See `docs/detectors.md#error_rate`.
//!
//! The windows reach from 3 minutes to 4 hours, and the question is whether `k` failures of `n` are
//! credible where the baseline's share `p` is normal. The surprise is `n · KL(k/n ‖ p)` (see
//! `crate::surprise`), divided by how much minutes differ beyond chance. Counts matter, not shares
//! alone: few requests cannot be surprising enough, and a single bad minute never is.

use super::share::{
    LEAD, Normal, Of, PAGE_OF_MANY, REMAINS, Seen, TROUBLE, WINDOWS, beside, relief,
};
use super::{Detector, Evidence, Finding, Recent, Severity, Subject, Watch};
use crate::baseline::LEAST_ERRORS;

/// The fewest failures of requests, and of calls, that are trouble.
const MIN_ERRORS: (f64, f64) = (4.0, 3.0);

/// The share beyond the usual one above which failing requests are a page: 1 % of all the service's
/// requests. An objective of 99.9 % over 30 days loses 5 % of its budget in six hours at 0.6 %
/// (Beyer and others, "The Site Reliability Workbook", chapter 5).
const PAGE: f64 = 0.01;

/// The share of all requests from which a route no longer counts as one of many.
const MAIN: f64 = 0.25;

/// The share of one route's requests that must fail before the route alone is a page.
const PAGE_ROUTE: f64 = 0.03;

/// The windows, in minutes. A service with one request a minute needs hours until its failures
/// show.
const HOURS: [usize; 9] = [3, 4, 6, 10, 15, 30, 60, 120, 240];

/// The least multiple of the usual share that must fail.
const TIMES: f64 = 3.0;

/// The square of the relative amount by which the share of failures wanders around the usual one of
/// the hour: two fifths.
const WANDER: f64 = 0.15;

/// Returns the normal share of failures.
pub(super) fn normal(recent: &Recent<'_>) -> Normal {
    Normal {
        share: recent.expected.error_rate.max(LEAST_ERRORS),
        dispersion: recent.expected.error_dispersion,
        reach: recent.expected.error_reach,
        wander: WANDER,
    }
}

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    // The cheap question first: most minutes of most subjects have nothing to ask about.
    if recent.slices.iter().all(|slice| slice.errors == 0) {
        return None;
    }
    let normal = normal(recent);
    let remains = [recent.minutes_with(15.0, (5, 20), |slice| slice.count)];
    let (windows, least, times) = match watch {
        Watch::Trouble => (&HOURS[..], TROUBLE, TIMES),
        Watch::Harm => (&HOURS[..], LEAD, TIMES),
        Watch::Lead => (&WINDOWS[..4], LEAD, TIMES),
        Watch::Remains => (&remains[..], REMAINS, 1.5),
    };
    let (least, times) = recent.bars(Detector::ErrorRate, watch, least, times);
    let mut best: Option<Seen> = None;
    for &minutes in windows {
        let seen = Seen::of(recent, Of::Errors, minutes, normal);
        let lasting = match watch {
            Watch::Trouble => seen.lasting && seen.k >= least_errors(recent.subject),
            Watch::Harm => seen.lasting && seen.k >= MIN_ERRORS.1,
            Watch::Lead => seen.k >= 2.0,
            Watch::Remains => true,
        };
        let clear = seen.share() >= times * normal.share
            && seen.surprise >= least - relief(recent, watch, seen.minutes);
        if clear && lasting && best.is_none_or(|most| seen.surprise > most.surprise) {
            best = Some(seen);
        }
    }
    let seen = best?;
    let evidence = Evidence::Failed {
        counted: seen.counted(),
        normal: recent.expected.error_rate,
        by_chance: normal.high(seen.n, seen.minutes),
    };
    Some(Finding {
        normal: recent.expected.error_rate,
        severity: severity(recent, seen.share(), seen.surprise + beside(watch)),
        ..seen.finding(recent, Detector::ErrorRate, (Of::Errors, normal), evidence)
    })
}

fn least_errors(subject: &Subject) -> f64 {
    match subject {
        Subject::Dependency(_) => MIN_ERRORS.1,
        _ => MIN_ERRORS.0,
    }
}

/// Returns the severity of failing requests: a page by their share of all the service's requests. A
/// route that is one of many must be surer.
pub(super) fn severity(recent: &Recent<'_>, share: f64, surprise: f64) -> Severity {
    let more = share - recent.expected.error_rate;
    let page = match recent.subject {
        Subject::Requests => more >= PAGE,
        Subject::Route(_) => {
            let sure = recent.weight >= MAIN || surprise >= PAGE_OF_MANY;
            sure && more >= PAGE_ROUTE && more * recent.weight >= PAGE
        }
        _ => false,
    };
    if page {
        Severity::Page
    } else {
        Severity::Ticket
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Expected;
    use crate::detect::recent::Slice;
    use crate::detect::tests::{found, recent};
    use crate::detect::{Confidence, Counted};

    fn check(minutes: &[(u32, u32)], rate: f64, expected: Option<(Severity, i64)>) {
        let slices: Vec<Slice> = minutes
            .iter()
            .map(|(count, errors)| Slice {
                count: *count,
                errors: *errors,
                ..Slice::default()
            })
            .collect();
        let baseline = Expected {
            error_rate: rate,
            minutes: 9_999.0,
            ..Expected::default()
        };
        let finding = found(&Subject::Requests, &slices, &baseline, find);
        let short = finding
            .as_ref()
            .map(|finding| (finding.severity, finding.since.0));
        assert_eq!(short, expected, "{minutes:?} at {rate}: {finding:?}");
    }

    #[test]
    fn counts_decide() {
        let page = |since| Some((Severity::Page, since));
        check(&[(20, 0), (20, 6), (20, 7), (20, 8)], 0.003, page(98));
        // Three requests at night never page, nor does one bad minute, which may straddle two.
        check(&[(0, 0), (1, 1), (0, 0), (2, 2)], 0.003, None);
        check(&[(20, 0), (20, 0), (20, 15)], 0.003, None);
        check(&[(20, 0), (20, 6), (20, 7)], 0.003, None);
        check(&[(20, 15), (20, 0), (20, 0), (20, 0)], 0.003, None);
        // Two minutes in which nearly all fail are more than one bad minute.
        check(&[(20, 0), (20, 18), (20, 19)], 0.003, page(99));
        // The usual share of failures is no finding, however high it is; a small lasting rise is a
        // ticket.
        check(&[(90, 30), (90, 30), (90, 30)], 0.33, None);
        check(
            &[(4_000, 50), (4_000, 50), (4_000, 50), (4_000, 50)],
            0.003,
            Some((Severity::Ticket, 97)),
        );
        // A night of three requests a minute, all failing, does page after some minutes.
        check(&[(3, 3), (2, 2), (3, 3)], 0.003, page(98));
    }

    #[test]
    fn what_a_dependency_surely_does_needs_less_and_one_route_of_many_more() {
        let usual = Expected {
            error_rate: 0.003,
            minutes: 9_999.0,
            ..Expected::default()
        };
        let failing = |count: u32, errors: [u32; 10]| {
            errors.map(|errors| Slice {
                count,
                errors,
                ..Slice::default()
            })
        };
        let few = failing(20, [1, 0, 1, 1, 0, 1, 1, 0, 1, 1]);
        let more = failing(25, [0, 0, 0, 0, 1, 1, 2, 1, 1, 2]);
        let (all, route) = (Subject::Requests, Subject::Route("/pay".into()));
        let told = |subject, slices, weight, watch| {
            let recent = Recent {
                weight,
                ..recent(subject, slices, &usual)
            };
            find(&recent, watch).map(|finding| finding.severity)
        };
        assert_eq!(told(&all, &few, 1.0, Watch::Trouble), None);
        assert_eq!(told(&all, &few, 1.0, Watch::Harm), Some(Severity::Page));
        let (page, ticket) = (Some(Severity::Page), Some(Severity::Ticket));
        assert_eq!(told(&route, &more, 0.5, Watch::Trouble), page);
        assert_eq!(told(&route, &more, 0.24, Watch::Trouble), ticket);
        assert_eq!(told(&route, &more, 0.24, Watch::Harm), page);
    }

    #[test]
    fn the_evidence_is_what_was_counted_and_what_chance_allows() {
        let slices = [(20, 0), (20, 6), (20, 7), (20, 8)].map(|(count, errors)| Slice {
            count,
            errors,
            ..Slice::default()
        });
        let expected = Expected {
            error_rate: 0.003,
            minutes: 100.0,
            ..Expected::default()
        };
        let subject = Subject::Dependency("scoring".into());
        let finding = found(&subject, &slices, &expected, find).expect("trouble");
        let counted = Counted {
            bad: 21,
            of: 60,
            minutes: 3,
        };
        let evidence = Evidence::Failed {
            counted,
            normal: 0.003,
            by_chance: finding.band.1,
        };
        assert_eq!(finding.evidence, evidence);
        assert!((finding.band.1 - 0.024).abs() < 0.001, "{finding:?}");
        assert_eq!(finding.confidence, Confidence::Low, "an hour of evidence");
    }
}
