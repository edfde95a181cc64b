//! Joining: the lines of one record that come as several log events of a stream become one again.
//!
//! A stack trace goes with its head, a JSON text printed over many lines is one object, a line that the container
//! runtime cut at 16 KB is whole. What a line is to a record before it follows from their shapes (`bond`); a record that
//! is in the middle of a stack trace stays open while others come between. Lines, bytes and time of a record are
//! bounded: beyond them lines are counted and not kept.

mod bond;
#[cfg(test)]
mod tests;

use std::mem;

use self::bond::{CUT_BYTES, Expect, Head};
use crate::exception::{self, line};
use crate::json::Str;
use crate::record::envelope::Carried;
use crate::record::{self, Fields, Format, Level, text};

/// The most lines of one record.
const MAX_LINES: u32 = 10_000;

/// The most bytes that are kept of one record.
const MAX_BYTES: usize = 256 * 1024;

/// The longest time between two lines of one record, in milliseconds: a runtime prints a stack trace without a pause.
const MAX_PAUSE_MS: i64 = 5_000;

/// The most lines of other records between two lines of one: only lines written at the same time interleave.
const MAX_BETWEEN: u32 = 32;

/// The most lines of other records between two frames of one.
const MAX_BETWEEN_FRAMES: u32 = 4;

/// The most lines below a message that may name a span with its fields.
const MAX_SPANS: usize = 16;

/// The most records that may be unfinished at a time: requests that interleave.
const MAX_OPEN: usize = 8;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bond {
    /// It begins a record.
    Head,
    /// It goes on with one.
    Continues,
}

/// A record that is complete.
#[derive(Debug)]
pub struct Joined<'r, M> {
    /// Its fields.
    pub fields: Fields<'r>,
    /// Its text, lines parted by line feeds, without colours; at most 256 KiB.
    pub text: &'r str,
    /// When its first line was logged, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The mark of its first line.
    pub first: M,
    /// The mark of its last line that is not blank.
    pub last: M,
    /// Whether it is the rest of a record whose head is not here: no record of its own.
    pub orphan: bool,
}

/// Joins the lines of one log stream; `M` is what the caller marks each line by.
#[derive(Debug)]
pub struct Joiner<M> {
    /// The records that may go on, oldest first.
    open: Vec<Open<M>>,
    /// Memory of records that are done.
    spare: Vec<String>,
}

#[derive(Debug)]
struct Open<M> {
    text: String,
    /// Bytes of the first line.
    head_bytes: usize,
    /// Where the text ends that is message and not stack trace.
    message_bytes: usize,
    head: Option<Head>,
    expect: Expect,
    at_ms: i64,
    last_ms: i64,
    lines: u32,
    /// Lines of other records that came since.
    between: u32,
    /// The fields of the envelope that its first line stood in.
    carried: Carried,
    first: M,
    last: M,
}

impl<M> Default for Joiner<M> {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            spare: Vec::new(),
        }
    }
}

