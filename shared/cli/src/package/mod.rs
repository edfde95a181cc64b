//! `atalaya package`: the functions as zips that Lambda takes, with their checksums beside them. The same sources give
//! the same bytes, whatever folder they lie in.

pub mod archive;
mod args;
mod build;
mod workspace;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::{env, fs};

use sha2::{Digest as _, Sha256};

use self::build::Builder;
use self::workspace::Workspace;
use crate::outcome::{Failure, Outcome};
pub use args::{Architecture, Args};

/// The list of checksums, in the form that `sha256sum --check` reads.
const CHECKSUMS: &str = "SHA256SUMS";

/// Why the functions could not be packaged.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// There is no workspace here.
    #[error("cargo finds no workspace here ({told}); run this in a clone of Atalaya's repository")]
    NoWorkspace {
        /// The error of cargo.
        told: String,
    },
    /// The workspace has no functions.
    #[error("{} holds no function; run this in a clone of Atalaya's repository", .folder.display())]
    NoFunctions {
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// A function was asked for that does not exist.
    #[error("there is no function `{name}`; there are {known}")]
    UnknownFunction {
        /// The name that was asked for.
        name: String,
        /// The names of the functions that exist.
        known: String,
    },
    /// The toolchain cannot build for the architecture.
    #[error("the toolchain cannot build for {target}; add it: rustup target add {target}")]
    NoTarget {
        /// rustc's name of the target.
        target: &'static str,
    },
    /// There is no cargo-lambda.
    #[error(
        "cargo-lambda is not on PATH; install it (pip install cargo-lambda), or name its binary in ATALAYA_CARGO_LAMBDA"
    )]
    NoCargoLambda,
    /// A program does not start.
    #[error("{tool} cannot be started")]
    Start {
        /// Its name.
        tool: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A build failed.
    #[error("cargo-lambda could not build {function} ({status}); its own words stand above")]
    Build {
        /// The function.
        function: String,
        /// How cargo-lambda ended.
        status: ExitStatus,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A binary does not fit into an archive.
    #[error("{function} cannot be archived")]
    Archive {
        /// The function.
        function: String,
        /// Why.
        source: zip::result::ZipError,
    },
    /// The result cannot be printed.
    #[error("output cannot be written")]
    Output(#[from] io::Error),
}

impl PackageError {
    /// Returns whether the caller can do something about it: the place, the arguments, or what is installed.
    const fn is_the_callers(&self) -> bool {
        matches!(
            self,
            Self::NoWorkspace { .. }
                | Self::NoFunctions { .. }
                | Self::UnknownFunction { .. }
                | Self::NoTarget { .. }
                | Self::NoCargoLambda
        )
    }
}

impl From<PackageError> for Failure {
    fn from(error: PackageError) -> Self {
        match error {
            PackageError::Output(error) => error.into(),
            error if error.is_the_callers() => Self::input(error),
            error => Self::internal(error),
        }
    }
}

/// Builds and archives functions, and prints where each archive is.
pub(crate) fn run(args: &Args, out: &mut impl Write) -> Result<Outcome, Failure> {
    package(args, out)?;
    Ok(Outcome::Clean)
}

fn package(args: &Args, out: &mut impl Write) -> Result<(), PackageError> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let workspace = Workspace::find(&cargo)?;
    let functions = workspace.functions(&args.functions)?;
    let builder = Builder::new(&workspace, args.arch)?;
    let folder = args.out.join(args.arch.to_string());
    fs::create_dir_all(&folder).map_err(|source| PackageError::Write {
        path: folder.clone(),
        source,
    })?;
    for function in functions {
        let binary = builder.build(&function)?;
        let archive = archive::zip(&binary).map_err(|source| PackageError::Archive {
            function: function.clone(),
            source,
        })?;
        let path = folder.join(format!("{function}.zip"));
        write(&path, &archive)?;
        let (archived, unpacked) = (megabytes(&archive), megabytes(&binary));
        writeln!(
            out,
            "{}: {archived:.1} MB, {unpacked:.1} MB unpacked",
            path.display()
        )?;
    }
    let path = folder.join(CHECKSUMS);
    write(&path, checksums(&folder)?.as_bytes())?;
    writeln!(out, "{}", path.display())?;
    Ok(())
}

/// Returns a line of checksum and name for each archive in a folder, those of earlier runs too, by name.
fn checksums(folder: &Path) -> Result<String, PackageError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| PackageError::Read { path, source }
    };
    let mut archives = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "zip") {
            archives.push(path);
        }
    }
    archives.sort_unstable();
    let mut lines = String::new();
    for path in archives {
        let bytes = fs::read(&path).map_err(unreadable(&path))?;
        for byte in Sha256::digest(&bytes) {
            write!(lines, "{byte:02x}").expect("a text takes all");
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        writeln!(lines, "  {name}").expect("a text takes all");
    }
    Ok(lines)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), PackageError> {
    fs::write(path, bytes).map_err(|source| PackageError::Write {
        path: path.to_owned(),
        source,
    })
}

fn megabytes(bytes: &[u8]) -> f64 {
    bytes.len() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_of_all_archives_and_of_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for (name, content) in [("b.zip", "abc"), ("a.zip", ""), (CHECKSUMS, "old")] {
            fs::write(folder.path().join(name), content).expect("it can be written");
        }
        // The two digests that FIPS 180-2 and everybody's sha256sum print of these contents.
        let expected = "\
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.zip
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b.zip
";
        assert_eq!(checksums(folder.path()).expect("it is read"), expected);
    }
}
