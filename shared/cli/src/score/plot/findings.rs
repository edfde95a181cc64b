//! The findings that a picture marks: if there are too many to read, those with the highest scores.

use atalaya_core::anomaly::Reading;

/// The most findings that are marked.
const MOST: usize = 200;

/// A row at which an anomaly begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Finding {
    pub(super) at_ms: i64,
    pub(super) value: f64,
    pub(super) score: f64,
    /// What was expected: low and high.
    pub(super) band: (f64, f64),
}

/// The findings of a series.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// At most twice [`MOST`].
    kept: Vec<Finding>,
    /// How many there were.
    pub(super) all: u64,
}

impl Findings {
    pub(super) fn take(&mut self, at_ms: i64, value: f64, reading: &Reading) {
        self.all += 1;
        self.kept.push(Finding {
            at_ms,
            value,
            score: reading.score,
            band: reading.band,
        });
        if self.kept.len() >= 2 * MOST {
            self.kept = self.highest();
        }
    }

    /// Returns those with the highest scores, the highest first; of equals the earlier.
    pub(super) fn highest(&self) -> Vec<Finding> {
        let mut highest = self.kept.clone();
        highest.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.at_ms.cmp(&b.at_ms)));
        highest.truncate(MOST);
        highest
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A reading that expects about what was measured.
    pub(crate) fn reading(value: f64, score: f64) -> Reading {
        Reading {
            score,
            expected: value,
            band: (value - 1.0, value + 1.0),
            found: score > 0.5,
            since_s: 0,
        }
    }

    #[test]
    fn the_highest_of_many_are_kept() {
        let mut findings = Findings::default();
        for row in 0..5_000 {
            let score = 0.5 + f64::from((row * 7_919) % 5_000) / 10_000.0;
            findings.take(i64::from(row), 1.0, &reading(1.0, score));
        }
        let highest = findings.highest();
        assert_eq!((findings.all, highest.len()), (5_000, MOST));
        assert!(
            highest
                .iter()
                .all(|finding| finding.score >= 0.5 + 0.5 * 0.96)
        );
        assert!(highest.is_sorted_by(|a, b| a.score >= b.score));
    }
}
