//! Whether a line belongs to the record before it, and what that record then waits for, by the shapes of both.
//!
//! Every answer follows from the lines of the record alone: nothing is remembered of the stream.

use crate::exception::{class, line};
use crate::record::text;

/// What an open record waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// Nothing: it is complete by its form.
    Nothing,
    /// More lines of its text, or a stack trace.
    More,
    /// More of its stack trace.
    Frames,
    /// The cause, below the line that announces it.
    CauseBelow,
    /// More frames of a Python traceback, then the exception at the margin.
    Traceback,
    /// Perhaps another traceback that the one before led to.
    Tracebacks,
    /// More of a value that Node shows over many lines, up to its closing brace at the margin.
    Dump,
    /// The message of a Rust panic, which stands at the margin.
    PanicMessage,
    /// More of what goroutines were doing.
    Goroutines,
    /// What Node threw, below the place that threw it.
    NodeThrow,
    /// The line of source that Node prints below the place that threw.
    NodeSource,
    /// More of a JSON text: this many braces and brackets are open.
    Json {
        /// How many.
        depth: u32,
        /// Whether the text so far ends within a string.
        in_string: bool,
    },
    /// The rest of a line that the container runtime cut.
    Rest,
    /// The line with level and message below the one with time and place, as `java.util.logging` has it.
    JulMessage,
    /// The trace that stands below a `REPORT` line of Lambda's.
    Xray,
    /// More of an entry of MySQL's slow query log, up to the end of its statement.
    SlowQuery,
}

/// The length in bytes at which container runtimes cut a line.
pub(super) const CUT_BYTES: usize = 16 * 1024;

/// What kind of line begins a record: it decides whether the lines below can belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// Complete by its form, such as an access log line: nothing goes on with it.
    Closed,
    /// Ordinary text.
    Quiet,
    /// It reports a problem, so that an exception at the margin likely belongs to it.
    Problem,
}

impl Expect {
    /// Returns what a line waits for that begins a record of text.
    pub(super) fn after_head(head: &str) -> Self {
        let trimmed = head.trim_end();
        if let Some(open) = opens_json(trimmed) {
            return open;
        }
        if line::begins_traceback(trimmed) {
            Self::Traceback
        } else if begins_panic(trimmed) {
            Self::PanicMessage
        } else if begins_goroutines(trimmed) {
            Self::Goroutines
        } else if trimmed.starts_with("REPORT RequestId: ") {
            Self::Xray
        } else if begins_slow_query(trimmed) {
            Self::SlowQuery
        } else if is_jul_head(trimmed) {
            Self::JulMessage
        } else if is_node_place(trimmed) {
            Self::NodeSource
        } else if opens_dump(trimmed) {
            Self::Dump
        } else {
            Self::More
        }
    }

