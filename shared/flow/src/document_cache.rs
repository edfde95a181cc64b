//! A cache of the documents that judging needs (states and level shifts), decoded, for as long as a
//! process lives.
//!
//! A document is decoded once and cached with its version. A later read compares versions, and
//! decodes the document only if another process has written it since. The cached value always
//! equals its stored form, so that a process that has run for long judges exactly as one that has
//! just started.

use std::collections::HashMap;
use std::sync::Arc;

use atalaya_core::judge::{LevelShifts, ServiceState};
use atalaya_core::time::Minute;

use crate::documents;
use crate::error::FlowError;
use crate::store::{DocKey, Save, Store};

/// Services whose documents are cached at most. The state and the level shifts of a service take
/// less than 100 KB decoded.
const MAX_SERVICES: usize = 512;

/// A kind of document of which each service has one.
pub(crate) trait ServiceDocument: Default + Sized {
    /// Returns its address.
    fn key(service: &str) -> DocKey;

    /// Reads the stored form.
    fn decode(service: &str, body: &str) -> Result<Self, FlowError>;

    /// Returns the stored form, and the value that decoding this stored form gives.
    fn encode(self, service: &str) -> Result<(String, Self), FlowError>;
}

impl ServiceDocument for ServiceState {
    fn key(service: &str) -> DocKey {
        documents::state::key(service)
    }

    fn decode(service: &str, body: &str) -> Result<Self, FlowError> {
        documents::state::decode(service, body)
    }

    /// A state survives encoding and decoding to the bit.
    fn encode(self, _: &str) -> Result<(String, Self), FlowError> {
        Ok((Self::encode(&self), self))
    }
}

impl ServiceDocument for LevelShifts {
    fn key(service: &str) -> DocKey {
        documents::level_shifts::key(service)
    }

    fn decode(service: &str, body: &str) -> Result<Self, FlowError> {
        documents::level_shifts::decode(service, body)
    }

    /// Level shifts hold numbers that may lose their last bit when they are stored.
    fn encode(self, service: &str) -> Result<(String, Self), FlowError> {
        let body = Self::encode(&self);
        let level_shifts = <Self as ServiceDocument>::decode(service, &body)?;
        Ok((body, level_shifts))
    }
}

/// The documents of the services that this process evaluates.
#[derive(Debug)]
pub(crate) struct DocumentCache<T> {
    documents: HashMap<Box<str>, Cached<T>>,
}

/// A document as it is stored.
#[derive(Debug)]
struct Cached<T> {
    /// Its version; 0 where there is none.
    version: u64,
    decoded: Arc<T>,
    /// When it was read or written last, in milliseconds since the epoch.
    at_ms: i64,
}

impl<T> Default for DocumentCache<T> {
    fn default() -> Self {
        Self {
            documents: HashMap::new(),
        }
    }
}

impl<T: ServiceDocument + Clone> DocumentCache<T> {
    /// Returns the document of a service as it is stored now, for reading.
    pub(crate) async fn read(
        &mut self,
        store: &impl Store,
        service: &str,
        now_ms: i64,
    ) -> Result<Arc<T>, FlowError> {
        let cached = self.load(store, service, now_ms).await?;
        let decoded = Arc::clone(&cached.decoded);
        self.keep(service, cached);
        Ok(decoded)
    }

    /// Returns the document of a service as it is stored now, for changing, and its version. The
    /// document leaves the cache, so that nothing needs to be undone if the changed document is not
    /// written.
    pub(crate) async fn take(
        &mut self,
        store: &impl Store,
        service: &str,
        now_ms: i64,
    ) -> Result<(u64, T), FlowError> {
        let cached = self.load(store, service, now_ms).await?;
        Ok((cached.version, Arc::unwrap_or_clone(cached.decoded)))
    }

    /// Keeps a document that was taken and not changed.
    pub(crate) fn put_back(&mut self, service: &str, (version, decoded): (u64, T), now_ms: i64) {
        let cached = Cached {
            version,
            decoded: Arc::new(decoded),
            at_ms: now_ms,
        };
        self.keep(service, cached);
    }

    /// Writes a document over the version at which it was taken, and caches it if it was written.
    pub(crate) async fn save(
        &mut self,
        store: &impl Store,
        service: &str,
        (version, decoded): (u64, T),
        now_ms: i64,
    ) -> Result<Save, FlowError> {
        let (body, decoded) = decoded.encode(service)?;
        let saved = store.save(&T::key(service), version, &body).await?;
        if saved == Save::Saved {
            self.put_back(service, (version + 1, decoded), now_ms);
        }
        Ok(saved)
    }

