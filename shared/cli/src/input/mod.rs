//! The inputs of the command: files, folders and standard input of any kind it knows, read as
//! deliveries in order of time.
//!
//! `walk` finds the files, `kind` recognises each by its content, `text`, `filter` and `documents` read them piece by
//! piece, `cut` makes batches of log lines, and [`Arrivals`] merges all pieces by time. Every file is read once to learn
//! when its pieces arrive; what is large is not kept but read again when its turn comes, so memory stays bounded.

mod arrivals;
mod cut;
mod documents;
pub(crate) mod envelope;
mod fault;
mod filter;
mod kind;
mod lines;
mod location;
#[cfg(test)]
mod tests;
mod text;
mod values;
pub(crate) mod walk;

use std::path::PathBuf;

use atalaya_core::settings::Settings;

pub use arrivals::Arrivals;
pub use fault::InputFault;
pub use kind::InputKind;

pub(crate) use documents::{Documents, inflated};
pub(crate) use kind::is_binary;
pub(crate) use lines::{Line, Lines};
pub(crate) use location::stdin_as_it_comes;
pub(crate) use text::{Dated, Entries};

/// The inputs that were found, the faults of those that cannot be read, and the deliveries of the
/// others.
#[derive(Debug)]
pub struct Opened {
    /// Every file that is read, in the order of the inputs.
    pub sources: Vec<SourceInfo>,
    /// Inputs of which nothing is read; those of which part is read have their faults among the arrivals.
    pub faults: Vec<InputFault>,
    /// The deliveries of the inputs, in the order in which they would have arrived.
    pub arrivals: Arrivals,
}

/// A file that is read, and the kind that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceInfo {
    /// Its path as it was given or found; `-` for standard input.
    pub name: String,
    /// Its recognised kind.
    pub kind: InputKind,
    /// Something the reader should know, such as that no line carries a time.
    pub note: Option<&'static str>,
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The file it comes from.
    pub source: String,
    /// Its earliest event, in milliseconds since the epoch.
    pub first_ms: i64,
    /// Its latest event, in milliseconds since the epoch: when it arrives.
    pub last_ms: i64,
    /// What is delivered.
    pub body: Body,
}

/// What is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A batch of log events.
    Payload {
        /// The batch as it comes.
        bytes: Vec<u8>,
        /// How it comes.
        form: Form,
    },
    /// An EventBridge event of ECS, as JSON.
    Change(String),
}

/// How a payload comes; see `atalaya_flow::Payload`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Base64 of gzip.
    Base64,
    /// Gzip.
    Gzip,
    /// JSON.
    Json,
}

/// Opens inputs; log lines without a log group of their own get the one that the settings or the files' names suggest.
#[must_use]
pub fn open(inputs: &[PathBuf], settings: &Settings) -> Opened {
    open_as(inputs, settings, None)
}

/// Opens inputs; log lines without a log group of their own get `log_group`.
#[must_use]
pub fn open_as(inputs: &[PathBuf], settings: &Settings, log_group: Option<&str>) -> Opened {
    let (readings, faults) = readings(inputs, settings, log_group);
    let mut sources = Vec::new();
    let mut opening = arrivals::Opening::default();
    for reading in readings {
        sources.push(SourceInfo {
            name: reading.name().to_owned(),
            kind: reading.recognised.kind,
            note: reading.recognised.note(),
        });
        opening.add(reading);
    }
    Opened {
        sources,
        faults,
        arrivals: opening.finish(),
    }
}

/// A file that was recognised.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    file: walk::Found,
    recognised: kind::Recognised,
    /// The log group of lines that do not name theirs.
    group: String,
}

/// The content of a file, piece by piece.
#[derive(Debug)]
pub(crate) enum Content {
    /// Events and batches.
    Documents(Documents),
    /// Log lines.
    Entries(Entries),
}

/// Finds and recognises the files of inputs.
pub(crate) fn readings(
    inputs: &[PathBuf],
    settings: &Settings,
    log_group: Option<&str>,
) -> (Vec<Reading>, Vec<InputFault>) {
    let (files, mut faults) = walk::files(inputs);
    let mut readings = Vec::new();
    for file in files {
        match file.location.recognise() {
            Ok(recognised) => {
                let service = recognised.service.as_deref();
                let derived = || file.log_group(settings, service);
                let group = log_group.map_or_else(derived, str::to_owned);
                readings.push(Reading {
                    file,
                    recognised,
                    group,
                });
            }
            Err(fault) => faults.push(fault),
        }
    }
    (readings, faults)
}

impl Reading {
    /// Returns the name under which messages speak of the file.
    pub(crate) fn name(&self) -> &str {
        self.file.location.name()
    }

    /// Returns the recognised kind of the file.
    pub(crate) const fn kind(&self) -> InputKind {
        self.recognised.kind
    }

    /// Returns the log group of the file's lines: the one it names itself comes first.
    pub(crate) fn log_group(&self) -> String {
        let named = (self.recognised.kind == InputKind::FilterJson)
            .then(|| filter::log_group(self.file.location.open().ok()?))
            .flatten();
        named.unwrap_or_else(|| self.group.clone())
    }

    /// Begins to read the file.
    pub(crate) fn content(&self) -> Result<Content, InputFault> {
        match self.recognised.kind {
            InputKind::LambdaEvent | InputKind::Batch | InputKind::EcsEvent => {
                Documents::open(&self.file.location).map(Content::Documents)
            }
            InputKind::Export | InputKind::FilterJson | InputKind::Tail | InputKind::Plain => {
                Entries::open(&self.file, &self.recognised).map(Content::Entries)
            }
        }
    }
}
