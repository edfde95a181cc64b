//! Files of events and batches: Lambda events, decoded batches, EventBridge events, one or several to a file.

use std::collections::VecDeque;

use atalaya_core::change::{Change, ChangeError};
use atalaya_logs::batch::inflate::MAX_INFLATED;
use atalaya_logs::batch::{Batch, BatchError, Delivery, Inflater};
use atalaya_logs::json::Cursor;

use super::cut::Piece;
use super::location::Location;
use super::values::{End, Value, Values};
use super::{Body, Form, InputFault};

/// One payload or change, with its line.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    /// The payload or change.
    pub(crate) body: Body,
}

/// The documents of a file.
#[derive(Debug)]
pub(crate) struct Documents {
    source: String,
    /// `None` once the file has ended, or broken off.
    values: Option<Values>,
    ready: VecDeque<Result<Document, InputFault>>,
}

impl Documents {
    pub(crate) fn open(location: &Location) -> Result<Self, InputFault> {
        let input = location.open();
        let input = input.map_err(|error| InputFault::of_io(location.name(), &error))?;
        Ok(Self {
            source: location.name().to_owned(),
            values: Some(Values::new(input, MAX_INFLATED)),
            ready: VecDeque::new(),
        })
    }

    /// Returns the fault of a payload of this file that cannot be decoded.
    pub(crate) fn fault(&self, line: u64, error: &BatchError) -> InputFault {
        let remedy = match error {
            BatchError::NotADelivery(_) => {
                "give the event as Lambda got it, or make one with atalaya event make"
            }
            BatchError::NotBase64 { .. } => "copy the value of awslogs.data whole and unchanged",
            BatchError::NotGzip | BatchError::DamagedGzip => {
                "fetch the event again; its data must be gzip, whole"
            }
            BatchError::TooLarge { .. } => {
                "no log batch is so large; do not trust where it is from"
            }
            BatchError::NotAnEnvelope { .. } | BatchError::Lacks(_) => {
                "a batch needs messageType, owner, logGroup, logStream and logEvents"
            }
        };
        InputFault::new(&self.source, error.to_string(), remedy).at_line(line)
    }

    /// Reads one JSON value into the documents it holds.
    fn read(&mut self, value: Value) {
        let line = value.line;
        let put = |bytes: Vec<u8>, form| Document {
            line,
            body: Body::Payload { bytes, form },
        };
        // If a batch is cut off, the events before the cut are used, and the cut is counted.
        if is_batch(&value.bytes) && (value.end == End::Whole || Batch::open(&value.bytes).is_ok())
        {
            self.ready.push_back(Ok(put(value.bytes, Form::Json)));
            return;
        }
        let problem = match value.end {
            End::Whole => None,
            End::CutOff => Some("JSON is cut off"),
            End::TooLong => Some("event is larger than 100 MiB"),
            End::Stray => Some("not a JSON object"),
        };
        if let Some(problem) = problem {
            let remedy = "give whole events, each a JSON object";
            let fault = InputFault::new(&self.source, problem, remedy).at_line(line);
            self.ready.push_back(Err(fault));
            return;
        }
        match Delivery::recognise(&value.bytes) {
            Ok(Delivery::Logs(data)) => {
                self.ready.push_back(Ok(put(data.to_vec(), Form::Base64)));
            }
            Ok(Delivery::Kinesis(records)) => {
                for record in records {
                    let document = record
                        .gzip
                        .map(|gzip| put(gzip, Form::Gzip))
                        .map_err(|error| self.fault(line, &error));
                    self.ready.push_back(document);
                }
            }
            Ok(Delivery::Change(json)) => {
                let body = Body::Change(json.to_owned());
                self.ready.push_back(Ok(Document { line, body }));
            }
            Err(error) => {
                let fault = self.fault(line, &error);
                self.ready.push_back(Err(fault));
            }
        }
    }
}

impl Iterator for Documents {
    type Item = Result<Document, InputFault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            match self.values.as_mut()?.next() {
                Ok(Some(value)) => self.read(value),
                Ok(None) => self.values = None,
                Err(error) => {
                    self.values = None;
                    return Some(Err(InputFault::of_io(&self.source, &error)));
                }
            }
        }
    }
}

/// Returns whether a JSON object is a decoded batch.
fn is_batch(json: &[u8]) -> bool {
    let mut cursor = Cursor::<false>::new(json);
    let mut first = true;
    if cursor.open_object().is_err() {
        return false;
    }
    while let Ok(Some(key)) = cursor.next_key(&mut first) {
        if matches!(key.plain(), Some(b"messageType" | b"logEvents")) {
            return true;
        }
        if cursor.skip().is_err() {
            return false;
        }
    }
    false
}

/// The pieces of a file of documents: each is opened once to learn its times.
#[derive(Debug)]
pub(crate) struct Timed {
    documents: Documents,
    inflater: Inflater,
}

impl Timed {
    pub(crate) fn new(documents: Documents) -> Self {
        Self {
            documents,
            inflater: Inflater::default(),
        }
    }

    /// Decodes a document to learn its times; `None` for an event that concerns no service.
    fn piece(&mut self, document: Document) -> Result<Option<Piece>, InputFault> {
        let Document { line, body } = document;
        let span = match &body {
            Body::Payload { bytes, form } => {
                let span = span(&mut self.inflater, bytes, *form);
                span.map_err(|error| self.documents.fault(line, &error))?
            }
            Body::Change(json) => match Change::parse(json) {
                Ok(change) => Some((change.at_ms, change.at_ms)),
                // ECS sends many events that are not stored; such an event is no fault.
                Err(ChangeError::Uninteresting(_) | ChangeError::DetailType(_)) => return Ok(None),
                Err(error) => {
                    let remedy = "give the event as EventBridge delivered it";
                    let source = &self.documents.source;
                    let fault = InputFault::new(source, error.to_string(), remedy);
                    return Err(fault.at_line(line));
                }
            },
        };
        Ok(Some(Piece { span, body }))
    }
}

impl Iterator for Timed {
    type Item = Result<Piece, InputFault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let document = self.documents.next()?;
            let piece = document.and_then(|document| self.piece(document));
            if let Some(piece) = piece.transpose() {
                return Some(piece);
            }
        }
    }
}

/// Returns the JSON of a payload.
pub(crate) fn inflated<'a>(
    inflater: &'a mut Inflater,
    bytes: &'a [u8],
    form: Form,
) -> Result<&'a [u8], BatchError> {
    match form {
        Form::Base64 => inflater.base64_gzip(bytes),
        Form::Gzip => inflater.gzip(bytes),
        Form::Json => Ok(bytes),
    }
}

/// Returns the first and last event time of a payload; `None` for one without events.
fn span(
    inflater: &mut Inflater,
    bytes: &[u8],
    form: Form,
) -> Result<Option<(i64, i64)>, BatchError> {
    let json = inflated(inflater, bytes, form)?;
    let mut span: Option<(i64, i64)> = None;
    for event in Batch::open(json)?.events().flatten() {
        let ms = event.timestamp_ms;
        let (first, last) = span.unwrap_or((ms, ms));
        span = Some((first.min(ms), last.max(ms)));
    }
    Ok(span)
}
