//! Tests of `format`, `fields`, `patterns` and `extract`: which rules are accepted, and the words
//! of each fault.

use std::fmt::Write as _;

use super::{check, parsed};

/// Checks keys of a service; they begin on line 4.
#[track_caller]
fn check_service(keys: &str, expected: &[&str]) {
    let mut text = "services:\n  api:\n    log_groups: [/ecs/api]\n".to_owned();
    for key in keys.lines() {
        writeln!(text, "    {key}").expect("a string takes all");
    }
    check(&text, expected);
}

/// Checks one rule, whose keys these are but for its name; it stands on line 5, its example on line 6.
#[track_caller]
fn check_rule(pattern: &str, expected: &[&str]) {
    let keys = format!(
        "extract:\n  - {{ name: a, {pattern}, examples: [\n    {{ line: 'rc=502', gives: {{ status: 502 }} }}] }}"
    );
    check_service(&keys, expected);
}

#[test]
fn a_rule_has_a_name_a_pattern_and_examples() {
    check_rule("grok: 'rc=%{INT:status}'", &[]);
    check_rule("regex: 'rc=(?<status>[0-9]+)', of: line", &[]);
    check_rule("regex: 'rc=502', set: { status: 502 }", &[]);
    check_service(
        "extract:\n  - { grok: 'a' }\n  - { name: a }",
        &[
            "line 5: services.api.extract[0]: has no `name` (add `name`, which has no default)",
            "line 5: services.api.extract[0]: gives no field (name a part of the pattern after a field, as in \
             %{NUMBER:latency} or (?<latency>\\d+), or add `set`; the fields are timestamp, level, message, service, \
             method, path, route, status, latency, trace_id, error_type, dependency)",
            "line 5: services.api.extract[0]: has no `examples` (add `examples`, which has no default)",
            "line 6: services.api.extract[1]: must have one of `grok` and `regex` (write a pattern with names as in \
             %{NUMBER:latency:ms}, or one with groups as in (?<status>\\d{3}))",
            "line 6: services.api.extract[1]: has no `examples` (add `examples`, which has no default)",
        ],
    );
    check_service(
        "extract:\n  - { name: a, grok: '%{INT:status}', examples: [] }",
        &[
            "line 5: services.api.extract[0].examples: must hold at least one example (a rule that no line proves may \
             do nothing, or harm)",
        ],
    );
    check_service(
        "extract:\n  - { name: a, grok: '%{INT:status}', examples: [{ line: '200', gives: { status: 200 } }] }\n  - { name: a, regex: '(?<path>x)', examples: [{ line: y, gives: nothing }] }",
        &[
            "line 6: services.api.extract[1].name: `a` is already the name of the rule of line 5 (give each rule of a \
             service its own name)",
        ],
    );
    check_rule(
        "grok: 'rc=%{INT:status}', unit: ms",
        &[
            "line 5: services.api.extract[0].unit: has no meaning here (remove it: the pattern gives no latency)",
        ],
    );
    check_rule(
        "grok: 'rc=%{INT:status}', of: trace",
        &[
            "line 5: services.api.extract[0].of: `trace` is nothing a pattern is held against (use line or message)",
        ],
    );
    check_rule(
        "regex: 'rc=502', set: { status: ok, colour: red }",
        &[
            "line 5: services.api.extract[0].set.status: cannot be a status (use a whole number from 100 to 599)",
            "line 5: services.api.extract[0].set.colour: is not a known key (known here: timestamp, level, message, \
             service, method, path, route, status, latency, trace_id, error_type, dependency)",
        ],
    );
}

