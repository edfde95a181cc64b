//! One compiled pattern: which text it matches, and which of its groups are fields.

use regex::bytes::{Regex, RegexBuilder};

use super::field::{KnownField, TimeUnit};
use super::grok::{self, Patterns};
use super::meaning::unit_of;
use super::{MAX_COMPILED_BYTES, MAX_EXPANDED_BYTES, MAX_PATTERN_BYTES};
use crate::json::{Str, Value};
use crate::record::names::Unit;

/// The memory one pattern may use to remember what it has seen of lines, in bytes.
const MAX_CACHE_BYTES: usize = 512 << 10;

/// How deep groups and repetitions may nest.
const MAX_NESTING: u32 = 64;

/// A compiled pattern. It looks at bytes: `\d`, `\w` and `\b` are ASCII, and `.` is any byte but the end of a line.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    groups: Vec<Group>,
}

/// A group that stands for a field.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    at: usize,
    field: KnownField,
    unit: Unit,
}

/// Why a pattern was not taken; each is a fragment that goes on with the place of the pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is longer than [`MAX_PATTERN_BYTES`].
    #[error("is {0} bytes long, more than {MAX_PATTERN_BYTES}")]
    TooLong(usize),
    /// It names a pattern that nobody defines.
    #[error("names the pattern `{name}`, which nobody defines")]
    Unknown {
        /// The name.
        name: String,
        /// A known name that is nearly the same.
        near: Option<String>,
    },
    /// A `%{` in it is not the beginning of a `%{NAME}`.
    #[error("has a `%{{` that begins no reference to a pattern")]
    Reference,
    /// Its names stand for names that stand for names, without end as far as was looked.
    #[error("names a pattern that names itself, or too many one in the other")]
    TooDeep,
    /// It is longer than [`MAX_EXPANDED_BYTES`] once its names are replaced.
    #[error("unfolds to more than {MAX_EXPANDED_BYTES} bytes")]
    TooWide,
    /// What it comes to is no regular expression.
    #[error("is not a regular expression: {0}")]
    Syntax(String),
    /// It is larger than [`MAX_COMPILED_BYTES`] once compiled.
    #[error("compiles to more than {MAX_COMPILED_BYTES} bytes")]
    TooLarge,
    /// A name in it is a field's but for a letter.
    #[error("gives `{name}`, which is no field")]
    NearlyField {
        /// The name.
        name: String,
        /// The field.
        field: &'static str,
    },
    /// The third part of a `%{NAME:latency:…}` is no unit.
    #[error("gives latency in `{0}`, which is not a unit")]
    NoUnit(String),
    /// A field without a unit has one.
    #[error("gives `{field}` in `{told}`")]
    UnitOf {
        /// The field.
        field: &'static str,
        /// What stands where a unit would.
        told: String,
    },
}

impl Pattern {
    /// Compiles a grok pattern. `patterns` are the service's own; `unit` is that of a latency whose value has none.
    ///
    /// # Errors
    /// What is wrong with the pattern; it is found here, before any line is read.
    pub fn grok(
        pattern: &str,
        patterns: &Patterns,
        unit: Option<TimeUnit>,
    ) -> Result<Self, PatternError> {
        is_short(pattern)?;
        let unit = unit.map_or(Unit::Unsaid, unit_of);
        let unfolded = grok::unfold(pattern, patterns, unit)?;
        let known = |name: &str| {
            let mut groups = unfolded.groups.iter();
            let (_, field, unit) = groups.find(|(group, ..)| group == name)?;
            Some((*field, *unit))
        };
        Self::compile(&unfolded.regex, unit, known)
    }

    /// Compiles a regular expression, whose named groups are fields; `unit` is that of a latency.
    ///
    /// # Errors
    /// As [`Self::grok`].
    pub fn regex(pattern: &str, unit: Option<TimeUnit>) -> Result<Self, PatternError> {
        is_short(pattern)?;
        Self::compile(pattern, unit.map_or(Unit::Unsaid, unit_of), |_| None)
    }

    /// `known` has the groups that were named here, and not by the pattern's author.
    fn compile(
        pattern: &str,
        unit: Unit,
        known: impl Fn(&str) -> Option<(KnownField, Unit)>,
    ) -> Result<Self, PatternError> {
        let regex = RegexBuilder::new(pattern)
            .unicode(false)
            .nest_limit(MAX_NESTING)
            .size_limit(MAX_COMPILED_BYTES)
            .dfa_size_limit(MAX_CACHE_BYTES)
            .build()
            .map_err(|error| refused(&error))?;
        let mut groups = Vec::new();
        for (at, name) in regex.capture_names().enumerate() {
            let Some(name) = name else { continue };
            let field = match known(name) {
                Some(known) => Some(known),
                None => field_of(name)?.map(|field| (field, unit)),
            };
            groups.extend(field.map(|(field, unit)| Group { at, field, unit }));
        }
        Ok(Self { regex, groups })
    }

