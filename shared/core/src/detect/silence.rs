//! `silence`: a service that always logs something logs nothing. See `docs/detectors.md#silence`.
//!
//! For services without requests it is the only sign of death. The longest stretch without lines that is usual is
//! learnt; what is three times as long, in which a dozen lines were due, is told. A gap of the delivery looks the same.

use super::known::Lines;
use super::surprise::of_few;
use super::{Confidence, Detector, Finding, Severity, Subject};
use crate::time::Minute;

/// Minutes of lines that must be known before their absence means anything: a day.
const LEARNT: i64 = 1_440;

/// The shortest silence that is told, in minutes: a gap of the delivery is shorter.
const LEAST: f64 = 10.0;

/// How many times the longest usual silence it must last.
const TIMES: f64 = 3.0;

/// The lines that must be missing, and those whose absence is a page where the service is never silent for long.
const MISSING: (f64, f64) = (12.0, 150.0);

/// The longest usual silence, in minutes, of a service that is called never silent.
const NEVER: f64 = 3.0;

/// Returns the finding, if there is one. `requests` is whether requests are due: those that are missing tell it then.
pub(crate) fn find(lines: &Lines, minute: Minute, requests: Due) -> Option<Finding> {
    let began = lines.began?;
    let gap = (minute.0 - lines.last.0) as f64;
    let (longest, rate) = (f64::from(lines.longest), f64::from(lines.rate));
    // The rate fades while nothing comes; what was due is counted by what it was.
    let due = gap * rate / (1.0 - 1.0 / 1_440.0_f64).powf(gap.min(100_000.0));
    if minute.0 - began.0 < LEARNT || gap < LEAST.max(TIMES * longest) || due < MISSING.0 {
        return None;
    }
    let severity = match requests {
        Due::Yes => Severity::Info,
        Due::No if longest <= NEVER && due >= MISSING.1 => Severity::Page,
        Due::No => Severity::Ticket,
    };
    let surprise = of_few(0.0, due, 1.0);
    Some(Finding {
        detector: Detector::Silence,
        subject: Subject::Lines,
        minute,
        since: lines.last.plus(1),
        seen: 0.0,
        normal: due / gap,
        band: (0.0, due / gap),
        surprise,
        severity,
        confidence: Confidence::of(surprise, (minute.0 - began.0) as f64),
        evidence: format!(
            "no log line for {gap:.0} min where {due:.0} were due; the longest silence of late was {longest:.0} min; a gap \
             of the delivery looks the same"
        ),
    })
}

/// Whether requests are due, so that `traffic_drop` watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// They are.
    Yes,
    /// The service serves none, or too few are known.
    No,
}
