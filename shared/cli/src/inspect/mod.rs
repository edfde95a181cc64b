//! `atalaya inspect`: shows what is recognised in each log record, so that a developer sees how
//! Atalaya reads it.

mod args;
mod print;
mod record;

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::sync::Arc;

use atalaya_core::settings::Settings;
use atalaya_logs::batch::{Batch, Inflater, LogEvent};
use atalaya_logs::extract::{Memory, Rules};
use atalaya_logs::join::{Joined, Joiner};
use atalaya_logs::json::Str;
use atalaya_logs::record::{Fields, envelope, json};

use crate::input::{Body, Content, Dated, Documents, InputFault, Reading, inflated, readings};
use crate::outcome::{Failure, Outcome};
use crate::{diagnostics, settings_file::load};
pub use args::{Args, Output};
use print::Printer;
use record::{Lines, Ruled, Shown};

/// The most log streams of one file whose records wait for their stack traces at a time.
const MAX_STREAMS: usize = 1_000;

/// Shows the records of all inputs on `out`.
///
/// # Errors
///
/// Fails if the settings cannot be used or `out` cannot be written; parts of the inputs that cannot
/// be read are reported on standard error and in the outcome.
pub fn run(args: &Args, out: &mut impl Write) -> Result<Outcome, Failure> {
    let settings = load(args.config.as_deref())?;
    let (readings, mut faults) = readings(&args.inputs, &settings, None);
    for reading in &readings {
        let mut printer = Printer::new(out, args.output);
        printer.heading(reading.name(), reading.kind())?;
        let mut inspector = Inspector::new(reading, &settings, printer);
        match reading.content() {
            Ok(Content::Entries(entries)) => {
                let rules = settings.rules_of(&reading.log_group());
                for entry in entries {
                    match entry {
                        Ok(entry) => {
                            let lines = Lines {
                                first: entry.first_line,
                                last: entry.last_line,
                            };
                            let outside_ms =
                                (entry.dated == Dated::Outside).then_some(entry.timestamp_ms);
                            let mark = Mark { lines, outside_ms };
                            let line = Str::bare(entry.message.as_bytes());
                            inspector.line(
                                (&entry.stream, rules),
                                line,
                                entry.timestamp_ms,
                                mark,
                            )?;
                        }
                        Err(fault) => faults.push(fault),
                    }
                }
            }
            Ok(Content::Documents(documents)) => inspector.documents(documents, &mut faults)?,
            Err(fault) => faults.push(fault),
        }
        inspector.finish()?;
    }
    out.flush()?;
    Ok(diagnostics::faults(&faults))
}

/// Joins the lines of records, stream by stream, and prints what is complete.
struct Inspector<'a, W: Write> {
    source: &'a str,
    settings: &'a Settings,
    printer: Printer<'a, W>,
    streams: HashMap<Arc<str>, Stream<'a>>,
    memory: String,
}

/// One log stream: its records stand in the order of their lines.
struct Stream<'a> {
    /// The rules for its lines.
    rules: Option<&'a Rules>,
    joiner: Joiner<Mark>,
    /// Records that are complete while one before them is not.
    complete: BTreeMap<u64, Shown>,
}

/// The identity of a log event.
#[derive(Clone, Copy)]
struct Mark {
    lines: Lines,
    /// The event's own time, where it has one beside its text.
    outside_ms: Option<i64>,
}

impl<'a, W: Write> Inspector<'a, W> {
    fn new(reading: &'a Reading, settings: &'a Settings, printer: Printer<'a, W>) -> Self {
        Self {
            source: reading.name(),
            settings,
            printer,
            streams: HashMap::new(),
            memory: String::new(),
        }
    }

    /// Takes one log event, logged at `at_ms`.
    fn line(
        &mut self,
        (stream, rules): (&Arc<str>, Option<&'a Rules>),
        line: Str<'_>,
        at_ms: i64,
        mark: Mark,
    ) -> std::io::Result<()> {
        if self.streams.len() >= MAX_STREAMS && !self.streams.contains_key(stream) {
            self.flush()?;
        }
        let (source, settings) = (self.source, self.settings);
        let Stream {
            joiner, complete, ..
        } = { self.streams.entry(Arc::clone(stream)) }.or_insert_with(|| Stream {
            rules,
            joiner: Joiner::default(),
            complete: BTreeMap::new(),
        });
        let mut show = |text: Str<'_>, fields: &Fields<'_>, first: Mark, last: Mark| {
            let lines = Lines {
                first: first.lines.first,
                last: last.lines.last,
            };
            let mut memory = Memory::default();
            let ruled = Ruled::of(rules, text, *fields, &mut memory);
            let shown = Shown::of(source, &ruled, lines, first.outside_ms, settings);
            complete.insert(lines.first, shown);
        };
        let object = line.begins_object().then(|| json::read(&line)).flatten();
        let opened = object.map(|reader| envelope::content(&reader, &mut self.memory));
        if let Some(envelope::Content::Record(fields)) = &opened {
            joiner.interrupt();
            show(line, fields, mark, mark);
        } else {
            let mut done = |record: Joined<'_, Mark>| {
                let text = Str::bare(record.text.as_bytes());
                show(text, &record.fields, record.first, record.last);
            };
            match opened {
                Some(envelope::Content::Line(inner, carried)) => {
                    joiner.inner_line(inner, carried, at_ms, mark, &mut done)
                }
                _ => joiner.line(line, at_ms, mark, &mut done),
            };
        }
        let oldest = joiner.oldest().map_or(u64::MAX, |mark| mark.lines.first);
        while let Some(first) = complete.first_entry()
            && *first.key() < oldest
        {
            self.printer.record(&first.remove())?;
        }
        Ok(())
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
                // A deployment is no log record; replay shows it.
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
            let rules = self.settings.rules_of(&batch.group);
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
                        let mark = Mark {
                            lines,
                            outside_ms: Some(timestamp_ms),
                        };
                        self.line((&stream, rules), message, timestamp_ms, mark)?;
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

    /// Prints the records that are still waiting, in the order of the file.
    fn flush(&mut self) -> std::io::Result<()> {
        let mut rest = BTreeMap::new();
        for (_, mut stream) in self.streams.drain() {
            let complete = &mut stream.complete;
            let rules = stream.rules;
            stream.joiner.finish(&mut |record| {
                let lines = Lines {
                    first: record.first.lines.first,
                    last: record.last.lines.last,
                };
                let outside_ms = record.first.outside_ms;
                let text = Str::bare(record.text.as_bytes());
                let mut memory = Memory::default();
                let ruled = Ruled::of(rules, text, record.fields, &mut memory);
                let shown = Shown::of(self.source, &ruled, lines, outside_ms, self.settings);
                complete.insert(lines.first, shown);
            });
            rest.append(complete);
        }
        rest.values()
            .try_for_each(|shown| self.printer.record(shown))
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.flush()
    }
}
