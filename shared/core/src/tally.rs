//! The tally of a batch: what its records add to each series and minute, before any of it is stored.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hasher};

use crate::catalog::{Catalog, MAX_CAUSES, Reserved, Slot};
use crate::excerpt::Chosen;
use crate::excerpt::choose::{Failure, Rank};
use crate::log_pattern::tally::Messages;
use crate::series::{OTHER, SeriesKind, SeriesName, Sums};
use crate::settings::{ServiceSettings, Settings};
use crate::time::Minute;
use crate::window::{ItemKey, Part};
use atalaya_logs::batch::BatchKey;
use atalaya_logs::json::Str;
use atalaya_logs::record::{Fields, Level, Origin};
use atalaya_logs::route;

/// The most series that one batch may hold for a service; the rest count as `other`. It bounds
/// memory only: how many series a service may keep is bounded by its [`Catalog`].
const MAX_SERIES: usize = 2_000;

/// The share of a service's series, as one in this many, that may be routes whose requests had all
/// been refused when they were first seen.
const UNSERVED_SHARE: usize = 4;

/// The most services that one batch may name. Lines of further services count for the service of
/// the log group, unless the settings name them.
const MAX_SERVICES: usize = 64;

/// The sums of one batch, by service.
#[derive(Debug)]
pub struct Tally<'s> {
    settings: &'s Settings,
    services: Vec<ServiceTally>,
    /// The service that the last record counted for: nearly always that of the next one too.
    last: usize,
    /// A buffer for the skeleton of a message.
    skeleton: String,
}

/// The sums of one batch for one service.
#[derive(Debug)]
pub struct ServiceTally {
    /// The service.
    pub service: Box<str>,
    /// Whether lines of the application itself logged requests in this batch.
    pub told_by_application: bool,
    /// The lines chosen from its failures in this batch, not masked yet; empty where nothing
    /// failed.
    pub failures: Chosen,
    messages: Messages,
    series: Vec<SeriesTally>,
    index: HashTable<u32>,
}

#[derive(Debug)]
struct SeriesTally {
    series: SeriesName,
    origin: Origin,
    minutes: Vec<(Minute, Sums)>,
}

/// The parts that a batch adds to the window items of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Each is added by one write.
    pub parts: Vec<Part>,
    /// Series that did not fit under the service's cap and were counted as `other`.
    pub folded: u64,
}

impl<'s> Tally<'s> {
    /// Begins the tally of a batch of the given log group.
    #[must_use]
    pub fn new(settings: &'s Settings, log_group: &str) -> Self {
        let service = settings
            .service_of(log_group)
            .unwrap_or_else(|| service_of_group(log_group));
        let home = ServiceTally::new(&service_name(settings, service));
        Self {
            settings,
            services: vec![home],
            last: 0,
            skeleton: String::new(),
        }
    }

    /// Counts one record, logged at `timestamp_ms`, and returns the failure if the record reports
    /// one.
    pub fn add(&mut self, fields: &Fields<'_>, timestamp_ms: i64) -> Option<Failure> {
        let minute = Minute::of_ms(timestamp_ms);
        let at = self.service(fields);
        let service = &mut self.services[at];
        let failed =
            fields.level >= Some(Level::Error) || (fields.level.is_none() && fields.uncaught);
        let lines = service.lines(minute);
        lines.count += 1;
        lines.errors += u64::from(failed);
        if fields.level >= Some(Level::Warn) || fields.error_type.is_some() {
            service.messages.add(fields, minute, &mut self.skeleton);
        }
        let mut rank = failed.then_some(Rank::Line);
        if fields.is_request() {
            let settings = self.settings.service(&service.service);
            if service.request(fields, settings, minute) {
                rank = Some(Rank::Request);
            }
        } else if fields.is_call() {
            let settings = self.settings.service(&service.service);
            if service.call(fields, settings, failed, minute) {
                rank = Some(Rank::Call);
            }
        }
        rank.map(|rank| Failure {
            service: at,
            rank,
            kind: kind_of(fields),
        })
    }

