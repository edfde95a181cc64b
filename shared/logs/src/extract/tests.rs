//! Tests of the rules: what patterns and paths give of a line, and that nothing an author or a line may hold takes long.

use super::*;
use crate::record::{self, tests::show};

mod hostile;

/// A pattern of a service that defines the pattern `LOAN`.
fn grok(pattern: &str, unit: Option<TimeUnit>) -> Pattern {
    let own = Patterns::from([("LOAN".to_owned(), "L-%{INT}".to_owned())]);
    Pattern::grok(pattern, &own, unit).expect("the row is a pattern")
}

fn regex(pattern: &str, unit: Option<TimeUnit>) -> Pattern {
    Pattern::regex(pattern, unit).expect("the row is a pattern")
}

/// A rule that looks at the line and sets nothing else than the pattern gives.
fn rule(name: &str, pattern: Pattern) -> Rule {
    Rule::new(name, Subject::Line, pattern, Vec::new()).expect("there are no constants")
}

/// Rules of patterns alone.
fn of_rules(rules: Vec<Rule>) -> Rules {
    Rules::new(AcceptedFormats::All, [], rules)
}

/// Rules of keys alone, each with the unit that the settings would tell.
fn of_paths<const N: usize>(
    accepted: AcceptedFormats,
    paths: [(KnownField, &str, Option<TimeUnit>); N],
) -> Rules {
    let fields = paths.map(|(field, path, unit)| {
        let path = path.to_owned();
        (field, FieldRule { path, unit })
    });
    let fields = fields.iter().map(|(field, rule)| (field, rule));
    Rules::new(accepted, fields, Vec::new())
}

/// Reads each line with the rules and compares what is known of it.
#[track_caller]
fn check(rules: &Rules, rows: &[(&str, &str)]) {
    for (line, expected) in rows {
        let (mut text, mut memory) = (String::new(), Memory::default());
        let plain = Str::bare(line.as_bytes());
        let mut fields = record::read(plain, &mut text);
        rules.apply(plain, &mut fields, &mut memory);
        assert_eq!(show(&fields), *expected, "of {line}");

        // The same line where most lines are met: inside a JSON string, where it is looked at in place.
        let quoted = serde_json::to_string(line).expect("a text is JSON");
        let inside = crate::json::Cursor::<false>::new(quoted.as_bytes()).string();
        let inside = inside.expect("it is a string");
        let (mut text, mut memory) = (String::new(), Memory::default());
        let mut fields = record::read(inside, &mut text);
        rules.apply(inside, &mut fields, &mut memory);
        assert_eq!(show(&fields), *expected, "of {quoted}");
    }
}

#[test]
fn a_grok_pattern_gives_the_fields_it_names() {
    check(
        &of_rules(vec![rule(
            "a",
            grok(
                "%{WORD:level} job %{DATA:id} took %{NUMBER:latency:s}s rc=%{INT:status:int}$",
                None,
            ),
        )]),
        &[
            (
                "E job 17 took 0.0831s rc=502",
                "error status=502 ms=83.1 msg=E job 17 took 0.0831s rc=502",
            ),
            ("ERROR job took a while", "error msg=job took a while"),
        ],
    );
}

#[test]
fn a_regular_expression_gives_its_named_groups() {
    check(
        &of_rules(vec![rule(
            "a",
            regex(
                r"^(?<method>GET|PUT) (?P<path>/\S*) -> (?<status>\d{3}) in (?<latency>\d+)",
                Some(TimeUnit::Microseconds),
            ),
        )]),
        &[
            (
                "GET /loan/7 -> 201 in 83500 \"quoted\\ and\ttabbed\"",
                "method=GET path=/loan/7 status=201 ms=83.5 msg=GET /loan/7 -> 201 in 83500 \"quoted\\ and\ttabbed\"",
            ),
            (
                "\u{1b}[32mPUT\u{1b}[0m /a -> 999 in 5",
                "method=PUT path=/a ms=0.005 msg=PUT /a -> 999 in 5",
            ),
        ],
    );
}

