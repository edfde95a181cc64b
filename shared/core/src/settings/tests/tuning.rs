//! Tests of `detectors`: which values are accepted, which override wins, and the words of each
//! fault.

use super::{check, parsed};
use crate::detect::tuning::{Override, Sensitivity, SeverityCap};
use crate::detect::{Detector, Severity, Subject};

/// Checks `detectors` of a service, which begin on line 5 and whose routes are /a and /b.
#[track_caller]
fn check_detectors(keys: &str, expected: &[&str]) {
    let head = "services:\n  api:\n    log_groups: [/ecs/api]\n    routes: [/a, '/b/{id}']\n    detectors:";
    check(&format!("{head} {keys}\n"), expected);
}

#[test]
fn an_override_is_a_word_or_keys() {
    for keys in [
        "off",
        "page",
        "{}",
        "{ latency: ticket, error_rate: { at_most: info }, traffic_drop: off }",
        "{ latency: { at_least: 800ms, sensitivity: low, at_most: page } }",
        "{ error_rate: { at_least: 0.5% }, traffic_drop: { at_least: '60 %' }, completed_drop: { at_least: 100% } }",
        "{ no_logs: { at_least: 30m }, new_error: { at_least: 5 }, error_surge: { at_least: 0.5 }, drift: { at_least: 3% } }",
        "{ latency: { routes: { /a: off, '/b/{b}': { at_least: 2s } }, dependencies: { scoring: info, auth: {} } } }",
    ] {
        check_detectors(keys, &[]);
        check(&format!("detectors: {keys}\n"), &[]);
    }
}

#[test]
fn faults_are_told_with_what_to_do() {
    check_detectors(
        "{ latncy: off, error_rate: { at_must: page } }",
        &[
            "line 5: services.api.detectors.latncy: is not a known key (did you mean `latency`?)",
            "line 5: services.api.detectors.error_rate.at_must: is not a known key (did you mean `at_most`?)",
        ],
    );
    check_detectors(
        "{ latency: loud, error_rate: { at_most: true, sensitivity: 3 } }",
        &[
            "line 5: services.api.detectors.latency: `loud` is not how loudly a detector may tell (use one of: page, \
             ticket, info, off)",
            "line 5: services.api.detectors.error_rate.at_most: `true` is not how loudly a detector may tell (use one \
             of: page, ticket, info, off)",
            "line 5: services.api.detectors.error_rate.sensitivity: `3` is not a sensitivity (use one of: low, medium, \
             high)",
        ],
    );
    check_detectors(
        "{ latency: { at_least: 2% }, error_rate: { at_least: 2 }, traffic_drop: { at_least: 120% } }",
        &[
            "line 5: services.api.detectors.latency.at_least: `2%` is not a duration (it is the duration below which \
             nothing is told, as in 800ms or 2s)",
            "line 5: services.api.detectors.error_rate.at_least: `2` is not in percent (it is the share of requests \
             below which nothing is told, as in 2%)",
            "line 5: services.api.detectors.traffic_drop.at_least: must be above 0% and at most 100%, not 120% (it is \
             the share that must be missing of what was due, as in 60%)",
        ],
    );
    check_detectors(
        "{ latency: { routes: { /c: off, a: off }, dependencies: [scoring] }, error_rate: [off] }",
        &[
            "line 5: services.api.detectors.latency.routes.?: `/c` is not among the routes of the service (add it to \
             `routes`, or use one of: /a, /b/{id})",
            "line 5: services.api.detectors.latency.routes.a: `a` must begin with `/` (write it as in \
             /loan/{id}/status, with {name} for a part that varies)",
            "line 5: services.api.detectors.latency.dependencies: must be a mapping of keys and values, not a list \
             (write it as in {})",
            "line 5: services.api.detectors.error_rate: must be a mapping of keys and values, not a list (write it as \
             in {})",
        ],
    );
    check_detectors(
        "{ latency: { dependencies: { scoring.example.net: off } } }\n    dependencies: { scoring: { aliases: [scoring.example.net] } }",
        &[
            "line 5: services.api.detectors.latency.dependencies.scoring.example.net: `scoring.example.net` is another \
             name of `scoring` (use the name that it is told by)",
        ],
    );
    check_detectors(
        "{ no_logs: { at_least: 2d }, new_error: { at_least: 5% } }",
        &[
            "line 5: services.api.detectors.no_logs.at_least: must be between 1m and 24h, not 2d (it is how long it must \
             last before it is told, as in 30m)",
            "line 5: services.api.detectors.new_error.at_least: `5%` is not a number above 0 (it is how often in a \
             minute, below which nothing is told, as in 5)",
        ],
    );
    check_detectors(
        "",
        &[
            "line 5: services.api.detectors: must be a mapping of keys and values, not nothing (write it as in {}, or \
             remove the key)",
        ],
    );
    check(
        "detectors: { latency: { sensitivity: higher } }",
        &[
            "line 1: detectors.latency.sensitivity: `higher` is not a sensitivity (use one of: low, medium, high)",
        ],
    );
}

#[test]
fn a_service_wins_key_by_key_and_the_top_is_for_all() {
    let settings = parsed(
        "
detectors:
  latency: { at_most: ticket, at_least: 300ms, routes: { /health: false } }
  traffic_drop: off
services:
  api:
    log_groups: [/ecs/api]
    detectors:
      latency: { sensitivity: high, at_least: 2s }
      traffic_drop: page
  jobs:
    log_groups: [/ecs/jobs]
    detectors: info
",
    );
    let of = |service: &str, detector, route: &str| {
        let subject = match route {
            "" => Subject::Requests,
            route => Subject::Route(route.into()),
        };
        settings.tuning(service).of(detector, &subject)
    };
    let chosen = |cap, sensitivity, at_least| Override {
        at_most: Some(cap),
        sensitivity,
        at_least,
    };
    let (off, info) = (SeverityCap::Off, SeverityCap::UpTo(Severity::Info));
    let (ticket, page) = (
        SeverityCap::UpTo(Severity::Ticket),
        SeverityCap::UpTo(Severity::Page),
    );
    let high = Some(Sensitivity::High);
    let (latency, drop) = (Detector::Latency, Detector::TrafficDrop);
    for (service, detector, route, expected) in [
        ("api", latency, "", chosen(ticket, high, Some(2_000.0))),
        ("api", latency, "/health", chosen(off, high, Some(2_000.0))),
        ("api", drop, "", chosen(page, None, None)),
        ("jobs", latency, "", chosen(info, None, Some(300.0))),
        ("jobs", latency, "/health", chosen(off, None, Some(300.0))),
        ("unnamed", latency, "", chosen(ticket, None, Some(300.0))),
        ("unnamed", drop, "", chosen(off, None, None)),
        ("jobs", Detector::ErrorRate, "", chosen(info, None, None)),
    ] {
        assert_eq!(
            of(service, detector, route),
            expected,
            "{service} {detector:?} {route}"
        );
    }
    assert_eq!(of("api", Detector::ErrorRate, ""), Override::default());
}