    /// Sets the lines chosen from the failures of a service, which is given by its index as
    /// [`Failure::service`] holds it.
    pub fn illustrate(&mut self, service: usize, failures: Chosen) {
        if let Some(service) = self.services.get_mut(service) {
            service.failures = failures;
        }
    }

    /// Returns the sums of each service, in the order of names; a service without a record is left
    /// out.
    #[must_use]
    pub fn finish(mut self) -> Vec<ServiceTally> {
        self.services.retain(|service| !service.series.is_empty());
        self.services
            .sort_unstable_by(|a, b| a.service.cmp(&b.service));
        self.services
    }

    /// Returns which service a record counts for: the one it names, else that of the log group.
    fn service(&mut self, fields: &Fields<'_>) -> usize {
        let Some(named) = fields.service else {
            return 0;
        };
        if named.plain() == Some(self.services[self.last].service.as_bytes()) {
            return self.last;
        }
        if let Some(at) = self.position(named.plain().unwrap_or_default()) {
            self.last = at;
            return at;
        }
        let text = named.text();
        let name = service_name(self.settings, &text);
        let known = self.position(name.as_bytes());
        self.last = known.unwrap_or_else(|| {
            if self.services.len() >= MAX_SERVICES && self.settings.service(&name).is_none() {
                return 0;
            }
            self.services.push(ServiceTally::new(&name));
            self.services.len() - 1
        });
        self.last
    }

    fn position(&self, name: &[u8]) -> Option<usize> {
        let mut services = self.services.iter();
        services.position(|service| service.service.as_bytes() == name)
    }
}

/// Returns the name that a service counts under: the one in the settings, else its own, cleaned so
/// that it may be stored.
fn service_name<'a>(settings: &Settings, told: &'a str) -> Cow<'a, str> {
    match settings.service(told) {
        Some(_) => Cow::Borrowed(told),
        None => route::name(told),
    }
}

/// Returns the service of a log group that no settings name: the last part of the group's name.
fn service_of_group(log_group: &str) -> &str {
    log_group
        .rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or(OTHER)
}

impl SeriesTally {
    /// Returns how many series a service may have when this one is admitted. While all requests of
    /// a route are refused, the cap is lower, so that a flood of paths that nobody serves does not
    /// take the places of real routes.
    fn cap(&self, cap: usize) -> usize {
        let is_refused = |(_, sums): &(Minute, Sums)| sums.client_errors == sums.count;
        let is_unserved =
            self.series.kind == SeriesKind::Route && self.minutes.iter().all(is_refused);
        if is_unserved {
            cap / UNSERVED_SHARE
        } else {
            cap
        }
    }

    /// Returns the sums of a minute, and creates them if they do not exist.
    #[inline]
    fn minute(&mut self, minute: Minute) -> &mut Sums {
        // Events come nearly in order, so the minute is nearly always the last one.
        let known = self.minutes.iter().rposition(|(known, _)| *known == minute);
        let at = known.unwrap_or_else(|| {
            self.minutes.push((minute, Sums::default()));
            self.minutes.len() - 1
        });
        &mut self.minutes[at].1
    }
}

impl ServiceTally {
    fn new(service: &str) -> Self {
        Self {
            service: service.into(),
            told_by_application: false,
            failures: Chosen::default(),
            messages: Messages::default(),
            series: Vec::new(),
            index: HashTable::new(),
        }
    }

