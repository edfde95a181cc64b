//! The deployed settings: the text that was deployed last is stored, and beside it the last text
//! that had no faults.
//!
//! A new text that has faults never replaces the last good one, and every reader gets the list of
//! its faults.

use atalaya_core::settings::{Faults, Settings};

use crate::documents::settings;
use crate::store::{Document, Save, Store, StoreError};

/// The settings to use.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployed {
    /// The settings of the text that was deployed last; if that has faults, of the last good one;
    /// if there is none, those of an empty file.
    pub settings: Settings,
    /// Why the text that was deployed last is not used; `None` if it is.
    pub refused: Option<Faults>,
}

/// Reads the settings.
///
/// # Errors
/// If the store cannot be read. A text that has faults is no error: see [`Deployed::refused`].
pub async fn load(store: &impl Store) -> Result<Deployed, StoreError> {
    Ok(read(store).await?.0)
}

/// Reads the settings, and stores a text without faults as the last good one.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn adopt(store: &impl Store) -> Result<Deployed, StoreError> {
    let (deployed, next) = read(store).await?;
    let Some(next) = next.filter(|_| deployed.refused.is_none()) else {
        return Ok(deployed);
    };
    let good = store.load(&settings::good()).await?;
    if good.as_ref().is_none_or(|good| good.body != next.body) {
        let version = good.map_or(0, |good| good.version);
        // On a conflict another process has adopted the same text.
        let _: Save = store.save(&settings::good(), version, &next.body).await?;
    }
    Ok(deployed)
}

/// Returns the settings to use, with the document that was deployed last.
async fn read(store: &impl Store) -> Result<(Deployed, Option<Document>), StoreError> {
    let next = store.load(&settings::next()).await?;
    let refused = match next.as_ref().map(|next| Settings::parse(&next.body)) {
        None => None,
        Some(Ok(settings)) => {
            let refused = None;
            return Ok((Deployed { settings, refused }, next));
        }
        Some(Err(faults)) => Some(faults),
    };
    let good = match refused {
        None => None,
        Some(_) => store.load(&settings::good()).await?,
    };
    // A text that was good for another version of Atalaya may have faults for this one; then the
    // settings are those of an empty file.
    let settings = good.and_then(|good| Settings::parse(&good.body).ok());
    let settings = settings.unwrap_or_default();
    Ok((Deployed { settings, refused }, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;

    /// Deploys and adopts texts one after the other, and returns the settings in use at the end.
    async fn check(texts: &[&str], namespace: &str, refused: bool) {
        let store = MemoryStore::default();
        for text in texts {
            let version = store.load(&settings::next()).await.expect("memory");
            let version = version.map_or(0, |document| document.version);
            store
                .save(&settings::next(), version, text)
                .await
                .expect("memory");
            adopt(&store).await.expect("memory");
        }
        for _ in 0..2 {
            let deployed = load(&store).await.expect("memory");
            assert_eq!(deployed.settings.namespace, namespace, "{texts:?}");
            assert_eq!(deployed.refused.is_some(), refused, "{texts:?}");
        }
    }

    #[tokio::test]
    async fn a_bad_text_never_replaces_the_last_good_one() {
        check(&[], "Atalaya", false).await;
        check(&["namespace: One"], "One", false).await;
        check(&["namespace: One", "namespace: Two"], "Two", false).await;
        check(&["namespace: One", "namespce: Two"], "One", true).await;
        check(&["namespace: One", "x: 1", "y: [", "z"], "One", true).await;
        check(&["namespce: One"], "Atalaya", true).await;
        check(&["x: 1", "namespace: Two"], "Two", false).await;
    }
}
