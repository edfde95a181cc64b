//! The table against its own look-up, and against `docs/formats.md`.

use std::fmt::Write as _;

use super::*;

/// Returns a name in the manners of writing that count the same.
fn manners(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split(['_', '.']).collect();
    let camel: String = words
        .iter()
        .enumerate()
        .map(|(n, word)| match n {
            0 => (*word).to_owned(),
            _ => word[..1].to_uppercase() + &word[1..],
        })
        .collect();
    let pascal = camel[..1].to_uppercase() + &camel[1..];
    vec![
        words.join("_"),
        words.join("-"),
        words.join("."),
        name.to_uppercase(),
        camel,
        pascal,
    ]
}

#[test]
fn every_name_is_found_however_it_is_written() {
    for row in ROWS {
        for name in row.names.split(' ') {
            for written in manners(name) {
                assert_eq!(field(written.as_bytes()), Some(row.field), "{written}");
            }
        }
    }
    for (name, expected) in [
        ("latency_ms", Some(Field::Latency(Unit::Millis))),
        (
            "http.response.duration_us",
            Some(Field::Latency(Unit::Micros)),
        ),
        ("ElapsedMilliseconds", Some(Field::Latency(Unit::Millis))),
        ("peer.service", Some(Field::Dependency)),
        ("targetServiceName", Some(Field::Dependency)),
        (
            "upstream_latency_seconds",
            Some(Field::CallLatency(Unit::Seconds)),
        ),
        ("", None),
        ("latencyx", None),
        ("stauts", None),
        ("request_id", None),
        ("correlation_id", None),
        ("span_id", None),
    ] {
        assert_eq!(field(name.as_bytes()), expected, "{name}");
    }
}

#[test]
fn nested_names_are_dotted_names() {
    for name in [
        "http.request.method",
        "error.type",
        "dd.trace_id",
        "log.level",
    ] {
        let nested = name
            .split('.')
            .fold(Name::TOP, |around, key| around.with(key.as_bytes()));
        assert_eq!(nested, Name::TOP.with(name.as_bytes()), "{name}");
    }
}

#[test]
fn objects_are_entered_where_the_table_has_names_within() {
    for (key, entered) in [
        ("http", true),
        ("req", true),
        ("attributes", true),
        ("error", true),
        ("resourceLogs", true),
        ("loan", false),
        ("config", false),
        ("msg", true),
    ] {
        let known = known(Name::TOP.with(key.as_bytes()));
        assert_eq!(
            known.is_some_and(|known| known.opens.is_some()),
            entered,
            "{key}"
        );
    }
}

/// Returns what a field is called in the documentation, with the unit that its names imply.
fn heading(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Timestamp => (
            "timestamp",
            "text, or s, ms, µs, ns since the epoch by size",
        ),
        Field::Moment(Part::Seconds) => ("timestamp", "seconds since the epoch"),
        Field::Moment(Part::Nanos) => ("timestamp", "nanoseconds of the second"),
        Field::Level => (
            "level",
            "word, or number of a scale that cannot be mistaken",
        ),
        Field::OneOf(Scale::Syslog) => ("level", "syslog, 0 to 7"),
        Field::OneOf(Scale::OpenTelemetry) => ("level", "OpenTelemetry, 1 to 24"),
        Field::OneOf(Scale::Python) => ("level", "Python, 10 to 50"),
        Field::OneOf(Scale::Letter) => ("level", "F, E, W, I, D"),
        Field::Message => ("message", ""),
        Field::PlatformType => ("message", "`platform.…` of Lambda"),
        Field::Service => ("service", ""),
        Field::Method => ("method", "methods of HTTP only"),
        Field::Path => ("path", "from a slash, or a whole address"),
        Field::RequestLine => ("method, path", "`GET /path HTTP/1.1`"),
        Field::Route => ("route", "perhaps with the method before it"),
        Field::Status => ("status", "100 to 599"),
        Field::Latency(unit) => ("latency", named(unit)),
        Field::MomentOr(Unit::Seconds) => ("timestamp or latency", "a moment, or seconds"),
        Field::MomentOr(_) => ("timestamp or latency", "a moment, or milliseconds"),
        Field::TraceId => (
            "trace id",
            "X-Ray's root, or 32 hexadecimal digits, in any header",
        ),
        Field::ErrorType => ("error type", "one word"),
        Field::Stack => ("error type", "the class that the stack trace names"),
        Field::ErrorText => ("error type", "the class that the text begins with"),
        Field::ErrorCode => ("error type", "a code in capitals, or of SQL"),
        Field::Code => (
            "error type or status",
            "a code in capitals; a number beside a path",
        ),
        Field::Dependency => ("dependency", "no address"),
        Field::Called => (
            "dependency",
            "if the message speaks of a call, or names it too",
        ),
        Field::DependencyMs => ("call latency", "ms"),
        Field::CallLatency(unit) => ("call latency", named(unit)),
        Field::Inside => ("(envelope)", "the line within is read again"),
        Field::Logger => ("(logger)", "tells whether `service` was called"),
    }
}

fn named(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "s",
        Unit::Millis => "ms",
        Unit::Micros => "µs",
        Unit::Nanos => "ns",
        Unit::Unsaid => "by the line's family",
    }
}

fn listed(names: &str) -> String {
    let quoted: Vec<String> = names.split(' ').map(|name| format!("`{name}`")).collect();
    quoted.join(" ")
}

/// Renders the table as the documentation shows it.
fn rendered() -> String {
    let mut out = String::from("| field | rank | names | value |\n| --- | --- | --- | --- |\n");
    let mut line = |field: &str, rank: &str, names: &str, value: &str| {
        writeln!(out, "| {field} | {rank} | {names} | {value} |").expect("memory");
    };
    for row in ROWS {
        let (name, value) = heading(row.field);
        line(name, &row.rank.to_string(), &listed(row.names), value);
    }
    line("latency", "4", &listed(TIMES), named(Unit::Unsaid));
    for unit in [
        Unit::Millis,
        Unit::Seconds,
        Unit::Micros,
        Unit::Nanos,
        Unit::Unsaid,
    ] {
        let suffixes = UNITS.iter().filter(|(_, of)| *of == unit);
        let suffixes: Vec<String> = suffixes.map(|(suffix, _)| format!("`…{suffix}`")).collect();
        let value = match unit {
            Unit::Unsaid => "the value says",
            unit => named(unit),
        };
        line("latency, call latency", "1", &suffixes.join(" "), value);
    }
    let called = |behind: &[&str]| {
        let behind: Vec<String> = behind.iter().map(|end| format!("`…{end}`")).collect();
        format!("{} with {}", listed(CALLED), behind.join(" "))
    };
    line("dependency", "1", &called(CALLED_AS), "no address");
    line(
        "call latency",
        "4",
        &called(CALLED_FOR),
        "with a unit behind it",
    );
    out.push_str("\n| objects | their members count |\n| --- | --- |\n");
    for (opens, names) in SCOPES {
        let how = match opens {
            Opens::Through => "as if they stood around it, ranked lower".to_owned(),
            Opens::As(name) => format!("under `{name}`"),
        };
        writeln!(out, "| {} | {how} |", listed(names)).expect("memory");
    }
    out
}

#[test]
fn the_documentation_shows_the_table() {
    let documented = include_str!("../../../../../docs/formats.md");
    let rendered = rendered();
    assert!(
        documented.contains(&rendered),
        "docs/formats.md must hold this table:\n{rendered}"
    );
}
