//! Whatever a line is: masking does not panic, is done once for all, stays in bounds, and leaves JSON as JSON.

#![no_main]

use atalaya_core::excerpt::{Excerpt, ExcerptLine, MAX_DOCUMENT_BYTES, MAX_TEXT_BYTES};
use atalaya_logs::mask::{Countries, Key, Mask};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|bytes: &[u8]| {
    let mask = Mask::keyed(Key::of_replays(), Countries::ALL);
    let line = ExcerptLine::of(&String::from_utf8_lossy(bytes), 0, &mask);
    assert!(line.text.len() <= MAX_TEXT_BYTES);
    assert!(!line.text.contains(char::is_control));
    let excerpt = Excerpt {
        lines: vec![line; 3],
    };
    let body = excerpt.encode();
    assert!(body.len() <= MAX_DOCUMENT_BYTES);
    assert!(!Excerpt::decode(&body).expect("an excerpt").lines.is_empty());

    let Ok(line) = std::str::from_utf8(bytes) else {
        return;
    };
    let masked = mask.text(line);
    assert_eq!(mask.text(&masked), masked);
    assert!(masked.len() <= 9 * line.len() + 16);
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    if line.trim_start().starts_with('{') && is_json(line) && masked != "[masked]" {
        assert!(is_json(&masked));
    }
});
