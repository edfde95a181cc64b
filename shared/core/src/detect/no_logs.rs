//! `no_logs`: a service that always logs something logs nothing. See `docs/detectors.md#no_logs`.
//!
//! For a service without requests this is the only sign that it died. The baseline learns the
//! longest usual stretch without lines. A stretch three times as long, in which a dozen lines were
//! due, is a finding. A gap in the delivery of logs looks the same.

use super::known::Lines;
use super::tuning::Tuning;
use super::{Confidence, Detector, Evidence, Finding, Severity, Subject};
use crate::surprise::of_few;
use crate::time::Minute;

/// Minutes with lines that must be known before their absence means anything: a day.
const LEARNT: i64 = 1_440;

/// The shortest silence that is a finding, in minutes: gaps in the delivery of logs are shorter.
const LEAST: f64 = 10.0;

/// The least multiple of the longest usual silence.
const TIMES: f64 = 3.0;

/// The fewest lines that must be missing for a finding, and for a page where the service is never
/// silent for long.
const MISSING: (f64, f64) = (12.0, 150.0);

/// The longest usual silence, in minutes, of a service that is called never silent.
const NEVER: f64 = 3.0;

/// Returns the finding, if there is one. `requests` says whether requests are due: then
/// `traffic_drop` reports their absence instead.
pub(crate) fn find(
    lines: &Lines,
    minute: Minute,
    requests: Due,
    tuning: &Tuning,
) -> Option<Finding> {
    let bar = tuning.bar(Detector::NoLogs, &Subject::Lines);
    let began = lines.began?;
    let gap = (minute.0 - lines.last.0) as f64;
    let (longest, rate) = (f64::from(lines.longest), f64::from(lines.rate));
    // The rate fades during the silence, so the lines due are computed from the rate before it.
    let due = gap * rate / (1.0 - 1.0 / 1_440.0_f64).powf(gap.min(100_000.0));
    if minute.0 - began.0 < LEARNT
        || gap < LEAST.max(TIMES * bar * longest)
        || due < MISSING.0 * bar
    {
        return None;
    }
    let severity = match requests {
        Due::Yes => Severity::Info,
        Due::No if longest <= NEVER && due >= MISSING.1 => Severity::Page,
        Due::No => Severity::Ticket,
    };
    let surprise = of_few(0.0, due, 1.0);
    Some(Finding {
        detector: Detector::NoLogs,
        subject: Subject::Lines,
        signal: None,
        minute,
        since: lines.last.plus(1),
        seen: 0.0,
        normal: due / gap,
        band: (0.0, due / gap),
        surprise,
        severity,
        confidence: Confidence::of(surprise, (minute.0 - began.0) as f64),
        evidence: Evidence::NoLines {
            minutes: gap as u32,
            due,
            longest,
        },
    })
}

/// Whether requests are due, so that `traffic_drop` watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Requests are due.
    Yes,
    /// The service serves no requests, or too few are known.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::tuning::{Override, Sensitivity};

    /// The minute being judged.
    const NOW: Minute = Minute(9_000);

    /// The state of a service's lines: for how many minutes they are known, the longest usual
    /// silence, how many come a minute, and for how many minutes none came.
    fn lines(known: i64, longest: f32, rate: f32, gap: i64) -> Lines {
        Lines {
            began: Some(NOW.plus(-known)),
            last: NOW.plus(-gap),
            longest,
            rate,
            kinds: Vec::new(),
        }
    }

    #[track_caller]
    fn check(lines: &Lines, requests: Due, expected: Option<Severity>) {
        let finding = find(lines, NOW, requests, &Tuning::default());
        let severity = finding.as_ref().map(|finding| finding.severity);
        assert_eq!(severity, expected, "{lines:?}: {finding:?}");
        let since = finding.map(|finding| finding.since);
        assert_eq!(since, expected.map(|_| lines.last.plus(1)));
    }

    #[test]
    fn a_long_silence_is_told_and_pages_where_there_never_is_one() {
        let (page, ticket) = (Some(Severity::Page), Some(Severity::Ticket));
        let days = 5_000;
        check(&lines(days, 1.0, 5.0, 15), Due::No, ticket);
        check(&lines(days, 1.0, 5.0, 60), Due::No, page);
        check(&lines(days, 15.0, 5.0, 90), Due::No, ticket);
        // Where requests are due, `traffic_drop` reports their absence.
        check(&lines(days, 1.0, 5.0, 60), Due::Yes, Some(Severity::Info));
        // A gap in the delivery; a silence no longer than usual; too few missing lines.
        check(&lines(days, 1.0, 50.0, 5), Due::No, None);
        check(&lines(days, 60.0, 5.0, 90), Due::No, None);
        check(&lines(days, 1.0, 0.05, 60), Due::No, None);
        // A service that has logged for half a day, and one that never has.
        check(&lines(700, 1.0, 5.0, 60), Due::No, None);
        check(&Lines::default(), Due::No, None);
    }

    #[test]
    fn a_rate_that_faded_in_the_silence_is_counted_as_it_was() {
        // Two days of silence have faded a rate of one in ten minutes to a seventh.
        let faded = 0.1 * (1.0_f32 - 1.0 / 1_440.0).powi(2_880);
        let silent = lines(8_000, 1.0, faded, 2_880);
        check(&silent, Due::No, Some(Severity::Page));
    }

    #[test]
    fn owners_may_look_closer() {
        let silent = lines(5_000, 6.0, 5.0, 15);
        check(&silent, Due::No, None);
        let mut closer = Tuning::default();
        let most = Override {
            sensitivity: Some(Sensitivity::High),
            ..Override::default()
        };
        closer.set(Detector::NoLogs, most);
        assert!(find(&silent, NOW, Due::No, &closer).is_some());
    }

    #[test]
    fn the_evidence_is_the_gap_and_what_was_due_in_it() {
        let finding = find(
            &lines(5_000, 1.0, 5.0, 60),
            NOW,
            Due::No,
            &Tuning::default(),
        );
        let finding = finding.expect("silence");
        let Evidence::NoLines {
            minutes: 60,
            due,
            longest,
        } = finding.evidence
        else {
            panic!("{:?}", finding.evidence);
        };
        assert!((due - 313.0).abs() < 0.5, "{due}");
        assert!((longest - 1.0).abs() < 1e-9, "{longest}");
        assert_eq!((finding.seen, finding.subject), (0.0, Subject::Lines));
        assert_eq!(finding.confidence, Confidence::High);
    }
}
