//! The rows of `notify`: a list of channels for each severity.

use super::super::single::{SECRET, TOPIC};
use super::super::{OneOf, Section, Value, Words};
use super::{key, list, required, section};

/// The severities.
pub static NOTIFY: Section = section(
    "severities",
    "notify.",
    &[
        key("page", CHANNELS, "nobody", "To be dealt with now."),
        key(
            "ticket",
            CHANNELS,
            "nobody",
            "To be dealt with in working hours.",
        ),
        key("info", CHANNELS, "nobody", "Worth knowing."),
    ],
);

const CHANNELS: Value = Value::List(&list(Value::Section(&CHANNEL)));

/// The kinds of channel.
pub static CHANNEL: Section = Section {
    one_of: Some(&OneOf {
        keys: &[],
        words: Words {
            problem: "must be exactly one channel",
            remedy: "write one item for each channel: {words}",
        },
    }),
    ..section(
        "channel",
        "notify.<severity>[].",
        &[
            key(
                "pagerduty",
                Value::Section(&PAGERDUTY),
                "none",
                "A PagerDuty service.",
            ),
            key("slack", Value::Section(&SLACK), "none", "A Slack channel."),
            key("sns", Value::Section(&SNS), "none", "An SNS topic."),
            key(
                "webhook",
                Value::Section(&WEBHOOK),
                "none",
                "Any receiver of JSON over HTTPS.",
            ),
        ],
    )
};

/// A PagerDuty service.
pub static PAGERDUTY: Section = section(
    "pagerduty",
    "notify.<severity>[].pagerduty.",
    &[required(
        "routing_key",
        Value::One(&SECRET),
        "The routing key of its Events API integration.",
    )],
);

/// A Slack channel.
pub static SLACK: Section = section(
    "slack",
    "notify.<severity>[].slack.",
    &[required(
        "webhook",
        Value::One(&SECRET),
        "The address of its incoming webhook.",
    )],
);

/// An SNS topic.
pub static SNS: Section = section(
    "sns",
    "notify.<severity>[].sns.",
    &[required(
        "topic",
        Value::One(&TOPIC),
        "The ARN of the topic.",
    )],
);

/// Any other HTTPS receiver.
pub static WEBHOOK: Section = section(
    "webhook",
    "notify.<severity>[].webhook.",
    &[required("url", Value::One(&SECRET), "Its address.")],
);
