//! The key with which masked values are hashed, so that equal values stay recognisable within one
//! deployment: the first process creates it, all others read it.
//!
//! The caller passes random bytes, as it passes the time; they are used if no key is stored yet.

use atalaya_logs::mask::{KEY_BYTES, Key};

use crate::documents::mask_key::{decode, encode, key};
use crate::error::FlowError;
use crate::store::{Save, Store};

/// Random bytes, of which a key is made.
pub type Seed = [u8; KEY_BYTES];

/// Returns the deployment's key, made of `seed` and stored if there is none yet.
///
/// # Errors
/// If the store fails, or if the stored document is no key.
pub async fn load(store: &impl Store, seed: &Seed) -> Result<Key, FlowError> {
    if let Some(stored) = store.load(&key()).await? {
        return Ok(Key::of(&decode(&stored.body)?));
    }
    match store.save(&key(), 0, &encode(seed)).await? {
        Save::Saved => Ok(Key::of(seed)),
        // Another process was first, and its key is the deployment's.
        Save::Conflict => match store.load(&key()).await? {
            Some(stored) => Ok(Key::of(&decode(&stored.body)?)),
            None => Err(FlowError::Contended {
                what: "mask key",
                scope: key().scope,
            }),
        },
    }
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
            .save(&key(), 0, r#"{"key":["hush"]}"#)
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
