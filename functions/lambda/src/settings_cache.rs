//! The cache of the settings: reads them at the first event and then about once a minute, and logs
//! it when the settings that were deployed last cannot be used.

use atalaya_core::settings::Settings;
use atalaya_flow::deployed::{self, Deployed};
use atalaya_flow::store::{Store, StoreError};

use crate::environment::{Environment, Source};
use crate::failure::chain;
use crate::output::{LogLevel, Output};
use crate::self_metric::SelfMetric;

/// How long settings are used before they are read from the table again, in milliseconds.
const FRESH_MS: i64 = 60_000;

/// The settings that a process uses.
#[derive(Debug)]
pub struct SettingsCache {
    source: Source,
    namespace: Option<String>,
    own_log_group: Option<String>,
    read_at_ms: Option<i64>,
    refused: bool,
}

impl SettingsCache {
    /// Returns the cache that an environment describes.
    #[must_use]
    pub fn new(environment: &Environment) -> Self {
        Self {
            source: environment.settings.clone(),
            namespace: environment.namespace.clone(),
            own_log_group: environment.own_log_group.clone(),
            read_at_ms: None,
            refused: false,
        }
    }

    /// Returns the cache of settings that never change.
    #[must_use]
    pub fn of_file(settings: Settings) -> Self {
        Self {
            source: Source::File(Box::new(settings)),
            namespace: None,
            own_log_group: None,
            read_at_ms: None,
            refused: false,
        }
    }

    /// Returns the settings if they were read again at `now_ms` (milliseconds since the epoch) and
    /// must replace those in use.
    ///
    /// # Errors
    /// If the table cannot be read and nothing was read from it before.
    pub async fn refresh(
        &mut self,
        store: &impl Store,
        now_ms: i64,
        output: &mut Output,
    ) -> Result<Option<Settings>, StoreError> {
        if !self.is_due(now_ms) {
            return Ok(None);
        }
        let read = match &self.source {
            Source::File(settings) => Ok(without_fault(settings)),
            Source::Deployed => deployed::load(store).await,
        };
        self.take(read, now_ms, output)
    }

    /// As [`SettingsCache::refresh`], and stores settings without faults as the last good ones. One
    /// function does this for all.
    ///
    /// # Errors
    /// As [`SettingsCache::refresh`].
    pub async fn adopt(
        &mut self,
        store: &impl Store,
        now_ms: i64,
        output: &mut Output,
    ) -> Result<Option<Settings>, StoreError> {
        let read = match &self.source {
            Source::File(settings) => Ok(without_fault(settings)),
            Source::Deployed => deployed::adopt(store).await,
        };
        self.take(read, now_ms, output)
    }

    /// Returns the value of the self-metric: 1 while the settings that were deployed last are
    /// refused.
    #[must_use]
    pub fn config_refused(&self) -> (SelfMetric, u64) {
        (SelfMetric::ConfigRefused, self.refused.into())
    }

    fn is_due(&self, now_ms: i64) -> bool {
        self.read_at_ms
            .is_none_or(|read| (now_ms - read).abs() >= FRESH_MS)
    }

    fn take(
        &mut self,
        read: Result<Deployed, StoreError>,
        now_ms: i64,
        output: &mut Output,
    ) -> Result<Option<Settings>, StoreError> {
        let Deployed {
            mut settings,
            refused,
        } = match read {
            Ok(deployed) => deployed,
            Err(error) if self.read_at_ms.is_none() => return Err(error),
            Err(error) => {
                let told = [("error", chain(&error).into())];
                output.log(LogLevel::Warn, "settings could not be read again", told);
                return Ok(None);
            }
        };
        if let Some(faults) = &refused
            && !self.refused
        {
            let told = [("faults", faults.to_string().into())];
            output.log(LogLevel::Error, "deployed settings refused", told);
        }
        self.refused = refused.is_some();
        self.read_at_ms = Some(now_ms);
        if let Some(namespace) = &self.namespace {
            settings.namespace.clone_from(namespace);
        }
        settings.own_log_groups.extend(self.own_log_group.clone());
        Ok(Some(settings))
    }
}

fn without_fault(settings: &Settings) -> Deployed {
    Deployed {
        settings: settings.clone(),
        refused: None,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use atalaya_flow::memory::MemoryStore;

    use super::*;

    async fn deploy(store: &MemoryStore, text: &str) {
        let key = atalaya_flow::documents::settings::next();
        let version = store.load(&key).await.expect("memory");
        let version = version.map_or(0, |document| document.version);
        store.save(&key, version, text).await.expect("memory");
    }

    #[tokio::test]
    async fn new_settings_are_taken_after_a_minute_and_bad_ones_are_told_of() {
        let store = MemoryStore::default();
        let mut output = Output::on(Box::new(io::sink()), Box::new(io::sink()));
        let mut settings_cache = SettingsCache {
            source: Source::Deployed,
            namespace: None,
            own_log_group: Some("/own".into()),
            read_at_ms: None,
            refused: false,
        };
        for (now_ms, text, namespace, refused) in [
            (0, "namespace: One", Some("One"), 0),
            (59_999, "namespace: Two", None, 0),
            (60_000, "namespace: Two", Some("Two"), 0),
            (120_000, "namespce: Three", Some("Two"), 1),
            (180_000, "namespace: Three", Some("Three"), 0),
        ] {
            deploy(&store, text).await;
            let taken = match now_ms {
                60_000 => settings_cache.adopt(&store, now_ms, &mut output).await,
                _ => settings_cache.refresh(&store, now_ms, &mut output).await,
            };
            let taken = taken.expect("memory");
            let found = taken.as_ref().map(|settings| settings.namespace.as_str());
            assert_eq!(found, namespace, "at {now_ms}");
            assert!(taken.is_none_or(|settings| settings.is_own_log_group("/own")));
            assert_eq!(settings_cache.config_refused().1, refused, "at {now_ms}");
        }
    }
}
