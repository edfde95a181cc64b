//! Lines of databases and brokers: PostgreSQL and Aurora, MySQL and MariaDB, Redis and Valkey, RabbitMQ, Kafka,
//! Elasticsearch, NATS.

use memchr::{memchr, memmem};

use super::bare;
use super::tokens::Tokens;
use crate::record::duration;
use crate::record::names::Unit;
use crate::record::timestamp::Form;
use crate::record::{Fields, Format, Level, Moment, timestamp};

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
        "DETAIL" | "HINT" | "QUERY" | "CONTEXT" | "LOCATION" | "STATEMENT" => None,
        _ => Some(severity_level(word)?),
    };
    let prefix = &prefix[..start];
    let dated = timestamp::dated(prefix);
    // Without a time, only severities that no other logger writes so.
    let own = !matches!(word, "INFO" | "WARNING" | "DEBUG" | "NOTICE");
    if message.starts_with(' ') || (dated.is_none() && (!prefix.is_empty() || !own)) {
        return None;
    }
    let mut fields = Fields {
        format: Format::Postgres,
        timestamp: dated
            .filter(|(_, rest)| !names_zone(rest))
            .map(|(ms, _)| Moment::Ms(ms)),
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
    fields.latency_ms = statement_ms(message);
    Some(fields)
}

fn severity_level(word: &str) -> Option<Level> {
    Some(match word {
        "DEBUG" | "DEBUG1" | "DEBUG2" | "DEBUG3" | "DEBUG4" | "DEBUG5" => Level::Debug,
        "INFO" | "NOTICE" | "LOG" => Level::Info,
        "WARNING" => Level::Warn,
        "ERROR" => Level::Error,
        "FATAL" | "PANIC" => Level::Fatal,
        _ => return None,
    })
}

/// Returns how long a statement took whose message begins `duration: 12.3 ms`.
fn statement_ms(message: &str) -> Option<f64> {
    let (number, _) = message.strip_prefix("duration: ")?.split_once(" ms")?;
    duration::parse(number, Unit::Millis)
}

/// Returns whether a zone stands next whose distance to UTC is not known here, such as `EET`.
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

/// Reads a line of PostgreSQL's `csvlog`: time, user, database, process, client, session, its line, command, start,
/// transactions, severity, SQLSTATE, message.
pub(super) fn postgres_csv(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let mut rest = rest.strip_prefix(',')?;
    let mut columns = [""; 13];
    for column in &mut columns {
        (*column, rest) = csv_column(rest)?;
    }
    let [_, _, process, .., severity, state, message] = columns;
    process.parse::<u64>().ok()?;
    let level = severity_level(severity)?;
    Some(Fields {
        format: Format::Postgres,
        timestamp: Some(Moment::Ms(ms)),
        level: Some(level),
        message: Some(bare(message)),
        error_type: (level >= Level::Error && state.len() == 5).then(|| bare(state)),
        latency_ms: statement_ms(message),
        ..Fields::default()
    })
}

/// Splits a column off, its quotes taken off.
fn csv_column(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        return text.split_once(',').or(Some((text, "")));
    };
    let mut at = 0;
    loop {
        at += memchr(b'"', quoted.as_bytes().get(at..)?)?;
        if quoted.as_bytes().get(at + 1) != Some(&b'"') {
            let rest = &quoted[at + 1..];
            return Some((&quoted[..at], rest.strip_prefix(',').unwrap_or(rest)));
        }
        // A quote within is written twice.
        at += 2;
    }
}

/// Reads a line of `PgBouncer`: `2026-11-21 08:04:03.123 UTC [1] LOG C-0x55: loans/app@10.0.0.1:5 login attempt: …`.
pub(super) fn pgbouncer(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let mut tokens = Tokens::new(rest);
    tokens.bracketed()?.parse::<u32>().ok()?;
    let level = match tokens.word()? {
        "LOG" => Level::Info,
        "NOISE" => Level::Trace,
        word @ ("DEBUG" | "WARNING" | "ERROR" | "FATAL") => Level::parse(word.as_bytes())?,
        _ => return None,
    };
    Some(plain(Format::Postgres, ms, level, tokens.rest()))
}