impl<M: Copy> Joiner<M> {
    /// Takes a line logged at `at_ms`, in milliseconds since the epoch, and gives `done` each record that is complete
    /// now.
    pub fn line(
        &mut self,
        line: Str<'_>,
        at_ms: i64,
        mark: M,
        done: &mut impl FnMut(Joined<'_, M>),
    ) -> Bond {
        self.inner(line, Carried::default(), at_ms, mark, done)
    }

    /// Takes a line that stood in an envelope, with the envelope's fields.
    pub fn inner_line(
        &mut self,
        line: &str,
        carried: Carried,
        at_ms: i64,
        mark: M,
        done: &mut impl FnMut(Joined<'_, M>),
    ) -> Bond {
        let line = line.strip_suffix('\n').unwrap_or(line);
        self.inner(Str::bare(line.as_bytes()), carried, at_ms, mark, done)
    }

    fn inner(
        &mut self,
        line: Str<'_>,
        carried: Carried,
        at_ms: i64,
        mark: M,
        done: &mut impl FnMut(Joined<'_, M>),
    ) -> Bond {
        let mut memory = self.spare.pop().unwrap_or_default();
        let mut carried = carried;
        let mut whole_bytes = record::plain_text(line, &mut memory);
        if let Some((inside, written_ms)) = text::collected(&memory) {
            carried = Carried::at(written_ms);
            whole_bytes = inside.len();
            memory.drain(..memory.len() - whole_bytes);
        }
        self.drop_stale(at_ms, done);
        if let Some(at) = self.home_of(&memory) {
            let complete = self.open[at].take(&memory, whole_bytes, at_ms, mark);
            for (_, other) in self
                .open
                .iter_mut()
                .enumerate()
                .filter(|(other, _)| *other != at)
            {
                other.between += 1;
            }
            self.spare.push(memory);
            if complete {
                self.complete(at, done);
            }
            return Bond::Continues;
        }
        if memory.trim().is_empty() {
            self.spare.push(memory);
            return Bond::Continues;
        }
        let orphan = is_orphan(&memory);
        while let Some(at) = self.open.iter().position(|open| !open.is_unfinished()) {
            self.complete(at, done);
        }
        if self.open.len() == MAX_OPEN {
            self.complete(0, done);
        }
        self.interrupt();
        let open = Open::new(memory, whole_bytes, at_ms, mark);
        self.open.push(Open { carried, ..open });
        if orphan { Bond::Continues } else { Bond::Head }
    }

    /// Says that a record came that was complete in itself.
    pub fn interrupt(&mut self) {
        for open in &mut self.open {
            open.between += 1;
        }
    }

    /// Returns the mark of the first line of the oldest record that may go on.
    #[must_use]
    pub fn oldest(&self) -> Option<M> {
        self.open.first().map(|open| open.first)
    }

    /// Gives `done` the records that were open: the stream, or the batch, ends.
    pub fn finish(&mut self, done: &mut impl FnMut(Joined<'_, M>)) {
        while !self.open.is_empty() {
            self.complete(0, done);
        }
    }

    /// Returns which open record a line goes on with: the one that the line before belongs to, unless a frame stands
    /// below text that reports no problem and another record is in the middle of a trace whose end would be seen.
    fn home_of(&mut self, line: &str) -> Option<usize> {
        let fits = |open: &mut Open<M>| open.after(line).is_some();
        let mut open = self.open.iter_mut();
        let last = open.position(|open| open.between == 0 && fits(open));
        let sure = last.is_some_and(|last| self.open[last].is_begun());
        if sure || (last.is_some() && !bond::is_frame_by_itself(line)) {
            return last;
        }
        let mut open = self.open.iter_mut();
        let unfinished = open.rposition(|open| {
            let waits = last.is_none() || open.expect != Expect::Frames;
            waits && open.is_unfinished() && fits(open)
        });
        unfinished.or(last)
    }

    fn drop_stale(&mut self, at_ms: i64, done: &mut impl FnMut(Joined<'_, M>)) {
        while let Some(at) = { self.open.iter() }.position(|open| open.is_stale(at_ms)) {
            self.complete(at, done);
        }
    }

    fn complete(&mut self, at: usize, done: &mut impl FnMut(Joined<'_, M>)) {
        let mut open = self.open.remove(at);
        let mut fields = open.fields();
        open.carried.complete(&mut fields);
        done(Joined {
            fields,
            text: &open.text,
            at_ms: open.at_ms,
            first: open.first,
            last: open.last,
            orphan: is_orphan(&open.text[..open.head_bytes]),
        });
        let mut memory = mem::take(&mut open.text);
        memory.clear();
        self.spare.push(memory);
    }
}

/// Takes off the tag of a request that Rails puts before each line of a record: `[8915870d-cd17] …`.
fn without_tag<'l>(line: &'l str, head: &str) -> &'l str {
    let tag = line.starts_with('[').then(|| line.find("] ")).flatten();
    match tag {
        Some(end) if end > 8 && head.contains(&line[..=end]) => &line[end + 2..],
        _ => line,
    }
}

/// Returns whether a line goes on with a record that is not here: its head stands in the batch before.
fn is_orphan(line: &str) -> bool {
    bond::is_frame_by_itself(line) || line::cause(line).is_some()
}

impl<M: Copy> Open<M> {
    fn new(text: String, whole_bytes: usize, at_ms: i64, mark: M) -> Self {
        let expect = if whole_bytes == CUT_BYTES {
            Expect::Rest
        } else {
            Expect::after_head(&text)
        };
        Self {
            head_bytes: text.len(),
            message_bytes: text.len(),
            text,
            head: None,
            expect,
            at_ms,
            last_ms: at_ms,
            lines: 1,
            between: 0,
            carried: Carried::default(),
            first: mark,
            last: mark,
        }
    }

    /// Returns whether the record takes no more lines: it is as long as allowed, or its last line was too long ago.
    fn is_stale(&self, now_ms: i64) -> bool {
        let full = self.lines >= MAX_LINES || self.between > MAX_BETWEEN;
        full || now_ms.saturating_sub(self.last_ms) > MAX_PAUSE_MS
    }

    /// Returns whether a frame below its last line is surely its own.
    fn is_begun(&self) -> bool {
        self.lines > 1 || self.expect.is_unfinished() || self.head == Some(Head::Problem)
    }

    /// Returns whether the record waits for more, whatever came between. A stack trace has no end that could be seen, so
    /// it is waited for less.
    const fn is_unfinished(&self) -> bool {
        let is_trace = matches!(self.expect, Expect::Frames);
        self.expect.is_unfinished() && !(is_trace && self.between > MAX_BETWEEN_FRAMES)
    }

    fn after(&mut self, line: &str) -> Option<Expect> {
        let Self {
            head,
            text,
            head_bytes,
            expect,
            ..
        } = self;
        let head_text = &text[..*head_bytes];
        let line = without_tag(line, head_text);
        let head = || *head.get_or_insert_with(|| head_of(head_text));
        let after = expect.after(line, head)?;
        // After a line of another record, only an indented line or a frame surely belongs to this one.
        let is_sure = expect.is_unfinished() || bond::is_indented(line) || line::is_frame(line);
        (is_sure || self.between == 0).then_some(after)
    }

    /// Takes a line that goes on with the record and returns whether the record is complete by it.
    fn take(&mut self, line: &str, whole_bytes: usize, at_ms: i64, mark: M) -> bool {
        let before = self.expect;
        self.expect = self.after(line).unwrap_or(before);
        if before == Expect::Rest && whole_bytes == CUT_BYTES {
            self.expect = Expect::Rest;
        }
        self.between = 0;
        self.lines += 1;
        self.last_ms = self.last_ms.max(at_ms);
        if line.trim().is_empty() {
            return false;
        }
        self.last = mark;
        let part = match before {
            Expect::Rest => "",
            Expect::JulMessage => " ",
            _ => "\n",
        };
        if self.text.len() + line.len() < MAX_BYTES {
            let is_message = match (before, self.expect) {
                (Expect::More, Expect::More) => self.message_bytes == self.text.len(),
                (Expect::Rest | Expect::JulMessage | Expect::PanicMessage, _) => true,
                _ => false,
            };
            self.text.push_str(part);
            self.text.push_str(line);
            if is_message {
                self.message_bytes = self.text.len();
            }
            if matches!(
                before,
                Expect::Rest | Expect::JulMessage | Expect::Xray | Expect::SlowQuery
            ) {
                self.head_bytes = self.text.len();
                self.head = None;
            }
        }
        self.expect == Expect::Nothing
    }

    /// Reads the record, which is whole now.
    fn fields(&self) -> Fields<'_> {
        let head = &self.text[..self.head_bytes];
        let whole = Str::bare(self.text.as_bytes());
        if whole.begins_object()
            && let Some(reader) = record::json::read(&whole)
        {
            return *reader.fields();
        }
        let mut fields = text::read(head);
        if self.lines > 1 {
            self.extend(&mut fields);
            // Spans, as tracing prints them below the place.
            let below = self.text[self.message_bytes..].lines().take(MAX_SPANS);
            for line in below.filter(|line| line.trim_start().starts_with("in ")) {
                text::words(line, &mut fields);
            }
        }
        let is_bare = fields.format == Format::Text;
        fields.uncaught = is_bare && is_uncaught(head);
        if let Some(found) = (self.text.len() > head.len() || fields.uncaught)
            .then(|| exception::read(&self.text))
            .flatten()
        {
            fields.error_type = Some(Str::bare(found.class.as_bytes()));
            fields.error_cause = found.cause.map(|cause| Str::bare(cause.as_bytes()));
            if line::begins_traceback(head.trim_end()) {
                fields.message = Some(Str::bare(last_line(&self.text).as_bytes()));
            }
        }
        fields
    }

    /// Extends the message over the lines that are no stack trace, and reads the fields in them.
    fn extend<'a>(&'a self, fields: &mut Fields<'a>) {
        let head = &self.text[..self.head_bytes];
        let said = fields.message.map_or(head, |message| {
            // Only a message at the end of its line continues on the lines below.
            let bytes = message.plain().unwrap_or_default();
            let begins = head.trim_end().len().saturating_sub(bytes.len());
            head.get(begins..)
                .filter(|tail| tail.trim_end().as_bytes() == bytes)
                .unwrap_or_default()
        });
        if said.is_empty() || self.message_bytes <= self.head_bytes {
            return;
        }
        let begins = self.head_bytes - said.len();
        let message = self.text[begins..self.message_bytes].trim();
        fields.message = Some(Str::bare(message.as_bytes()));
        for line in self.text[self.head_bytes..self.message_bytes].lines() {
            text::words(line.trim(), fields);
        }
    }
}

fn head_of(head: &str) -> Head {
    let fields = text::read(head);
    if fields.format.is_closed() {
        Head::Closed
    } else if fields.level >= Some(Level::Warn) || is_uncaught(head) || tells_of_thrown(&fields) {
        Head::Problem
    } else {
        Head::Quiet
    }
}

fn tells_of_thrown(fields: &Fields<'_>) -> bool {
    let message = fields.message.and_then(|message| message.plain());
    let message = message.and_then(|message| str::from_utf8(message).ok());
    message.is_some_and(|message| line::thrown(message).is_some())
}

/// Returns whether a line begins an uncaught exception as a runtime prints it.
fn is_uncaught(head: &str) -> bool {
    let head = head.trim_end();
    line::thrown(head).is_some()
        || line::begins_traceback(head)
        || head.starts_with("panic: ")
        || head.starts_with("fatal error: ")
        || (head.starts_with("thread '") && head.contains(" panicked at "))
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}
