//! The conventions that a machine checks: which crate and which module may use which, what every
//! source file must have, and which words are not used. Each rule is a function over plain data, so
//! that its tests can give it a violation.

mod circles;
mod crates;
mod permissions;
mod sources;
mod words;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the root")
}

/// Runs a program in the root and returns what it wrote on stdout.
fn output(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{program} {arguments:?} failed: {stderr}"
    );
    String::from_utf8(output.stdout).with_context(|| format!("{program} did not write UTF-8"))
}

/// Fails with one line per fault, all at once.
#[track_caller]
fn assert_none(faults: &[String]) {
    assert!(
        faults.is_empty(),
        "the conventions are broken:\n  {}",
        faults.join("\n  ")
    );
}
