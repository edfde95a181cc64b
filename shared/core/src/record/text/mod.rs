//! Plain-text lines, each form in a room of its own.

mod access;
mod layout;
mod logfmt;
mod prose;

use super::Fields;
use crate::json::Str;

/// Reads a line of text. Every line is a record: what is not recognised is its message.
#[must_use]
pub fn read(line: &str) -> Fields<'_> {
    let line = line.trim_end();
    access::read(line)
        .or_else(|| logfmt::read(line))
        .unwrap_or_else(|| layout::read(line))
}

/// Reads what the words of one more line of a message say, where the record does not carry it yet.
pub fn words<'a>(line: &'a str, fields: &mut Fields<'a>) {
    layout::below(line, fields);
}

const fn bare(text: &str) -> Str<'_> {
    Str::bare(text.as_bytes())
}

/// Returns whether a word is a method of HTTP.
fn is_method(word: &str) -> bool {
    const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    METHODS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::show;

    #[test]
    fn lines_of_the_common_kinds_are_read() {
        for (line, expected) in [
            (
                r#"127.0.0.1 - - [21/Nov/2026:08:04:03 +0000] "POST /loan/apply HTTP/1.1" 201 67 "-" "x""#,
                "access at=1795248243000 method=POST path=/loan/apply status=201",
            ),
            (
                r#"10.0.1.2 - - "GET /health HTTP/1.1" 200 2"#,
                "access method=GET path=/health status=200",
            ),
            (
                r#"time="2026-01-01T00:00:00Z" level=info service=loan-worker route=/a method=GET status=200 duration=4.5ms msg="job \"x\" done" dep=s3"#,
                "at=1767225600000 info service=loan-worker method=GET route=/a status=200 ms=4.5 dep=s3 msg=job \"x\" done",
            ),
            (
                "2026-11-21 08:04:04,335 - loans.clients - WARNING - scoring responded in 865 ms",
                "at=1795248244335 warn ms=865 dep=scoring msg=scoring responded in 865 ms",
            ),
            (
                "2026-11-21T08:04:04.335Z  INFO 1 --- [app] [main] c.e.Loan : POST /loan/apply 201 145ms",
                "at=1795248244335 info method=POST path=/loan/apply status=201 ms=145 msg=POST /loan/apply 201 145ms",
            ),
            (
                "GET /loan/7 404 3ms",
                "method=GET path=/loan/7 status=404 ms=3 msg=GET /loan/7 404 3ms",
            ),
            ("an error in a sentence", "msg=an error in a sentence"),
            ("{not json: 12", "msg={not json: 12"),
            ("", "msg="),
            ("a=1 b", "msg=a=1 b"),
        ] {
            assert_eq!(show(&read(line)), expected, "{line}");
        }
    }
}
