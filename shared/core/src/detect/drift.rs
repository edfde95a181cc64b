//! `drift`: what becomes slower, or fails more, little by little. See `docs/detectors.md#drift`.
//!
//! A leak shows in no window of minutes until it is bad. Over 1, 2 and 4 hours the same test as that of `latency` and
//! `error_rate` sees a smaller shift, because it counts more requests: windows that double in length are a bank of tests
//! that is nearly as good as one made for the unknown length (Lai, "Sequential changepoint detection in quality control
//! and dynamical systems", JRSS B 57, 1995). The bar that keeps it quiet is that the shift must be worth a look.

use super::latency::{Quantile, middle};
use super::share::{Of, Seen, TROUBLE};
use super::{Detector, Finding, Recent, Severity, Subject, Watch};
use super::{duration, error_rate, latency, percent};
use crate::baseline::histogram::Histogram;

/// The windows, in minutes.
const WINDOWS: [usize; 3] = [60, 120, 240];

/// How many times the usual share must be slow, or fail.
const TIMES: f64 = 3.0;

/// The share that must be slow, and fail, beyond the usual one.
const MORE: (f64, f64) = (0.1, 0.01);

/// How many times its usual value the ninth decile must be.
const LEAST_TIMES: f64 = 1.4;

/// How many times its usual value the ninth decile of the last minutes must be for a page.
const PAGE_TIMES: f64 = 1.5;

/// The least share of all that the service serves that a route must be for a page.
const PAGE_WEIGHT: f64 = 0.1;

/// The least count.
const LEAST: f64 = 8.0;

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    if watch != Watch::Trouble || recent.quarters.len() < 3 || recent.subject.dependency().is_some()
    {
        return None;
    }
    slower(recent).or_else(|| failing(recent))
}

fn slower(recent: &Recent<'_>) -> Option<Finding> {
    let expected = recent.expected;
    let threshold = Histogram::value_ms(expected.slow_above?);
    let normal = latency::normal(recent);
    let seen = most_surprising(recent, Of::Slow, MORE.0)?;
    let p90_ms = middle(recent, seen.minutes, Quantile::Ninth);
    let times = p90_ms / expected.p90_ms.max(1.0);
    if times < LEAST_TIMES {
        return None;
    }
    let lately = middle(recent, 15, Quantile::Ninth) / expected.p90_ms.max(1.0);
    let page = lately >= PAGE_TIMES && recent.weight >= PAGE_WEIGHT;
    Some(Finding {
        severity: if page {
            Severity::Page
        } else {
            Severity::Ticket
        },
        evidence: format!(
            "{:.0} of {:.0} {} took longer than {} in the last {} ({}, normally {}); p90 {}, in the last 15 min {} \
             (normally {})",
            seen.k,
            seen.n,
            recent.subject.noun(),
            duration(threshold),
            hours(seen.minutes),
            percent(seen.share()),
            percent(normal.share),
            duration(p90_ms),
            duration(lately * expected.p90_ms.max(1.0)),
            duration(expected.p90_ms),
        ),
        ..seen.finding(recent, Detector::Drift, Of::Slow, normal)
    })
}

fn failing(recent: &Recent<'_>) -> Option<Finding> {
    let normal = error_rate::normal(recent);
    let seen = most_surprising(recent, Of::Errors, MORE.1)?;
    let share = seen.share();
    Some(Finding {
        normal: recent.expected.error_rate,
        severity: match recent.subject {
            Subject::Requests => error_rate::severity(recent, share),
            _ => Severity::Ticket,
        },
        evidence: format!(
            "{:.0} of {:.0} {} failed in the last {} ({}, normally {})",
            seen.k,
            seen.n,
            recent.subject.noun(),
            hours(seen.minutes),
            percent(share),
            percent(recent.expected.error_rate),
        ),
        ..seen.finding(recent, Detector::Drift, Of::Errors, normal)
    })
}

fn most_surprising(recent: &Recent<'_>, of: Of, more: f64) -> Option<Seen> {
    let normal = match of {
        Of::Errors => error_rate::normal(recent),
        Of::Slow | Of::Tail => latency::normal(recent),
    };
    let (least, times) = recent.bars(Detector::Drift, Watch::Trouble, TROUBLE, TIMES);
    let all = WINDOWS.map(|minutes| Seen::of(recent, of, minutes, normal));
    let clear = |seen: &Seen| {
        seen.lasting
            && seen.k >= LEAST
            && seen.surprise >= least
            && seen.share() >= times * normal.share
            && seen.share() >= normal.share + more
    };
    all.into_iter()
        .filter(clear)
        .max_by(|a, b| a.surprise.total_cmp(&b.surprise))
}

/// `75 min` or `4 h 10 min`.
fn hours(minutes: usize) -> String {
    match (minutes / 60, minutes % 60) {
        (0 | 1, _) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
