//! Events that cannot be handled: they arrive whole in the failure queue, and those that can be
//! handled later are redriven and counted once.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, ensure};
use atalaya_tests::tools::Tool;
use serde_json::{Value, json};

use super::scene::{Scene, json_of, lines};
use crate::conventions::root;
use crate::function::event;

/// A batch that cannot be decoded, and one that came while the table could not be reached.
pub(super) async fn poisoned_and_brought_home(mut scene: Scene<'_>) -> anyhow::Result<()> {
    let poisoned = event("truncated-gzip")?;
    scene.aws.invoke_later(&scene.ingest, &poisoned)?;
    scene.await_depth(1)?;
    let message = received(&scene)?;
    assert_eq!(
        message["requestPayload"],
        json_of(&poisoned)?,
        "it is not whole"
    );
    assert_eq!(message["responsePayload"]["errorType"], "NonRetryable");

    let good = scene.event("task-1", &lines(60_000, 300))?;
    scene.reference_gets(&good).await;
    let table = scene.stack.output("table_name")?.to_owned();
    scene
        .aws
        .add_environment(&scene.ingest, &[("ATALAYA_TABLE", "no-such-table")])?;
    scene.aws.invoke_later(&scene.ingest, &good)?;
    scene.await_depth(2)?;
    scene
        .aws
        .add_environment(&scene.ingest, &[("ATALAYA_TABLE", &table)])?;
    assert!(scene.counted().await?.0.is_empty(), "it was counted");

    let Some(first) = redrive(&scene)? else {
        return Ok(());
    };
    let told = String::from_utf8_lossy(&first.stdout).into_owned();
    assert!(told.contains("brought home 1, failed again 1"), "{first:?}");
    assert_eq!(first.status.code(), Some(1), "{told}");
    scene.await_depth(1)?;
    scene.assert_counted("brought home").await?;

    // The record can be redriven by hand any number of times: the very same record again changes
    // nothing.
    let record = json!({ "requestContext": {}, "requestPayload": json_of(&good)? });
    let answered = scene
        .aws
        .invoke(&scene.ingest, record.to_string().as_bytes())?;
    ensure!(!answered.failed, "{}", answered.body);
    scene.assert_counted("brought home twice").await?;
    forget_all(&scene)
}

/// The table is gone: the error names it, the batch is kept, and the metric that an alarm watches moves.
pub(super) fn without_its_table(scene: &Scene<'_>) -> anyhow::Result<()> {
    let table = scene.stack.output("table_name")?;
    let errors = scene.lambda_metric("Errors")?;
    scene
        .aws
        .dynamodb("DeleteTable", &json!({ "TableName": table }))?;
    let event = scene.event("task-2", &lines(80_000, 100))?;
    let answered = scene.aws.invoke(&scene.ingest, &event)?;
    let told = answered.body.to_string();
    assert!(answered.failed, "{told}");
    assert!(
        told.contains(&format!("table {table} does not exist in region us-east-1")),
        "{told}"
    );

    scene.aws.invoke_later(&scene.ingest, &event)?;
    scene.await_depth(1)?;
    assert_eq!(received(scene)?["requestPayload"], json_of(&event)?);
    let after = scene.lambda_metric("Errors")?;
    assert!(after > errors, "Errors was {errors} and is {after}");
    Ok(())
}

/// Runs the commands that the documentation gives; `None`, with the skip recorded, if the aws
/// command is missing.
fn redrive(scene: &Scene<'_>) -> anyhow::Result<Option<Output>> {
    let Some(aws) = Tool::Aws.find("the redrive of the failure queue")? else {
        return Ok(None);
    };
    let mut path = vec![
        aws.parent()
            .map(Path::to_owned)
            .context("aws lies in a folder")?,
    ];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let mut command = Command::new(root().join("infra/redrive"));
    command
        .args(["--queue-url", &scene.queue])
        .env("PATH", env::join_paths(path)?)
        .env("AWS_ENDPOINT_URL", scene.stack.ministack.endpoint())
        // Versions 1 and 2 of the command look at one of these each.
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    Ok(Some(
        command.output().context("cannot start infra/redrive")?,
    ))
}

/// Receives the one message of the failure queue and returns its record.
fn received(scene: &Scene<'_>) -> anyhow::Result<Value> {
    let messages = scene.aws.receive(&scene.queue)?;
    let [message] = messages.as_slice() else {
        anyhow::bail!("the failure queue holds {messages:?}");
    };
    json_of(message.body.as_bytes())
}

/// Deletes all messages of the failure queue, as a person does with what can never be handled.
fn forget_all(scene: &Scene<'_>) -> anyhow::Result<()> {
    while scene.aws.depth(&scene.queue)? > 0 {
        for message in scene.aws.receive(&scene.queue)? {
            scene.aws.delete(&scene.queue, &message)?;
        }
    }
    Ok(())
}
