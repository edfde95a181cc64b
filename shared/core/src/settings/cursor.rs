//! Walks the tree of a settings file: every reading either yields a value or leaves a fault with its place, and goes on.

use std::collections::BTreeMap;

use super::faults::Fault;
use super::schema::{self, Section, Words};
use super::values::{Wrong, shown};
use super::yaml::{Node, NodeKind};

/// The faults found so far; a reading that fails adds to them and returns `None`.
pub(super) type Found = Vec<Fault>;

/// One value of the file and the path that leads to it.
#[derive(Debug, Clone)]
pub(super) struct At<'n, 't> {
    node: &'n Node<'t>,
    path: String,
}

/// A mapping whose keys are known to the code.
pub(super) struct Known<'n, 't> {
    at: At<'n, 't>,
    section: &'static Section,
    values: BTreeMap<&'static str, At<'n, 't>>,
}

impl<'n, 't> At<'n, 't> {
    /// The top of the file.
    pub(super) fn root(node: &'n Node<'t>) -> Self {
        Self {
            node,
            path: String::new(),
        }
    }

    /// The line this value starts on, from 1.
    pub(super) fn line(&self) -> usize {
        self.node.line
    }

    /// Records a fault at this value.
    pub(super) fn fault(
        &self,
        found: &mut Found,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        found.push(Fault {
            line: self.node.line,
            column: self.node.column,
            path: self.path.clone(),
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }

    /// Records a fault with words from the table.
    pub(super) fn fault_in(&self, found: &mut Found, words: &Words) {
        self.fault(found, words.problem, words.remedy);
    }

    /// Records the fault of `value`, if it has one.
    pub(super) fn check<T>(&self, found: &mut Found, value: Result<T, Wrong>) -> Option<T> {
        value
            .map_err(|wrong| self.fault(found, wrong.problem, wrong.remedy))
            .ok()
    }

    /// Reads a mapping whose keys are those of `section`.
    pub(super) fn known(
        self,
        section: &'static Section,
        found: &mut Found,
    ) -> Option<Known<'n, 't>> {
        let mut values = BTreeMap::new();
        for (text, value) in self.entries(found)? {
            if let Some(key) = section.names().find(|key| *key == text) {
                values.insert(key, value);
                continue;
            }
            value.fault(found, "is not a known key", remedy_for(text, section));
        }
        Some(Known {
            at: self,
            section,
            values,
        })
    }

    /// Reads a mapping whose keys the author chose, each with its place.
    pub(super) fn entries(&self, found: &mut Found) -> Option<Vec<(&'n str, At<'n, 't>)>> {
        let NodeKind::Map(entries) = &self.node.kind else {
            self.not_a("a mapping of keys and values", "{}", found);
            return None;
        };
        let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
        let mut read = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let NodeKind::Scalar { text, .. } = &key.kind else {
                let place = At {
                    node: key,
                    path: self.path.clone(),
                };
                place.fault(
                    found,
                    "holds a key that is not a text",
                    "write a plain name before the `:`",
                );
                continue;
            };
            let text: &'n str = text;
            let path = self.below(text);
            if let Some(first) = lines.get(text) {
                let problem = format!("stands twice, first on line {first}");
                At { node: key, path }.fault(found, problem, "keep one of the two");
                continue;
            }
            lines.insert(text, key.line);
            read.push((text, At { node: value, path }));
        }
        Some(read)
    }

    /// Reads a sequence.
    pub(super) fn items(&self, found: &mut Found) -> Option<Vec<At<'n, 't>>> {
        let NodeKind::List(items) = &self.node.kind else {
            self.not_a("a list", "[]", found);
            return None;
        };
        let item = |(index, node)| At {
            node,
            path: format!("{}[{index}]", self.path),
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// Reads a text as `meaning` understands it.
    pub(super) fn text<T>(
        &self,
        found: &mut Found,
        meaning: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let NodeKind::Scalar { text, quoted } = &self.node.kind else {
            self.not_a("a text", "\"\"", found);
            return None;
        };
        match plain_type(text) {
            Some(other) if !quoted => {
                self.fault(
                    found,
                    format!("must be a text, not {other}"),
                    "put it in quotes",
                );
                None
            }
            _ => self.check(found, meaning(text)),
        }
    }

    /// Reads a scalar of any type as `meaning` understands it. It serves durations, so that the
    /// fault of `500` can say that the unit is missing, and secrets, so that only `meaning` decides
    /// which part of the text a fault repeats.
    pub(super) fn scalar<T>(
        &self,
        found: &mut Found,
        meaning: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let NodeKind::Scalar { text, .. } = &self.node.kind else {
            self.not_a("a text", "\"\"", found);
            return None;
        };
        self.check(found, meaning(text))
    }

    /// Returns whether the value is this word.
    pub(super) fn is_text(&self, word: &str) -> bool {
        matches!(&self.node.kind, NodeKind::Scalar { text, .. } if text == word)
    }

    /// Returns whether the value is a single one, and not nothing.
    pub(super) fn is_word(&self) -> bool {
        matches!(&self.node.kind, NodeKind::Scalar { text, quoted } if *quoted || plain_type(text) != Some("nothing"))
    }

    /// Reads a number that is not in quotes.
    pub(super) fn number(&self, found: &mut Found) -> Option<f64> {
        if let NodeKind::Scalar {
            text,
            quoted: false,
        } = &self.node.kind
            && let Some(number) = plain_number(text)
        {
            return Some(number);
        }
        self.not_a("a number", "99.9", found);
        None
    }

    /// Reads `true` or `false`.
    pub(super) fn boolean(&self, found: &mut Found) -> Option<bool> {
        match &self.node.kind {
            NodeKind::Scalar {
                text,
                quoted: false,
            } if text == "true" => Some(true),
            NodeKind::Scalar {
                text,
                quoted: false,
            } if text == "false" => Some(false),
            _ => {
                self.not_a("true or false", "true", found);
                None
            }
        }
    }

    /// The path of the key `name` below this value.
    fn below(&self, name: &str) -> String {
        let shown = if schema::is_fit_to_show(&self.path, name) {
            name
        } else {
            "?"
        };
        if self.path.is_empty() {
            shown.to_owned()
        } else {
            format!("{}.{shown}", self.path)
        }
    }

    fn not_a(&self, wanted: &str, example: &str, found: &mut Found) {
        let (is, remedy) = match &self.node.kind {
            NodeKind::Alias => (
                "an alias",
                "write the value out; aliases are not read".to_owned(),
            ),
            NodeKind::Tagged => (
                "a value with a tag",
                "remove the tag that begins with `!`".to_owned(),
            ),
            NodeKind::List(_) => ("a list", format!("write it as in {example}")),
            NodeKind::Map(_) => ("a mapping", format!("write it as in {example}")),
            NodeKind::Scalar {
                text,
                quoted: false,
            } => match plain_type(text) {
                Some("nothing") => (
                    "nothing",
                    format!("write it as in {example}, or remove the key"),
                ),
                Some(other) => (other, format!("write it as in {example}")),
                None => ("a text", format!("write it as in {example}")),
            },
            NodeKind::Scalar { .. } => (
                "a text",
                format!("write it as in {example}, without quotes"),
            ),
        };
        self.fault(found, format!("must be {wanted}, not {is}"), remedy);
    }
}

impl<'n, 't> Known<'n, 't> {
    /// The value of `key`, if the file has it.
    pub(super) fn get(&self, key: &'static str) -> Option<&At<'n, 't>> {
        debug_assert!(
            self.section.names().any(|known| known == key),
            "{key} is missing from its section"
        );
        self.values.get(key)
    }

    /// The value of `key`, which the table says must be there, or a fault at the mapping.
    pub(super) fn required(&self, key: &'static str, found: &mut Found) -> Option<&At<'n, 't>> {
        debug_assert!(
            { self.section.keys.iter() }.any(|row| row.name == key && row.default.is_none()),
            "{key} has a default"
        );
        let value = self.get(key);
        if value.is_none() {
            self.at.fault(
                found,
                format!("has no `{key}`"),
                format!("add `{key}`, which has no default"),
            );
        }
        value
    }

    /// Records a fault if the mapping does not have exactly one of the keys that exclude each
    /// other.
    pub(super) fn not_one_of(&self, found: &mut Found) {
        if let Some((keys, words)) = self.section.alternatives() {
            let remedy = words.remedy.replace("{words}", &keys.join(", "));
            self.at.fault(found, words.problem, remedy);
        }
    }

    /// The keys the file has, in the order of their names.
    pub(super) fn present(&self) -> impl Iterator<Item = (&'static str, &At<'n, 't>)> {
        self.values.iter().map(|(key, value)| (*key, value))
    }

    /// The mapping itself.
    pub(super) fn at(&self) -> &At<'n, 't> {
        &self.at
    }
}

/// Returns the remedy for an unknown key: the nearest known key if one is near, else all of them.
fn remedy_for(text: &str, section: &Section) -> String {
    if text == "<<" {
        return "write the values out; merge keys are not read".to_owned();
    }
    // A long text is no slip of the fingers, and comparing it would take long.
    if text.len() <= 40 {
        let plain = text.to_ascii_lowercase().replace(['-', ' '], "_");
        let nearest = section
            .names()
            .map(|key| (strsim::osa_distance(&plain, key), key))
            .min_by_key(|(distance, _)| *distance);
        if let Some((distance, key)) = nearest
            && distance <= (key.len() / 3).max(1)
        {
            return format!("did you mean `{key}`?");
        }
    }
    let known: Vec<&str> = section.names().collect();
    format!("known here: {}", known.join(", "))
}

/// Returns what YAML takes a scalar without quotes for, if that is not a text: its other types look
/// like words.
fn plain_type(text: &str) -> Option<&'static str> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some("nothing"),
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Some("a truth value"),
        _ => plain_number(text).map(|_| "a number"),
    }
}

/// The number a scalar without quotes stands for. Rust also reads `inf` and `nan`, which are words here.
fn plain_number(text: &str) -> Option<f64> {
    let begins_well = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE_".contains(&byte));
    if !(begins_well && plain) {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A number as the author may have written it.
pub(super) fn number_shown(number: f64) -> String {
    shown(&number.to_string()).trim_matches('`').to_owned()
}
