//! Tests of the table: that the reference has its rows, and that it refuses nothing that the reader takes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;
use regex::Regex;

use super::super::schema::{Form, Key, Section, Single, Value, keys, single};
use super::super::values;
use super::REFERENCE;

/// Every section of the file by its name.
fn sections() -> BTreeMap<&'static str, &'static Section> {
    fn of(value: &'static Value, found: &mut BTreeMap<&'static str, &'static Section>) {
        match value {
            Value::One(_) => {}
            Value::Section(section) | Value::SectionOr(section, _) => add(section, found),
            Value::Map(map) => of(&map.of, found),
            Value::List(list) => of(&list.of, found),
        }
    }
    fn add(section: &'static Section, found: &mut BTreeMap<&'static str, &'static Section>) {
        if found.insert(section.name, section).is_none() {
            for key in section.keys {
                of(&key.value, found);
            }
        }
    }
    let mut found = BTreeMap::new();
    add(&keys::ROOT, &mut found);
    found
}

/// A row of the reference: a key, and its default if the table has one.
struct Row {
    key: &'static str,
    default: Option<&'static str>,
}

fn rows() -> Vec<Row> {
    let mut tells_defaults = false;
    let mut rows = Vec::new();
    for line in REFERENCE.lines() {
        let cells: Vec<&str> = line.split(" | ").collect();
        if line.starts_with("| key |") {
            tells_defaults = cells.get(2) == Some(&"default");
        }
        // The patterns of the library have rows of their own.
        let key = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split_once('`'));
        if let Some((key, _)) = key.filter(|(key, _)| !key.starts_with("%{")) {
            let default = cells.get(2).copied().filter(|_| tells_defaults);
            rows.push(Row { key, default });
        }
    }
    rows
}

#[test]
fn the_reference_has_a_row_for_every_key_and_no_other() {
    let told: BTreeSet<String> = rows().iter().map(|row| row.key.to_owned()).collect();
    let paths = |section: &'static Section| {
        let place = section.place;
        section.names().map(move |key| format!("{place}{key}"))
    };
    // A channel has a page of its own (docs/channels), which its own test compares.
    let of_channel = |key: &String| key.starts_with(keys::CHANNEL.place);
    let known = sections().into_values().flat_map(paths);
    let known: BTreeSet<String> = known.filter(|key| !of_channel(key)).collect();
    assert_eq!(told, known);
}

