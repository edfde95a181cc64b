//! Lines of a file of any size: each is bounded in length, and a line that is skipped is reported.

use std::io::{self, BufRead};

use memchr::memchr;

/// The longest line that is read, in bytes: CloudWatch Logs takes no longer event.
pub(crate) const MAX_LINE: usize = 1 << 20;

/// One physical line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// Its text, without the line ending; bytes that are not UTF-8 become U+FFFD.
    Text(String),
    /// It is longer than [`MAX_LINE`] and was skipped.
    TooLong,
}

/// Reads lines one by one and counts them.
pub(crate) struct Lines {
    input: Box<dyn BufRead>,
    buffer: Vec<u8>,
    /// The number of the line read last, from 1.
    pub(crate) number: u64,
}

impl Lines {
    pub(crate) fn new(input: Box<dyn BufRead>) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            number: 0,
        }
    }

    /// Returns the next line; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        self.buffer.clear();
        let mut too_long = false;
        let mut any = false;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = memchr(b'\n', chunk);
            let part = &chunk[..end.unwrap_or(chunk.len())];
            too_long |= self.buffer.len() + part.len() > MAX_LINE;
            if !too_long {
                self.buffer.extend_from_slice(part);
            }
            let taken = end.map_or(chunk.len(), |end| end + 1);
            self.input.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.number += 1;
        if too_long {
            return Ok(Some(Line::TooLong));
        }
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        Ok(Some(Line::Text(
            String::from_utf8_lossy(&self.buffer).into_owned(),
        )))
    }
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
