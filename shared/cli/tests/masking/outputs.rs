//! Nothing that is masked is ever seen in what a replay gives out: metrics, findings, incidents, notifications, rejects, the
//! summary, what it says of its input, and what it keeps in its state.
//!
//! What `inspect` prints is not among them: it shows a developer's own lines on the developer's own screen.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use fastrand::Rng;

use super::secrets::{Class, Secret, secret};
use super::{made, seen};

/// Lines of one service, one a second.
const FIRST_MS: i64 = 1_767_602_520_000;

/// Returns lines in which a secret stands where a name is expected: of a route, a path, a dependency, an error, a service.
fn named(secret: &Secret) -> Vec<String> {
    let name = serde_json::Value::from(&*secret.phrase).to_string();
    let path = format!("/customers/{}/loans", secret.phrase);
    let path = serde_json::Value::from(path);
    vec![
        format!(r#"{{"level":"error","method":"GET","path":{path},"status":500,"latency_ms":12}}"#),
        format!(
            r#"{{"level":"error","method":"GET","route":{path},"status":500,"latency_ms":12}}"#
        ),
        format!(
            r#"{{"level":"error","dependency":{name},"latency_ms":12,"error_type":{name},"msg":"call failed"}}"#
        ),
        format!(
            r#"{{"level":"error","method":"GET","path":"/a","status":502,"latency_ms":1,"dependency":{name},"dependency_ms":3}}"#
        ),
        format!(
            r#"{{"level":"error","method":"GET","path":"/a","status":502,"latency_ms":1,"error_type":{name}}}"#
        ),
        format!(r#"{{"level":"error","service":{name},"msg":"boom"}}"#),
        format!(
            r#"10.0.0.1 - - [05/Jan/2026:08:42:00 +0000] "GET /x/{} HTTP/1.1" 500 2"#,
            secret.phrase
        ),
        format!("ERROR {0}: {0}", secret.phrase),
    ]
}

/// Writes a batch as CloudWatch Logs sends it, without compression; some of its events are no events.
fn batch(number: usize, lines: &[String]) -> String {
    let mut events = String::new();
    for (at, line) in lines.iter().enumerate() {
        let ms = FIRST_MS + (number * lines.len() + at) as i64 * 1000;
        let text = serde_json::Value::from(line.as_str());
        let _ = write!(
            events,
            r#"{}{{"id":"{number:08}{at:048}","timestamp":{ms},"message":{text}}}"#,
            if at > 0 { "," } else { "" }
        );
    }
    let bad = serde_json::Value::from(lines[0].as_str());
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/ecs/prod/loan-api","logStream":"s/{number}","subscriptionFilters":["f"],"logEvents":[{events},{{"id":"x","message":{bad}}}]}}"#
    )
}

/// Replays a folder and returns all that the command wrote anywhere.
fn replayed(folder: &Path, output: &str) -> String {
    let state = folder.join("state");
    let run = Command::new(env!("CARGO_BIN_EXE_atalaya"))
        .args(["replay", "--output", output, "--state"])
        .arg(&state)
        .arg(folder.join("in"))
        .output()
        .expect("the command starts");
    let mut told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(
        told.len() > 100,
        "{told}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    told += &String::from_utf8_lossy(&run.stderr);
    told
}

/// Replays lines and asserts that none of the secrets is seen in what comes out.
fn check(secrets: &[Secret], lines: &[String]) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let input = folder.path().join("in");
    std::fs::create_dir(&input).expect("can be made");
    for (number, lines) in lines.chunks(40).enumerate() {
        let path = input.join(format!("{number:04}.json"));
        std::fs::write(path, batch(number, lines)).expect("can be written");
    }
    // A delivery that cannot be read is told of, and not shown.
    let broken = format!(
        r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"message":"{}"#,
        secrets[0].value
    );
    std::fs::write(input.join("broken.json"), broken).expect("can be written");
    let mut told = vec![("json", replayed(folder.path(), "json"))];
    let state = folder.path().join("state");
    let mut kept = Vec::new();
    let files = if state.is_dir() {
        let files = std::fs::read_dir(&state).expect("can be read");
        files
            .map(|file| file.expect("can be read").path())
            .collect()
    } else {
        vec![state.clone()]
    };
    for file in &files {
        kept.extend(std::fs::read(file).expect("the state is there"));
    }
    assert!(kept.len() > 1000);
    told.push(("state", String::from_utf8_lossy(&kept).into_owned()));
    for file in files {
        std::fs::remove_file(file).expect("can be removed");
    }
    told.push(("text", replayed(folder.path(), "text")));
    for (what, text) in &told {
        let left: Vec<_> = { secrets.iter() }
            .filter_map(|secret| Some((secret.class, seen(secret, text)?, &secret.phrase)))
            .collect();
        let shown: Vec<_> = left.iter().take(10).collect();
        assert!(
            left.is_empty(),
            "{} secrets are seen in {what}: {shown:?}",
            left.len()
        );
    }
}

#[test]
fn no_secret_in_a_line_is_seen_in_any_output() {
    let (secrets, lines): (Vec<_>, Vec<_>) = made(42, 7).into_iter().unzip();
    let lines: Vec<String> = { lines.into_iter() }
        .map(|line| match line.text.strip_prefix('{') {
            // Every line tells of a failure, so that samples are kept of all batches.
            Some(rest) => format!(r#"{{"level":"error","error_type":"E",{rest}"#),
            None => format!("ERROR {}", line.text),
        })
        .collect();
    check(&secrets, &lines);
}

#[test]
fn no_secret_in_the_place_of_a_name_is_seen_in_any_output() {
    let mut rng = Rng::with_seed(8);
    let mut secrets = Vec::new();
    for class in Class::ALL {
        // A secret with slashes is not to be told from a path when it stands in one.
        let mut fit = std::iter::repeat_with(|| secret(class, &mut rng))
            .filter(|secret| class != Class::AwsSecret || !secret.value.contains('/'));
        secrets.extend(fit.by_ref().take(8));
    }
    let lines: Vec<String> = secrets.iter().flat_map(named).collect();
    check(&secrets, &lines);
}
