//! Whatever a line is: nothing panics, and read in place inside its payload it has the fields that it has by itself.

#![no_main]

use atalaya_logs::batch::Batch;
use atalaya_logs::json::Str;
use atalaya_logs::record::{self, Fields, Moment, json::Reader, timestamp};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    let bare = Str::bare(bytes);
    let _ = shown(&record::read(bare, &mut String::new()));

    // Only text can stand in a payload.
    let Ok(line) = std::str::from_utf8(bytes) else {
        return;
    };
    let event = json!({"id": "1", "timestamp": 1, "message": line});
    let payload =
        json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logStream": "s",
        "logEvents": [event]})
        .to_string();
    let mut reader = Reader::default();
    let batch = Batch::open(payload.as_bytes()).expect("a whole envelope");
    let mut events = batch.events();
    let event = events
        .next_with(&mut reader)
        .expect("an event")
        .expect("a good one");
    assert!(events.next_with(&mut Reader::default()).is_none());
    assert_eq!(event.message.text(), line);
    let bare = Str::bare(line.as_bytes());
    let (mut of_bare, mut of_nested) = (String::new(), String::new());
    let expected = shown(&record::read(bare, &mut of_bare));
    assert_eq!(
        shown(&record::read(event.message, &mut of_nested)),
        expected
    );
    if event.is_object && reader.inside().is_none() {
        assert_eq!(shown(reader.fields()), expected);
    }
});

/// Shows fields by what they say, however they stand in memory.
fn shown(fields: &Fields<'_>) -> String {
    let texts = [
        fields.message,
        fields.service,
        fields.method,
        fields.path,
        fields.route,
        fields.trace_id,
        fields.error_type,
        fields.dependency,
    ];
    let moment = match fields.timestamp {
        Some(Moment::Text(text)) => format!("{:?}", text.text()),
        Some(Moment::Epoch(number)) => number.to_string(),
        Some(Moment::Ms(ms)) => ms.to_string(),
        None => String::new(),
    };
    format!(
        "{:?} {moment} {:?} {:?} {:?} {:?} {:?} {:?}",
        fields.origin,
        fields.timestamp.as_ref().and_then(timestamp::of),
        fields.level,
        texts.map(|text| text.map(|text| text.text().into_owned())),
        fields.status,
        fields.latency_ms,
        fields.dependency_ms
    )
}
