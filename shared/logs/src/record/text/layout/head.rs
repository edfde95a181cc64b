//! The head of a line: time, level, process, thread and name, in whatever order a pattern puts them.

use super::level::{self, Mark};
use crate::record::Level;
use crate::record::timestamp::{self, Form, Time};

/// How many parts a head has at most.
const PARTS: usize = 12;

/// The head of a line, and where the message begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head<'a> {
    /// The time, where there is one; it may carry no moment.
    pub(super) time: Option<Time>,
    /// The level.
    pub(super) level: Option<Level>,
    /// What follows the head.
    pub(super) rest: &'a str,
    /// Whether the parts are columns between tabs.
    pub(super) tabbed: bool,
}

/// Reads the head of a line. Without a level the head is the time alone: what follows may all be message.
pub(super) fn read(line: &str) -> Option<Head<'_>> {
    let mut head = Head {
        rest: line,
        ..Head::default()
    };
    let mut rest = line;
    let mut after_time = None;
    let mut names = 0;
    for _ in 0..PARTS {
        rest = skip_marks(rest);
        if head.time.is_none()
            && let Some(time) = timestamp::at_start(rest)
        {
            head.time = Some(time);
            rest = &rest[time.len..];
            // Rails puts the process behind the time, Play and others the zone's name in brackets.
            after_time = (time.form != Form::Epoch).then_some(rest);
            continue;
        }
        if let Some(inside) = rest.strip_prefix('[').filter(|_| head.time.is_none())
            && let Some(time) = timestamp::at_start(inside)
            && inside[..time.len].contains(']')
        {
            head.time = Some(time);
            rest = inside[time.len..].trim_start_matches(']');
            after_time = Some(rest);
            continue;
        }
        if let Some((level, mark, after)) = level::at_front(rest, head.time.is_some()) {
            head.level = Some(level);
            return Some(behind_level(head, mark, after, names > 0));
        }
        if let Some((inside, after)) = group(rest).or_else(|| braced(rest)) {
            if within_group(inside, &mut head) {
                // `[INFO/MainProcess]`, `[INFO]:`, `[info] msg`.
                let mark = if after.starts_with(':') {
                    Mark::Colon
                } else {
                    Mark::Capitals
                };
                return Some(behind_level(head, mark, after, names > 0));
            }
            if after_time.is_none() && head.time.is_some_and(|time| time.form != Form::Epoch) {
                after_time = Some(after);
            }
            rest = after;
            continue;
        }
        let Some((name, after)) = word(rest) else {
            break;
        };
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        let opened = head.time.is_some() || rest.len() < line.len();
        let is_name = names < 3 && may_be_name(name, after, opened);
        // Log4j's oldest pattern begins with the milliseconds since its start: `0    [main] DEBUG …`.
        let counts = opened || after.trim_start().starts_with('[');
        if !(is_name || is_pair(name) || counts && is_number) {
            break;
        }
        names += usize::from(!is_number && !is_pair(name));
        rest = after;
    }
    head.rest = behind_namespace(after_time?);
    Some(head)
}

/// Skips the namespace that Node's `debug` puts behind the time: `2026-11-21T08:04:03.123Z loans:http msg`.
fn behind_namespace(text: &str) -> &str {
    let Some((name, after)) = word(text.trim_start_matches(' ')) else {
        return text;
    };
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if name.contains(':') && name.split(':').all(is_part) {
        after
    } else {
        text
    }
}

/// Returns whether a word before a level is the name of a logger: dotted, or with a mark or a level right behind it.
fn may_be_name(name: &str, after: &str, opened: bool) -> bool {
    let core = name.trim_end_matches(':').trim_end_matches("()");
    if core.is_empty() || !core.bytes().all(is_name_byte) {
        return false;
    }
    let next = skip_marks(after);
    let marked = next.len() + 2 <= after.len() || name.len() > core.len();
    let levelled = || {
        let inside = group(next).map(|(inside, _)| inside);
        level::at_front(next, opened)
            .is_some_and(|(_, mark, _)| mark != Mark::Column || marked || opened)
            || inside.is_some_and(|inside| level::of_word(inside.trim()).is_some())
    };
    // docker compose puts the container in front: `web-1  | 2026-11-21 …`.
    let container = || !opened && after.contains('|') && timestamp::at_start(next).is_some();
    (opened && (is_dotted(core) || marked)) || levelled() || container()
}