#[test]
fn patterns_that_are_none_are_told_why() {
    let at = "line 5: services.api.extract[0]";
    for (pattern, problem) in [
        (
            "grok: '%{INTT:status}'",
            ".grok: names the pattern `INTT`, which nobody defines (did you mean `INT`?)",
        ),
        (
            "grok: '%{LOAN_NUMBER:status}'",
            ".grok: names the pattern `LOAN_NUMBER`, which nobody defines (define it under `patterns`, or use one that \
             docs/config.md lists)",
        ),
        (
            "grok: '%{INT:statsu}'",
            ".grok: gives `statsu`, which is no field (did you mean `status`?)",
        ),
        (
            "grok: '%{INT status}'",
            ".grok: has a `%{` that begins no reference to a pattern (write %{NAME}, %{NAME:field} or \
             %{NAME:latency:unit}; a % and a { of the line are written \\x25{)",
        ),
        (
            "grok: '%{INT:latency:sec}'",
            ".grok: gives latency in `sec`, which is not a unit (use ns, us, µs, ms or s)",
        ),
        (
            "grok: '%{INT:status:ms}'",
            ".grok: gives `status` in `ms` (leave that part out: only `latency` has a unit)",
        ),
        (
            "regex: 'a(?<status>[0-9]+'",
            ".regex: is not a regular expression: unclosed group (write it as the Rust crate `regex` reads it)",
        ),
        (
            "regex: '(?<=rc=)(?<status>[0-9]+)'",
            ".regex: is not a regular expression: look-around, including look-ahead and look-behind, is not supported \
             (a line is matched in bounded time, which leaves no way to look around or back; match what stands before \
             and after instead)",
        ),
        (
            r"regex: '(?<status>[0-9]+) \1'",
            ".regex: is not a regular expression: backreferences are not supported (a line is matched in bounded time, \
             which leaves no way to look around or back; match what stands before and after instead)",
        ),
        (
            "regex: '(?<Status>[0-9]+)'",
            ".regex: gives `Status`, which is no field (did you mean `status`?)",
        ),
        (
            "regex: '(?<status>(a{1,500}){1,500})'",
            ".regex: compiles to more than 524288 bytes (use fewer or shorter repetitions, such as {1,20} for {1,1000}, \
             or + for both)",
        ),
    ] {
        check_rule(pattern, &[&format!("{at}{problem}")]);
    }
    check_service(
        "patterns: { A: '%{B}', B: '%{A}', 'C-D': x, E: '(' }",
        &[
            "line 4: services.api.patterns.A: names a pattern that names itself, or too many one in the other (write \
             out what the innermost pattern stands for)",
            "line 4: services.api.patterns.B: names a pattern that names itself, or too many one in the other (write \
             out what the innermost pattern stands for)",
            "line 4: services.api.patterns.C-D: `C-D` is not a name of a pattern (use 1 to 40 letters, digits and `_`, \
             as in LOAN_ID)",
            "line 4: services.api.patterns.E: is not a regular expression: unclosed group (write it as the Rust crate \
             `regex` reads it)",
        ],
    );
}

#[test]
fn an_example_that_fails_tells_what_was_expected_and_what_came() {
    let remedy = "(correct the rule, or what its example says)";
    for (pattern, got) in [
        ("regex: 'rc=(?<status>[0-9])'", "nothing"),
        ("regex: 'nc=(?<status>[0-9]+)'", "nothing"),
        (
            "regex: 'rc=(?<status>(?<latency>[0-9]+))', unit: s",
            "status `502`, latency `502000 ms`",
        ),
        ("regex: 'rc=502', set: { level: warning }", "level `warn`"),
    ] {
        let expected = format!(
            "line 6: services.api.extract[0].examples[0]: must give status `502`, but gives {got} {remedy}"
        );
        check_rule(pattern, &[&expected]);
    }
    check_service(
        "extract:\n  - name: a\n    of: message\n    regex: 'took (?<latency>[0-9.]+)'\n    unit: s\n    examples:\n      - { line: '{\"msg\":\"took 0.5\"}', gives: { latency: 500 } }\n      - { line: '{\"msg\":\"took 0.5\"}', gives: { latency: 0.5s } }\n      - { line: '{\"note\":\"took 0.5\"}', gives: nothing }\n      - { line: '{\"msg\":\"took 0.5\"}', gives: nothing }\n      - { line: '{\"msg\":\"took 0.5\"}', gives: { latency: 0.5 } }",
        &[
            "line 13: services.api.extract[0].examples[3]: must give nothing, but gives latency `500 ms` (correct the \
             rule, or what its example says)",
            "line 14: services.api.extract[0].examples[4]: must give latency `0.5 ms`, but gives latency `500 ms` \
             (correct the rule, or what its example says)",
        ],
    );
    check_rule(
        "grok: 'rc=%{INT:status}', examples: []",
        &[
            "line 5: services.api.extract[0].examples: must hold at least one example (a rule that no line proves may \
             do nothing, or harm)",
            "line 5: services.api.extract[0].examples: stands twice, first on line 5 (keep one of the two)",
        ],
    );
}

#[test]
fn a_key_may_have_examples_too() {
    check_service(
        "fields:\n  status: { path: rc, examples: [{ line: '{\"rc\":502}', gives: 502 }, { line: '{\"a\":{\"rc\":502}}', gives: nothing }] }",
        &[],
    );
    check_service(
        "fields:\n  latency:\n    path: http.took\n    examples:\n      - { line: '{\"http\":{\"took\":\"1.5s\"}}', gives: 1500 }\n      - { line: '{\"http\":{\"took\":3}}', gives: 2 }\n      - { line: '{\"http\":{\"took\":3}}', gives: slow }\n      - { line: '{\"http\":{\"took\":3}}' }\n      - { gives: 3, lines: x }",
        &[
            "line 10: services.api.fields.latency.examples[2].gives: cannot be a latency (write milliseconds, as in \
             83.1, or a number and a unit, as in 1.5s)",
            "line 11: services.api.fields.latency.examples[3]: has no `gives` (add `gives`, which has no default)",
            "line 12: services.api.fields.latency.examples[4]: has no `line` (add `line`, which has no default)",
            "line 12: services.api.fields.latency.examples[4].lines: is not a known key (did you mean `line`?)",
        ],
    );
    check_service(
        "fields:\n  latency:\n    path: http.took\n    examples:\n      - { line: '{\"http\":{\"took\":3}}', gives: 2 }",
        &[
            "line 8: services.api.fields.latency.examples[0]: must give latency `2 ms`, but gives latency `3 ms` \
             (correct the rule, or what its example says)",
        ],
    );
}

