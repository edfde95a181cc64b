//! `latency_level` and `traffic_level`: the median latency, or the traffic, of a quarter of an hour
//! is unlike what this series did before. See `docs/detectors.md#latency_level`.
//!
//! The same [scorer](crate::anomaly) that scores exported metrics watches these two series of a
//! whole service. It knows neither counts nor sampling error, nor whether more traffic is bad.
//! Therefore its findings are shown beside other trouble and open no alert alone.

pub(crate) use super::evidence::Level;
use super::{Confidence, Detector, Evidence, Finding, Severity, Subject};
use crate::anomaly::Reading;
use crate::time::Minute;

/// How many minutes one value covers. The scorer is stored whole after each value, and is large for
/// what it contributes.
pub(crate) const BLOCK: i64 = 15;

impl Level {
    /// All of them, in the order in which they are stored.
    pub(crate) const ALL: [Self; 2] = [Self::Latency, Self::Traffic];

    /// Returns the finding of a reading, for the value `seen` in the [`BLOCK`] that ends with
    /// `minute`.
    pub(crate) fn finding(self, minute: Minute, seen: f64, reading: &Reading) -> Finding {
        let (low, high) = reading.band;
        let (low, high) = (low.max(0.0), high.max(0.0));
        let detector = match self {
            Self::Latency => Detector::LatencyLevel,
            Self::Traffic => Detector::TrafficLevel,
        };
        // A score s stands for a chance of one in 10^(s / (1 - s)).
        let surprise = reading.score / (1.0 - reading.score).max(1e-3) * std::f64::consts::LN_10;
        Finding {
            detector,
            subject: Subject::Requests,
            signal: None,
            minute,
            since: Minute::of_ms(reading.since_s.saturating_mul(1_000)).min(minute),
            seen,
            normal: reading.expected.max(0.0),
            band: (low, high),
            surprise,
            severity: Severity::Info,
            confidence: Confidence::Medium,
            evidence: Evidence::Shift {
                level: self,
                minutes: BLOCK as u32,
                seen,
                low,
                high,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_told_with_its_band_and_never_alone() {
        let reading = Reading {
            score: 0.75,
            expected: 210.0,
            band: (-5.0, 320.0),
            found: true,
            since_s: 60 * 95,
        };
        let finding = Level::Latency.finding(Minute(99), 480.0, &reading);
        assert_eq!(finding.severity, Severity::Info);
        assert_eq!((finding.since, finding.minute), (Minute(95), Minute(99)));
        assert!(
            (finding.surprise - 1e3_f64.ln()).abs() < 1e-9,
            "one in 10^3"
        );
        let evidence = Evidence::Shift {
            level: Level::Latency,
            minutes: 15,
            seen: 480.0,
            low: 0.0,
            high: 320.0,
        };
        assert_eq!(finding.evidence, evidence);
    }
}
