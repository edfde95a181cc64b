//! PagerDuty's Events API v2. The secret is the routing key; a `dedup_key` groups all messages
//! about an incident into one alert, and a resolve needs the same routing key as its trigger.

pub mod body;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::answer::{Answer, Refusal};
use super::{Calls, Delivery, Protocol, Receipt, Request, Step};

/// The row of this kind of channel. Services in PagerDuty's EU region have another endpoint.
pub(super) const PROTOCOL: Protocol = Protocol {
    name: "pagerduty",
    endpoint: Some("https://events.pagerduty.com/v2/enqueue"),
    calls: Calls::Http(next),
};

fn next(delivery: &Delivery<'_>, answers: &[Answer]) -> Result<Step, Refusal> {
    let Some(answer) = answers.first() else {
        let body = body::event(delivery.message, delivery.secret);
        let request = Request::json(delivery.endpoint, delivery.message, body);
        return Ok(Step::Call(request));
    };
    answer.check()?;
    let given: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let key = given["dedup_key"].as_str();
    let sent = body::dedup_key(delivery.message);
    Ok(Step::Taken(Receipt {
        key: delivery.receipt_part(key.unwrap_or(&sent)),
        ..delivery.receipt()
    }))
}
