//! The kinds of channel in one table, and the reading of who hears of an incident: the channels of each severity.
//!
//! A channel is data here: its kind and the values of the kind's keys. What a kind sends, and what an answer to it
//! means, stands in the render crate's folder of the same name, so that a new kind is one row here and one there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::cursor::{At, Found, Known};
use super::keys::Section;
use super::{SecretRef, Severity, keys, values};

use ValueType::{Secret, TopicArn};

/// Every kind of channel, in the order that faults name them.
pub const CHANNELS: &[ChannelKind] = &[
    ChannelKind::of("pagerduty", &["routing_key"], &[Secret]),
    ChannelKind::of("slack", &["webhook"], &[Secret]),
    ChannelKind::of("sns", &["topic"], &[TopicArn]),
    ChannelKind::of("webhook", &["url"], &[Secret]),
];

/// The kind of channel that is an SNS topic, and its one key.
const SNS: (&str, &str) = ("sns", "topic");

/// One kind of channel: its name in the settings and its keys, all of which are required.
#[derive(Debug)]
pub struct ChannelKind {
    name: &'static str,
    section: Section,
    types: &'static [ValueType],
}

/// What the value of a channel's key must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// A reference to a secret; a kind has at most one.
    Secret,
    /// The ARN of an SNS topic.
    TopicArn,
}

/// Somewhere a message goes. It displays as the name that deliveries are kept under, which holds references of secrets
/// and never a secret: `slack ssm:/atalaya/slack`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Channel {
    kind: &'static str,
    values: BTreeMap<&'static str, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Secret(SecretRef),
    Text(String),
}

impl ChannelKind {
    /// Returns a kind with its keys and the type of each key's value.
    const fn of(
        name: &'static str,
        keys: &'static [&'static str],
        types: &'static [ValueType],
    ) -> Self {
        assert!(keys.len() == types.len(), "each key has one type");
        let section = Section {
            prefix: "notify.<severity>[].<channel>.",
            keys,
        };
        Self {
            name,
            section,
            types,
        }
    }

    /// Returns its name, as the settings have it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns its keys, with what the value of each must be.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, ValueType)> {
        self.section
            .keys
            .iter()
            .copied()
            .zip(self.types.iter().copied())
    }
}

impl Channel {
    /// Returns the channel that is an SNS topic.
    #[must_use]
    pub fn topic(arn: &str) -> Self {
        let (kind, key) = SNS;
        Self {
            kind,
            values: BTreeMap::from([(key, Value::Text(arn.to_owned()))]),
        }
    }

    /// Returns the name of its kind, one of [`CHANNELS`].
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns the reference of its secret, if it has one.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretRef> {
        self.values.values().find_map(|value| match value {
            Value::Secret(reference) => Some(reference),
            Value::Text(_) => None,
        })
    }

    /// Returns the value of a key that is no secret.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key)? {
            Value::Text(text) => Some(text),
            Value::Secret(_) => None,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind)?;
        for value in self.values.values() {
            match value {
                Value::Secret(reference) => write!(out, " {reference}")?,
                Value::Text(text) => write!(out, " {text}")?,
            }
        }
        Ok(())
    }
}

/// Returns whether `key` is the name of a kind of channel or of a key of one.
pub(super) fn is_key(key: &str) -> bool {
    CHANNELS
        .iter()
        .any(|kind| kind.name == key || kind.section.keys.contains(&key))
}

/// Reads the channels of one severity.
pub(super) fn channels(at: &At<'_, '_>, found: &mut Found) -> Vec<Channel> {
    let mut channels = Vec::new();
    let mut seen = BTreeSet::new();
    for item in at.items(found).unwrap_or_default() {
        let Some(channel) = channel(&item, found) else {
            continue;
        };
        if !seen.insert(channel.clone()) {
            item.fault(
                found,
                "is the same channel as one before it",
                "remove it: it would tell everything twice",
            );
            continue;
        }
        channels.push(channel);
    }
    channels
}

fn channel(at: &At<'_, '_>, found: &mut Found) -> Option<Channel> {
    let before = found.len();
    let file = at.clone().known(&keys::CHANNEL, found)?;
    let mut present = file.present();
    let (Some((name, body)), None) = (present.next(), present.next()) else {
        // An unknown kind has been told already.
        if found.len() == before {
            let remedy = format!(
                "write one item for each channel: {}",
                keys::CHANNEL.keys.join(", ")
            );
            at.fault(found, "must be exactly one channel", remedy);
        }
        return None;
    };
    let kind = CHANNELS.iter().find(|kind| kind.name == name)?;
    let file = body.clone().known(&kind.section, found)?;
    let read: Vec<_> = kind
        .keys()
        .map(|(key, of)| Some((key, value(&file, key, of, found)?)))
        .collect();
    // Every key is read, so that all faults are told at once.
    let values = read.into_iter().collect::<Option<_>>()?;
    Some(Channel {
        kind: kind.name,
        values,
    })
}

fn value(
    file: &Known<'_, '_>,
    key: &'static str,
    of: ValueType,
    found: &mut Found,
) -> Option<Value> {
    let at = file.required(key, found)?;
    match of {
        Secret => at.scalar(found, values::secret).map(Value::Secret),
        TopicArn => at.scalar(found, values::topic_arn).map(Value::Text),
    }
}

/// The severity a key of `notify` stands for.
pub(super) fn severity(key: &str) -> Option<Severity> {
    Some(match key {
        "page" => Severity::Page,
        "ticket" => Severity::Ticket,
        "info" => Severity::Info,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_at_most_one_secret() {
        for kind in CHANNELS {
            let secrets = kind.types.iter().filter(|of| **of == Secret).count();
            assert!(secrets <= 1, "{} has {secrets} secrets", kind.name);
        }
    }

    #[test]
    fn a_topic_is_a_channel_of_the_settings() {
        let arn = "arn:aws:sns:us-east-1:111122223333:atalaya";
        let text = format!("notify: {{ info: [ {{ sns: {{ topic: \"{arn}\" }} }} ] }}");
        let settings = super::super::Settings::parse(&text).expect("is without fault");
        let channel = Channel::topic(arn);
        assert_eq!(settings.notify[&Severity::Info].first(), Some(&channel));
        assert_eq!(channel.to_string(), format!("sns {arn}"));
        assert_eq!((channel.text("topic"), channel.secret()), (Some(arn), None));
    }
}
