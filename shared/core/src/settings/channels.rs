//! Reads the channels that are notified of an incident, for each severity.
//!
//! A channel is data here: its kind, which is a key of [`keys::CHANNEL`], and the values of that
//! kind's keys. The render crate's folder of the same name has what a kind sends and how it reads
//! the answer, so a new kind is one row in the settings' table and one row there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::cursor::{At, Found, Known};
use super::schema::{self, keys, single};
use super::{SecretRef, values};

/// The kind of channel that is an SNS topic, and its one key.
const SNS: (&str, &str) = ("sns", "topic");

/// A destination of notifications. It displays as the name under which deliveries are kept, which
/// holds references to secrets and never a secret: `slack ssm:/atalaya/slack`.
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

/// Returns the names of the kinds of channel, in the order of the settings' table.
pub fn channel_kinds() -> impl Iterator<Item = &'static str> {
    keys::CHANNEL.keys.iter().map(|key| key.name)
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

    /// Returns the name of its kind, one of [`channel_kinds`].
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
        // An unknown kind has a fault already.
        if found.len() == before {
            file.not_one_of(found);
        }
        return None;
    };
    let kind = keys::CHANNEL.keys.iter().find(|kind| kind.name == name)?;
    let schema::Value::Section(section) = kind.value else {
        return None;
    };
    let file = body.clone().known(section, found)?;
    let read: Vec<_> = { section.keys.iter() }
        .map(|key| Some((key.name, value(&file, key, found)?)))
        .collect();
    // Every key is read, so that all faults are reported at once.
    let values = read.into_iter().collect::<Option<_>>()?;
    Some(Channel {
        kind: kind.name,
        values,
    })
}

fn value(file: &Known<'_, '_>, key: &schema::Key, found: &mut Found) -> Option<Value> {
    let at = file.required(key.name, found)?;
    if is_secret(key) {
        at.scalar(found, values::secret).map(Value::Secret)
    } else {
        at.scalar(found, values::topic_arn).map(Value::Text)
    }
}

/// Returns whether the value of a channel's key is the reference of a secret; else it is the ARN of a topic.
fn is_secret(key: &schema::Key) -> bool {
    matches!(key.value, schema::Value::One(of) if of.name == single::SECRET.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Severity;

    #[test]
    fn a_kind_has_at_most_one_secret_and_topics_beside() {
        for kind in keys::CHANNEL.keys {
            let schema::Value::Section(section) = kind.value else {
                panic!("{} is no section", kind.name);
            };
            let secrets = section.keys.iter().filter(|key| is_secret(key)).count();
            assert!(secrets <= 1, "{} has {secrets} secrets", kind.name);
            for key in section.keys.iter().filter(|key| !is_secret(key)) {
                let topic =
                    matches!(key.value, schema::Value::One(of) if of.name == single::TOPIC.name);
                assert!(topic, "{}.{} is read as a topic", kind.name, key.name);
            }
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