    /// Reads the document of a service. The cached one leaves the cache, and is returned without
    /// decoding if its version is still the stored one.
    async fn load(
        &mut self,
        store: &impl Store,
        service: &str,
        now_ms: i64,
    ) -> Result<Cached<T>, FlowError> {
        let cached = self.documents.remove(service);
        let document = store.load(&T::key(service)).await?;
        let version = document.as_ref().map_or(0, |document| document.version);
        let decoded = match (cached, document) {
            (Some(cached), _) if cached.version == version => cached.decoded,
            (_, None) => Arc::default(),
            (_, Some(document)) => Arc::new(T::decode(service, &document.body)?),
        };
        Ok(Cached {
            version,
            decoded,
            at_ms: now_ms,
        })
    }

    /// Once [`MAX_SERVICES`] are cached, these stay and no other is added: a sweep reads one
    /// service after the other, so that evicting one to make room for the next would drop each
    /// before it is read again.
    fn keep(&mut self, service: &str, cached: Cached<T>) {
        if self.documents.len() < MAX_SERVICES {
            self.documents.insert(service.into(), cached);
        }
    }
}

impl DocumentCache<ServiceState> {
    /// Returns the cached state of a service without reading the store, if the state is closed
    /// through `closed` (so that no minute can have been closed since), or if it was read or
    /// written in the same turn of `turn_ms` milliseconds as `now_ms`.
    pub(crate) fn recent(
        &self,
        service: &str,
        closed: Minute,
        now_ms: i64,
        turn_ms: i64,
    ) -> Option<Arc<ServiceState>> {
        let cached = self.documents.get(service)?;
        let turn = |ms: i64| ms.div_euclid(turn_ms);
        let is_recent =
            turn(cached.at_ms) == turn(now_ms) || cached.decoded.closed_through >= Some(closed);
        is_recent.then(|| Arc::clone(&cached.decoded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;

    fn closed(minute: i64) -> ServiceState {
        let mut state = ServiceState::default();
        state.closed_through = Some(Minute(minute));
        state
    }

    #[tokio::test]
    async fn what_another_process_wrote_is_read_again() -> Result<(), FlowError> {
        let store = MemoryStore::default();
        let (mut one, mut other) = (DocumentCache::default(), DocumentCache::default());
        let through = async |cache: &mut DocumentCache<ServiceState>| {
            let state = cache.read(&store, "loan-api", 0).await?;
            Ok::<_, FlowError>(state.closed_through.map(|minute| minute.0))
        };
        assert_eq!(through(&mut one).await?, None);
        let (version, _) = other.take(&store, "loan-api", 0).await?;
        let saved = other.save(&store, "loan-api", (version, closed(7)), 0);
        assert_eq!(saved.await?, Save::Saved);
        for (name, cache) in [("who wrote", &mut other), ("who had read", &mut one)] {
            assert_eq!(through(cache).await?, Some(7), "{name}");
        }
        // After a conflict the document that could not be written is dropped.
        let (stale, _) = one.take(&store, "loan-api", 0).await?;
        let (version, _) = other.take(&store, "loan-api", 0).await?;
        let saved = other.save(&store, "loan-api", (version, closed(8)), 0);
        assert_eq!(saved.await?, Save::Saved);
        let saved = one.save(&store, "loan-api", (stale, closed(9)), 0);
        assert_eq!(saved.await?, Save::Conflict);
        assert_eq!(through(&mut one).await?, Some(8));
        Ok(())
    }

    #[tokio::test]
    async fn a_document_is_decoded_once_for_each_version() -> Result<(), FlowError> {
        let store = MemoryStore::default();
        let mut cache: DocumentCache<ServiceState> = DocumentCache::default();
        cache.save(&store, "a", (0, closed(7)), 0).await?;
        let first = cache.read(&store, "a", 0).await?;
        let again = cache.read(&store, "a", 0).await?;
        assert!(Arc::ptr_eq(&first, &again));
        Ok(())
    }

    #[tokio::test]
    async fn the_number_of_services_that_are_kept_is_bounded() -> Result<(), FlowError> {
        let store = MemoryStore::default();
        let mut cache: DocumentCache<ServiceState> = DocumentCache::default();
        for service in 0..MAX_SERVICES + 3 {
            cache.read(&store, &service.to_string(), 0).await?;
        }
        assert_eq!(cache.documents.len(), MAX_SERVICES);
        Ok(())
    }

    #[test]
    fn a_state_is_recent_within_a_turn_and_until_a_minute_is_closed() {
        let mut cache = DocumentCache::default();
        cache.put_back("a", (1, closed(7)), 12_000);
        for (name, minute, now_ms, expected) in [
            ("in the same turn", 8, 19_999, true),
            (
                "in the next turn, another minute is closed",
                8,
                20_000,
                false,
            ),
            ("long after, no other minute is closed", 7, 99_999, true),
        ] {
            let found = cache.recent("a", Minute(minute), now_ms, 10_000);
            assert_eq!(found.is_some(), expected, "{name}");
        }
        assert!(cache.recent("b", Minute(7), 12_000, 10_000).is_none());
    }
}