    /// Returns what is waited for after a line, if the line goes on with the record. `head` reads what the head of the
    /// record is; it is called only where the answer depends on it.
    pub(super) fn after(self, text: &str, head: impl FnOnce() -> Head) -> Option<Self> {
        let text = text.trim_end();
        if text.trim_start().is_empty() {
            return (self != Self::Nothing).then_some(self);
        }
        let is_trace = matches!(self, Self::More | Self::Frames | Self::Tracebacks);
        if is_trace && is_indented(text) && stands_alone(text.trim_start()) {
            return None;
        }
        match self {
            Self::Nothing => None,
            // The caller checks whether this part was cut, too, by its length with colours, which are taken off here.
            Self::Rest => Some(Self::More),
            Self::Json { depth, in_string } => {
                let fits = is_indented(text) || text.starts_with(['{', '}', '[', ']', '"']);
                (in_string || fits).then(|| json(text, depth, in_string))
            }
            Self::JulMessage => is_jul_message(text).then_some(Self::More),
            Self::Xray => text.starts_with("XRAY TraceId: ").then_some(Self::Nothing),
            Self::SlowQuery if text.starts_with("# Time: ") => None,
            Self::SlowQuery => Some(if ends_slow_query(text) {
                Self::Nothing
            } else {
                Self::SlowQuery
            }),
            Self::PanicMessage => Some(Self::Frames),
            Self::NodeSource => Some(Self::NodeThrow),
            Self::Traceback if is_indented(text) || text.starts_with(['|', '+']) => {
                Some(Self::Traceback)
            }
            // The line should be the exception; where it is not, the traceback was printed without one.
            Self::Traceback => line::last_of_traceback(text).map(|_| Self::Tracebacks),
            Self::Tracebacks => {
                if line::begins_traceback(text) {
                    Some(Self::Traceback)
                } else {
                    let leads_on = text.starts_with("During handling of the above exception")
                        || text.starts_with("The above exception was the direct cause")
                        || is_indented(text);
                    leads_on.then_some(Self::Tracebacks)
                }
            }
            Self::Dump if text.starts_with(['}', ']']) => Some(if opens_dump(text) {
                Self::Dump
            } else {
                Self::Nothing
            }),
            Self::Dump => is_indented(text).then_some(Self::Dump),
            Self::Goroutines => {
                let is_part = is_indented(text)
                    || line::is_goroutine_line(text)
                    || line::is_go_function(text);
                is_part.then_some(self)
            }
            Self::NodeThrow => {
                if is_indented(text) {
                    return Some(self);
                }
                line::thrown(text).map(|_| stack_or_dump(text))
            }
            Self::CauseBelow => line::thrown(text).map(|_| Self::Frames),
            Self::More => more(text, head),
            Self::Frames => {
                // koa-logger indents its lines; frames do not begin with its arrows.
                let inner = text.trim_start();
                let alone = inner.starts_with(['-', '<', 'x']) && stands_alone(inner);
                let frame = (is_stack_line(text) && !alone)
                    || line::cause(text).is_some()
                    || is_below_frames(text);
                frame.then(|| stack_or_dump(text))
            }
        }
    }

    /// Returns whether the record is known to be unfinished: a line that fits belongs to it, whatever came between.
    pub(super) const fn is_unfinished(self) -> bool {
        !matches!(
            self,
            Self::Nothing | Self::More | Self::Tracebacks | Self::Xray | Self::SlowQuery
        )
    }
}

fn more(text: &str, head: impl FnOnce() -> Head) -> Option<Expect> {
    let stack = is_stack_line(text) || line::cause(text).is_some();
    // Most lines are part of a stack trace, and are not read any further.
    let thrown = (!stack).then(|| line::thrown(text)).flatten();
    let goroutines = !stack && begins_goroutines(text);
    let traceback = line::begins_traceback(text);
    // Gin lists a handler's errors below the request's line.
    if text.starts_with("Error #") {
        return Some(Expect::More);
    }
    let go_function = !stack && line::is_go_function(text);
    if !(stack || goroutines || traceback || go_function || thrown.is_some()) {
        return None;
    }
    let problem = match head() {
        // PHP's own server puts what was thrown behind the request.
        Head::Closed if text == "Stack trace:" => true,
        Head::Closed => return None,
        Head::Quiet => false,
        Head::Problem => true,
    };
    if traceback {
        Some(Expect::Traceback)
    } else if stack {
        Some(match stack_or_dump(text) {
            // A text may go on over indented lines before its stack trace begins.
            Expect::Frames if !is_frame_by_itself(text) => Expect::More,
            other => other,
        })
    } else if goroutines || go_function {
        problem.then_some(Expect::Goroutines)
    } else {
        let (class, _) = thrown?;
        (problem || class::is_qualified(class)).then_some(Expect::Frames)
    }
}

/// Returns whether a line stands among frames and is none: a note, or what closes the value that held them.
fn is_below_frames(text: &str) -> bool {
    const OPENINGS: [&str; 5] = [
        "note: ",
        "Node.js v",
        "Suppressed: ",
        "[previous exception] ",
        "\"}",
    ];
    OPENINGS.iter().any(|opening| text.starts_with(opening))
}

fn stack_or_dump(text: &str) -> Expect {
    if text == "Caused by:" {
        return Expect::CauseBelow;
    }
    if opens_dump(text) {
        Expect::Dump
    } else {
        Expect::Frames
    }
}

/// Returns whether a line is indented. Lambda's Python indents by spaces that do not break.
pub(super) fn is_indented(text: &str) -> bool {
    text.starts_with([' ', '\t', '\u{a0}'])
}

fn is_stack_line(text: &str) -> bool {
    is_indented(text) || line::is_frame(text)
}

