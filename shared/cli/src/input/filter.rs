//! Reads the output of `aws logs filter-log-events` and `get-log-events`, event by event.

use std::io::BufRead;
use std::sync::Arc;

use serde::Deserialize;

use super::fault::InputFault;
use super::lines::MAX_LINE;
use super::text::{Dated, Entry};
use super::values::{End, List, Value, Values};

/// The most bytes that the JSON of one event takes: a message of which each byte is escaped.
const MAX_EVENT: usize = 6 * MAX_LINE + 4096;

/// The events of such a file.
#[derive(Debug)]
pub(crate) struct FilterEntries {
    source: String,
    /// `None` once the file has ended, or broken off.
    values: Option<Values>,
    entered: bool,
    /// The stream of events that do not name theirs, as `get-log-events` prints them.
    stream: Arc<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    log_stream_name: Option<String>,
    timestamp: i64,
    message: String,
}

impl FilterEntries {
    pub(crate) fn new(source: String, input: Box<dyn BufRead>, stream: Arc<str>) -> Self {
        Self {
            source,
            values: Some(Values::new(input, MAX_EVENT)),
            entered: false,
            stream,
        }
    }

    pub(crate) fn next(&mut self) -> Option<Result<Entry, InputFault>> {
        let values = self.values.as_mut()?;
        if !std::mem::replace(&mut self.entered, true) {
            // The kind was recognised by this list; if the list is gone now, that is an error of
            // reading.
            match values.enter("events", "") {
                Ok(List::Entered { .. }) => {}
                Ok(List::Absent) => {
                    self.values = None;
                    let fault = InputFault::new(&self.source, "has no list of events", FETCH);
                    return Some(Err(fault));
                }
                Err(error) => {
                    self.values = None;
                    return Some(Err(InputFault::of_io(&self.source, &error)));
                }
            }
        }
        match values.next() {
            Ok(Some(value)) => Some(self.read(&value)),
            Ok(None) => {
                self.values = None;
                None
            }
            Err(error) => {
                self.values = None;
                Some(Err(InputFault::of_io(&self.source, &error)))
            }
        }
    }

    fn read(&mut self, value: &Value) -> Result<Entry, InputFault> {
        let fault =
            |problem: &str| InputFault::new(&self.source, problem, FETCH).at_line(value.line);
        let event: Event = match value.end {
            End::Whole => serde_json::from_slice(&value.bytes)
                .map_err(|_| fault("event lacks a timestamp or a message"))?,
            End::CutOff => return Err(fault("event is cut off")),
            End::TooLong => return Err(fault("event is larger than CloudWatch Logs takes")),
            End::Stray => return Err(fault("element of events is no object")),
        };
        let lines = memchr::memchr_iter(b'\n', &value.bytes).count() as u64;
        Ok(Entry {
            stream: event
                .log_stream_name
                .map_or_else(|| Arc::clone(&self.stream), Into::into),
            timestamp_ms: event.timestamp,
            dated: Dated::Outside,
            message: event.message,
            first_line: value.line,
            last_line: value.line + lines,
        })
    }
}

/// Returns the log group that a file names, if it does so before its events.
pub(crate) fn log_group(input: Box<dyn BufRead>) -> Option<String> {
    let mut values = Values::new(input, MAX_EVENT);
    match values.enter("events", "logGroupName").ok()? {
        List::Entered { beside } => beside,
        List::Absent => None,
    }
}

const FETCH: &str = "fetch it again with aws logs filter-log-events --output json";
