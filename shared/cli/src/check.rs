//! `atalaya check`: every fault of a settings file, each with its line; examples that fail are faults.

mod schema;

use std::io::Write;
use std::path::PathBuf;

use crate::outcome::{Failure, Outcome};
use crate::settings_file::{SettingsError, load};

/// The arguments of `atalaya check`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// The settings file
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub(crate) file: Option<PathBuf>,
    /// Print the JSON Schema of settings files instead, for editors
    #[arg(long, conflicts_with = "file")]
    pub(crate) schema: bool,
}

/// Checks a file and prints its faults to `out`, or a summary of the settings if there are none;
/// without a file, prints the schema.
pub(crate) fn run(args: &Args, out: &mut impl Write) -> Result<Outcome, Failure> {
    // The command line has one of the two.
    let Some(file) = &args.file else {
        out.write_all(schema::render().as_bytes())?;
        return Ok(Outcome::Clean);
    };
    match load(Some(file)) {
        Ok(settings) => {
            let channels: usize = settings.notify.values().map(Vec::len).sum();
            let rules: usize = { settings.services.values() }
                .map(|service| service.rules.len())
                .sum();
            writeln!(
                out,
                "{}: no faults; {} services, {} objectives, {channels} channels, {rules} rules for lines",
                file.display(),
                settings.services.len(),
                settings
                    .services
                    .values()
                    .map(|service| service.slos.len())
                    .sum::<usize>(),
            )?;
            Ok(Outcome::Clean)
        }
        Err(error @ SettingsError::Faulty { .. }) => {
            writeln!(out, "{error}")?;
            Ok(Outcome::Faults)
        }
        Err(error @ SettingsError::Unreadable(_)) => Err(error.into()),
    }
}
