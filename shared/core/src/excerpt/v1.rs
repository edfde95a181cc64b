//! The stored form of an excerpt, version 1, frozen.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Excerpt, ExcerptLine};

#[derive(Serialize, Deserialize)]
struct StoredExcerpt<'a> {
    #[serde(borrow)]
    lines: Vec<StoredLine<'a>>,
}

#[derive(Serialize, Deserialize)]
struct StoredLine<'a> {
    at: i64,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

pub(super) fn encode(lines: &[ExcerptLine]) -> String {
    let line = |line: &ExcerptLine| StoredLine {
        at: line.at_ms,
        text: Cow::Owned(line.text.clone()),
    };
    let stored = StoredExcerpt {
        lines: lines.iter().map(line).collect(),
    };
    serde_json::to_string(&stored).expect("numbers and text are JSON")
}

pub(super) fn decode(body: &str) -> Result<Excerpt, serde_json::Error> {
    let stored: StoredExcerpt<'_> = serde_json::from_str(body)?;
    let line = |line: StoredLine<'_>| ExcerptLine {
        at_ms: line.at,
        text: line.text.into_owned(),
    };
    Ok(Excerpt {
        lines: stored.lines.into_iter().map(line).collect(),
    })
}
