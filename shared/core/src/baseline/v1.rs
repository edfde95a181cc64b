//! The first stored form of a baseline, frozen: 24-bit floats in base64, by hour of weekdays and weekends. It is read
//! and never written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::Deserialize;

use super::Baseline;
use super::calm::Calm;
use super::cells::{Cells, Evidence};
use super::histogram::Histogram;
use super::share::Share;
use super::short::{Half, MinuteRng};
use super::traffic::{HOURS, SEASON, Traffic, TrafficLevel};
use crate::time::Minute;

/// A baseline.
#[derive(Debug, Deserialize)]
pub(crate) struct Stored {
    /// Traffic by hour and kind of day, for a whole service.
    #[serde(rename = "t", default)]
    traffic: Option<String>,
    /// Share of failures.
    #[serde(rename = "e")]
    errors: String,
    /// Share of slow ones.
    #[serde(rename = "s")]
    slow: String,
    /// First bucket and counts of durations.
    #[serde(rename = "h")]
    latency: (u16, String),
    /// Volume, minutes, and for a whole service dispersion, came and due.
    #[serde(rename = "x")]
    scalars: String,
}

/// The end of the coarse buckets.
const BUCKETS: usize = 130;

impl Stored {
    /// Returns the baseline, or `None` where the stored form is damaged.
    pub(crate) fn restore(&self) -> Option<Baseline> {
        let scalars = floats(&self.scalars)?;
        let (volume, minutes, traffic) = match (&self.traffic, scalars.as_slice()) {
            (None, [volume, minutes]) => (*volume, *minutes, None),
            (Some(cells), [volume, minutes, dispersion, came, due]) => {
                let traffic = Traffic {
                    season: Cells::of(week(&days(cells)?)?, SEASON),
                    short: TrafficLevel {
                        came: Half::near(*came),
                        due: Half::near(*due),
                    },
                    day: TrafficLevel::default(),
                    dispersion: Half::near(*dispersion),
                };
                (*volume, *minutes, Some(traffic))
            }
            _ => return None,
        };
        let mut latency = Histogram::default();
        let counts = floats(&self.latency.1)?;
        let first = usize::from(self.latency.0);
        if first + counts.len() > BUCKETS {
            return None;
        }
        for (bucket, n) in (first..).zip(counts) {
            latency.add(bucket, n, &mut MinuteRng::of(Minute(0)));
        }
        Some(Baseline {
            traffic: traffic.map(Box::new),
            errors: share(&self.errors)?,
            slow: share(&self.slow)?,
            latency,
            volume: Half::near(volume),
            minutes: minutes as u32,
            ..Baseline::of_part()
        })
    }
}

/// Reads the cells of weekdays, and those of weekends where the two are separate.
fn days(text: &str) -> Option<Vec<[Evidence; HOURS]>> {
    let numbers = floats(text)?;
    let (cells, rest) = numbers.as_chunks::<2>();
    let evidence = |[mean, weight]: &[f64; 2]| Evidence {
        sum: mean * weight,
        weight: *weight,
    };
    let evidence: Vec<Evidence> = cells.iter().map(evidence).collect();
    let (days, left) = evidence.as_chunks::<HOURS>();
    (rest.is_empty() && left.is_empty() && !days.is_empty()).then(|| days.to_vec())
}

/// Distributes weekdays and weekends over the days of a week; all days of a kind get an equal part
/// of its evidence.
fn week(days: &[[Evidence; HOURS]]) -> Option<[Evidence; 7 * HOURS]> {
    let [weekday, weekend] = days else {
        return None;
    };
    let cell = |at: usize| {
        let (kind, parts) = if at / HOURS < 5 {
            (weekday, 5.0)
        } else {
            (weekend, 2.0)
        };
        let Evidence { sum, weight } = kind[at % HOURS];
        Evidence {
            sum: sum / parts,
            weight: weight / parts,
        }
    };
    Some(std::array::from_fn(cell))
}

fn share(text: &str) -> Option<Share<HOURS>> {
    let days = days(text)?;
    let hour = |hour: usize| {
        days.iter()
            .fold(Evidence::default(), |all, day| all.and(day[hour]))
    };
    Some(Share {
        cells: Cells::of(std::array::from_fn(hour), Share::<HOURS>::KEEP),
        calm: Calm::new(),
    })
}

fn floats(text: &str) -> Option<Vec<f64>> {
    let bytes = BASE64.decode(text).ok()?;
    let (triples, rest) = bytes.as_chunks::<3>();
    let float = |[a, b, c]: &[u8; 3]| f64::from(f32::from_be_bytes([*a, *b, *c, 0]));
    let numbers: Vec<f64> = triples.iter().map(float).collect();
    let sound = numbers.iter().all(|x| x.is_finite() && *x >= 0.0);
    (rest.is_empty() && sound).then_some(numbers)
}
