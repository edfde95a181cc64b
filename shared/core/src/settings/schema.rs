//! Every key of `atalaya.yaml` in one table: its place, what its value must be, and its default.
//!
//! The reader takes the known keys, their words and their bounds from here, and so do the JSON
//! Schema for editors and the table that Terraform walks at plan time. Rules between values, such
//! as that a route must be among those of its service, have no row here: only the reader checks
//! them.
//!
//! To add a key, add its row in `schema/keys.rs` and read it; the two generated files follow by one command, which the
//! test that compares them names.

pub mod keys;
pub mod single;

/// A mapping whose keys are known.
#[derive(Debug)]
pub struct Section {
    /// Its name, which no other section has.
    pub name: &'static str,
    /// The path before its keys, as `docs/config.md` writes it; `<…>` stands for a name the author chooses. Sections
    /// that differ only in what a value must be share their place.
    pub place: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [Key],
    /// Keys of which exactly one must be there.
    pub one_of: Option<&'static OneOf>,
}

/// One key of a section.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key as it is written.
    pub name: &'static str,
    /// What its value must be.
    pub value: Value,
    /// The default in words; `None` where the key must be there.
    pub default: Option<&'static str>,
    /// What it means, in one line.
    pub about: &'static str,
}

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// A single value.
    One(&'static Single),
    /// A mapping of known keys.
    Section(&'static Section),
    /// A mapping of known keys, or a single value that stands for one.
    SectionOr(&'static Section, &'static Single),
    /// A mapping whose keys the author chooses.
    Map(&'static Map),
    /// A list.
    List(&'static List),
}

/// A mapping whose keys the author chooses.
#[derive(Debug)]
pub struct Map {
    /// What its keys must be.
    pub names: &'static Single,
    /// What each of its values must be.
    pub of: Value,
    /// The most keys it may have; `None` where nothing but the size of the file bounds them.
    pub most: Option<usize>,
}

/// A list.
#[derive(Debug)]
pub struct List {
    /// What each item must be.
    pub of: Value,
    /// The fault of an empty list; `None` where it may be empty.
    pub empty: Option<Words>,
    /// The most items it may have; `None` where nothing but the size of the file bounds them.
    pub most: Option<usize>,
}

/// Keys of which exactly one must be there.
#[derive(Debug)]
pub struct OneOf {
    /// The keys; where none is named, all of the section.
    pub keys: &'static [&'static str],
    /// The fault where none or several of them are there; `{words}` stands for the keys.
    pub words: Words,
}

/// The words of a fault, without its place. `{value}` stands for the value as it was written, cut
/// and escaped; a fault that may concern a secret does not contain it. `{words}` in a remedy stands
/// for [`Single::words`].
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// The problem, as a fragment that continues the path.
    pub problem: &'static str,
    /// The remedy, as a fragment.
    pub remedy: &'static str,
}

/// A single value: a text, a number or a truth value.
#[derive(Debug)]
pub struct Single {
    /// Its name, which no other single value or section has.
    pub name: &'static str,
    /// Which of YAML's types it has.
    pub kind: Kind,
    /// All that it may be, where that is a few words.
    pub words: &'static [&'static str],
    /// Other spellings of these words, which are accepted but not shown.
    pub also: &'static [&'static str],
    /// The checks of its text. They run in this order, and the first that fails is the fault. A
    /// value that passes may still be refused by the reader, which knows more than a form can say.
    pub checks: &'static [Check],
    /// What a number, or a number with a unit, must lie between.
    pub range: Option<Range>,
}

/// Which of YAML's types a single value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A text, or what YAML takes for another type, such as `5` or `off`; it is read by its letters.
    Any,
    /// A number, not in quotes.
    Number,
    /// A whole number, not in quotes.
    Whole,
    /// `true` or `false`.
    Boolean,
}

/// One check of a text.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What is checked.
    pub form: Form,
    /// The fault where it fails.
    pub words: Words,
}

/// A condition on a text. Regular expressions use only what Rust, RE2 and JavaScript read alike.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// It must match.
    Is(&'static str),
    /// It must not match.
    IsNot(&'static str),
    /// It must be one of [`Single::words`].
    Word,
}

/// What a number must lie between.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// The units it may have, with the factor of each; `""` is none.
    pub units: &'static [(&'static str, f64)],
    /// The least it may be, in the unit whose factor is 1.
    pub least: f64,
    /// The most it may be.
    pub most: f64,
    /// The fault where it lies outside.
    pub words: Words,
}

impl Section {
    /// Returns the names of the keys, in the order of the reference.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }

    /// Returns the keys of which exactly one must be there, and the fault where that is not so.
    #[must_use]
    pub fn alternatives(&self) -> Option<(Vec<&'static str>, &'static Words)> {
        let one_of = self.one_of?;
        let keys = match one_of.keys {
            [] => self.names().collect(),
            keys => keys.to_vec(),
        };
        Some((keys, &one_of.words))
    }

    /// Returns whether an unknown key may be a secret that lost its key, so that no fault may
    /// repeat it.
    #[must_use]
    pub fn is_near_secrets(&self) -> bool {
        self.place.starts_with("notify.")
    }
}

impl Range {
    /// Returns whether a number, in the unit whose factor is 1, lies within.
    #[must_use]
    pub fn holds(&self, number: f64) -> bool {
        (self.least..=self.most).contains(&number)
    }
}

impl Single {
    /// Returns what to do where a check or the range has these words.
    #[must_use]
    pub fn remedy(&self, words: &Words) -> String {
        words.remedy.replace("{words}", &self.words.join(", "))
    }
}

/// The sections in which a secret may stand by mistake, even in the place of a key.
const NEAR_SECRETS: [&Section; 5] = [
    &keys::CHANNEL,
    &keys::PAGERDUTY,
    &keys::SLACK,
    &keys::SNS,
    &keys::WEBHOOK,
];

/// Returns whether a fault may repeat `name`, a key below `path`. A text that is no plain name, or
/// an unknown one in a section with secrets, may be a secret that lost its key.
pub(super) fn is_fit_to_show(path: &str, name: &str) -> bool {
    if path.starts_with("notify.") {
        return { NEAR_SECRETS.iter() }.any(|section| section.names().any(|known| known == name));
    }
    let taken = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    (1..=30).contains(&name.len()) && name.chars().all(taken)
}
