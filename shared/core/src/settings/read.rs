//! Reads the tree of a settings file, section by section, and checks what one section says of
//! another.

use std::collections::{BTreeMap, BTreeSet};

use atalaya_logs::mask::Countries;
use atalaya_logs::route;

use super::cursor::{At, Found, Known, number_shown};
use super::schema::{keys, single};
use super::values::{self, Wrong, shown};
use super::yaml::{Node, NodeKind};
use super::{DependencySettings, ServiceSettings, Settings, Slo, channels, rules, tuning};
use crate::detect::Severity;

/// Reads the whole file and records faults in `found`; if there are any, the result must not be
/// used.
pub(super) fn settings(root: &Node<'_>, found: &mut Found) -> Option<Settings> {
    let mut settings = Settings::default();
    if matches!(&root.kind, NodeKind::Scalar { text, quoted: false } if text.is_empty()) {
        return Some(settings);
    }
    let file = At::root(root).known(&keys::ROOT, found)?;
    if let Some(namespace) = file
        .get("namespace")
        .and_then(|at| at.text(found, values::namespace))
    {
        settings.namespace = namespace;
    }
    if let Some(at) = file.get("detectors") {
        settings.tuning = tuning::read(at, None, found);
    }
    if let Some(at) = file.get("services") {
        let mut owners = BTreeMap::new();
        let mut counts = rules::Counts::default();
        for (name, at) in at.entries(found).unwrap_or_default() {
            at.check(found, values::name(name));
            if let Some(mut service) = service(name, at, &mut owners, &mut counts, found) {
                service.tuning = service.tuning.over(&settings.tuning);
                settings.services.insert(name.to_owned(), service);
            }
        }
    }
    if let Some(severities) = file
        .get("notify")
        .and_then(|at| at.clone().known(&keys::NOTIFY, found))
    {
        for (key, at) in severities.present() {
            if let Some(severity) = Severity::named(key) {
                settings
                    .notify
                    .insert(severity, channels::channels(at, found));
            }
        }
    }
    if let Some(mask) = file
        .get("mask")
        .and_then(|at| at.clone().known(&keys::MASK, found))
        && let Some(at) = mask.get("national_ids")
    {
        settings.national_ids = countries(at, found);
    }
    Some(settings)
}

fn countries(at: &At<'_, '_>, found: &mut Found) -> Countries {
    let items = at.items(found).unwrap_or_default();
    let named = items
        .iter()
        .filter_map(|item| item.text(found, values::country));
    named.fold(Countries::NONE, Countries::with)
}

/// The service of each log group, and the line that says so.
type Owners<'n> = BTreeMap<String, (&'n str, usize)>;

fn service<'n>(
    name: &'n str,
    at: At<'n, '_>,
    owners: &mut Owners<'n>,
    counts: &mut rules::Counts,
    found: &mut Found,
) -> Option<ServiceSettings> {
    let file = at.known(&keys::SERVICE, found)?;
    let mut service = ServiceSettings::default();
    if let Some(at) = file.required("log_groups", found) {
        service.log_groups = log_groups(name, at, owners, found);
    }
    service.owner = file
        .get("owner")
        .and_then(|at| at.text(found, values::line));
    service.runbook = file
        .get("runbook")
        .and_then(|at| at.text(found, values::link));
    if let Some(at) = file.get("routes") {
        service.routes = routes(at, found);
    }
    (service.fields, service.rules) = rules::read(&file, counts, found);
    if let Some(at) = file.get("dependencies") {
        service.dependencies = dependencies(at, found);
    }
    if let Some(at) = file.get("slos") {
        service.slos = slos(at, &service.routes, found);
    }
    if let Some(at) = file.get("detectors") {
        service.tuning = tuning::read(at, Some(&service), found);
    }
    max_series(&file, &mut service, found);
    Some(service)
}

fn log_groups<'n>(
    service: &'n str,
    at: &At<'n, '_>,
    owners: &mut Owners<'n>,
    found: &mut Found,
) -> Vec<String> {
    let Some(items) = at.items(found) else {
        return Vec::new();
    };
    if items.is_empty() {
        at.fault_in(found, &keys::NO_LOG_GROUP);
    }
    let mut groups = Vec::with_capacity(items.len());
    for item in items {
        let Some(group) = item.text(found, values::log_group) else {
            continue;
        };
        match owners.get(&group) {
            None => {
                owners.insert(group.clone(), (service, item.line()));
                groups.push(group);
            }
            Some((owner, line)) => item.fault(
                found,
                format!(
                    "{} already belongs to {} on line {line}",
                    shown(&group),
                    shown(owner)
                ),
                "a log group belongs to one service; remove it from one of the two places",
            ),
        }
    }
    groups
}

fn routes(at: &At<'_, '_>, found: &mut Found) -> Vec<String> {
    let mut shapes = BTreeMap::new();
    let mut routes = Vec::new();
    for item in at.items(found).unwrap_or_default() {
        let Some(route) = item.text(found, values::route) else {
            continue;
        };
        match shapes.insert(route::shape(&route), item.line()) {
            None => routes.push(route),
            Some(line) => item.fault(
                found,
                format!(
                    "{} matches the same paths as the route of line {line}",
                    shown(&route)
                ),
                "keep one of the two",
            ),
        }
    }
    routes
}

