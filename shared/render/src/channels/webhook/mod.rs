//! The web hook: any receiver of JSON over HTTPS. Its address is its secret; the status of its
//! answer alone decides whether it took the message.

pub mod body;

use super::answer::{Answer, Refusal};
use super::{Calls, Delivery, Protocol, Request, Step};

/// The row of this kind of channel.
pub(super) const PROTOCOL: Protocol = Protocol {
    name: "webhook",
    endpoint: None,
    calls: Calls::Http(next),
};

fn next(delivery: &Delivery<'_>, answers: &[Answer]) -> Result<Step, Refusal> {
    let Some(answer) = answers.first() else {
        let body = body::payload(delivery.message);
        let request = Request::json(delivery.secret, delivery.message, body);
        return Ok(Step::Call(request));
    };
    answer.check()?;
    Ok(Step::Taken(delivery.receipt()))
}
