//! `atalaya backtest`: shows which incidents some settings would have reported for past logs, and
//! which ones other settings would have reported instead.
//!
//! The logs run through the replay, which is the production path, once for each of the two settings; each run begins with
//! the same state, which is copied and never written.

mod args;
mod difference;
mod lines;
mod past;
#[cfg(test)]
mod tests;
mod text;
mod totals;

use std::io::Write;
use std::path::{Path, PathBuf};

use atalaya_core::detect::Severity;
use atalaya_core::settings::Settings;
use atalaya_flow::Flow;
use atalaya_flow::embedded::{EmbeddedStore, FILE_NAME};
use atalaya_flow::memory::MemoryStore;
use tempfile::TempDir;

use crate::input::{Arrivals, InputFault, Opened};
use crate::outcome::{Failure, Outcome};
use crate::replay::{self, ReplayError, Replayed, ended, opened};
use crate::{progress, settings_file};
use args::FailOn;
pub(crate) use args::{Args, Output};
use past::{Listener, Past};

/// The result of a run with one of the settings.
#[derive(Debug)]
struct Run {
    /// The settings file as it was named.
    name: String,
    past: Past,
}

/// Runs the logs through one or two settings and writes the incidents that they report to `out`.
pub(crate) fn run(args: &Args, out: &mut impl Write) -> Result<Outcome, Failure> {
    let config = settings_file::load(args.config.as_deref())?;
    let against = match &args.against {
        Some(path) => Some(settings_file::load(Some(path))?),
        None => None,
    };
    // Both runs get the same deliveries: the names of log groups must not depend on either
    // settings.
    let named = match (&args.config, &against) {
        (None, Some(against)) => against,
        _ => &config,
    };
    let Opened {
        faults,
        mut arrivals,
        ..
    } = opened(&args.inputs, named, args.log_group.as_deref());
    let passes = 1 + u64::from(against.is_some());
    let handling = progress::working(arrivals.total() * passes);
    arrivals.watch(handling.clone());
    let state = args.state.as_deref();
    let told = passed(config, state, faults.clone(), &mut arrivals);
    let told_against = match (&told, against) {
        (Ok(_), Some(against)) => {
            arrivals.rewind();
            Some(passed(against, state, faults, &mut arrivals))
        }
        _ => None,
    };
    handling.finish_and_clear();
    let (past, replayed) = told?;
    let config = Run {
        name: named_as(args.config.as_deref()),
        past,
    };
    let against = match told_against {
        Some(told) => Some(Run {
            name: named_as(args.against.as_deref()),
            past: told?.0,
        }),
        None => None,
    };
    write(&config, against.as_ref(), args.output, out)?;
    Ok(match ended(&replayed) {
        Outcome::Clean if fails(&config.past, args.fail_on) => Outcome::Faults,
        outcome => outcome,
    })
}

fn write(
    config: &Run,
    against: Option<&Run>,
    output: Output,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let stretches = against.map(|against| difference::between(&config.past, &against.past));
    let against = against.zip(stretches.as_deref());
    match output {
        Output::Json => out.write_all(&lines::written(config, against))?,
        Output::Text => out.write_all(text::written(config, against).as_bytes())?,
    }
    Ok(())
}

fn named_as(config: Option<&Path>) -> String {
    config.map_or("the defaults".to_owned(), |path| path.display().to_string())
}

fn fails(past: &Past, on: Option<FailOn>) -> bool {
    let least = match on {
        None => return false,
        Some(FailOn::Page) => Severity::Page,
        Some(FailOn::Ticket) => Severity::Ticket,
    };
    past.incidents.iter().any(|told| told.severity >= least)
}

/// Runs all deliveries through one of the settings.
fn passed(
    settings: Settings,
    state: Option<&Path>,
    faults: Vec<InputFault>,
    arrivals: &mut Arrivals,
) -> Result<(Past, Replayed), Failure> {
    let mut past = Past::default();
    let listener = Listener::new(&mut past);
    let replayed = match state {
        None => {
            let mut flow = Flow::new(MemoryStore::default(), settings);
            replay::heard(faults, arrivals, &mut flow, listener)?
        }
        Some(state) => {
            let copy = copied(state)?;
            let store = EmbeddedStore::open(copy.path()).map_err(ReplayError::State)?;
            let mut flow = Flow::new(store, settings);
            replay::heard(faults, arrivals, &mut flow, listener)?
        }
    };
    Ok((past, replayed))
}

/// Copies a state to a folder of its own, which is removed when the returned value is dropped. A
/// backtest never writes to the state of real runs.
fn copied(state: &Path) -> Result<TempDir, InputFault> {
    let fault = |error: &std::io::Error| InputFault::of_io(&state.display().to_string(), error);
    let folder = tempfile::tempdir().map_err(|error| fault(&error))?;
    let database: PathBuf = if state.is_dir() {
        state.join(FILE_NAME)
    } else {
        state.to_owned()
    };
    // The last writes may still be in the log file beside the database.
    for beside in ["", "-wal"] {
        let mut from = database.clone().into_os_string();
        from.push(beside);
        match std::fs::copy(&from, folder.path().join(format!("{FILE_NAME}{beside}"))) {
            Ok(_) => {}
            Err(error) if beside == "-wal" && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(fault(&error)),
        }
    }
    Ok(folder)
}
