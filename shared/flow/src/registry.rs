//! The registry: which services there are and which series each has, agreed between all writers.
//!
//! It bounds what hostile or careless logs can make: services beyond the cap count as `other`, and so do series beyond
//! a service's cap. What settings name is never among them. What was read is remembered, so an ordinary batch asks the
//! store nothing.

use std::collections::BTreeMap;

use atalaya_core::catalog::Catalog;
use atalaya_core::series::OTHER;
use atalaya_core::settings::Settings;

use crate::documents::{catalog, services};
use crate::error::FlowError;
use crate::store::{Save, Store};

/// The most services that one store keeps apart, unless settings name more.
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

    /// Returns the name that a service counts under: its own, or `other` once [`MAX_SERVICES`] are known or named by
    /// the settings. One that they name always counts under its own, also in a list that was full before it was named.
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
            // It is changed in place, and taken out meanwhile: what could not be stored is forgotten and read anew.
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
