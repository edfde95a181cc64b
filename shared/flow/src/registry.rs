//! The registry: which services there are and which series each has, agreed between all writers.
//!
//! It bounds what hostile or careless logs can make: services beyond the cap count as `other`, and so do series beyond
//! a service's cap. What was read is remembered, so an ordinary batch asks the store nothing.

use std::collections::BTreeMap;

use atalaya_core::catalog::Catalog;
use atalaya_core::series::OTHER;

use crate::documents::{catalog, services};
use crate::error::FlowError;
use crate::store::{Save, Store};

/// The most services that one store keeps apart.
pub const MAX_SERVICES: usize = 200;

/// How often a write is tried anew after others were first.
const ATTEMPTS: usize = 16;

/// What is known of services and series, with the version in which it was read.
#[derive(Debug, Default)]
pub struct Registry {
    services: Option<(u64, Vec<String>)>,
    catalogs: BTreeMap<Box<str>, (u64, Catalog)>,
}

impl Registry {
    /// Returns the names of all services, in the order in which they were first met.
    pub async fn services(&mut self, store: &impl Store) -> Result<&[String], FlowError> {
        if self.services.is_none() {
            self.services = Some(load_services(store).await?);
        }
        Ok(self.services.as_ref().map_or(&[], |(_, names)| names))
    }

    /// Forgets which services there are, so that the next question asks the store.
    pub fn forget_services(&mut self) {
        self.services = None;
    }

    /// Returns the name that a service counts under: its own, or `other` once [`MAX_SERVICES`] are known.
    pub async fn service<'a>(
        &mut self,
        store: &impl Store,
        name: &'a str,
    ) -> Result<&'a str, FlowError> {
        for _ in 0..ATTEMPTS {
            let (version, mut names) = match self.services.take() {
                Some(known) => known,
                None => load_services(store).await?,
            };
            let known = names.iter().any(|known| known == name);
            if known || (names.len() >= MAX_SERVICES && name != OTHER) {
                self.services = Some((version, names));
                return Ok(if known { name } else { OTHER });
            }
            names.push(name.to_owned());
            let body = services::encode(&names);
            if store.save(&services::key(), version, &body).await? == Save::Saved {
                self.services = Some((version + 1, names));
                return Ok(name);
            }
        }
        Err(FlowError::Contended {
            what: "list of services",
            scope: name.to_owned(),
        })
    }

    /// Returns the catalog of a service as far as it is known here, read from the store the first time.
    pub async fn catalog(
        &mut self,
        store: &impl Store,
        service: &str,
    ) -> Result<&Catalog, FlowError> {
        if !self.catalogs.contains_key(service) {
            let loaded = load_catalog(store, service).await?;
            self.catalogs.insert(service.into(), loaded);
        }
        Ok(&self.catalogs[service].1)
    }

    /// Reads the catalog of a service anew: others may have admitted series since.
    pub async fn refresh(
        &mut self,
        store: &impl Store,
        service: &str,
    ) -> Result<&Catalog, FlowError> {
        self.catalogs.remove(service);
        self.catalog(store, service).await
    }

    /// Has `admit` admit what it needs to a service's catalog and returns what it gives, once the catalog that it was
    /// given is stored as it left it.
    pub async fn admit<T>(
        &mut self,
        store: &impl Store,
        service: &str,
        mut admit: impl FnMut(&mut Catalog) -> T,
    ) -> Result<T, FlowError> {
        for _ in 0..ATTEMPTS {
            self.catalog(store, service).await?;
            let (version, known) = &self.catalogs[service];
            let mut catalog = known.clone();
            let given = admit(&mut catalog);
            if catalog == *known {
                return Ok(given);
            }
            let saved = store
                .save(&catalog::key(service), *version, &catalog.encode())
                .await?;
            let version = version + 1;
            self.catalogs.remove(service);
            if saved == Save::Saved {
                self.catalogs.insert(service.into(), (version, catalog));
                return Ok(given);
            }
        }
        Err(FlowError::Contended {
            what: "catalog",
            scope: service.to_owned(),
        })
    }
}

async fn load_services(store: &impl Store) -> Result<(u64, Vec<String>), FlowError> {
    let Some(document) = store.load(&services::key()).await? else {
        return Ok((0, Vec::new()));
    };
    let names = services::decode(&document.body)?;
    Ok((document.version, names))
}

async fn load_catalog(store: &impl Store, service: &str) -> Result<(u64, Catalog), FlowError> {
    let Some(document) = store.load(&catalog::key(service)).await? else {
        return Ok((0, Catalog::default()));
    };
    let catalog = catalog::decode(service, &document.body)?;
    Ok((document.version, catalog))
}
