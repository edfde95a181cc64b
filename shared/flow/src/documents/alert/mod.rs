//! The alert of a service: what is wrong with it, from the first to the last bad minute. The form `v2` is written;
//! `v1`, in which evidence and titles were English text, is read for ever.

#[cfg(test)]
mod tests;
mod v1;
mod v2;

use std::collections::BTreeSet;

use atalaya_core::alert::Alert;
use atalaya_core::change::Change;
use atalaya_core::detect::{Detector, Subject};
use atalaya_core::series::SeriesKind;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{DocumentKind, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// Why a stored alert cannot be read.
#[derive(Debug, thiserror::Error)]
enum StoredError {
    /// The text is not the JSON of an alert.
    #[error("stored alert is not readable")]
    Json(#[from] serde_json::Error),
    /// The alert is of a version that this program does not know.
    #[error("stored alert has version {0}; this program reads versions 1 and 2")]
    Version(u8),
    /// A word or a number in the alert is none that any version wrote.
    #[error("stored alert has an unknown {0}")]
    Unknown(&'static str),
}

/// Returns the key of an alert.
#[must_use]
pub fn key(service: &str, alert: &str) -> DocKey {
    DocKey::new(DocumentKind::Alert, service, alert)
}

/// Returns the stored form.
#[must_use]
pub fn encode(alert: &Alert) -> String {
    serde_json::to_string(&v2::Alert::of(alert)).expect("strings and finite numbers always encode")
}

/// Reads the stored form, of this version or an earlier one; `scope` names the owner in an error.
///
/// # Errors
/// If the text is not a stored alert, or was written by a later version.
pub fn decode(scope: &str, body: &str) -> Result<Alert, FlowError> {
    read(body).map_err(|source| unreadable(DocumentKind::Alert.row().name, scope, source))
}

fn read(body: &str) -> Result<Alert, StoredError> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u8,
    }
    let Versioned { v } = serde_json::from_str(body)?;
    match v {
        1 => serde_json::from_str::<v1::Alert>(body)?.read(),
        2 => serde_json::from_str::<v2::Alert>(body)?.read(),
        later => Err(StoredError::Version(later)),
    }
}

/// Reads the stored name of an enum's value, or returns an error that names what is unknown.
fn known<T>(found: Option<T>, what: &'static str) -> Result<T, StoredError> {
    found.ok_or(StoredError::Unknown(what))
}

fn subject(text: &str) -> Result<Subject, StoredError> {
    known(text.parse().ok(), "subject")
}

/// Reads symptoms: the detector and the subject of each.
fn symptoms(stored: Vec<(String, String)>) -> Result<BTreeSet<(Detector, Subject)>, StoredError> {
    let symptom = |(detector, about): (String, String)| {
        let detector = known(Detector::named(&detector), "detector")?;
        Ok((detector, subject(&about)?))
    };
    stored.into_iter().map(symptom).collect()
}

/// Reads changes, each in its own stored form.
fn changes(stored: &[Box<RawValue>]) -> Result<Vec<Change>, StoredError> {
    let bodies = stored.iter().map(|body| body.get());
    let changes: Result<_, _> = bodies.map(Change::decode).collect();
    Ok(changes?)
}

/// Reads the level at which a log pattern is logged.
fn level(word: &str) -> Result<SeriesKind, StoredError> {
    match word {
        "error" => Ok(SeriesKind::Error),
        "warn" => Ok(SeriesKind::Warning),
        _ => Err(StoredError::Unknown("level")),
    }
}
