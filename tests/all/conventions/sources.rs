//! Rules for source files: a module doc that states the file's duty, a bounded length, no lint
//! silenced without a reason, and no promise of later work.

use std::fs;
use std::path::Path;

use super::{assert_none, output, root};

/// The most lines that a Rust file may have.
const LINES: usize = 600;

/// Marks of work left undone, pieced together so that this file does not hold them.
const MARKS: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
];

/// Macros that stand for work left undone.
const STUBS: [&str; 2] = [concat!("to", "do!("), concat!("unimple", "mented!(")];

/// Lint levels that need no reason; `#[expect(…, reason = "…")]` is the way.
const SILENCERS: [&str; 2] = [concat!("#[al", "low("), concat!("#![al", "low(")];

/// Files other than Rust whose comments are read for marks.
const SCRIPTS: [&str; 10] = [
    ".tf",
    ".hcl",
    ".toml",
    ".yaml",
    ".yml",
    ".sh",
    "/run",
    "justfile",
    "Makefile",
    "Dockerfile",
];

/// Returns whether a file is Rust, as git spells it.
fn is_rust(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

/// Returns one line per fault of a file.
fn faults(path: &str, text: &str) -> Vec<String> {
    let rust = is_rust(path);
    let comment = if rust { "//" } else { "#" };
    let mut faults = Vec::new();
    if rust && !text.starts_with("//! ") {
        faults.push(format!(
            "{path}:1: does not open with a `//!` line that says its duty"
        ));
    }
    let lines = text.lines().count();
    if rust && lines > LINES {
        faults.push(format!(
            "{path}: {lines} lines; cut it in two before {LINES}"
        ));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let mut fault = |what: &str| faults.push(format!("{path}:{number}: {what}"));
        if rust && SILENCERS.iter().any(|silencer| line.contains(silencer)) {
            fault("a lint is silenced without a reason; use #[expect(…, reason = \"…\")]");
        }
        if rust && STUBS.iter().any(|stub| line.contains(stub)) {
            fault("a stub");
        }
        let remark = line.split_once(comment).map_or("", |(_, remark)| remark);
        let mut words = remark.split(|c: char| !c.is_alphanumeric() && c != '_');
        if words.any(|word| MARKS.contains(&word)) {
            fault("a mark of work left undone");
        }
    }
    faults
}

#[test]
fn every_source_keeps_the_rules() -> anyhow::Result<()> {
    // A file that is not yet added to git is checked too: otherwise the rule would fail only after
    // the commit.
    let listing = output(
        "git",
        &[
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    )?;
    let mut found = Vec::new();
    let mut rust = 0;
    for path in listing.split_terminator('\0') {
        let judged = is_rust(path) || SCRIPTS.iter().any(|end| path.ends_with(end));
        // A file that is removed but still in git's index is skipped.
        if !judged || !root().join(path).is_file() {
            continue;
        }
        rust += usize::from(is_rust(path));
        found.extend(faults(path, &fs::read_to_string(root().join(path))?));
    }
    assert!(rust >= 6, "git lists {rust} Rust files");
    assert_none(&found);
    Ok(())
}

/// Checks a text and compares the lines at which it finds faults.
fn check(path: &str, text: &str, expected: &[&str]) {
    let found = faults(path, text);
    let places: Vec<_> = found
        .iter()
        .filter_map(|fault| fault.strip_prefix(path)?.split(": ").next())
        .collect();
    assert_eq!(places, expected, "{found:?}");
}

#[test]
fn each_rule_finds_its_fault() {
    let duty = "//! Says its duty.\n";
    let long = |lines| format!("{duty}{}", "\n".repeat(lines - 1));
    let [todo, fixme, marked] = MARKS;
    let [stub, unfinished] = STUBS;
    let [outer, inner] = SILENCERS;

    check("a.rs", duty, &[]);
    check("a.rs", "", &[":1"]);
    check("a.rs", "use std::fs;\n//! Too late.\n", &[":1"]);
    check("a.rs", "//!\n", &[":1"]);
    check("a.rs", &long(LINES), &[]);
    check("a.rs", &long(LINES + 1), &[""]);
    check("a.rs", &format!("{duty}{outer}dead_code)]\n"), &[":2"]);
    check("a.rs", &format!("{duty}{inner}dead_code)]\n"), &[":2"]);
    check(
        "a.rs",
        &format!("{duty}fn f() {{\n    {stub})\n}}\n"),
        &[":3"],
    );
    check(
        "a.rs",
        &format!("{duty}fn f() {{ {unfinished}\"later\") }}\n"),
        &[":2"],
    );
    check(
        "a.rs",
        &format!("{duty}// {todo}: later\nf(); // {fixme}\n/// {marked}\n"),
        &[":2", ":3", ":4"],
    );
    check(
        "a.rs",
        &format!("{duty}let masked = \"{marked}-12\";\n"),
        &[],
    );
    check("run", "set -e\n", &[]);
    check("ci.yml", &format!("a: 1 # {todo}\n"), &[":1"]);
    check("main.tf", &format!("a = \"{todo}\"\n"), &[]);
}
