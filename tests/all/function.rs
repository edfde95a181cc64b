//! The function `ingest` as it is deployed: its binary, against a stand-in for the Runtime API and
//! DynamoDB Local. It must store and emit what the reference in memory stores and emits.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, anyhow, ensure};
use atalaya_aws::access::Access;
use atalaya_aws::dynamo::DynamoStore;
use atalaya_tests::bed::DynamoDbLocal;
use atalaya_tests::build;
use atalaya_tests::runtime_api::{Answer, Function};
use serde_json::{Value, json};

use crate::conventions::root;
use crate::reference::{Reference, picture};

/// The events after which the stores are compared.
pub(crate) const EVENTS: [&str; 3] = ["direct-json", "kinesis", "stack-trace"];

/// Returns the environment of a function over a table, as a laptop would give it.
pub(crate) fn environment<'a>(endpoint: &'a str, table: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
        ("ATALAYA_TABLE", table),
        ("ATALAYA_CLOCK", "event"),
    ]
}

/// Returns the store that such a function writes to.
pub(crate) fn store(environment: &[(&str, &str)], table: &str) -> anyhow::Result<DynamoStore> {
    let access = Access::from_env(|key| {
        let row = environment.iter().find(|(name, _)| *name == key);
        row.map(|(_, value)| (*value).to_owned())
    })?;
    Ok(DynamoStore::new(&access, table))
}

pub(crate) fn event(name: &str) -> anyhow::Result<Vec<u8>> {
    let path = root().join(format!("events/{name}.event.json"));
    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Returns the function's binary, built by the first test that asks.
pub(crate) fn binary() -> anyhow::Result<&'static Path> {
    static BINARY: OnceLock<anyhow::Result<PathBuf>> = OnceLock::new();
    match BINARY.get_or_init(|| build::binary(&["-p", "ingest"])) {
        Ok(path) => Ok(path),
        Err(error) => Err(anyhow!("{error:#}")),
    }
}

/// Splits the lines of stdout, all of which must be EMF, into those about services, sorted, and the
/// function's self-metrics.
pub(crate) fn metrics(stdout: &str) -> anyhow::Result<(Vec<String>, Vec<Value>)> {
    let (mut metrics, mut own) = (Vec::new(), Vec::new());
    for line in stdout.lines() {
        let document: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let namespace = &document["_aws"]["CloudWatchMetrics"][0]["Namespace"];
        ensure!(namespace.is_string(), "not an EMF document: {line}");
        if namespace == "Atalaya/Self" {
            own.push(document);
        } else {
            metrics.push(line.to_owned());
        }
    }
    metrics.sort_unstable();
    Ok((metrics, own))
}

/// Asserts that a store holds what the reference's store holds.
pub(crate) async fn assert_same(store: &DynamoStore, reference: &Reference) -> anyhow::Result<()> {
    let (minutes, changed) = (&reference.told.minutes, &reference.changed);
    let expected = picture(&reference.flow.store, minutes, changed).await?;
    assert!(!expected.is_empty(), "the reference holds nothing");
    assert_eq!(picture(store, minutes, changed).await?, expected);
    Ok(())
}

