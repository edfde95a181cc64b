//! Tests of the rules against authors and lines that mean no good: every pattern ends in a rule or a clear fault, and
//! no line takes long.
//!
//! Time is not measured here, where it would depend on the machine. What is asserted are the bounds that it follows
//! from: the size of what is compiled, and linear matching. A rule that broke them would be seen as a test that hangs.

use proptest::prelude::*;

use super::super::*;
use crate::record;

/// Applies a rule to a line, alone and in a JSON string.
fn apply(pattern: Pattern, line: &str) -> Fields<'static> {
    let rule = Rule::new("a", Subject::Line, pattern, Vec::new()).expect("no constants");
    let rules = Rules::new(AcceptedFormats::All, [], vec![rule]);
    let mut memory = Memory::default();
    let mut text = String::new();
    let line = Str::bare(line.as_bytes());
    let mut fields = record::read(line, &mut text);
    let given = rules.apply(line, &mut fields, &mut memory);
    let latency_ms = given
        .by_rule
        .has(KnownField::Latency)
        .then_some(fields.latency_ms);
    Fields {
        latency_ms: latency_ms.flatten(),
        ..Fields::default()
    }
}

#[test]
fn patterns_that_ruin_other_engines_are_matched_in_linear_time() {
    let long = "a".repeat(1 << 20);
    for (pattern, line) in [
        (r"^(a+)+$(?<path>x)", long.clone() + "!"),
        (r"^(a|a)*b(?<path>x)", long.clone()),
        (r"(a*)*(a*)*(a*)*(a*)*(a*)*b(?<path>x)", long.clone()),
        (r"(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)!(?<path>x)", long.clone()),
        (r"(a?){200}a{200}b(?<path>x)", long.clone()),
        (r"(?<path>(x+x+)+y)", "x".repeat(1 << 20)),
    ] {
        let pattern = Pattern::regex(pattern, None).expect("it is small");
        assert_eq!(apply(pattern, &line), Fields::default());
    }
}

#[test]
fn what_stands_beyond_the_bound_of_a_line_is_not_looked_at() {
    let pattern = Pattern::regex(r"took (?<latency>\d+)ms", None).expect("it compiles");
    let room = MAX_LINE_BYTES - "took 17ms".len();
    for (before, expected) in [(room, Some(17.0)), (room + 1, None)] {
        let line = "x".repeat(before) + "took 17ms";
        assert_eq!(apply(pattern.clone(), &line).latency_ms, expected);
    }
}

#[test]
fn patterns_that_grow_when_they_are_compiled_are_refused() {
    let words: Vec<String> = (0..400).map(|n| format!("word{n}")).collect();
    let wide = words.join("|");
    for (pattern, taken) in [
        (format!("(?<path>{wide})"), true),
        (format!("(?<path>({wide}){{1,100}})"), false),
        (
            "(?<path>((((a{1,100}){1,100}){1,100}){1,100}))".into(),
            false,
        ),
        ("(?<path>a{4000000000})".into(), false),
        ("(?<path>(?u:\\w{1,200}))".into(), false),
        (
            format!("{}(?<path>a){}", "(".repeat(60), ")".repeat(60)),
            true,
        ),
        (
            format!("{}(?<path>a){}", "(".repeat(2000), ")".repeat(2000)),
            false,
        ),
        (format!("(?<path>a){}", "*".repeat(2000)), false),
        (format!("(?<path>a){}", "(?i)".repeat(1000)), true),
        (format!("(?<path>[{}])", "a&&".repeat(1000)), false),
    ] {
        let compiled = Pattern::regex(&pattern, None);
        let shown: String = pattern.chars().take(60).collect();
        assert_eq!(compiled.is_ok(), taken, "{shown}: {compiled:?}");
        if let Err(error) = compiled {
            assert!(!error.to_string().contains('\n') && !error.remedy().is_empty());
        }
    }
}

/// Texts that look like patterns: what regular expressions and grok are made of, in any order.
fn pattern_like() -> impl Strategy<Value = String> {
    let tokens = prop::sample::select(vec![
        "(",
        ")",
        "(?:",
        "(?<status>",
        "(?P<latency>",
        "(?<statsu>",
        "(?=",
        "(?<!",
        "(?>",
        "(?i)",
        "(?u)",
        "(?x)",
        "[",
        "]",
        "[^",
        "[a-z]",
        "[[:alpha:]]",
        "&&",
        "{",
        "}",
        "{2,}",
        "{1,1000}",
        "{99999999999}",
        "*",
        "+",
        "?",
        "*?",
        "|",
        "^",
        "$",
        "\\b",
        "\\d",
        "\\w",
        "\\p{L}",
        "\\1",
        "\\x25",
        "\\",
        ".",
        "a",
        "é",
        "%",
        "%{",
        "%{NUMBER:latency:ms}",
        "%{IP}",
        "%{DATA}",
        "%{INT:status}",
        "%{HTTPD_COMBINEDLOG}",
        "%{NOPE}",
        "%{INT:latency:h}",
        "%{OWN:path}",
        "%{A=b:}",
        "%{INT:x=[0-9]}",
        "%{}",
        "\0",
        "\n",
        " ",
        "-",
    ]);
    prop::collection::vec(tokens, 0..30).prop_map(|tokens| tokens.concat())
}

/// What holds for every pattern and line: an answer without a panic, and the same one twice.
fn holds(pattern: &str, line: &str) -> Result<(), TestCaseError> {
    let patterns = Patterns::from([("OWN".to_owned(), pattern.replace("%{OWN", "%{WORD"))]);
    for compiled in [
        Pattern::regex(pattern, None),
        Pattern::grok(pattern, &patterns, None),
    ] {
        match compiled {
            Ok(pattern) => {
                prop_assert_eq!(apply(pattern.clone(), line), apply(pattern, line));
            }
            Err(error) => {
                prop_assert!(!error.to_string().is_empty() && !error.remedy().is_empty());
                prop_assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_pattern_and_any_line_have_an_answer(
        pattern in pattern_like(),
        line in prop_oneof![any::<String>(), "[ a-z0-9=.%{}]{0,200}"],
    ) {
        holds(&pattern, &line)?;
    }

    #[test]
    fn any_text_as_a_pattern_has_an_answer(pattern in any::<String>(), line in any::<String>()) {
        holds(&pattern, &line)?;
    }

    /// Whatever JSON a line holds, reading paths of it panics nowhere and gives what a whole reading of it gives.
    #[test]
    fn paths_give_what_stands_there(
        keys in prop::collection::vec("[a-c]{1,2}", 1..6), status in 100..600_u16, noise in any::<String>(),
    ) {
        let rule = FieldRule { path: keys.join("."), unit: None };
        let rules = Rules::new(AcceptedFormats::None, [(&KnownField::Status, &rule)], Vec::new());
        let mut json = serde_json::json!(status);
        for key in keys.iter().rev() {
            json = serde_json::json!({ "x": noise, key.as_str(): json, "y": [noise] });
        }
        let (line, mut memory) = (json.to_string(), Memory::default());
        let mut fields = Fields::default();
        rules.apply(Str::bare(line.as_bytes()), &mut fields, &mut memory);
        prop_assert_eq!(fields.status, Some(status));

        let (mut memory, mut fields) = (Memory::default(), Fields::default());
        rules.apply(Str::bare(noise.as_bytes()), &mut fields, &mut memory);
        prop_assert_eq!(fields.status, None);
    }
}
