//! Turns any text from a log or a name into one line of bounded length.

/// Returns a text as one line of at most `most` characters: line breaks and tabs become blanks;
/// invisible characters that change how a line is read (control characters, marks of direction and
/// width) are dropped.
pub(super) fn line(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most * 4));
    let mut length = 0;
    for c in text.trim().chars() {
        let c = match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() || invisible(c) => continue,
            c => c,
        };
        if length + 1 == most {
            out.push('…');
            return out;
        }
        out.push(c);
        length += 1;
    }
    out
}

/// Direction marks can reverse a line; the other characters are invisible inside words.
const fn invisible(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_one_line_that_reads_as_it_looks() {
        for (text, expected) in [
            ("plain", "plain"),
            ("  two\nlines\t\r", "two lines"),
            ("\u{1b}[31mred\0", "[31mred"),
            ("safe\u{202e}txt.exe\u{200b}", "safetxt.exe"),
            ("ñandú 31 %", "ñandú 31 %"),
            ("0123456789", "0123456789"),
            ("0123456789a", "0123456789a"),
            ("0123456789abc", "0123456789a…"),
        ] {
            assert_eq!(line(text, 12), expected, "{text:?}");
        }
    }
}
