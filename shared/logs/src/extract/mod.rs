//! Configured extraction: what the settings of a service say of its lines beyond what detection recognises.
//!
//! A service may tell under which key a field stands (`fields`), patterns that give fields (`extract`), and which forms
//! of lines are accepted at all (`format`). Patterns run on the `regex` crate, whose time is linear in the line; the
//! bounds below make the rest finite: [`MAX_LINE_BYTES`] of a line times [`MAX_RULES`], and [`MAX_COMPILED_BYTES`] each.
//! Who reads the settings builds the [`Rules`]; a service without any costs nothing, since its lines meet none.

mod accepted;
mod example;
mod field;
mod given;
mod grok;
mod meaning;
mod paths;
mod pattern;
#[cfg(test)]
mod tests;

pub use self::accepted::AcceptedFormats;
pub use self::example::{Expected, Mismatch, NotAValue};
pub use self::field::{FieldRule, KnownField, TimeUnit};
pub use self::given::{Given, Giver};
pub use self::grok::Patterns;
pub use self::pattern::{Pattern, PatternError};

use self::meaning::give;
use self::paths::Paths;
use crate::json::{Str, Value};
use crate::record::names::Unit;
use crate::record::{Fields, envelope, plain_text};

/// How much of a line patterns look at, in bytes: what is read beyond it is rarely the outcome of anything.
pub const MAX_LINE_BYTES: usize = 8 << 10;
/// The most patterns of a service.
pub const MAX_RULES: usize = 32;
/// The most patterns of a file, over all services.
pub const MAX_RULES_OF_FILE: usize = 128;
/// The most patterns that a service may define by name.
pub const MAX_NAMED_PATTERNS: usize = 64;
/// The most patterns that a file may define by name, over all services.
pub const MAX_NAMED_PATTERNS_OF_FILE: usize = 256;
/// The longest pattern as it is written, in bytes.
pub const MAX_PATTERN_BYTES: usize = 4 << 10;
/// The longest pattern once its names are replaced by what they stand for, in bytes.
pub const MAX_EXPANDED_BYTES: usize = 64 << 10;
/// The largest compiled pattern, in bytes.
pub const MAX_COMPILED_BYTES: usize = 512 << 10;

/// All that the settings say of how to read a service's lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    accepted: AcceptedFormats,
    paths: Paths,
    patterns: Vec<Rule>,
}

/// One pattern and what it gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    name: Box<str>,
    subject: Subject,
    pattern: Pattern,
    constants: Vec<(KnownField, Box<str>)>,
}

/// What a pattern is held against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Subject {
    /// The first line of the record as it was logged, its colours taken off.
    #[default]
    Line,
    /// The first line of the message that was read of it.
    Message,
}

/// Memory for lines that cannot be looked at where they stand.
#[derive(Debug, Default)]
pub struct Memory {
    within: String,
    line: String,
    message: String,
}

