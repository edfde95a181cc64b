//! The JSON values of a file, one after the other: a document, lines of JSON, documents without anything between them,
//! or the elements of one list. Each is bounded, so a file of any size can be read.

use std::io::{self, BufRead};

use memchr::{memchr_iter, memchr3};

/// A JSON value as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// Its text, or the part of it that was read.
    pub(crate) bytes: Vec<u8>,
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    /// Whether all of it is there.
    pub(crate) end: End,
}

/// How a value ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With its bracket.
    Whole,
    /// With the file, or with a line break in the middle of a string.
    CutOff,
    /// It is larger than the bound and was skipped.
    TooLong,
    /// It is no object and no list: the rest of the line is its text.
    Stray,
}

/// The result of the search for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum List {
    /// Its elements come next.
    Entered {
        /// The text that was looked for beside it, where it stands before the list.
        beside: Option<String>,
    },
    /// There is none.
    Absent,
}

/// Reads values.
pub(crate) struct Values {
    input: Box<dyn BufRead>,
    /// The most bytes of one value.
    most: usize,
    line: u64,
    /// Whether the values are elements of a list, which ends with its bracket.
    in_list: bool,
}

impl Values {
    /// Reads the values of a file.
    pub(crate) fn new(input: Box<dyn BufRead>, most: usize) -> Self {
        Self {
            input,
            most,
            line: 1,
            in_list: false,
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.input.consume(1);
            self.line += u64::from(byte == b'\n');
        }
        Ok(byte)
    }

    /// Enters the list under `key` of the object that begins here, and keeps the text under
    /// `beside` if it comes before the list.
    pub(crate) fn enter(&mut self, key: &str, beside: &str) -> io::Result<List> {
        const LONGEST: usize = 1 << 10;
        let mut depth = 0_u32;
        let mut string = Vec::new();
        let mut under = Vec::new();
        let mut found = None;
        while let Some(byte) = self.byte()? {
            match byte {
                b'"' => {
                    string.clear();
                    while let Some(byte) = self.byte()? {
                        match byte {
                            b'"' => break,
                            b'\\' => string.extend(self.byte()?),
                            _ if string.len() < LONGEST => string.push(byte),
                            _ => {}
                        }
                    }
                    if depth == 1 && under == beside.as_bytes() {
                        found = Some(String::from_utf8_lossy(&string).into_owned());
                    }
                }
                b':' if depth == 1 => under.clone_from(&string),
                b',' if depth == 1 => under.clear(),
                b'[' if depth == 1 && under == key.as_bytes() => {
                    self.in_list = true;
                    return Ok(List::Entered { beside: found });
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        Ok(List::Absent)
    }

    /// Returns the next value; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Value>> {
        while let Some(byte) = self.peek()? {
            match byte {
                b']' if self.in_list => return Ok(None),
                b'{' | b'[' => return self.balanced().map(Some),
                b',' => {}
                _ if byte.is_ascii_whitespace() => {}
                _ => return self.stray().map(Some),
            }
            self.byte()?;
        }
        Ok(None)
    }

    /// Reads to the bracket that closes the first one.
    fn balanced(&mut self) -> io::Result<Value> {
        let line = self.line;
        let mut bytes = Vec::new();
        let mut end = None;
        let (mut depth, mut in_string, mut escaped, mut too_long) = (0_u64, false, false, false);
        while end.is_none() {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                end = Some(End::CutOff);
                break;
            }
            let mut at = 0;
            while at < chunk.len() && end.is_none() {
                if std::mem::take(&mut escaped) {
                    at += 1;
                    continue;
                }
                if in_string {
                    let Some(found) = memchr3(b'"', b'\\', b'\n', &chunk[at..]) else {
                        at = chunk.len();
                        break;
                    };
                    at += found;
                    match chunk[at] {
                        b'"' => in_string = false,
                        b'\\' => escaped = true,
                        _ => end = Some(End::CutOff),
                    }
                    at += 1;
                    continue;
                }
                match chunk[at] {
                    b'"' => in_string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            end = Some(End::Whole);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
            too_long |= bytes.len() + at > self.most;
            if too_long {
                bytes = Vec::new();
            } else {
                bytes.extend_from_slice(&chunk[..at]);
            }
            self.line += memchr_iter(b'\n', &chunk[..at]).count() as u64;
            self.input.consume(at);
        }
        let end = if too_long {
            End::TooLong
        } else {
            end.unwrap_or(End::CutOff)
        };
        Ok(Value { bytes, line, end })
    }

    /// Reads a value that is no object to the end of its line, or in a list to the next comma.
    fn stray(&mut self) -> io::Result<Value> {
        const KEPT: usize = 200;
        let line = self.line;
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek()? {
            if byte == b'\n' || (self.in_list && matches!(byte, b',' | b']')) {
                break;
            }
            if bytes.len() < KEPT {
                bytes.push(byte);
            }
            self.input.consume(1);
        }
        Ok(Value {
            bytes,
            line,
            end: End::Stray,
        })
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Values")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(mut values: Values) -> String {
        let mut shown = Vec::new();
        while let Some(value) = values.next().expect("memory does not fail") {
            let text = String::from_utf8_lossy(&value.bytes).into_owned();
            shown.push(format!("{}:{:?} {text}", value.line, value.end));
        }
        shown.join(" | ")
    }

    #[test]
    fn values_are_found_whatever_stands_between_them() {
        for (text, expected) in [
            ("{\"a\":1}", "1:Whole {\"a\":1}"),
            (
                "{\"a\":1}{\"b\":2}",
                "1:Whole {\"a\":1} | 1:Whole {\"b\":2}",
            ),
            ("{}\n\n{}", "1:Whole {} | 3:Whole {}"),
            ("{\"a\":\"}\\\"{\"}", "1:Whole {\"a\":\"}\\\"{\"}"),
            ("{\"a\":\"x\n{}", "1:CutOff {\"a\":\"x\n | 2:Whole {}"),
            ("{\"a\":", "1:CutOff {\"a\":"),
            ("word\n{}", "1:Stray word | 2:Whole {}"),
            (
                "{\"long\":\"0123456789012345678901234567890\"}{}",
                "1:TooLong  | 1:Whole {}",
            ),
            ("", ""),
        ] {
            let values = Values::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())), 32);
            assert_eq!(show(values), expected, "{text:?}");
        }
    }

    #[test]
    fn elements_of_a_list_are_found() {
        for (text, expected) in [
            (
                r#"{"events":[{"a":1},{"b":2}],"x":[{}]}"#,
                r#"1:Whole {"a":1} | 1:Whole {"b":2}"#,
            ),
            (
                r#"{"x":{"events":[{}]},"g":"G","events":[3,{}]}"#,
                "1:Stray 3 | 1:Whole {}",
            ),
        ] {
            let mut values = Values::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())), 32);
            let list = values.enter("events", "g").expect("memory does not fail");
            assert!(matches!(list, List::Entered { .. }), "{text}");
            assert_eq!(show(values), expected, "{text}");
        }
    }
}
