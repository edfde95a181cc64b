//! Reads the rules for the lines of a service, `format`, `fields`, `patterns` and `extract`: each
//! is compiled, and tested with its own examples.

use std::collections::BTreeMap;

use atalaya_logs::extract::{
    AcceptedFormats, Expected, FieldRule, KnownField, MAX_LINE_BYTES, MAX_NAMED_PATTERNS,
    MAX_NAMED_PATTERNS_OF_FILE, MAX_RULES, MAX_RULES_OF_FILE, NotAValue, Pattern, PatternError,
    Patterns, Rule, Rules, Subject, TimeUnit,
};

use super::cursor::{At, Found, Known};
use super::schema::keys::{self, MAX_EXAMPLES};
use super::schema::{Section, single};
use super::values::{self, Wrong, shown, wrong};

/// The totals of the file so far, over all services.
#[derive(Debug, Default)]
pub(super) struct Counts {
    rules: usize,
    patterns: usize,
}

/// Reads the rules of a service.
pub(super) fn read(
    service: &Known<'_, '_>,
    counts: &mut Counts,
    found: &mut Found,
) -> (BTreeMap<KnownField, FieldRule>, Rules) {
    let before = found.len();
    let accepted = service
        .get("format")
        .and_then(|at| at.text(found, accepted))
        .unwrap_or_default();
    let mut fields = BTreeMap::new();
    let mut field_examples = Vec::new();
    if let Some(known) = service
        .get("fields")
        .and_then(|at| at.clone().known(&keys::FIELDS, found))
    {
        for (key, at) in known.present() {
            if let Some(field) = KnownField::named(key)
                && let Some((rule, examples)) = field_rule(field, at, found)
            {
                fields.insert(field, rule);
                field_examples.push((field, examples));
            }
        }
    }
    let patterns = service
        .get("patterns")
        .map(|at| patterns(at, &mut counts.patterns, found))
        .unwrap_or_default();
    let extracts = service
        .get("extract")
        .map(|at| extracts(at, &patterns, &mut counts.rules, found))
        .unwrap_or_default();
    let (rules, rule_examples): (Vec<_>, Vec<_>) = extracts.into_iter().unzip();
    let rules = Rules::new(accepted, &fields, rules);
    // If the rules of the service have a fault already, the examples would only report its
    // consequences.
    if found.len() == before {
        for (field, examples) in &field_examples {
            for Example { at, line, expected } in examples {
                if let Err(mismatch) = rules.check_field(*field, line, expected) {
                    at.fault(found, mismatch.to_string(), REMEDY);
                }
            }
        }
        for (place, examples) in rule_examples.iter().enumerate() {
            for Example { at, line, expected } in examples {
                if let Err(mismatch) = rules.check_pattern(place, line, expected) {
                    at.fault(found, mismatch.to_string(), REMEDY);
                }
            }
        }
    }
    (fields, rules)
}

const REMEDY: &str = "correct the rule, or what its example says";

/// An example: a log line and the fields that a rule must read from it.
struct Example<'n, 't> {
    at: At<'n, 't>,
    line: String,
    expected: Expected,
}

fn accepted(text: &str) -> Result<AcceptedFormats, Wrong> {
    match AcceptedFormats::named(text) {
        Some(accepted) => Ok(accepted),
        None => values::unknown_word(&single::FORMAT, text),
    }
}

fn field_rule<'n, 't>(
    field: KnownField,
    at: &At<'n, 't>,
    found: &mut Found,
) -> Option<(FieldRule, Vec<Example<'n, 't>>)> {
    let file = at.clone().known(&keys::FIELD, found)?;
    let path = file
        .required("path", found)
        .and_then(|at| at.text(found, values::field_path));
    let unit = file.get("unit").and_then(|at| {
        if field != KnownField::Latency {
            at.fault(
                found,
                "has no meaning here",
                "remove it: only `latency` has a unit",
            );
            return None;
        }
        at.text(found, time_unit)
    });
    let examples = file
        .get("examples")
        .map(|at| {
            examples(at, &keys::FIELD_EXAMPLE, found, |at, found| {
                let value = at.scalar(found, |text| Ok(text.to_owned()))?;
                if value == NOTHING {
                    return Some(Expected::default());
                }
                expected(at, [(field, value.as_str())], found)
            })
        })
        .unwrap_or_default();
    Some((FieldRule { path: path?, unit }, examples))
}

