//! The rules of single values: the words, forms and bounds of each, and the fault where one is not
//! met.

use atalaya_logs::extract::AcceptedFormats;
use atalaya_logs::mask::Country;

use super::{Check, Form, Kind, Range, Single, Words};
use crate::detect::tuning::{Sensitivity, SeverityCap};

/// A value read as plain text, without further rules here.
const ANY: Single = Single {
    name: "value",
    kind: Kind::Any,
    words: &[],
    also: &[],
    checks: &[],
    range: None,
};

const fn is(form: &'static str, problem: &'static str, remedy: &'static str) -> Check {
    Check {
        form: Form::Is(form),
        words: Words { problem, remedy },
    }
}

const fn is_not(form: &'static str, problem: &'static str, remedy: &'static str) -> Check {
    Check {
        form: Form::IsNot(form),
        words: Words { problem, remedy },
    }
}

const fn word(problem: &'static str, remedy: &'static str) -> Check {
    Check {
        form: Form::Word,
        words: Words { problem, remedy },
    }
}

pub(in crate::settings) const NAMESPACE_RULE: &str =
    "CloudWatch takes 1 to 255 of the characters A-Z a-z 0-9 . - _ / # : and space";

/// A namespace of CloudWatch's metrics.
pub static NAMESPACE: Single = Single {
    name: "namespace",
    kind: Kind::Text,
    checks: &[
        is("[^ ]", "must not be empty", NAMESPACE_RULE),
        is(
            "^[A-Za-z0-9._/#: -]{1,255}$",
            "`{value}` is not a namespace",
            NAMESPACE_RULE,
        ),
        is_not(
            "^:",
            "must not begin with `:`",
            "CloudWatch refuses such a namespace",
        ),
        is_not(
            "^AWS/",
            "must not begin with `AWS/`",
            "AWS keeps those namespaces for itself",
        ),
    ],
    ..ANY
};

/// A name of our own: of a service, a dependency, an objective.
pub static NAME: Single = Single {
    name: "name",
    kind: Kind::Text,
    checks: &[is(
        "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        "`{value}` is not a name",
        "use 1 to 100 letters, digits, `.`, `_` and `-`, beginning with a letter or digit",
    )],
    ..ANY
};

/// The name of a log group. The table does not say which ones are Atalaya's own: a deployment knows
/// more of them.
pub static LOG_GROUP: Single = Single {
    name: "log group",
    kind: Kind::Text,
    checks: &[
        is_not(
            "^arn:",
            "must be the name of a log group, not its ARN",
            "keep what follows `log-group:`, without a final `:*`",
        ),
        is(
            "^[A-Za-z0-9_/.#-]{1,512}$",
            "`{value}` is not the name of a log group",
            "CloudWatch takes 1 to 512 of the characters A-Z a-z 0-9 _ / . - #",
        ),
    ],
    ..ANY
};

/// A line of free text that is shown to people.
pub static LINE: Single = Single {
    name: "line of text",
    kind: Kind::Text,
    checks: &[is(
        "[^ ]",
        "must not be empty",
        "write a text, or remove the key",
    )],
    ..ANY
};

/// A link that a person can follow. It may hold a password by mistake, and is not repeated.
pub static LINK: Single = Single {
    name: "link",
    kind: Kind::Text,
    checks: &[is(
        "^https?://",
        "must begin with `https://` or `http://`",
        "write a whole link, as in https://runbooks.example.com/loan-api",
    )],
    ..ANY
};

/// A route template.
pub static ROUTE: Single = Single {
    name: "route",
    kind: Kind::Text,
    checks: &[is(
        "^/",
        "`{value}` must begin with `/`",
        "write it as in /loan/{id}/status, with {name} for a part that varies",
    )],
    ..ANY
};

/// The keys that lead to a field of a log line, with dots between.
pub static FIELD_PATH: Single = Single {
    name: "path of a field",
    kind: Kind::Text,
    checks: &[is(
        "^[^.]+([.][^.]+){0,7}$",
        "`{value}` is not a path",
        "write the keys of the log line with dots between, as in http.elapsed; at most 8 of them",
    )],
    ..ANY
};

/// The name of a pattern.
pub static PATTERN_NAME: Single = Single {
    name: "name of a pattern",
    kind: Kind::Text,
    checks: &[is(
        "^[A-Za-z0-9_]{1,40}$",
        "`{value}` is not a name of a pattern",
        "use 1 to 40 letters, digits and `_`, as in LOAN_ID",
    )],
    ..ANY
};

/// A pattern; the reader compiles it.
pub static PATTERN: Single = Single {
    name: "pattern",
    kind: Kind::Text,
    ..ANY
};

/// A sample log line.
pub static SAMPLE: Single = Single {
    name: "log line",
    kind: Kind::Text,
    ..ANY
};

