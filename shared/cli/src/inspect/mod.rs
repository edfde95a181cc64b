//! `atalaya inspect`: what is recognised in each log record, so that a developer sees what Atalaya will make of it.

mod print;
mod record;

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use atalaya_core::batch::{Batch, Inflater, LogEvent};
use atalaya_core::json::Str;
use atalaya_core::record::continues;
use atalaya_core::settings::Settings;

use crate::args::InspectArgs;
use crate::input::{Body, Content, Dated, Documents, InputFault, Reading, inflated, readings};
use crate::outcome::{Failure, Outcome};
use crate::settings_file::load;
use print::Printer;
use record::{Lines, Shown};

/// The most log streams of one file whose records wait for their stack traces at a time.
const MAX_WAITING: usize = 1_000;

/// Shows the records of all inputs on `out`.
pub(crate) fn run(args: &InspectArgs, out: &mut impl Write) -> Result<Outcome, Failure> {
    let settings = load(args.config.as_deref())?;
    let (readings, mut faults) = readings(&args.inputs, &settings, None);
    for reading in &readings {
        let mut printer = Printer::new(out, args.output);
        printer.heading(reading.name(), reading.kind())?;
        let mut joiner = Joiner::new(reading, &settings, printer);
        match reading.content() {
            Ok(Content::Entries(entries)) => {
                for entry in entries {
                    match entry {
                        Ok(entry) => {
                            let lines = Lines {
                                first: entry.first_line,
                                last: entry.last_line,
                            };
                            let line = Str::bare(entry.message.as_bytes());
                            let outside_ms =
                                (entry.dated == Dated::Outside).then_some(entry.timestamp_ms);
                            joiner.line(&entry.stream, line, lines, outside_ms)?;
                        }
                        Err(fault) => faults.push(fault),
                    }
                }
            }
            Ok(Content::Documents(documents)) => joiner.documents(documents, &mut faults)?,
            Err(fault) => faults.push(fault),
        }
        joiner.finish()?;
    }
    out.flush()?;
    Ok(crate::told(&faults))
}

/// Joins the lines of a stack trace to their head, stream by stream, and prints what is complete.
struct Joiner<'a, W: Write> {
    source: &'a str,
    settings: &'a Settings,
    printer: Printer<'a, W>,
    waiting: HashMap<Arc<str>, Shown>,
    memory: String,
}

impl<'a, W: Write> Joiner<'a, W> {
    fn new(reading: &'a Reading, settings: &'a Settings, printer: Printer<'a, W>) -> Self {
        Self {
            source: reading.name(),
            settings,
            printer,
            waiting: HashMap::new(),
            memory: String::new(),
        }
    }

    /// Takes one log event; `outside_ms` is its own time where it has one beside its text.
    fn line(
        &mut self,
        stream: &Arc<str>,
        line: Str<'_>,
        lines: Lines,
        outside_ms: Option<i64>,
    ) -> std::io::Result<()> {
        if continues(&line)
            && let Some(head) = self.waiting.get_mut(stream)
        {
            head.last_line = lines.last;
            return Ok(());
        }
        let shown = Shown::read(
            self.source,
            line,
            lines,
            outside_ms,
            self.settings,
            &mut self.memory,
        );
        if self.waiting.len() >= MAX_WAITING && !self.waiting.contains_key(stream) {
            self.flush()?;
        }
        match self.waiting.insert(Arc::clone(stream), shown) {
            Some(complete) => self.printer.record(&complete),
            None => Ok(()),
        }
    }

    /// Takes the batches of a file; a line is the ordinal of an event in the file.
    fn documents(
        &mut self,
        mut documents: Documents,
        faults: &mut Vec<InputFault>,
    ) -> std::io::Result<()> {
        let mut inflater = Inflater::default();
        let mut ordinal = 0;
        while let Some(document) = documents.next() {
            let document = match document {
                Ok(document) => document,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            };
            let (bytes, form) = match &document.body {
                Body::Payload { bytes, form } => (bytes, *form),
                // A deployment is no log record; replay tells of it.
                Body::Change(_) => continue,
            };
            let json = inflated(&mut inflater, bytes, form);
            let batch = match json.and_then(Batch::open) {
                Ok(batch) => batch,
                Err(error) => {
                    faults.push(documents.fault(document.line, &error));
                    continue;
                }
            };
            let stream: Arc<str> = format!("{}\0{}", batch.group, batch.stream).into();
            for event in batch.events() {
                ordinal += 1;
                match event {
                    Ok(LogEvent {
                        timestamp_ms,
                        message,
                        ..
                    }) => {
                        let lines = Lines {
                            first: ordinal,
                            last: ordinal,
                        };
                        self.line(&stream, message, lines, Some(timestamp_ms))?;
                    }
                    Err(reject) => {
                        let problem = format!("event {ordinal}: {}", reject.name());
                        let remedy = "each event needs an id, a timestamp and a message";
                        let fault = InputFault::new(self.source, problem, remedy);
                        faults.push(fault.at_line(document.line));
                    }
                }
            }
        }
        Ok(())
    }

    /// Prints what still waits, in the order of the file.
    fn flush(&mut self) -> std::io::Result<()> {
        let mut rest: Vec<Shown> = self.waiting.drain().map(|(_, shown)| shown).collect();
        rest.sort_by_key(|shown| shown.first_line);
        rest.iter().try_for_each(|shown| self.printer.record(shown))
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.flush()
    }
}
