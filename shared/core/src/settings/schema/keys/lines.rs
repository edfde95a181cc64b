//! The rows of a service's rules for log lines: `fields` and `extract`.

use atalaya_logs::extract::KnownField;

use super::super::single::{
    FIELD_PATH, FIELD_VALUE, NAME, NOTHING, PATTERN, PATTERN_SUBJECT, SAMPLE, UNIT,
};
use super::super::{Key, List, OneOf, Section, Value, Words};
use super::{key, required, section};

/// The most examples of one rule.
pub const MAX_EXAMPLES: usize = 20;

const fn meaning(field: KnownField) -> &'static str {
    match field {
        KnownField::Timestamp => "When it happened.",
        KnownField::Level => "How serious it is.",
        KnownField::Message => "What a person reads.",
        KnownField::Service => "Which service wrote it.",
        KnownField::Method => "The HTTP method.",
        KnownField::Path => "The path as it was asked for.",
        KnownField::Route => "The route template.",
        KnownField::Status => "The HTTP status.",
        KnownField::Latency => "How long it took.",
        KnownField::TraceId => "The trace it belongs to.",
        KnownField::ErrorType => "The kind of error.",
        KnownField::Dependency => "The dependency that was called.",
    }
}

const FIELD_COUNT: usize = KnownField::ALL.len();

const fn of_each_field(value: Value, default: &'static str) -> [Key; FIELD_COUNT] {
    let mut keys = [key("", value, default, ""); FIELD_COUNT];
    let mut at = 0;
    while at < FIELD_COUNT {
        let field = KnownField::ALL[at];
        keys[at] = key(field.name(), value, default, meaning(field));
        at += 1;
    }
    keys
}

/// The fields of a log line that `fields` can point at.
pub static FIELDS: Section = section(
    "fields",
    "services.<service>.fields.",
    &of_each_field(Value::Section(&FIELD), "detected"),
);

/// The same fields where each has a value.
pub static FIELD_VALUES: Section = section(
    "values of fields",
    "services.<service>.fields.",
    &of_each_field(Value::One(&FIELD_VALUE), "none"),
);

/// Where one field stands.
pub static FIELD: Section = section(
    "field",
    "services.<service>.fields.<field>.",
    &[
        required(
            "path",
            Value::One(&FIELD_PATH),
            "The keys of the log line that lead to the field, with dots between.",
        ),
        key(
            "unit",
            Value::One(&UNIT),
            "detected",
            "The unit the field is written in; only for `latency`.",
        ),
        key(
            "examples",
            Value::List(&List {
                of: Value::Section(&FIELD_EXAMPLE),
                empty: None,
                most: Some(MAX_EXAMPLES),
            }),
            "none",
            "Lines that prove the rule.",
        ),
    ],
);

/// A line with one field in it.
pub static FIELD_EXAMPLE: Section = section(
    "example of a field",
    "services.<service>.fields.<field>.examples[].",
    &[
        required("line", Value::One(&SAMPLE), "A log line."),
        required(
            "gives",
            Value::One(&FIELD_VALUE),
            "What the field must be, or `nothing`.",
        ),
    ],
);

/// One pattern that gives fields.
pub static RULE: Section = Section {
    one_of: Some(&OneOf {
        keys: &["grok", "regex"],
        words: Words {
            problem: "must have one of `grok` and `regex`",
            remedy: "write a pattern with names as in %{NUMBER:latency:ms}, or one with groups as in (?<status>\\d{3})",
        },
    }),
    ..section(
        "rule",
        "services.<service>.extract[].",
        &[
            required(
                "name",
                Value::One(&NAME),
                "What `atalaya inspect` calls the rule.",
            ),
            key(
                "grok",
                Value::One(&PATTERN),
                "this or `regex`",
                "A pattern with references to others: %{NAME}, %{NAME:field}, %{NAME:latency:unit}.",
            ),
            key(
                "regex",
                Value::One(&PATTERN),
                "this or `grok`",
                "A regular expression whose named groups are fields.",
            ),
            key(
                "of",
                Value::One(&PATTERN_SUBJECT),
                "line",
                "What the pattern is held against: the line as it was logged, or the message that was read of it.",
            ),
            key(
                "unit",
                Value::One(&UNIT),
                "detected",
                "The unit of a latency that does not tell its own.",
            ),
            key(
                "set",
                Value::Section(&FIELD_VALUES),
                "none",
                "What every line has that the pattern matches, unless the pattern gives it.",
            ),
            required(
                "examples",
                Value::List(&List {
                    of: Value::Section(&RULE_EXAMPLE),
                    empty: Some(NO_EXAMPLE),
                    most: Some(MAX_EXAMPLES),
                }),
                "Lines that prove the rule.",
            ),
        ],
    )
};

/// A line, and the fields that a pattern reads from it.
pub static RULE_EXAMPLE: Section = section(
    "example of a rule",
    "services.<service>.extract[].examples[].",
    &[
        required("line", Value::One(&SAMPLE), "A log line."),
        required(
            "gives",
            Value::SectionOr(&FIELD_VALUES, &NOTHING),
            "What the rule alone must give: these fields and no others, or `nothing`.",
        ),
    ],
);

/// The fault of a rule without an example.
pub const NO_EXAMPLE: Words = Words {
    problem: "must hold at least one example",
    remedy: "a rule that no line proves may do nothing, or harm",
};
