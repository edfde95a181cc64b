//! The rows of the table: every section of `atalaya.yaml` with its keys, from the top of the file down.

mod detectors;
mod lines;
mod notify;

use atalaya_logs::extract::{MAX_NAMED_PATTERNS, MAX_RULES};

use super::single::{
    BOOLEAN, COUNTRY, FORMAT, LINE, LINK, LOG_GROUP, MAX_SERIES, NAME, NAMESPACE, OBJECTIVE,
    PATTERN, PATTERN_NAME, ROUTE, SEVERITY_CAP, THRESHOLD, WINDOW,
};
use super::{Key, List, Map, Section, Single, Value, Words};

pub use self::detectors::{DETECTORS, detector, subject};
pub use self::lines::{
    FIELD, FIELD_EXAMPLE, FIELD_VALUES, FIELDS, MAX_EXAMPLES, NO_EXAMPLE, RULE, RULE_EXAMPLE,
};
pub use self::notify::{CHANNEL, NOTIFY, PAGERDUTY, SLACK, SNS, WEBHOOK};

/// A key that may be left out.
const fn key(name: &'static str, value: Value, default: &'static str, about: &'static str) -> Key {
    Key {
        name,
        value,
        default: Some(default),
        about,
    }
}

/// A key that must be there.
const fn required(name: &'static str, value: Value, about: &'static str) -> Key {
    Key {
        name,
        value,
        default: None,
        about,
    }
}

const fn section(name: &'static str, place: &'static str, keys: &'static [Key]) -> Section {
    Section {
        name,
        place,
        keys,
        one_of: None,
    }
}

const fn list(of: Value) -> List {
    List {
        of,
        empty: None,
        most: None,
    }
}

const fn map(names: &'static Single, of: Value) -> Map {
    Map {
        names,
        of,
        most: None,
    }
}

/// The top of the file.
pub static ROOT: Section = section(
    "file",
    "",
    &[
        key(
            "namespace",
            Value::One(&NAMESPACE),
            "Atalaya",
            "The CloudWatch namespace of the metrics.",
        ),
        key(
            "services",
            Value::Map(&SERVICES),
            "none",
            "The services to watch, by name.",
        ),
        key(
            "detectors",
            Value::SectionOr(&DETECTORS, &SEVERITY_CAP),
            "as they come",
            "What is wanted of the detectors, for all services: one word for all of them, or each by its id.",
        ),
        key(
            "notify",
            Value::Section(&NOTIFY),
            "none",
            "Who hears of an incident, by its severity.",
        ),
        key(
            "mask",
            Value::Section(&MASK),
            "see Masking",
            "What is masked in log lines beyond what always is.",
        ),
    ],
);

static SERVICES: Map = map(&NAME, Value::Section(&SERVICE));

/// One service.
pub static SERVICE: Section = section(
    "service",
    "services.<service>.",
    &[
        required(
            "log_groups",
            Value::List(&List {
                of: Value::One(&LOG_GROUP),
                empty: Some(NO_LOG_GROUP),
                most: None,
            }),
            "The log groups the service writes to, by name; a group belongs to one service.",
        ),
        key(
            "owner",
            Value::One(&LINE),
            "none",
            "Who is responsible; shown in every alert.",
        ),
        key(
            "runbook",
            Value::One(&LINK),
            "none",
            "A link to what to do.",
        ),
        key(
            "routes",
            Value::List(&list(Value::One(&ROUTE))),
            "learned",
            "Route templates, as in /loan/{id}/status.",
        ),
        key(
            "format",
            Value::One(&FORMAT),
            "auto",
            "The form of lines that detection is believed for.",
        ),
        key(
            "fields",
            Value::Section(&FIELDS),
            "detected",
            "Where a field stands in the log lines.",
        ),
        key(
            "patterns",
            Value::Map(&Map {
                names: &PATTERN_NAME,
                of: Value::One(&PATTERN),
                most: Some(MAX_NAMED_PATTERNS),
            }),
            "none",
            "Patterns that those of `extract` may name.",
        ),
        key(
            "extract",
            Value::List(&List {
                of: Value::Section(&RULE),
                empty: None,
                most: Some(MAX_RULES),
            }),
            "none",
            "Patterns that give fields, tried in this order.",
        ),
        key(
            "dependencies",
            Value::Map(&map(&NAME, Value::Section(&DEPENDENCY))),
            "learned",
            "What the service calls, by name.",
        ),
        key(
            "slos",
            Value::List(&list(Value::Section(&SLO))),
            "none",
            "What the service promises.",
        ),
        key(
            "detectors",
            Value::SectionOr(&DETECTORS, &SEVERITY_CAP),
            "those of the top",
            "What is wanted of the detectors for this service: one word for all of them, or each by its id.",
        ),
        key(
            "max_series",
            Value::One(&MAX_SERIES),
            "100",
            "The most routes and dependencies that get series of their own: a cap on the bill.",
        ),
    ],
);

/// The fault of a service without a log group.
pub const NO_LOG_GROUP: Words = Words {
    problem: "must name at least one log group",
    remedy: "without one the service is never heard",
};

/// One dependency of a service.
pub static DEPENDENCY: Section = section(
    "dependency",
    "services.<service>.dependencies.<dependency>.",
    &[
        key(
            "external",
            Value::One(&BOOLEAN),
            "false",
            "Whether another company runs it.",
        ),
        key(
            "rds_cluster",
            Value::One(&NAME),
            "none",
            "The RDS or Aurora cluster it is.",
        ),
        key(
            "aliases",
            Value::List(&list(Value::One(&LINE))),
            "none",
            "Other names it has in log lines, such as its host.",
        ),
    ],
);

/// One objective of a service.
pub static SLO: Section = section(
    "objective",
    "services.<service>.slos[].",
    &[
        required(
            "name",
            Value::One(&NAME),
            "Unlike that of any other objective of the service.",
        ),
        required(
            "objective",
            Value::One(&OBJECTIVE),
            "The share of good requests in percent.",
        ),
        key(
            "window",
            Value::One(&WINDOW),
            "30d",
            "The window it is measured over.",
        ),
        key(
            "threshold",
            Value::One(&THRESHOLD),
            "none",
            "The latency a good request stays under.",
        ),
        key(
            "route",
            Value::One(&ROUTE),
            "the whole service",
            "The one route it is about.",
        ),
    ],
);

/// Masking beyond the default.
pub static MASK: Section = section(
    "mask",
    "mask.",
    &[key(
        "national_ids",
        Value::List(&list(Value::One(&COUNTRY))),
        "[br, es, us]",
        "The countries whose identity documents are masked in log lines.",
    )],
);