    /// Counts a request and returns whether it failed.
    fn request(
        &mut self,
        fields: &Fields<'_>,
        settings: Option<&ServiceSettings>,
        minute: Minute,
    ) -> bool {
        self.told_by_application |= fields.origin == Origin::Application;
        let status = fields.status.unwrap_or_default();
        let failed = status >= 500 || (status < 400 && fields.level >= Some(Level::Error));
        let configured = settings.is_some_and(|settings| !settings.routes.is_empty());
        let plain = if configured { None } else { fields.route };
        let sums = if let Some(at) = self.known(SeriesKind::Route, plain, fields.origin) {
            self.series[at].minute(minute)
        } else {
            let template = route_of(fields, settings);
            let (kind, origin) = (SeriesKind::Route, fields.origin);
            self.sums(kind, &template, settings, origin, minute)
        };
        sums.count += 1;
        sums.client_errors += u64::from((400..500).contains(&status));
        if let Some(ms) = fields.latency_ms {
            sums.latency.add(ms);
        }
        if failed {
            sums.errors += 1;
            blame(sums, fields, settings);
        }
        // A request's line that gives the duration of a dependency counts as a call to it, too.
        if let (Some(dependency), Some(ms)) = (fields.dependency, fields.dependency_ms) {
            let calls = self.calls(&dependency, settings, fields.origin, minute);
            calls.count += 1;
            calls.latency.add(ms);
            if failed {
                calls.errors += 1;
                calls.add_cause(&status_cause(status), 1);
            }
        }
        failed
    }

    /// Counts a call to a dependency and returns whether it failed.
    fn call(
        &mut self,
        fields: &Fields<'_>,
        settings: Option<&ServiceSettings>,
        failed: bool,
        minute: Minute,
    ) -> bool {
        let Some(dependency) = fields.dependency else {
            return false;
        };
        let sums = self.calls(&dependency, settings, Origin::Application, minute);
        sums.count += 1;
        if let Some(ms) = fields.latency_ms {
            sums.latency.add(ms);
        }
        let failed = failed || fields.status.is_some_and(|status| status >= 500);
        if failed {
            sums.errors += 1;
            let error = fields.error_type.map(|error| error.text());
            add_cause(sums, error.as_deref().unwrap_or("failed"));
        }
        failed
    }

    /// Returns the sums of log records in a minute. Every record is counted there first, so it is the first series.
    #[inline]
    fn lines(&mut self, minute: Minute) -> &mut Sums {
        if self.series.is_empty() {
            self.make(SeriesKind::Lines, "", Origin::Application);
        }
        self.series[0].minute(minute)
    }

    fn calls(
        &mut self,
        dependency: &Str<'_>,
        settings: Option<&ServiceSettings>,
        origin: Origin,
        minute: Minute,
    ) -> &mut Sums {
        if let Some(at) = self.known(SeriesKind::Dependency, Some(*dependency), origin) {
            return self.series[at].minute(minute);
        }
        let text = dependency.text();
        let configured = settings.and_then(|settings| settings.dependency(&text));
        let name = configured.map_or_else(|| route::name(&text), Cow::Borrowed);
        self.sums(SeriesKind::Dependency, &name, settings, origin, minute)
    }

    /// Returns the index of the series that was made under a raw name: such a name needs no more
    /// cleaning.
    #[inline]
    fn known(&self, kind: SeriesKind, name: Option<Str<'_>>, origin: Origin) -> Option<usize> {
        self.find(kind, name?.plain()?, origin)
    }

    #[inline]
    fn find(&self, kind: SeriesKind, name: &[u8], origin: Origin) -> Option<usize> {
        let same = |at: &u32| {
            let known = &self.series[*at as usize];
            known.series.name.as_bytes() == name
                && known.series.kind == kind
                && known.origin == origin
        };
        let at = self.index.find(hash_of(kind, name, origin), same)?;
        Some(*at as usize)
    }

    /// Returns the sums of a series and minute, and creates them if they do not exist.
    fn sums(
        &mut self,
        kind: SeriesKind,
        name: &str,
        settings: Option<&ServiceSettings>,
        origin: Origin,
        minute: Minute,
    ) -> &mut Sums {
        let at = match self.find(kind, name.as_bytes(), origin) {
            Some(at) => at,
            None if self.series.len() >= MAX_SERIES
                && name != OTHER
                && !settings.is_some_and(|settings| settings.names(kind, name)) =>
            {
                return self.sums(kind, OTHER, settings, origin, minute);
            }
            None => self.make(kind, name, origin),
        };
        self.series[at].minute(minute)
    }

