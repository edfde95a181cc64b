//! What the owners of a service want found, and how surely: detectors that are off, that tell less loudly, or that must
//! be surer.

use std::collections::BTreeMap;

use super::{Detector, Finding, Severity};

/// The owners' wishes for one service; by default every detector says what it finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tuning {
    /// Wishes by detector; those that are not named are as they come.
    pub detectors: BTreeMap<Detector, Wish>,
}

/// What is wanted of one detector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// The loudest that it may tell; `None` is off.
    pub at_most: Option<Severity>,
    /// The least surprise that it must have, in nats; 0 leaves its own bar.
    pub least_surprise: f64,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            at_most: Some(Severity::Page),
            least_surprise: 0.0,
        }
    }
}

impl Tuning {
    /// Returns a finding as the owners want to hear it, or `None` where they do not.
    #[must_use]
    pub fn apply(&self, mut finding: Finding) -> Option<Finding> {
        let Some(wish) = self.detectors.get(&finding.detector) else {
            return Some(finding);
        };
        finding.severity = finding.severity.min(wish.at_most?);
        (finding.surprise >= wish.least_surprise).then_some(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Confidence, Subject};
    use crate::time::Minute;

    fn check(wish: Wish, expected: Option<Severity>) {
        let finding = Finding {
            detector: Detector::Latency,
            subject: Subject::Requests,
            minute: Minute(2),
            since: Minute(1),
            seen: 900.0,
            normal: 100.0,
            band: (0.0, 200.0),
            surprise: 20.0,
            severity: Severity::Page,
            confidence: Confidence::High,
            evidence: String::new(),
        };
        let tuning = Tuning {
            detectors: BTreeMap::from([(Detector::Latency, wish)]),
        };
        let told = tuning.apply(finding.clone());
        assert_eq!(told.map(|told| told.severity), expected, "{wish:?}");
        let other = Finding {
            detector: Detector::ErrorRate,
            ..finding
        };
        assert_eq!(tuning.apply(other.clone()), Some(other));
    }

    #[test]
    fn wishes_bind_their_detector_alone() {
        check(Wish::default(), Some(Severity::Page));
        let at_most = |at_most| Wish {
            at_most,
            ..Wish::default()
        };
        check(at_most(Some(Severity::Ticket)), Some(Severity::Ticket));
        check(at_most(None), None);
        let least = |least_surprise| Wish {
            least_surprise,
            ..Wish::default()
        };
        check(least(19.0), Some(Severity::Page));
        check(least(21.0), None);
    }
}
