//! The unit of a bare number under a name like `duration`: the line's own keys decide it, never other lines.

use crate::record::duration;
use crate::record::names::{Sign, Unit};

/// What gave the unit of a latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// The unit.
    pub unit: Unit,
    /// Why, for people.
    pub why: &'static str,
}

const fn told(unit: Unit, why: &'static str) -> Reason {
    Reason { unit, why }
}

/// A number as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bare<'a> {
    pub(super) digits: &'a [u8],
    pub(super) key: &'a [u8],
    /// Whether the line's time is a text whose seconds have no fraction.
    pub(super) whole_seconds: Seconds,
}

/// How a line writes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seconds {
    /// A text without a fraction of a second.
    Whole,
    /// A text with one.
    Fraction,
    /// A number, or no time.
    Other,
}

/// Returns the unit of a duration whose name does not say it, or `None` where the line does not tell it either.
pub(super) fn unit(signs: Sign, bare: Bare<'_>) -> Option<Reason> {
    let value = duration::decimal(bare.digits)?;
    let decimals = bare
        .digits
        .iter()
        .position(|byte| *byte == b'.')
        .map_or(0, |at| bare.digits.len() - at - 1);
    let whole = decimals == 0;
    if signs.has(Sign::TRAEFIK) {
        return Some(told(Unit::Nanos, "Traefik counts durations in nanoseconds"));
    }
    if signs.has(Sign::CADDY) {
        return Some(told(Unit::Seconds, "Caddy counts durations in seconds"));
    }
    if signs.has(Sign::ENVOY) {
        return Some(told(Unit::Millis, "Envoy counts durations in milliseconds"));
    }
    if signs.has(Sign::NUMBER_LEVEL) {
        return Some(told(
            Unit::Millis,
            "loggers of Node, whose levels are numbers, count in milliseconds",
        ));
    }
    let elsewhere = signs.has_any(
        Sign::PYTHON
            .and(Sign::JAVA)
            .and(Sign::DOTNET)
            .and(Sign::RUBY)
            .and(Sign::PHP)
            .and(Sign::RUST)
            .and(Sign::CLEF),
    );
    let go = signs.has(Sign::MSG) && !elsewhere;
    if go && whole && value >= 1e3 {
        let slog =
            signs.has(Sign::TIME.and(Sign::CAPITAL_LEVEL)) && bare.whole_seconds != Seconds::Other;
        if slog {
            return Some(told(
                Unit::Nanos,
                "time, level in capitals and msg: Go's slog writes a Duration in nanoseconds",
            ));
        }
        let logrus =
            signs.has(Sign::TIME.and(Sign::SMALL_LEVEL)) && bare.whole_seconds == Seconds::Whole;
        if logrus {
            return Some(told(
                Unit::Nanos,
                "level, msg and a time of whole seconds: logrus writes a Duration in nanoseconds",
            ));
        }
    }
    if go && !whole && signs.has(Sign::TS.and(Sign::SMALL_LEVEL)) {
        return (value < 60.0).then_some(told(
            Unit::Seconds,
            "level, ts and msg: zap writes a Duration in seconds with a fraction",
        ));
    }
    let zerolog = signs.has(Sign::SMALL_LEVEL.and(Sign::TIME))
        && !signs.has_any(Sign::MSG.and(Sign::EVENT).and(Sign::TS))
        && !elsewhere;
    if zerolog && !whole {
        return Some(told(
            Unit::Millis,
            "level and time without msg: zerolog writes a Duration in milliseconds",
        ));
    }
    if signs.has_any(Sign::DOTNET.and(Sign::CLEF).and(Sign::RUBY).and(Sign::JAVA)) {
        return Some(told(
            Unit::Millis,
            "loggers of .NET, Ruby and Java count in milliseconds",
        ));
    }
    if bare.key.iter().any(u8::is_ascii_uppercase) && value <= LONGEST_UNSAID_MS {
        return Some(told(
            Unit::Millis,
            "names in the manner of JavaScript count in milliseconds",
        ));
    }
    // No known logger wrote it, so most likely the program did: the difference of a clock, in seconds where it is a
    // small number with many decimals, else in milliseconds.
    if !whole && value < 0.5 && decimals >= 4 {
        return Some(told(
            Unit::Seconds,
            "a small number with many decimals is a clock's difference in seconds",
        ));
    }
    if !whole && value < 10.0 && (decimals >= 4 || value < 1.0) {
        return None;
    }
    (value <= LONGEST_UNSAID_MS).then_some(told(
        Unit::Millis,
        "nothing says otherwise: milliseconds by convention",
    ))
}

/// Above this a number without a unit is more likely finer than milliseconds; it is left unread.
const LONGEST_UNSAID_MS: f64 = 600_000.0;
