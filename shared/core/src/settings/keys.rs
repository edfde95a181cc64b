//! Every key a settings file may hold: the one list behind the reader, its suggestions, and the test of the reference.

use super::channels::{self, CHANNELS};
use crate::detect::Detector;

/// The keys of one kind of mapping.
#[derive(Debug)]
pub(super) struct Section {
    /// The path before its keys, as `docs/config.md` writes it; `<…>` stands for a name the author chooses.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "only the test of the reference reads it")
    )]
    pub(super) prefix: &'static str,
    /// Its keys, in the order the reference tells them.
    pub(super) keys: &'static [&'static str],
}

/// The top of the file.
pub(super) const ROOT: Section = Section {
    prefix: "",
    keys: &["namespace", "services", "detectors", "notify", "mask"],
};

/// Every detector.
const DETECTOR_IDS: [&str; Detector::ALL.len()] = {
    let mut ids = [""; Detector::ALL.len()];
    let mut at = 0;
    while at < ids.len() {
        ids[at] = Detector::ALL[at].id();
        at += 1;
    }
    ids
};

/// The detectors, of all services and of one.
pub(super) const DETECTORS: Section = Section {
    prefix: "detectors.",
    keys: &DETECTOR_IDS,
};

/// What is wanted of one detector.
pub(super) const DETECTOR: Section = Section {
    prefix: "detectors.<detector>.",
    keys: &[
        "at_most",
        "sensitivity",
        "at_least",
        "routes",
        "dependencies",
    ],
};

/// What is wanted of one detector about a route or a dependency.
pub(super) const SUBJECT: Section = Section {
    prefix: "detectors.<detector>.routes.<route>.",
    keys: &["at_most", "sensitivity", "at_least"],
};

/// What is masked beyond what always is.
pub(super) const MASK: Section = Section {
    prefix: "mask.",
    keys: &["national_ids"],
};

/// One service.
pub(super) const SERVICE: Section = Section {
    prefix: "services.<service>.",
    keys: &[
        "log_groups",
        "owner",
        "runbook",
        "routes",
        "format",
        "fields",
        "patterns",
        "extract",
        "dependencies",
        "slos",
        "detectors",
        "max_series",
    ],
};

/// The fields of a log line that can be pointed at; the names are those of [`atalaya_logs::extract::KnownField`].
pub(super) const FIELDS: Section = Section {
    prefix: "services.<service>.fields.",
    keys: &[
        "timestamp",
        "level",
        "message",
        "service",
        "method",
        "path",
        "route",
        "status",
        "latency",
        "trace_id",
        "error_type",
        "dependency",
    ],
};

/// Where one field stands.
pub(super) const FIELD: Section = Section {
    prefix: "services.<service>.fields.<field>.",
    keys: &["path", "unit", "examples"],
};

/// A line with one field in it.
pub(super) const FIELD_EXAMPLE: Section = Section {
    prefix: "services.<service>.fields.<field>.examples[].",
    keys: &["line", "gives"],
};

/// One pattern that gives fields.
pub(super) const RULE: Section = Section {
    prefix: "services.<service>.extract[].",
    keys: &["name", "grok", "regex", "of", "unit", "set", "examples"],
};

/// A line, and what a pattern gives of it.
pub(super) const RULE_EXAMPLE: Section = Section {
    prefix: "services.<service>.extract[].examples[].",
    keys: &["line", "gives"],
};

/// One dependency of a service.
pub(super) const DEPENDENCY: Section = Section {
    prefix: "services.<service>.dependencies.<dependency>.",
    keys: &["external", "rds_cluster", "aliases"],
};

/// One objective of a service.
pub(super) const SLO: Section = Section {
    prefix: "services.<service>.slos[].",
    keys: &["name", "objective", "window", "threshold", "route"],
};

/// The severities; the names are those of [`super::Severity`].
pub(super) const NOTIFY: Section = Section {
    prefix: "notify.",
    keys: &["page", "ticket", "info"],
};

/// The names of the kinds of channel.
const CHANNEL_NAMES: [&str; CHANNELS.len()] = {
    let mut names = [""; CHANNELS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = CHANNELS[at].name();
        at += 1;
    }
    names
};

/// One channel.
pub(super) const CHANNEL: Section = Section {
    prefix: "notify.<severity>[].",
    keys: &CHANNEL_NAMES,
};

/// Whether `name`, a key below `path`, can be repeated in a fault: a text of no plain name, or an unknown one where
/// secrets are told, may be a secret that lost its key.
pub(super) fn is_fit_to_show(path: &str, name: &str) -> bool {
    if path.starts_with("notify.") {
        return channels::is_key(name);
    }
    let taken = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    (1..=30).contains(&name.len()) && name.chars().all(taken)
}
