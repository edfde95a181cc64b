//! Output in event-time order: a line is held back until no earlier one can come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

/// Holds lines and writes them in the order of their times; lines of one time keep the order in which they came.
#[derive(Debug)]
pub(super) struct Ordered<W> {
    out: W,
    held: BinaryHeap<Reverse<(i64, u64, Vec<u8>)>>,
    count: u64,
}

impl<W: Write> Ordered<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            held: BinaryHeap::new(),
            count: 0,
        }
    }

    /// Holds a line, its end of line included, of event time `ms`.
    pub(super) fn hold(&mut self, ms: i64, line: Vec<u8>) {
        self.held.push(Reverse((ms, self.count, line)));
        self.count += 1;
    }

    /// Writes what is held of times before `ms`.
    pub(super) fn write_before(&mut self, ms: i64) -> io::Result<()> {
        while let Some(Reverse((at, _, _))) = self.held.peek()
            && *at < ms
            && let Some(Reverse((_, _, line))) = self.held.pop()
        {
            self.out.write_all(&line)?;
        }
        Ok(())
    }

    /// Writes all that is held, then `last`.
    pub(super) fn finish(&mut self, last: &[u8]) -> io::Result<()> {
        while let Some(Reverse((_, _, line))) = self.held.pop() {
            self.out.write_all(&line)?;
        }
        self.out.write_all(last)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_leave_in_the_order_of_their_times() -> io::Result<()> {
        let mut out = Vec::new();
        let mut ordered = Ordered::new(&mut out);
        for (ms, line) in [(5, "c"), (1, "a"), (5, "d"), (9, "e"), (2, "b")] {
            ordered.hold(ms, line.into());
        }
        ordered.write_before(5)?;
        ordered.hold(7, "x".into());
        ordered.finish(b".")?;
        assert_eq!(out, b"abcdxe.");
        Ok(())
    }
}
