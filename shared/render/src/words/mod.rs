//! English for the data of the core crate: findings, causes, titles and changes, and the numbers in
//! them.

pub mod cause;
pub mod change;
pub mod finding;
pub mod title;

/// Returns a share, 0 to 1, as a percentage with a sensible number of digits.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 10.0 {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.1} %")
    }
}

/// Returns a duration in milliseconds as `350 ms` or `2.1 s`.
#[must_use]
pub fn duration(ms: f64) -> String {
    if ms >= 1_000.0 {
        format!("{:.1} s", ms / 1_000.0)
    } else if ms >= 10.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{ms:.1} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (shown, expected) in [
            (percent(0.31), "31 %"),
            (percent(0.004), "0.4 %"),
            (duration(350.2), "350 ms"),
            (duration(2_050.0), "2.0 s"),
            (duration(1.25), "1.2 ms"),
        ] {
            assert_eq!(shown, expected);
        }
    }
}
