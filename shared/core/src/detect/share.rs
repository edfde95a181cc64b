//! Tests of shares: are `k` failures of `n` requests credible where the share `p` is normal?
//!
//! `error_rate`, `latency` and `latency_tail` share this module: the windows of minutes and quarter
//! hours, and how surprising a share is when minutes differ from each other by more than chance.

use super::recent::{Quarter, Recent, Slice, sum};
use super::{Confidence, Counted, Detector, Evidence, Finding, Severity, Subject, Watch};
use crate::baseline::Signal;
use crate::surprise::of_many;

/// The least surprise of trouble: a chance below one in 440,000.
pub(super) const TROUBLE: f64 = 13.0;

/// Returns by how much the bar for trouble is lower for a longer window of all requests. A day
/// holds twenty times fewer hours that do not overlap than windows of three minutes, and therefore
/// as many fewer chances of a false alarm. Routes and calls get no such discount, because there are
/// many of them; slowness gets half of it, because harmless slowness comes in clumps.
///
/// Source: the penalty of scales in Dümbgen and Spokoiny, "Multiscale testing of qualitative hypotheses", Annals of
/// Statistics 29 (2001).
pub(super) fn relief(recent: &Recent<'_>, watch: Watch, minutes: usize) -> f64 {
    match (recent.subject, watch) {
        (Subject::Requests, Watch::Trouble) => (minutes as f64 / WINDOWS[0] as f64).max(1.0).ln(),
        _ => 0.0,
    }
}

/// Returns the surprise that is added to what the requests themselves show.
pub(super) const fn beside(watch: Watch) -> f64 {
    match watch {
        Watch::Harm => HARMFUL,
        Watch::Trouble | Watch::Lead | Watch::Remains => 0.0,
    }
}

/// The surprise of a dependency's calls from which its trouble is evidence for that of the
/// requests: a chance below one in 400 million.
pub(crate) const HARMFUL: f64 = 20.0;

/// The least surprise of a single route for a page: there are several routes, and each of them may
/// be the unlucky one.
pub(super) const PAGE_OF_MANY: f64 = 18.0;

/// The least surprise of a lead beside other trouble: a chance below one in 1,600.
pub(super) const LEAD: f64 = 7.5;

/// The least surprise that still counts as remains of trouble: a chance below one in 150.
pub(super) const REMAINS: f64 = 5.0;

/// The windows, in minutes; those longer than the slices are made of quarter hours.
pub(super) const WINDOWS: [usize; 7] = [3, 4, 6, 10, 15, 30, 60];

/// A minute is bad if its share is at least this part of the share of the whole window.
const BAD_SHARE: f64 = 0.4;

/// The length of the windows in which the baseline learns the dispersion, in minutes.
const LEARNT: f64 = 10.0;

/// The share that a test counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Failures among all.
    Errors,
    /// Slow ones among those with a duration.
    Slow,
    /// Far slower ones among those with a duration.
    Tail,
}

impl Of {
    pub(super) const fn part(self, slice: &Slice) -> u32 {
        match self {
            Self::Errors => slice.errors,
            Self::Slow => slice.slow,
            Self::Tail => slice.tail,
        }
    }

    pub(super) const fn whole(self, slice: &Slice) -> u32 {
        match self {
            Self::Errors => slice.count,
            Self::Slow | Self::Tail => slice.timed,
        }
    }

    const fn signal(self) -> Signal {
        match self {
            Self::Errors => Signal::Errors,
            Self::Slow | Self::Tail => Signal::Latency,
        }
    }

    const fn worst(self, quarter: &Quarter) -> u32 {
        match self {
            Self::Errors => quarter.worst_errors,
            Self::Slow => quarter.worst_slow,
            Self::Tail => quarter.worst_tail,
        }
    }
}

/// The surprise that a share may reach by itself once in a fortnight before its surprises are
/// scaled down: chance alone reaches 5.
const BY_CHANCE: f64 = 7.0;

/// The normal behaviour of a share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Normal {
    pub(super) share: f64,
    /// The variance of ten minutes' count over that of chance alone, at least 1.
    pub(super) dispersion: f64,
    /// The surprise that ten minutes of it reach by themselves once in a fortnight, already divided
    /// by the dispersion.
    pub(super) reach: f64,
    /// The square of the relative amount by which the share itself wanders around the usual one of
    /// the hour.
    pub(super) wander: f64,
}

