//! What holds for every line: no reader panics, and none takes prose for a server's line.

use proptest::prelude::*;

use crate::record::Format;

/// Beginnings of lines that lead into every reader.
const OPENINGS: &[&str] = &[
    "203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" ",
    "203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] \"",
    "127.0.0.1:1 - \"GET / HTTP/1.1\" ",
    "[21/Nov/2026 08:04:03] \"",
    "10.0.1.2:3 [21/Nov/2026:08:04:03.655] in b/s 1/2/3/4/5 200 ",
    "[2026-11-21T08:04:03Z] \"GET / HTTP/2\" 200 - ",
    "[2026-11-21 08:04:03.750][1][info]",
    "[2026-11-21 08:04:03,123] INFO ",
    "1795248243.810 1 10.0.0.1 TCP_MISS/200 4 ",
    "2026/11/21 08:04:03 [error] 7#7: *1 ",
    "2026/11/21 08:04:03.1\tINFO\t",
    "[Sat Nov 21 08:04:03 2026] ",
    "[21-Nov-2026 08:04:03] ",
    "21-Nov-2026 08:04:03 ",
    "2026-11-21 08:04:03 UTC [1] ",
    "2026-11-21 08:04:03 UTC [1] LOG:  duration: ",
    "2026-11-21T08:04:03Z 0 [",
    "2026-11-21T08:04:03Z elb 1.2.3.4:5 - ",
    "2026-11-21\t08:04:03\tX\t1\t1.2.3.4\tGET\t",
    "2026-11-21 08:04:03 1.2.3.4 GET /a - 1 - ",
    "2026-11-21T08:04:03Z stdout F ",
    "2026-11-21T08:04:03Z\t2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tINFO\t",
    "2026-11-21T08:04:03Z 2b57b54f-05fa-4c58-a83e-395b8e9a0d48 Task timed out after ",
    "[INFO]\t2026-11-21T08:04:03.1Z\t",
    "REPORT RequestId: x\tDuration: ",
    "h2 2026-11-21T08:04:03Z app/a/1 1.2.3.4:5 - 1 2 3 200 - 1 1 \"",
    "79a59df900b949e55d96a1e698fbaced b [21/Nov/2026:08:04:03 +0000] 1.2.3.4 - 3 REST.GET.X k ",
    "1.2.3.4,-,-,21/Nov/2026:08:04:03,",
    "1:M 21 Nov 2026 08:04:03.123 ",
    "[GIN] ",
    "[W 261121 08:04:03 web:1] ",
    "GET / 200 ",
    "  --> GET / ",
    "<34>",
    "<34>1 - h a p m [",
    "Nov 21 08:04:03 ",
    "[1.123456] ",
];

proptest! {
    #[test]
    fn no_line_makes_a_reader_panic(text in "\\PC*") {
        let _ = super::super::read(&text);
    }

    #[test]
    fn no_ending_makes_a_reader_panic(
        opening in prop::sample::select(OPENINGS),
        // Bytes that mean something to one reader or another, and some that are longer than a byte.
        ending in "[-0-9:/.,+|*#=<>(){}\\[\\]\"\\\\ \ta-zTZGETµ\u{7f}\n]{0,60}",
    ) {
        let _ = super::super::read(&format!("{opening}{ending}"));
    }

    #[test]
    fn cuts_make_no_reader_panic(opening in prop::sample::select(OPENINGS), at in 0..100_usize) {
        let _ = super::super::read(opening.get(..at).unwrap_or(opening));
    }

    #[test]
    fn sentences_are_of_no_server(text in "[A-Za-z]{1,9}( [a-z,']{1,9}){0,12}[.:!]?") {
        let format = super::super::read(&text).format;
        prop_assert!(matches!(format, Format::Text | Format::Layout), "{format:?}");
    }
}

/// Wrappers in wrappers are taken off a few times, not until the stack ends.
#[test]
fn deep_wrappers_are_text() {
    let line = "2026-11-21T08:04:03Z stdout F ".repeat(20_000);
    assert!(super::super::read(&line).message.is_some());
}

/// Lines that make a careless reader look at each byte again and again are read in one go.
#[test]
fn long_lines_are_read_in_linear_time() {
    for part in [
        "\"",
        "[",
        "\"GET / HTTP/1.1\" ",
        "<1>",
        "a=",
        "] ",
        ":  ",
        "\\",
        "{",
        "\"a\" 200 ",
    ] {
        for opening in OPENINGS {
            let line = format!("{opening}{}", part.repeat(20_000 / part.len()));
            let _ = super::super::read(&line);
        }
    }
}
