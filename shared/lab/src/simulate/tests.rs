//! Tests of what a simulation promises: the same seed makes the same bytes, the labels agree with
//! the lines, and the committed reference incident is what its own page says it is.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::lines::Printer;
use super::scenario::{DAY, MINUTE, clock};
use super::{Offset, Played, Scenario, SimulateError, find, play, run, write};

/// Reads every file below `root`, by its path relative to it.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder was written") {
            let path = entry.expect("an entry of a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).expect("the file was written");
                let relative = path.strip_prefix(root).expect("below the root");
                files.insert(relative.to_owned(), bytes);
            }
        }
    }
    files
}

fn gunzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_string(&mut text)
        .expect("a gzip of text");
    text
}

/// The reference incident is played once for all tests: it is some hundred thousand lines.
fn reference() -> &'static (Scenario, Played) {
    static PLAYED: OnceLock<(Scenario, Played)> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let scenario = find("reference-incident").expect("in the catalogue");
        let played = play(&scenario, 1);
        (scenario, played)
    })
}

/// Returns the JSON lines within a stretch, each with its offset.
fn json_within(played: &Played, from: Offset, to: Offset) -> Vec<serde_json::Value> {
    let lines = played.streams.iter().flat_map(|stream| &stream.lines);
    lines
        .filter(|line| (from..to).contains(&line.at) && line.text.starts_with('{'))
        .map(|line| serde_json::from_str(&line.text).expect("a line that opens as JSON is JSON"))
        .collect()
}

/// Figures of one stretch of a log, as a watcher could count them.
#[derive(Debug, Default)]
struct Figures {
    requests: usize,
    server_errors: usize,
    completed_applications: usize,
    apply_latencies: Vec<f64>,
    scoring_calls: usize,
    scoring_timeouts: usize,
    pool_timeouts: usize,
}

impl Figures {
    fn of(played: &Played, from: Offset, to: Offset) -> Self {
        let mut figures = Self::default();
        for line in json_within(played, from, to) {
            if let Some(status) = line["status"].as_u64() {
                figures.requests += 1;
                figures.server_errors += usize::from(status >= 500);
                if line["path"] == "/loan/apply" {
                    figures.completed_applications += usize::from(status < 300);
                    figures
                        .apply_latencies
                        .push(line["latency_ms"].as_f64().expect("a latency"));
                }
            }
            if line["dependency"] == "scoring" {
                figures.scoring_calls += 1;
                figures.scoring_timeouts += usize::from(line["error_type"] == "ReadTimeout");
            }
            figures.pool_timeouts += usize::from(line["error_type"] == "PoolTimeout");
        }
        figures.apply_latencies.sort_by(f64::total_cmp);
        figures
    }

    fn error_rate(&self) -> f64 {
        self.server_errors as f64 / self.requests as f64
    }

    fn apply_median(&self) -> f64 {
        self.apply_latencies[self.apply_latencies.len() / 2]
    }
}

#[test]
fn the_same_seed_makes_the_same_bytes_and_another_seed_others() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let [first, again, other] = ["first", "again", "other"].map(|name| root.path().join(name));
    let summary = run("quiet:1", &first, 7).expect("writable");
    run("quiet:1", &again, 7).expect("writable");
    run("quiet:1", &other, 8).expect("writable");

    assert_eq!(tree(&first), tree(&again));
    assert_ne!(tree(&first), tree(&other));
    let size: usize = tree(&first).values().map(Vec::len).sum();
    assert_eq!(summary.bytes, size as u64);

    // The other seed has other task ids: none of its streams may survive a second run.
    run("quiet:1", &other, 7).expect("an earlier simulation may be replaced");
    assert_eq!(tree(&first), tree(&other));
}

#[test]
fn a_folder_with_other_content_is_refused_and_left_alone() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let precious = root.path().join("export");
    fs::write(&precious, "precious").expect("writable");
    let error = run("quiet:1", root.path(), 1).expect_err("the folder is in use");
    assert!(matches!(error, SimulateError::OutputInUse(_)), "{error}");
    assert_eq!(fs::read(&precious).expect("still there"), b"precious");
}

