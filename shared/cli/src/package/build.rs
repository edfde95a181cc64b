//! The binary of a function as Lambda runs it: built by cargo-lambda, with no path of this machine in it.
//!
//! cargo-lambda would let rustup download a missing target by itself. Here, a missing target is an
//! error that says what to do, and nothing is downloaded without the user's knowledge.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::workspace::Workspace;
use super::{Architecture, PackageError};

/// Names the cargo-lambda binary, in place of the one on PATH.
const CARGO_LAMBDA: &str = "ATALAYA_CARGO_LAMBDA";

/// Between flags in `CARGO_ENCODED_RUSTFLAGS`; a space would part a path that has one.
const SEPARATOR: &str = "\x1f";

impl Architecture {
    /// Returns rustc's name of the target.
    const fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }

    /// Returns the oldest processor that Lambda may run the function on.
    const fn processor(self) -> &'static str {
        match self {
            Self::Arm64 => "neoverse-n1",
            Self::X86_64 => "haswell",
        }
    }
}

/// Builds functions of one workspace for one architecture.
pub(super) struct Builder<'a> {
    workspace: &'a Workspace,
    architecture: Architecture,
    tool: PathBuf,
    flags: OsString,
}

impl<'a> Builder<'a> {
    /// Finds what a build needs.
    ///
    /// # Errors
    /// If the target or cargo-lambda is missing.
    pub(super) fn new(
        workspace: &'a Workspace,
        architecture: Architecture,
    ) -> Result<Self, PackageError> {
        let libraries = rustc(&[
            "--print",
            "target-libdir",
            "--target",
            architecture.target(),
        ])?;
        if !Path::new(&libraries).is_dir() {
            return Err(PackageError::NoTarget {
                target: architecture.target(),
            });
        }
        let tool = find(CARGO_LAMBDA, "cargo-lambda").ok_or(PackageError::NoCargoLambda)?;
        let sysroot = rustc(&["--print", "sysroot"])?;
        Ok(Self {
            workspace,
            architecture,
            tool,
            flags: flags(workspace, architecture, &cargo_home(), Path::new(&sysroot)),
        })
    }

    /// Builds a function and returns its binary.
    ///
    /// # Errors
    /// If cargo-lambda fails; it has printed the reason on standard error.
    pub(super) fn build(&self, function: &str) -> Result<Vec<u8>, PackageError> {
        let out = self.workspace.target.join("package");
        let out = out.join(self.architecture.to_string());
        let mut command = Command::new(&self.tool);
        command
            .args(["lambda", "build", "--profile", "lambda", "--locked"])
            // Functions are built one by one: built together, they would share the union of their
            // features.
            .args(["--package", function])
            .args(["--target", self.architecture.target()])
            // `new` has checked that the target is installed; another check might download it.
            .arg("--skip-target-check")
            // The profile is the workspace's own; the flags stand in full below.
            .arg("--disable-optimizations")
            .arg("--lambda-dir")
            .arg(&out)
            .env("CARGO_ENCODED_RUSTFLAGS", &self.flags)
            .env_remove("RUSTFLAGS")
            .env("CARGO_INCREMENTAL", "0")
            .current_dir(&self.workspace.root);
        let status = command.status().map_err(|source| PackageError::Start {
            tool: "cargo-lambda",
            source,
        })?;
        if !status.success() {
            return Err(PackageError::Build {
                function: function.to_owned(),
                status,
            });
        }
        let path = out.join(function).join("bootstrap");
        fs::read(&path).map_err(|source| PackageError::Read { path, source })
    }
}

/// Returns the flags of rustc: the processor, and for each folder of this machine a name that is the same on all.
fn flags(
    workspace: &Workspace,
    architecture: Architecture,
    cargo_home: &Path,
    sysroot: &Path,
) -> OsString {
    let mut flags = OsString::from("-Ctarget-cpu=");
    flags.push(architecture.processor());
    // rustc uses the last prefix that fits, so a folder inside another one comes after it.
    for (folder, name) in [
        (cargo_home, "/cargo"),
        (sysroot, "/rust"),
        (&workspace.root, "/atalaya"),
        (&workspace.target, "/target"),
    ] {
        flags.push(SEPARATOR);
        flags.push("--remap-path-prefix=");
        flags.push(folder);
        flags.push("=");
        flags.push(name);
    }
    flags
}

/// Returns cargo's own folder, in which it keeps the sources of dependencies.
fn cargo_home() -> PathBuf {
    let given = env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
    given.map_or_else(
        || env::home_dir().unwrap_or_default().join(".cargo"),
        PathBuf::from,
    )
}

/// Asks rustc something that it answers in one line.
fn rustc(arguments: &[&str]) -> Result<String, PackageError> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(arguments).output();
    let output = output.map_err(|source| PackageError::Start {
        tool: "rustc",
        source,
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns the program that a variable names, or else the one on PATH.
fn find(variable: &str, program: &str) -> Option<PathBuf> {
    if let Some(given) = env::var_os(variable).filter(|value| !value.is_empty()) {
        return Some(given.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let file = OsStr::new(program);
    env::split_paths(&path)
        .map(|folder| folder.join(file).with_extension(env::consts::EXE_EXTENSION))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_of_the_machine_gets_another_name_the_inner_one_last() {
        let workspace: Workspace = serde_json::from_str(
            r#"{"workspace_root":"/my work","target_directory":"/my work/target","packages":[]}"#,
        )
        .expect("it is metadata");
        let flags = flags(
            &workspace,
            Architecture::Arm64,
            Path::new("/c"),
            Path::new("/s"),
        );
        let flags = flags.to_str().expect("it is text");
        let expected = [
            "-Ctarget-cpu=neoverse-n1",
            "--remap-path-prefix=/c=/cargo",
            "--remap-path-prefix=/s=/rust",
            "--remap-path-prefix=/my work=/atalaya",
            "--remap-path-prefix=/my work/target=/target",
        ];
        assert_eq!(flags.split(SEPARATOR).collect::<Vec<_>>(), expected);
    }
}
