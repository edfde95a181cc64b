//! `atalaya check`: every fault of a settings file, each with its line; examples that fail are faults.

use std::io::Write;

use crate::args::CheckArgs;
use crate::outcome::{Failure, Outcome};
use crate::settings_file::{SettingsError, load};

/// Checks a file and says on `out` what is wrong, or what was read where nothing is.
pub(crate) fn run(args: &CheckArgs, out: &mut impl Write) -> Result<Outcome, Failure> {
    match load(Some(&args.file)) {
        Ok(settings) => {
            let channels: usize = settings.notify.values().map(Vec::len).sum();
            let rules: usize = { settings.services.values() }
                .map(|service| service.rules.len())
                .sum();
            writeln!(
                out,
                "{}: no faults; {} services, {} objectives, {channels} channels, {rules} rules for lines",
                args.file.display(),
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
