//! The registry: the list of services and each service's catalog of series, which all writers
//! share.
//!
//! The registry bounds what hostile or careless logs can create: services beyond the cap count as
//! `other`, and so do series beyond a service's cap. Names that the settings list are never folded
//! into `other`. Whatever was read is cached, so an ordinary batch reads nothing from the store.

use std::collections::BTreeMap;

use atalaya_core::catalog::Catalog;
use atalaya_core::series::OTHER;
use atalaya_core::settings::Settings;

use crate::documents::{catalog, services};
use crate::error::FlowError;
use crate::store::{Save, Store};

/// The most services that one store counts separately, unless the settings name more.
pub const MAX_SERVICES: usize = 200;

/// How often a write is attempted while other processes write first.
const ATTEMPTS: usize = 16;

/// The cached list of services and the cached catalogs, each with the version at which it was read.
#[derive(Debug, Default)]
pub struct Registry {
    services: Option<(u64, Vec<String>)>,
    catalogs: BTreeMap<Box<str>, (u64, Catalog)>,
}

impl Registry {
    /// Returns the names of all services, in the order in which they were first seen.
    pub async fn services(&mut self, store: &impl Store) -> Result<&[String], FlowError> {
        if self.services.is_none() {
            self.services = Some(load_services(store).await?);
        }
        Ok(self.services.as_ref().map_or(&[], |(_, names)| names))
    }

    /// Drops the cached list of services, so that the next call reads it from the store.
    pub fn forget_services(&mut self) {
        self.services = None;
    }

    /// Returns the name that a service counts under: its own, or `other` once the services in the
    /// list and those that the settings name reach [`MAX_SERVICES`]. A service that the settings
    /// name always counts under its own name, even if the list was full before the settings named
    /// it.
    pub async fn service<'a>(
        &mut self,
        store: &impl Store,
        settings: &Settings,
        name: &'a str,
    ) -> Result<&'a str, FlowError> {
        for _ in 0..ATTEMPTS {
            let (version, mut names) = match self.services.take() {
                Some(known) => known,
                None => load_services(store).await?,
            };
            let known = names.iter().any(|known| known == name);
            let is_named = |name: &str| settings.services.contains_key(name);
            let free = names.iter().filter(|known| !is_named(known)).count();
            let is_full = free + settings.services.len() >= MAX_SERVICES;
            if known || (is_full && !is_named(name) && name != OTHER) {
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

    /// Returns the cached catalog of a service, read from the store the first time.
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

    /// Reads the catalog of a service again: other processes may have admitted series since.
    pub async fn refresh(
        &mut self,
        store: &impl Store,
        service: &str,
    ) -> Result<&Catalog, FlowError> {
        self.catalogs.remove(service);
        self.catalog(store, service).await
    }

    /// Lets `admit` add series to a service's catalog, stores the catalog if `admit` changed it,
    /// and returns the result of `admit`. After a conflict `admit` runs again on the catalog that
    /// is stored by then.
    pub async fn admit<T>(
        &mut self,
        store: &impl Store,
        service: &str,
        mut admit: impl FnMut(&mut Catalog) -> T,
    ) -> Result<T, FlowError> {
        for _ in 0..ATTEMPTS {
            // The catalog is taken out of the cache while it is changed: after a conflict it is
            // dropped and read again.
            let (name, (mut version, mut catalog)) = match self.catalogs.remove_entry(service) {
                Some(known) => known,
                None => (service.into(), load_catalog(store, service).await?),
            };
            let before = catalog.revision();
            let given = admit(&mut catalog);
            if catalog.revision() != before {
                let body = catalog.encode();
                if store.save(&catalog::key(service), version, &body).await? == Save::Conflict {
                    continue;
                }
                version += 1;
            }
            self.catalogs.insert(name, (version, catalog));
            return Ok(given);
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