    fn make(&mut self, kind: SeriesKind, name: &str, origin: Origin) -> usize {
        let at = self.series.len();
        let hash = hash_of(kind, name.as_bytes(), origin);
        let series = SeriesName {
            kind,
            name: name.into(),
        };
        self.series.push(SeriesTally {
            series,
            origin,
            minutes: Vec::new(),
        });
        let series = &self.series;
        self.index.insert_unique(hash, at as u32, |at| {
            let known = &series[*at as usize];
            hash_of(
                known.series.kind,
                known.series.name.as_bytes(),
                known.origin,
            )
        });
        at
    }

    /// Adds the sums of another service, which is to count as this one; the settings say nothing of
    /// this one.
    pub fn absorb(&mut self, other: &Self) {
        self.told_by_application |= other.told_by_application;
        self.failures.absorb(&other.failures);
        self.messages.absorb(&other.messages);
        for tally in &other.series {
            for (minute, sums) in &tally.minutes {
                let (kind, name) = (tally.series.kind, &tally.series.name);
                let into = self.sums(kind, name, None, tally.origin, *minute);
                into.merge(sums);
            }
        }
    }

    /// Returns the same under another service's name.
    #[must_use]
    pub fn renamed(mut self, service: &str) -> Self {
        self.service = service.into();
        self
    }

    /// Returns the parts that the batch adds to the service's window items, and admits new series to the catalog.
    ///
    /// Requests from access lines count only while the application's own lines log none, so that a
    /// request that both log is counted once.
    #[must_use]
    pub fn parts(
        &self,
        catalog: &mut Catalog,
        reserved: &Reserved<'_>,
        batch: BatchKey,
        shard: u8,
    ) -> Parts {
        catalog.told_by_application |= self.told_by_application;
        let mut by_item: BTreeMap<(Minute, u16), BTreeMap<Slot, Sums>> = BTreeMap::new();
        let mut folded = 0;
        for tally in self.in_order() {
            if tally.origin == Origin::Access && catalog.told_by_application {
                continue;
            }
            let slot = catalog.admit(&tally.series, tally.cap(reserved.cap), reserved);
            folded += u64::from(catalog.series(slot) != Some(&tally.series));
            for (minute, sums) in &tally.minutes {
                let admitted = admitted(sums, catalog, reserved);
                match by_item
                    .entry((*minute, slot.page()))
                    .or_default()
                    .entry(slot)
                {
                    Entry::Vacant(entry) => {
                        entry.insert(admitted.into_owned());
                    }
                    Entry::Occupied(mut entry) => entry.get_mut().merge(&admitted),
                }
            }
        }
        for (series, minutes) in self.messages.told() {
            let (Some((first, _)), Some((last, _))) =
                (minutes.first_key_value(), minutes.last_key_value())
            else {
                continue;
            };
            let slot = catalog.admit_message(series, (*first, *last));
            for (minute, n) in minutes {
                let page = by_item.entry((minute, slot.page())).or_default();
                page.entry(slot).or_default().count += n;
            }
        }
        let part = |((minute, page), sums)| {
            let item = ItemKey {
                service: self.service.clone(),
                minute,
                page,
                shard,
            };
            Part { item, batch, sums }.split()
        };
        Parts {
            parts: by_item.into_iter().flat_map(part).collect(),
            folded,
        }
    }

    /// Series are admitted in the order of their names, so that a batch fills an empty catalog the same way however its
    /// events are ordered.
    fn in_order(&self) -> Vec<&SeriesTally> {
        let mut series: Vec<_> = self.series.iter().collect();
        series.sort_unstable_by(|a, b| (&a.series, a.origin).cmp(&(&b.series, b.origin)));
        series
    }
}

