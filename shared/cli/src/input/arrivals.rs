//! All pieces of all files in order of time.

use indicatif::ProgressBar;

use super::cut::{Cut, Piece};
use super::documents::Timed;
use super::{Arrival, Body, Content, InputFault, Reading};

/// The most bytes of pieces that are kept; files beyond are read again when their turn comes. Tests
/// keep less, so that they see both ways without large files.
const MAX_KEPT: usize = if cfg!(test) { 1 << 20 } else { 64 << 20 };

/// The most turns of one file; where there are more pieces, several arrive in one turn.
const MAX_TURNS: usize = if cfg!(test) { 32 } else { 250_000 };

type Pieces = Box<dyn Iterator<Item = Result<Piece, InputFault>>>;

/// A file, and the pieces of it that are kept in memory.
#[derive(Debug)]
struct Queue {
    reading: Reading,
    kept: Kept,
}

enum Kept {
    /// The pieces themselves, in order of time, and which is next.
    Pieces(Vec<Result<Piece, InputFault>>, usize),
    /// Nothing but the reader, once it has begun.
    Reader(Option<Pieces>),
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pieces(pieces, next) => write!(f, "{next} of {} pieces", pieces.len()),
            Self::Reader(reader) => write!(f, "reader, begun: {}", reader.is_some()),
        }
    }
}

/// When a run of pieces of a file is due.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// The last event time so far in the file, in milliseconds since the epoch; `None` before any is known.
    last_ms: Option<i64>,
    /// The first event time of the run.
    first_ms: Option<i64>,
    /// How many pieces.
    pieces: u32,
}

/// A turn of one of the files.
#[derive(Debug, Clone, Copy)]
struct Due {
    last_ms: i64,
    /// The smallest first event time of this turn and all after it.
    low_mark: i64,
    queue: u32,
    pieces: u32,
}

/// Files that are being looked through.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    queues: Vec<Queue>,
    turns: Vec<Vec<Turn>>,
    kept: usize,
}

impl Opening {
    /// Reads a file once, to learn when its pieces are due, and keeps the pieces if they fit into
    /// memory.
    pub(crate) fn add(&mut self, reading: Reading) {
        let mut queue = Queue {
            reading,
            kept: Kept::Reader(None),
        };
        let mut pieces = Vec::new();
        let mut bytes = Some(0);
        let mut turns: Vec<Turn> = Vec::new();
        let mut run = 1;
        let mut last_ms = None;
        for piece in queue.pieces() {
            let span = piece.as_ref().ok().and_then(|piece| piece.span);
            last_ms = last_ms.max(span.map(|(_, last)| last));
            match turns.last_mut().filter(|turn| turn.pieces < run) {
                Some(turn) => turn.join(last_ms, span.map(|(first, _)| first), 1),
                None => turns.push(Turn {
                    last_ms,
                    first_ms: span.map(|(first, _)| first),
                    pieces: 1,
                }),
            }
            if turns.len() > MAX_TURNS {
                turns = pairs(&turns);
                run *= 2;
            }
            bytes = bytes
                .map(|bytes| bytes + size(&piece))
                .filter(|bytes| self.kept + bytes <= MAX_KEPT);
            if bytes.is_some() {
                pieces.push(piece);
            } else {
                pieces = Vec::new();
            }
        }
        if let Some(bytes) = bytes {
            self.kept += bytes;
            (pieces, turns) = sorted(pieces);
            queue.kept = Kept::Pieces(pieces, 0);
        }
        self.queues.push(queue);
        self.turns.push(turns);
    }

    /// Lays the turns of all files in order.
    pub(crate) fn finish(self) -> Arrivals {
        let all = || self.turns.iter().flatten();
        // A piece without a time of its own, such as a probe, arrives with the first piece that has
        // one.
        let earliest = all().filter_map(|turn| turn.last_ms).min().unwrap_or(0);
        let mut due: Vec<Due> = Vec::with_capacity(all().count());
        for (queue, turns) in self.turns.iter().enumerate() {
            due.extend(turns.iter().map(|turn| Due {
                last_ms: turn.last_ms.unwrap_or(earliest),
                low_mark: turn.first_ms.unwrap_or(i64::MAX),
                queue: queue as u32,
                pieces: turn.pieces,
            }));
        }
        due.sort_by_key(|due| due.last_ms);
        let mut low_mark = i64::MAX;
        for due in due.iter_mut().rev() {
            low_mark = low_mark.min(due.low_mark);
            due.low_mark = low_mark;
        }
        Arrivals {
            queues: self.queues,
            due,
            turn: 0,
            piece: 0,
            watcher: ProgressBar::hidden(),
        }
    }
}

impl Turn {
    fn join(&mut self, last_ms: Option<i64>, first_ms: Option<i64>, pieces: u32) {
        self.last_ms = self.last_ms.max(last_ms);
        self.first_ms = [self.first_ms, first_ms].into_iter().flatten().min();
        self.pieces += pieces;
    }
}

