//! `latency`: a larger share of requests or calls is slow than usual. See `docs/detectors.md#latency`.
//!
//! A request or call is slow if it takes longer than the usual 95th percentile. Counting
//! exceedances of a quantile is the quantile test (Conover, "Practical Nonparametric Statistics",
//! section 3.2): it assumes no shape of the distribution and works from five calls on. The share of
//! slow ones that is normal at this hour is itself learnt, so that a nightly batch is normal, and
//! an inexact threshold does no harm.

use super::recent::{ln_of, ln_tenths, middle_ms};
use super::share::{
    LEAD, Normal, Of, PAGE_OF_MANY, REMAINS, Seen, TROUBLE, WINDOWS, beside, relief,
};
use super::{Compared, Confidence, Detector, Evidence, Finding, Recent, Severity, Subject, Watch};
use crate::baseline::histogram::Histogram;
use crate::baseline::{LEAST_SLOW, Signal};

/// The share of slow ones below which there is no finding, however sure it is.
const LEAST_SHARE: f64 = 0.15;

/// The least multiple of its usual value that the ninth decile must reach for a finding.
const LEAST_TIMES: f64 = 1.5;

/// The least multiple of its usual value that the ninth decile must reach for a page.
const PAGE_TIMES: f64 = 2.0;

/// How many minutes a finding must last to become a page, whatever the slowdown.
const PAGE_MINUTES: i64 = 3;

/// The least share of the service's requests that a slow route must have for a page.
const PAGE_WEIGHT: f64 = 0.1;

/// The square of the relative amount by which the share of slow ones wanders around the usual one
/// of the hour: a fifth.
const WANDER: f64 = 0.05;

/// Returns the normal share of slow ones.
pub(super) fn normal(recent: &Recent<'_>) -> Normal {
    Normal {
        share: recent.expected.slow_share.max(LEAST_SLOW),
        dispersion: recent.expected.slow_dispersion,
        reach: recent.expected.slow_reach,
        wander: WANDER,
    }
}

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    let threshold = Histogram::value_ms(recent.expected.slow_above?);
    if recent.last(10).iter().all(|slice| slice.slow == 0) {
        return None;
    }
    let normal = normal(recent);
    let remains = [recent.minutes_with(15.0, (5, 20), |slice| slice.timed)];
    let (windows, least, times) = match watch {
        Watch::Trouble => (&WINDOWS[..], TROUBLE, 3.0),
        Watch::Harm => (&WINDOWS[..], LEAD, 3.0),
        Watch::Lead => (&WINDOWS[..4], LEAD, 3.0),
        Watch::Remains => (&remains[..], REMAINS, 1.5),
    };
    let (least, times) = recent.bars(Detector::Latency, watch, least, times);
    let mut best: Option<(Seen, f64)> = None;
    for &minutes in windows {
        let seen = Seen::of(recent, Of::Slow, minutes, normal);
        let much = seen.share() >= (times * normal.share).min(0.6);
        if !much
            || seen.surprise < least - 0.5 * relief(recent, watch, seen.minutes)
            || best.is_some_and(|(most, _)| most.surprise >= seen.surprise)
        {
            continue;
        }
        let p90_ms = middle(recent, minutes, Quantile::Ninth);
        let lasting = (seen.lasting || watch == Watch::Lead)
            && seen.share() >= LEAST_SHARE
            && seen.k >= 3.0
            && p90_ms >= LEAST_TIMES * recent.expected.p90_ms;
        if lasting || watch == Watch::Remains {
            best = Some((seen, p90_ms));
        }
    }
    let (seen, p90_ms) = best?;
    let expected = recent.expected;
    let p50_ms = middle(recent, seen.minutes, Quantile::Median);
    let since = recent.since(seen.enough(), |slice| seen.is_bad(Of::Slow, slice));
    Some(Finding {
        detector: Detector::Latency,
        subject: recent.subject.clone(),
        signal: Some(Signal::Latency),
        minute: recent.minute,
        since,
        seen: p90_ms,
        normal: expected.p90_ms,
        band: (0.0, threshold),
        surprise: seen.surprise,
        severity: severity(
            recent,
            seen.surprise + beside(watch),
            p90_ms / expected.p90_ms.max(1.0),
            recent.minute.0 - since.0,
        ),
        confidence: Confidence::of(seen.surprise, expected.minutes),
        evidence: Evidence::Slow {
            counted: seen.counted(),
            longer_than_ms: recent.longer_than_ms(threshold),
            normal: expected.slow_share,
            p50_ms: Compared {
                seen: p50_ms,
                normal: expected.p50_ms,
            },
            p90_ms: Compared {
                seen: p90_ms,
                normal: expected.p90_ms,
            },
        },
    })
}