/// The word in `gives` for a line that the rule must leave alone.
const NOTHING: &str = "nothing";

fn expected<'v>(
    at: &At<'_, '_>,
    values: impl IntoIterator<Item = (KnownField, &'v str)>,
    found: &mut Found,
) -> Option<Expected> {
    let not = |not: NotAValue| Wrong {
        problem: not.to_string(),
        remedy: not.remedy().to_owned(),
    };
    at.check(found, Expected::new(values).map_err(not))
}

/// Reads the examples of a rule; `gives` reads what one of them must yield.
fn examples<'n, 't>(
    at: &At<'n, 't>,
    section: &'static Section,
    found: &mut Found,
    gives: impl Fn(&At<'n, 't>, &mut Found) -> Option<Expected>,
) -> Vec<Example<'n, 't>> {
    let items = at.items(found).unwrap_or_default();
    if items.len() > MAX_EXAMPLES {
        let problem = format!("has {} items, more than {MAX_EXAMPLES}", items.len());
        at.fault(found, problem, "keep those that differ");
        return Vec::new();
    }
    let mut examples = Vec::with_capacity(items.len());
    for item in items {
        let Some(file) = item.clone().known(section, found) else {
            continue;
        };
        let line = file
            .required("line", found)
            .and_then(|at| at.text(found, sample));
        let expected = file
            .required("gives", found)
            .and_then(|at| gives(at, found));
        if let (Some(line), Some(expected)) = (line, expected) {
            let at = item;
            examples.push(Example { at, line, expected });
        }
    }
    examples
}

fn sample(text: &str) -> Result<String, Wrong> {
    if text.len() > MAX_LINE_BYTES {
        return wrong(
            format!("is {} bytes long, more than {MAX_LINE_BYTES}", text.len()),
            "cut what the rule has no need of",
        );
    }
    Ok(text.to_owned())
}

/// Records a fault if a service, or the whole file, has more rules than it may; the surplus is not
/// compiled.
fn is_bounded(
    at: &At<'_, '_>,
    (what, has, of_file): (&str, usize, usize),
    (most, most_of_file): (usize, usize),
    found: &mut Found,
) -> bool {
    for (has, most, of) in [(has, most, "a service"), (of_file, most_of_file, "a file")] {
        if has > most {
            let problem = format!("makes {has} {what} of {of}, more than {most}");
            at.fault(
                found,
                problem,
                "join some, or remove those that are not needed",
            );
            return false;
        }
    }
    true
}

fn patterns(at: &At<'_, '_>, count: &mut usize, found: &mut Found) -> Patterns {
    let mut patterns = Patterns::new();
    let entries = at.entries(found).unwrap_or_default();
    *count += entries.len();
    let has = ("patterns", entries.len(), *count);
    let most = (MAX_NAMED_PATTERNS, MAX_NAMED_PATTERNS_OF_FILE);
    if !is_bounded(at, has, most, found) {
        return patterns;
    }
    for (name, at) in &entries {
        if at.check(found, values::pattern_name(name)).is_none() {
            continue;
        }
        if let Some(pattern) = at.text(found, |text| Ok(text.to_owned())) {
            patterns.insert((*name).to_owned(), pattern);
        }
    }
    // Compiled alone, so that a fault names the pattern's own line and not one where its name is
    // used.
    for (name, at) in &entries {
        if let Some(pattern) = patterns.get(*name) {
            at.check(found, told(Pattern::grok(pattern, &patterns, None)));
        }
    }
    patterns
}

fn told<T>(pattern: Result<T, PatternError>) -> Result<T, Wrong> {
    pattern.map_err(|error| Wrong {
        problem: error.to_string(),
        remedy: error.remedy(),
    })
}