#[test]
fn what_a_rule_gives_wins_over_what_was_detected() {
    let set = vec![
        (KnownField::Level, "error".into()),
        (KnownField::Dependency, "scoring".into()),
    ];
    let pattern = regex(r"rc=(?<status>\d+)", None);
    let of_message = Rule::new("a", Subject::Message, pattern, set).expect("both can be set");
    check(
        &of_rules(vec![of_message]),
        &[
            (
                r#"{"level":"info","status":200,"msg":"done, rc=503"}"#,
                "error status=503 dep=scoring msg=done, rc=503",
            ),
            (
                r#"{"level":"info","status":200,"msg":"\"done\", rc=504"}"#,
                "error status=504 dep=scoring msg=\"done\", rc=504",
            ),
            (
                r#"{"level":"info","status":200,"rc":"rc=503","msg":"done"}"#,
                "info status=200 msg=done",
            ),
            // What cannot be a status leaves the one that was detected.
            (
                r#"{"level":"info","status":200,"msg":"done, rc=7"}"#,
                "error status=200 dep=scoring msg=done, rc=7",
            ),
        ],
    );
}

#[test]
fn the_first_pattern_that_matches_is_the_one_that_counts() {
    let with_trace = rule("a", grok("%{LOAN:trace_id} rc=%{INT:status}", None));
    let set = vec![(KnownField::Dependency, "b".into())];
    let without = Rule::new("b", Subject::Line, grok("rc=%{INT:status}", None), set);
    check(
        &of_rules(vec![with_trace, without.expect("it can be set")]),
        &[
            ("L-7 rc=404", "status=404 trace=L-7 msg=L-7 rc=404"),
            ("X-7 rc=404", "status=404 dep=b msg=X-7 rc=404"),
        ],
    );
}

#[test]
fn one_field_may_stand_in_several_places() {
    check(
        &of_rules(vec![rule(
            "a",
            grok("(?:rc=%{INT:status}|code %{INT:status})", None),
        )]),
        &[
            ("rc=404", "status=404 msg=rc=404"),
            ("code 500", "status=500 msg=code 500"),
        ],
    );
}

