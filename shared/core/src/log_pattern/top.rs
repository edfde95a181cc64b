//! What was said most: the kinds of messages of some minutes, the worst and the most frequent first.

use std::cmp::Reverse;

use crate::series::{OTHER, SeriesKind};
use crate::time::Minute;

/// A kind of messages in some minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternCount {
    /// Its fingerprint: see [`template::id`](atalaya_logs::template::id).
    pub id: String,
    /// What is said, masked and of bounded length; `other` for all that has no room in the catalog.
    pub text: Box<str>,
    /// Whether it was said at level error or worse, or else at warn.
    pub severity: SeriesKind,
    /// How often, in these minutes.
    pub count: u64,
    /// When it was first met at all; not known of `other`.
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

/// Returns at most `most` of these kinds: errors before warnings, then the most frequent, then by text.
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
