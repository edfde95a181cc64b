//! Reads who is told: the channels of each severity, whose secrets are references and nothing else.

use std::collections::BTreeSet;

use super::cursor::{At, Found};
use super::schema::keys;
use super::{Channel, values};

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
    let mut kinds = file.present();
    let (Some((kind, at_kind)), None) = (kinds.next(), kinds.next()) else {
        // An unknown kind has been told already.
        if found.len() == before {
            file.not_one_of(found);
        }
        return None;
    };
    let body = |section, found: &mut Found| at_kind.clone().known(section, found);
    match kind {
        "pagerduty" => {
            let file = body(&keys::PAGERDUTY, found)?;
            let routing_key = file
                .required("routing_key", found)?
                .scalar(found, values::secret)?;
            Some(Channel::PagerDuty { routing_key })
        }
        "slack" => {
            let file = body(&keys::SLACK, found)?;
            let webhook = file
                .required("webhook", found)?
                .scalar(found, values::secret)?;
            Some(Channel::Slack { webhook })
        }
        "sns" => {
            let file = body(&keys::SNS, found)?;
            let topic = file
                .required("topic", found)?
                .scalar(found, values::topic_arn)?;
            Some(Channel::Sns { topic })
        }
        _ => {
            let file = body(&keys::WEBHOOK, found)?;
            let url = file.required("url", found)?.scalar(found, values::secret)?;
            Some(Channel::Webhook { url })
        }
    }
}
