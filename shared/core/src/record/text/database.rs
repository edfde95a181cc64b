//! Lines of databases and brokers: PostgreSQL and Aurora, MySQL and MariaDB, Redis and Valkey, RabbitMQ, Kafka.

use memchr::memmem;

use super::tokens::Tokens;
use super::{bare, clock};
use crate::record::duration;
use crate::record::names::Unit;
use crate::record::{Fields, Format, Level};

/// How far into a line of PostgreSQL its severity may stand: the prefix is free, but short.
const LONGEST_PREFIX: usize = 256;

/// Reads a line of PostgreSQL, whatever its `log_line_prefix`: `… ERROR:  …`, two blanks behind the severity.
pub(super) fn postgres(line: &str) -> Option<Fields<'_>> {
    let head = &line.as_bytes()[..line.len().min(LONGEST_PREFIX)];
    let colon = memmem::find(head, b":  ")?;
    let (prefix, message) = (&line[..colon], &line[colon + 3..]);
    let start = prefix.rfind([' ', ':', ']']).map_or(0, |at| at + 1);
    let word = &prefix[start..];
    let level = match word {
        "DEBUG" | "DEBUG1" | "DEBUG2" | "DEBUG3" | "DEBUG4" | "DEBUG5" => Some(Level::Debug),
        "INFO" | "NOTICE" | "LOG" => Some(Level::Info),
        "WARNING" => Some(Level::Warn),
        "ERROR" => Some(Level::Error),
        "FATAL" | "PANIC" => Some(Level::Fatal),
        "DETAIL" | "HINT" | "QUERY" | "CONTEXT" | "LOCATION" | "STATEMENT" => None,
        _ => return None,
    };
    let prefix = &prefix[..start];
    let dated = clock::iso(prefix);
    // Without a time, only severities that no other logger writes so.
    let own = !matches!(word, "INFO" | "WARNING" | "DEBUG" | "NOTICE");
    if message.starts_with(' ') || (dated.is_none() && (!prefix.is_empty() || !own)) {
        return None;
    }
    let mut fields = Fields {
        format: Format::Postgres,
        timestamp: dated
            .filter(|(_, rest)| !names_zone(rest))
            .map(|(ms, _)| clock::moment(ms)),
        level,
        message: Some(bare(message)),
        ..Fields::default()
    };
    if level >= Some(Level::Error) {
        fields.error_type = prefix
            .split([' ', ':', ',', '='])
            .find(|w| is_sqlstate(w))
            .map(bare);
    }
    if let Some(took) = message.strip_prefix("duration: ") {
        let (number, _) = took.split_once(" ms").unwrap_or_default();
        fields.latency_ms = duration::parse(number, Unit::Millis);
    }
    Some(fields)
}

/// Returns whether a zone stands next whose distance to UTC is not known here, such as `CET`.
fn names_zone(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(' ') else {
        return false;
    };
    let letters = rest.bytes().take_while(u8::is_ascii_uppercase).count();
    (3..=5).contains(&letters) && matches!(rest.as_bytes().get(letters), Some(b' ' | b':'))
}

/// Returns whether a word is an SQLSTATE such as `42P01`; a word of digits alone is more likely a process id, unless it
/// begins like a class of errors and ends like one of its members.
fn is_sqlstate(word: &str) -> bool {
    let shaped = word.len() == 5
        && word
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_digit());
    let lettered = word.bytes().any(|b| b.is_ascii_uppercase());
    let known = [
        "0800", "2200", "2201", "2202", "2300", "2350", "2800", "4000", "4260", "4270", "5300",
        "5320", "5330", "5701", "5703",
    ];
    shaped && (lettered || known.iter().any(|class| word.starts_with(class)))
}

/// Reads a line of MySQL's error log, of MySQL 8, 5.7 or MariaDB:
/// `2026-11-21T08:04:03.123456Z 0 [System] [MY-010931] [Server] ready for connections.`
pub(super) fn mysql(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = clock::iso(line)?;
    let mut tokens = Tokens::new(rest.strip_prefix(' ')?);
    tokens.word()?.parse::<u64>().ok()?;
    let level = match tokens.bracketed()? {
        "System" | "Note" => Level::Info,
        "Warning" => Level::Warn,
        "ERROR" | "Error" => Level::Error,
        _ => return None,
    };
    let mut fields = Fields {
        format: Format::MySql,
        timestamp: Some(clock::moment(ms)),
        level: Some(level),
        ..Fields::default()
    };
    let before = tokens.clone();
    match tokens.bracketed() {
        Some(code) if code.starts_with("MY-") => {
            fields.error_type = (level >= Level::Error).then(|| bare(code));
            let _subsystem = tokens.bracketed();
        }
        _ => tokens = before,
    }
    fields.message = Some(bare(tokens.rest()));
    Some(fields)
}

/// Reads a line of Redis or Valkey: `1:M 21 Nov 2026 08:04:03.123 * Ready to accept connections`.
pub(super) fn redis(line: &str) -> Option<Fields<'_>> {
    let (process, rest) = line.split_once(':')?;
    process.parse::<u32>().ok()?;
    let (role, rest) = rest.split_once(' ')?;
    if !matches!(role, "M" | "S" | "C" | "X") {
        return None;
    }
    let (ms, rest) = clock::spoken(rest)?;
    let (mark, message) = rest.strip_prefix(' ')?.split_once(' ')?;
    let level = match mark {
        "." | "-" => Level::Debug,
        "*" => Level::Info,
        "#" => Level::Warn,
        _ => return None,
    };
    Some(Fields {
        format: Format::Redis,
        timestamp: Some(clock::moment(ms)),
        level: Some(level),
        message: Some(bare(message)),
        ..Fields::default()
    })
}

/// Reads a line of RabbitMQ: `2026-11-21 08:04:03.123456+00:00 [info] <0.230.0> accepting connection …`.
pub(super) fn rabbitmq(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = clock::iso(line)?;
    let mut tokens = Tokens::new(rest.strip_prefix(' ')?);
    let level = Level::parse(tokens.bracketed()?.as_bytes())?;
    let (process, message) = tokens.rest().strip_prefix('<')?.split_once('>')?;
    let numbers = process.split('.').all(|part| part.parse::<u32>().is_ok());
    numbers.then(|| Fields {
        format: Format::RabbitMq,
        timestamp: Some(clock::moment(ms)),
        level: Some(level),
        message: Some(bare(message.trim_start())),
        ..Fields::default()
    })
}

/// Reads a line of Kafka or `ZooKeeper`: `[2026-11-21 08:04:03,123] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)`.
pub(super) fn kafka(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let (ms, rest) = clock::iso(tokens.bracketed()?)?;
    let level = Level::parse(tokens.word()?.as_bytes())?;
    let (message, class) = tokens.rest().strip_suffix(')')?.rsplit_once(" (")?;
    let is_class = class.contains('.')
        && class
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'$' | b'_' | b'-'));
    (rest.is_empty() && is_class).then(|| Fields {
        format: Format::Kafka,
        timestamp: Some(clock::moment(ms)),
        level: Some(level),
        message: Some(bare(message)),
        ..Fields::default()
    })
}
