//! Cuts a line of a server into its tokens: words, quoted texts and texts in brackets.

use memchr::{memchr, memchr2};

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Anything up to the next blank.
    Word(&'a str),
    /// What stands between two quotes.
    Quoted(&'a str),
    /// What stands between brackets.
    Bracketed(&'a str),
}

/// Gives the tokens of a text in order, each byte looked at a bounded number of times.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Returns what was not yet taken, without the blanks in front.
    pub(super) fn rest(&self) -> &'a str {
        let blanks = { self.rest.bytes() }.take_while(|byte| matches!(byte, b' ' | b'\t'));
        &self.rest[blanks.count()..]
    }

    /// Passes over so many bytes; beyond the end, or within a character, everything.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Takes what stands up to the next blank, whatever it is.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let text = self.rest();
        if text.is_empty() {
            return None;
        }
        let end = memchr2(b' ', b'\t', text.as_bytes()).unwrap_or(text.len());
        self.rest = &text[end..];
        Some(&text[..end])
    }

    /// Takes two words.
    pub(super) fn pair(mut self) -> Option<(&'a str, &'a str)> {
        Some((self.word()?, self.word()?))
    }

    /// Takes a quoted text; `None` where there is none next, and nothing is taken then.
    pub(super) fn quoted(&mut self) -> Option<&'a str> {
        let (inside, after) = unquote(self.rest().strip_prefix('"')?)?;
        self.rest = after;
        Some(inside)
    }

    /// Takes a text in brackets; `None` where there is none next, and nothing is taken then.
    pub(super) fn bracketed(&mut self) -> Option<&'a str> {
        let (inside, after) = self.rest().strip_prefix('[')?.split_once(']')?;
        self.rest = after;
        Some(inside)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let text = self.rest();
        match text.as_bytes().first()? {
            b'"' => {
                // A line that was cut may lack the closing quote.
                let inside = self.quoted().unwrap_or_else(|| {
                    self.rest = "";
                    &text[1..]
                });
                Some(Token::Quoted(inside))
            }
            b'[' if memchr(b']', text.as_bytes()).is_some() => {
                self.bracketed().map(Token::Bracketed)
            }
            b'[' => {
                self.rest = "";
                Some(Token::Word(text))
            }
            _ => self.word().map(Token::Word),
        }
    }
}

/// Splits the text behind an opening quote at the closing one; a quote behind a backslash closes nothing.
pub(super) fn unquote(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.as_bytes().get(at..)?)?;
        if text.as_bytes()[at] == b'"' {
            return Some((&text[..at], &text[at + 1..]));
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::Token::{Bracketed, Quoted, Word};
    use super::*;

    #[test]
    fn words_quotes_and_brackets_are_told_apart() {
        for (text, expected) in [
            ("", vec![]),
            ("  a  b\t", vec![Word("a"), Word("b")]),
            (
                r#"- [21/Nov/2026] "a \" b" c="d e""#,
                vec![
                    Word("-"),
                    Bracketed("21/Nov/2026"),
                    Quoted(r#"a \" b"#),
                    Word("c=\"d"),
                    Word("e\""),
                ],
            ),
            (r#"a "cut off"#, vec![Word("a"), Quoted("cut off")]),
            ("[cut off", vec![Word("[cut off")]),
            (r#""a\"#, vec![Quoted("a\\")]),
            (r#"[t]"GET""#, vec![Bracketed("t"), Quoted("GET")]),
        ] {
            assert_eq!(Tokens::new(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
