//! A replay that is cut at any minute and goes on with its state says what one without a cut says, byte for byte.

use std::fs;
use std::path::Path;
use std::process::Command;

use fastrand::Rng;
use serde_json::{Value, json};

/// 2026-01-06T08:00Z.
const START_MS: i64 = 1_767_686_400_000;
const MINUTE_MS: i64 = 60_000;
const MINUTES: i64 = 162;
/// The minutes in which calls to `scoring` fail.
const TROUBLE: std::ops::Range<i64> = 126..136;
/// How often a task of the fleet delivers its lines.
const DELIVERY_MS: i64 = 11_000;

/// How many stories are cut: one, or as many as this says.
const SEEDS: &str = "ATALAYA_SEEDS";

fn seeds() -> u64 {
    let given = std::env::var(SEEDS).ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// Something that arrives, and when.
struct Arrival {
    at_ms: i64,
    /// The file of the input that it stands in.
    file: &'static str,
    text: String,
}

/// Returns a request's line. Half of those in trouble fail.
fn line(rng: &mut Rng, service: &str, at_ms: i64) -> String {
    let minute = (at_ms - START_MS) / MINUTE_MS;
    let asks = service == "loan-api" && rng.u8(..3) > 0;
    let fails = asks && TROUBLE.contains(&minute) && rng.bool();
    let mut line = json!({
        "service": service, "level": if fails { "error" } else { "info" },
        "path": (["/apply", "/status"][rng.usize(..2)]), "method": "GET",
        "status": if fails { 502 } else { 200 }, "latency_ms": rng.u32(20..90),
    });
    if asks {
        line["dependency"] = "scoring".into();
        line["dependency_ms"] = rng.u32(5..30).into();
    }
    if fails {
        line["message"] = format!(
            "call to scoring failed: timeout of {} ms",
            rng.u32(900..999)
        )
        .into();
        line["error_type"] = "ReadTimeout".into();
    }
    line.to_string()
}

/// Returns what three tasks of two services deliver: some lines come minutes late, beside those that are on time.
fn deliveries(seed: u64) -> Vec<Arrival> {
    let mut rng = Rng::with_seed(seed);
    let mut arrivals = Vec::new();
    let tasks = [("a", "loan-api"), ("b", "loan-api"), ("c", "auth")];
    for (n, (task, service)) in (1..).zip(tasks) {
        let mut late: Vec<i64> = Vec::new();
        // Tasks do not deliver at the same moments, nor at the turn of a minute.
        let mut from_ms = START_MS + n * 1_300;
        let mut id = 0;
        while from_ms + DELIVERY_MS < START_MS + MINUTES * MINUTE_MS {
            let mut times: Vec<i64> = (0..rng.u8(1..4))
                .map(|_| from_ms + rng.i64(0..DELIVERY_MS))
                .collect();
            let at_ms = times.iter().copied().max().expect("one at least");
            let due = |then: &i64| at_ms - then > 150_000;
            times.extend(late.iter().copied().filter(due));
            late.retain(|then| !due(then));
            if rng.u8(..20) == 0 {
                late.push(at_ms);
            }
            let events: Vec<Value> = times
                .iter()
                .map(|time| {
                    id += 1;
                    json!({"id": id.to_string(), "timestamp": time, "message": line(&mut rng, service, *time)})
                })
                .collect();
            let batch = json!({"messageType": "DATA_MESSAGE", "owner": "123456789012",
                "logGroup": format!("/ecs/{service}"), "logStream": task, "logEvents": events});
            arrivals.push(Arrival {
                at_ms,
                file: "deliveries.jsonl",
                text: batch.to_string(),
            });
            from_ms += DELIVERY_MS;
        }
    }
    arrivals
}

/// Returns the same fleet as plain files, one for each task, whose lines carry their times.
fn files(seed: u64) -> Vec<Arrival> {
    let mut rng = Rng::with_seed(seed);
    let mut arrivals = Vec::new();
    for (file, service) in [
        ("a.log", "loan-api"),
        ("b.log", "loan-api"),
        ("c.log", "auth"),
    ] {
        let mut at_ms = START_MS + rng.i64(0..3_000);
        while at_ms < START_MS + MINUTES * MINUTE_MS {
            let mut line: Value =
                serde_json::from_str(&line(&mut rng, service, at_ms)).expect("an object");
            line["timestamp"] = at_ms.into();
            arrivals.push(Arrival {
                at_ms,
                file,
                text: line.to_string(),
            });
            at_ms += rng.i64(500..6_000);
        }
    }
    arrivals
}

/// A deployment of the dependency, which is laid beside the incident once it is known.
fn deployment(minute: i64) -> Arrival {
    let at_ms = START_MS + minute * MINUTE_MS + 400;
    let time = format!("2026-01-06T{:02}:{:02}:00Z", 8 + minute / 60, minute % 60);
    let event = json!({
        "version": "0", "id": format!("change-{minute}"), "detail-type": "ECS Deployment State Change",
        "source": "aws.ecs", "account": "123456789012", "time": time, "region": "eu-west-1",
        "resources": ["arn:aws:ecs:eu-west-1:123456789012:service/prod/scoring"],
        "detail": {"eventType": "INFO", "eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS",
            "deploymentId": format!("ecs-svc/{minute}"), "updatedAt": time, "reason": "in progress"}
    });
    Arrival {
        at_ms,
        file: "change.json",
        text: event.to_string(),
    }
}

/// Replays what arrives and returns its lines of findings and of incidents.
fn replay<'a>(
    arrivals: impl Iterator<Item = &'a Arrival>,
    state: Option<&Path>,
) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut texts = std::collections::BTreeMap::<_, String>::new();
    for arrival in arrivals {
        let text = texts.entry(arrival.file).or_default();
        text.push_str(&arrival.text);
        text.push('\n');
    }
    for (file, text) in &texts {
        fs::write(folder.path().join(file), text).expect("can be written");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_atalaya"));
    command.args(["replay", "--output", "json"]);
    if let Some(state) = state {
        command.arg("--state").arg(state);
    }
    let run = command.arg(folder.path()).output().expect("it starts");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let text = String::from_utf8(run.stdout).expect("output is UTF-8");
    let of = |kind: &str| {
        let begins = format!(r#"{{"kind":"{kind}""#);
        let lines = text.split_inclusive('\n');
        lines.filter(|line| line.starts_with(&begins)).collect()
    };
    (of("finding"), of("incident"))
}

/// Asserts that runs over the parts say together what one over all says.
fn check(arrivals: &[Arrival], cuts: &[i64], whole: &(String, String)) {
    let state = tempfile::tempdir().expect("a folder");
    let (mut findings, mut incidents) = (String::new(), String::new());
    let ends = cuts.iter().copied().chain([i64::MAX / MINUTE_MS / 2]);
    let mut from_ms = i64::MIN;
    for end in ends {
        let to_ms = START_MS + end * MINUTE_MS;
        let part = arrivals.iter();
        let part = part.filter(|arrival| (from_ms..to_ms).contains(&arrival.at_ms));
        let told = replay(part, Some(state.path()));
        findings.push_str(&told.0);
        incidents.push_str(&told.1);
        from_ms = to_ms;
    }
    assert_eq!(incidents, whole.1, "cut at {cuts:?}");
    assert_eq!(findings, whole.0, "cut at {cuts:?}");
}

fn events(incidents: &str, event: &str) -> Vec<Value> {
    let lines = incidents.lines();
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["event"] == event).collect()
}

