//! Grok: `%{NAME:field}` stands for a pattern of a library. Here it is unfolded to one regular expression.
//!
//! The library and the reading of `%{…}` are the crate `grok`'s. Its own compiler is not used: it sets no bound, and a
//! quarter of its library, `NUMBER` among it, is written with look-around and atomic groups, which an engine of linear
//! time does not have. [`LINEAR`] says those few definitions again without them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use grok::parser::{GrokComponent, grok_split};

use super::field::{KnownField, TimeUnit};
use super::pattern::{PatternError, field_of};
use super::{MAX_EXPANDED_BYTES, meaning::unit_of};
use crate::record::names::Unit;

/// How deep names may stand for patterns that hold names.
const MAX_DEPTH: usize = 16;

/// Definitions of the library in a form that is matched in linear time. What the others look around for, they leave to
/// what stands before and after them in the line.
const LINEAR: [(&str, &str); 12] = [
    ("BASE10NUM", r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"),
    ("BASE16NUM", r"[+-]?(?:0x)?[0-9A-Fa-f]+"),
    (
        "BASE16FLOAT",
        r"\b[+-]?(?:0x)?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)\b",
    ),
    (
        "QUOTEDSTRING",
        r#"(?:"(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*'|`(?:\\.|[^\\`])*`)"#,
    ),
    (
        "IPV4",
        r"\b(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})\b",
    ),
    // The library counts letters to 64, twice, one in the other, which compiles to megabytes.
    (
        "EMAILLOCALPART",
        r"[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~]+)*",
    ),
    ("WINPATH", r"(?:[A-Za-z]+:|\\)(?:\\[^\\?*]*)+"),
    ("YEAR", "(?:[0-9]{2}){1,2}"),
    ("TIME", "%{HOUR}:%{MINUTE}(?::%{SECOND})"),
    ("HAPROXYTIME", "%{HOUR}:%{MINUTE}(?::%{SECOND})"),
    (
        "MONTH",
        r"\b(?:[Jj]an(?:uary|uar)?|[Ff]eb(?:ruary|ruar)?|[Mm](?:a|ä)?r(?:ch|z)?|[Aa]pr(?:il)?|[Mm]a(?:y|i)?|[Jj]un[ei]?|[Jj]ul[yi]?|[Aa]ug(?:ust)?|[Ss]ep(?:tember)?|[Oo][ck]?t(?:ober)?|[Nn]ov(?:ember)?|[Dd]e[cz](?:ember)?)\b",
    ),
    ("RUUID", r"\s*%{UUID}\s*"),
];

/// The patterns that the settings of a service define, by name.
pub type Patterns = BTreeMap<String, String>;

/// A pattern as one regular expression.
#[derive(Debug, Default)]
pub(super) struct Unfolded {
    pub(super) regex: String,
    /// The groups that stand for fields, by the names they got.
    pub(super) groups: Vec<(String, KnownField, Unit)>,
}

/// Replaces the names of a pattern by what they stand for: patterns of the service first, then those of the library.
pub(super) fn unfold(
    pattern: &str,
    patterns: &Patterns,
    unit: Unit,
) -> Result<Unfolded, PatternError> {
    let mut unfolding = Unfolding {
        patterns,
        unit,
        done: Unfolded::default(),
    };
    unfolding.add(pattern, Author::Settings, MAX_DEPTH)?;
    Ok(unfolding.done)
}

/// Who wrote a pattern: the fields that the library names are its own, and mean other things than ours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Author {
    Settings,
    Library,
}

struct Unfolding<'p> {
    patterns: &'p Patterns,
    unit: Unit,
    done: Unfolded,
}

impl<'p> Unfolding<'p> {
    /// Adds a pattern. Whatever is added makes the text longer, so that its bound is one of time, too.
    fn add(&mut self, pattern: &str, author: Author, depth: usize) -> Result<(), PatternError> {
        for component in grok_split(pattern) {
            match component {
                GrokComponent::RegularExpression { string, .. } => match author {
                    Author::Settings => self.write(string)?,
                    Author::Library => self.write(&without_names(string))?,
                },
                GrokComponent::GrokPattern {
                    name,
                    alias,
                    extract,
                    definition,
                    ..
                } => {
                    let depth = depth.checked_sub(1).ok_or(PatternError::TooDeep)?;
                    let (definition, by) = match definition {
                        "" => self.definition(name)?,
                        here => (here, author),
                    };
                    let field = match author {
                        Author::Settings => field_of(alias)?,
                        Author::Library => None,
                    };
                    match field {
                        None => self.write("(?:")?,
                        Some(field) => self.open_group(field, extract)?,
                    }
                    self.add(definition, by, depth)?;
                    self.write(")")?;
                }
                GrokComponent::PatternError(_) => return Err(PatternError::Reference),
            }
        }
        Ok(())
    }

    fn definition(&self, name: &str) -> Result<(&'p str, Author), PatternError> {
        if let Some(own) = self.patterns.get(name) {
            return Ok((own, Author::Settings));
        }
        let linear = LINEAR.iter().find(|(known, _)| *known == name);
        // The library lists some names twice; the last definition is the one that counts.
        let found = linear.or_else(|| grok::patterns().iter().rfind(|(known, _)| *known == name));
        match found {
            Some((_, definition)) => Ok((definition, Author::Library)),
            None => Err(PatternError::unknown(name, self.patterns)),
        }
    }

    fn open_group(&mut self, field: KnownField, told: &str) -> Result<(), PatternError> {
        let unit = match (field, told) {
            (_, "") => self.unit,
            (KnownField::Latency, told) => match TimeUnit::named(told) {
                Some(unit) => unit_of(unit),
                None if is_type(told) => self.unit,
                None => return Err(PatternError::NoUnit(told.to_owned())),
            },
            (_, told) if is_type(told) => Unit::Unsaid,
            (field, told) => {
                return Err(PatternError::UnitOf {
                    field: field.name(),
                    told: told.to_owned(),
                });
            }
        };
        let group = format!("{}[{}]", field.name(), self.done.groups.len());
        self.write("(?<")?;
        self.write(&group)?;
        self.write(">")?;
        self.done.groups.push((group, field, unit));
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<(), PatternError> {
        self.done.regex.push_str(text);
        if self.done.regex.len() > MAX_EXPANDED_BYTES {
            return Err(PatternError::TooWide);
        }
        Ok(())
    }
}

/// Takes the names off the groups of a regular expression of the library.
fn without_names(text: &str) -> Cow<'_, str> {
    const NAMED: &str = "(?<";
    let mut plain = Cow::Borrowed(text);
    let mut from = 0;
    while let Some(at) = plain[from..].find(NAMED).map(|at| from + at) {
        from = at + NAMED.len();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = plain[from..].chars().take_while(|c| is_name(*c)).count();
        if length > 0 && plain[from + length..].starts_with('>') {
            plain.to_mut().replace_range(at..=from + length, "(?:");
        }
    }
    plain
}

/// Returns whether the third part of a `%{NAME:field:type}` is a type, as other readers of grok have them; here each
/// field has its own.
fn is_type(told: &str) -> bool {
    ["int", "long", "float", "double", "string"].contains(&told)
}

/// Returns the names of the library.
pub(super) fn names<'a>() -> impl Iterator<Item = &'a str> {
    grok::patterns().iter().map(|(name, _)| *name)
}
