//! Tests of the output of backtests with known results: the exact text for a person, and the names
//! of all members for programs.

use atalaya_core::detect::Severity;
use atalaya_core::ledger::Ledger;
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_render::wire::v1::CauseLine;
use serde_json::Value;

use super::past::PastAlert;
use super::*;

/// Returns an incident that was reported three minutes after it began.
pub(super) fn told(
    service: &str,
    severity: &str,
    since_ms: i64,
    ended_ms: Option<i64>,
) -> PastAlert {
    let severity = Severity::named(severity).expect("rows name severities");
    let opened_ms = since_ms + 3 * MINUTE_MS;
    PastAlert {
        id: format!("{service}-{}", Minute::of_ms(since_ms)),
        service: service.to_owned(),
        since_ms,
        opened_ms,
        paged_ms: (severity == Severity::Page).then_some(opened_ms),
        ended_ms,
        severity,
        detectors: ["latency", "error_rate"].into(),
        title: "/loan/apply slow, p90 2.7 s (normally 470 ms)".to_owned(),
        cause: CauseLine {
            kind: "dependency".to_owned(),
            name: "scoring".to_owned(),
            evidence: "12 of 13 calls to scoring took longer".to_owned(),
        },
    }
}

/// Monday 2026-01-05T00:00Z, and a moment of the days after it.
fn at(day: i64, hour: i64, minute: i64) -> i64 {
    1_767_571_200_000 + ((day * 24 + hour) * 60 + minute) * MINUTE_MS
}

fn past(incidents: Vec<PastAlert>) -> Past {
    Past {
        incidents,
        services: ["auth".into(), "loan-api".into()].into(),
        span: Some((Minute::of_ms(at(0, 0, 0)), Minute::of_ms(at(13, 23, 59)))),
        ledger: Ledger {
            received: 101_139,
            records: 101_139,
            ..Ledger::default()
        },
    }
}

fn runs() -> (Run, Run) {
    let mut later = told("loan-api", "page", at(9, 8, 42), Some(at(9, 9, 45)));
    later.paged_ms = Some(at(9, 8, 50));
    let mut milder = told("loan-api", "ticket", at(9, 8, 44), Some(at(9, 9, 45)));
    milder.detectors = ["error_rate"].into();
    let known = told("auth", "ticket", at(2, 3, 0), Some(at(2, 3, 20)));
    let config = past(vec![
        known.clone(),
        told("auth", "page", at(5, 1, 10), Some(at(5, 1, 30))),
        milder,
    ]);
    let against = past(vec![
        known,
        later,
        told("loan-api", "page", at(13, 23, 30), None),
    ]);
    let run = |name: &str, past| Run {
        name: name.to_owned(),
        past,
    };
    (run("new.yaml", config), run("old.yaml", against))
}

fn written(output: Output, against: Option<&Run>, config: &Run) -> String {
    let mut out = Vec::new();
    write(config, against, output, &mut out).expect("memory takes all");
    let plain = anstream::adapter::strip_bytes(&out).into_vec();
    String::from_utf8(plain).expect("it is text")
}

#[test]
fn a_person_reads_a_table_and_the_difference() {
    let (config, against) = runs();
    let both = written(Output::Text, Some(&against), &config);
    assert_eq!(both, include_str!("golden/both.txt"));
    let nothing = Run {
        name: "the defaults".to_owned(),
        past: Past::default(),
    };
    let alone = written(Output::Text, None, &nothing);
    assert_eq!(alone, "0 log events\n\nthe defaults: no incident\n");
}

#[test]
fn a_program_reads_lines_whose_members_are_promised() {
    let (config, against) = runs();
    let lines = written(Output::Json, Some(&against), &config);
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    // docs/output.md names each member of each kind between backticks.
    let promised = include_str!("../../../../docs/output.md");
    for line in &lines {
        for member in line.as_object().expect("an object").keys() {
            assert!(promised.contains(&format!("`{member}`")), "{member}");
        }
    }
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| (&line["kind"], &line["run"], &line["change"]))
        .collect();
    let expected = [
        ("incident", "config", ""),
        ("incident", "config", ""),
        ("incident", "config", ""),
        ("incident", "against", ""),
        ("incident", "against", ""),
        ("incident", "against", ""),
        ("difference", "", "only_config"),
        ("difference", "", "changed"),
        ("difference", "", "only_against"),
        ("summary", "", ""),
    ];
    let short: Vec<_> = kinds
        .iter()
        .map(|(kind, run, change)| {
            [kind, run, change].map(|value| value.as_str().unwrap_or_default())
        })
        .collect();
    assert_eq!(
        short,
        expected.map(|(kind, run, change)| [kind, run, change])
    );
    let changed = &lines[7];
    assert_eq!(
        changed["changed"],
        serde_json::json!(["severity", "opened_at", "duration_ms", "detectors"])
    );
    assert_eq!(changed["against"]["paged_at"], at(9, 8, 50));
    let summary = &lines[9];
    assert_eq!(
        summary["differences"],
        serde_json::json!({"only_config": 1, "only_against": 1, "changed": 1, "same": 1})
    );
    assert_eq!(summary["config"]["pages"], 1);
    assert_eq!(summary["config"]["services"]["auth"]["pages_per_week"], 0.5);
    assert_eq!(summary["against"]["incident_minutes"], 20 + 63 + 30);
    assert_eq!(summary["against"]["weeks"][1]["from"], at(7, 0, 0));
}

#[test]
fn a_state_is_copied_and_one_that_is_missing_is_told() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let missing = copied(folder.path()).expect_err("nothing is there");
    assert_eq!(missing.problem, "no such file or folder");
    drop(EmbeddedStore::open(folder.path()).expect("a store can be made"));
    for state in [folder.path().to_owned(), folder.path().join(FILE_NAME)] {
        let copy = copied(&state).expect("it can be copied");
        assert!(copy.path().join(FILE_NAME).is_file());
        EmbeddedStore::open(copy.path()).expect("the copy is a store");
    }
}
