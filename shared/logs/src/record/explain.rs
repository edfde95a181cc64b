//! Which rule gave each field of a record: a key of its object, its form, its words, its stack trace. People ask that of
//! `inspect`; nothing else pays for it.

use std::collections::BTreeMap;

use super::json::{Around, Reader};
use super::{Fields, plain_text, text, timestamp};
use crate::json::{Held, Str, Value, Visit};

/// The rule that gave a field, by the field's name.
pub type Rules = BTreeMap<&'static str, String>;

/// How many envelopes around a line are looked into.
const MOST_ENVELOPES: u8 = 4;

/// Returns which rule gave each field that was read of a record's text.
#[must_use]
pub fn explain(text: &Str<'_>, fields: &Fields<'_>) -> Rules {
    within(text, fields, MOST_ENVELOPES)
}

fn within(line: &Str<'_>, fields: &Fields<'_>, envelopes: u8) -> Rules {
    let mut rules = Rules::new();
    let mut explainer = Explainer::default();
    let is_object = line.begins_object() && line.read_object(&mut explainer).is_ok();
    if is_object && explainer.reader.inside().is_none() {
        rules = explainer.rules;
    } else if is_object && let Some(inside) = explainer.reader.inside() {
        let mut memory = String::new();
        plain_text(*inside, &mut memory);
        let inner = Str::bare(memory.as_bytes());
        if envelopes > 0 {
            for (field, rule) in within(&inner, fields, envelopes - 1) {
                rules.insert(field, format!("{rule}, within an envelope"));
            }
        }
        for (field, rule) in explainer.rules {
            let rule = format!("{rule} of the envelope");
            rules.entry(field).or_insert(rule);
        }
    } else {
        let mut memory = String::new();
        plain_text(*line, &mut memory);
        rules = of_text(&memory, fields);
    }
    let present = told(fields);
    rules.retain(|field, _| {
        present
            .iter()
            .any(|(name, value)| name == field && value.is_some())
    });
    rules
}

/// Explains a record of text, of one line or several.
fn of_text(whole: &str, fields: &Fields<'_>) -> Rules {
    let head = whole.lines().next().unwrap_or_default();
    let mut message = String::new();
    let own = text::read(head);
    if let Some(said) = fields.message.or(own.message) {
        message.push_str(&said.text());
    }
    let mut words = Fields::default();
    for line in message.lines() {
        text::words(line, &mut words);
    }
    let (words, own) = (told(&words), told(&own));
    let mut rules = Rules::new();
    for (at, (field, value)) in told(fields).into_iter().enumerate() {
        let Some(value) = value else { continue };
        let by_words = words[at].1.as_ref() == Some(&value);
        let by_head = own[at].1.as_ref() == Some(&value);
        let rule = if by_words && field != "message" {
            "the words of the message"
        } else if by_head || field == "message" {
            fields.format.name()
        } else if field.starts_with("error") {
            "the stack trace"
        } else {
            "the lines below"
        };
        rules.insert(field, rule.to_owned());
    }
    rules
}

/// Each field by its name, as text.
fn told(fields: &Fields<'_>) -> [(&'static str, Option<String>); 12] {
    let text = |text: Option<Str<'_>>| text.map(|text| text.text().into_owned());
    let at = fields.timestamp.as_ref().and_then(timestamp::of);
    [
        ("timestamp", at.map(|at| at.to_string())),
        ("level", fields.level.map(|level| level.name().to_owned())),
        ("message", text(fields.message)),
        ("service", text(fields.service)),
        ("method", text(fields.method)),
        ("path", text(fields.path)),
        ("route", text(fields.route)),
        ("status", fields.status.map(|status| status.to_string())),
        ("latency", fields.latency_ms.map(|ms| ms.to_string())),
        ("trace_id", text(fields.trace_id)),
        ("error_type", text(fields.error_type)),
        ("dependency", text(fields.dependency)),
    ]
}

/// Reads an object as [`super::json`] does, and notes under which key each field was found.
#[derive(Default)]
struct Explainer<'a> {
    reader: Reader<'a>,
    /// The keys of the objects that were entered.
    paths: Vec<String>,
    rules: Rules,
}

impl Explainer<'_> {
    /// Does one step of the reader, and notes by which rule it gave or changed a field.
    fn note(&mut self, rule: impl Fn(&Self, &str) -> String, step: impl FnOnce(&mut Self)) {
        let before = told(self.reader.fields());
        step(self);
        for ((field, was), (_, is)) in before.into_iter().zip(told(self.reader.fields())) {
            if is.is_some() && is != was {
                let rule = rule(self, field);
                self.rules.insert(field, rule);
            }
        }
    }

    fn path(&self, scope: (Around, usize), key: &Str<'_>) -> String {
        format!("{}{}", self.paths[scope.1], key.text())
    }
}

impl<'a> Visit<'a> for Explainer<'a> {
    type Scope = (Around, usize);

    fn begin(&mut self) -> Self::Scope {
        self.paths = vec![String::new()];
        self.rules.clear();
        (self.reader.begin(), 0)
    }

    fn member(&mut self, scope: Self::Scope, key: &Str<'a>, value: Value<'a>) {
        let path = self.path(scope, key);
        self.note(
            |_, _| format!("key {path}"),
            |explainer| explainer.reader.member(scope.0, key, value),
        );
    }

    fn enters(&mut self, scope: Self::Scope, key: &Str<'a>, held: Held) -> Option<Self::Scope> {
        let around = self.reader.enters(scope.0, key, held)?;
        let path = self.path(scope, key);
        self.paths.push(format!("{path}."));
        Some((around, self.paths.len() - 1))
    }

    fn end(&mut self) {
        self.note(
            |explainer, field| {
                let reason = explainer.reader.reason().filter(|_| field == "latency");
                reason
                    .map_or("several members, or the words of the message", |reason| {
                        reason.why
                    })
                    .to_owned()
            },
            |explainer| explainer.reader.end(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record;

    fn check(line: &str, expected: &[(&str, &str)]) {
        let mut memory = String::new();
        let text = Str::bare(line.as_bytes());
        let fields = record::read(text, &mut memory);
        let rules = explain(&text, &fields);
        for (field, rule) in expected {
            assert_eq!(
                rules.get(field).map(String::as_str),
                Some(*rule),
                "{field}: {line}"
            );
        }
    }

    #[test]
    fn each_field_has_its_rule() {
        check(
            r#"{"level":30,"req":{"method":"GET","url":"/a"},"res":{"statusCode":503},"responseTime":23,"msg":"done"}"#,
            &[
                ("method", "key req.method"),
                ("status", "key res.statusCode"),
                (
                    "latency",
                    "loggers of Node, whose levels are numbers, count in milliseconds",
                ),
                ("message", "key msg"),
            ],
        );
        check(
            r#"{"log":"{\"level\":\"error\",\"msg\":\"boom\"}","container_id":"x","source":"stdout"}"#,
            &[("level", "key level, within an envelope")],
        );
        check(
            "2026-11-21 08:04:04,335 - loans - WARNING - scoring responded in 865 ms",
            &[
                ("level", "text layout"),
                ("latency", "the words of the message"),
                ("dependency", "the words of the message"),
            ],
        );
        check(
            "10.0.0.1 - - [21/Nov/2026:08:04:03 +0000] \"POST /a HTTP/1.1\" 201 67",
            &[("status", "access log"), ("path", "access log")],
        );
    }
}