#[test]
fn fields_stand_under_the_keys_that_are_told() {
    let micros = Some(TimeUnit::Microseconds);
    check(
        &of_paths(
            AcceptedFormats::All,
            [
                (KnownField::Latency, "http.elapsed.total", micros),
                (KnownField::Status, "rc", None),
                (KnownField::ErrorType, "a.b.c.d.e.f.g.h", None),
            ],
        ),
        &[
            (
                r#"{"http":{"elapsed":{"total":83500,"x":[{"rc":1}]}},"rc":"502","status":200}"#,
                "status=502 ms=83.5",
            ),
            (
                r#"{"http.elapsed":{"total":83500},"sub":{"rc":7}}"#,
                "ms=83.5",
            ),
            (r#"{"http":{"elapsed.total":"83.5ms"}}"#, "ms=83.5"),
            (
                r#"{"http.elapsed.total":1,"http":{"elapsed":{"total":2}}}"#,
                "ms=0.001",
            ),
            (
                r#"{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":"E\"17"}}}}}}}}"#,
                "error=E\"17",
            ),
            (
                r#"{"http":{"elapsed":null},"rc":true,"status":200}"#,
                "status=200",
            ),
            // An escape too odd to be read in place.
            (r#"{"rc":502,"\u0061":"\u0022"}"#, "status=502"),
            (
                "say rc=502, http.elapsed.total=\"83.5 ms\" arc=1",
                "status=502 ms=83.5 msg=say rc=502, http.elapsed.total=\"83.5 ms\" arc=1",
            ),
            ("arc=502", "msg=arc=502"),
        ],
    );
}

#[test]
fn the_unit_of_a_latency_is_implied_by_its_key() {
    check(
        &of_paths(
            AcceptedFormats::All,
            [(KnownField::Latency, "timing.duration_us", None)],
        ),
        &[(r#"{"timing":{"duration_us":83500}}"#, "ms=83.5")],
    );
}

#[test]
fn what_a_collector_put_around_a_line_is_not_looked_at() {
    let path = FieldRule {
        path: "rc".to_owned(),
        unit: None,
    };
    let pattern = rule("a", regex(r"^job took (?<latency>\d+ms)$", None));
    let fields = [(&KnownField::ErrorType, &path)];
    check(
        &Rules::new(AcceptedFormats::All, fields, vec![pattern]),
        &[
            (
                r#"{"log":"job took 17ms\n","stream":"stdout","time":"2026-01-31T08:00:00Z"}"#,
                "at=1769846400000 ms=17 msg=job took 17ms",
            ),
            (
                r#"{"log":"{\"rc\":\"E7\",\"msg\":\"x\"}\n","stream":"stdout","time":"2026-01-31T08:00:00Z"}"#,
                "at=1769846400000 error=E7 msg=x",
            ),
        ],
    );
}

#[test]
fn a_form_that_is_not_believed_is_a_message() {
    check(
        &of_paths(AcceptedFormats::Json, [(KnownField::Status, "rc", None)]),
        &[
            (r#"{"level":"error","rc":500}"#, "error status=500"),
            ("ERROR rc=500", "status=500 msg=ERROR rc=500"),
        ],
    );
    check(
        &of_paths(AcceptedFormats::None, [(KnownField::Status, "rc", None)]),
        &[(
            r#"{"level":"error","rc":500}"#,
            r#"status=500 msg={"level":"error","rc":500}"#,
        )],
    );
}

#[test]
fn an_exception_that_nobody_caught_is_told_in_any_form() {
    for (accepted, expected) in [
        (AcceptedFormats::Json, "error=ValueError uncaught msg=boom"),
        (AcceptedFormats::None, "msg=boom"),
    ] {
        let rules = of_paths(accepted, []);
        let mut fields = Fields {
            message: Some(Str::bare(b"boom")),
            error_type: Some(Str::bare(b"ValueError")),
            uncaught: true,
            status: Some(500),
            ..Fields::default()
        };
        let mut memory = Memory::default();
        rules.apply(Str::bare(b"boom\n  at a"), &mut fields, &mut memory);
        assert_eq!(show(&fields), expected, "of {accepted:?}");
    }
}

#[test]
fn the_giver_of_a_field_is_told() {
    let path = FieldRule {
        path: "rc".to_owned(),
        unit: None,
    };
    let slow = regex(r"took (?<latency>\S+)(?: rc (?<status>\d+))?", None);
    let fields = [(&KnownField::Status, &path)];
    let rules = Rules::new(AcceptedFormats::All, fields, vec![rule("slow", slow)]);
    let line = Str::bare(b"rc=500 took 2s rc 200");
    let (mut text, mut memory) = (String::new(), Memory::default());
    let mut fields = record::read(line, &mut text);
    let given = rules.apply(line, &mut fields, &mut memory);
    let told: Vec<String> = given
        .fields()
        .filter_map(|field| {
            Some(format!(
                "{} by {}",
                field.name(),
                rules.giver(given, field)?
            ))
        })
        .collect();
    assert_eq!(told, ["status by fields: rc", "latency by extract: slow"]);
    assert_eq!(
        show(&fields),
        "status=500 ms=2000 msg=rc=500 took 2s rc 200"
    );
}

#[test]
fn a_pattern_looks_at_the_first_line_of_a_record() {
    let pattern = regex("^job took (?<latency>[0-9]+)ms$", None);
    let rules = of_rules(vec![rule("a", pattern)]);
    for (text, expected) in [
        (
            "job took 17ms\n\tat com.example.Job.run(Job.java:1)",
            Some(17.0),
        ),
        ("job took 17ms\r\n", Some(17.0)),
        ("\njob took 17ms", Some(17.0)),
        ("job failed\njob took 17ms", None),
        ("\n\n", None),
        ("", None),
    ] {
        let (mut fields, mut memory) = (Fields::default(), Memory::default());
        rules.apply(Str::bare(text.as_bytes()), &mut fields, &mut memory);
        assert_eq!(fields.latency_ms, expected, "{text:?}");
    }
}

/// Names of the library that look around or back in a way that cannot be said otherwise, that other engines understand
/// alone, or that are too large.
const LEFT_OUT: [&str; 12] = [
    "CISCO_TAGGED_SYSLOG",
    "IPTABLES",
    "IPTABLES4_FRAG",
    "IPTABLES4_PART",
    "MONGO_QUERY",
    "MONGO_SLOWQUERY",
    "NETSCREENSESSIONLOG",
    "RAILS3",
    "RPROCESSING",
    "SFW2",
    "SHOREWALL",
    "SYSLOGPAMSESSION",
];

#[test]
fn the_library_compiles_within_the_bounds() {
    let mut refused = Vec::new();
    for name in grok::names() {
        let text = format!("%{{{name}:message}}");
        if let Err(error) = Pattern::grok(&text, &Patterns::new(), None) {
            refused.push((name, error.to_string()));
        }
    }
    let names: Vec<&str> = refused.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, LEFT_OUT, "{refused:#?}");
}

#[test]
fn the_common_names_match_what_they_are_called_after() {
    for (name, line, expected) in [
        ("NUMBER", "took -12.5ms", "-12.5"),
        ("INT", "n=+7", "+7"),
        ("WORD", "-- abc_1 --", "abc_1"),
        ("NOTSPACE", " a/b c", "a/b"),
        ("IP", "from 10.0.255.1:80", "10.0.255.1"),
        ("IPV4", "v999.10.0.0.1 10.0.0.1", "10.0.0.1"),
        (
            "UUID",
            "id 123e4567-e89b-12d3-a456-426614174000.",
            "123e4567-e89b-12d3-a456-426614174000",
        ),
        ("QUOTEDSTRING", r#"say "a \"b\" c" d"#, r#""a \"b\" c""#),
        (
            "TIMESTAMP_ISO8601",
            "at 2026-01-31T08:00:00.123+01:00 x",
            "2026-01-31T08:00:00.123+01:00",
        ),
        (
            "HTTPDATE",
            "[31/Jan/2026:08:00:00 +0000]",
            "31/Jan/2026:08:00:00 +0000",
        ),
        ("TIME", "at 08:00:59.5Z", "08:00:59.5"),
        ("LOGLEVEL", "[WARNING]", "WARNING"),
        ("URIPATH", "GET /a/b?c=d", "/a/b"),
        ("JAVACLASS", "(com.example.Thing)", "com.example.Thing"),
        ("GREEDYDATA", "a b", "a b"),
    ] {
        let pattern = Pattern::grok(&format!("%{{{name}:message}}"), &Patterns::new(), None);
        let pattern = pattern.unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut groups = pattern.groups(line.as_bytes()).expect("it matches");
        let (_, _, value) = groups.next().expect("it has a group");
        assert_eq!(value, Value::Str(Str::bare(expected.as_bytes())), "{name}");
    }
}

#[test]
fn the_reference_lists_names_that_can_be_used() {
    const REFERENCE: &str = include_str!("../../../../docs/config.md");
    let rows = REFERENCE.lines().filter_map(|line| {
        let names = line.strip_prefix("| `%{")?.split('|').next()?;
        Some(names.split("`%{").filter_map(|name| name.split_once('}')))
    });
    let names: Vec<&str> = rows.flatten().map(|(name, _)| name).collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        let pattern = Pattern::grok(&format!("%{{{name}:path}}"), &Patterns::new(), None);
        assert!(pattern.is_ok(), "{name}: {pattern:?}");
    }
    for name in LEFT_OUT {
        assert!(
            REFERENCE.contains(&format!("`{name}`")),
            "{name} is not told of"
        );
    }
}
