//! The stored form of a sample, version 1, frozen.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Sample, SampleLine};

#[derive(Serialize, Deserialize)]
struct StoredSample<'a> {
    #[serde(borrow)]
    lines: Vec<StoredLine<'a>>,
}

#[derive(Serialize, Deserialize)]
struct StoredLine<'a> {
    at: i64,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

pub(super) fn encode(lines: &[SampleLine]) -> String {
    let line = |line: &SampleLine| StoredLine {
        at: line.at_ms,
        text: Cow::Owned(line.text.clone()),
    };
    let stored = StoredSample {
        lines: lines.iter().map(line).collect(),
    };
    serde_json::to_string(&stored).expect("numbers and text are JSON")
}

pub(super) fn decode(body: &str) -> Result<Sample, serde_json::Error> {
    let stored: StoredSample<'_> = serde_json::from_str(body)?;
    let line = |line: StoredLine<'_>| SampleLine {
        at_ms: line.at,
        text: line.text.into_owned(),
    };
    Ok(Sample {
        lines: stored.lines.into_iter().map(line).collect(),
    })
}
