//! The table of the settings as Terraform walks it: types by their names, none within another.

use std::collections::BTreeMap;

use atalaya_core::settings::schema::{Form, Kind, List, Map, Section, Single, Value, Words, keys};
use serde_json::{Value as Json, json};

/// Types by their names. What a type has nothing to say of, it leaves out.
type Types = BTreeMap<String, Json>;

/// Renders the table, a line for each type.
pub(crate) fn render() -> String {
    let mut types = Types::new();
    section(&keys::ROOT, None, &mut types);
    let lines = types
        .iter()
        .map(|(name, of)| format!("  {}: {of}", json!(name)));
    format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
}

/// Returns how many levels below the top a value may stand.
pub(crate) fn depth() -> usize {
    fn of_section(section: &Section) -> usize {
        { section.keys.iter() }
            .map(|key| 1 + of(&key.value))
            .max()
            .unwrap_or(0)
    }
    fn of(value: &Value) -> usize {
        match value {
            Value::One(_) => 0,
            Value::Section(section) | Value::SectionOr(section, _) => of_section(section),
            Value::Map(map) => 1 + of(&map.of),
            Value::List(list) => 1 + of(&list.of),
        }
    }
    of_section(&keys::ROOT)
}

/// Adds the type of a value and those within it, and returns its name.
fn value(value: &'static Value, types: &mut Types) -> String {
    match value {
        Value::One(single) => one(single, types),
        Value::Section(of) => section(of, None, types),
        Value::SectionOr(of, or) => section(of, Some(or), types),
        Value::Map(Map { names, of, .. }) => {
            let (names, each) = (one(names, types), self::value(of, types));
            let of = json!({ "kind": "mapping", "names": names, "each": each });
            add(format!("{each} by {names}"), of, types)
        }
        Value::List(List { of, empty, .. }) => {
            let each = self::value(of, types);
            let mut of = json!({ "kind": "list", "each": each });
            if let Some(words) = empty {
                of["empty"] = json!([fault(words, words.remedy)]);
            }
            add(format!("list of {each}"), of, types)
        }
    }
}

fn section(section: &'static Section, or: Option<&Single>, types: &mut Types) -> String {
    let keys: BTreeMap<&str, String> = { section.keys.iter() }
        .map(|key| (key.name, value(&key.value, types)))
        .collect();
    let known: Vec<&str> = section.names().collect();
    let mut of = json!({ "kind": "mapping", "keys": keys, "known": known.join(", ") });
    let required = section.keys.iter().filter(|key| key.default.is_none());
    let required: Vec<&str> = required.map(|key| key.name).collect();
    if !required.is_empty() {
        of["required"] = json!(required);
    }
    if let Some((keys, words)) = section.alternatives() {
        let remedy = words.remedy.replace("{words}", &keys.join(", "));
        of["one_of"] = json!([{ "keys": keys, "fault": fault(words, &remedy) }]);
    }
    if section.is_near_secrets() {
        of["hides"] = json!(true);
    }
    let mut name = section.name.to_owned();
    if let Some(single) = or {
        name = format!("{name}, or {}", single.name);
        of["or_single"] = json!(true);
        put_checks(&mut of, single);
    }
    add(name, of, types)
}

fn one(single: &Single, types: &mut Types) -> String {
    let kind = match single.kind {
        Kind::Text | Kind::Any => "text",
        Kind::Number | Kind::Whole => "number",
        Kind::Boolean => "boolean",
    };
    let mut of = json!({ "kind": kind });
    put_checks(&mut of, single);
    add(single.name.to_owned(), of, types)
}

/// Tells what a single value is held against: expressions, then the range of its number.
fn put_checks(of: &mut Json, single: &Single) {
    let words = { single.words.iter().chain(single.also) }
        .copied()
        .collect::<Vec<_>>();
    let check = |form: Form, words: &Words, listed: &[&str]| {
        let (form, is) = match form {
            Form::Is(form) => (form.to_owned(), true),
            Form::IsNot(form) => (form.to_owned(), false),
            Form::Word => (format!("^({})$", listed.join("|")), true),
        };
        json!({ "form": form, "is": is, "fault": fault(words, &single.remedy(words)) })
    };
    let mut checks: Vec<Json> = { single.checks.iter() }
        .map(|of| check(of.form, &of.words, &words))
        .collect();
    if let Some(range) = &single.range {
        if single.kind == Kind::Whole {
            checks.push(check(Form::Is("^[0-9]+$"), &range.words, &[]));
        }
        let units: BTreeMap<&str, f64> = range.units.iter().copied().collect();
        let fault = fault(&range.words, &single.remedy(&range.words));
        of["range"] = json!([{
            "units": units, "least": range.least, "most": range.most, "fault": fault,
        }]);
    }
    if !checks.is_empty() {
        of["checks"] = json!(checks);
    }
}

fn fault(words: &Words, remedy: &str) -> String {
    format!("{} ({remedy})", words.problem)
}

/// Adds a type. One name stands for one type.
fn add(name: String, of: Json, types: &mut Types) -> String {
    let before = types.insert(name.clone(), of);
    assert!(
        before.is_none_or(|before| before == types[&name]),
        "two types are called {name}"
    );
    name
}
