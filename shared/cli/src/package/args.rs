//! What may stand behind `atalaya package`.

use std::fmt;
use std::path::PathBuf;

use clap::ValueEnum;

/// The arguments of `atalaya package`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Run it in a clone of the repository. The same sources give the same bytes, in whatever folder they lie.

Examples:
  atalaya package
  atalaya package --arch x86_64 ingest && (cd dist/x86_64 && sha256sum --check SHA256SUMS)")]
pub struct Args {
    /// The processor that the functions will run on
    #[arg(long, value_enum, default_value_t)]
    pub arch: Architecture,
    /// The folder to write to; each architecture gets a folder of its own in it
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub out: PathBuf,
    /// The functions; all of them unless told
    #[arg(value_name = "FUNCTION")]
    pub functions: Vec<String>,
}

/// A processor that Lambda offers, under the name that Lambda has for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Architecture {
    /// Graviton: about a fifth cheaper for the same memory
    #[default]
    #[value(name = "arm64")]
    Arm64,
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86_64,
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        })
    }
}
