//! Each stored form is frozen: version 1 is still read, version 2 is written and read.

use atalaya_core::alert::{
    Alert, Blame, CauseEvidence, CauseKind, Deployed, Fault, Followed, Named, Status, Symptom,
    Title,
};
use atalaya_core::detect::{Compared, Counted, Detector, Evidence, Level, Signal, Subject};
use atalaya_core::log_pattern::top::PatternCount;
use atalaya_core::series::SeriesKind;
use atalaya_core::time::Minute;

use super::*;

const OPEN_V1: &str = include_str!("fixtures/open-v1.json");
const RESOLVED_V1: &str = include_str!("fixtures/resolved-v1.json");
const OPEN_V2: &str = include_str!("fixtures/open-v2.json");
const RESOLVED_V2: &str = include_str!("fixtures/resolved-v2.json");

fn stored(body: &str) -> Alert {
    decode("loan-api", body).expect("a stored alert")
}

const COUNTED: Counted = Counted {
    bad: 21,
    of: 60,
    minutes: 3,
};

const P90_MS: Compared = Compared {
    seen: 2_100.5,
    normal: 330.0,
};

/// Returns the alert of the fixtures as this version holds it, with data instead of English text.
fn opened() -> Alert {
    let mut alert = stored(OPEN_V1);
    let [requests, calls] = &mut alert.findings[..] else {
        panic!("two findings");
    };
    requests.evidence = Evidence::Failed {
        counted: COUNTED,
        normal: 0.004,
        by_chance: 0.02,
    };
    calls.evidence = Evidence::Slow {
        counted: COUNTED,
        longer_than_ms: Some(400.0),
        normal: 0.05,
        p50_ms: Compared {
            seen: 1_470.0,
            normal: 230.0,
        },
        p90_ms: P90_MS,
    };
    alert.title = Title::Wrong {
        symptom: Some(Symptom::of(requests)),
        fault: Some(Fault::TimesOut),
    };
    alert.cause.evidence = CauseEvidence::Dependency {
        deployed: Some(deployed("scoring", 392)),
        blame: blame(Some(calls.evidence.clone()), 18.0),
        followed: vec![Followed {
            dependency: "aurora".into(),
            minutes_later: 13,
        }],
    };
    alert.kinds = vec![PatternCount {
        id: "3f2a9c01d4e7".into(),
        text: "scoring timed out after <*> ms".into(),
        severity: SeriesKind::Error,
        count: 18,
        first: Some(Minute(29_464_362)),
    }];
    alert
}

fn resolved() -> Alert {
    let open = opened();
    Alert {
        title: Title::Resolved(Box::new(open.title.clone())),
        status: Status::Resolved {
            ended: Minute(29_464_424),
        },
        at_ms: 1_767_866_100_000,
        judged_through: Minute(29_464_430),
        ..open
    }
}

fn deployed(service: &str, minutes_before: i64) -> Deployed {
    Deployed {
        service: service.into(),
        at_ms: 1_767_838_200_000,
        minutes_before,
    }
}

fn blame(calls: Option<Evidence>, count: f64) -> Blame {
    Blame {
        dependency: "scoring".into(),
        calls,
        named: Some(Named {
            count,
            failing: 20.0,
        }),
    }
}

#[test]
fn the_first_form_is_read_for_ever() {
    let alert = stored(OPEN_V1);
    assert_eq!(alert.id, "loan-api-20260108T0842Z");
    assert_eq!(alert.status, Status::Open);
    let title = "31 % of requests fail (normally 0.4 %), scoring times out";
    assert_eq!(alert.title, Title::Text(title.into()));
    assert_eq!(alert.cause.kind, CauseKind::Dependency);
    let evidence = "scoring deployed 02:10Z, 6 h 32 min before; dependency scoring is unusual; 18 of 20 failing requests \
                    name scoring (90 %)";
    assert_eq!(alert.cause.evidence, CauseEvidence::Text(evidence.into()));
    let signals: Vec<_> = alert
        .findings
        .iter()
        .map(|finding| finding.signal)
        .collect();
    assert_eq!(signals, [Some(Signal::Errors), Some(Signal::Latency)]);
    let words = Evidence::Text("requests is unusual".into());
    assert_eq!(alert.findings[0].evidence, words);
    assert_eq!(alert.symptoms.len(), 2);
    assert_eq!(alert.changes.len(), 1);
    let over = stored(RESOLVED_V1);
    assert_eq!(over.duration_ms(), 62 * 60_000);
    assert_eq!(
        over.title,
        Title::Text(format!("resolved after 62 min ({title})"))
    );
}

