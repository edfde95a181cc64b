//! `atalaya check --schema`: the table of the settings as a JSON Schema, for editors.

use atalaya_core::settings::schema::{Form, Kind, List, Map, Section, Single, Value, keys};
use serde_json::{Map as Object, Value as Json, json};

/// Renders the schema, indented, with a line's end.
pub(super) fn render() -> String {
    let mut definitions = Object::new();
    let root = section(&keys::ROOT, &mut definitions);
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "atalaya.yaml",
        "description": "What Atalaya watches and whom it tells; docs/config.md is the reference.",
        "$ref": root,
        "$defs": definitions,
    });
    format!("{schema:#}\n")
}

/// Defines a section and those within it, and returns how it is referred to.
fn section(section: &'static Section, definitions: &mut Object<String, Json>) -> String {
    let name = section.name.replace(' ', "-").replace('\'', "");
    let reference = format!("#/$defs/{name}");
    if definitions.contains_key(&name) {
        return reference;
    }
    // The section's name is reserved first, so that no section is defined twice.
    definitions.insert(name.clone(), Json::Null);
    let mut properties = Object::new();
    for key in section.keys {
        let mut schema = value(&key.value, definitions);
        let default = key.default.map(|default| format!(" Default: {default}."));
        let description = format!("{}{}", key.about, default.unwrap_or_default());
        schema["description"] = description.into();
        properties.insert(key.name.to_owned(), schema);
    }
    let required = section.keys.iter().filter(|key| key.default.is_none());
    let required: Vec<&str> = required.map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    if let Some((keys, _)) = section.alternatives() {
        let alone = keys.iter().map(|key| json!({ "required": [key] }));
        schema["oneOf"] = alone.collect();
    }
    definitions.insert(name, schema);
    reference
}

fn value(value: &'static Value, definitions: &mut Object<String, Json>) -> Json {
    match value {
        Value::One(single) => one(single),
        Value::Section(within) => json!({ "$ref": section(within, definitions) }),
        Value::SectionOr(within, single) => json!({
            "anyOf": [one(single), { "$ref": section(within, definitions) }],
        }),
        Value::Map(map) => {
            let mut schema = json!({ "type": "object", "propertyNames": one(map.names) });
            schema["additionalProperties"] = self::value(&map.of, definitions);
            if let Map {
                most: Some(most), ..
            } = map
            {
                schema["maxProperties"] = json!(most);
            }
            schema
        }
        Value::List(list) => {
            let mut schema =
                json!({ "type": "array", "items": self::value(&list.of, definitions) });
            if let List {
                most: Some(most), ..
            } = list
            {
                schema["maxItems"] = json!(most);
            }
            if list.empty.is_some() {
                schema["minItems"] = json!(1);
            }
            schema
        }
    }
}

fn one(single: &Single) -> Json {
    if !single.words.is_empty() {
        let words = single.words.iter().chain(single.also);
        // A YAML 1.1 parser reads `off` as `false`.
        let truth = single.also.contains(&"false").then_some(json!(false));
        return json!({ "enum": words.map(|word| json!(word)).chain(truth).collect::<Vec<_>>() });
    }
    let of = match single.kind {
        Kind::Text => json!("string"),
        Kind::Any => json!(["string", "number", "boolean"]),
        Kind::Number => json!("number"),
        Kind::Whole => json!("integer"),
        Kind::Boolean => json!("boolean"),
    };
    let mut schema = json!({ "type": of });
    let forms = single.checks.iter().filter_map(|check| match check.form {
        Form::Is(form) => Some(json!({ "pattern": form })),
        Form::IsNot(form) => Some(json!({ "not": { "pattern": form } })),
        Form::Word => None,
    });
    let forms: Vec<Json> = forms.collect();
    if !forms.is_empty() && single.kind == Kind::Text {
        schema["allOf"] = forms.into();
    }
    // The bounds of a number with a unit are given in its description only.
    if let (Kind::Number | Kind::Whole, Some(range)) = (single.kind, &single.range) {
        schema["minimum"] = json!(range.least);
        schema["maximum"] = json!(range.most);
    }
    schema
}
