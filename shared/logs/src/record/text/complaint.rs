//! Error logs of web servers: nginx, Apache, lighttpd, Jetty, Tomcat, PHP and its process manager.

use super::access::{Request, is_address};
use super::bare;
use super::tokens::{Tokens, unquote};
use crate::record::timestamp::Form;
use crate::record::{Fields, Format, Level, Moment, timestamp};

/// Reads a line of nginx's error log: `2026/11/21 08:04:03 [error] 7#7: *12 upstream timed out …, request: "GET /x HTTP/1.1"`.
pub(super) fn nginx(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let mut tokens = Tokens::new(rest.strip_prefix(' ')?);
    let level = Level::parse(tokens.bracketed()?.as_bytes())?;
    let (process, thread) = tokens.word()?.strip_suffix(':')?.split_once('#')?;
    if [process, thread].iter().any(|n| n.parse::<u32>().is_err()) {
        return None;
    }
    let rest = tokens.rest();
    // The number of the connection.
    let message = match rest.strip_prefix('*').and_then(|rest| rest.split_once(' ')) {
        Some((connection, message)) if connection.parse::<u64>().is_ok() => message,
        _ => rest,
    };
    let mut fields = Fields {
        format: Format::NginxError,
        timestamp: Some(Moment::Ms(ms)),
        level: Some(level),
        message: Some(bare(message)),
        ..Fields::default()
    };
    if let Some((_, quoted)) = message.split_once("request: \"")
        && let Some((asked, _)) = unquote(quoted)
        && let Some(request) = Request::complete(asked)
    {
        request.put(&mut fields);
    }
    Some(fields)
}

/// Reads a line of Apache's error log, of 2.4 or of 2.2:
/// `[Sat Nov 21 08:04:03.123456 2026] [proxy:error] [pid 12:tid 34] [client 1.2.3.4:5] AH01114: …`.
pub(super) fn apache(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let (ms, form) = timestamp::whole(tokens.bracketed()?)?;
    if form != Form::Ctime {
        return None;
    }
    let place = tokens.bracketed()?;
    let level = place.rsplit(':').next()?;
    // `trace1` to `trace8`.
    let level = Level::parse(
        level
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .as_bytes(),
    )?;
    let before = tokens.clone();
    let told_process = { tokens.bracketed() }.is_some_and(|who| who.starts_with("pid "));
    if !told_process {
        tokens = before;
    }
    let message = tokens.rest();
    // What a program hands to PHP's own server looks like a line of 2.2 that names no client.
    let is_own = told_process || place.contains(':') || message.starts_with("[client ");
    Some(Fields {
        format: if is_own {
            Format::ApacheError
        } else {
            Format::Layout
        },
        timestamp: Some(Moment::Ms(ms)),
        level: Some(level),
        message: Some(bare(message)),
        ..Fields::default()
    })
}

/// Reads a line of lighttpd's error log: `2026-11-21 08:04:03: (server.c.1704) server started`.
pub(super) fn lighttpd(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let (place, message) = rest.strip_prefix(": (")?.split_once(") ")?;
    let (file, number) = place.rsplit_once('.')?;
    (file.strip_suffix(".c").is_some() && number.parse::<u32>().is_ok()).then(|| Fields {
        format: Format::LighttpdError,
        timestamp: Some(Moment::Ms(ms)),
        message: Some(bare(message)),
        ..Fields::default()
    })
}

/// Reads a line of Jetty's own logger: `2026-11-21 08:04:03.285:INFO:oejs.Server:main: Started @930ms`.
pub(super) fn jetty(line: &str) -> Option<Fields<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let (level, rest) = rest.strip_prefix(':')?.split_once(':')?;
    let (logger, rest) = rest.split_once(':')?;
    let (thread, message) = rest.split_once(": ")?;
    let level = Level::parse(level.as_bytes())?;
    (!logger.contains(' ') && thread.len() < 128).then(|| Fields {
        format: Format::Jetty,
        timestamp: Some(Moment::Ms(ms)),
        level: Some(level),
        message: Some(bare(message)),
        ..Fields::default()
    })
}

/// Reads a line of Tomcat's own logger: `21-Nov-2026 08:04:03.568 INFO [main] org.apache.catalina.Server.start Starting`.
pub(super) fn tomcat(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let (_day, _time) = (tokens.word()?, tokens.word()?);
    let time = line.get(..line.len() - tokens.rest().len())?.trim_end();
    let ms = timestamp::parse(time)?;
    let level = Level::parse(tokens.word()?.as_bytes())?;
    let _thread = tokens.bracketed()?;
    let place = tokens.word()?;
    place.contains('.').then(|| Fields {
        format: Format::Tomcat,
        timestamp: Some(Moment::Ms(ms)),
        level: Some(level),
        message: Some(bare(tokens.rest())),
        ..Fields::default()
    })
}

/// Reads a line of PHP's error log, of PHP-FPM's, or of PHP's own server: `[21-Nov-2026 08:04:03 UTC] PHP Warning:  …`,
/// `[21-Nov-2026 08:04:03] NOTICE: fpm is running, pid 1`, `[Sat Nov 21 08:04:03 2026] 127.0.0.1:5 Accepted`.
pub(super) fn php(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let time = tokens.bracketed()?;
    let (ms, form) = timestamp::whole(time)?;
    let of_server = form == Form::Ctime;
    let dashed = form == Form::DayFirst && time.as_bytes().get(2) == Some(&b'-');
    if !(of_server || dashed) {
        return None;
    }
    let text = tokens.rest();
    let mut fields = Fields {
        format: Format::Php,
        timestamp: Some(Moment::Ms(ms)),
        message: Some(bare(text)),
        ..Fields::default()
    };
    let said = text
        .split_once(':')
        .and_then(|(kind, message)| Some((php_level(kind)?, message.trim_start())));
    if let Some((level, message)) = said {
        fields.level = Some(level);
        fields.message = Some(bare(message));
        // `Uncaught RuntimeException: …` names its class.
        fields.error_type = message
            .strip_prefix("Uncaught ")
            .and_then(|thrown| thrown.split([':', ' ']).next())
            .filter(|class| !class.is_empty())
            .map(bare);
    } else if !of_server {
        return None;
    } else if !text.starts_with("PHP ") && !tokens.word().is_some_and(is_address) {
        // Others write such a time as well, `dmesg -T` among them.
        fields.format = Format::Layout;
    }
    Some(fields)
}

fn php_level(kind: &str) -> Option<Level> {
    Some(match kind {
        "PHP Fatal error" | "PHP Parse error" | "PHP Core error" | "PHP Compile error" => {
            Level::Fatal
        }
        "PHP Recoverable fatal error" => Level::Error,
        "PHP Warning" | "PHP Deprecated" | "PHP Core Warning" => Level::Warn,
        "PHP Notice" | "PHP Strict Standards" => Level::Info,
        _ => Level::parse(kind.as_bytes())?,
    })
}
