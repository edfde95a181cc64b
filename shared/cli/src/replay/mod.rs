//! `atalaya replay`: the production path over saved logs, with event time for a clock.
//!
//! Deliveries are handled in the order in which they would have arrived, and minutes are swept as the clock passes
//! them, so that the same input, settings and state give the same bytes.

mod args;
mod clock;
mod command;
mod lines;
mod ordered;
pub(crate) mod story;

use std::io::{self, Write};
use std::path::Path;

use atalaya_core::ledger::Ledger;
use atalaya_core::settings::Settings;
use atalaya_core::time::Minute;
use atalaya_flow::embedded::EmbeddedStore;
use atalaya_flow::evaluate_closed::{LATENESS_MS, closed_at};
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::store::{Store, StoreError};
use atalaya_flow::{Flow, FlowError, Payload, Sink, changes};

use crate::input::{Arrival, Arrivals, Body, Form, InputFault, Opened};
pub use args::{Args, Output};
pub(crate) use command::{ended, opened, run};
use lines::Lines;
use story::Story;
pub(crate) use story::{duration, grouped, moment, plural};

/// How a replay ended.
#[derive(Debug, Default)]
pub struct Replayed {
    /// How many log events were counted, rejected or folded, and why.
    pub ledger: Ledger,
    /// The parts of the input that could not be read, in the order in which they were met.
    pub faults: Vec<InputFault>,
}

/// Why a replay could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The store cannot be opened.
    #[error("state cannot be opened")]
    State(#[from] StoreError),
    /// The flow stopped.
    #[error("replay of {source_name} stopped")]
    Flow {
        /// The input that was being handled.
        source_name: String,
        /// Why.
        #[source]
        error: FlowError,
    },
    /// The output cannot be written.
    #[error("output cannot be written")]
    Output(#[from] io::Error),
}

/// A report of a replay: a sink that takes more than other sinks do.
pub(crate) trait Report: Sink {
    /// Takes a delivery, or a part of it, that could not be read.
    fn reject(&mut self, source: &str, at_ms: i64, reason: &str, count: u64);

    /// Learns that nothing with a time before `ms` will be reported any more.
    fn passed(&mut self, ms: i64) -> io::Result<()>;

    /// Ends the report.
    fn finish(&mut self, ledger: &Ledger) -> io::Result<()>;
}

/// What the clock does at the end of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The clock runs on until every minute is closed: no more input will come.
    RunsOut,
    /// The clock stands still, and the next run continues there.
    StandsStill,
}

/// Replays opened inputs against the store at `state`, or one in memory, and prints to `out`.
///
/// With a state, minutes that the clock has not passed when the input ends are closed by the next
/// run: if the input is cut at any minute, the runs together print what one run over all of it
/// prints.
pub fn replay(
    opened: Opened,
    settings: Settings,
    state: Option<&Path>,
    output: Output,
    out: &mut (impl Write + Send),
) -> Result<Replayed, ReplayError> {
    match state {
        Some(path) => told(
            opened,
            Flow::new(EmbeddedStore::open(path)?, settings),
            End::StandsStill,
            output,
            out,
        ),
        None => told(
            opened,
            Flow::new(MemoryStore::default(), settings),
            End::RunsOut,
            output,
            out,
        ),
    }
}

/// Replays opened inputs `times` times, each time against a fresh store in memory, and prints nothing: for timing.
pub fn repeat(opened: Opened, settings: &Settings, times: u32) -> Result<Replayed, ReplayError> {
    let Opened {
        faults,
        mut arrivals,
        ..
    } = opened;
    let mut last = Replayed::default();
    for _ in 0..times {
        arrivals.rewind();
        let mut flow = Flow::new(MemoryStore::default(), settings.clone());
        let run = Run::new(&mut flow, End::RunsOut, Silent)?;
        last = all(faults.clone(), &mut arrivals, run)?;
    }
    Ok(last)
}

/// Replays opened inputs through a flow until every minute is closed, and reports everything to the
/// caller's report.
pub(crate) fn heard<S: Store, R: Report>(
    faults: Vec<InputFault>,
    arrivals: &mut Arrivals,
    flow: &mut Flow<S>,
    report: R,
) -> Result<Replayed, ReplayError> {
    all(faults, arrivals, Run::new(flow, End::RunsOut, report)?)
}

fn told<S: Store>(
    opened: Opened,
    mut flow: Flow<S>,
    end: End,
    output: Output,
    out: &mut (impl Write + Send),
) -> Result<Replayed, ReplayError> {
    let Opened {
        sources,
        faults,
        mut arrivals,
    } = opened;
    match output {
        Output::Json => {
            let run = Run::new(&mut flow, end, Lines::new(out))?;
            all(faults, &mut arrivals, run)
        }
        Output::Text => {
            let run = Run::new(&mut flow, end, Story::new(out, &sources))?;
            all(faults, &mut arrivals, run)
        }
        Output::None => all(faults, &mut arrivals, Run::new(&mut flow, end, Silent)?),
    }
}

fn all<S: Store, R: Report>(
    mut faults: Vec<InputFault>,
    arrivals: &mut Arrivals,
    mut run: Run<'_, S, R>,
) -> Result<Replayed, ReplayError> {
    for fault in &faults {
        run.unreadable(&fault.source);
    }
    while let Some(arrival) = arrivals.next() {
        match arrival {
            Ok(arrival) => faults.extend(run.arrival(&arrival)?),
            Err(fault) => {
                run.unreadable(&fault.source);
                faults.push(fault);
            }
        }
        run.report.passed(run.quiet_before(arrivals.low_mark()))?;
    }
    let ledger = run.finish()?;
    Ok(Replayed { ledger, faults })
}

