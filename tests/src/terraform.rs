//! Terraform over a copy of `infra/`, against emulators: nothing is left in the repository, nothing is downloaded.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::tools::Tool;

/// Keeps the state in the folder instead of a bucket.
const LOCAL_STATE: &str = "terraform {\n  backend \"local\" {}\n}\n";

/// A folder of `infra/` on its own, with its state.
#[derive(Debug)]
pub struct Terraform {
    program: PathBuf,
    providers: PathBuf,
    /// Dropped last: it holds all the other files.
    copy: TempDir,
    folder: PathBuf,
}

impl Terraform {
    /// Copies `infra/` and gets ready to run Terraform in one folder of it, such as `environments/dev`; or returns
    /// `None`, with the skip recorded, where Terraform or its provider is missing.
    ///
    /// # Errors
    /// If one is missing though `ATALAYA_REQUIRE=all`, or if files cannot be copied.
    pub fn in_copy(infra: &Path, folder: &str) -> anyhow::Result<Option<Self>> {
        const WANTED_BY: &str = "tests in the applied stack";
        let (Some(program), Some(providers)) = (
            Tool::Terraform.find(WANTED_BY)?,
            Tool::TerraformProviders.find(WANTED_BY)?,
        ) else {
            return Ok(None);
        };
        let copy = tempfile::tempdir()?;
        copy_folder(infra, copy.path())?;
        let folder = copy.path().join(folder);
        fs::write(folder.join("bed_override.tf"), LOCAL_STATE)?;
        Ok(Some(Self {
            program,
            providers,
            copy,
            folder,
        }))
    }

    /// Returns a place for files that live as long as the state.
    #[must_use]
    pub fn place(&self) -> &Path {
        self.copy.path()
    }

    /// Installs the provider from the mirror, and applies the folder with these values of its variables, which stay.
    ///
    /// # Errors
    /// If Terraform fails; with its output.
    pub fn apply(&self, variables: &Value) -> anyhow::Result<()> {
        let variables = serde_json::to_vec_pretty(variables)?;
        fs::write(self.folder.join("bed.auto.tfvars.json"), variables)?;
        let mut mirror = Path::new("-plugin-dir=").as_os_str().to_owned();
        mirror.push(&self.providers);
        self.run(&["init".as_ref(), "-input=false".as_ref(), &mirror])?;
        self.run(&["apply", "-input=false", "-auto-approve"].map(OsStr::new))?;
        Ok(())
    }

    /// Plans again and returns what would change; nothing is an empty text.
    ///
    /// # Errors
    /// If Terraform fails; with its output.
    pub fn changes(&self) -> anyhow::Result<String> {
        let plan = self.start(&["plan", "-input=false", "-detailed-exitcode"].map(OsStr::new))?;
        match plan.status.code() {
            Some(0) => Ok(String::new()),
            // Terraform's exit code for a plan that is not empty.
            Some(2) => Ok(String::from_utf8_lossy(&plan.stdout).into_owned()),
            _ => bail!("terraform plan failed: {}", told(&plan)),
        }
    }

    /// Destroys all of it and returns what is left in the state: nothing is an empty text.
    ///
    /// # Errors
    /// If Terraform fails; with its output.
    pub fn destroy(&self) -> anyhow::Result<String> {
        self.run(&["destroy", "-input=false", "-auto-approve"].map(OsStr::new))?;
        self.run(&["state", "list"].map(OsStr::new))
    }

    /// Returns the value of an output.
    ///
    /// # Errors
    /// If there is none.
    pub fn output(&self, name: &str) -> anyhow::Result<Value> {
        let told = self.run(&["output", "-json", name].map(OsStr::new))?;
        serde_json::from_str(&told).with_context(|| format!("output {name} is {told}"))
    }

    fn run(&self, arguments: &[&OsStr]) -> anyhow::Result<String> {
        let output = self.start(arguments)?;
        let succeeded = output.status.success();
        ensure!(
            succeeded,
            "terraform {arguments:?} failed: {}",
            told(&output)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    fn start(&self, arguments: &[&OsStr]) -> anyhow::Result<Output> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            // The machine's own configuration may name other sources of providers, and Terraform
            // would check for new versions of itself.
            .env_remove("TF_CLI_CONFIG_FILE")
            .env_remove("TF_DATA_DIR")
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_CLI_ARGS", "-no-color");
        command.output().context("cannot start terraform")
    }
}

fn told(output: &Output) -> String {
    let (stdout, stderr) = (&output.stdout, &output.stderr);
    let text = [
        String::from_utf8_lossy(stderr),
        String::from_utf8_lossy(stdout),
    ];
    text.join("\n")
}

/// Copies a folder, but for what Terraform keeps for itself.
fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(".terraform")
            || name.contains(".tfstate")
            || name.contains("override.tf")
        {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_folder(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}