#[test]
fn forms_have_names() {
    for form in ["auto", "json", "logfmt", "layout", "access", "none"] {
        check_service(&format!("format: {form}"), &[]);
    }
    check_service(
        "format: xml",
        &[
            "line 4: services.api.format: `xml` is not a form of lines (use one of: auto, json, logfmt, layout, access, \
             none)",
        ],
    );
}

#[test]
fn what_is_too_much_is_not_compiled() {
    let rule = |name: usize| {
        format!(
            "{{ name: r{name}, regex: '(?<path>x)', examples: [{{ line: x, gives: {{ path: x }} }}] }}"
        )
    };
    let rules = |count| (0..count).map(rule).collect::<Vec<_>>().join(", ");
    check_service(&format!("extract: [{}]", rules(32)), &[]);
    check_service(
        &format!("extract: [{}]", rules(33)),
        &[
            "line 4: services.api.extract: makes 33 rules of a service, more than 32 (join some, or remove those \
             that are not needed)",
        ],
    );
    let mut text = "services:\n".to_owned();
    for service in 0..5 {
        let rules = rules(32);
        writeln!(
            text,
            "  s{service}: {{ log_groups: [/ecs/{service}], extract: [{rules}] }}"
        )
        .expect("a string takes all");
    }
    check(
        &text,
        &[
            "line 6: services.s4.extract: makes 160 rules of a file, more than 128 (join some, or remove those \
             that are not needed)",
        ],
    );
    check_rule(
        &format!("regex: '{}(?<status>a)'", "a".repeat(4096)),
        &[
            "line 5: services.api.extract[0].regex: is 4108 bytes long, more than 4096 (match less of the line: only \
             what stands around the fields is needed)",
        ],
    );
    let long = "x".repeat(8193);
    check_service(
        &format!(
            "extract: [{{ name: a, regex: '(?<path>x)', examples: [{{ line: {long}, gives: nothing }}] }}]"
        ),
        &[
            "line 4: services.api.extract[0].examples[0].line: is 8193 bytes long, more than 8192 (cut what the rule has \
             no need of)",
        ],
    );
    let many: Vec<String> = (0..65).map(|at| format!("P{at}: x")).collect();
    check_service(
        &format!("patterns: {{ {} }}", many.join(", ")),
        &[
            "line 4: services.api.patterns: makes 65 patterns of a service, more than 64 (join some, or remove those that are not needed)",
        ],
    );
    // Each level names the one below it ten times: ten to the tenth in all, were it unfolded.
    let mut bomb = vec!["P0: lol".to_owned()];
    for at in 1..=10 {
        let below = format!("%{{P{}}}", at - 1);
        bomb.push(format!("P{at}: '{}'", below.repeat(10)));
    }
    check_service(
        &format!(
            "extract:\n  - {{ name: a, grok: '%{{P10:path}}', examples: [{{ line: x, gives: nothing }}] }}\npatterns: {{ {} }}",
            bomb.join(", ")
        ),
        &[
            "line 5: services.api.extract[0].grok: unfolds to more than 65536 bytes (match less of the line: only what \
             stands around the fields is needed)",
            "line 6: services.api.patterns.P4: unfolds to more than 65536 bytes (match less of the line: only what \
             stands around the fields is needed)",
            "line 6: services.api.patterns.P5: unfolds to more than 65536 bytes (match less of the line: only what \
             stands around the fields is needed)",
            "line 6: services.api.patterns.P6: unfolds to more than 65536 bytes (match less of the line: only what \
             stands around the fields is needed)",
            "line 6: services.api.patterns.P7: unfolds to more than 65536 bytes (match less of the line: only what \
             stands around the fields is needed)",
            "line 6: services.api.patterns.P8: unfolds to more than 65536 bytes (match less of the line: only what \
             stands around the fields is needed)",
            "line 6: services.api.patterns.P9: unfolds to more than 65536 bytes (match less of the line: only what \
             stands around the fields is needed)",
            "line 6: services.api.patterns.P10: unfolds to more than 65536 bytes (match less of the line: only what \
             stands around the fields is needed)",
        ],
    );
}

#[test]
fn a_service_without_rules_has_none() {
    let settings = parsed("services: { api: { log_groups: [/ecs/api], owner: somebody } }");
    assert_eq!(settings.rules_of("/ecs/api"), None);
    assert_eq!(settings.rules_of("/ecs/other"), None);
    let settings = parsed("services: { api: { log_groups: [/ecs/api], format: json } }");
    assert!(settings.rules_of("/ecs/api").is_some());
}