#[test]
fn a_replay_of_deliveries_that_is_cut_at_any_minute_says_the_same() {
    for seed in 0..seeds() {
        let mut arrivals = deliveries(seed);
        arrivals.extend([deployment(TROUBLE.start - 1), deployment(TROUBLE.end)]);
        // A run that keeps its state closes nothing that the clock has not passed, cut or not.
        let state = tempfile::tempdir().expect("a folder");
        let whole = replay(arrivals.iter(), Some(state.path()));
        let (opened, resolved) = (events(&whole.1, "open"), events(&whole.1, "resolve"));
        assert_eq!(
            (opened.len(), resolved.len()),
            (1, 1),
            "seed {seed}: {}",
            whole.1
        );
        let at_ms = opened[0]["at"].as_i64().expect("a time");
        assert_ne!(
            at_ms % MINUTE_MS,
            0,
            "it is told within a minute, not at its closing"
        );
        let delay = at_ms - START_MS - TROUBLE.start * MINUTE_MS;
        assert!(
            (0..4 * MINUTE_MS).contains(&delay),
            "told {delay} ms after it began"
        );
        // Early, within the trouble, around its opening and its end; and some of them in one story.
        let mut rng = Rng::with_seed(seed);
        let opening = (at_ms - START_MS) / MINUTE_MS;
        let within = rng.i64(opening + 2..TROUBLE.end);
        for cut in [opening, opening + 1, within] {
            check(&arrivals, &[cut], &whole);
        }
        let (early, late) = (rng.i64(1..TROUBLE.start), rng.i64(TROUBLE.end..MINUTES));
        check(&arrivals, &[early, opening, opening + 1, late], &whole);
    }
}

#[test]
fn a_replay_of_plain_files_that_is_cut_at_any_minute_says_the_same() {
    let arrivals = files(7);
    let state = tempfile::tempdir().expect("a folder");
    let whole = replay(arrivals.iter(), Some(state.path()));
    assert_eq!(events(&whole.1, "open").len(), 1, "{}", whole.1);
    for cut in [TROUBLE.start + 1, TROUBLE.end + 9] {
        check(&arrivals, &[cut], &whole);
    }
}