/// Returns the sums with every cause that the catalog does not admit counted as `other`.
fn admitted<'a>(sums: &'a Sums, catalog: &mut Catalog, reserved: &Reserved<'_>) -> Cow<'a, Sums> {
    if sums.causes.is_empty() {
        return Cow::Borrowed(sums);
    }
    let mut admitted = Sums {
        causes: BTreeMap::new(),
        ..sums.clone()
    };
    for (cause, n) in &sums.causes {
        admitted.add_cause(catalog.admit_cause(cause, reserved), *n);
    }
    Cow::Owned(admitted)
}

#[inline]
fn hash_of(kind: SeriesKind, name: &[u8], origin: Origin) -> u64 {
    // A fixed seed makes runs repeatable; what a hostile log could gain from it is bounded by the
    // cap on series.
    let mut hasher = FixedState::with_seed(0x0a7a_1aa1).build_hasher();
    hasher.write(name);
    hasher.write_u8((kind as u8) << 1 | origin as u8);
    hasher.finish()
}

/// Returns the route that a request counts for: a configured one that matches, else the framework's
/// own, else the template of its path. If the settings name that route, it gets the settings'
/// spelling.
fn route_of<'a>(fields: &Fields<'a>, settings: Option<&ServiceSettings>) -> Cow<'a, str> {
    let named = |told: Cow<'a, str>| match settings.and_then(|settings| settings.route(&told)) {
        Some(named) if *named != *told => Cow::Owned(named.to_owned()),
        _ => told,
    };
    if let Some(path) = fields.path {
        let path = path.text();
        let configured = settings.into_iter().flat_map(|settings| &settings.routes);
        if let Some(known) = { configured }.find(|template| route::matches(template, &path)) {
            return Cow::Owned(known.clone());
        }
        if fields.route.is_none() {
            return named(Cow::Owned(route::template(&path)));
        }
    }
    let Some(route) = fields.route else {
        return Cow::Borrowed(OTHER);
    };
    named(match route.text() {
        Cow::Borrowed(text) => route::of_framework(text),
        Cow::Owned(text) => Cow::Owned(route::of_framework(&text).into_owned()),
    })
}

/// Returns a hash of a failure: two failures with the same error, dependency and status have the
/// same hash.
#[cold]
fn kind_of(fields: &Fields<'_>) -> u64 {
    let mut hasher = FixedState::with_seed(0x0a7a_1aa1).build_hasher();
    for name in [fields.error_type, fields.dependency] {
        hasher.write(name.map(|name| name.raw()).unwrap_or_default());
        hasher.write_u8(0xff);
    }
    hasher.write_u16(fields.status.unwrap_or_default());
    hasher.finish()
}

/// Counts the cause that a failed request's line names: its dependency, else its error, else its
/// status.
fn blame(sums: &mut Sums, fields: &Fields<'_>, settings: Option<&ServiceSettings>) {
    if let Some(dependency) = fields.dependency {
        let told = dependency.text();
        match settings.and_then(|settings| settings.dependency(&told)) {
            Some(configured) => sums.add_cause(configured, 1),
            None => add_cause(sums, &told),
        }
    } else if let Some(error) = fields.error_type {
        add_cause(sums, &error.text());
    } else {
        add_cause(sums, &status_cause(fields.status.unwrap_or_default()));
    }
}

fn status_cause(status: u16) -> String {
    format!("status {status}")
}

fn add_cause(sums: &mut Sums, cause: &str) {
    if sums.causes.contains_key(cause) {
        sums.add_cause(cause, 1);
        return;
    }
    let cause = route::name(cause);
    // Twice the catalog's cap: enough for the catalog to choose from, and a bound on what a hostile
    // batch can hold.
    let crowded = sums.causes.len() >= 2 * MAX_CAUSES && !sums.causes.contains_key(&*cause);
    sums.add_cause(if crowded { OTHER } else { &cause }, 1);
}