fn dependencies(at: &At<'_, '_>, found: &mut Found) -> BTreeMap<String, DependencySettings> {
    let entries = at.entries(found).unwrap_or_default();
    let names: BTreeMap<&str, usize> = entries
        .iter()
        .map(|(name, at)| (*name, at.line()))
        .collect();
    let mut alias_lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut dependencies = BTreeMap::new();
    for (name, at) in &entries {
        at.check(found, values::name(name));
        let Some(file) = at.clone().known(&keys::DEPENDENCY, found) else {
            continue;
        };
        let mut dependency = DependencySettings::default();
        if let Some(external) = file.get("external").and_then(|at| at.boolean(found)) {
            dependency.external = external;
        }
        dependency.rds_cluster = file
            .get("rds_cluster")
            .and_then(|at| at.text(found, values::name));
        for item in file
            .get("aliases")
            .and_then(|at| at.items(found))
            .unwrap_or_default()
        {
            let Some(alias) = item.text(found, values::line) else {
                continue;
            };
            // Two dependencies under one name would lay the blame on either.
            match names
                .get(alias.as_str())
                .or_else(|| alias_lines.get(&alias))
            {
                None => {
                    alias_lines.insert(alias.clone(), item.line());
                    dependency.aliases.push(alias);
                }
                Some(line) => item.fault(
                    found,
                    format!(
                        "{} already names a dependency on line {line}",
                        shown(&alias)
                    ),
                    "a name leads to one dependency; remove one of the two",
                ),
            }
        }
        dependencies.insert((*name).to_owned(), dependency);
    }
    dependencies
}

fn slos(at: &At<'_, '_>, routes: &[String], found: &mut Found) -> Vec<Slo> {
    let mut names = BTreeMap::new();
    let mut slos = Vec::new();
    let known_routes: BTreeSet<&str> = routes.iter().map(String::as_str).collect();
    for item in at.items(found).unwrap_or_default() {
        let Some(file) = item.known(&keys::SLO, found) else {
            continue;
        };
        let name = file.required("name", found).and_then(|at| {
            let name = at.text(found, values::name)?;
            if let Some(line) = names.insert(name.clone(), at.line()) {
                let problem = format!(
                    "{} is already the name of the objective of line {line}",
                    shown(&name)
                );
                at.fault(
                    found,
                    problem,
                    "give each objective of a service its own name",
                );
            }
            Some(name)
        });
        let objective = file
            .required("objective", found)
            .and_then(|at| objective(at, found));
        let window = file
            .get("window")
            .map(|at| at.scalar(found, values::window_days));
        let threshold = file
            .get("threshold")
            .map(|at| at.scalar(found, values::threshold));
        let route = file.get("route").and_then(|at| {
            let route = at.text(found, values::route)?;
            if !routes.is_empty() && !known_routes.contains(route.as_str()) {
                let problem = format!("{} is not among the routes of the service", shown(&route));
                at.fault(
                    found,
                    problem,
                    format!(
                        "add it to `routes`, or use one of: {}",
                        values::some(routes)
                    ),
                );
            }
            Some(route)
        });
        // A key that is there but faulty has left its fault, so the stand-ins below are never used.
        if let (Some(name), Some(objective)) = (name, objective) {
            let window_days = window.flatten().unwrap_or(30);
            slos.push(Slo {
                name,
                objective,
                window_days,
                threshold: threshold.flatten(),
                route,
            });
        }
    }
    slos
}

fn objective(at: &At<'_, '_>, found: &mut Found) -> Option<f64> {
    let objective = at.number(found)?;
    let within = values::within(&single::OBJECTIVE, objective, &number_shown(objective));
    let told = within.map_err(|wrong| Wrong {
        remedy: if objective > 99.999 && objective <= 100.0 {
            format!(
                "an objective of {} leaves no error budget",
                number_shown(objective)
            )
        } else if objective > 0.0 && objective < 1.0 {
            "it is in percent, as in 99.9".to_owned()
        } else {
            wrong.remedy
        },
        ..wrong
    });
    at.check(found, told)
}

fn max_series(file: &Known<'_, '_>, service: &mut ServiceSettings, found: &mut Found) {
    if let Some(at) = file.get("max_series") {
        let Some(number) = at.number(found) else {
            return;
        };
        let within = values::within(&single::MAX_SERIES, number, &number_shown(number));
        let Some(number) = at.check(found, within) else {
            return;
        };
        service.max_series = number as u16;
    }
    let named = service.routes.len() + service.dependencies.len();
    if named > usize::from(service.max_series) {
        let problem = format!(
            "has {named} routes and dependencies, more than its max_series of {}",
            service.max_series
        );
        file.at().fault(
            found,
            problem,
            "raise `max_series` (at most 1000), or name fewer",
        );
    }
}
