//! The envelope of a CloudWatch Logs batch, read in place.

use std::borrow::Cow;

use memchr::memmem;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{BatchError, Reject};
use crate::json::{Broken, Cursor, Held, Str, Value, Visit};

/// What a payload says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// Log events to be handled.
    Data,
    /// A probe with which CloudWatch Logs tests that the destination is reachable.
    Control,
}

/// A batch of log events and where they came from.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    /// What it says.
    pub message: Message,
    /// The account that owns the log group.
    pub owner: Cow<'a, str>,
    /// The log group.
    pub group: Cow<'a, str>,
    /// The log stream.
    pub stream: Cow<'a, str>,
    payload: &'a [u8],
    /// Where the log events begin in the payload.
    start: usize,
}

/// One log event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEvent<'a> {
    /// Its id, unique in its log group.
    pub id: Str<'a>,
    /// Event time, in milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// The line as it was logged.
    pub message: Str<'a>,
    /// Whether the message is a JSON object from its first character on, whose members the visitor was handed.
    pub is_object: bool,
}

/// The fields of an envelope that accounting needs.
const FIELDS: [&str; 4] = ["messageType", "owner", "logGroup", "logStream"];

impl<'a> Batch<'a> {
    /// Reads the envelope of an inflated payload; its log events are read by [`Self::events`].
    pub fn open(payload: &'a [u8]) -> Result<Self, BatchError> {
        let not_an_envelope = |broken: Broken| BatchError::NotAnEnvelope { at: broken.at };
        let mut cursor = Cursor::<false>::new(payload);
        cursor.open_object().map_err(not_an_envelope)?;
        let mut fields = [None; 4];
        let mut start = None;
        let mut first = true;
        // What follows the log events does not matter once the rest is known, and may be cut off.
        while start.is_none() || fields.contains(&None) {
            let Some(key) = cursor.next_key(&mut first).map_err(not_an_envelope)? else {
                break;
            };
            let name = key.plain().unwrap_or_default();
            if let Some(at) = FIELDS.iter().position(|field| field.as_bytes() == name) {
                fields[at] = Some(cursor.string().map_err(not_an_envelope)?);
                continue;
            }
            if name == b"logEvents" {
                let mut list = cursor.clone();
                start = list.take(b'[').then(|| list.at());
                if !fields.contains(&None) {
                    break;
                }
            }
            cursor.skip().map_err(not_an_envelope)?;
        }
        let field = |at: usize| fields[at].ok_or(BatchError::Lacks(FIELDS[at]));
        let message = match field(0)?.plain() {
            Some(b"DATA_MESSAGE") => Message::Data,
            Some(b"CONTROL_MESSAGE") => Message::Control,
            _ => {
                return Err(BatchError::Lacks(
                    "known messageType (DATA_MESSAGE or CONTROL_MESSAGE)",
                ));
            }
        };
        Ok(Self {
            message,
            owner: field(1)?.text(),
            group: field(2)?.text(),
            stream: field(3)?.text(),
            payload,
            start: start.ok_or(BatchError::Lacks("logEvents"))?,
        })
    }

    /// Returns the log events in their order, bad ones as the reason why they are not taken.
    pub fn events(&self) -> Events<'a> {
        let mut cursor = Cursor::new(self.payload);
        cursor.go_to(self.start);
        Events {
            payload: self.payload,
            cursor,
            follows: true,
            done: false,
        }
    }

    /// Returns a hash that begins the batch's content key; the ids of its events go in as they are read.
    #[must_use]
    pub fn key(&self) -> KeyHash {
        let parts = [&self.owner, &self.group, &self.stream];
        let chain = |hash, part: &Cow<'_, str>| xxh3_64_with_seed(part.as_bytes(), hash);
        KeyHash(parts.into_iter().fold(0, chain))
    }

    /// Returns a hash of the log stream alone, the same in every process: by it, batches are spread over shards.
    #[must_use]
    pub fn stream_hash(&self) -> u64 {
        xxh3_64(self.stream.as_bytes())
    }
}

/// The content key of a batch: a hash of owner, log group, log stream and event ids.
///
/// Eight bytes: within one item, some dozens of keys meet, so that two different batches share one with a chance
/// below one in 10^15.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchKey(pub [u8; 8]);

/// The content key of a batch in the making: each part is hashed with the hash of all before it as its seed.
#[derive(Debug, Clone, Copy)]
pub struct KeyHash(u64);

impl KeyHash {
    /// Adds the id of the next event.
    pub fn add(&mut self, id: &Str<'_>) {
        self.0 = match id.plain() {
            Some(id) => xxh3_64_with_seed(id, self.0),
            None => xxh3_64_with_seed(id.text().as_bytes(), self.0),
        };
    }

    /// Returns the key.
    #[must_use]
    pub fn finish(&self) -> BatchKey {
        BatchKey(self.0.to_le_bytes())
    }
}

/// The log events of a batch, read one at a time.
#[derive(Debug, Clone)]
pub struct Events<'a> {
    payload: &'a [u8],
    cursor: Cursor<'a, false>,
    /// Whether the next event follows at once, with no comma before it.
    follows: bool,
    done: bool,
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<LogEvent<'a>, Reject>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with(&mut Nobody)
    }
}

