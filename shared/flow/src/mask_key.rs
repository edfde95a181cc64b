//! The key by which masked values stay the same within one deployment: made once by whoever is first, then read by all.
//!
//! Random bytes are an argument, as the time is: who asks brings them, and they are used where no key is stored yet.

use atalaya_logs::mask::{KEY_BYTES, Key};
use serde::{Deserialize, Serialize};

use crate::error::FlowError;
use crate::store::{DocKey, Document, DocumentKind, Save, Store};

/// Random bytes, of which a key is made.
pub type Seed = [u8; KEY_BYTES];

/// The stored form, frozen.
#[derive(Serialize, Deserialize)]
struct V1 {
    /// Four numbers of 64 bits each.
    key: [u64; KEY_BYTES / 8],
}

/// Returns the deployment's key. `seed` becomes it where there is none yet.
///
/// # Errors
/// Where the store fails, and where what is stored is no key.
pub async fn load(store: &impl Store, seed: &Seed) -> Result<Key, FlowError> {
    if let Some(stored) = store.load(&address()).await? {
        return decode(&stored);
    }
    match store.save(&address(), 0, &encode(seed)).await? {
        Save::Saved => Ok(Key::of(seed)),
        // Somebody else was first, and theirs is the key.
        Save::Conflict => match store.load(&address()).await? {
            Some(stored) => decode(&stored),
            None => Err(FlowError::Contended {
                what: "mask key",
                scope: address().scope,
            }),
        },
    }
}

fn address() -> DocKey {
    DocKey {
        kind: DocumentKind::MaskKey,
        scope: "atalaya".into(),
        id: "v1".into(),
    }
}

fn encode(seed: &Seed) -> String {
    let number = |at: usize| {
        let bytes = seed[8 * at..8 * (at + 1)].iter();
        bytes.fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
    };
    let key = std::array::from_fn(number);
    serde_json::to_string(&V1 { key }).expect("numbers always encode")
}

fn decode(stored: &Document) -> Result<Key, FlowError> {
    // What the reader would say of the text is left out: it is a secret.
    let V1 { key } = serde_json::from_str(&stored.body).map_err(|error| FlowError::Stored {
        what: "mask key",
        scope: address().scope,
        source: format!("not a key, in column {}", error.column()).into(),
    })?;
    let mut seed = [0; KEY_BYTES];
    for (bytes, number) in seed.chunks_exact_mut(8).zip(key) {
        bytes.copy_from_slice(&number.to_be_bytes());
    }
    Ok(Key::of(&seed))
}

#[cfg(test)]
mod tests {
    use atalaya_logs::mask::{Countries, Mask};

    use super::*;
    use crate::memory::MemoryStore;

    fn word(key: Key) -> String {
        let mask = Mask::keyed(key, Countries::default());
        mask.text("ana@example.com").into_owned()
    }

    #[tokio::test]
    async fn the_first_seed_is_the_key_of_all() {
        let store = MemoryStore::default();
        let seeds = [std::array::from_fn(|at| at as u8), [9; KEY_BYTES]];
        let mut words = Vec::new();
        for seed in seeds {
            words.push(word(load(&store, &seed).await.expect("memory")));
        }
        assert_eq!(words[0], word(Key::of(&seeds[0])));
        assert_eq!(words[0], words[1]);
        assert_ne!(words[0], word(Key::of(&seeds[1])));
        assert_ne!(words[0], word(Key::of_replays()));
    }

    #[tokio::test]
    async fn the_stored_form_is_as_it_was_and_what_is_none_is_told_without_showing_it() {
        let seed: Seed = std::array::from_fn(|at| at as u8);
        let body = r#"{"key":[283686952306183,579005069656919567,1157726452361532951,1736447835066146335]}"#;
        assert_eq!(encode(&seed), body);
        let store = MemoryStore::default();
        store
            .save(&address(), 0, r#"{"key":["hush"]}"#)
            .await
            .expect("memory");
        let error = load(&store, &seed).await.expect_err("no key");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let told = format!("{error}: {}", source.unwrap_or_default());
        assert!(
            told.starts_with("stored mask key of atalaya cannot be read: "),
            "{told}"
        );
        assert!(!told.contains("hush"), "{told}");
    }
}