#[test]
fn log_patterns_of_the_first_form_are_read() {
    let with = |level: &str| {
        let kinds = format!(
            r#"],"kinds":[{{"id":"3f2a9c01d4e7","text":"boom","level":"{level}","count":7,"first_seen":60000}}]}}"#
        );
        let body = OPEN_V1.trim_end().strip_suffix("]}").expect("an end");
        read(&format!("{body}{kinds}"))
    };
    let alert = with("warn").expect("a stored alert");
    let said = &alert.kinds[0];
    assert_eq!((said.count, said.first), (7, Some(Minute(1))));
    assert_eq!(said.severity, SeriesKind::Warning);
    assert!(matches!(with("loud"), Err(StoredError::Unknown("level"))));
}

#[test]
fn a_finding_of_the_first_form_tells_its_signal_or_its_words_do() {
    let failed = "24 of 480 requests failed in the last 2 h";
    let slow = "240 of 480 requests took longer than 400 ms in the last 2 h";
    let [errors, latency] = [Signal::Errors, Signal::Latency];
    for (name, detector, of, evidence, expected) in [
        ("told", "drift", Some("errors"), slow, errors),
        ("told", "after_deploy", Some("latency"), failed, latency),
        ("by its words", "drift", None, failed, errors),
        ("by its words", "after_deploy", None, slow, latency),
        ("by its detector", "error_rate", None, slow, errors),
        ("by its detector", "latency", None, failed, latency),
    ] {
        let of = of.map_or_else(String::new, |of| format!(r#","of":"{of}""#));
        let body = OPEN_V1
            .replacen(
                r#""detector":"error_rate""#,
                &format!(r#""detector":"{detector}""#),
                1,
            )
            .replacen(
                r#""evidence":"requests is unusual""#,
                &format!(r#""evidence":"{evidence}"{of}"#),
                1,
            );
        let signal = stored(&body).findings[0].signal;
        assert_eq!(signal, Some(expected), "{detector}: {name}");
    }
    let strange = OPEN_V1
        .replacen(r#""detector":"error_rate""#, r#""detector":"drift""#, 1)
        .replacen(r#"unusual"}"#, r#"unusual","of":"traffic"}"#, 1);
    assert!(matches!(
        read(&strange),
        Err(StoredError::Unknown("signal"))
    ));
}

#[test]
fn the_second_form_is_frozen() {
    for (name, alert, frozen) in [
        ("open", opened(), OPEN_V2),
        ("resolved", resolved(), RESOLVED_V2),
    ] {
        assert_eq!(encode(&alert), frozen.trim_end(), "{name}");
        assert_eq!(stored(frozen), alert, "{name}");
    }
    // An alert that was stored in version 1 is continued in version 2, with its English text.
    let old = stored(OPEN_V1);
    assert_eq!(stored(&encode(&old)), old);
}

#[test]
fn what_is_not_known_is_refused() {
    let later = OPEN_V2.replacen(r#""v":2"#, r#""v":9"#, 1);
    assert!(matches!(read(&later), Err(StoredError::Version(9))));
    for (from, to, what) in [
        (r#""error_rate""#, r#""horoscope""#, "detector"),
        (r#""dependency scoring""#, r#""planet mars""#, "subject"),
        (r#""page""#, r#""shout""#, "severity"),
        (r#""kind":"dependency""#, r#""kind":"fate""#, "cause"),
        (
            r#""confidence":"high""#,
            r#""confidence":"total""#,
            "confidence",
        ),
        (r#""signal":"errors""#, r#""signal":"vibes""#, "signal"),
    ] {
        let strange = OPEN_V2.replace(from, to);
        assert_ne!(strange, OPEN_V2, "{what}");
        let error = read(&strange).expect_err(what);
        assert!(
            matches!(error, StoredError::Unknown(of) if of == what),
            "{what}: {error}"
        );
    }
    for broken in ["", "{}", r#"{"v":1}"#, r#"{"v":2}"#, "[2]"] {
        assert!(
            matches!(read(broken), Err(StoredError::Json(_))),
            "{broken}"
        );
    }
}

/// Asserts the frozen form of a part of an alert, and that it is read back.
#[track_caller]
fn check(alert: &Alert, part: &str, frozen: &str) {
    let body = encode(alert);
    let value: serde_json::Value = serde_json::from_str(&body).expect("is JSON");
    let found = value.pointer(part).expect("has the part");
    let frozen: serde_json::Value = serde_json::from_str(frozen).expect("is JSON");
    assert_eq!(*found, frozen);
    assert_eq!(stored(&body), *alert, "{body}");
}

#[test]
fn each_kind_of_evidence_has_a_frozen_form() {
    let rows = [
        (
            Evidence::Failed {
                counted: COUNTED,
                normal: 0.004,
                by_chance: 0.02,
            },
            r#"{"failed":{"counted":[21,60,3],"normal":0.004,"by_chance":0.02}}"#,
        ),
        (
            Evidence::FailedForHours {
                counted: COUNTED,
                normal: 0.004,
            },
            r#"{"failed_for_hours":{"counted":[21,60,3],"normal":0.004}}"#,
        ),
        (
            Evidence::FailedSinceDeployment {
                counted: COUNTED,
                before: 0.004,
                after: 20,
            },
            r#"{"failed_since_deployment":{"counted":[21,60,3],"before":0.004,"after":20}}"#,
        ),
        (
            Evidence::Slow {
                counted: COUNTED,
                longer_than_ms: None,
                normal: 0.05,
                p50_ms: P90_MS,
                p90_ms: P90_MS,
            },
            r#"{"slow":{"counted":[21,60,3],"normal":0.05,"p50_ms":[2100.5,330.0],"p90_ms":[2100.5,330.0]}}"#,
        ),
        (
            Evidence::SlowForHours {
                counted: COUNTED,
                longer_than_ms: Some(400.0),
                normal: 0.05,
                p90_ms: P90_MS,
                lately_p90_ms: 800.0,
                lately_minutes: 15,
            },
            r#"{"slow_for_hours":{"counted":[21,60,3],"longer_than_ms":400.0,"normal":0.05,"p90_ms":[2100.5,330.0],"lately_p90_ms":800.0,"lately_minutes":15}}"#,
        ),
        (
            Evidence::SlowSinceDeployment {
                share: 0.5,
                before: 0.05,
                p90_ms: P90_MS,
                after: 20,
            },
            r#"{"slow_since_deployment":{"share":0.5,"before":0.05,"p90_ms":[2100.5,330.0],"after":20}}"#,
        ),
        (
            Evidence::FarSlower {
                counted: COUNTED,
                longer_than_ms: Some(900.0),
                normal: 0.001,
            },
            r#"{"far_slower":{"counted":[21,60,3],"longer_than_ms":900.0,"normal":0.001}}"#,
        ),
        (
            Evidence::Fewer {
                came: 6.0,
                due: 74.6,
                minutes: 3,
                ordinary: 41.2,
            },
            r#"{"fewer":{"came":6.0,"due":74.6,"minutes":3,"ordinary":41.2}}"#,
        ),
        (
            Evidence::NoLines {
                minutes: 60,
                due: 312.8,
                longest: 1.0,
            },
            r#"{"no_lines":{"minutes":60,"due":312.8,"longest":1.0}}"#,
        ),
        (
            Evidence::NewPattern {
                age: 12,
                count: 120,
            },
            r#"{"new_pattern":{"age":12,"count":120}}"#,
        ),
        (
            Evidence::PatternSurge {
                count: 120,
                minutes: 12,
                times: 1_331.9,
            },
            r#"{"pattern_surge":{"count":120,"minutes":12,"times":1331.9}}"#,
        ),
        (
            Evidence::Shift {
                level: Level::Latency,
                minutes: 15,
                seen: 480.0,
                low: 0.0,
                high: 320.0,
            },
            r#"{"shift":{"level":"latency","minutes":15,"seen":480.0,"low":0.0,"high":320.0}}"#,
        ),
        (
            Evidence::Shift {
                level: Level::Traffic,
                minutes: 15,
                seen: 61.2,
                low: 18.0,
                high: 32.5,
            },
            r#"{"shift":{"level":"traffic","minutes":15,"seen":61.2,"low":18.0,"high":32.5}}"#,
        ),
        (
            Evidence::Text("as it was".into()),
            r#"{"text":"as it was"}"#,
        ),
    ];
    for (evidence, frozen) in rows {
        let mut alert = opened();
        alert.findings[0].evidence = evidence;
        check(&alert, "/findings/0/evidence", frozen);
    }
}

#[test]
fn each_kind_of_cause_has_a_frozen_form() {
    let of_day = r#"{"service":"loan-api","at":1767838200000,"minutes_before":4}"#;
    let text = Some(Evidence::Text("slow".into()));
    let own = || deployed("loan-api", 4);
    let rows = [
        (
            CauseEvidence::Dependency {
                deployed: None,
                blame: Blame {
                    dependency: "scoring".into(),
                    calls: None,
                    named: None,
                },
                followed: Vec::new(),
            },
            r#"{"dependency":{"blame":{"dependency":"scoring"}}}"#.to_owned(),
        ),
        (
            CauseEvidence::DeployedThenDependency {
                deployed: own(),
                blame: blame(text, 18.0),
            },
            format!(
                r#"{{"deployed_then_dependency":{{"deployed":{of_day},"blame":{{"dependency":"scoring","calls":{{"text":"slow"}},"named":[18.0,20.0]}}}}}}"#
            ),
        ),
        (
            CauseEvidence::Deployed(own()),
            format!(r#"{{"deployed":{of_day}}}"#),
        ),
        (
            CauseEvidence::TaskStopped {
                reason: "OutOfMemoryError".into(),
            },
            r#"{"task_stopped":{"reason":"OutOfMemoryError"}}"#.to_owned(),
        ),
        (
            CauseEvidence::OwnFailures {
                failed: 20.0,
                words: Some("NullPointerException".into()),
            },
            r#"{"own_failures":{"failed":20.0,"words":"NullPointerException"}}"#.to_owned(),
        ),
        (CauseEvidence::NoRequests, r#""no_requests""#.to_owned()),
        (
            CauseEvidence::Undecided {
                one: "aurora".into(),
                other: "scoring".into(),
            },
            r#"{"undecided":{"one":"aurora","other":"scoring"}}"#.to_owned(),
        ),
        (CauseEvidence::Nothing, r#""nothing""#.to_owned()),
        (
            CauseEvidence::Text("as it was".into()),
            r#"{"text":"as it was"}"#.to_owned(),
        ),
    ];
    for (evidence, frozen) in rows {
        let mut alert = opened();
        alert.cause.evidence = evidence;
        check(&alert, "/cause/evidence", &frozen);
    }
}

#[test]
fn each_kind_of_title_has_a_frozen_form() {
    let silent = Symptom {
        detector: Detector::NewError,
        subject: Subject::Message("3f2a9c01d4e7".into()),
        signal: None,
        seen: 10.0,
        normal: 0.5,
    };
    let symptom =
        r#"{"detector":"new_error","subject":"error 3f2a9c01d4e7","seen":10.0,"normal":0.5}"#;
    let wrong = |fault| Title::Wrong {
        symptom: None,
        fault,
    };
    let rows = [
        (wrong(None), r#"{"wrong":{}}"#.to_owned()),
        (
            wrong(Some(Fault::Fails)),
            r#"{"wrong":{"fault":"fails"}}"#.to_owned(),
        ),
        (
            Title::Resolved(Box::new(wrong(Some(Fault::Slow)))),
            r#"{"resolved":{"wrong":{"fault":"slow"}}}"#.to_owned(),
        ),
        (
            Title::Accepted(silent),
            format!(r#"{{"accepted":{symptom}}}"#),
        ),
        (
            Title::Text("as it was".into()),
            r#"{"text":"as it was"}"#.to_owned(),
        ),
    ];
    for (title, frozen) in rows {
        let alert = Alert { title, ..opened() };
        check(&alert, "/title", &frozen);
    }
}
