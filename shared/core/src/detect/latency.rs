//! `latency`: a larger share of requests or calls is slow than usual. See `docs/detectors.md#latency`.
//!
//! Slow is what lasts longer than the usual 95th percentile. Counting exceedances of a quantile is the quantile test
//! (Conover, "Practical Nonparametric Statistics", section 3.2): it needs no shape of the distribution and says
//! something about five calls. The share of slow ones that is normal at this hour is itself learnt, so that a nightly
//! batch is normal, and an inexact threshold does no harm.

use super::surprise::of_many;
use super::{BAD_SHARE, duration, in_one_minute, percent, sum};
use super::{Confidence, Detector, Finding, Recent, Severity, Slice, Subject, Watch};

/// The windows, in minutes.
const WINDOWS: [usize; 4] = [2, 3, 5, 10];

/// The surprise that counts as trouble: a chance below one in a million.
const TROUBLE: f64 = 14.0;

/// The surprise that counts as a lead beside other trouble: a chance below one in 1,600.
const LEAD: f64 = 7.5;

/// The surprise that still counts as remains of trouble: a chance below one in 150.
const REMAINS: f64 = 5.0;

/// The share of slow ones below which nobody is told, however sure it is.
const LEAST_SHARE: f64 = 0.15;

/// How many times its usual value the ninth decile must be before anybody is told, and before it is a page.
const LEAST_TIMES: f64 = 1.5;
const PAGE_TIMES: f64 = 3.0;

/// No baseline is trusted to promise fewer slow ones than these: 4 %.
const LEAST_NORMAL: f64 = 0.04;

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    recent.expected.slow_above?;
    if sum(recent.last(10), |slice| slice.slow) < 1.0 {
        return None;
    }
    let q = recent.expected.slow_share.max(LEAST_NORMAL);
    let (windows, least, times) = match watch {
        Watch::Trouble => (&WINDOWS[..], TROUBLE, 3.0),
        Watch::Lead => (&WINDOWS[..], LEAD, 3.0),
        Watch::Remains => (&[5][..], REMAINS, 1.5),
    };
    let bar = recent.bar(Detector::Latency, watch);
    let (least, times) = (least * bar, 1.0 + (times - 1.0) * bar);
    let mut best: Option<Seen> = None;
    for &minutes in windows {
        let slices = recent.last(minutes);
        let seen = Seen::of(slices, q);
        let much = seen.share() >= (times * q).min(0.6);
        let several =
            watch == Watch::Lead || !in_one_minute(slices, |slice| (slice.slow, slice.timed), q);
        let lasting = several
            && seen.share() >= LEAST_SHARE
            && seen.slow >= 3.0
            && seen.p90_ms >= LEAST_TIMES * recent.expected.p90_ms;
        let clear = much && seen.surprise >= least;
        let more = best
            .as_ref()
            .is_none_or(|most| seen.surprise > most.surprise);
        if clear && more && (lasting || watch == Watch::Remains) {
            best = Some(seen);
        }
    }
    let seen = best?;
    let expected = recent.expected;
    let threshold = crate::baseline::histogram::Histogram::value_ms(expected.slow_above?);
    Some(Finding {
        detector: Detector::Latency,
        subject: recent.subject.clone(),
        minute: recent.minute,
        since: recent.since(|slice| is_bad(slice, seen.share())),
        seen: seen.p90_ms,
        normal: expected.p90_ms,
        band: (0.0, threshold),
        surprise: seen.surprise,
        severity: severity(recent.subject, seen.p90_ms / expected.p90_ms.max(1.0)),
        confidence: Confidence::of(seen.surprise, expected.minutes),
        evidence: format!(
            "{:.0} of {:.0} {} took longer than {} in the last {} min ({}, normally {}); median {} (normally {}), p90 {} \
             (normally {})",
            seen.slow,
            seen.timed,
            recent.subject.noun(),
            duration(threshold),
            seen.minutes,
            percent(seen.share()),
            percent(expected.slow_share),
            duration(seen.p50_ms),
            duration(expected.p50_ms),
            duration(seen.p90_ms),
            duration(expected.p90_ms),
        ),
    })
}

/// What some minutes show together.
struct Seen {
    minutes: usize,
    timed: f64,
    slow: f64,
    p50_ms: f64,
    p90_ms: f64,
    surprise: f64,
}

impl Seen {
    fn of(slices: &[Slice], q: f64) -> Self {
        let timed = sum(slices, |slice| slice.timed);
        let slow = sum(slices, |slice| slice.slow);
        Self {
            minutes: slices.len(),
            timed,
            slow,
            p50_ms: middle(slices, |slice| slice.p50),
            p90_ms: middle(slices, |slice| slice.p90),
            surprise: of_many(slow, timed, q),
        }
    }

    fn share(&self) -> f64 {
        if self.timed > 0.0 {
            self.slow / self.timed
        } else {
            0.0
        }
    }
}

/// The geometric mean of the minutes' quantiles, weighted by their counts: close to the quantile of all together, from
/// eight bytes a minute. In milliseconds, of tenths.
fn middle(slices: &[Slice], of: impl Fn(&Slice) -> u32) -> f64 {
    let (mut logs, mut weight) = (0.0, 0.0);
    for slice in slices.iter().filter(|slice| slice.timed > 0) {
        logs += f64::from(slice.timed) * f64::from(of(slice).max(1)).ln();
        weight += f64::from(slice.timed);
    }
    if weight > 0.0 {
        (logs / weight).exp() / 10.0
    } else {
        0.0
    }
}

fn is_bad(slice: &Slice, share: f64) -> bool {
    slice.slow > 0 && f64::from(slice.slow) >= BAD_SHARE * share * f64::from(slice.timed)
}

fn severity(subject: &Subject, times: f64) -> Severity {
    match subject {
        Subject::Requests | Subject::Route(_) if times >= PAGE_TIMES => Severity::Page,
        _ => Severity::Ticket,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::{Expected, histogram::Histogram};
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
        check(
            &[(5, 0), (4, 3), (6, 6)],
            2_100,
            0.05,
            Some((Severity::Page, 99)),
        );
        check(
            &[(5, 0), (4, 3), (6, 6)],
            600,
            0.05,
            Some((Severity::Ticket, 99)),
        );
        // One bad minute, slowness that nobody feels, and a batch that is slow every night.
        check(&[(5, 0), (5, 0), (20, 20)], 2_100, 0.05, None);
        check(&[(50, 30), (50, 30)], 400, 0.05, None);
        check(&[(50, 45), (50, 45)], 2_100, 0.9, None);
        check(&[(900, 80), (900, 80)], 2_100, 0.05, None);
    }
}