fn extracts<'n, 't>(
    at: &At<'n, 't>,
    patterns: &Patterns,
    count: &mut usize,
    found: &mut Found,
) -> Vec<(Rule, Vec<Example<'n, 't>>)> {
    let items = at.items(found).unwrap_or_default();
    *count += items.len();
    let has = ("rules", items.len(), *count);
    if !is_bounded(at, has, (MAX_RULES, MAX_RULES_OF_FILE), found) {
        return Vec::new();
    }
    let mut names = BTreeMap::new();
    let mut rules = Vec::with_capacity(items.len());
    for item in items {
        let line = item.line();
        let Some(file) = item.known(&keys::RULE, found) else {
            continue;
        };
        let name = file.required("name", found).and_then(|at| {
            let name = at.text(found, values::name)?;
            if let Some(first) = names.insert(name.clone(), line) {
                let problem = format!(
                    "{} is already the name of the rule of line {first}",
                    shown(&name)
                );
                at.fault(found, problem, "give each rule of a service its own name");
            }
            Some(name)
        });
        let rule = rule(&file, name.as_deref(), patterns, found);
        let examples = file.required("examples", found).map(|at| {
            let examples = examples(at, &keys::RULE_EXAMPLE, found, outcome);
            if at
                .items(&mut Vec::new())
                .is_some_and(|items| items.is_empty())
            {
                at.fault_in(found, &keys::NO_EXAMPLE);
            }
            examples
        });
        if let (Some(rule), Some(examples)) = (rule, examples) {
            rules.push((rule, examples));
        }
    }
    rules
}

/// Reads what a pattern must give of an example's line.
fn outcome(at: &At<'_, '_>, found: &mut Found) -> Option<Expected> {
    if at.is_text(NOTHING) {
        return Some(Expected::default());
    }
    let mut values = Vec::new();
    for (key, at) in at.clone().known(&keys::FIELD_VALUES, found)?.present() {
        let value = at.scalar(found, |text| Ok(text.to_owned()))?;
        if let Some(field) = KnownField::named(key) {
            // Each value is read alone first, so that an impossible one gets the fault at its own
            // line.
            expected(at, [(field, value.as_str())], found)?;
            values.push((field, value));
        }
    }
    let values = values.iter().map(|(field, value)| (*field, value.as_str()));
    expected(at, values, found)
}

fn rule(
    file: &Known<'_, '_>,
    name: Option<&str>,
    patterns: &Patterns,
    found: &mut Found,
) -> Option<Rule> {
    let unit = file.get("unit");
    let told_unit = unit.and_then(|at| at.text(found, time_unit));
    let subject = match file.get("of") {
        None => Subject::Line,
        Some(at) => at.text(found, subject)?,
    };
    let mut constants = Vec::new();
    if let Some(set) = file
        .get("set")
        .and_then(|at| at.clone().known(&keys::FIELD_VALUES, found))
    {
        for (key, at) in set.present() {
            let value = at.scalar(found, |text| Ok(text.to_owned()));
            if let (Some(field), Some(value)) = (KnownField::named(key), value) {
                expected(at, [(field, value.as_str())], found);
                constants.push((field, value.into_boxed_str()));
            }
        }
    }
    let pattern = match (file.get("grok"), file.get("regex")) {
        (Some(at), None) => at.text(found, |text| told(Pattern::grok(text, patterns, told_unit))),
        (None, Some(at)) => at.text(found, |text| told(Pattern::regex(text, told_unit))),
        _ => {
            file.not_one_of(found);
            None
        }
    }?;
    if !pattern.gives_any() && constants.is_empty() {
        file.at().fault(
            found,
            "gives no field",
            format!(
                "name a part of the pattern after a field, as in %{{NUMBER:latency}} or (?<latency>\\d+), or add \
                 `set`; the fields are {}",
                keys::FIELDS.names().collect::<Vec<_>>().join(", ")
            ),
        );
        return None;
    }
    if let Some(at) = unit.filter(|_| !pattern.gives(KnownField::Latency)) {
        at.fault(
            found,
            "has no meaning here",
            "remove it: the pattern gives no latency",
        );
    }
    // An impossible constant has a fault from above.
    Rule::new(name?, subject, pattern, constants).ok()
}

fn subject(text: &str) -> Result<Subject, Wrong> {
    match text {
        "line" => Ok(Subject::Line),
        "message" => Ok(Subject::Message),
        _ => values::unknown_word(&single::PATTERN_SUBJECT, text),
    }
}

fn time_unit(text: &str) -> Result<TimeUnit, Wrong> {
    match TimeUnit::named(text) {
        Some(unit) => Ok(unit),
        None => values::unknown_word(&single::UNIT, text),
    }
}
