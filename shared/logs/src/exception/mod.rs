//! Exceptions as languages print them: the type and the message, and those of the cause.
//!
//! Java, .NET, Node and PHP print the exception that was met first, then what caused it; Python prints the cause first
//! and the exception that left the program last; Ruby puts the type behind the message. [`line`](mod@line) knows the shapes of
//! single lines, here is what a whole stack trace says.

pub(crate) mod class;
pub mod line;

/// What a stack trace says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception<'a> {
    /// Its class, as printed.
    pub class: &'a str,
    /// What it says; empty where it says nothing.
    pub message: &'a str,
    /// The class of what caused it: the innermost cause that is printed.
    pub cause: Option<&'a str>,
}

/// Lines of a text that are read; the exception and its cause stand at the ends of a stack trace.
const MAX_LINES: usize = 4_096;

/// Finds the exception in a text: a stack trace, or the text before one with the trace behind it. `None`
/// where no line has the shape of one.
#[must_use]
pub fn read(text: &str) -> Option<Exception<'_>> {
    let mut found: Option<Exception<'_>> = None;
    let mut python = false;
    let mut in_trace = false;
    for line in text.lines().take(MAX_LINES) {
        let trimmed = line.trim_end();
        if line::begins_traceback(trimmed) {
            (python, in_trace) = (true, true);
            continue;
        }
        if python {
            // What stands at the margin below the frames is the exception; each chained one replaces the one before.
            let at_margin =
                !trimmed.is_empty() && !trimmed.starts_with([' ', '\t', '\u{a0}', '|', '+']);
            if in_trace && at_margin {
                in_trace = false;
                if let Some((class, message)) = line::last_of_traceback(trimmed) {
                    let cause = found.map(|first| first.cause.unwrap_or(first.class));
                    found = Some(Exception {
                        class,
                        message,
                        cause,
                    });
                }
            }
            continue;
        }
        if let Some((class, _)) = line::cause(trimmed) {
            if let Some(known) = &mut found {
                known.cause = Some(class);
            }
        } else if found.is_none()
            && let Some((class, message)) = line::thrown(trimmed)
        {
            found = Some(Exception {
                class,
                message,
                cause: None,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn show(text: &str) -> String {
        read(text).map_or_else(
            || "none".to_owned(),
            |found| {
                let cause = found.cause.map(|cause| format!(" <- {cause}"));
                format!(
                    "{} ({}){}",
                    found.class,
                    found.message,
                    cause.unwrap_or_default()
                )
            },
        )
    }

    #[test]
    fn traces_of_all_languages_are_read() {
        for (text, expected) in [
            (
                "request failed\ncom.example.LoanService$UpstreamTimeoutException: Timed out calling scoring\n\tat com.example.LoanService.call(LoanService.java:56)\nCaused by: java.net.SocketTimeoutException: Read timed out\n\tat java.base/x.Y.z(Y.java:1)\n\t... 11 common frames omitted",
                "com.example.LoanService$UpstreamTimeoutException (Timed out calling scoring) <- java.net.SocketTimeoutException",
            ),
            (
                "Exception in thread \"main\" java.lang.IllegalStateException\n\tat A.b(A.java:1)",
                "java.lang.IllegalStateException ()",
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nConnectionRefusedError: [Errno 111] Connection refused\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2, in h\n    raise X(1) from e\nloans.service.UpstreamUnavailable: scoring is unavailable",
                "loans.service.UpstreamUnavailable (scoring is unavailable) <- ConnectionRefusedError",
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyboardInterrupt",
                "KeyboardInterrupt ()",
            ),
            (
                "TypeError [ERR_INVALID_ARG_TYPE]: The \"path\" argument must be of type string\n    at x (/app/a.js:1:2) {\n  code: 'ERR_INVALID_ARG_TYPE',\n  [cause]: Error: inner\n}",
                "TypeError (The \"path\" argument must be of type string) <- Error",
            ),
            (
                "System.InvalidOperationException: Cannot apply\n ---> System.Net.Http.HttpRequestException: Connection refused (scoring:443)\n   at A.B() in /src/A.cs:line 12\n   --- End of inner exception stack trace ---",
                "System.InvalidOperationException (Cannot apply) <- System.Net.Http.HttpRequestException",
            ),
            (
                "PHP Fatal error:  Uncaught App\\Exception\\ScoringTimeout: scoring timed out in /app/src/Client.php:41\nStack trace:\n#0 /app/a.php(3): x()\n#1 {main}\n  thrown in /app/src/Client.php on line 41",
                "App\\Exception\\ScoringTimeout (scoring timed out in /app/src/Client.php:41)",
            ),
            (
                "app/models/loan.rb:12:in `find': Couldn't find Loan (ActiveRecord::RecordNotFound)\n\tfrom app/a.rb:3:in `show'",
                "ActiveRecord::RecordNotFound (Couldn't find Loan)",
            ),
            (
                "ActiveRecord::RecordNotFound (Couldn't find Loan with 'id'=7):",
                "ActiveRecord::RecordNotFound (Couldn't find Loan with 'id'=7)",
            ),
            ("panic: runtime error: index out of range", "none"),
            ("nothing went wrong: all is well", "none"),
            ("Error rate: 5 %", "none"),
            ("", "none"),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_ends_without_a_panic(text in "(?s).{0,400}") {
            let _ = read(&text);
        }

        #[test]
        fn text_like_traces_ends_without_a_panic(
            parts in prop::collection::vec("Traceback \\(most recent call last\\):|Caused by: |[A-Z]\\pL{0,5}(Error|Exception)|: |\n|\\(|\\)| ---> |\\[cause\\]: |\u{20ac}", 0..30)
        ) {
            let _ = read(&parts.concat());
        }
    }
}