impl Rules {
    /// Puts rules together; patterns are tried in the order given.
    #[must_use]
    pub fn new<'f>(
        accepted: AcceptedFormats,
        fields: impl IntoIterator<Item = (&'f KnownField, &'f FieldRule)>,
        patterns: Vec<Rule>,
    ) -> Self {
        Self {
            accepted,
            paths: Paths::new(fields),
            patterns,
        }
    }

    /// Returns how many rules there are, those of keys among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.paths.len() + self.patterns.len()
    }

    /// Returns whether there is nothing beyond detection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Applies the rules to a line of which detection read `fields`, and says which of them they gave.
    ///
    /// What stands under a key of `fields` comes first, then what the first pattern that matches gives, then what was
    /// detected. A value that cannot mean its field, such as a status of `ok`, gives nothing.
    pub fn apply<'a>(
        &'a self,
        line: Str<'a>,
        fields: &mut Fields<'a>,
        memory: &'a mut Memory,
    ) -> Given {
        let Memory {
            within,
            line: line_memory,
            message: message_memory,
        } = memory;
        // What a collector put around the line is none of the service's.
        let line = if envelope::line_within(&line, within) {
            Str::bare(within.as_bytes())
        } else {
            line
        };
        if !self.accepted.includes(fields.format) {
            *fields = self.accepted.left_of(fields, line);
        }
        let mut text = Text::new(line, line_memory);
        let mut given = Given::default();
        if !self.paths.is_empty() {
            given.by_path = self.paths.read(line, &mut text, fields);
        }
        let mut message = fields
            .message
            .map(|message| Text::new(message, message_memory));
        for (at, rule) in self.patterns.iter().enumerate() {
            let subject = match rule.subject {
                Subject::Line => Some(&mut text),
                Subject::Message => message.as_mut(),
            };
            let Some(groups) = subject.and_then(|text| rule.pattern.groups(text.get())) else {
                continue;
            };
            let constants = rule.constants.iter().map(|(field, text)| {
                let value = Value::Str(Str::bare(text.as_bytes()));
                (*field, Unit::Unsaid, value)
            });
            for (field, unit, value) in groups.chain(constants) {
                let taken = given.by_path.has(field) || given.by_rule.has(field);
                if !taken && give(fields, field, unit, value) {
                    given.by_rule.add(field);
                }
            }
            given.rule = at;
            break;
        }
        given
    }

    /// Returns what gave a field of a line, where a rule did.
    #[must_use]
    pub fn giver(&self, given: Given, field: KnownField) -> Option<Giver<'_>> {
        if given.by_path.has(field) {
            return self.paths.path_of(field).map(Giver::Key);
        }
        let rule = self.patterns.get(given.rule)?;
        given
            .by_rule
            .has(field)
            .then_some(Giver::Pattern(&rule.name))
    }
}

impl Rule {
    /// Makes a rule; `constants` are fields that every line gets that the pattern matches, unless it gives them itself.
    ///
    /// # Errors
    /// The first constant that cannot mean its field.
    pub fn new(
        name: &str,
        subject: Subject,
        pattern: Pattern,
        constants: Vec<(KnownField, Box<str>)>,
    ) -> Result<Self, NotAValue> {
        for (field, text) in &constants {
            let value = Value::Str(Str::bare(text.as_bytes()));
            if !give(&mut Fields::default(), *field, Unit::Unsaid, value) {
                return Err(NotAValue::new(*field));
            }
        }
        Ok(Self {
            name: name.into(),
            subject,
            pattern,
            constants,
        })
    }
}

/// A text that is made plain when it is first looked at.
struct Text<'a> {
    whole: Str<'a>,
    memory: Option<&'a mut String>,
    plain: &'a [u8],
}

impl<'a> Text<'a> {
    fn new(of: Str<'a>, memory: &'a mut String) -> Self {
        Self {
            whole: of,
            memory: Some(memory),
            plain: &[],
        }
    }

    /// Returns the first line of the text, without escapes and colours, as far as it is looked at.
    ///
    /// What follows may be of another log event, which a batch may have cut off: it must not change what is counted.
    fn get(&mut self) -> &'a [u8] {
        if let Some(memory) = self.memory.take() {
            let head = self.whole.head(MAX_LINE_BYTES);
            self.plain = match head.plain() {
                Some(plain) if memchr::memchr(0x1b, plain).is_none() => first_line(plain),
                _ => {
                    plain_text(head, memory);
                    first_line(memory.as_bytes())
                }
            };
        }
        self.plain
    }

    /// Returns the whole text, without escapes and colours.
    fn whole(&mut self) -> &'a [u8] {
        match self.memory.take() {
            None => self.plain,
            Some(memory) => {
                plain_text(self.whole, memory);
                let whole = memory.as_bytes();
                self.plain = first_line(&whole[..whole.len().min(MAX_LINE_BYTES)]);
                whole
            }
        }
    }
}

/// Returns the first line of a text that is not blank.
fn first_line(text: &[u8]) -> &[u8] {
    let begin = text.iter().position(|byte| !b"\r\n".contains(byte));
    let text = &text[begin.unwrap_or_default()..];
    let end = memchr::memchr2(b'\n', b'\r', text);
    &text[..end.unwrap_or(text.len())]
}
