//! Reads what owners want of the detectors: how loudly they may tell, how close they look, and what is too small to tell.

use std::time::Duration;

use atalaya_logs::route;

use super::cursor::{At, Found, Known, number_shown};
use super::values::{self, Wrong, shown, wrong};
use super::{ServiceSettings, keys};
use crate::detect::tuning::{Effect, Override, Sensitivity, SeverityCap, Tuning};
use crate::detect::{Detector, Subject};

/// Reads `detectors` of a service or, where none is given, of all services. One word binds all detectors.
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
    let Some(file) = at.clone().known(&keys::DETECTOR, found) else {
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
            } else if let Some(file) = at.known(&keys::SUBJECT, found) {
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

/// A name that stands for nothing would silence nothing, and nobody would know.
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

/// How loudly; `false` is what YAML 1.1 makes of `off`.
fn cap(text: &str) -> Result<SeverityCap, Wrong> {
    let word = if text == "false" { "off" } else { text };
    match SeverityCap::named(word) {
        Some(cap) => Ok(cap),
        None => wrong(
            format!("{} is not how loudly a detector may tell", shown(text)),
            format!("use one of: {}", SeverityCap::WORDS.join(", ")),
        ),
    }
}

fn sensitivity_of(text: &str) -> Result<Sensitivity, Wrong> {
    match Sensitivity::named(text) {
        Some(sensitivity) => Ok(sensitivity),
        None => wrong(
            format!("{} is not a sensitivity", shown(text)),
            format!("use one of: {}", Sensitivity::WORDS.join(", ")),
        ),
    }
}

/// The least effect, in the detector's own measure.
fn least(detector: Detector, text: &str) -> Result<f64, Wrong> {
    match detector.row().effect {
        Effect::Duration => values::threshold(text)
            .map(|duration| duration.as_secs_f64() * 1000.0)
            .map_err(|wrong| Wrong {
                remedy: "it is the duration below which nothing is told, as in 800ms or 2s".into(),
                ..wrong
            }),
        Effect::Stretch => stretch(text),
        Effect::Rate => rate(text),
        Effect::Share => percent(
            text,
            "it is the share of requests below which nothing is told, as in 2%",
        ),
        Effect::Fall => percent(
            text,
            "it is the share that must be missing of what was due, as in 60%",
        ),
    }
}

/// How long it must last, in milliseconds.
fn stretch(text: &str) -> Result<f64, Wrong> {
    let duration = values::duration(text)?;
    if (Duration::from_mins(1)..=Duration::from_hours(24)).contains(&duration) {
        return Ok(duration.as_secs_f64() * 1000.0);
    }
    wrong(
        format!("must be between 1m and 24h, not {text}"),
        "it is how long it must last before it is told, as in 30m",
    )
}

/// How often in a minute.
fn rate(text: &str) -> Result<f64, Wrong> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => wrong(
            format!("{} is not a number above 0", shown(text)),
            "it is how often in a minute, below which nothing is told, as in 5",
        ),
    }
}

fn percent(text: &str, meaning: &str) -> Result<f64, Wrong> {
    let Some(number) = text.strip_suffix('%') else {
        return wrong(format!("{} is not in percent", shown(text)), meaning);
    };
    match number.trim_end().parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(percent / 100.0),
        Ok(percent) if percent.is_finite() => {
            let percent = number_shown(percent);
            wrong(
                format!("must be above 0% and at most 100%, not {percent}%"),
                meaning,
            )
        }
        _ => wrong(format!("{} is not in percent", shown(text)), meaning),
    }
}
