//! No circle of imports crosses a folder: within a crate, the files and folders directly under
//! `src` use each other in one direction only. Imports inside a folder are not checked, and neither
//! are those of tests.
//!
//! Sources are read as text: `crate::name`, `crate::{name, …}` and `super::name` out of a folder count as uses. The root
//! (`lib.rs`, `main.rs`) may use all; what others take from it is not followed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{assert_none, output, root};

/// Which module uses which, and in which file.
type Uses = BTreeMap<String, BTreeMap<String, String>>;

/// Circles that stay, each with the reason: the crate's folder, a module of the circle, why.
const KNOWN: [(&str, &str, &str); 0] = [];

/// Returns the tokens of a source that matter here, without comments and without the code under
/// `#[cfg(test)]`.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line == "#[cfg(test)]" {
            let mut depth = 0;
            for line in lines.by_ref() {
                depth += line.matches('{').count() as i64 - line.matches('}').count() as i64;
                if depth == 0 && (line.ends_with('}') || line.ends_with(';')) {
                    break;
                }
            }
            continue;
        }
        let mut rest = line.split("//").next().unwrap_or_default();
        while !rest.is_empty() {
            let name = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let length = match rest.as_bytes()[0] {
                _ if name > 0 => name,
                b':' if rest.starts_with("::") => 2,
                _ => rest.chars().next().map_or(1, char::len_utf8),
            };
            let (token, after) = rest.split_at(length);
            if !token.trim().is_empty() {
                tokens.push(token);
            }
            rest = after;
        }
    }
    tokens
}

/// Returns what a source uses of its crate's root; `depth` is how many modules it lies below it.
fn used(text: &str, depth: usize) -> BTreeSet<String> {
    let tokens = tokens(text);
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at + 1 < tokens.len() {
        let mut supers = 0;
        while tokens[at] == "super" && tokens.get(at + 1) == Some(&"::") && at + 2 < tokens.len() {
            supers += 1;
            at += 2;
        }
        let from_root = supers == depth && supers > 0;
        let from_crate = tokens[at] == "crate" && tokens[at + 1..].starts_with(&["::"]);
        if from_crate {
            at += 2;
        }
        if from_root || from_crate {
            found.extend(heads(&tokens[at.min(tokens.len())..]));
        }
        at += 1;
    }
    found
}