#[tokio::test]
async fn it_stores_and_emits_what_the_reference_does() -> anyhow::Result<()> {
    let Some(server) = DynamoDbLocal::shared()? else {
        return Ok(());
    };
    let environment = environment(server.endpoint(), "function-reference");
    let store = store(&environment, "function-reference")?;
    store.create_table().await?;
    let mut function = Function::start(binary()?, &environment)?;
    let mut reference = Reference::new();
    let mut said = Vec::new();
    for name in EVENTS.iter().chain(&["out-of-order"]) {
        let event = event(name)?;
        let before = reference.ledger.received;
        reference.handle(&event).await;
        let first = function.invoke(&event)?;
        let Answer::Response(answer) = &first.answer else {
            panic!("{name}: {:?}", first.answer);
        };
        let (metrics, own) = metrics(&first.stdout)?;
        assert_eq!(own.len(), 1, "{name}: one document about itself");
        assert_eq!(
            own[0]["Received"],
            json!(reference.ledger.received - before),
            "{name}"
        );
        assert_eq!(own[0]["ConservationBroken"], 0, "{name}");
        said.extend(metrics);
        let named = first.stderr.contains(r#""message":"record rejected""#);
        assert_eq!(named, *name == "kinesis", "{}", first.stderr);
        if *name == "kinesis" {
            let answer: Value = serde_json::from_str(answer)?;
            let failures = answer["batchItemFailures"].as_array().context("a list")?;
            assert_eq!(failures.len(), 1, "{answer}");
        }
    }
    said.sort_unstable();
    assert_eq!(said, reference.metrics());
    assert_same(&store, &reference).await
}

#[tokio::test]
async fn the_same_event_again_changes_nothing_and_says_nothing() -> anyhow::Result<()> {
    let Some(server) = DynamoDbLocal::shared()? else {
        return Ok(());
    };
    let environment = environment(server.endpoint(), "function-again");
    let store = store(&environment, "function-again")?;
    store.create_table().await?;
    let mut reference = Reference::new();
    let event = event("direct-json")?;
    reference.handle(&event).await;
    // The third delivery, to a process that has nothing cached.
    let mut function = Function::start(binary()?, &environment)?;
    for time in 0..3 {
        if time == 2 {
            function = Function::start(binary()?, &environment)?;
        }
        let (said, own) = metrics(&function.invoke(&event)?.stdout)?;
        let new = time == 0;
        assert_eq!(said.is_empty(), !new, "time {time}: {said:?}");
        let told = (&own[0]["Records"], &own[0]["Duplicates"]);
        let expected = if new { (20, 0) } else { (0, 20) };
        assert_eq!(
            told,
            (&json!(expected.0), &json!(expected.1)),
            "time {time}"
        );
        assert_same(&store, &reference).await?;
    }
    Ok(())
}

/// Invokes a function that must fail, and returns the type and message of its error.
fn failure(function: &mut Function, event: &[u8]) -> anyhow::Result<(String, String)> {
    match function.invoke(event)?.answer {
        Answer::Error(error) => {
            let error: Value = serde_json::from_str(&error)?;
            let text = |key: &str| error[key].as_str().map(str::to_owned).context("no text");
            Ok((text("errorType")?, text("errorMessage")?))
        }
        Answer::Response(answer) => Err(anyhow!("it answered {answer}")),
    }
}

#[test]
fn a_poisoned_event_fails_for_good_and_harms_no_later_one() -> anyhow::Result<()> {
    // With a settings file, so that it does not read the table before it decodes a payload.
    let settings = tempfile::NamedTempFile::new()?;
    let settings = settings.path().to_str().context("a plain path")?;
    let environment = environment("http://127.0.0.1:9", "nowhere");
    let environment = [&environment[..], &[("ATALAYA_CONFIG", settings)]].concat();
    let mut function = Function::start(binary()?, &environment)?;
    for (name, cause) in [
        ("bomb", "payload inflates beyond"),
        ("truncated-gzip", "damaged or cut off"),
    ] {
        let (kind, message) = failure(&mut function, &event(name)?)?;
        assert_eq!(kind, "NonRetryable", "{name}");
        assert!(message.contains(cause), "{name}: {message}");
    }
    for event in [&b"{}"[..], b"[1]", br#"{"awslogs":{"data":"!"}}"#] {
        let (kind, _) = failure(&mut function, event)?;
        assert_eq!(kind, "NonRetryable");
    }
    for name in ["control-message", "empty-batch", "own-log-group"] {
        let answer = function.invoke(&event(name)?)?.answer;
        assert!(matches!(answer, Answer::Response(_)), "{name}: {answer:?}");
    }
    Ok(())
}

#[test]
fn a_table_that_is_not_there_fails_loudly_by_its_name() -> anyhow::Result<()> {
    let Some(server) = DynamoDbLocal::shared()? else {
        return Ok(());
    };
    let environment = environment(server.endpoint(), "no-such-table");
    let mut function = Function::start(binary()?, &environment)?;
    let (kind, message) = failure(&mut function, &event("direct-json")?)?;
    assert_eq!(kind, "NonRetryable");
    assert!(
        message.contains("table no-such-table does not exist in region us-east-1"),
        "{message}"
    );
    Ok(())
}

#[test]
fn an_environment_that_lacks_everything_is_told_all_of_it() -> anyhow::Result<()> {
    let mut function = Function::start(binary()?, &[])?;
    let told = function
        .first_asked()
        .expect_err("it cannot start")
        .to_string();
    let missing = [
        "ATALAYA_TABLE",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ];
    let named: BTreeSet<_> = missing.iter().filter(|key| told.contains(**key)).collect();
    assert_eq!(named.len(), missing.len(), "{told}");
    Ok(())
}
