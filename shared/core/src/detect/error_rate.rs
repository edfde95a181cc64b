//! `error_rate`: a larger share of requests or calls fails than usual. See `docs/detectors.md#error_rate`.
//!
//! Over the last 2, 3, 5 and 10 minutes: are `k` failures of `n` credible where the baseline's share `p` is normal? The
//! surprise is `n · KL(k/n ‖ p)` (see `detect::surprise`). Counts decide: few requests cannot be surprising enough, and
//! a single bad minute never is.

use super::surprise::of_many;
use super::{BAD_SHARE, in_one_minute, percent, sum};
use super::{Confidence, Detector, Finding, Recent, Severity, Slice, Subject, Watch};

/// The windows, in minutes.
const WINDOWS: [usize; 4] = [2, 3, 5, 10];

/// The surprise that counts as trouble: a chance below one in a million.
const TROUBLE: f64 = 14.0;

/// The surprise that counts as a lead beside other trouble: a chance below one in 1,600.
const LEAD: f64 = 7.5;

/// The surprise that still counts as remains of trouble: a chance below one in 150.
const REMAINS: f64 = 5.0;

/// The fewest failures of requests, and of calls, that are trouble.
const MIN_ERRORS: (f64, f64) = (5.0, 3.0);

/// The share above which failing requests are a page: of the whole service, and of one route.
const PAGE: (f64, f64) = (0.05, 0.2);

/// No baseline is trusted to promise fewer failures than these: 0.2 %.
const LEAST_NORMAL: f64 = 0.002;

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    let p = recent.expected.error_rate.max(LEAST_NORMAL);
    // The cheap question first: most minutes of most subjects have nothing to ask about.
    if sum(recent.last(10), |slice| slice.errors) < 1.0 {
        return None;
    }
    let (windows, least, times) = match watch {
        Watch::Trouble => (&WINDOWS[..], TROUBLE, 3.0),
        Watch::Lead => (&WINDOWS[..], LEAD, 3.0),
        Watch::Remains => (&[5][..], REMAINS, 1.5),
    };
    let bar = recent.bar(Detector::ErrorRate, watch);
    let (least, times) = (least * bar, 1.0 + (times - 1.0) * bar);
    let mut best: Option<(f64, f64, f64, usize)> = None;
    for &minutes in windows {
        let slices = recent.last(minutes);
        let (n, k) = (
            sum(slices, |slice| slice.count),
            sum(slices, |slice| slice.errors),
        );
        let surprise = of_many(k, n, p);
        let lasting = match watch {
            Watch::Trouble => enough(recent.subject, slices, k, p),
            Watch::Lead => k >= 2.0,
            Watch::Remains => true,
        };
        let clear = k >= times * p * n && surprise >= least;
        if clear && lasting && best.is_none_or(|(most, ..)| surprise > most) {
            best = Some((surprise, n, k, slices.len()));
        }
    }
    let (surprise, n, k, minutes) = best?;
    let share = k / n;
    let high = (p + 3.0 * (p * (1.0 - p) / n).sqrt()).min(1.0);
    Some(Finding {
        detector: Detector::ErrorRate,
        subject: recent.subject.clone(),
        minute: recent.minute,
        since: recent.since(|slice| is_bad(slice, share)),
        seen: share,
        normal: recent.expected.error_rate,
        band: (0.0, high),
        surprise,
        severity: severity(recent.subject, share),
        confidence: Confidence::of(surprise, recent.expected.minutes),
        evidence: format!(
            "{k:.0} of {n:.0} {} failed in the last {minutes} min ({}); normal at this hour is {}, up to {} by chance",
            recent.subject.noun(),
            percent(share),
            percent(recent.expected.error_rate),
            percent(high),
        ),
    })
}

/// Failures enough to speak of a share, and not all in one minute.
fn enough(subject: &Subject, slices: &[Slice], errors: f64, p: f64) -> bool {
    let least = match subject {
        Subject::Dependency(_) => MIN_ERRORS.1,
        Subject::Requests | Subject::Route(_) => MIN_ERRORS.0,
    };
    errors >= least && !in_one_minute(slices, |slice| (slice.errors, slice.count), p)
}

fn is_bad(slice: &Slice, share: f64) -> bool {
    slice.errors > 0 && f64::from(slice.errors) >= BAD_SHARE * share * f64::from(slice.count)
}

fn severity(subject: &Subject, share: f64) -> Severity {
    let page = match subject {
        Subject::Requests => share >= PAGE.0,
        Subject::Route(_) => share >= PAGE.1,
        Subject::Dependency(_) => false,
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
    use crate::detect::tests::found;

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
        check(&[(20, 0), (20, 6), (20, 7)], 0.003, page(99));
        // Three requests at night never page, nor does one bad minute.
        check(&[(0, 0), (1, 1), (0, 0), (2, 2)], 0.003, None);
        check(&[(20, 0), (20, 0), (20, 15)], 0.003, None);
        check(&[(20, 15), (20, 0), (20, 0), (20, 0)], 0.003, None);
        // What fails as usual is no finding, however much it is; a small lasting rise is a ticket.
        check(&[(90, 30), (90, 30), (90, 30)], 0.33, None);
        check(
            &[(400, 8), (400, 8), (400, 8), (400, 8)],
            0.003,
            Some((Severity::Ticket, 97)),
        );
        // A night of three requests a minute, all failing, does page after some minutes.
        check(&[(3, 3), (2, 2), (3, 3)], 0.003, page(98));
    }

    #[test]
    fn the_evidence_says_it_in_words() {
        let slices = [(20, 0), (20, 6), (20, 7)].map(|(count, errors)| Slice {
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
        assert_eq!(
            finding.evidence,
            "13 of 40 calls to scoring failed in the last 2 min (32 %); normal at this hour is 0.3 %, up to 2.9 % by \
             chance"
        );
        assert_eq!(finding.confidence, Confidence::Low, "an hour of evidence");
    }
}