/// A quantile of a window in milliseconds.
pub(super) fn middle(recent: &Recent<'_>, minutes: usize, of: Quantile) -> f64 {
    let near = recent.last(minutes).iter().map(|slice| match of {
        Quantile::Median => (slice.timed, ln_tenths(slice.p50)),
        Quantile::Ninth => (slice.timed, ln_tenths(slice.p90)),
    });
    let quarters = recent.quarters_within(minutes).iter();
    let far = quarters.map(|quarter| match of {
        Quantile::Median => (quarter.sum.timed, ln_of(quarter.p50)),
        Quantile::Ninth => (quarter.sum.timed, ln_of(quarter.p90)),
    });
    middle_ms(near.chain(far)).unwrap_or(0.0)
}

/// Which quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantile {
    /// The median.
    Median,
    /// The ninth decile.
    Ninth,
}

/// Returns the severity of slowness: a page if it is slow enough, or lasts long enough.
fn severity(recent: &Recent<'_>, surprise: f64, times: f64, minutes: i64) -> Severity {
    let page = match recent.subject {
        Subject::Requests => times >= PAGE_TIMES || minutes >= PAGE_MINUTES,
        Subject::Route(_) => {
            times >= PAGE_TIMES && recent.weight >= PAGE_WEIGHT && surprise >= PAGE_OF_MANY
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
    use crate::baseline::{Expected, histogram::Histogram};
    use crate::detect::recent::Slice;
    use crate::detect::tests::found;
    use crate::sketch::Bucket;

    fn check(minutes: &[(u32, u32)], p90_ms: u32, share: f64, expected: Option<(Severity, i64)>) {
        let slices: Vec<Slice> = minutes
            .iter()
            .map(|(timed, slow)| Slice {
                count: *timed,
                timed: *timed,
                slow: *slow,
                p50: p90_ms * 7,
                p90: p90_ms * 10,
                ..Slice::default()
            })
            .collect();
        let baseline = Expected {
            slow_above: Some(Histogram::bucket(Bucket::of(400.0))),
            slow_share: share,
            p50_ms: 230.0,
            p90_ms: 330.0,
            minutes: 9_999.0,
            ..Expected::default()
        };
        let finding = found(
            &Subject::Route("/loan/apply".into()),
            &slices,
            &baseline,
            find,
        );
        let short = finding
            .as_ref()
            .map(|finding| (finding.severity, finding.since.0));
        assert_eq!(short, expected, "{minutes:?} at {share}: {finding:?}");
    }

    #[test]
    fn few_slow_calls_suffice_when_nearly_all_are_slow() {
        let worse = [(5, 0), (4, 3), (6, 6), (5, 5)];
        check(&worse, 2_100, 0.05, Some((Severity::Page, 98)));
        check(&worse, 600, 0.05, Some((Severity::Ticket, 98)));
        // One bad minute, slowness that nobody feels, and a batch that is slow every night.
        check(&[(5, 0), (5, 0), (20, 20)], 2_100, 0.05, None);
        check(&[(50, 30), (50, 30)], 400, 0.05, None);
        check(&[(50, 45), (50, 45)], 2_100, 0.9, None);
        check(&[(900, 80), (900, 80)], 2_100, 0.05, None);
    }
}