/// Takes no member.
struct Nobody;

impl<'a> Visit<'a> for Nobody {
    type Scope = ();

    fn begin(&mut self) {}

    fn member(&mut self, (): (), _: &Str<'a>, _: Value<'a>) {}

    fn enters(&mut self, (): (), _: &Str<'a>, _: Held) -> Option<()> {
        None
    }

    fn end(&mut self) {}
}

impl<'a> Events<'a> {
    /// Reads the next event. Where [`LogEvent::is_object`] comes of it, `visit` was handed the message's members.
    pub fn next_with<V: Visit<'a>>(
        &mut self,
        visit: &mut V,
    ) -> Option<Result<LogEvent<'a>, Reject>> {
        if self.done {
            return None;
        }
        if self.cursor.take(b']') {
            self.done = true;
            return None;
        }
        if !std::mem::take(&mut self.follows) && !self.cursor.take(b',') {
            return Some(Err(self.search(self.cursor.at())));
        }
        let start = self.cursor.at();
        Some(match event(&mut self.cursor, visit) {
            Ok(Some(event)) => Ok(event),
            Ok(None) => Err(Reject::MalformedEvent),
            Err(_) => Err(self.search(start)),
        })
    }

    /// Goes on with the event after a broken one. Within a message, the quote that begins a key would be escaped, so
    /// what is found is no part of one.
    fn search(&mut self, broken: usize) -> Reject {
        let rest = self.payload.get(broken + 1..).unwrap_or_default();
        if let Some(found) = memmem::find(rest, b"},{\"") {
            self.cursor.go_to(broken + 1 + found + 2);
            self.follows = true;
            return Reject::MalformedEvent;
        }
        self.done = true;
        let whole = self.payload.trim_ascii_end().ends_with(b"]}");
        if whole {
            Reject::MalformedEvent
        } else {
            Reject::CutOff
        }
    }
}

