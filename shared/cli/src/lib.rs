//! The `atalaya` command as a library: what it reads (`input`) and what it can do, one module for each subcommand.
//!
//! A command owns its arguments and its errors; `args` lists the commands, and `outcome` turns errors into exit codes.
//! `simulate` and `trial` are there with the feature `lab` alone. [`run`] is the whole command. Nothing else here prints, asks for the arguments or decides an exit code.

mod args;
mod backtest;
mod check;
mod diagnostics;
mod event;
pub mod input;
pub mod inspect;
mod outcome;
pub mod package;
mod progress;
pub mod replay;
pub mod score;
mod settings_file;
#[cfg(feature = "lab")]
mod simulate;
#[cfg(feature = "lab")]
mod trial;

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};
pub use outcome::{Failure, Outcome};

/// Runs the command with its arguments, the program's name first.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_all(arguments.into_iter().collect())
}

/// Nothing below is generic over the types of the arguments or the output: otherwise the whole
/// pipeline would be compiled again for each of them.
fn run_all(arguments: Vec<OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        // Help goes to standard output with code 0, misuse to standard error with code 2.
        Err(error) => {
            // If even that cannot be printed, the exit code still reports the failure.
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let out: Box<dyn Write + Send> = if arguments.command.prints_for_a_person() {
        // Colours are removed if the output is not a terminal, or NO_COLOR is set.
        Box::new(anstream::stdout())
    } else {
        Box::new(io::stdout())
    };
    match dispatch(arguments.command, out) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            if !failure.is_quiet() {
                diagnostics::failure(&failure);
            }
            failure.exit_code()
        }
    }
}

fn dispatch(command: Command, out: Box<dyn Write + Send>) -> Result<Outcome, Failure> {
    let out = &mut BufWriter::with_capacity(64 << 10, out);
    let outcome = match command {
        Command::Replay(args) => replay::run(&args, out),
        Command::Backtest(args) => backtest::run(&args, out),
        Command::Inspect(args) => inspect::run(&args, out),
        Command::Score(args) => score::run(&args, out),
        Command::Event(command) => event::run(&command, out),
        Command::Check(args) => check::run(&args, out),
        #[cfg(feature = "lab")]
        Command::Simulate(args) => simulate::run(&args, out),
        #[cfg(feature = "lab")]
        Command::Trial(args) => trial::run(&args, out),
        Command::Package(args) => package::run(&args, out),
    };
    out.flush()?;
    outcome
}