#[test]
fn a_name_that_is_not_in_the_catalogue_is_told_what_is() {
    let rows = [
        ("loud", "choose one of reference-incident,"),
        ("loud:3", "unknown scenario `loud:3`"),
        ("quiet:0", "write quiet:1 to quiet:60"),
        ("quiet:many", "`many` is not a number of days"),
    ];
    for (name, expected) in rows {
        let error = find(name).expect_err("not in the catalogue").to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn lines_are_in_order_of_time_and_within_the_span() {
    let (scenario, played) = reference();
    assert_eq!(played.streams.len(), 6, "three tasks, replaced once");
    for stream in &played.streams {
        assert!(
            stream.lines.is_sorted_by_key(|line| line.at),
            "{}",
            stream.name
        );
        let span = 0..scenario.length;
        assert!(stream.lines.iter().all(|line| span.contains(&line.at)));
    }
}

#[test]
fn every_labelled_incident_stands_out_and_every_quiet_stretch_does_not() {
    for name in ["own-deploy", "aurora-failover"] {
        let scenario = find(name).expect("in the catalogue");
        check_labels(&scenario, &play(&scenario, 3));
    }
    let (scenario, played) = reference();
    check_labels(scenario, played);
}

fn check_labels(scenario: &Scenario, played: &Played) {
    let name = &scenario.name;
    let mut usual = Vec::new();
    for (from, to) in scenario.quiet() {
        let rate = Figures::of(played, from, to).error_rate();
        assert!(rate < 0.006, "{name}: {rate} of a quiet stretch are errors");
        usual.push(rate);
    }
    let usual = usual.iter().copied().fold(0.0, f64::max);
    for incident in &scenario.incidents {
        let rate = Figures::of(played, incident.from, incident.to).error_rate();
        assert!(
            rate > 10.0 * usual,
            "{name}: {rate} inside the label, {usual} outside"
        );
    }
}

#[test]
fn the_reference_incident_is_the_one_in_the_story() {
    let (_, played) = reference();
    let usual = Figures::of(played, clock(2, 8, 45), clock(2, 9, 22));
    let before = Figures::of(played, clock(3, 8, 30), clock(3, 8, 42));
    let first = Figures::of(played, clock(3, 8, 42), clock(3, 8, 55));
    let during = Figures::of(played, clock(3, 8, 45), clock(3, 9, 22));
    let after = Figures::of(played, clock(3, 9, 42), clock(3, 12, 30));

    assert!((300.0..400.0).contains(&usual.apply_median()), "{usual:?}");
    assert!(
        (300.0..420.0).contains(&before.apply_median()),
        "{before:?}"
    );
    assert!(during.apply_median() > 2_000.0);
    assert!((300.0..400.0).contains(&after.apply_median()));

    let timeouts = during.scoring_timeouts as f64 / during.scoring_calls as f64;
    assert!((0.25..0.35).contains(&timeouts), "{timeouts} time out");
    let kept = during.completed_applications as f64 / usual.completed_applications as f64;
    assert!(
        (0.5..0.7).contains(&kept),
        "{kept} of the loan flows complete"
    );

    assert_eq!(first.pool_timeouts, 0, "Aurora suffers later than scoring");
    assert!(
        during.pool_timeouts > 20,
        "{} pool timeouts",
        during.pool_timeouts
    );
    assert_eq!(after.pool_timeouts, 0);
}

#[test]
fn an_effect_changes_nothing_outside_its_time() {
    let (_, reference) = reference();
    let quiet = find("quiet:1").expect("in the catalogue");
    let quiet = play(&quiet, 1);
    for (stream, same) in quiet.streams.iter().zip(&reference.streams) {
        assert_eq!(stream.name, same.name);
        // A day's last request may still be running at midnight.
        let requests = |lines: &[super::lines::Line]| -> Vec<String> {
            let day = lines.iter().filter(|line| line.at < DAY - MINUTE);
            let told = day.filter(|line| !line.text.contains("/health"));
            told.map(|line| line.text.clone()).collect()
        };
        assert!(
            requests(&stream.lines) == requests(&same.lines),
            "{}",
            stream.name
        );
    }
}

#[test]
fn the_committed_reference_incident_is_what_seed_1_makes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/reference-incident");
    let mut committed = tree(&root);
    let size: usize = committed.values().map(Vec::len).sum();
    assert!(
        size < 4_000_000,
        "{size} bytes are too many for a repository"
    );

    let (scenario, played) = reference();
    let printer = Printer {
        start_ms: scenario.start_ms,
    };
    for stream in &played.streams {
        let path = PathBuf::from(write::path_of(stream));
        let bytes = committed.remove(&path).expect("the stream is committed");
        // Texts are compared, not archives: a better compressor is no reason to fail.
        assert!(
            gunzip(&bytes) == write::export(stream, printer),
            "{} differs; run the command of its README again",
            path.display()
        );
    }
    for (name, content) in write::documents(scenario, 1, played) {
        let bytes = committed
            .remove(Path::new(&name))
            .expect("the file is committed");
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            String::from_utf8_lossy(&content),
            "{name} differs"
        );
    }
    assert!(committed.is_empty(), "nobody made {:?}", committed.keys());
}
