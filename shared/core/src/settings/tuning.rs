//! Reads the owners' overrides of detectors: severity caps, sensitivity, and the least effect.

use std::time::Duration;

use atalaya_logs::route;

use super::ServiceSettings;
use super::cursor::{At, Found, Known, number_shown};
use super::schema::{Single, keys, single};
use super::values::{self, Wrong, shown};
use crate::detect::tuning::{Effect, Override, Sensitivity, SeverityCap, Tuning};
use crate::detect::{Detector, Subject};

/// Reads `detectors` of a service or, if `service` is `None`, of all services. A single word
/// applies to all detectors.
pub(super) fn read(
    at: &At<'_, '_>,
    service: Option<&ServiceSettings>,
    found: &mut Found,
) -> Tuning {
    let mut tuning = Tuning::default();
    if at.is_word() {
        let at_most = at.scalar(found, cap);
        for detector in Detector::ALL {
            let chosen = Override {
                at_most,
                ..Override::default()
            };
            tuning.set(detector, chosen);
        }
        return tuning;
    }
    let Some(detectors) = at.clone().known(&keys::DETECTORS, found) else {
        return tuning;
    };
    for (id, at) in detectors.present() {
        if let Some(detector) = Detector::named(id) {
            of_detector(detector, at, service, &mut tuning, found);
        }
    }
    tuning
}

fn of_detector(
    detector: Detector,
    at: &At<'_, '_>,
    service: Option<&ServiceSettings>,
    tuning: &mut Tuning,
    found: &mut Found,
) {
    if at.is_word() {
        let at_most = at.scalar(found, cap);
        let chosen = Override {
            at_most,
            ..Override::default()
        };
        tuning.set(detector, chosen);
        return;
    }
    let Some(file) = at.clone().known(keys::detector(detector), found) else {
        return;
    };
    tuning.set(detector, keys_of(detector, &file, found));
    for (key, of) in [
        ("routes", Subject::Route as fn(Box<str>) -> Subject),
        ("dependencies", Subject::Dependency),
    ] {
        let Some(subjects) = file.get(key).and_then(|at| at.entries(found)) else {
            continue;
        };
        for (name, at) in subjects {
            let subject = of(name.into());
            check_name(&subject, &at, service, found);
            let chosen = if at.is_word() {
                Override {
                    at_most: at.scalar(found, cap),
                    ..Override::default()
                }
            } else if let Some(file) = at.known(keys::subject(detector), found) {
                keys_of(detector, &file, found)
            } else {
                continue;
            };
            tuning.set_of(detector, &subject, chosen);
        }
    }
}

fn keys_of(detector: Detector, file: &Known<'_, '_>, found: &mut Found) -> Override {
    let at_most = file.get("at_most").and_then(|at| at.scalar(found, cap));
    let sensitivity = file.get("sensitivity");
    let sensitivity = sensitivity.and_then(|at| at.scalar(found, sensitivity_of));
    let at_least = file.get("at_least");
    let at_least = at_least.and_then(|at| at.scalar(found, |text| least(detector, text)));
    Override {
        at_most,
        sensitivity,
        at_least,
    }
}

/// Records a fault for an override whose route or dependency does not exist: it would have no
/// effect, and nobody would notice.
fn check_name(
    subject: &Subject,
    at: &At<'_, '_>,
    service: Option<&ServiceSettings>,
    found: &mut Found,
) {
    match subject {
        Subject::Requests | Subject::Lines | Subject::Message(_) => {}
        Subject::Route(name) => {
            let known = at.check(found, values::route(name)).is_some();
            let routes = service.map_or(&[][..], |service| &service.routes);
            let shape = route::shape(name);
            if known && !routes.is_empty() && !routes.iter().any(|r| route::shape(r) == shape) {
                let problem = format!("{} is not among the routes of the service", shown(name));
                let remedy = format!(
                    "add it to `routes`, or use one of: {}",
                    values::some(routes)
                );
                at.fault(found, problem, remedy);
            }
        }
        Subject::Dependency(name) => {
            let alias_of = service.and_then(|service| {
                let mut known = service.dependencies.iter();
                known.find(|(_, it)| it.aliases.iter().any(|alias| **alias == **name))
            });
            if at.check(found, values::line(name)).is_some()
                && let Some((dependency, _)) = alias_of
            {
                let problem = format!("{} is another name of {}", shown(name), shown(dependency));
                at.fault(found, problem, "use the name that it is told by");
            }
        }
    }
}

/// Reads a severity cap; `false` is what YAML 1.1 makes of `off`.
fn cap(text: &str) -> Result<SeverityCap, Wrong> {
    let word = if text == "false" { "off" } else { text };
    match SeverityCap::named(word) {
        Some(cap) => Ok(cap),
        None => values::unknown_word(&single::SEVERITY_CAP, text),
    }
}

fn sensitivity_of(text: &str) -> Result<Sensitivity, Wrong> {
    match Sensitivity::named(text) {
        Some(sensitivity) => Ok(sensitivity),
        None => values::unknown_word(&single::SENSITIVITY, text),
    }
}

/// Reads the least effect, in the detector's own measure.
fn least(detector: Detector, text: &str) -> Result<f64, Wrong> {
    match detector.row().effect {
        Effect::Share => percent(&single::LEAST_SHARE, text),
        Effect::Fall => percent(&single::LEAST_FALL, text),
        Effect::Duration => values::duration_within(&single::LEAST_LATENCY, text).map(millis),
        Effect::Stretch => values::duration_within(&single::LEAST_STRETCH, text).map(millis),
        Effect::Rate => rate(text),
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Reads a rate per minute.
fn rate(text: &str) -> Result<f64, Wrong> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => single::LEAST_RATE.checks[0].words.wrong(text),
    }
}

fn percent(of: &Single, text: &str) -> Result<f64, Wrong> {
    let number = text.strip_suffix('%').map(str::trim_end);
    match number.and_then(|number| number.parse::<f64>().ok()) {
        Some(percent) if percent.is_finite() => {
            let written = format!("{}%", number_shown(percent));
            // A share of 0 is refused, although the range begins there.
            if percent > 0.0 {
                values::within(of, percent, &written).map(|percent| percent / 100.0)
            } else {
                of.checks[1].words.wrong(&written)
            }
        }
        _ => of.checks[0].words.wrong(text),
    }
}
