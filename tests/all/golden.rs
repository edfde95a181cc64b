//! The full outcome of each sample event as a snapshot: the ledger of its log events, the metrics
//! that were emitted, and the contents of the store afterwards.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use atalaya_tests::samples;

use crate::conventions::root;
use crate::reference::{Reference, picture};

/// Returns the sample events by name, sorted.
fn events() -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("events"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name.and_then(|name| name.strip_suffix(".event.json")) {
            found.push((name.to_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}

async fn outcome(event: &[u8]) -> anyhow::Result<String> {
    let mut reference = Reference::new();
    reference.handle(event).await;
    let ledger = &reference.ledger;
    assert!(ledger.balances(), "{ledger:?}");
    let mut out = String::new();
    for failure in &reference.failures {
        writeln!(out, "failure: {failure}")?;
    }
    writeln!(out, "{ledger:#?}\n")?;
    for document in reference.metrics() {
        writeln!(out, "{document}")?;
    }
    let store = &reference.flow.store;
    let told = &reference.told;
    write!(
        out,
        "\n{}",
        picture(store, &told.minutes, &reference.changed).await?
    )?;
    Ok(out)
}

#[tokio::test]
async fn each_event_has_its_outcome() -> anyhow::Result<()> {
    let events = events()?;
    assert!(events.len() >= 14, "{events:?}");
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, path) in events {
        let event = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let outcome = outcome(&event).await?;
        settings.bind(|| insta::assert_snapshot!(name, outcome));
    }
    Ok(())
}

#[test]
fn each_event_is_made_from_the_batch_beside_it() -> anyhow::Result<()> {
    let folder = root().join("events");
    let made = samples::make(&folder)?;
    for (name, bytes) in &made {
        let kept = fs::read(folder.join(name)).with_context(|| format!("{name} is not there"))?;
        assert!(
            kept == *bytes,
            "events/{name} does not match its batch: run `cargo run -p atalaya-tests --bin make-events`"
        );
    }
    Ok(())
}

#[test]
fn each_event_is_explained() -> anyhow::Result<()> {
    let readme = fs::read_to_string(root().join("events/README.md"))?;
    for (name, _) in events()? {
        assert!(
            readme.contains(&format!("`{name}`")),
            "events/README.md does not tell of {name}"
        );
    }
    Ok(())
}