/// Reads one event; `None` where it lacks something or has it in another type.
#[inline]
fn event<'a, V: Visit<'a>>(
    cursor: &mut Cursor<'a, false>,
    visit: &mut V,
) -> Result<Option<LogEvent<'a>>, Broken> {
    if !cursor.take(b'{') {
        cursor.skip()?;
        return Ok(None);
    }
    let (mut id, mut timestamp_ms, mut message) = (None, None, None);
    let mut is_object = false;
    let mut first = true;
    while let Some(key) = cursor.next_key(&mut first)? {
        match key.plain() {
            Some(b"id") if cursor.is_string() => id = Some(cursor.string()?),
            Some(b"message") if cursor.is_string() => {
                let object = cursor.string_of_object(visit);
                is_object = object.is_some();
                message = Some(match object {
                    Some(object) => object,
                    None => cursor.long_string()?,
                });
            }
            Some(b"timestamp") => {
                let before = cursor.at();
                if let Ok(ms) = cursor.integer() {
                    timestamp_ms = Some(ms);
                } else {
                    cursor.go_to(before);
                    cursor.skip()?;
                }
            }
            _ => cursor.skip()?,
        }
    }
    let (Some(id), Some(timestamp_ms), Some(message)) = (id, timestamp_ms, message) else {
        return Ok(None);
    };
    Ok(Some(LogEvent {
        id,
        timestamp_ms,
        message,
        is_object,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn envelope(events: &str) -> String {
        format!(
            r#"{{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/ecs/é","logStream":"s",
            "subscriptionFilters":["f"],"logEvents":{events}}}"#
        )
    }

    fn good(id: u32) -> String {
        format!(r#"{{"id":"{id}","timestamp":{id},"message":"m}},{{\"{id}\n"}}"#)
    }

    /// Reads a payload into ids of events and names of rejects.
    fn read(payload: &[u8]) -> Result<Vec<String>, BatchError> {
        let events = Batch::open(payload)?.events();
        Ok(events
            .map(|event| match event {
                Ok(event) => event.id.text().into_owned(),
                Err(reject) => reject.name().to_owned(),
            })
            .collect())
    }

    #[test]
    fn one_bad_event_costs_that_event() {
        let (a, b) = (good(1), good(2));
        for (events, expected) in [
            (String::from("[]"), vec![]),
            (format!("[{a},{b}]"), vec!["1", "2"]),
            (format!(" [ {a} , {b} ] "), vec!["1", "2"]),
            (format!("[{a},42,{b}]"), vec!["1", "malformed_event", "2"]),
            (
                format!("[{a},[{b}],{b}]"),
                vec!["1", "malformed_event", "2"],
            ),
            (format!("[{{}},{a}]"), vec!["malformed_event", "1"]),
            (
                format!(r#"[{{"id":"x","timestamp":1.5,"message":"m"}},{a}]"#),
                vec!["malformed_event", "1"],
            ),
            (
                format!(r#"[{{"id":"x","timestamp":"1","message":"m"}},{a}]"#),
                vec!["malformed_event", "1"],
            ),
            (
                format!(r#"[{{"id":"x","timestamp":1,"message":{{}}}},{a}]"#),
                vec!["malformed_event", "1"],
            ),
            (
                format!(r#"[{a},{{"id":"x","timestamp":oops,"message":"m"}},{b}]"#),
                vec!["1", "malformed_event", "2"],
            ),
            (
                format!(r#"[{a},{{"id":"x","timestamp":oops}}]"#),
                vec!["1", "malformed_event"],
            ),
            (format!("[{a}{b}]"), vec!["1", "malformed_event"]),
            (
                format!("[{a},{{\"deep\":{}1,{b}]", "[".repeat(1000)),
                vec!["1", "malformed_event"],
            ),
        ] {
            assert_eq!(
                read(envelope(&events).as_bytes()).expect(&events),
                expected,
                "{events}"
            );
        }
    }

    #[test]
    fn bytes_that_are_not_text_cost_only_themselves() {
        let mut payload = envelope(&format!("[{},{}]", good(1), good(2))).into_bytes();
        let at = payload
            .windows(2)
            .position(|w| w == b"m}")
            .expect("in the message");
        payload[at] = 0xff;
        let batch = Batch::open(&payload).expect("envelope is whole");
        let first = batch
            .events()
            .next()
            .expect("an event")
            .expect("a good one");
        assert_eq!(first.message.text(), "\u{fffd}},{\"1\n");
        assert_eq!(batch.events().count(), 2);
    }

    #[test]
    fn an_envelope_that_cannot_be_accounted_for_is_refused() {
        for (payload, error) in [
            ("", BatchError::NotAnEnvelope { at: 0 }),
            ("[1]", BatchError::NotAnEnvelope { at: 0 }),
            ("{}", BatchError::Lacks("messageType")),
            (
                r#"{"messageType":"DATA_MESSAGE","owner":1}"#,
                BatchError::NotAnEnvelope { at: 38 },
            ),
            (
                r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":[]}"#,
                BatchError::Lacks("logStream"),
            ),
            (
                r#"{"messageType":"X","owner":"1","logGroup":"g","logStream":"s","logEvents":[]}"#,
                BatchError::Lacks("known messageType (DATA_MESSAGE or CONTROL_MESSAGE)"),
            ),
            (
                r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":{}}"#,
                BatchError::Lacks("logEvents"),
            ),
        ] {
            assert_eq!(
                Batch::open(payload.as_bytes()).map(|_| ()),
                Err(error),
                "{payload}"
            );
        }
    }

    #[test]
    fn the_order_of_fields_does_not_matter() {
        let payload =
            json!({"logEvents": [{"message": "m", "timestamp": 5, "id": "a"}], "logStream": "s",
            "logGroup": "g", "owner": "1", "messageType": "CONTROL_MESSAGE"})
            .to_string();
        let batch = Batch::open(payload.as_bytes()).expect("all there");
        assert_eq!(batch.message, Message::Control);
        assert_eq!(read(payload.as_bytes()).expect("all there"), ["a"]);
    }

    #[test]
    fn the_key_is_of_provenance_and_ids_alone() {
        let key = |payload: &str| {
            let batch = Batch::open(payload.as_bytes()).expect("whole");
            let mut key = batch.key();
            batch
                .events()
                .flatten()
                .for_each(|event| key.add(&event.id));
            key.finish()
        };
        let one = envelope(&format!("[{},{}]", good(1), good(2)));
        assert_eq!(key(&one), key(&one.replace("\"f\"", "\"other filter\"")));
        for other in [
            one.replace("/ecs/", "/x/"),
            one.replace(r#""id":"2""#, r#""id":"3""#),
            envelope("[]"),
        ] {
            assert_ne!(key(&one), key(&other));
        }
    }

    proptest! {
        #[test]
        fn a_cut_payload_gives_the_events_before_the_cut(cut in 0_usize..2000, count in 1_u32..20) {
            let events: Vec<String> = (0..count).map(good).collect();
            let whole = envelope(&format!("[{}]", events.join(",")));
            let cut = cut.min(whole.len() - 1);
            let cut = (0..=cut).rev().find(|at| whole.is_char_boundary(*at)).expect("0 is one");
            if let Ok(read) = read(&whole.as_bytes()[..cut]) {
                let taken = read.iter().filter(|id| id.parse::<u32>().is_ok()).count();
                let (ids, rejects) = read.split_at(taken);
                let expected: Vec<String> = (0..taken as u32).map(|id| id.to_string()).collect();
                prop_assert_eq!(ids, &expected[..]);
                // Either only the end of the envelope is missing, or one reject reports the loss.
                prop_assert!(rejects.len() == 1 || whole[cut..].trim() == "}", "{rejects:?} at {cut}");
            }
        }

        #[test]
        fn any_bytes_end_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0_usize..200) {
            let _ = read(&bytes);
            let mut payload = envelope(&format!("[{},{}]", good(1), good(2))).into_bytes();
            let at = at.min(payload.len());
            payload.splice(at..at, bytes);
            let _ = read(&payload);
        }
    }
}
