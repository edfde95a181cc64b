//! Tests of every kind of channel: the table, and the request that is sent for each event of an
//! incident.

use super::*;
use crate::fixtures::{alert, resolved};
use crate::message::tests::{bare, message, updated};
use atalaya_core::settings::schema::{Value, keys, single};

/// A delivery whose secret is `KEY`.
pub(super) fn delivery<'a>(message: &'a Message, channel: &'a settings::Channel) -> Delivery<'a> {
    Delivery {
        message,
        channel,
        secret: "KEY",
        endpoint: "https://endpoint.example/",
        earlier: None,
        now_ms: 1_767_862_021_000,
    }
}

/// Returns a channel of a kind, whose every key has a value of its type.
fn channel(name: &str) -> settings::Channel {
    let mut kinds = keys::CHANNEL.keys.iter();
    let kind = kinds.find(|kind| kind.name == name);
    let Some(Value::Section(section)) = kind.map(|kind| kind.value) else {
        panic!("{name} is in the settings");
    };
    let value = |of| match of {
        Value::One(of) if of.name == single::SECRET.name => "ssm:/atalaya/secret",
        _ => "arn:aws:sns:us-east-1:111122223333:atalaya",
    };
    let keys = { section.keys.iter() }.map(|key| format!("{}: \"{}\"", key.name, value(key.value)));
    let keys = keys.collect::<Vec<_>>().join(", ");
    let text = format!("notify: {{ page: [ {{ {name}: {{ {keys} }} }} ] }}");
    let settings = settings::Settings::parse(&text).expect("is without fault");
    let mut channels = settings.notify.into_values().flatten();
    channels.next().expect("one channel")
}

/// Returns how a kind of channel interprets one answer to a message.
pub(super) fn answered(name: &str, status: u16, body: &str) -> Result<Receipt, Refusal> {
    let (message, channel) = (message(&alert()), channel(name));
    let Calls::Http(next) = of(name).expect("a row").calls else {
        panic!("{name} is told otherwise");
    };
    let answer = Answer {
        status,
        body: body.into(),
        ..Answer::default()
    };
    match next(&delivery(&message, &channel), &[answer])? {
        Step::Taken(receipt) => Ok(receipt),
        Step::Call(_) => panic!("{name} makes one call"),
    }
}

/// Returns the first request to a kind of channel, in readable form.
fn sent(row: &Protocol, message: &Message) -> String {
    let channel = channel(row.name);
    let delivery = delivery(message, &channel);
    match row.calls {
        Calls::Sns(publication) => {
            let publication = publication(&delivery);
            format!("{}\n\n{}", publication.subject, publication.body)
        }
        Calls::Http(next) => {
            let Ok(Step::Call(request)) = next(&delivery, &[]) else {
                panic!("{} begins with a call", row.name);
            };
            assert!(!format!("{request:?}").contains("KEY"), "{request:?}");
            let body: serde_json::Value = serde_json::from_str(&request.body).expect("is JSON");
            serde_json::to_string_pretty(&body).expect("is JSON")
        }
    }
}

#[test]
fn the_settings_know_the_same_kinds() {
    let ours: Vec<_> = CHANNELS.iter().map(|row| row.name).collect();
    assert_eq!(ours, settings::channel_kinds().collect::<Vec<_>>());
}

#[test]
fn every_event_is_sent_as_agreed() {
    for incident in [alert(), updated(), resolved()] {
        let message = message(&incident);
        for row in CHANNELS {
            let name = format!("{}-{}", message.event.name(), row.name);
            insta::assert_snapshot!(name, sent(row, &message));
        }
    }
}

#[test]
fn nothing_that_could_not_be_had_is_left_out_in_silence() {
    for row in CHANNELS {
        let text = sent(row, &bare());
        for part in [
            "names no log group of this service",
            "was not told: answered 500",
        ] {
            assert!(text.contains(part), "{}: {text}", row.name);
        }
    }
}

#[test]
fn a_message_that_comes_again_has_the_same_key() {
    let message = message(&alert());
    for row in CHANNELS {
        let Calls::Http(next) = row.calls else {
            continue;
        };
        let channel = channel(row.name);
        let Ok(Step::Call(request)) = next(&delivery(&message, &channel), &[]) else {
            panic!("{} begins with a call", row.name);
        };
        let key = ("idempotency-key", message.id.clone());
        assert!(request.headers.contains(&key), "{}", row.name);
    }
}

#[test]
fn every_kind_that_is_told_over_http_knows_failure_from_success() {
    for row in CHANNELS {
        if matches!(row.calls, Calls::Sns(_)) {
            continue;
        }
        assert!(answered(row.name, 200, "ok").is_ok(), "{}", row.name);
        let later = answered(row.name, 500, "hush").expect_err("a failure");
        let never = answered(row.name, 302, "hush").expect_err("a refusal");
        assert_eq!(later.again, answer::Again::Later(None), "{}", row.name);
        assert_eq!(never.again, answer::Again::Never, "{}", row.name);
    }
}

#[test]
fn a_receipt_keeps_no_secret_and_nothing_long() {
    let (message, channel) = (message(&alert()), channel("webhook"));
    let delivery = delivery(&message, &channel);
    assert_eq!(delivery.receipt_part("1.2").as_deref(), Some("1.2"));
    for text in ["", "a KEY", &"ñ".repeat(257)] {
        assert_eq!(delivery.receipt_part(text), None, "{text}");
    }
    assert_eq!(delivery.receipt().at_ms, 1_767_862_021_000);
}
