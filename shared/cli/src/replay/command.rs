//! The command around a replay: opens settings and inputs, shows progress, and prints faults on
//! standard error.

use std::io::Write;
use std::path::PathBuf;

use atalaya_core::settings::Settings;
use atalaya_logs::batch::Reject;

use super::args::Args;
use super::{ReplayError, Replayed, repeat, replay};
use crate::input::{self, Opened};
use crate::outcome::{Failure, Outcome};
use crate::{diagnostics, progress, settings_file};

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Output(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

/// Replays what the arguments name and prints to `out`.
pub(crate) fn run(args: &Args, out: &mut (impl Write + Send)) -> Result<Outcome, Failure> {
    let settings = settings_file::load(args.config.as_deref())?;
    let mut opened = opened(&args.inputs, &settings, args.log_group.as_deref());
    let handling = progress::handling(opened.arrivals.total() * u64::from(args.repeat));
    opened.arrivals.watch(handling.clone());
    let replayed = if args.repeat > 1 {
        repeat(opened, &settings, args.repeat)
    } else {
        replay(opened, settings, args.state.as_deref(), args.output, out)
    };
    handling.finish_and_clear();
    Ok(ended(&replayed?))
}

/// Opens inputs, and prints notes about them.
pub(crate) fn opened(inputs: &[PathBuf], settings: &Settings, log_group: Option<&str>) -> Opened {
    let reading = progress::reading();
    let opened = input::open_as(inputs, settings, log_group);
    reading.finish_and_clear();
    for source in &opened.sources {
        if let Some(note) = source.note {
            diagnostics::note(&source.name, note);
        }
    }
    opened
}

/// Prints on standard error the parts of a replay's input that could not be read, and returns the
/// command's outcome.
pub(crate) fn ended(replayed: &Replayed) -> Outcome {
    let lost = |reason: Reject| replayed.ledger.rejected.get(&reason).copied().unwrap_or(0);
    let outcome = diagnostics::faults(&replayed.faults);
    // Deliveries that cannot be opened are among the faults already.
    let broken = lost(Reject::MalformedEvent) + lost(Reject::CutOff);
    if broken == 0 {
        return outcome;
    }
    diagnostics::error(&format!(
        "{broken} log events are malformed or cut off and were counted as rejected \
         (replay --output json names their files)"
    ));
    Outcome::BadInput
}
