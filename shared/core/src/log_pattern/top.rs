//! What was said most: the kinds of messages of some minutes, the worst and the most frequent first.

use std::collections::BTreeMap;

use atalaya_logs::template;

use crate::catalog::Catalog;
use crate::series::{OTHER, SeriesKind, SeriesName};
use crate::time::Minute;
use crate::window::Window;

/// A kind of messages in some minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternCount {
    /// Its fingerprint: see [`template::id`].
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

/// Returns what was said in a window, at most `most` kinds: errors before warnings, then the most frequent, then by
/// text. Slots that the catalog does not know are left out.
#[must_use]
pub fn of(catalog: &Catalog, window: &Window, most: usize) -> Vec<PatternCount> {
    let known = catalog.messages();
    let mut counts: BTreeMap<&SeriesName, (u64, Option<Minute>)> = BTreeMap::new();
    for (slot, sums) in window {
        if let Some((series, first)) = known.get(slot) {
            counts.entry(series).or_insert((0, *first)).0 += sums.count;
        }
    }
    let mut said: Vec<PatternCount> = { counts.into_iter() }
        .map(|(series, (count, first))| PatternCount {
            id: template::id(&series.name),
            text: series.name.clone(),
            severity: series.kind,
            count,
            first,
        })
        .collect();
    let rank = |said: &PatternCount| {
        let error = said.severity == SeriesKind::Error;
        let named = &*said.text != OTHER;
        (
            std::cmp::Reverse((error, named, said.count)),
            said.text.clone(),
        )
    };
    said.sort_by_cached_key(rank);
    said.truncate(most);
    said
}
