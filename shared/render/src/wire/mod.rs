//! The forms in which programs read findings and incidents: what the command prints and the functions log.

pub mod v1;

/// Rounds to four digits after the point: they are plenty, and print the same everywhere.
pub(crate) fn digits(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}
