//! Tests of the settings with hostile texts: YAML's traps, too much of everything, noise, and
//! secrets.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::Settings;
use super::super::schema::{self, keys};
use super::{EXAMPLE, check, parsed};

#[test]
fn what_of_yaml_is_not_read() {
    check(
        "a: &a [x]\nservices: *a\n",
        &[
            "line 1: a: is not a known key (known here: namespace, services, detectors, notify, mask)",
            "line 2: services: must be a mapping of keys and values, not an alias (write the value out; aliases are \
             not read)",
        ],
    );
    check(
        "services:\n  api: { log_groups: [/a], <<: { owner: a } }\n",
        &[
            "line 2: services.api.?: is not a known key (write the values out; merge keys are not read)",
        ],
    );
    check(
        "namespace: !!str 12",
        &[
            "line 1: namespace: must be a text, not a value with a tag (remove the tag that begins with `!`)",
        ],
    );
    check(
        "? [a, b]\n: c\n",
        &["line 1: holds a key that is not a text (write a plain name before the `:`)"],
    );
    check(
        "namespace: A\n---\nnamespace: B\n",
        &["line 2: begins a second document (keep one document in the file)"],
    );
    check(
        "- a",
        &["line 1: must be a mapping of keys and values, not a list (write it as in {})"],
    );
    check(
        "services: {}\nnotify: { page: [\n",
        &[
            "line 3: is not YAML: while parsing a node, did not find expected node content (check the indentation, \
           quotes and brackets here and just above)",
        ],
    );
}

#[test]
fn what_is_too_much_is_refused() {
    let deep = "line 1: is nested more than 16 levels deep (no key stands so deep; check the brackets and the \
                indentation)";
    check(&"[".repeat(17), &[deep]);
    check(&"{a: ".repeat(17), &[deep]);
    check(&"- ".repeat(100_000), &[deep]);
    check(
        &"#".repeat((1 << 20) + 1),
        &[
            "line 1: is 1048577 bytes long, more than 1048576 (split the services over several deployments)",
        ],
    );
    check(
        &format!("[{}", "a,".repeat(400_000)),
        &["line 1: holds more than 200000 values (split the services over several deployments)"],
    );
    let mut bomb = "a: &a [lol]\n".to_owned();
    for (this, last) in ('b'..='z').zip('a'..) {
        writeln!(
            bomb,
            "{this}: &{this} [{}]",
            vec![format!("*{last}"); 9].join(",")
        )
        .expect("a string takes all");
    }
    for open in ["[", "{a: ", "- ", "? "] {
        assert!(
            Settings::parse(&open.repeat(200_000)).is_err(),
            "of {open:?} for ever"
        );
    }
    let faults = Settings::parse(&bomb).expect_err("no such keys");
    assert_eq!(faults.as_slice().len(), 26);
}

#[test]
fn bytes_that_are_not_utf8_are_told_by_their_line() {
    assert_eq!(
        Settings::parse_bytes(EXAMPLE.as_bytes()),
        Ok(parsed(EXAMPLE))
    );
    let faults =
        Settings::parse_bytes(b"namespace: A\n# caf\xe9\n").expect_err("Latin-1 is not UTF-8");
    assert_eq!(
        faults.to_string(),
        "line 2: is not UTF-8 (save the file as UTF-8)"
    );
    assert_eq!(faults.as_slice()[0].column, 6);
}

/// Texts that look like settings files: the tokens of YAML and our own keys, in any order.
fn settings_like() -> impl Strategy<Value = String> {
    let tokens = prop::sample::select(vec![
        "services",
        "notify",
        "page",
        "slos",
        "log_groups",
        "objective",
        "latency",
        "slack",
        ":",
        ": ",
        "- ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\n",
        "\n  ",
        "\n    ",
        "&a ",
        "*a",
        "!!str ",
        "'",
        "\"",
        "|\n",
        ">",
        "#",
        "---",
        "<<",
        "99.9",
        "30d",
        "ssm:/a",
        "/ecs/a",
        "\t",
        "\u{feff}",
        "\0",
        "é",
        "~",
        "\r",
    ]);
    prop::collection::vec(tokens, 0..60).prop_map(|tokens| tokens.concat())
}

/// Asserts what holds for every text: no panic, the same answer twice, faults that lie in the file
/// and can be printed.
fn holds(text: &str) -> Result<(), TestCaseError> {
    let answer = Settings::parse(text);
    prop_assert_eq!(&answer, &Settings::parse(text));
    if let Err(faults) = answer {
        prop_assert!(!faults.as_slice().is_empty());
        for fault in faults.as_slice() {
            prop_assert!(
                (1..=text.split(['\n', '\r']).count() + 1).contains(&fault.line),
                "{fault}"
            );
            prop_assert!(!fault.to_string().contains(char::is_control), "{fault}");
            prop_assert!(!fault.problem.is_empty() && !fault.remedy.is_empty());
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in any::<String>()) {
        holds(&text)?;
    }

    #[test]
    fn any_bytes_have_an_answer(bytes in any::<Vec<u8>>()) {
        if let Err(faults) = Settings::parse_bytes(&bytes) {
            prop_assert!(!faults.to_string().is_empty());
        }
    }

    #[test]
    fn any_tokens_have_an_answer(text in settings_like()) {
        holds(&text)?;
    }

    #[test]
    fn the_example_with_a_hole_or_a_graft_has_an_answer(
        at in 0..EXAMPLE.len(), cut in 0..40_usize, graft in settings_like(),
    ) {
        let rest = EXAMPLE.get(at + cut..).unwrap_or_default();
        holds(&format!("{}{rest}", &EXAMPLE[..at]))?;
        holds(&format!("{}{graft}{rest}", &EXAMPLE[..at]))?;
    }

    /// Wherever a secret stands by mistake, as a value, as a key or without one, no fault repeats it.
    #[test]
    fn a_literal_secret_is_never_repeated(secret in "[A-Za-z0-9]{6}[A-Za-z0-9/_.-]{6,40}[A-Za-z0-9]") {
        let keys = keys::CHANNEL.keys.iter().flat_map(|kind| {
            let schema::Value::Section(section) = kind.value else { panic!("{} is no section", kind.name) };
            section.keys.iter().map(|key| (kind.name, key.name))
        });
        let of_keys = keys.map(|(kind, key)| format!("{kind}: {{ {key}: '{secret}' }}"));
        for channel in of_keys.chain([
            format!("slack: {{ webhook: 'https://hooks.slack.com/{secret}' }}"),
            format!("slack: '{secret}'"),
            format!("slack: {{ '{secret}' }}"),
            format!("slack: {{ '{secret}', '{secret}' }}"),
            format!("slack: [ '{secret}' ]"),
            format!("pagerduty: {{ routing_key: {secret} }}"),
            format!("pagerduty: {{ routing_key: 'ssm:{secret}' }}"),
            format!("webhook: {{ url: ['{secret}'] }}"),
            format!("'{secret}': {{}}"),
        ]) {
            let text = format!("notify: {{ page: [ {{ {channel} }} ] }}");
            let faults = Settings::parse(&text).expect_err("a literal secret is a fault");
            prop_assert!(!faults.to_string().contains(&secret), "{faults}");
            prop_assert!(!format!("{faults:?}").contains(&secret), "{faults:?}");
        }
    }
}
