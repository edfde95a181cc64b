//! What servers write behind the status of an access line: how long it took, and the trace it belongs to.
//!
//! A bare number says nothing of its unit, so that conventions decide: a number with a point is in seconds, as nginx,
//! rack and gunicorn write it; a whole number behind the user agent is in microseconds, as Apache and gunicorn write it,
//! unless it is so small that it may be milliseconds of Tomcat or Jetty, or a size: then it is left unread.

use super::tokens::{Token, Tokens};
use super::{bare, trace};
use crate::record::Fields;
use crate::record::duration;
use crate::record::names::Unit;

/// Whole numbers below this are not taken for microseconds behind a user agent.
const LEAST_MICROS: f64 = 1_000.0;

/// Whole numbers below this are not taken for microseconds right behind the size, where servers of the JVM write
/// milliseconds.
const LEAST_MICROS_BARE: f64 = 10_000.0;

/// What the request itself says of the unit of a whole number behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// It is in microseconds: only servers that write those write requests like this one.
    Micros,
    /// Nothing.
    Unsaid,
}

/// Reads what follows the status.
pub(super) fn read<'a>(rest: &'a str, unit: Whole, fields: &mut Fields<'a>) {
    let mut found = Found::default();
    let mut tokens = Tokens::new(rest);
    let mut place = 0;
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => {
                found.word(word, place, &tokens);
                fields.trace_id = fields.trace_id.or_else(|| trace::named(word).map(bare));
            }
            Token::Quoted(text) => {
                found.quoted(text);
                fields.trace_id = fields.trace_id.or_else(|| trace::shaped(text).map(bare));
            }
            Token::Bracketed(_) => {}
        }
        place += 1;
    }
    fields.latency_ms = found.best(unit);
}

/// The numbers that may be the latency, the surest first.
#[derive(Debug, Default)]
struct Found {
    /// Under a name.
    named: Option<f64>,
    /// With a unit.
    united: Option<f64>,
    /// Seconds and microseconds of the same.
    paired: Option<f64>,
    /// With a point; of several the longest, as the whole takes longer than its parts.
    pointed: Option<f64>,
    /// The last whole number.
    whole: Option<f64>,
    /// How many whole numbers stand behind the last quoted text: one may be a time, several are sizes among others.
    wholes: usize,
    /// Whether quoted texts were seen, the user agent among them.
    agent: bool,
}

impl Found {
    fn word(&mut self, word: &str, place: usize, behind: &Tokens<'_>) {
        if let Some((name, value)) = word.split_once('=') {
            if self.named.is_none()
                && let Some(unit) = unit_of(name)
            {
                let value = value.trim_matches(['"', ',', ';']);
                self.named = duration::parse(value, unit);
            }
            return;
        }
        let core = word.trim_matches(['*', '(', ')', ',']);
        let whole = is_digits(core);
        let next = behind
            .clone()
            .word()
            .map(|next| next.trim_end_matches([')', ',']));
        let unit = next.and_then(spelled);
        if let Some(unit) = unit
            && is_decimal(core)
        {
            self.united = self.united.or_else(|| duration::parse(core, unit));
        } else if let Some((seconds, micros)) = core.split_once('/') {
            self.paired = self.paired.or_else(|| pair(seconds, micros));
        } else if whole && place > 0 {
            self.whole = duration::parse(core, Unit::Micros);
            self.wholes += 1;
        } else if is_decimal(core) && core.contains('.') {
            self.longest(core);
        } else if core.ends_with('s') && core.starts_with(|c: char| c.is_ascii_digit()) {
            self.united = self.united.or_else(|| duration::parse(core, Unit::Unsaid));
        }
    }

    fn quoted(&mut self, text: &str) {
        self.agent = true;
        self.wholes = 0;
        // nginx writes its times with three places; ratios, which are quoted too, have two.
        if is_decimal(text)
            && text
                .split_once('.')
                .is_some_and(|(_, places)| places.len() == 3)
        {
            self.longest(text);
        }
        if let Some((name, value)) = text.split_once('=')
            && let Some(unit) = unit_of(name)
        {
            self.named = self.named.or_else(|| duration::parse(value, unit));
        }
    }

    fn longest(&mut self, seconds: &str) {
        let ms = duration::parse(seconds, Unit::Seconds);
        if ms > self.pointed {
            self.pointed = ms;
        }
    }

    fn best(&self, unit: Whole) -> Option<f64> {
        let least = match unit {
            Whole::Micros => 0.0,
            Whole::Unsaid if self.agent => LEAST_MICROS,
            Whole::Unsaid => LEAST_MICROS_BARE,
        };
        let whole = self
            .whole
            .filter(|ms| self.wholes == 1 && ms * 1e3 >= least);
        self.named
            .or(self.united)
            .or(self.paired)
            .or(self.pointed)
            .or(whole)
    }
}

/// Reads Apache's `%T/%D`: whole seconds and microseconds of the same.
fn pair(seconds: &str, micros: &str) -> Option<f64> {
    let ms = duration::parse(micros, Unit::Micros).filter(|_| is_digits(micros))?;
    let whole = duration::parse(seconds, Unit::Seconds).filter(|_| is_digits(seconds))?;
    ((ms / 1e3).floor() * 1e3 <= whole + 1e3 && whole <= ms).then_some(ms)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    digits(whole) && digits(places)
}

/// Returns the unit of a number under a name for how long the whole request took.
fn unit_of(name: &str) -> Option<Unit> {
    Some(match name {
        "rt" | "request_time" | "req_time" | "reqtime" | "response_time" | "resp_time"
        | "rtime" | "T" => Unit::Seconds,
        "D" | "us" | "usec" | "duration_us" | "time_us" => Unit::Micros,
        "ms" | "duration_ms" | "latency_ms" | "elapsed_ms" | "took_ms" | "time_ms"
        | "response_time_ms" => Unit::Millis,
        _ => return None,
    })
}

/// Returns the unit that stands as a word of its own behind a number.
fn spelled(word: &str) -> Option<Unit> {
    Some(match word {
        "s" | "sec" | "secs" | "seconds" => Unit::Seconds,
        "ms" | "msec" | "millis" | "milliseconds" => Unit::Millis,
        "us" | "usec" | "µs" | "μs" | "micros" | "microseconds" => Unit::Micros,
        _ => return None,
    })
}
