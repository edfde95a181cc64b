//! The `atalaya` command as a library: what it reads (`input`) and what it can do, one module for each subcommand.
//!
//! [`run`] is the whole command. Nothing else here prints, asks for the arguments or decides an exit code.

pub mod args;
mod backtest;
mod check;
mod event;
pub mod input;
pub mod inspect;
mod outcome;
pub mod package;
mod progress;
pub mod replay;
pub mod score;
mod settings_file;
pub mod simulate;
pub mod trial;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use atalaya_core::settings::Settings;
use atalaya_logs::batch::Reject;
use clap::Parser;

use args::{Arguments, Command, EventCommand, ReplayArgs, ReplayOutput, SimulateArgs};
use input::{InputFault, Opened};
pub use outcome::{Failure, Outcome};
use replay::Replayed;

/// Runs the command with its arguments, the program's name first.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        // Help goes to standard output with code 0, misuse to standard error with code 2.
        Err(error) => {
            // Where even that cannot be printed, the code still says it.
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let done = if arguments.command.prints_for_a_person() {
        // Colours are taken out where nobody would see them: not a terminal, or NO_COLOR is set.
        dispatch(arguments.command, anstream::stdout())
    } else {
        dispatch(arguments.command, io::stdout())
    };
    match done {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            if !failure.is_quiet() {
                report(&failure);
            }
            failure.exit_code()
        }
    }
}

fn dispatch(command: Command, out: impl Write + Send) -> Result<Outcome, Failure> {
    let out = &mut BufWriter::with_capacity(64 << 10, out);
    let outcome = match command {
        Command::Replay(args) => replayed(&args, out),
        Command::Backtest(args) => backtest::run(&args, out),
        Command::Inspect(args) => inspect::run(&args, out),
        Command::Score(args) => score::run(&args, out),
        Command::Event(EventCommand::Make(args)) => event::make(&args, out),
        Command::Event(EventCommand::Show(args)) => event::show(&args, out),
        Command::Check(args) => check::run(&args, out),
        Command::Simulate(args) => simulated(&args, out),
        Command::Trial(args) => trial::run(&args, out),
        Command::Package(args) => {
            package::run(&args, out)?;
            Ok(Outcome::Clean)
        }
    };
    out.flush()?;
    outcome
}

fn replayed(args: &ReplayArgs, out: &mut (impl Write + Send)) -> Result<Outcome, Failure> {
    let settings = settings_file::load(args.config.as_deref())?;
    let mut opened = opened(&args.inputs, &settings, args.log_group.as_deref());
    let handling = progress::handling(opened.arrivals.total() * u64::from(args.repeat));
    opened.arrivals.watch(handling.clone());
    let replayed = if args.repeat > 1 {
        replay::repeat(opened, &settings, args.repeat)
    } else {
        let output = match args.output {
            ReplayOutput::Text => replay::Output::Text,
            ReplayOutput::Json => replay::Output::Json,
            ReplayOutput::None => replay::Output::None,
        };
        replay::replay(opened, settings, args.state.as_deref(), output, out)
    };
    handling.finish_and_clear();
    Ok(ended(&replayed?))
}

/// Opens inputs, and notes what is odd about them.
fn opened(inputs: &[PathBuf], settings: &Settings, log_group: Option<&str>) -> Opened {
    let reading = progress::reading();
    let opened = input::open_as(inputs, settings, log_group);
    reading.finish_and_clear();
    for source in &opened.sources {
        if let Some(note) = source.note {
            anstream::eprintln!("note: {}: {note}", source.name);
        }
    }
    opened
}

/// Says on standard error what of a replay's input could not be read, and returns how the command ends for it.
fn ended(replayed: &Replayed) -> Outcome {
    let lost = |reason: Reject| replayed.ledger.rejected.get(&reason).copied().unwrap_or(0);
    let outcome = told(&replayed.faults);
    // Deliveries that cannot be opened are among the faults already.
    let broken = lost(Reject::MalformedEvent) + lost(Reject::CutOff);
    if broken == 0 {
        return outcome;
    }
    let problem =
        format!("{broken} log events are malformed or cut off and were counted as rejected");
    complain(&format!(
        "{problem} (replay --output json names their files)"
    ));
    Outcome::BadInput
}

fn simulated(args: &SimulateArgs, out: &mut impl Write) -> Result<Outcome, Failure> {
    let summary = simulate::run(&args.scenario, &args.out, args.seed)?;
    writeln!(out, "{summary}")?;
    Ok(Outcome::Clean)
}

/// Says on standard error why the command failed, with what lies behind it.
fn report(failure: &Failure) {
    let mut text = failure.to_string();
    let mut source = failure.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    complain(&text);
}

/// Says on standard error what of the input could not be read, and returns how the command ends for it.
pub(crate) fn told(faults: &[InputFault]) -> Outcome {
    for fault in faults {
        complain(&fault.to_string());
    }
    if faults.is_empty() {
        Outcome::Clean
    } else {
        Outcome::BadInput
    }
}

/// Says on standard error what is wrong.
fn complain(problem: &str) {
    anstream::eprintln!("{STYLE}error:{STYLE:#} {problem}");
}

const STYLE: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