/// The value that a field must have, or gets; its meaning depends on the field.
pub static FIELD_VALUE: Single = ANY;

/// The word of an example for a line that the rule must leave alone.
pub static NOTHING: Single = Single {
    name: "nothing",
    words: &["nothing"],
    checks: &[word(
        "must be a mapping of keys and values, not a text",
        "write it as in {}, or `{words}` for a line that is to be left alone",
    )],
    ..ANY
};

/// The format of lines that detection accepts.
pub static FORMAT: Single = Single {
    name: "form of lines",
    kind: Kind::Text,
    words: &AcceptedFormats::NAMES,
    checks: &[word(
        "`{value}` is not a form of lines",
        "use one of: {words}",
    )],
    ..ANY
};

/// The unit of a latency.
pub static UNIT: Single = Single {
    name: "unit of latency",
    kind: Kind::Text,
    words: &["ns", "us", "\u{b5}s", "ms", "s"],
    // The micro sign exists twice in Unicode.
    also: &["\u{3bc}s"],
    checks: &[word(
        "`{value}` is not a unit of latency",
        "use ns, us, \u{b5}s, ms or s",
    )],
    ..ANY
};

/// The text that a pattern is matched with.
pub static PATTERN_SUBJECT: Single = Single {
    name: "subject of a pattern",
    kind: Kind::Text,
    words: &["line", "message"],
    checks: &[word(
        "`{value}` is nothing a pattern is held against",
        "use line or message",
    )],
    ..ANY
};

/// `true` or `false`.
pub static BOOLEAN: Single = Single {
    name: "truth value",
    kind: Kind::Boolean,
    ..ANY
};

const COUNTRY_CODES: [&str; Country::ALL.len()] = {
    let mut codes = [""; Country::ALL.len()];
    let mut at = 0;
    while at < codes.len() {
        codes[at] = Country::ALL[at].code();
        at += 1;
    }
    codes
};

/// A country whose identity documents are known.
pub static COUNTRY: Single = Single {
    name: "country",
    kind: Kind::Text,
    words: &COUNTRY_CODES,
    checks: &[word(
        "`{value}` is not a country whose documents are known",
        "use {words}",
    )],
    ..ANY
};

/// The most series of a service.
pub static MAX_SERIES: Single = Single {
    name: "number of series",
    kind: Kind::Whole,
    range: Some(Range {
        units: &[("", 1.0)],
        least: 1.0,
        most: 1000.0,
        words: Words {
            problem: "must be a whole number from 1 to 1000, not {value}",
            remedy: "each route and dependency is several metrics on the bill",
        },
    }),
    ..ANY
};

/// The share of good requests that is promised, in percent.
pub static OBJECTIVE: Single = Single {
    name: "objective in percent",
    kind: Kind::Number,
    range: Some(Range {
        units: &[("", 1.0)],
        least: 50.0,
        most: 99.999,
        words: Words {
            problem: "must be between 50 and 99.999, not {value}",
            remedy: "it is the share of good requests in percent, as in 99.9",
        },
    }),
    ..ANY
};

const DURATION_UNITS: &[(&str, f64)] = &[
    ("ms", 1.0),
    ("s", 1e3),
    ("m", 60e3),
    ("h", 3600e3),
    ("d", 86_400e3),
];

/// A whole number with a unit.
pub const DURATION: Check = is(
    "^[0-9]+(ms|s|m|h|d)$",
    "`{value}` is not a duration",
    "write a whole number and a unit, as in 500ms, 1s, 2m, 1h or 30d",
);

const WINDOW_FORM: &str = "write it in days, as in 7d, 28d or 30d";

/// The window of an objective.
pub static WINDOW: Single = Single {
    name: "window in days",
    kind: Kind::Text,
    checks: &[
        DURATION,
        is("d$", "must be whole days, not {value}", WINDOW_FORM),
    ],
    range: Some(Range {
        units: &[("d", 1.0)],
        least: 1.0,
        most: 90.0,
        words: Words {
            problem: "must be between 1d and 90d, not {value}",
            remedy: WINDOW_FORM,
        },
    }),
    ..ANY
};

const fn latency(remedy: &'static str) -> Range {
    Range {
        units: DURATION_UNITS,
        least: 1.0,
        most: 3600e3,
        words: Words {
            problem: "must be between 1ms and 1h, not {value}",
            remedy,
        },
    }
}

/// The latency that a good request stays under.
pub static THRESHOLD: Single = Single {
    name: "threshold of latency",
    kind: Kind::Text,
    checks: &[DURATION],
    range: Some(latency("it is the latency a good request stays under")),
    ..ANY
};

/// The severity cap of a detector.
pub static SEVERITY_CAP: Single = Single {
    name: "severity cap",
    words: &SeverityCap::WORDS,
    // YAML 1.1 reads a plain `off` as this word.
    also: &["false"],
    checks: &[word(
        "`{value}` is not how loudly a detector may tell",
        "use one of: {words}",
    )],
    ..ANY
};