/// Reads a line of MySQL's error log, of MySQL 8, 5.7 or MariaDB:
/// `2026-11-21T08:04:03.123456Z 0 [System] [MY-010931] [Server] ready for connections.`
pub(super) fn mysql(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
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
        timestamp: Some(Moment::Ms(ms)),
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

/// Reads an entry of MySQL's slow query log, which goes over several lines: `# Time: …`, `# Query_time: 1.5  Lock_time: …`.
pub(super) fn mysql_slow(text: &str) -> Option<Fields<'_>> {
    let is_slow = text.starts_with("# Time: ") || text.starts_with("# User@Host: ");
    if !is_slow {
        return None;
    }
    let took = text.split_once("Query_time: ").map(|(_, took)| took);
    let seconds = took.and_then(|took| took.split_ascii_whitespace().next());
    let at = text.strip_prefix("# Time: ").and_then(timestamp::dated);
    // What was asked stands below the comments and the server's own statements.
    let is_own = |line: &&str| {
        line.starts_with('#') || line.starts_with("SET timestamp=") || line.starts_with("use ")
    };
    let own_bytes: usize = text
        .split_inclusive('\n')
        .take_while(is_own)
        .map(str::len)
        .sum();
    let statement = &text[own_bytes..];
    Some(Fields {
        format: Format::MySql,
        timestamp: at.map(|(ms, _)| Moment::Ms(ms)),
        message: Some(bare(if statement.is_empty() {
            text
        } else {
            statement
        })),
        latency_ms: seconds.and_then(|took| duration::parse(took, Unit::Seconds)),
        ..Fields::default()
    })
}

/// Reads a line of Redis or Valkey: `1:M 21 Nov 2026 08:04:03.123 * Ready to accept connections`.
pub(super) fn redis(line: &str) -> Option<Fields<'_>> {
    let (process, rest) = line.split_once(':')?;
    process.parse::<u32>().ok()?;
    let (role, rest) = rest.split_once(' ')?;
    if !matches!(role, "M" | "S" | "C" | "X") {
        return None;
    }
    let (ms, rest) = timestamp::dated(rest)?;
    let (mark, message) = rest.strip_prefix(' ')?.split_once(' ')?;
    let level = match mark {
        "." | "-" => Level::Debug,
        "*" => Level::Info,
        "#" => Level::Warn,
        _ => return None,
    };
    Some(plain(Format::Redis, ms, level, message))
}

/// Reads a line of RabbitMQ: `2026-11-21 08:04:03.123456+00:00 [info] <0.230.0> accepting connection …`.
pub(super) fn rabbitmq(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let mut tokens = Tokens::new(rest.strip_prefix(' ')?);
    let level = Level::parse(tokens.bracketed()?.as_bytes())?;
    let (process, message) = tokens.rest().strip_prefix('<')?.split_once('>')?;
    let numbers = process.split('.').all(|part| part.parse::<u32>().is_ok());
    numbers.then(|| plain(Format::RabbitMq, ms, level, message.trim_start()))
}

/// Reads a line of Kafka or `ZooKeeper`: `[2026-11-21 08:04:03,123] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)`.
pub(super) fn kafka(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let (ms, rest) = timestamp::dated(tokens.bracketed()?)?;
    let level = Level::parse(tokens.word()?.as_bytes())?;
    let (message, class) = tokens.rest().strip_suffix(')')?.rsplit_once(" (")?;
    let is_class = class.contains('.')
        && class
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'$' | b'_' | b'-'));
    (rest.is_empty() && is_class).then(|| plain(Format::Kafka, ms, level, message))
}

/// Reads a line of Elasticsearch, `OpenSearch` or Logstash: `[2026-11-21T08:04:03,123][INFO ][o.e.n.Node] [node-1] started`.
pub(super) fn elasticsearch(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let (ms, form) = timestamp::whole(tokens.bracketed()?)?;
    let level = Level::parse(tokens.bracketed()?.trim_end().as_bytes())?;
    let logger = tokens.bracketed()?.trim_end();
    let before = tokens.clone();
    if tokens.bracketed().is_none() {
        tokens = before;
    }
    (form == Form::Iso && logger.contains('.'))
        .then(|| plain(Format::Elasticsearch, ms, level, tokens.rest()))
}

/// Reads a line of NATS: `[1] 2026/11/21 08:04:03.123456 [INF] Server is ready`.
pub(super) fn nats(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    tokens.bracketed()?.parse::<u32>().ok()?;
    let (ms, rest) = timestamp::dated(tokens.rest())?;
    let mut tokens = Tokens::new(rest);
    let level = match tokens.bracketed()? {
        "TRC" => Level::Trace,
        "DBG" => Level::Debug,
        "INF" => Level::Info,
        "WRN" => Level::Warn,
        "ERR" => Level::Error,
        "FTL" => Level::Fatal,
        _ => return None,
    };
    Some(plain(Format::Nats, ms, level, tokens.rest()))
}

/// Returns a record that carries nothing but time, level and message.
fn plain(format: Format, ms: i64, level: Level, message: &str) -> Fields<'_> {
    Fields {
        format,
        timestamp: Some(Moment::Ms(ms)),
        level: Some(level),
        message: Some(bare(message)),
        ..Fields::default()
    }
}
