//! The tools that `tests/run` provides, and what a test does when one of them is missing: it skips
//! and says so, or fails when the run is one that must be complete.

use std::env;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{self, PathBuf};

use anyhow::{Context as _, bail, ensure};

/// Names the file that collects one line per skip; `tests/run` prints it at its end.
const SKIPS: &str = "ATALAYA_SKIPS";

/// Set to `all`, turns every skip into a failure.
const REQUIRE: &str = "ATALAYA_REQUIRE";

/// Something that a test needs, that is not in this repository and not built by cargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `DynamoDBLocal.jar`, AWS's own stand-in for DynamoDB, beside its `DynamoDBLocal_lib`.
    DynamoDbJar,
    /// A `java` binary, version 11 or later.
    Java,
    /// The `cargo-lambda` binary.
    CargoLambda,
    /// The `ministack` program: most of AWS, with functions that run.
    Ministack,
    /// The `moto_server` program: the part of AWS that ministack does not return as it was written.
    Moto,
    /// The `microburst` program: a proxy that answers with throttling.
    Microburst,
    /// The `aws` command.
    Aws,
    /// The `terraform` program.
    Terraform,
    /// A folder of Terraform's providers, as `terraform providers mirror` lays it out.
    TerraformProviders,
}

impl Tool {
    /// Returns the environment variable through which `tests/run` hands over the tool's path.
    #[must_use]
    pub const fn variable(self) -> &'static str {
        match self {
            Self::DynamoDbJar => "ATALAYA_DYNAMODB_JAR",
            Self::Java => "ATALAYA_JAVA",
            Self::CargoLambda => "ATALAYA_CARGO_LAMBDA",
            Self::Ministack => "ATALAYA_MINISTACK",
            Self::Moto => "ATALAYA_MOTO",
            Self::Microburst => "ATALAYA_MICROBURST",
            Self::Aws => "ATALAYA_AWS",
            Self::Terraform => "ATALAYA_TERRAFORM",
            Self::TerraformProviders => "ATALAYA_TF_MIRROR",
        }
    }

    /// Returns the tool's absolute path; or `None`, with the skip recorded, where the tool is missing.
    ///
    /// # Errors
    ///
    /// If the tool is missing though `ATALAYA_REQUIRE=all`, if the variable names a file that
    /// does not exist, or if the skip cannot be recorded.
    pub fn find(self, wanted_by: &str) -> anyhow::Result<Option<PathBuf>> {
        match self.look_up(wanted_by, |key| env::var_os(key))? {
            Availability::Found(path) => Ok(Some(path)),
            Availability::Missing(skip) => {
                record(&skip)?;
                Ok(None)
            }
        }
    }

    /// Decides what a test that wants this tool does, from the environment alone.
    fn look_up(
        self,
        wanted_by: &str,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> anyhow::Result<Availability> {
        let variable = self.variable();
        if let Some(path) = environment(variable).filter(|value| !value.is_empty()) {
            let path = PathBuf::from(path);
            ensure!(
                path.exists(),
                "{variable} names {}, which does not exist",
                path.display()
            );
            return Ok(Availability::Found(path::absolute(path)?));
        }
        let skip = format!("{wanted_by}: {variable} is not set (tests/run sets it)");
        if environment(REQUIRE).is_some_and(|value| value == "all") {
            bail!("{skip}, and {REQUIRE}=all forbids to skip");
        }
        Ok(Availability::Missing(skip))
    }
}

/// The state of a tool according to the environment.
#[derive(Debug, PartialEq, Eq)]
enum Availability {
    Found(PathBuf),
    /// The tool is missing; holds the text for the reader of the skip.
    Missing(String),
}

/// Prints on stderr that a test was skipped, and leaves the line for `tests/run` to collect.
fn record(skip: &str) -> anyhow::Result<()> {
    // Written around the test harness's capture, which hides the output of passing tests.
    writeln!(io::stderr(), "SKIPPED: {skip}").context("cannot write to stderr")?;
    let Some(file) = env::var_os(SKIPS) else {
        return Ok(());
    };
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut skips| writeln!(skips, "{skip}"))
        .with_context(|| format!("cannot add a skip to {}", PathBuf::from(file).display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks for the jar in an environment given as rows.
    fn check(environment: &[(&str, &str)], expected: &Result<Availability, &str>) {
        let found = Tool::DynamoDbJar.look_up("store tests", |key| {
            environment
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| value.into())
        });
        let found = found.map_err(|error| error.to_string());
        assert_eq!(
            found.as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|e| *e)
        );
    }

    #[test]
    fn a_missing_tool_is_a_skip_unless_everything_is_required() {
        let this_file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tools.rs");
        let skip = {
            let words = "store tests: ATALAYA_DYNAMODB_JAR is not set (tests/run sets it)";
            Ok(Availability::Missing(words.to_owned()))
        };
        let refusal = "store tests: ATALAYA_DYNAMODB_JAR is not set (tests/run sets it), \
                       and ATALAYA_REQUIRE=all forbids to skip";

        check(&[], &skip);
        check(&[("ATALAYA_DYNAMODB_JAR", "")], &skip);
        check(&[("ATALAYA_REQUIRE", "")], &skip);
        check(&[("ATALAYA_REQUIRE", "all")], &Err(refusal));
        check(
            &[
                ("ATALAYA_REQUIRE", "all"),
                ("ATALAYA_DYNAMODB_JAR", this_file),
            ],
            &Ok(Availability::Found(this_file.into())),
        );
        check(
            &[("ATALAYA_DYNAMODB_JAR", "/no/such.jar")],
            &Err("ATALAYA_DYNAMODB_JAR names /no/such.jar, which does not exist"),
        );
    }
}
