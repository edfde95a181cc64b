//! The most frequent log patterns of some minutes: errors first, then the most frequent.

use std::cmp::Reverse;

use crate::series::{OTHER, SeriesKind};
use crate::time::Minute;

/// A log pattern and its count in some minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternCount {
    /// Its fingerprint: see [`template::id`](atalaya_logs::template::id).
    pub id: String,
    /// Its text, masked and of bounded length; `other` for all messages that have no entry in the
    /// catalog.
    pub text: Box<str>,
    /// Whether its messages are at level error or worse; otherwise they are at warn.
    pub severity: SeriesKind,
    /// How many messages it has in these minutes.
    pub count: u64,
    /// The first minute that ever had such a message; unknown for `other`.
    pub first: Option<Minute>,
}

impl PatternCount {
    /// Returns the name of its level in output and storage.
    #[must_use]
    pub fn level(&self) -> &'static str {
        match self.severity {
            SeriesKind::Error => "error",
            _ => "warn",
        }
    }
}

/// Returns at most `most` of these log patterns: errors before warnings, then the most frequent,
/// then by text.
pub(crate) fn ranked(mut said: Vec<PatternCount>, most: usize) -> Vec<PatternCount> {
    let rank = |said: &PatternCount| {
        let error = said.severity == SeriesKind::Error;
        let named = &*said.text != OTHER;
        (Reverse((error, named, said.count)), said.text.clone())
    };
    said.sort_by_cached_key(rank);
    said.truncate(most);
    said
}
