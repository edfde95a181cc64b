//! The level shifts of a service: one anomaly scorer watches its median latency and one its
//! traffic, each with one value every quarter of an hour.
//!
//! They are stored in a document of their own, because a scorer is larger than the rest of a
//! service's state and is written only once in fifteen minutes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::state::ServiceState;
use crate::alert::Alert;
use crate::anomaly::{Reading, Scorer, ScorerError};
use crate::detect::level_shift::{BLOCK, Level};
use crate::detect::{Finding, Slice, Subject, ln_tenths, middle_ms};
use crate::time::Minute;

/// The fewest durations in a quarter of an hour from which a median is taken.
const LEAST_TIMED: f64 = 20.0;

/// How long a level shift is reported beside other trouble, in minutes.
const TOLD: i64 = 60;

/// The scorers of a service, and the level shifts that they found last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LevelShifts {
    /// The last minute that was judged.
    through: Option<Minute>,
    watched: [Watched; Level::ALL.len()],
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Watched {
    /// Boxed because a scorer takes kilobytes, which would bloat every future that holds this value
    /// over an await.
    scorer: Box<Scorer>,
    told: Option<Reported>,
}

/// The last level shift that was found: the minute, the value, and the scorer's reading of the
/// value.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reported {
    minute: Minute,
    seen: f64,
    reading: Reading,
}

