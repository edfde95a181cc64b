//! Fingerprints of messages against labelled ones: how well messages of one template are told together and apart.
//!
//! `templates.txt` holds messages of known software by the part that logs them; a seeded generator fills in names,
//! hosts, numbers, quotes and lists. Grouping accuracy is that of the literature (Zhu et al., "Tools and Benchmarks
//! for Automated Log Parsing", ICSE-SEIP 2019): the share of messages whose group is exactly that of their template.

mod values;

use std::collections::{BTreeMap, BTreeSet};

use atalaya_core::log_pattern::{LogPatterns, MAX_PATTERNS};
use atalaya_core::series::{SeriesKind, SeriesName};
use atalaya_core::time::Minute;
use atalaya_logs::template::{MAX_BYTES, skeleton};

const TEMPLATES: &str = include_str!("templates.txt");

/// A message and the template that it was made of.
struct Labelled {
    template: &'static str,
    message: String,
}

/// Messages by logger. Some templates are met much more often than others.
fn labelled(seed: u64) -> BTreeMap<&'static str, Vec<Labelled>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut loggers: BTreeMap<&str, Vec<Labelled>> = BTreeMap::new();
    let mut logger = "";
    for line in TEMPLATES.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            logger = name;
            continue;
        }
        let times = 4 + (random.f64().powi(3) * 200.0) as usize;
        let made = (0..times).map(|_| Labelled {
            template: line,
            message: values::fill(line, &mut random),
        });
        loggers.entry(logger).or_default().extend(made);
    }
    for messages in loggers.values_mut() {
        random.shuffle(messages);
    }
    loggers
}

fn skeleton_of(message: &str) -> String {
    let mut out = String::new();
    skeleton::write(&mut out, None, Some(message));
    out
}

/// Returns what messages of one service count as in the end.
fn grouped(messages: &[Labelled]) -> Vec<String> {
    let mut kinds = LogPatterns::default();
    let places: Vec<_> = messages
        .iter()
        .map(|labelled| {
            let name = skeleton_of(&labelled.message).into();
            let series = SeriesName {
                kind: SeriesKind::Error,
                name,
            };
            kinds.admit(series, (Minute(0), Minute(0)), MAX_PATTERNS)
        })
        .collect();
    let known = kinds.known();
    let name = |at: Option<u16>| {
        let known = at.and_then(|at| known.get(&at));
        known.map_or("other".into(), |known| known.series.name.to_string())
    };
    places.into_iter().map(name).collect()
}

/// Returns how many messages are grouped right, and the templates whose messages are not, each with its groups.
fn right(messages: &[Labelled], groups: &[String]) -> (usize, Vec<String>) {
    let mut by_template: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let mut by_group: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (at, (labelled, group)) in messages.iter().zip(groups).enumerate() {
        by_template.entry(labelled.template).or_default().insert(at);
        by_group.entry(group).or_default().insert(at);
    }
    let mut wrong = Vec::new();
    let mut right = 0;
    for (template, members) in by_template {
        let first = members.first().expect("a template has messages");
        if by_group[&*groups[*first]] == members {
            right += members.len();
        } else {
            let found: BTreeSet<&str> = members.iter().map(|at| &*groups[*at]).collect();
            wrong.push(format!("{template}\n      -> {found:?}"));
        }
    }
    (right, wrong)
}

/// Returns the share of messages, of all loggers and of each, that `group` groups right.
fn accuracy(
    seed: u64,
    group: impl Fn(&[Labelled]) -> Vec<String>,
) -> (f64, BTreeMap<&'static str, f64>, Vec<String>) {
    let (mut all, mut all_right, mut each, mut all_wrong) = (0, 0, BTreeMap::new(), Vec::new());
    for (logger, messages) in labelled(seed) {
        let (right, wrong) = right(&messages, &group(&messages));
        all += messages.len();
        all_right += right;
        each.insert(logger, right as f64 / messages.len() as f64);
        all_wrong.extend(wrong.into_iter().map(|wrong| format!("{logger}: {wrong}")));
    }
    (all_right as f64 / all as f64, each, all_wrong)
}

#[test]
fn messages_are_grouped_by_their_templates_with_one_setting() {
    let as_they_are = |messages: &[Labelled]| messages.iter().map(|l| l.message.clone()).collect();
    let by_skeleton =
        |messages: &[Labelled]| messages.iter().map(|l| skeleton_of(&l.message)).collect();
    for seed in 1..=3 {
        let (none, ..) = accuracy(seed, as_they_are);
        let (skeleton, ..) = accuracy(seed, by_skeleton);
        let (merged, each, wrong) = accuracy(seed, grouped);
        let figures = format!(
            "seed {seed}: unmasked {none:.3}, skeletons {skeleton:.3}, with variable places {merged:.3}\n{each:.2?}\n{}",
            wrong.join("\n")
        );
        assert!(each.len() >= 8);
        assert!(merged >= 0.90, "{figures}");
        assert!(merged > 0.95 && skeleton > 0.70 && none < 0.30, "{figures}");
        for (logger, accuracy) in each {
            assert!(accuracy >= 0.70, "{logger}: {figures}");
        }
    }
}

#[test]
fn what_is_kept_of_any_number_of_messages_is_bounded() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut kinds = LogPatterns::default();
    let word = |random: &mut fastrand::Rng| -> String {
        let length = random.usize(1..60);
        (0..length).map(|_| random.alphabetic()).collect()
    };
    for _ in 0..5_000 {
        let words: Vec<String> = (0..random.usize(1..40))
            .map(|_| word(&mut random))
            .collect();
        let name = skeleton_of(&words.join(" ")).into();
        let series = SeriesName {
            kind: SeriesKind::Error,
            name,
        };
        kinds.admit(series, (Minute(0), Minute(0)), MAX_PATTERNS);
    }
    assert_eq!(kinds.len(), MAX_PATTERNS);
    assert!(kinds.iter().all(|kind| kind.series.name.len() <= MAX_BYTES));
}

#[test]
fn a_fingerprint_is_the_same_after_a_restart_and_after_a_deployment_that_moved_lines() {
    for (before, after) in [
        (
            "panicked at src/loan.rs:41:9: index out of bounds: the len is 3 but the index is 4",
            "panicked at src/loan.rs:1204:13: index out of bounds: the len is 9 but the index is 9",
        ),
        (
            "Unhandled rejection at Object.<anonymous> (/srv/app-1.4.2/loan.js:10:2)",
            "Unhandled rejection at Object.<anonymous> (/srv/app-1.5.0/loan.js:912:44)",
        ),
        (
            "version 1.4.2 (build 77, commit 9f8e7d6c) could not migrate",
            "version 1.5.0 (build 78, commit 0a1b2c3d) could not migrate",
        ),
    ] {
        assert_eq!(skeleton_of(before), skeleton_of(after));
    }
    // These are stored and told: they may not change.
    for (message, id) in [
        ("connect ECONNREFUSED 10.0.0.1:5432", "771a35ca334a"),
        (
            "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
            "2c4e423e7d33",
        ),
    ] {
        assert_eq!(
            atalaya_logs::template::id(&skeleton_of(message)),
            id,
            "{message}"
        );
    }
}