/// Reads what stands in brackets; returns whether a level does.
fn within_group(inside: &str, head: &mut Head<'_>) -> bool {
    let mut rest = inside.trim();
    if head.time.is_none()
        && let Some(time) = timestamp::at_start(rest)
    {
        head.time = Some(time);
        rest = skip_marks(&rest[time.len..]);
        if rest.is_empty() {
            return false;
        }
    }
    let word = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .map_or(rest, |end| &rest[..end]);
    let alone = word.len() == rest.len();
    let capitals = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let behind = rest.as_bytes().get(word.len());
    if word.len() >= 3 && (alone || capitals && matches!(behind, Some(b' ' | b'/' | b']' | b'|'))) {
        head.level = level::of_word(word);
    }
    head.level.is_some()
}

/// Reads what follows the level: a time where none came before, then process, thread and name where a strong mark (a
/// dash, a colon or a bar that stands alone) ends them. Without one, all of it is message.
fn behind_level<'a>(mut head: Head<'a>, mark: Mark, after: &'a str, named: bool) -> Head<'a> {
    if mark == Mark::Colon {
        let rest = &after[1..];
        if let Some(message) = behind_category(rest) {
            head.rest = message;
            return head;
        }
        // Python's default: `WARNING:root:msg`.
        let python = (!rest.starts_with([' ', ':', '\t']))
            .then(|| rest.split_once(':'))
            .flatten()
            .filter(|(name, _)| !named && !name.is_empty() && name.bytes().all(is_name_byte));
        head.rest = python.map_or(rest, |(_, message)| message).trim_start();
        return head;
    }
    if after.starts_with('\t') && head.time.is_some() {
        head.tabbed = true;
        head.rest = tabbed(&after[1..]);
        return head;
    }
    let mut rest = after;
    if head.time.is_none() {
        // Dropwizard, Django and Akka put the level first.
        let next = skip_marks(rest);
        if let Some(time) = timestamp::at_start(next) {
            (head.time, rest) = (Some(time), behind_module(&next[time.len..]));
        } else if let Some((inside, after)) = group(next) {
            if let Some(time) = timestamp::at_start(inside)
                && time.len == inside.trim_end().len()
            {
                (head.time, rest) = (Some(time), after);
            } else if let Some(time) = timestamp::at_start(after.trim_start())
                && time.form != Form::Epoch
            {
                // Cassandra puts the thread between level and time.
                (head.time, rest) = (Some(time), &after.trim_start()[time.len..]);
            }
        }
    }
    head.rest = message(rest, named, after.trim_start().starts_with('|'));
    head
}

/// Skips the module and the numbers of process and thread, as Django's verbose form has them behind the time:
/// `INFO 2026-11-21 08:04:03,123 views 7 140 msg`.
fn behind_module(text: &str) -> &str {
    let Some((_, mut rest)) = word(text.trim_start()) else {
        return text;
    };
    let mut numbers = 0;
    while let Some((number, after)) = word(rest.trim_start())
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        (numbers, rest) = (numbers + 1, after);
    }
    if numbers > 0 { rest } else { text }
}

/// Returns what follows the category and the event's number, as .NET's console prints them: `info: Loans.Api[0]`, the
/// message on the next line or behind it.
fn behind_category(text: &str) -> Option<&str> {
    let (category, number) = text.strip_prefix(' ')?.split_once('[')?;
    let (number, message) = number.split_once(']')?;
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let named = !category.is_empty() && category.bytes().all(|b| is_name_byte(b) || b == b'`');
    let message = message.trim_start();
    // Where the message stands on the next line, the category stays in front of it.
    (numbered && named && !message.is_empty()).then_some(message)
}

