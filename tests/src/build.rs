//! Binaries of this workspace, built by cargo when a test or a measurement asks for them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// A message of cargo about an artifact that it built, reduced to what is needed here.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

/// Builds with these arguments of `cargo build`, such as `-p ingest`, into the target folder that this process came
/// from, and returns the path of the one binary.
///
/// # Errors
/// If cargo cannot be run, the build fails, or it does not give exactly one binary.
pub fn binary(arguments: &[&str]) -> anyhow::Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    forget_cargo(&mut command);
    command.args([
        "build",
        "--locked",
        "--message-format=json-render-diagnostics",
    ]);
    command.args(arguments);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    command.current_dir(root.context("tests/ lies in the root")?);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.context("cannot run cargo")?;
    ensure!(output.status.success(), "cargo build {arguments:?} failed");
    let said = String::from_utf8(output.stdout)?;
    let mut built: Vec<PathBuf> = Vec::new();
    for line in said.lines() {
        built.extend(serde_json::from_str::<Message>(line)?.executable);
    }
    let one = <[PathBuf; 1]>::try_from(built);
    let [one] = one.map_err(|built| anyhow::anyhow!("cargo built {built:?}, not one binary"))?;
    Ok(one)
}

/// Removes from a command's environment the variables in which cargo describes this process's own
/// package: build scripts read them, and would run again, with all that depends on them, whenever
/// the package changes.
pub fn forget_cargo(command: &mut Command) {
    const TOLD: [&str; 5] = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
    ];
    for (key, _) in env::vars_os() {
        let told = key
            .to_str()
            .is_some_and(|key| TOLD.iter().any(|told| key.starts_with(told)));
        if told {
            command.env_remove(key);
        }
    }
}