    /// Returns whether the pattern has a group for a field.
    #[must_use]
    pub fn gives(&self, field: KnownField) -> bool {
        self.groups.iter().any(|group| group.field == field)
    }

    /// Returns whether the pattern has a group for any field.
    #[must_use]
    pub fn gives_any(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Returns what the groups of the first match in a text hold; `None` where the text does not match.
    pub(super) fn groups<'a>(
        &'a self,
        text: &'a [u8],
    ) -> Option<impl Iterator<Item = (KnownField, Unit, Value<'a>)>> {
        // Most lines do not match, and to know that takes neither groups nor memory for them.
        if !self.regex.is_match(text) {
            return None;
        }
        let mut places = self.regex.capture_locations();
        self.regex.captures_read(&mut places, text)?;
        Some(self.groups.iter().filter_map(move |group| {
            let (from, to) = places.get(group.at)?;
            let value = Value::Str(Str::bare(&text[from..to]));
            Some((group.field, group.unit, value))
        }))
    }
}

impl PartialEq for Pattern {
    /// Compares what was compiled: one text always compiles to the same.
    fn eq(&self, other: &Self) -> bool {
        self.regex.as_str() == other.regex.as_str() && self.groups == other.groups
    }
}

impl PatternError {
    pub(super) fn unknown(name: &str, patterns: &Patterns) -> Self {
        // Comparing a long text would take long, and it is no slip of the fingers.
        let mut known: Vec<&str> = patterns.keys().map(String::as_str).collect();
        known.extend(grok::names());
        let near = known
            .into_iter()
            .filter(|_| name.len() <= 40)
            .map(|known| (strsim::osa_distance(name, known), known))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, known)| *distance <= (known.len() / 3).max(1));
        Self::Unknown {
            name: name.chars().take(40).collect(),
            near: near.map(|(_, known)| known.to_owned()),
        }
    }

    /// Returns what to do about it, as a fragment.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::TooLong(_) | Self::TooWide => {
                "match less of the line: only what stands around the fields is needed".to_owned()
            }
            Self::Unknown {
                near: Some(near), ..
            } => format!("did you mean `{near}`?"),
            Self::Unknown { near: None, .. } => {
                "define it under `patterns`, or use one that docs/config.md lists".to_owned()
            }
            Self::Reference => {
                "write %{NAME}, %{NAME:field} or %{NAME:latency:unit}; a % and a { of the line are written \\x25{"
                    .to_owned()
            }
            Self::TooDeep => "write out what the innermost pattern stands for".to_owned(),
            Self::Syntax(problem) if is_unbounded(problem) => {
                "a line is matched in bounded time, which leaves no way to look around or back; match what stands \
                 before and after instead"
                    .to_owned()
            }
            Self::Syntax(_) => "write it as the Rust crate `regex` reads it".to_owned(),
            Self::TooLarge => {
                "use fewer or shorter repetitions, such as {1,20} for {1,1000}, or + for both".to_owned()
            }
            Self::NearlyField { field, .. } => format!("did you mean `{field}`?"),
            Self::NoUnit(_) => "use ns, us, µs, ms or s".to_owned(),
            Self::UnitOf { .. } => "leave that part out: only `latency` has a unit".to_owned(),
        }
    }
}

fn is_short(pattern: &str) -> Result<(), PatternError> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(PatternError::TooLong(pattern.len()));
    }
    Ok(())
}

fn refused(error: &regex::Error) -> PatternError {
    match error {
        regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
        error => {
            // The message draws the pattern and points into it; the last line says what is wrong.
            let text = error.to_string();
            let problem = text.rsplit("error: ").next().unwrap_or(&text);
            PatternError::Syntax(problem.trim().replace('\n', " "))
        }
    }
}

fn is_unbounded(problem: &str) -> bool {
    problem.contains("look-around") || problem.contains("backreferences")
}

/// Returns the field of a name in a pattern. Other names are taken and mean nothing, as in patterns from elsewhere; but
/// one that is nearly a field's is a slip.
pub(super) fn field_of(name: &str) -> Result<Option<KnownField>, PatternError> {
    let field = KnownField::named(name);
    if field.is_some() || name.len() > 40 {
        return Ok(field);
    }
    let lower = name.to_ascii_lowercase();
    let near = |field: &KnownField| strsim::osa_distance(&lower, field.name()) <= 1;
    match KnownField::ALL.iter().find(|field| near(field)) {
        Some(field) => Err(PatternError::NearlyField {
            name: name.to_owned(),
            field: field.name(),
        }),
        None => Ok(None),
    }
}
