//! Examples: a sample line, and what a rule must give of it; the unit tests of the settings.

use std::fmt;

use super::field::KnownField;
use super::given::FieldSet;
use super::meaning::give;
use super::{Memory, Rules};
use crate::json::{Str, Value};
use crate::record::names::Unit;
use crate::record::{self, Fields, timestamp};

/// What a rule must give of a line: these fields and no others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected(Vec<(KnownField, String)>);

/// A text cannot be a value of the field that it is given for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot be a {}", field.name())]
pub struct NotAValue {
    field: KnownField,
}

/// A rule gives something else than its example says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must give {expected}, but gives {got}")]
pub struct Mismatch {
    expected: String,
    got: String,
}

impl Expected {
    /// Takes the fields that are expected, none for a line that a rule is to leave alone. A latency is in milliseconds,
    /// or has its unit behind it.
    ///
    /// # Errors
    /// The first value that cannot mean its field.
    pub fn new<'v>(
        values: impl IntoIterator<Item = (KnownField, &'v str)>,
    ) -> Result<Self, NotAValue> {
        let mut expected = Vec::new();
        for (field, text) in values {
            let mut fields = Fields::default();
            let value = Value::Str(Str::bare(text.as_bytes()));
            if !give(&mut fields, field, Unit::Millis, value) {
                return Err(NotAValue { field });
            }
            expected.push((field, written(&fields, field)));
        }
        expected.sort_by_key(|(field, _)| *field);
        Ok(Self(expected))
    }

    fn of(fields: &Fields<'_>, given: FieldSet) -> Self {
        let given = KnownField::ALL
            .into_iter()
            .filter(|field| given.has(*field));
        Self(given.map(|field| (field, written(fields, field))).collect())
    }
}

impl NotAValue {
    pub(super) const fn new(field: KnownField) -> Self {
        Self { field }
    }

    /// Returns what to write instead, as a fragment.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.field {
            KnownField::Timestamp => "write a time, as in 2026-01-31T08:00:00.123Z",
            KnownField::Level => "use trace, debug, info, warn, error or fatal",
            KnownField::Status => "use a whole number from 100 to 599",
            KnownField::Latency => {
                "write milliseconds, as in 83.1, or a number and a unit, as in 1.5s"
            }
            _ => "write a text that is not empty",
        }
    }
}

impl Rules {
    /// Checks what the pattern at a place gives of a line, the other patterns left out.
    ///
    /// # Errors
    /// What it must give and what it gives, where the two differ.
    pub fn check_pattern(
        &self,
        at: usize,
        line: &str,
        expected: &Expected,
    ) -> Result<(), Mismatch> {
        let alone = Self {
            patterns: self.patterns.get(at).cloned().into_iter().collect(),
            ..self.clone()
        };
        alone.check(line, expected, |given| given.by_rule)
    }

    /// Checks what stands under the path of a field in a line.
    ///
    /// # Errors
    /// As [`Self::check_pattern`].
    pub fn check_field(
        &self,
        field: KnownField,
        line: &str,
        expected: &Expected,
    ) -> Result<(), Mismatch> {
        self.check(line, expected, |given| {
            let mut only = FieldSet::default();
            if given.by_path.has(field) {
                only.add(field);
            }
            only
        })
    }

    fn check(
        &self,
        line: &str,
        expected: &Expected,
        of: impl Fn(super::Given) -> FieldSet,
    ) -> Result<(), Mismatch> {
        let line = Str::bare(line.as_bytes());
        let (mut text, mut memory) = (String::new(), Memory::default());
        let mut fields = record::read(line, &mut text);
        let given = self.apply(line, &mut fields, &mut memory);
        let got = Expected::of(&fields, of(given));
        if got == *expected {
            return Ok(());
        }
        Err(Mismatch {
            expected: expected.to_string(),
            got: got.to_string(),
        })
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str("nothing");
        }
        for (at, (field, value)) in self.0.iter().enumerate() {
            let before = if at == 0 { "" } else { ", " };
            let shown = value.chars().take(LONGEST_SHOWN);
            let shown: String = shown.flat_map(char::escape_debug).collect();
            let rest = if value.chars().nth(LONGEST_SHOWN).is_some() {
                "…"
            } else {
                ""
            };
            write!(out, "{before}{} `{shown}{rest}`", field.name())?;
        }
        Ok(())
    }
}

/// The longest text of a field that a mismatch repeats, in characters.
const LONGEST_SHOWN: usize = 80;

/// Writes a field in the one form that equal values share.
fn written(fields: &Fields<'_>, field: KnownField) -> String {
    let text = |text: Option<Str<'_>>| {
        let text = text.map(|text| text.text().into_owned());
        text.unwrap_or_default()
    };
    match field {
        KnownField::Timestamp => {
            let ms = fields.timestamp.as_ref().and_then(timestamp::of);
            let at = ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
            at.map(|at| format!("{at:.3}")).unwrap_or_default()
        }
        KnownField::Level => fields.level.map_or("", record::Level::name).to_owned(),
        KnownField::Status => fields.status.unwrap_or_default().to_string(),
        // A millionth of a millisecond is below what any logger measures, and above what arithmetic loses.
        KnownField::Latency => {
            let ms = fields.latency_ms.unwrap_or_default();
            format!("{} ms", (ms * 1e6).round() / 1e6)
        }
        KnownField::Message => text(fields.message),
        KnownField::Service => text(fields.service),
        KnownField::Method => text(fields.method),
        KnownField::Path => text(fields.path),
        KnownField::Route => text(fields.route),
        KnownField::TraceId => text(fields.trace_id),
        KnownField::ErrorType => text(fields.error_type),
        KnownField::Dependency => text(fields.dependency),
    }
}