/// Returns the name that a path begins with, or the names of a group in braces.
fn heads(path: &[&str]) -> Vec<String> {
    if path.first() != Some(&"{") {
        return path.first().map(ToString::to_string).into_iter().collect();
    }
    let mut names = Vec::new();
    let mut depth = 0;
    let mut begins = false;
    for token in path {
        match *token {
            "{" => {
                depth += 1;
                begins = depth == 1;
            }
            "}" => depth -= 1,
            "," => begins = depth == 1,
            name => {
                if begins {
                    names.push(name.to_owned());
                }
                begins = false;
            }
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Returns which module uses which among some sources, each with its path below `src`.
fn uses(sources: &[(String, String)]) -> Uses {
    let parts = |path: &str| {
        let parts = path.trim_end_matches(".rs").trim_end_matches("/mod");
        parts.split('/').map(str::to_owned).collect::<Vec<_>>()
    };
    let tops: BTreeSet<String> = sources
        .iter()
        .map(|(path, _)| parts(path).swap_remove(0))
        .filter(|top| top != "lib" && top != "main")
        .collect();
    let mut uses = Uses::new();
    for (path, text) in sources {
        let parts = parts(path);
        let test = |part: &String| part == "tests" || part.ends_with("_tests");
        if !tops.contains(&parts[0]) || parts.iter().any(test) {
            continue;
        }
        for name in used(text, parts.len()) {
            if name != parts[0] && tops.contains(&name) {
                let user = uses.entry(parts[0].clone()).or_default();
                user.entry(name).or_insert_with(|| path.clone());
            }
        }
    }
    uses
}

/// Returns the shortest circle through each use that is part of one, every circle once.
fn circles(uses: &Uses) -> Vec<Vec<&str>> {
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for (user, its) in uses {
        for first in its.keys() {
            let Some(circle) = way(uses, first, user) else {
                continue;
            };
            if seen.insert(circle.iter().copied().collect::<BTreeSet<_>>()) {
                circles.push(circle);
            }
        }
    }
    circles
}

/// Returns the shortest path along uses.
fn way<'u>(uses: &'u Uses, from: &'u str, to: &str) -> Option<Vec<&'u str>> {
    let mut before: BTreeMap<&str, Option<&str>> = BTreeMap::from([(from, None)]);
    let mut next = VecDeque::from([from]);
    while let Some(at) = next.pop_front() {
        if at == to {
            let steps = std::iter::successors(Some(at), |at| before[at]);
            let mut way: Vec<&str> = steps.collect();
            way.reverse();
            return Some(way);
        }
        for used in uses.get(at).into_iter().flat_map(BTreeMap::keys) {
            if !before.contains_key(used.as_str()) {
                before.insert(used, Some(at));
                next.push_back(used);
            }
        }
    }
    None
}

/// Returns one line per circle that is not known, with the file of each use, and one per known circle that is gone.
fn faults(folder: &str, sources: &[(String, String)]) -> Vec<String> {
    let uses = uses(sources);
    let circles = circles(&uses);
    let known: Vec<_> = KNOWN.iter().filter(|(of, ..)| *of == folder).collect();
    let mut faults = Vec::new();
    for circle in &circles {
        if known.iter().any(|(_, module, _)| circle.contains(module)) {
            continue;
        }
        let mut fault = format!("{folder}: ");
        for (user, used) in circle.iter().zip(circle.iter().cycle().skip(1)) {
            write!(fault, "{user} ({}) → ", uses[*user][*used]).expect("a text takes all");
        }
        faults.push(fault + circle[0]);
    }
    for (_, module, _) in known {
        if !circles.iter().any(|circle| circle.contains(module)) {
            faults.push(format!(
                "{folder}: the circle of {module} is gone; take it off the list"
            ));
        }
    }
    faults
}

#[test]
fn no_circle_of_imports_crosses_a_folder() -> anyhow::Result<()> {
    let listing = output(
        "git",
        &[
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "*.rs",
        ],
    )?;
    let mut crates: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for path in listing.lines() {
        let Some((folder, below)) = path.split_once("/src/") else {
            continue;
        };
        let judged = folder.starts_with("shared/") || folder.starts_with("functions/");
        if judged && Path::new(&root().join(path)).is_file() {
            let text = fs::read_to_string(root().join(path))?;
            let sources = crates.entry(folder).or_default();
            sources.push((below.to_owned(), text));
        }
    }
    assert!(crates.len() >= 11, "git lists the crates {crates:?}");
    let found = crates
        .iter()
        .flat_map(|(folder, sources)| faults(folder, sources));
    assert_none(&found.collect::<Vec<_>>());
    Ok(())
}

#[test]
fn circles_are_found_and_what_is_none_is_not() {
    let b_uses_a = ("b.rs", "use crate::a::A;");
    let mut wrong = Vec::new();
    for (name, sources, expected) in [
        ("one way", [("a.rs", "use std::fs;"), b_uses_a], 0),
        ("both ways", [("a.rs", "use crate::b::B;"), b_uses_a], 1),
        (
            "out of a folder",
            [("a/x.rs", "use super::super::b;"), b_uses_a],
            1,
        ),
        (
            "within a folder",
            [("a/x.rs", "use super::b;"), b_uses_a],
            0,
        ),
        (
            "by a path in code",
            [("a/mod.rs", "fn f() { crate::b::g(); }"), b_uses_a],
            1,
        ),
        (
            "in a group",
            [
                ("a.rs", "use crate::{\n    c::{d, e},\n    b,\n};"),
                b_uses_a,
            ],
            1,
        ),
        (
            "deep in a group",
            [("a.rs", "use crate::{c::{d, b}, e};"), b_uses_a],
            0,
        ),
        ("visibility", [("a.rs", "pub(crate) mod b;"), b_uses_a], 0),
        (
            "in a comment",
            [
                ("a.rs", "/// See [`crate::b`].\nuse std::fs; // crate::b"),
                b_uses_a,
            ],
            0,
        ),
        (
            "in tests",
            [
                ("a.rs", "#[cfg(test)]\nmod tests {\n    use crate::b;\n}"),
                b_uses_a,
            ],
            0,
        ),
        (
            "after tests",
            [
                ("a.rs", "#[cfg(test)]\nmod tests;\nuse crate::b;"),
                b_uses_a,
            ],
            1,
        ),
        (
            "in a file of tests",
            [("a/tests.rs", "use crate::b;"), b_uses_a],
            0,
        ),
        ("by the root", [("lib.rs", "use crate::b;"), b_uses_a], 0),
    ] {
        let sources = sources.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let found = faults("shared/x", &sources);
        if found.len() != expected {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert_none(&wrong);
}