/// A replay under way.
struct Run<'f, S, R> {
    flow: &'f mut Flow<S>,
    report: R,
    ledger: Ledger,
    /// The virtual clock: the newest event's time so far.
    now_ms: Option<i64>,
    end: End,
    /// Where the clock of the last run stopped.
    stopped_ms: Option<i64>,
    runtime: tokio::runtime::Runtime,
}

impl<'f, S: Store, R: Report> Run<'f, S, R> {
    fn new(flow: &'f mut Flow<S>, end: End, report: R) -> Result<Self, ReplayError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        // The runtime needs neither threads nor drivers, so building it cannot fail.
        let runtime = runtime.expect("a bare runtime starts");
        let stopped = runtime.block_on(clock::load(&flow.store));
        let stopped_ms = stopped.map_err(|error| stopped_at("the state", error))?;
        Ok(Self {
            flow,
            report,
            ledger: Ledger::default(),
            now_ms: None,
            end,
            stopped_ms,
            runtime,
        })
    }

    /// Handles one arrival, and reports the parts of it that could not be read.
    fn arrival(&mut self, arrival: &Arrival) -> Result<Option<InputFault>, ReplayError> {
        self.advance(arrival.last_ms, &arrival.source)?;
        let now_ms = self.now_ms.unwrap_or(arrival.last_ms);
        let handled = match &arrival.body {
            Body::Change(event) => self
                .runtime
                .block_on(changes::keep(&self.flow.store, event))
                .map(|_| Ledger::default()),
            Body::Payload { bytes, form } => {
                let payload = match form {
                    Form::Base64 => Payload::Base64(bytes),
                    Form::Gzip => Payload::Gzip(bytes),
                    Form::Json => Payload::Json(bytes),
                };
                let ingested = self.flow.ingest(payload, now_ms, &mut self.report);
                self.runtime
                    .block_on(ingested)
                    .map(|ingested| ingested.ledger)
            }
        };
        match handled {
            Ok(ledger) => {
                for (reason, count) in &ledger.rejected {
                    self.report
                        .reject(&arrival.source, now_ms, reason.name(), *count);
                }
                self.ledger.merge(&ledger);
                Ok(None)
            }
            Err(error @ (FlowError::Batch(_) | FlowError::Change(_))) => {
                self.unreadable(&arrival.source);
                Ok(Some(InputFault::of_delivery(&arrival.source, &error)))
            }
            Err(error) => Err(stopped_at(&arrival.source, error)),
        }
    }

    /// Counts a delivery that cannot be read as one reject: how many log events it held is not known.
    fn unreadable(&mut self, source: &str) {
        let reason = atalaya_logs::batch::Reject::UnreadableDelivery;
        self.ledger.reject(reason);
        self.report
            .reject(source, self.now_ms.unwrap_or_default(), reason.name(), 1);
    }

    /// Moves the clock on and closes the minutes that it passes.
    fn advance(&mut self, to_ms: i64, source: &str) -> Result<(), ReplayError> {
        // If the input is older than what was replayed before, the clock begins with the input's
        // first event instead of where the last run stopped.
        let stopped_ms = self.stopped_ms.filter(|stopped| *stopped <= to_ms);
        let before = self.now_ms.or(stopped_ms).unwrap_or(to_ms);
        if to_ms > before {
            let first = closed_at(before).plus(1);
            if closed_at(to_ms) >= first {
                let swept = self.flow.sweep_all(first, to_ms, &mut self.report);
                let swept = self.runtime.block_on(swept);
                swept.map_err(|error| stopped_at(source, error))?;
            }
        }
        self.now_ms = Some(before.max(to_ms));
        Ok(())
    }

    /// Returns a moment before which nothing more will be reported: metrics come from events that
    /// are still to arrive, findings from minutes that are still to close.
    fn quiet_before(&self, low_mark_ms: i64) -> i64 {
        let now_ms = self.now_ms.unwrap_or(i64::MIN);
        let next_minute_ends_ms = closed_at(now_ms).plus(2).start_ms();
        Minute::of_ms(low_mark_ms)
            .start_ms()
            .min(next_minute_ends_ms)
    }

    /// Lets the clock run out or stand still, and ends the report.
    fn finish(mut self) -> Result<Ledger, ReplayError> {
        match (self.now_ms, self.end) {
            (None, _) => {}
            (Some(now_ms), End::RunsOut) => {
                let end_ms = Minute::of_ms(now_ms).plus(1).start_ms() + LATENESS_MS;
                self.advance(end_ms, "the last minutes")?;
            }
            (Some(now_ms), End::StandsStill) => {
                let kept = clock::keep(&self.flow.store, now_ms);
                let kept = self.runtime.block_on(kept);
                kept.map_err(|error| stopped_at("the state", error))?;
            }
        }
        self.report.passed(i64::MAX)?;
        self.report.finish(&self.ledger)?;
        Ok(self.ledger)
    }
}

fn stopped_at(source: &str, error: FlowError) -> ReplayError {
    ReplayError::Flow {
        source_name: source.to_owned(),
        error,
    }
}

/// A report that ignores everything.
struct Silent;

impl Sink for Silent {
    fn metrics(&mut self, _: Minute, _: &[u8]) {}
    fn finding(&mut self, _: &str, _: &atalaya_core::detect::Finding, _: i64) {}
    fn incident(
        &mut self,
        _: atalaya_core::alert::AlertEvent,
        _: &atalaya_core::incident::Incident,
    ) {
    }
}

impl Report for Silent {
    fn reject(&mut self, _: &str, _: i64, _: &str, _: u64) {}
    fn passed(&mut self, _: i64) -> io::Result<()> {
        Ok(())
    }
    fn finish(&mut self, _: &Ledger) -> io::Result<()> {
        Ok(())
    }
}