#[test]
fn the_reference_tells_the_defaults_of_the_table() {
    let bare = |text: &str| text.replace('`', "");
    let told: BTreeMap<&str, String> = rows()
        .iter()
        .filter_map(|row| Some((row.key, bare(row.default?))))
        .filter(|(_, default)| default != "as for all")
        .collect();
    assert!(told.len() > 30, "{told:?}");
    let mut wrong = Vec::new();
    for section in sections().into_values() {
        for key in section.keys {
            let path = format!("{}{}", section.place, key.name);
            let default = bare(key.default.unwrap_or("required"));
            if let Some(told) = told.get(path.as_str()).filter(|told| **told != default) {
                wrong.push(format!("{path}: {told}, and not {default}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_key_is_told_of_in_a_sentence() {
    for section in sections().into_values() {
        for Key { name, about, .. } in section.keys {
            assert!(about.ends_with('.'), "{}{name}: {about}", section.place);
        }
    }
}

/// Returns whether the checks and the range of the table refuse a text, as Terraform applies them.
fn refused(single: &Single, text: &str) -> bool {
    let fails = |form: &Form| match form {
        Form::Is(form) => !matches(form, text),
        Form::IsNot(form) => matches(form, text),
        Form::Word => !single
            .words
            .iter()
            .chain(single.also)
            .any(|word| *word == text),
    };
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || "% ".contains(c));
    let outside = single.range.as_ref().is_some_and(|range| {
        let unit = text[digits.len()..].trim();
        let factor = range.units.iter().find(|(name, _)| *name == unit);
        match (digits.parse::<f64>(), factor) {
            (Ok(number), Some((_, factor))) => !range.holds(number * factor),
            _ => false,
        }
    });
    outside || single.checks.iter().any(|check| fails(&check.form))
}

/// Matches an expression of the table, which is compiled once.
fn matches(form: &'static str, text: &str) -> bool {
    thread_local! {
        static COMPILED: RefCell<HashMap<&'static str, Regex>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        let compile = || Regex::new(form).expect("the table has expressions");
        compiled.entry(form).or_insert_with(compile).is_match(text)
    })
}

type Reads = fn(&str) -> bool;

/// Single values, and whether the reader takes a text for one.
const READERS: [(&Single, Reads); 17] = [
    (&single::NAMESPACE, |text| values::namespace(text).is_ok()),
    (&single::NAME, |text| values::name(text).is_ok()),
    (&single::LOG_GROUP, |text| values::log_group(text).is_ok()),
    (&single::LINE, |text| values::line(text).is_ok()),
    (&single::LINK, |text| values::link(text).is_ok()),
    (&single::ROUTE, |text| values::route(text).is_ok()),
    (&single::FIELD_PATH, |text| values::field_path(text).is_ok()),
    (&single::PATTERN_NAME, |text| {
        values::pattern_name(text).is_ok()
    }),
    (&single::COUNTRY, |text| values::country(text).is_ok()),
    (&single::WINDOW, |text| values::window_days(text).is_ok()),
    (&single::THRESHOLD, |text| values::threshold(text).is_ok()),
    (&single::SECRET, |text| values::secret(text).is_ok()),
    (&single::TOPIC, |text| values::topic_arn(text).is_ok()),
    (&single::LEAST_SHARE, |text| least("error_rate", text)),
    (&single::LEAST_LATENCY, |text| least("latency", text)),
    (&single::LEAST_STRETCH, |text| least("no_logs", text)),
    (&single::LEAST_RATE, |text| least("new_error", text)),
];

fn least(detector: &str, text: &str) -> bool {
    let text = text.replace('\'', "''");
    let file = format!("detectors: {{ {detector}: {{ at_least: '{text}' }} }}");
    super::Settings::parse(&file).is_ok()
}

#[test]
fn what_the_reader_takes_the_table_does_not_refuse() {
    for (single, text) in [
        (&single::NAMESPACE, "Loans/prod #1"),
        (&single::LOG_GROUP, "/ecs/prod/loan-api.1#2"),
        (&single::LEAST_SHARE, "0.5%"),
        (&single::LEAST_SHARE, "60 %"),
        (&single::LEAST_SHARE, "1e1%"),
        (&single::LEAST_SHARE, ".5%"),
        (&single::LEAST_RATE, "1e3"),
        (&single::LEAST_RATE, "+.5"),
        (&single::LEAST_STRETCH, "1d"),
        (&single::THRESHOLD, "0001ms"),
        (&single::WINDOW, "090d"),
        (&single::SECRET, "ssm:/atalaya/slack"),
        (&single::SECRET, "ssm:/a"),
        (
            &single::SECRET,
            "secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:x-Ab",
        ),
        (
            &single::TOPIC,
            "arn:aws-us-gov:sns:us-gov-west-1:123456789012:page.fifo",
        ),
    ] {
        let (_, reads) = READERS
            .iter()
            .find(|(of, _)| of.name == single.name)
            .expect("a row");
        assert!(reads(text), "the reader takes {text} as {}", single.name);
        assert!(!refused(single, text), "{text} as {}", single.name);
    }
}

/// Texts that look like values: the parts of names, durations, links and references, in any order.
fn value_like() -> impl Strategy<Value = String> {
    let tokens = prop::sample::select(vec![
        "a",
        "Z",
        "7",
        "0",
        "90",
        "100",
        ".",
        "-",
        "_",
        "/",
        ":",
        "#",
        " ",
        "%",
        "+",
        "e3",
        "d",
        "h",
        "m",
        "s",
        "ms",
        "ssm:",
        "secretsmanager:",
        "arn:",
        "aws",
        "sns:",
        "us-east-1:",
        "123456789012:",
        "https://",
        "{id}",
        "@",
        "é",
        "\t",
        "$",
        "AWS/",
        "es",
        "br",
    ]);
    prop::collection::vec(tokens, 0..8).prop_map(|tokens| tokens.concat())
}

proptest! {
    /// Terraform and editors apply the table: a text that they refuse, `atalaya check` must refuse,
    /// too.
    #[test]
    fn what_the_table_refuses_the_reader_refuses(text in prop_oneof![any::<String>(), value_like()]) {
        for (single, reads) in READERS {
            prop_assert!(
                !refused(single, &text) || !reads(&text),
                "{text:?} is refused as {} by the table alone", single.name
            );
        }
    }
}

#[test]
fn what_terraform_takes_is_taken_here() {
    super::check(
        include_str!("../../../../../infra/modules/pipeline/tests/settings/good.yaml"),
        &[],
    );
}

/// Returns whether two faults say the same. Terraform knows no lines, lists all known keys instead
/// of the nearest, hides as `?` other names than the reader hides, and has one remedy for an empty
/// value.
fn same(terraform: &str, (path, told): (&str, &str)) -> bool {
    let Some((place, words)) = terraform.split_once(": ") else {
        return false;
    };
    let alike = |(one, other): (&str, &str)| one == other || one == "?" || other == "?";
    let parts = || place.split('.').zip(path.split('.'));
    let same_place = place.split('.').count() == path.split('.').count() && parts().all(alike);
    let both = |problem: &str| words.contains(problem) && told.contains(problem);
    same_place
        && (words == told
            || both("is not a known key (")
            || both("must be a text, not nothing (")
            || both("` already belongs to `"))
}

#[test]
fn terraform_tells_faults_in_the_same_words() {
    const FILE: &str =
        include_str!("../../../../../infra/modules/pipeline/tests/settings/faults.yaml");
    const TOLD: &str =
        include_str!("../../../../../infra/modules/pipeline/tests/settings/faults.txt");
    let faults = super::Settings::parse(FILE).expect_err("a file of faults");
    let faults: Vec<(String, String)> = { faults.as_slice().iter() }
        .map(|fault| {
            (
                fault.path.clone(),
                format!("{} ({})", fault.problem, fault.remedy),
            )
        })
        .collect();
    let is_told_here = |line: &&str| faults.iter().any(|(path, told)| same(line, (path, told)));
    let others: Vec<&str> = TOLD.lines().filter(|line| !is_told_here(line)).collect();
    assert_eq!(
        others,
        Vec::<&str>::new(),
        "faults that only Terraform tells, of {faults:#?}"
    );
}
