//! The second rule of log patterns: which skeletons are one pattern although they differ in words
//! that normally are no names.
//!
//! A common word of log messages can be a value, too: a service called `auth`, a field called
//! `status`. Where at least [`WORDS`] skeletons differ in one such word only, that word is a
//! variable. And a skeleton that equals a pattern, but has a word or a list where the pattern has
//! its variable, belongs to that pattern. All skeletons are compared together, so their order makes
//! no difference.

use std::collections::{BTreeMap, BTreeSet};

use atalaya_logs::template::VARIABLE;

use crate::series::{SeriesKind, SeriesName};

/// How many different common words in one place make it a variable.
pub(super) const WORDS: usize = 5;

/// The fewest literal words that a pattern must have besides its variables.
const LITERALS: usize = 2;

/// Returns the log pattern of each skeleton.
pub(super) fn of(skeletons: &[&SeriesName]) -> Vec<SeriesName> {
    let distinct: BTreeSet<&SeriesName> = skeletons.iter().copied().collect();
    let split: Vec<(SeriesKind, Vec<&str>)> = distinct
        .iter()
        .map(|series| (series.kind, series.name.split(' ').collect()))
        .collect();
    let made = generalised(&split);
    let templates: Vec<(SeriesKind, Vec<&str>)> = split
        .iter()
        .filter(|(_, words)| words.iter().any(|word| bare(word) == VARIABLE))
        .cloned()
        .chain(
            made.iter()
                .map(|(kind, name)| (*kind, name.split(' ').collect())),
        )
        .filter(|(_, words)| literals(words) >= LITERALS)
        .collect();
    let mut known: BTreeMap<&SeriesName, String> = BTreeMap::new();
    for (series, (kind, words)) in distinct.iter().zip(&split) {
        let wider =
            { templates.iter() }.filter(|(of, template)| of == kind && matches(template, words));
        // The widest pattern is taken, so that a chain of ever wider patterns ends in the same one;
        // among equals the first in order.
        let widest =
            wider.max_by(|(_, a), (_, b)| variables(a).cmp(&variables(b)).then_with(|| b.cmp(a)));
        if let Some((_, template)) = widest {
            known.insert(series, template.join(" "));
        }
    }
    let of = |series: &&SeriesName| match known.get(*series) {
        Some(name) => SeriesName {
            kind: series.kind,
            name: name.as_str().into(),
        },
        None => (*series).clone(),
    };
    skeletons.iter().map(of).collect()
}

/// Returns the patterns made by replacing a word by a variable, where enough skeletons differ in
/// that word only.
fn generalised(skeletons: &[(SeriesKind, Vec<&str>)]) -> BTreeSet<(SeriesKind, String)> {
    let mut met: BTreeMap<(SeriesKind, String), BTreeSet<&str>> = BTreeMap::new();
    for (kind, words) in skeletons {
        if literals(words) <= LITERALS {
            continue;
        }
        for (at, word) in words.iter().enumerate() {
            let name = bare(word);
            if name == VARIABLE || name.ends_with('>') || (at == 0 && name != *word) {
                continue;
            }
            let [before, after] = [&words[..at], &words[at + 1..]].map(|words| words.join(" "));
            let around = format!("{before} {VARIABLE}{} {after}", &word[name.len()..]);
            // Adjacent variables are merged into one, as in a skeleton.
            let around = around.trim().replace("<*> <*>", VARIABLE);
            let around = around.replace("<*> <*>", VARIABLE);
            met.entry((*kind, around)).or_default().insert(name);
        }
    }
    met.retain(|_, words| words.len() >= WORDS);
    met.into_keys().collect()
}

/// Returns whether a skeleton belongs to a pattern: both are equal but for what stands in the
/// places of the variables, which may be a word, a word beside a masked value, or a list.
fn matches(template: &[&str], words: &[&str]) -> bool {
    let (Some((first, template)), Some((word, rest))) =
        (template.split_first(), words.split_first())
    else {
        return template.is_empty() && words.is_empty();
    };
    let name = bare(first);
    if name != VARIABLE {
        return first == word && matches(template, rest);
    }
    let mark = &first[name.len()..];
    let ends = |word: &str| &word[bare(word).len()..] == mark;
    if ends(word) && matches(template, rest) {
        return true;
    }
    let is_variable = |word: &&str| **word == *VARIABLE;
    if let Some((second, rest)) = rest.split_first()
        && (is_variable(word) || is_variable(second))
        && ends(second)
        && matches(template, rest)
    {
        return true;
    }
    let mut at = 0;
    while words.get(at).is_some_and(|word| word.ends_with(',')) && at + 1 < words.len() {
        at += 1;
        if matches!(words.get(at + 1), Some(&("and" | "or"))) && at + 2 < words.len() {
            at += 2;
        }
    }
    at > 0 && ends(words[at]) && matches(template, &words[at + 1..])
}

fn bare(word: &str) -> &str {
    word.trim_end_matches([',', ':'])
}

fn literals(words: &[&str]) -> usize {
    words.iter().filter(|word| bare(word) != VARIABLE).count()
}

fn variables(words: &[&str]) -> usize {
    words.len() - literals(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_that_differ_in_one_place_are_a_variable() {
        for (skeletons, expected) in [
            (
                vec![
                    "calls to auth failed",
                    "calls to gateway failed",
                    "calls to search failed",
                    "calls to index failed",
                    "calls to policy failed",
                ],
                vec!["calls to <*> failed"; 5],
            ),
            (
                vec!["calls to auth failed", "calls to gateway failed"],
                vec!["calls to auth failed", "calls to gateway failed"],
            ),
            (
                vec!["calls to auth failed", "calls to <*> failed"],
                vec!["calls to <*> failed"; 2],
            ),
            (
                vec![
                    "fields are <*>",
                    "fields are status, score and date",
                    "fields are not there",
                ],
                vec!["fields are <*>", "fields are <*>", "fields are not there"],
            ),
            (
                vec!["a <*> b <*>", "a x b <*>", "a x b y"],
                vec!["a <*> b <*>"; 3],
            ),
            (
                vec!["error: <*>", "error: EOF"],
                vec!["error: <*>", "error: EOF"],
            ),
            (
                vec!["read failed", "write failed", "open failed", "close failed"],
                vec!["read failed", "write failed", "open failed", "close failed"],
            ),
        ] {
            let series: Vec<SeriesName> = { skeletons.iter() }
                .map(|name| SeriesName {
                    kind: SeriesKind::Error,
                    name: (*name).into(),
                })
                .collect();
            let found = of(&series.iter().collect::<Vec<_>>());
            let found: Vec<&str> = found.iter().map(|series| &*series.name).collect();
            assert_eq!(found, expected, "{skeletons:?}");
        }
    }
}