/// Returns where the message begins, behind the parts of a head that follow the level.
fn message(text: &str, mut named: bool, barred: bool) -> &str {
    let mut rest = text.trim_start_matches(' ');
    let mut best = rest;
    let mut groups = 0;
    for _ in 0..PARTS {
        rest = rest.trim_start_matches(' ');
        if let Some(after) = strong_mark(rest) {
            rest = after;
            best = after.trim_start();
            if named {
                return best;
            }
            continue;
        }
        if let Some((inside, after)) = group(rest) {
            // JBoss and Quarkus: `INFO  [io.quarkus] (main) msg`.
            groups += 1;
            if rest.starts_with('(') && groups == 2 && after.starts_with(' ') {
                best = after.trim_start();
            }
            if inside.len() > 120 {
                return best;
            }
            rest = after;
            if let Some(after) = rest.strip_prefix(':') {
                return after.trim_start();
            }
            continue;
        }
        let Some((name, after)) = word(rest) else {
            return best;
        };
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            rest = after;
            continue;
        }
        if named {
            return best;
        }
        let core = name.trim_end_matches(':');
        // Flask: `ERROR in app: msg`.
        if name == "in"
            && let Some((module, after)) = word(after.trim_start())
            && let Some(module) = module.strip_suffix(':')
            && module.bytes().all(is_name_byte)
        {
            return after.trim_start();
        }
        let is_word = core.bytes().any(|byte| byte.is_ascii_alphabetic());
        if !is_word || !(is_dotted(core) || barred) || core.contains("//") || core.contains('#') {
            return best;
        }
        named = true;
        if core.len() < name.len() {
            return after.trim_start();
        }
        rest = after;
        // A name that no mark follows is a word of the message.
        if strong_mark(rest.trim_start_matches(' ')).is_none() && group(rest.trim_start()).is_none()
        {
            return best;
        }
    }
    best
}

/// Returns where the message begins in columns between tabs, as zap's console prints them: behind the caller.
fn tabbed(text: &str) -> &str {
    let mut at = 0;
    for column in text.split('\t').take(3) {
        at += column.len() + 1;
        let is_caller = column.rsplit_once(':').is_some_and(|(file, line)| {
            file.contains('.') && !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
        });
        if is_caller && !column.contains(' ') {
            let rest = text.get(at..).unwrap_or_default();
            // tslog puts the name behind the place.
            let named = { rest.split_once('\t') }
                .filter(|(name, after)| !name.contains(' ') && !after.starts_with('{'));
            return named.map_or(rest, |(_, message)| message);
        }
    }
    text
}

/// Returns what follows a mark that stands alone and ends a head.
fn strong_mark(text: &str) -> Option<&str> {
    for mark in ["--", "-", "::", ":", "|", "—", "–", "»", "›", ">"] {
        if let Some(after) = text.strip_prefix(mark)
            && (after.is_empty() || after.starts_with(' ') || mark == "|")
        {
            return Some(after);
        }
    }
    // Spring Boot's own, before thread and name.
    text.strip_prefix("---")
        .filter(|after| after.starts_with(' '))
}

/// Skips spaces and the marks that stand between the parts of a head.
fn skip_marks(text: &str) -> &str {
    let mut rest = text;
    loop {
        let before = rest.len();
        rest = rest.trim_start_matches([' ', '\t', '|', '›', '·', '»', '•', ',']);
        for mark in ["- ", "-- ", "--- ", ": ", "::"] {
            rest = rest.strip_prefix(mark).unwrap_or(rest);
        }
        if rest.len() == before {
            return rest;
        }
    }
}

/// Returns what stands in brackets at the front, and what follows them.
pub(super) fn group(text: &str) -> Option<(&str, &str)> {
    let close = match text.as_bytes().first()? {
        b'[' => b']',
        b'(' => b')',
        _ => return None,
    };
    let open = text.as_bytes()[0];
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate().take(300) {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some((&text[1..at], &text[at + 1..]));
            }
        }
    }
    None
}

/// Returns what stands in braces at the front, where it is one word: Airflow's `{taskinstance.py:1157}`.
fn braced(text: &str) -> Option<(&str, &str)> {
    let (inside, after) = text.strip_prefix('{')?.split_once('}')?;
    (!inside.is_empty() && inside.bytes().all(is_name_byte)).then_some((inside, after))
}

/// Returns the word at the front, up to a space, a tab or a bar.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find([' ', '\t', '|', '\n']).unwrap_or(text.len());
    (end > 0 && end <= 160).then(|| text.split_at(end))
}

fn is_pair(word: &str) -> bool {
    { word.split_once('=') }.is_some_and(|(key, value)| {
        !key.is_empty()
            && !value.is_empty()
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-:$/@#<>[]~*+%".contains(&byte)
}

/// Returns whether a word looks like a logger, a module or a place in a file rather than like a word of a sentence.
fn is_dotted(word: &str) -> bool {
    let inner = word
        .get(1..word.len().saturating_sub(1))
        .unwrap_or_default();
    inner.contains(['.', '$', '@'])
        || inner.contains(':')
        || inner.contains('/')
        || word.starts_with("__")
}