impl Normal {
    /// Returns the inflation of a window's variance. What makes minutes differ lasts for some of
    /// them, so the inflation grows in proportion to the window up to ten minutes, and with the
    /// root of its length beyond.
    ///
    /// The dispersion is that of an ordinary hour. With many requests it shows that the share
    /// itself wanders, which adds a part to the variance of their count that grows with the square
    /// of the count.
    fn inflation(self, n: f64, minutes: usize) -> f64 {
        let times = minutes as f64 / LEARNT;
        let grown = if times > 1.0 { times.sqrt() } else { times };
        let dispersion = 1.0 + (self.dispersion.max(1.0) - 1.0) * grown;
        dispersion + self.wander * n * self.share
    }

    /// Returns the surprise of `k` of `n` in a window.
    pub(super) fn surprise(self, k: f64, n: f64, minutes: usize) -> f64 {
        let by_itself = (BY_CHANCE / self.reach.max(BY_CHANCE)).min(1.0);
        by_itself * of_many(k, n, self.share) / self.inflation(n, minutes)
    }

    /// Returns the largest share that is ordinary for `n` in a window: three standard deviations.
    pub(super) fn high(self, n: f64, minutes: usize) -> f64 {
        let variance = self.share * (1.0 - self.share) / n.max(1.0) * self.inflation(n, minutes);
        (self.share + 3.0 * variance.sqrt()).min(1.0)
    }
}

/// The result of testing a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) minutes: usize,
    pub(super) k: f64,
    pub(super) n: f64,
    pub(super) surprise: f64,
    /// Whether it is more than a single bad minute, which is no trouble, and is still going on.
    pub(super) lasting: bool,
}

/// The surprise that must be left without the spared minutes: a chance below one in 400, because a
/// day has some bad minutes.
const REST: f64 = 6.0;

/// The length from which a window counts as one of hours, in minutes.
const HOURS: usize = 60;

/// How many adjacent minutes of a window are left out: a single bad minute, which may straddle two.
const SPARED: usize = 2;

/// Returns how many bad requests, of how many, the worst minutes of a window hold. They alone are
/// no trouble, so they are left out.
fn spared(of: Of, slices: &[Slice], quarters: &[Quarter]) -> (f64, f64) {
    let width = SPARED.min(slices.len()).max(1);
    // A bad minute that straddles two holds no more bad requests than one minute has requests.
    let near = slices.windows(width);
    let near = near.map(|adjacent| {
        let (part, whole) = (
            sum(adjacent, |slice| of.part(slice)),
            sum(adjacent, |slice| of.whole(slice)),
        );
        let most = adjacent.iter().map(|slice| of.whole(slice)).max();
        let most = f64::from(most.unwrap_or(0)) * (width - 1) as f64;
        let kept = if part > most { most / part } else { 1.0 };
        (part * kept, whole * kept)
    });
    let far = quarters.iter().map(|quarter| {
        let worst = 2.0 * f64::from(of.worst(quarter));
        let worst = worst.min(f64::from(of.part(&quarter.sum)));
        (worst, worst)
    });
    near.chain(far).fold(
        (0.0, 0.0),
        |worst, next| if next.0 > worst.0 { next } else { worst },
    )
}

/// Returns whether the newest minutes are bad too, because trouble that is over is no finding. As
/// many minutes are examined as should hold some bad requests, and for a window of hours also its
/// last quarter: an hour of harmless slowness ends long before its sum fades.
fn goes_on(recent: &Recent<'_>, of: Of, share: f64, minutes: usize) -> bool {
    let needed = 4.0 / share.max(1e-3);
    let most = (minutes / 2).max(30);
    let newest = recent.minutes_with(needed, (2, most), |slice| of.whole(slice));
    let bad = |minutes: usize, least: f64| {
        let slices = recent.last(minutes).iter();
        let past = recent
            .quarters_within(minutes)
            .iter()
            .map(|quarter| &quarter.sum);
        let (part, whole) = slices.chain(past).fold((0.0, 0.0), |(part, whole), slice| {
            (
                part + f64::from(of.part(slice)),
                whole + f64::from(of.whole(slice)),
            )
        });
        part >= least && part >= BAD_SHARE * share * whole
    };
    bad(newest, 2.0) && (minutes < HOURS || bad(minutes / 4, 1.0))
}

