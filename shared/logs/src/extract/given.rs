//! Which fields rules gave, and which rule gave each: what `atalaya inspect` tells.

use std::fmt;

use super::field::KnownField;

/// A set of fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FieldSet(u16);

/// Which fields of a record rules gave; nothing where detection is all there was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Given {
    pub(super) by_path: FieldSet,
    pub(super) by_rule: FieldSet,
    /// The place of the pattern that matched; without meaning where none gave a field.
    pub(super) rule: usize,
}

/// What gave a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Giver<'r> {
    /// A key of the line, by its path.
    Key(&'r str),
    /// A pattern, by its name.
    Pattern(&'r str),
}

impl FieldSet {
    pub(super) const fn has(self, field: KnownField) -> bool {
        self.0 & (1 << field as u16) != 0
    }

    pub(super) fn add(&mut self, field: KnownField) {
        self.0 |= 1 << field as u16;
    }
}

impl Given {
    /// Returns the fields that rules gave, in the order of the reference.
    pub fn fields(self) -> impl Iterator<Item = KnownField> {
        let given = move |field: &KnownField| self.by_path.has(*field) || self.by_rule.has(*field);
        KnownField::ALL.into_iter().filter(given)
    }
}

impl fmt::Display for Giver<'_> {
    /// Writes where in the settings the rule stands.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(path) => write!(out, "fields: {path}"),
            Self::Pattern(name) => write!(out, "extract: {name}"),
        }
    }
}