/// The sensitivity of a detector.
pub static SENSITIVITY: Single = Single {
    name: "sensitivity",
    words: &Sensitivity::WORDS,
    checks: &[word(
        "`{value}` is not a sensitivity",
        "use one of: {words}",
    )],
    ..ANY
};

const fn percent(remedy: &'static str) -> [Check; 2] {
    [
        is(
            r"^[+]?[0-9.]+([eE][+-]?[0-9]+)?\s*%$",
            "`{value}` is not in percent",
            remedy,
        ),
        is_not(
            r"^[+]?[0.]+\s*%$",
            "must be above 0% and at most 100%, not {value}",
            remedy,
        ),
    ]
}

const fn at_most_all(remedy: &'static str) -> Range {
    Range {
        units: &[("%", 1.0)],
        least: 0.0,
        most: 100.0,
        words: Words {
            problem: "must be above 0% and at most 100%, not {value}",
            remedy,
        },
    }
}

const SHARE_RULE: &str = "it is the share of requests below which nothing is told, as in 2%";

/// The least share of requests that is reported.
pub static LEAST_SHARE: Single = Single {
    name: "least share",
    kind: Kind::Text,
    checks: &percent(SHARE_RULE),
    range: Some(at_most_all(SHARE_RULE)),
    ..ANY
};

const FALL_RULE: &str = "it is the share that must be missing of what was due, as in 60%";

/// The least share of the requests due that must be missing.
pub static LEAST_FALL: Single = Single {
    name: "least fall",
    kind: Kind::Text,
    checks: &percent(FALL_RULE),
    range: Some(at_most_all(FALL_RULE)),
    ..ANY
};

const LATENCY_RULE: &str = "it is the duration below which nothing is told, as in 800ms or 2s";

/// The least latency that is reported.
pub static LEAST_LATENCY: Single = Single {
    name: "least latency",
    kind: Kind::Text,
    checks: &[Check {
        words: Words {
            remedy: LATENCY_RULE,
            ..DURATION.words
        },
        ..DURATION
    }],
    range: Some(latency(LATENCY_RULE)),
    ..ANY
};

/// How long a silence must last before it is reported.
pub static LEAST_STRETCH: Single = Single {
    name: "least stretch",
    kind: Kind::Text,
    checks: &[DURATION],
    range: Some(Range {
        units: DURATION_UNITS,
        least: 60e3,
        most: 86_400e3,
        words: Words {
            problem: "must be between 1m and 24h, not {value}",
            remedy: "it is how long it must last before it is told, as in 30m",
        },
    }),
    ..ANY
};

const RATE_WORDS: Words = Words {
    problem: "`{value}` is not a number above 0",
    remedy: "it is how often in a minute, below which nothing is told, as in 5",
};

/// The least rate per minute that is reported.
pub static LEAST_RATE: Single = Single {
    name: "least rate",
    checks: &[
        is(
            "^[+]?[0-9.]+([eE][+-]?[0-9]+)?$",
            RATE_WORDS.problem,
            RATE_WORDS.remedy,
        ),
        is_not("^[+]?[0.]+$", RATE_WORDS.problem, RATE_WORDS.remedy),
    ],
    ..ANY
};

/// A reference to a secret. What is not one may be the secret itself, so no words here repeat it.
pub static SECRET: Single = Single {
    name: "secret",
    kind: Kind::Text,
    checks: &SECRET_CHECKS,
    ..ANY
};

/// The faults of a reference to a secret: it is none, names no parameter, names no secret.
pub(in crate::settings) const SECRET_CHECKS: [Check; 3] = [
    is(
        "^(ssm:|secretsmanager:)",
        "must be a reference to a secret, not the secret itself",
        "keep the secret in Parameter Store and write `ssm:/path`, or in Secrets Manager and write \
             `secretsmanager:name`; if a secret stood here, replace it",
    ),
    is(
        "^(ssm:/([A-Za-z0-9_./-]*[A-Za-z0-9_.-])|secretsmanager:.*)$",
        "does not name a parameter after `ssm:`",
        "write the whole path, as in ssm:/atalaya/slack",
    ),
    is(
        "^(ssm:.*|secretsmanager:[A-Za-z0-9/_+=.@:-]{1,512})$",
        "does not name a secret after `secretsmanager:`",
        "write its name or its ARN, as in secretsmanager:atalaya/slack",
    ),
];

/// The ARN of an SNS topic.
pub static TOPIC: Single = Single {
    name: "topic",
    kind: Kind::Text,
    checks: &[is(
        "^arn:aws[A-Za-z0-9-]*:sns:[A-Za-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}$",
        "is not the ARN of an SNS topic",
        "write it as in arn:aws:sns:us-east-1:123456789012:atalaya-page",
    )],
    ..ANY
};