/// Returns whether an indented line is a record of its own by its form: loggers indent these.
fn stands_alone(text: &str) -> bool {
    // Frames are many, and none is a record.
    if is_frame_by_itself(text) {
        return false;
    }
    let rails = text.starts_with("Parameters: {")
        || text.starts_with("Rendering ")
        || text.starts_with("Rendered ")
        || [
            " Load (",
            " Count (",
            " Create (",
            " Update (",
            "TRANSACTION (",
        ]
        .iter()
        .any(|query| text.contains(query) && text.contains("ms)"))
        // Werkzeug's banner.
        || text.starts_with("* ");
    rails || {
        let fields = text::read(text);
        fields.format.is_closed() || (fields.timestamp.is_some() && fields.level.is_some())
    }
}

/// Returns whether an indented line is a frame rather than any text that is indented.
pub(super) fn is_frame_by_itself(text: &str) -> bool {
    let inner = text.trim_start();
    inner.starts_with("at ") || inner.starts_with("File \"") || line::is_frame(inner)
}

/// Returns whether a line ends where a value of many lines begins.
fn opens_dump(text: &str) -> bool {
    text.ends_with(" {") || text.ends_with(" [") || text == "{" || text == "["
}

/// Returns whether a line says that something panicked, with the message below: Rust's, and Gin's of Go.
fn begins_panic(text: &str) -> bool {
    (text.starts_with("thread '") && text.contains(" panicked at "))
        || text.ends_with(" panic recovered:")
}

fn begins_goroutines(text: &str) -> bool {
    let at_front = text.starts_with("panic: ")
        || text.starts_with("fatal error: ")
        || (text.starts_with("goroutine ") && text.ends_with("]:"));
    at_front || text.contains("http: panic serving ")
}

/// Returns what is waited for after a line that begins a JSON text and does not end it.
fn opens_json(text: &str) -> Option<Expect> {
    let trimmed = text.trim_start();
    let is_open = trimmed == "{"
        || (trimmed.starts_with("{\"") || trimmed.starts_with("{ \""))
            && trimmed.ends_with(['{', '[', ',']);
    if !is_open {
        return None;
    }
    match json(text, 0, false) {
        open @ Expect::Json { .. } => Some(open),
        _ => None,
    }
}

/// Follows braces and strings of a JSON text over one more line.
fn json(text: &str, mut depth: u32, mut in_string: bool) -> Expect {
    let mut escaped = false;
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Expect::Nothing;
                }
            }
            _ => {}
        }
    }
    Expect::Json { depth, in_string }
}

/// Returns whether a line begins an entry of MySQL's slow query log; of several in one second only the first names it.
fn begins_slow_query(text: &str) -> bool {
    text.starts_with("# Time: ") || text.starts_with("# User@Host: ")
}

/// Returns whether a line ends the statement of a slow query; the server's own statements stand before it.
fn ends_slow_query(text: &str) -> bool {
    let own = text.starts_with("SET timestamp=") || text.starts_with("use ");
    text.ends_with(';') && !own
}

/// Returns whether a line is the first of the two that `java.util.logging` writes: `Nov 21, 2026 8:04:03 AM a.B c`.
fn is_jul_head(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let mut next = || words.next().unwrap_or_default();
    let (month, day, year, clock, half) = (next(), next(), next(), next(), next());
    let digits = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    month.len() == 3
        && month.starts_with(|c: char| c.is_ascii_uppercase())
        && day.strip_suffix(',').is_some_and(digits)
        && year.len() == 4
        && digits(year)
        && clock.split(':').count() == 3
        && clock.split(':').all(digits)
        && matches!(half, "AM" | "PM")
}

fn is_jul_message(text: &str) -> bool {
    const LEVELS: [&str; 7] = [
        "SEVERE", "WARNING", "INFO", "CONFIG", "FINE", "FINER", "FINEST",
    ];
    text.split_once(": ")
        .map_or(text.trim_end_matches(':'), |(level, _)| level)
        .split(' ')
        .next()
        .is_some_and(|level| LEVELS.contains(&level))
}

/// Returns whether a line is the place that Node prints above what was thrown: `/app/a.js:12`, `node:internal/x:1`.
fn is_node_place(text: &str) -> bool {
    let openings = ["/", "node:", "file://", "[eval]"];
    let begins = openings.iter().any(|opening| text.starts_with(opening));
    begins
        && !text.contains(' ')
        && text.rsplit_once(':').is_some_and(|(_, number)| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
}
