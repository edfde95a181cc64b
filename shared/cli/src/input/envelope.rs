//! Writes the envelope of a batch, as CloudWatch Logs would have delivered the lines.

use std::collections::HashMap;
use std::io::Write as _;

use xxhash_rust::xxh3::xxh3_64;

/// The account of lines that do not name one.
pub(crate) const NO_OWNER: &str = "000000000000";

/// A batch in the making.
#[derive(Debug)]
pub(crate) struct Envelope {
    json: Vec<u8>,
    events: usize,
    /// How often a time and line occurred so far: equal lines are distinguished by this number.
    seen: HashMap<(i64, u64), u32>,
    /// A part of the ids that distinguishes this batch from others of the same stream and minute;
    /// empty for the first.
    mark: String,
}

impl Envelope {
    /// Begins a batch of a log stream.
    pub(crate) fn new(owner: &str, group: &str, stream: &str, mark: String) -> Self {
        let mut json = br#"{"messageType":"DATA_MESSAGE""#.to_vec();
        for (name, value) in [("owner", owner), ("logGroup", group), ("logStream", stream)] {
            json.push(b',');
            quote(&mut json, name);
            json.push(b':');
            quote(&mut json, value);
        }
        json.extend_from_slice(br#","subscriptionFilters":["atalaya"],"logEvents":["#);
        Self {
            json,
            events: 0,
            seen: HashMap::new(),
            mark,
        }
    }

    /// Adds an event. Its id is derived from its time, its text and its position among equal lines,
    /// so that the same lines give the same events when they are read again.
    pub(crate) fn add(&mut self, timestamp_ms: i64, message: &str) {
        let hash = xxh3_64(message.as_bytes());
        let count = self.seen.entry((timestamp_ms, hash)).or_default();
        if self.events > 0 {
            self.json.push(b',');
        }
        self.events += 1;
        let mark = &self.mark;
        write!(
            self.json,
            r#"{{"id":"{timestamp_ms:016}{hash:016x}{count:06}{mark}","timestamp":{timestamp_ms},"message":"#,
        )
        .expect("memory takes all that is written");
        *count += 1;
        quote(&mut self.json, message);
        self.json.push(b'}');
    }

    /// Returns how many events there are.
    pub(crate) const fn events(&self) -> usize {
        self.events
    }

    /// Returns how many bytes there are.
    pub(crate) const fn bytes(&self) -> usize {
        self.json.len()
    }

    /// Returns the batch as JSON.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.json.extend_from_slice(b"]}");
        self.json
    }
}

/// Writes text as a JSON string.
fn quote(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text).expect("memory takes all that is written");
}
