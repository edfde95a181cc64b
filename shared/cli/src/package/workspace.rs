//! The workspace that is packaged: where it lies, and which functions it has.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::PackageError;

/// The folder of the functions, in the root of the workspace.
const FUNCTIONS: &str = "functions";

/// A workspace, as cargo describes it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Workspace {
    /// Its absolute path.
    #[serde(rename = "workspace_root")]
    pub(super) root: PathBuf,
    /// Where cargo puts what it builds.
    #[serde(rename = "target_directory")]
    pub(super) target: PathBuf,
    packages: Vec<Package>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Workspace {
    /// Asks cargo for the workspace around the current folder.
    pub(super) fn find(cargo: &OsString) -> Result<Self, PackageError> {
        let mut command = Command::new(cargo);
        command.args(["metadata", "--no-deps", "--format-version", "1", "--locked"]);
        let output = command.stderr(Stdio::piped()).output();
        let output = output.map_err(|source| PackageError::Start {
            tool: "cargo",
            source,
        })?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(PackageError::NoWorkspace { told });
        }
        Self::read(&output.stdout)
    }

    fn read(metadata: &[u8]) -> Result<Self, PackageError> {
        serde_json::from_slice(metadata).map_err(|error| PackageError::NoWorkspace {
            told: error.to_string(),
        })
    }

    /// Returns the names of the functions to package, sorted: all that there are, or those that are wanted.
    pub(super) fn functions(&self, wanted: &[String]) -> Result<Vec<String>, PackageError> {
        let mut known: Vec<_> = self.packages.iter().filter_map(|p| self.name(p)).collect();
        known.sort_unstable();
        if known.is_empty() {
            return Err(PackageError::NoFunctions {
                folder: self.root.join(FUNCTIONS),
            });
        }
        if let Some(unknown) = wanted.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(PackageError::UnknownFunction {
                name: unknown.clone(),
                known: known.join(", "),
            });
        }
        known.retain(|name| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name));
        Ok(known.into_iter().map(str::to_owned).collect())
    }

    /// Returns a package's name if it is a function: it lies in the folder of functions and has a binary of its name.
    fn name<'a>(&self, package: &'a Package) -> Option<&'a str> {
        let folder = package.manifest_path.parent().and_then(Path::parent)?;
        let binary = |target: &Target| {
            target.name == package.name && target.kind.iter().any(|kind| kind == "bin")
        };
        (folder == self.root.join(FUNCTIONS) && package.targets.iter().any(binary))
            .then_some(package.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"workspace_root":"/w","target_directory":"/w/target","packages":[
        {"name":"sweep","manifest_path":"/w/functions/sweep/Cargo.toml","targets":[{"name":"sweep","kind":["bin"]}]},
        {"name":"atalaya-lambda","manifest_path":"/w/functions/lambda/Cargo.toml","targets":[{"name":"atalaya_lambda","kind":["lib"]}]},
        {"name":"atalaya-cli","manifest_path":"/w/shared/cli/Cargo.toml","targets":[{"name":"atalaya","kind":["bin"]}]},
        {"name":"ingest","manifest_path":"/w/functions/ingest/Cargo.toml","targets":[{"name":"ingest","kind":["bin"]}]}]}"#;

    fn check(metadata: &str, wanted: &[&str], expected: Result<&[&str], &str>) {
        let wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
        let workspace = Workspace::read(metadata.as_bytes()).expect("it is metadata");
        let found = workspace.functions(&wanted);
        let found = found.as_deref().map_err(ToString::to_string);
        let expected: Result<Vec<_>, _> = expected.map(<[&str]>::to_vec);
        assert_eq!(
            found.map(|names| names.iter().map(String::as_str).collect::<Vec<_>>()),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn functions_are_the_binaries_in_their_folder() {
        check(METADATA, &[], Ok(&["ingest", "sweep"]));
        check(METADATA, &["sweep"], Ok(&["sweep"]));
        check(
            METADATA,
            &["sweep", "atalaya-lambda"],
            Err("there is no function `atalaya-lambda`; there are ingest, sweep"),
        );
        check(
            r#"{"workspace_root":"/w","target_directory":"/t","packages":[]}"#,
            &[],
            Err("/w/functions holds no function; run this in a clone of Atalaya's repository"),
        );
    }
}
