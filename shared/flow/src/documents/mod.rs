//! Every stored document: its kind, its key, its form and its retention.
//!
//! [`TABLE`] has one row per kind. Each kind has one file, which builds its key and, unless a type
//! of `atalaya_core` has the form, writes and reads it. No other code builds a key or names a
//! version. A form is frozen: a second one is added beside the first, and both are read as long as
//! documents of the first may be stored.

pub mod alert;
pub mod catalog;
pub mod change;
pub mod clock;
pub mod delivery;
pub mod excerpt;
pub mod hour_marker;
pub mod incident;
pub mod late;
pub mod level_shifts;
pub mod mask_key;
pub mod opening;
pub mod rollup;
pub mod services;
pub mod settings;
pub mod state;

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use crate::document_kind::{DocumentKind, Row, TABLE};
use crate::error::FlowError;

/// Days for which a window item is kept after its last write: longer than any delivery is retried
/// (a day), than a sweep can be behind, and than an on-call person looks back. Error budgets of 30
/// days are computed from rollups.
pub const WINDOW_DAYS: u16 = 3;

/// The id of a document whose scope has only one of its kind.
const ONLY: &str = "v1";

/// A stored form of a version that this program does not know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it has version {found}; this program reads version {known}")]
struct UnknownVersion {
    found: u8,
    known: u8,
}

/// Reads JSON of the version that [`TABLE`] gives for its kind; `scope` names the owner in an
/// error.
fn read<T: DeserializeOwned>(kind: DocumentKind, scope: &str, body: &str) -> Result<T, FlowError> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u8,
    }
    let Row { name, version, .. } = kind.row();
    let Versioned { v } =
        serde_json::from_str(body).map_err(|source| unreadable(name, scope, source))?;
    if v != version {
        let (found, known) = (v, version);
        return Err(unreadable(name, scope, UnknownVersion { found, known }));
    }
    serde_json::from_str(body).map_err(|source| unreadable(name, scope, source))
}

/// Returns the error of a stored document that cannot be read.
fn unreadable(
    what: &'static str,
    scope: &str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> FlowError {
    FlowError::Stored {
        what,
        scope: scope.to_owned(),
        source: Box::new(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_refused_by_name() {
        for (body, expected) in [
            (
                r#"{"v":2,"minute":7}"#,
                "it has version 2; this program reads version 1",
            ),
            (r#"{"minute":7}"#, "missing field `v` at line 1 column 12"),
        ] {
            let refused = late::decode("loan-api", body).expect_err(body);
            assert_eq!(
                refused.to_string(),
                "stored marker of loan-api cannot be read"
            );
            let source = std::error::Error::source(&refused).map(ToString::to_string);
            assert_eq!(source.as_deref(), Some(expected));
        }
    }
}
