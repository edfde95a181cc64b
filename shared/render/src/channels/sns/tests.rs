//! Publications to a topic stay within what SNS takes.

use super::*;
use crate::channels::tests::delivery;
use crate::fixtures::alert;
use crate::message::tests::{hostile, message};
use atalaya_core::settings;

#[test]
fn the_limits_are_those_of_sns() {
    // API reference of SNS, `Publish`: 256 KiB with attributes, a subject of fewer than 100 characters, 128 characters of
    // a group or a key of de-duplication.
    assert_eq!((MAX_SUBJECT, MAX_KEY), (99, 128));
    const { assert!(MAX_BODY < 256 * 1_024) };
    let publication = publication(&delivery(&hostile(), &topic("atalaya.fifo")));
    let (group, key) = publication.fifo.expect("the topic is a FIFO one");
    assert!(publication.body.len() <= MAX_BODY);
    assert!(group.chars().count() <= MAX_KEY && key.chars().count() <= MAX_KEY);
}

#[test]
fn a_body_is_cut_between_characters() {
    assert_eq!(cut("x".into()), "x");
    let long = format!("x{}", "ñ".repeat(MAX_BODY));
    assert_eq!(cut(long).len(), MAX_BODY - 1);
}

#[test]
fn only_a_fifo_topic_has_keys() {
    let message = message(&alert());
    let fifo = |name| publication(&delivery(&message, &topic(name))).fifo;
    let keys = (message.dedup_key.clone(), message.id.clone());
    assert_eq!(fifo("atalaya.fifo"), Some(keys));
    assert_eq!(fifo("atalaya"), None);
    assert_eq!(fifo("fifo.atalaya"), None);
}

fn topic(name: &str) -> settings::Channel {
    settings::Channel::topic(&format!("arn:aws:sns:us-east-1:111122223333:{name}"))
}

#[test]
fn a_subject_is_short_printable_ascii() {
    for message in [message(&alert()), hostile()] {
        let subject = subject(&message);
        assert!(subject.len() <= MAX_SUBJECT, "{subject}");
        assert!(subject.starts_with("[PAGE] prod "), "{subject}");
        assert!(
            subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "{subject}"
        );
    }
}