/// Joins turns two by two.
fn pairs(turns: &[Turn]) -> Vec<Turn> {
    let join = |pair: &[Turn]| {
        let mut joined = pair[0];
        if let Some(second) = pair.get(1) {
            joined.join(second.last_ms, second.first_ms, second.pieces);
        }
        joined
    };
    turns.chunks(2).map(join).collect()
}

/// Sorts pieces by time; a piece without a time stays behind the one before it.
fn sorted(pieces: Vec<Result<Piece, InputFault>>) -> (Vec<Result<Piece, InputFault>>, Vec<Turn>) {
    let mut before = None;
    let mut timed: Vec<_> = pieces
        .into_iter()
        .map(|piece| {
            let span = piece.as_ref().ok().and_then(|piece| piece.span);
            before = span.map(|(_, last)| last).or(before);
            let turn = Turn {
                last_ms: before,
                first_ms: span.map(|(first, _)| first),
                pieces: 1,
            };
            (turn, piece)
        })
        .collect();
    timed.sort_by_key(|(turn, _)| turn.last_ms);
    let turns = timed.iter().map(|(turn, _)| *turn).collect();
    (timed.into_iter().map(|(_, piece)| piece).collect(), turns)
}

fn size(piece: &Result<Piece, InputFault>) -> usize {
    const BESIDE: usize = 200;
    let body = match piece {
        Ok(Piece { body, .. }) => match body {
            Body::Payload { bytes, .. } => bytes.capacity(),
            Body::Change(json) => json.len(),
        },
        Err(_) => 0,
    };
    body + BESIDE
}

impl Queue {
    /// Begins to read the file.
    fn pieces(&self) -> Pieces {
        match self.reading.content() {
            Ok(Content::Documents(documents)) => Box::new(Timed::new(documents)),
            Ok(Content::Entries(entries)) => Box::new(Cut::new(entries, self.reading.log_group())),
            Err(fault) => Box::new(std::iter::once(Err(fault))),
        }
    }

    fn next(&mut self) -> Option<Result<Piece, InputFault>> {
        if let Kept::Pieces(pieces, next) = &mut self.kept {
            *next += 1;
            return pieces.get(*next - 1).cloned();
        }
        let mut reader = match std::mem::replace(&mut self.kept, Kept::Reader(None)) {
            Kept::Reader(Some(reader)) => reader,
            _ => self.pieces(),
        };
        let piece = reader.next();
        self.kept = Kept::Reader(Some(reader));
        piece
    }
}

/// The deliveries of all inputs, in the order in which they would have arrived: by the last event
/// time of each.
///
/// An error is a delivery, or a line, that could not be read: one log event at least is lost with it.
#[derive(Debug)]
pub struct Arrivals {
    queues: Vec<Queue>,
    due: Vec<Due>,
    /// Which turn it is.
    turn: usize,
    /// How many pieces of the turn have arrived.
    piece: u32,
    watcher: ProgressBar,
}

impl Arrivals {
    /// Returns the smallest event time among what is still to come, in milliseconds since the epoch; `i64::MAX` at the
    /// end.
    #[must_use]
    pub fn low_mark(&self) -> i64 {
        self.due.get(self.turn).map_or(i64::MAX, |due| due.low_mark)
    }

    /// Returns how many deliveries there are in all, those that cannot be read among them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.due.iter().map(|due| u64::from(due.pieces)).sum()
    }

    /// Lets a progress bar advance with each delivery.
    pub fn watch(&mut self, bar: ProgressBar) {
        self.watcher = bar;
    }

    /// Goes back to the beginning; what is kept in memory is not read again.
    pub fn rewind(&mut self) {
        (self.turn, self.piece) = (0, 0);
        for queue in &mut self.queues {
            match &mut queue.kept {
                Kept::Pieces(_, next) => *next = 0,
                Kept::Reader(reader) => *reader = None,
            }
        }
    }
}

impl Iterator for Arrivals {
    type Item = Result<Arrival, InputFault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let due = *self.due.get(self.turn)?;
            if self.piece >= due.pieces {
                (self.turn, self.piece) = (self.turn + 1, 0);
                continue;
            }
            self.piece += 1;
            let queue = &mut self.queues[due.queue as usize];
            // A file that has become shorter since it was scanned has nothing more to give.
            let Some(piece) = queue.next() else { continue };
            self.watcher.inc(1);
            let is_last = self.piece >= due.pieces;
            if is_last {
                (self.turn, self.piece) = (self.turn + 1, 0);
            }
            return Some(piece.map(|piece| {
                let (first_ms, last_ms) = piece.span.unwrap_or((due.last_ms, due.last_ms));
                Arrival {
                    source: queue.reading.name().to_owned(),
                    first_ms,
                    last_ms,
                    body: piece.body,
                }
            }));
        }
    }
}
