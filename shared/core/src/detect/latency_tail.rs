//! `latency_tail`: only the slowest few become much slower. See `docs/detectors.md#latency_tail`.
//!
//! A request or call is far slower than usual if it takes longer than 1.2 times the usual 99.5th
//! percentile. On an ordinary day one in hundreds does, so a lasting two percent stand out even
//! though no other quantile moves. The test is that of `latency`, at another threshold.

use super::FAR;
use super::share::{Normal, Of, REMAINS, Seen, TROUBLE, relief};
use super::{Detector, Evidence, Finding, Recent, Severity, Subject, Watch};
use crate::baseline::histogram::Histogram;

/// The square of the relative amount by which the share of far slower ones wanders around the usual
/// one of the hour: three tenths.
const WANDER: f64 = 0.09;

/// The least share of far slower ones that is taken for normal, whatever the baseline has learnt:
/// 0.2 %.
const LEAST_NORMAL: f64 = 0.002;

/// The windows, in minutes. So few requests are far slower that small services need hours.
const HOURS: [usize; 9] = [3, 4, 6, 10, 15, 30, 60, 120, 240];

/// The least multiple of the usual share that must be far slower.
const TIMES: f64 = 4.0;

/// The least share that must be far slower beyond the usual one.
const LEAST_MORE: f64 = 0.01;

/// The share beyond the usual one from which the finding is a page. Pauses and jobs bring one in a
/// hundred there now and then.
const PAGE: f64 = 0.014;

/// The fewest requests or calls that must be far slower.
const LEAST: f64 = 6.0;

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    let expected = recent.expected;
    let threshold = Histogram::value_ms(expected.tail_above? + FAR);
    if matches!(watch, Watch::Lead | Watch::Harm) || recent.subject.dependency().is_some() {
        return None;
    }
    if recent.last(10).iter().all(|slice| slice.tail == 0) {
        return None;
    }
    let normal = Normal {
        share: expected.tail_share.max(LEAST_NORMAL),
        dispersion: expected.tail_dispersion,
        reach: expected.tail_reach,
        wander: WANDER,
    };
    let remains = [recent.minutes_with(40.0, (5, 15), |slice| slice.timed)];
    let (windows, least, times) = match watch {
        Watch::Remains => (&remains[..], REMAINS, 1.5),
        _ => (&HOURS[..], TROUBLE, TIMES),
    };
    let (least, times) = recent.bars(Detector::LatencyTail, watch, least, times);
    let mut best: Option<Seen> = None;
    for &minutes in windows {
        let seen = Seen::of(recent, Of::Tail, minutes, normal);
        let clear = seen.share() >= times * normal.share
            && seen.surprise >= least - 0.5 * relief(recent, watch, seen.minutes);
        let lasting = seen.lasting && seen.k >= LEAST && seen.share() - normal.share >= LEAST_MORE;
        let more = best.is_none_or(|most| seen.surprise > most.surprise);
        if clear && more && (lasting || watch == Watch::Remains) {
            best = Some(seen);
        }
    }
    let seen = best?;
    let more = seen.share() - normal.share;
    // A route's part in the tail of all requests already shows there, because they are counted by
    // route.
    let page = more >= PAGE && *recent.subject == Subject::Requests;
    let evidence = Evidence::FarSlower {
        counted: seen.counted(),
        longer_than_ms: recent.longer_than_ms(threshold),
        normal: expected.tail_share,
    };
    Some(Finding {
        normal: expected.tail_share,
        severity: if page {
            Severity::Page
        } else {
            Severity::Ticket
        },
        ..seen.finding(recent, Detector::LatencyTail, (Of::Tail, normal), evidence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Expected;
    use crate::detect::tests::found;
    use crate::detect::{Slice, Subject};
    use crate::sketch::Bucket;

    fn check(subject: &Subject, minutes: &[(u32, u32)], expected: Option<(Severity, i64)>) {
        let slices: Vec<Slice> = minutes
            .iter()
            .map(|(timed, tail)| Slice {
                count: *timed,
                timed: *timed,
                tail: *tail,
                ..Slice::default()
            })
            .collect();
        let baseline = Expected {
            tail_above: Some(Histogram::bucket(Bucket::of(900.0))),
            tail_share: 0.001,
            tail_dispersion: 1.0,
            minutes: 9_999.0,
            ..Expected::default()
        };
        let finding = found(subject, &slices, &baseline, find);
        let short = finding
            .as_ref()
            .map(|finding| (finding.severity, finding.since.0));
        assert_eq!(short, expected, "{subject} {minutes:?}: {finding:?}");
    }

    #[test]
    fn a_lasting_few_percent_page_and_what_is_usual_does_not() {
        let all = Subject::Requests;
        let page = |since| Some((Severity::Page, since));
        check(
            &all,
            &[(400, 0), (400, 10), (400, 9), (400, 12), (400, 11)],
            page(97),
        );
        // The usual one in a thousand, a single bad minute, and trouble that is over.
        check(&all, &[(400, 1), (400, 0), (400, 1), (400, 0)], None);
        check(&all, &[(400, 0), (400, 0), (400, 40), (400, 0)], None);
        check(
            &all,
            &[(400, 10), (400, 9), (400, 12), (400, 0), (400, 0), (400, 0)],
            None,
        );
        // Too few requests to distinguish two percent from chance.
        check(&all, &[(10, 0), (10, 1), (10, 0), (10, 1)], None);
        check(
            &Subject::Dependency("scoring".into()),
            &[(400, 10); 5],
            None,
        );
    }
}
