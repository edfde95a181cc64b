//! Names, docs and messages use the field's words. The words of an earlier dialect, which only its authors knew, are
//! listed here so that they do not come back.

use std::fs;

use super::{assert_none, output, root};

/// Words, in the singular, and what to say in place of them.
const WORDS: [(&str, &str); 15] = [
    ("docket", "the store of incidents"),
    ("herald", "notify"),
    ("clerk", "registry"),
    ("desk", "handler"),
    ("keeper", "store"),
    ("glance", "evaluation of the open minute"),
    ("habit", "recurrence"),
    ("gauge", "anomaly score"),
    ("facet", "signal"),
    ("wish", "override"),
    ("twin", "implementation"),
    ("dice", "random numbers"),
    ("door", "handler"),
    ("house", "workspace, repository"),
    ("rooms", "crates, scopes"),
];

/// Names of types and crates that are written in this one way.
const NAMES: [(&str, &str); 6] = [
    ("KindLine", "LogPatternLine"),
    ("Believed", "AcceptedFormats"),
    ("Teller", "Origin"),
    ("Room", "Scope"),
    ("Course", "Run"),
    ("atalaya_door", "atalaya_lambda"),
];

/// Where a word may stand, by the path's beginning, and why.
const EXCEPTIONS: [(&str, &str, &str); 6] = [
    ("tests/all/conventions/words.rs", "", "the list itself"),
    (
        "shared/logs/src/template/words.rs",
        "",
        "words of English that messages hold",
    ),
    ("CHANGELOG.md", "", "what was said then"),
    (
        "shared/core/src/judge/level_shifts.rs",
        "gauge",
        "a field of a frozen stored form",
    ),
    (
        "docs/config.md",
        "desk",
        "a log line of somebody's scoring desk",
    ),
    (
        "tests/formats/",
        "",
        "recorded logs, and the programs that wrote them",
    ),
];

/// Returns an identifier and, where it has several, each of its words.
fn parts(found: &str) -> impl Iterator<Item = &str> {
    let words = found.split('_').filter(move |word| *word != found);
    std::iter::once(found).chain(words)
}

/// Returns one line per old word of a file.
fn faults(path: &str, text: &str) -> Vec<String> {
    let excepted = |word: &str| {
        let of = |(path_begins, only, _): &(&str, &str, &str)| {
            path.starts_with(path_begins) && (only.is_empty() || *only == word)
        };
        EXCEPTIONS.iter().any(of)
    };
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for found in line
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .flat_map(parts)
        {
            let lower = found.to_lowercase();
            let plural = |word: &str| {
                let ending = lower.strip_prefix(word);
                matches!(ending, Some("" | "s" | "es"))
            };
            let old = { WORDS.iter().filter(|(word, _)| plural(word)) }
                .chain(NAMES.iter().filter(|(name, _)| *name == found))
                .find(|(word, _)| !excepted(word));
            if let Some((_, new)) = old {
                faults.push(format!("{path}:{number}: `{found}`; say {new}"));
            }
        }
    }
    faults
}

#[test]
fn no_word_of_the_old_dialect_is_left() -> anyhow::Result<()> {
    let listing = output(
        "git",
        &[
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "*.rs",
            "*.md",
            "*.tf",
        ],
    )?;
    let mut found = Vec::new();
    let mut read = 0;
    for path in listing.lines().filter(|path| root().join(path).is_file()) {
        read += 1;
        found.extend(faults(path, &fs::read_to_string(root().join(path))?));
    }
    assert!(read >= 100, "git lists {read} files");
    assert_none(&found);
    Ok(())
}

#[test]
fn old_words_are_found_whole_in_any_case_and_number() {
    let mut wrong = Vec::new();
    for (path, text, expected) in [
        ("a.rs", "//! The Herald tells.", 1),
        ("a.rs", "let doors = 2; // two", 1),
        ("a.md", "Outdoors, an indoor deskless clerkship.", 0),
        ("a.md", "habits and wishes", 2),
        ("a.rs", "struct Teller;", 1),
        ("a.rs", "the teller", 0),
        ("docs/config.md", "the scoring desk's gauge", 1),
        ("CHANGELOG.md", "The gauge counts.", 0),
    ] {
        let found = faults(path, text);
        if found.len() != expected {
            wrong.push(format!("{text}: {found:?}"));
        }
    }
    assert_none(&wrong);
}
