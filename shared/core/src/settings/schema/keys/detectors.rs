//! The rows of the overrides of detectors. They differ in the measure of `at_least`, one for each
//! [`Effect`](crate::detect::tuning::Effect).

use super::super::single::{
    FIELD_VALUE, LEAST_FALL, LEAST_LATENCY, LEAST_RATE, LEAST_SHARE, LEAST_STRETCH, LINE, ROUTE,
    SENSITIVITY, SEVERITY_CAP,
};
use super::super::{Key, Map, Section, Single, Value};
use super::{key, map, section};
use crate::detect::Detector;

/// The detectors, of all services and of one.
pub static DETECTORS: Section = section("detectors", "detectors.", &EACH_DETECTOR);

static EACH_DETECTOR: [Key; Detector::ALL.len()] = {
    let mut keys = [key("", Value::One(&FIELD_VALUE), "", ""); Detector::ALL.len()];
    let mut at = 0;
    while at < keys.len() {
        keys[at] = key(
            Detector::ALL[at].id(),
            Value::SectionOr(detector(Detector::ALL[at]), &SEVERITY_CAP),
            "as it comes",
            "What is wanted of this detector: how loudly it may tell, or a mapping.",
        );
        at += 1;
    }
    keys
};

/// Returns the section of a detector's override.
#[must_use]
pub const fn detector(detector: Detector) -> &'static Section {
    &OF_DETECTOR[detector.row().effect as usize]
}

/// Returns the section of a detector's override for one route or dependency.
#[must_use]
pub const fn subject(detector: Detector) -> &'static Section {
    &OF_SUBJECT[detector.row().effect as usize]
}

/// The sections below differ in the measure of `at_least`, one for each
/// [`Effect`](crate::detect::tuning::Effect), in its order.
static OF_DETECTOR: [Section; 5] = [
    of_detector("wanted of a share", &DETECTOR_KEYS[0]),
    of_detector("wanted of a latency", &DETECTOR_KEYS[1]),
    of_detector("wanted of a fall", &DETECTOR_KEYS[2]),
    of_detector("wanted of a stretch", &DETECTOR_KEYS[3]),
    of_detector("wanted of a rate", &DETECTOR_KEYS[4]),
];

const fn of_detector(name: &'static str, keys: &'static [Key]) -> Section {
    section(name, "detectors.<detector>.", keys)
}

static DETECTOR_KEYS: [[Key; 5]; 5] = [
    detector_keys(&SUBJECT_KEYS[0], &ROUTES[0], &CALLED[0]),
    detector_keys(&SUBJECT_KEYS[1], &ROUTES[1], &CALLED[1]),
    detector_keys(&SUBJECT_KEYS[2], &ROUTES[2], &CALLED[2]),
    detector_keys(&SUBJECT_KEYS[3], &ROUTES[3], &CALLED[3]),
    detector_keys(&SUBJECT_KEYS[4], &ROUTES[4], &CALLED[4]),
];

const fn detector_keys(
    own: &[Key; 3],
    routes: &'static Map,
    dependencies: &'static Map,
) -> [Key; 5] {
    [
        own[0],
        own[1],
        own[2],
        key(
            "routes",
            Value::Map(routes),
            "none",
            "What is wanted of it about single routes.",
        ),
        key(
            "dependencies",
            Value::Map(dependencies),
            "none",
            "What is wanted of it about single dependencies.",
        ),
    ]
}

static ROUTES: [Map; 5] = [
    map(&ROUTE, Value::SectionOr(&OF_SUBJECT[0], &SEVERITY_CAP)),
    map(&ROUTE, Value::SectionOr(&OF_SUBJECT[1], &SEVERITY_CAP)),
    map(&ROUTE, Value::SectionOr(&OF_SUBJECT[2], &SEVERITY_CAP)),
    map(&ROUTE, Value::SectionOr(&OF_SUBJECT[3], &SEVERITY_CAP)),
    map(&ROUTE, Value::SectionOr(&OF_SUBJECT[4], &SEVERITY_CAP)),
];

static CALLED: [Map; 5] = [
    map(&LINE, Value::SectionOr(&OF_SUBJECT[0], &SEVERITY_CAP)),
    map(&LINE, Value::SectionOr(&OF_SUBJECT[1], &SEVERITY_CAP)),
    map(&LINE, Value::SectionOr(&OF_SUBJECT[2], &SEVERITY_CAP)),
    map(&LINE, Value::SectionOr(&OF_SUBJECT[3], &SEVERITY_CAP)),
    map(&LINE, Value::SectionOr(&OF_SUBJECT[4], &SEVERITY_CAP)),
];

static OF_SUBJECT: [Section; 5] = [
    of_subject("wanted of a subject's share", &SUBJECT_KEYS[0]),
    of_subject("wanted of a subject's latency", &SUBJECT_KEYS[1]),
    of_subject("wanted of a subject's fall", &SUBJECT_KEYS[2]),
    of_subject("wanted of a subject's stretch", &SUBJECT_KEYS[3]),
    of_subject("wanted of a subject's rate", &SUBJECT_KEYS[4]),
];

const fn of_subject(name: &'static str, keys: &'static [Key]) -> Section {
    section(name, "detectors.<detector>.routes.<route>.", keys)
}

static SUBJECT_KEYS: [[Key; 3]; 5] = [
    subject_keys(&LEAST_SHARE),
    subject_keys(&LEAST_LATENCY),
    subject_keys(&LEAST_FALL),
    subject_keys(&LEAST_STRETCH),
    subject_keys(&LEAST_RATE),
];

const fn subject_keys(at_least: &'static Single) -> [Key; 3] {
    [
        key(
            "at_most",
            Value::One(&SEVERITY_CAP),
            "page",
            "The loudest that it may tell.",
        ),
        key(
            "sensitivity",
            Value::One(&SENSITIVITY),
            "medium",
            "How close it looks: low gives fewer alarms, high gives more.",
        ),
        key(
            "at_least",
            Value::One(at_least),
            "none",
            "What is smaller is not told, however unusual it is.",
        ),
    ]
}
