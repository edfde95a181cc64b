//! The key with which masked values are hashed within one deployment. The stored document is a
//! secret.

use atalaya_logs::mask::KEY_BYTES;
use serde::{Deserialize, Serialize};

use super::{DocumentKind, ONLY};
use crate::error::FlowError;
use crate::store::DocKey;

/// Returns the key of the key.
#[must_use]
pub fn key() -> DocKey {
    DocKey::new(DocumentKind::MaskKey, "atalaya", ONLY)
}

/// Returns the stored form of the bytes of which the key is made.
pub(crate) fn encode(seed: &[u8; KEY_BYTES]) -> String {
    let number = |at: usize| {
        let bytes = seed[8 * at..8 * (at + 1)].iter();
        bytes.fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
    };
    let key = std::array::from_fn(number);
    serde_json::to_string(&V1 { key }).expect("numbers always encode")
}

/// Reads the stored form.
pub(crate) fn decode(body: &str) -> Result<[u8; KEY_BYTES], FlowError> {
    // The JSON reader's error is left out: it would quote the text, which is a secret.
    let V1 { key: numbers } = serde_json::from_str(body).map_err(|error| FlowError::Stored {
        what: DocumentKind::MaskKey.row().name,
        scope: key().scope,
        source: format!("not a key, in column {}", error.column()).into(),
    })?;
    let mut seed = [0; KEY_BYTES];
    for (bytes, number) in seed.chunks_exact_mut(8).zip(numbers) {
        bytes.copy_from_slice(&number.to_be_bytes());
    }
    Ok(seed)
}

/// The stored form, version 1, frozen.
#[derive(Serialize, Deserialize)]
struct V1 {
    /// Four numbers of 64 bits each.
    key: [u64; KEY_BYTES / 8],
}
