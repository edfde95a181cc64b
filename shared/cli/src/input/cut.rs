//! Cuts log lines into batches, the same ones each time: by log stream and minute, as a delivery would hold them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use atalaya_core::time::Minute;

use super::envelope::{Envelope, NO_OWNER};
use super::text::{Entries, Entry};
use super::{Body, Form, InputFault};

/// The most events of a batch, as CloudWatch Logs has it.
const MAX_EVENTS: usize = 10_000;

/// The most bytes of a batch, but for its last event.
const MAX_BYTES: usize = 1_000_000;

/// The most bytes of all batches that are being filled; memory stays bounded whatever the number of streams.
const MAX_OPEN: usize = 32 << 20;

/// The most log streams that are followed at a time.
const MAX_STREAMS: usize = 1_000;

/// Something that arrives from one file.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// Its first and last event time in milliseconds since the epoch, if it has events.
    pub(crate) span: Option<(i64, i64)>,
    /// The piece itself.
    pub(crate) body: Body,
}

/// The batches of a file of log lines.
#[derive(Debug)]
pub(crate) struct Cut {
    entries: Entries,
    group: String,
    streams: BTreeMap<Arc<str>, Stream>,
    /// The bytes of all batches that are being filled.
    open_bytes: usize,
    newest: Minute,
    ready: VecDeque<Result<Piece, InputFault>>,
    done: bool,
}

/// One log stream. Late lines join the batch that is being filled, so the minute only grows, and a
/// batch is identified by its minute and its number within it.
#[derive(Debug)]
struct Stream {
    minute: Minute,
    /// Batches of this minute that were begun before.
    before: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    envelope: Envelope,
    first_ms: i64,
    last_ms: i64,
}

impl Cut {
    pub(crate) fn new(entries: Entries, group: String) -> Self {
        Self {
            entries,
            group,
            streams: BTreeMap::new(),
            open_bytes: 0,
            newest: Minute(i64::MIN),
            ready: VecDeque::new(),
            done: false,
        }
    }

    fn add(&mut self, entry: &Entry) {
        let minute = Minute::of_ms(entry.timestamp_ms);
        if minute > self.newest {
            self.newest = minute;
            self.close(|stream| stream.minute < minute);
        }
        let known = self.streams.contains_key(&entry.stream);
        if self.open_bytes > MAX_OPEN || (!known && self.streams.len() >= MAX_STREAMS) {
            self.close(|_| true);
            self.streams.clear();
        }
        let stream = self
            .streams
            .entry(Arc::clone(&entry.stream))
            .or_insert(Stream {
                minute,
                before: 0,
                open: None,
            });
        if minute > stream.minute {
            (stream.minute, stream.before) = (minute, 0);
        }
        let open = stream.open.get_or_insert_with(|| {
            let mark = match stream.before {
                0 => String::new(),
                n => format!("-{}.{n}", stream.minute.0),
            };
            stream.before += 1;
            Open {
                envelope: Envelope::new(NO_OWNER, &self.group, &entry.stream, mark),
                first_ms: entry.timestamp_ms,
                last_ms: entry.timestamp_ms,
            }
        });
        let bytes = open.envelope.bytes();
        open.envelope.add(entry.timestamp_ms, &entry.message);
        self.open_bytes += open.envelope.bytes() - bytes;
        open.first_ms = open.first_ms.min(entry.timestamp_ms);
        open.last_ms = open.last_ms.max(entry.timestamp_ms);
        if open.envelope.events() >= MAX_EVENTS || open.envelope.bytes() >= MAX_BYTES {
            self.open_bytes = self.open_bytes.saturating_sub(open.envelope.bytes());
            let piece = stream.open.take().map(Open::finish);
            self.ready.extend(piece.map(Ok));
        }
    }

    /// Closes the batches of the streams that `which` names, in order of time.
    fn close(&mut self, which: impl Fn(&Stream) -> bool) {
        let streams = self.streams.values_mut().filter(|stream| which(stream));
        let mut closed: Vec<Open> = streams.filter_map(|stream| stream.open.take()).collect();
        closed.sort_by_key(|open| open.last_ms);
        for open in closed {
            self.open_bytes = self.open_bytes.saturating_sub(open.envelope.bytes());
            self.ready.push_back(Ok(open.finish()));
        }
    }
}

impl Open {
    fn finish(self) -> Piece {
        Piece {
            span: Some((self.first_ms, self.last_ms)),
            body: Body::Payload {
                bytes: self.envelope.finish(),
                form: Form::Json,
            },
        }
    }
}

impl Iterator for Cut {
    type Item = Result<Piece, InputFault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            if self.done {
                return None;
            }
            match self.entries.next() {
                Some(Ok(entry)) => self.add(&entry),
                Some(Err(fault)) => self.ready.push_back(Err(fault)),
                None => {
                    self.done = true;
                    self.close(|_| true);
                }
            }
        }
    }
}
