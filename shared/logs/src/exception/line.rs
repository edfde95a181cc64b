//! The shapes of single lines of a stack trace.

use super::class;

/// How far in a line `Uncaught` is looked for, in bytes.
const UNCAUGHT_WITHIN: usize = 48;

/// Returns whether a line begins, or ends with the beginning of, a Python traceback.
#[must_use]
pub fn begins_traceback(line: &str) -> bool {
    let inner = line.trim_start_matches([' ', '|', '+']);
    inner.ends_with("Traceback (most recent call last):")
}

/// Returns the class and message of a line that prints an exception: `Class: message`, perhaps behind the words that
/// a runtime puts before it, `message (Class)` of Ruby, `Class (message):` of Rails.
#[must_use]
pub fn thrown(line: &str) -> Option<(&str, &str)> {
    let line = without_opening(line.trim_start());
    named(line)
        .filter(|(name, _)| is_thrown(name))
        .or_else(|| ruby(line))
}

/// Returns the class and message of a cause: a line that stands below the exception it caused.
#[must_use]
pub fn cause(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let rest = ["Caused by: ", "[cause]: ", "---> ", "Wrapped by: "]
        .iter()
        .find_map(|opening| line.strip_prefix(opening))?;
    named(rest).filter(|(name, _)| class::judge(name).is_some())
}

/// Returns the class and message of the line below the frames of a Python traceback, whatever the class is called.
#[must_use]
pub fn last_of_traceback(line: &str) -> Option<(&str, &str)> {
    named(line)
}

/// Returns whether a line is a frame of a stack, or says how many there are more, in any language.
#[must_use]
pub fn is_frame(line: &str) -> bool {
    let inner = line.trim_start();
    if inner.len() < line.len() {
        return true;
    }
    let numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    inner.starts_with("at ") && inner.contains('(')
        || inner.starts_with("... ") && inner.ends_with("omitted")
        || inner.starts_with("... ") && inner.ends_with("more")
        || inner.strip_prefix('#').is_some_and(numbered)
        || inner == "Stack trace:"
        || inner == "stack backtrace:"
        || inner == "[stacktrace]"
        || inner == "error stack:"
        || inner == "Caused by:"
        || is_gin_frame(inner)
        || inner.starts_with("from ") && inner.contains(":in ")
        || inner.starts_with("--- End of ")
        || is_ruby_frame(inner)
}

/// Returns whether a line is one of Ruby's: `app/a.rb:12:in 'show'`.
#[must_use]
pub fn is_ruby_frame(line: &str) -> bool {
    if !line.ends_with('\'') && !line.ends_with(']') {
        return false;
    }
    line.split_once(":in ")
        .is_some_and(|(place, _)| is_place(place))
}

/// Returns whether a text is a place in a file of Ruby's with the method: `app/a.rb:12:in 'show'`.
fn is_ruby_place(text: &str) -> bool {
    text.split_once(":in ")
        .is_some_and(|(place, _)| is_place(place))
}

/// Returns whether a text is a file and a line in it.
fn is_place(place: &str) -> bool {
    place.rsplit_once(':').is_some_and(|(file, number)| {
        // Rails puts the gem and its version before the file.
        let file = file.rsplit_once(") ").map_or(file, |(_, file)| file);
        !file.is_empty()
            && !file.contains(' ')
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Returns whether a line is a frame as Gin prints them: `net/http/server.go:1995 (0x6f2d2a)`.
fn is_gin_frame(line: &str) -> bool {
    line.ends_with(')')
        && line.split_once(" (0x").is_some_and(|(place, _)| {
            !place.contains(' ') && (place.contains(".go:") || place.contains(".s:"))
        })
}

/// Returns whether a line is one of a Go stack: `goroutine 7 [running]:`, `main.pick(...)`, `created by main.serve`.
#[must_use]
pub fn is_goroutine_line(line: &str) -> bool {
    let call = line.ends_with(')')
        && !line.starts_with(' ')
        && line
            .split_once('(')
            .is_some_and(|(function, _)| function.contains('.') && !function.contains(' '));
    line.starts_with("goroutine ")
        || line.starts_with("created by ")
        || line.starts_with("[signal ")
        || line.starts_with("exit status ")
        || line.starts_with("panic: ")
        || line.starts_with("[recovered]")
        || call
}

/// Returns whether a line names a function of Go and nothing else, as zap prints the frames of a stack.
#[must_use]
pub fn is_go_function(line: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/._-*()[]".contains(c);
    let function = line.rsplit('/').next().unwrap_or(line);
    line.len() <= class::MOST_BYTES
        && line.starts_with(|c: char| c.is_ascii_lowercase())
        && line.chars().all(is_part)
        && function.split_once('.').is_some_and(|(package, name)| {
            !package.is_empty() && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '(')
        })
}

/// Takes off the words that runtimes put before what was thrown.
fn without_opening(line: &str) -> &str {
    if let Some(rest) = line.strip_prefix("Exception in thread ") {
        return rest
            .strip_prefix('"')
            .and_then(|rest| rest.split_once("\" "))
            .map_or(rest, |(_, rest)| rest);
    }
    let front = &line[..line.floor_char_boundary(UNCAUGHT_WITHIN)];
    if let Some(at) = memchr::memmem::find(front.as_bytes(), b"Uncaught ") {
        let rest = &line[at + "Uncaught ".len()..];
        return rest.strip_prefix("Exception ").unwrap_or(rest);
    }
    [
        "Unhandled exception. ",
        "Unhandled exception: ",
        "Unhandled Exception: ",
    ]
    .iter()
    .find_map(|opening| line.strip_prefix(opening))
    .unwrap_or(line)
}

/// Splits `Class: message`, `Class [CODE]: message` or a class alone.
fn named(line: &str) -> Option<(&str, &str)> {
    let end = line
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '\\' | ':')))
        .unwrap_or(line.len());
    // A colon is part of a name only where two of them stand before more of it, as in Ruby, PHP and Rust.
    let mut name = &line[..end];
    let mut from = 0;
    while let Some(at) = name[from..].find(':').map(|at| from + at) {
        if name[at..].starts_with("::") && name.len() > at + 2 {
            from = at + 2;
        } else {
            name = &name[..at];
        }
    }
    let is_class = !name.is_empty()
        && name.len() <= class::MOST_BYTES
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '\\')
        && !name.ends_with(['.', '$', '\\']);
    if !is_class {
        return None;
    }
    let rest = &line[name.len()..];
    if rest.is_empty() {
        return Some((name, ""));
    }
    let rest = match rest.strip_prefix(" [") {
        Some(code) => code.split_once(']')?.1,
        None => rest,
    };
    let message = rest.strip_prefix(':')?;
    Some((name, message.trim()))
}

/// Reads `…: message (Class)`, as Ruby prints an uncaught exception, and `Class (message):`, as Rails logs it.
fn ruby(line: &str) -> Option<(&str, &str)> {
    if let Some(inner) = line.strip_suffix(')')
        && let Some((before, name)) = inner.rsplit_once(" (")
        && is_thrown(name)
        && is_ruby_name(name)
        && let Some((place, message)) = before.split_once(": ")
        && is_ruby_place(place)
    {
        return Some((name, message));
    }
    let inner = line.strip_suffix("):")?;
    let (name, message) = inner.split_once(" (")?;
    (is_ruby_name(name) && class::judge(name).is_some()).then_some((name, message))
}

fn is_ruby_name(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | ':'))
}

/// Returns whether a name alone shows that it is the class of an exception.
fn is_thrown(name: &str) -> bool {
    class::judge(name).is_some_and(class::Class::is_thrown)
}