/// Why stored level shifts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LevelShiftsError {
    /// It is not the JSON that was written.
    #[error("stored levels are not readable")]
    Json(#[from] serde_json::Error),
    /// It is of a version that this program does not know.
    #[error("stored levels have version {0}; this program reads version 1")]
    Version(u8),
    /// A scorer's bytes are not base64, or there are more or fewer scorers than there should be.
    #[error("stored levels are damaged")]
    Damaged,
    /// The bytes of a scorer are not what [`LevelShifts::encode`] writes.
    #[error("a stored scorer is damaged")]
    Scorer(#[from] ScorerError),
}

impl LevelShifts {
    /// Returns whether a minute ends a quarter of an hour, so that there is a new value to judge.
    #[must_use]
    pub const fn due(minute: Minute) -> bool {
        minute.0.rem_euclid(BLOCK) == BLOCK - 1
    }

    /// Judges the quarter of an hour that ends with `minute`, and learns it unless an alert is
    /// open. Minutes must come in order; a minute that was judged before is not judged again.
    ///
    /// `state` is the service's state after that minute was judged, `last` the service's newest
    /// alert.
    pub fn judge(&mut self, state: &ServiceState, minute: Minute, last: Option<&Alert>) {
        let over = self.through.is_some_and(|through| minute <= through);
        let Some(requests) = state.subjects.get(&Subject::Requests) else {
            return;
        };
        if over || !Self::due(minute) {
            return;
        }
        self.through = Some(minute);
        let trouble = last.is_some_and(Alert::is_open);
        let from = requests.recent.len().saturating_sub(BLOCK as usize);
        let block = &requests.recent[from..];
        let at_s = minute.plus(1 - BLOCK).start_ms() / 1_000;
        for (level, watched) in Level::ALL.into_iter().zip(&mut self.watched) {
            let value = match level {
                Level::Latency => median_ms(block),
                Level::Traffic => Some(per_minute(block)),
            };
            let Some(seen) = value else {
                continue;
            };
            // A scorer learns every value that it reads. While an alert is open a copy reads the
            // value, so that the scorer itself does not learn the trouble.
            let mut copy = trouble.then(|| watched.scorer.clone());
            let scorer = copy.as_mut().unwrap_or(&mut watched.scorer);
            let reading = scorer.read(at_s, seen);
            if reading.found {
                watched.told = Some(Reported {
                    minute,
                    seen,
                    reading,
                });
            }
        }
    }

    /// Returns the level shifts found in the quarter of an hour that ends with `minute`.
    #[must_use]
    pub fn found(&self, minute: Minute) -> Vec<Finding> {
        self.told(|told| told.minute == minute)
    }

    /// Returns the level shifts found within the hour before `minute`.
    #[must_use]
    pub fn lately(&self, minute: Minute) -> Vec<Finding> {
        self.told(|told| told.minute <= minute && minute.0 - told.minute.0 < TOLD)
    }

    fn told(&self, wanted: impl Fn(&Reported) -> bool) -> Vec<Finding> {
        let watched = Level::ALL.into_iter().zip(&self.watched);
        let told = watched.filter_map(|(level, watched)| Some((level, watched.told?)));
        told.filter(|(_, told)| wanted(told))
            .map(|(level, told)| level.finding(told.minute, told.seen, &told.reading))
            .collect()
    }

    /// Returns the stored form, at most 10 KB.
    #[must_use]
    pub fn encode(&self) -> String {
        let watched = self.watched.iter().map(|watched| v1::Watched {
            scorer: BASE64.encode(watched.scorer.encode()),
            told: watched.told.map(v1::Reported::of),
        });
        let v1 = v1::LevelShifts {
            v: 1,
            through: self.through.map(|minute| minute.0),
            watched: watched.collect(),
        };
        serde_json::to_string(&v1).expect("strings and finite numbers always encode")
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// Refuses text that [`Self::encode`] did not write.
    pub fn decode(body: &str) -> Result<Self, LevelShiftsError> {
        let v1: v1::LevelShifts = serde_json::from_str(body)?;
        if v1.v != 1 {
            return Err(LevelShiftsError::Version(v1.v));
        }
        let mut level_shifts = Self {
            through: v1.through.map(Minute),
            ..Self::default()
        };
        if v1.watched.len() != level_shifts.watched.len() {
            return Err(LevelShiftsError::Damaged);
        }
        for (watched, stored) in level_shifts.watched.iter_mut().zip(v1.watched) {
            let bytes = BASE64.decode(&stored.scorer);
            *watched.scorer = Scorer::decode(&bytes.map_err(|_| LevelShiftsError::Damaged)?)?;
            watched.told = stored.told.map(v1::Reported::into_told);
        }
        Ok(level_shifts)
    }
}

/// Returns the median of a block's durations in milliseconds; `None` where there are too few
/// durations.
fn median_ms(block: &[Slice]) -> Option<f64> {
    let timed: f64 = block.iter().map(|slice| f64::from(slice.timed)).sum();
    let medians = block.iter().map(|s| (s.timed, ln_tenths(s.p50)));
    middle_ms(medians).filter(|_| timed >= LEAST_TIMED)
}

fn per_minute(block: &[Slice]) -> f64 {
    let all: f64 = block.iter().map(|slice| f64::from(slice.count)).sum();
    all / block.len().max(1) as f64
}

/// The stored form, frozen.
mod v1 {
    use super::{Deserialize, Minute, Reading, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(super) struct LevelShifts {
        pub(super) v: u8,
        pub(super) through: Option<i64>,
        pub(super) watched: Vec<Watched>,
    }

    #[derive(Serialize, Deserialize)]
    pub(super) struct Watched {
        #[serde(rename = "gauge")]
        pub(super) scorer: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub(super) told: Option<Reported>,
    }

    #[derive(Serialize, Deserialize)]
    pub(super) struct Reported {
        minute: i64,
        seen: f64,
        score: f64,
        expected: f64,
        low: f64,
        high: f64,
        since_s: i64,
    }

    impl Reported {
        pub(super) fn of(told: super::Reported) -> Self {
            let reading = told.reading;
            Self {
                minute: told.minute.0,
                seen: told.seen,
                score: reading.score,
                expected: reading.expected,
                low: reading.band.0,
                high: reading.band.1,
                since_s: reading.since_s,
            }
        }

        pub(super) fn into_told(self) -> super::Reported {
            super::Reported {
                minute: Minute(self.minute),
                seen: self.seen,
                reading: Reading {
                    score: self.score,
                    expected: self.expected,
                    band: (self.low, self.high),
                    found: true,
                    since_s: self.since_s,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Harness, case};
    use super::super::world::{Effects, clock};
    use super::super::{MAX_BYTES, judge};
    use super::*;
    use crate::detect::Detector;

    /// Plays days of a service whose database is slower from `slow` on, and returns the level
    /// shifts that were found.
    fn play(level_shifts: &mut LevelShifts, until: Minute, slow: Minute) -> Vec<Finding> {
        let mut harness = Harness::new(8);
        harness.world.scale = 10.0;
        let mut found = Vec::new();
        for at in clock(0, 0, 0).0..until.0 {
            let minute = Minute(at);
            let effects = Effects {
                aurora_times: if minute >= slow { 12.0 } else { 1.0 },
                ..Effects::default()
            };
            let view = harness.world.minute(minute, effects);
            judge(
                &mut harness.state,
                &view,
                &case(None, &[], minute.plus(2).start_ms()),
            );
            level_shifts.judge(&harness.state, minute, None);
            let body = level_shifts.encode();
            if LevelShifts::due(minute) {
                assert!(body.len() < MAX_BYTES, "{} bytes", body.len());
                *level_shifts = LevelShifts::decode(&body).expect("own form");
                assert_eq!(level_shifts.encode(), body);
            }
            let again = level_shifts.clone();
            level_shifts.judge(&harness.state, minute, None);
            assert_eq!(*level_shifts, again, "{minute} was judged before");
            found.extend(level_shifts.found(minute));
        }
        found
    }

    #[test]
    fn a_new_level_of_latency_is_found_and_told_for_an_hour() {
        let slow = clock(3, 10, 0);
        let mut level_shifts = LevelShifts::default();
        let found = play(&mut level_shifts, slow.plus(60), slow);
        let rise = found
            .iter()
            .find(|finding| finding.minute >= slow && finding.detector == Detector::LatencyLevel)
            .expect("far slower");
        assert!(rise.minute.0 - slow.0 <= 45, "{rise:?}");
        assert!(rise.seen > rise.band.1, "{rise:?}");
        let last = found.last().expect("one at least").minute;
        assert!(!level_shifts.lately(last.plus(59)).is_empty());
        assert!(level_shifts.lately(last.plus(60)).is_empty());
        assert!(level_shifts.found(last.plus(1)).is_empty());
    }

    #[test]
    fn damaged_levels_are_refused() {
        let body = LevelShifts::default().encode();
        for damaged in [
            body.replacen(r#""v":1"#, r#""v":2"#, 1),
            body.replacen(r#""gauge":""#, r#""gauge":"!"#, 1),
            body.replacen(r#""gauge":""#, r#""gauge":"AAAA"#, 1),
            r#"{"v":1,"through":null,"watched":[]}"#.to_owned(),
            "{".to_owned(),
        ] {
            assert!(LevelShifts::decode(&damaged).is_err(), "{damaged}");
        }
    }
}