impl Seen {
    /// Tests the last minutes of a subject.
    pub(super) fn of(recent: &Recent<'_>, of: Of, minutes: usize, normal: Normal) -> Self {
        let slices = recent.last(minutes);
        let quarters = recent.quarters_within(minutes);
        let past: usize = quarters.iter().map(|q| q.minutes as usize).sum();
        let (near, all) = (sum(slices, |s| of.part(s)), sum(slices, |s| of.whole(s)));
        let far: f64 = quarters.iter().map(|q| f64::from(of.part(&q.sum))).sum();
        let far_all: f64 = quarters.iter().map(|q| f64::from(of.whole(&q.sum))).sum();
        let (k, n) = (near + far, all + far_all);
        let minutes = slices.len() + past;
        let surprise = normal.surprise(k, n, minutes);
        let lasts = || {
            let (spared, spared_of) = spared(of, slices, quarters);
            let rest = normal.surprise(k - spared, n - spared_of, minutes);
            k - spared >= 2.0
                && rest >= REST
                && (minutes <= 3 || goes_on(recent, of, k / n, minutes))
        };
        Self {
            minutes,
            k,
            n,
            surprise,
            // Most windows show nothing that any detector would report.
            lasting: surprise >= REMAINS && lasts(),
        }
    }

    /// Returns the result as a finding with the detector's evidence. It is a ticket; the detector
    /// may change that.
    pub(super) fn finding(
        &self,
        recent: &Recent<'_>,
        detector: Detector,
        (of, normal): (Of, Normal),
        evidence: Evidence,
    ) -> Finding {
        Finding {
            detector,
            subject: recent.subject.clone(),
            signal: Some(of.signal()),
            minute: recent.minute,
            since: recent.since(self.enough(), |slice| self.is_bad(of, slice)),
            seen: self.share(),
            normal: normal.share,
            band: (0.0, normal.high(self.n, self.minutes)),
            surprise: self.surprise,
            severity: Severity::Ticket,
            confidence: Confidence::of(self.surprise, recent.expected.minutes),
            evidence,
        }
    }

    pub(super) fn share(&self) -> f64 {
        if self.n > 0.0 { self.k / self.n } else { 0.0 }
    }

    /// Returns what was counted.
    pub(super) fn counted(&self) -> Counted {
        Counted {
            bad: self.k as u64,
            of: self.n as u64,
            minutes: self.minutes as u32,
        }
    }

    /// Returns whether a minute is one of the bad ones.
    pub(super) fn is_bad(&self, of: Of, slice: &Slice) -> bool {
        let (part, whole) = (of.part(slice), of.whole(slice));
        part > 0 && f64::from(part) >= BAD_SHARE * self.share() * f64::from(whole)
    }

    /// Returns how many requests a calm stretch must hold to count as calm: as many as would hold
    /// two bad ones.
    pub(super) fn enough(&self) -> u32 {
        (2.0 / self.share().max(0.02)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Expected;
    use crate::detect::tests::{recent, remembered};

    #[test]
    fn only_long_windows_of_all_requests_need_less() {
        let usual = Expected::default();
        let (all, route) = (Subject::Requests, Subject::Route("/pay".into()));
        for (subject, watch, minutes, expected) in [
            (&all, Watch::Trouble, 3, 0.0),
            (&all, Watch::Trouble, 60, 3.0),
            (&all, Watch::Trouble, 240, 4.4),
            (&all, Watch::Harm, 60, 0.0),
            (&all, Watch::Remains, 60, 0.0),
            (&route, Watch::Trouble, 60, 0.0),
        ] {
            let found = relief(&recent(subject, &[], &usual), watch, minutes);
            assert!(
                (found - expected).abs() < 0.1,
                "{subject} {minutes}: {found}"
            );
        }
    }

    /// Tests the failures of the last four hours, given as stretches of minutes with 20 requests.
    fn lasting(stretches: &[(usize, u32)]) -> bool {
        let stretches: Vec<(usize, Slice)> = stretches
            .iter()
            .map(|(minutes, errors)| {
                let slice = Slice {
                    count: 20,
                    errors: *errors,
                    ..Slice::default()
                };
                (*minutes, slice)
            })
            .collect();
        let (quarters, slices) = remembered(&stretches);
        let (all, usual) = (Subject::Requests, Expected::default());
        let recent = Recent {
            quarters: &quarters,
            ..recent(&all, &slices, &usual)
        };
        let normal = Normal {
            share: 0.003,
            dispersion: 1.0,
            reach: 5.0,
            wander: 0.0,
        };
        Seen::of(&recent, Of::Errors, 240, normal).lasting
    }

    #[test]
    fn an_hour_that_is_over_is_no_trouble_of_the_hours_after_it() {
        assert!(lasting(&[(240, 1)]));
        assert!(lasting(&[(120, 0), (120, 1)]));
        assert!(!lasting(&[(240, 0)]));
        // An hour of trouble that ended an hour ago, even where its last minutes are unlucky.
        assert!(!lasting(&[(90, 0), (60, 2), (90, 0)]));
        assert!(!lasting(&[(90, 0), (60, 2), (88, 0), (2, 1)]));
    }
}
