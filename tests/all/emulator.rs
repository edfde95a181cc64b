//! The development loop on a laptop: `cargo lambda watch` runs the function, `cargo lambda invoke`
//! sends it the sample events.

use std::io::{Read as _, Seek as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use atalaya_tests::bed::{self, DynamoDbLocal};
use atalaya_tests::tools::Tool;
use atalaya_tests::{build, leash};
use tempfile::NamedTempFile;

use crate::conventions::root;
use crate::function::{self, EVENTS, binary, environment, store};
use crate::reference::Reference;

/// How long an answer may take: the first one waits for a build, most of which is already done.
const PATIENCE: Duration = Duration::from_mins(5);

/// `cargo lambda watch`; dropping it ends it, and the function with it.
struct Watch {
    process: Child,
    tool: PathBuf,
    address: SocketAddr,
    /// The output of the tool and the function on stdout.
    stdout: NamedTempFile,
}

impl Watch {
    fn start(tool: &Path, environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let address = bed::free_address()?;
        let stdout = NamedTempFile::new()?;
        let mut command = leash::command(tool);
        build::forget_cargo(&mut command);
        command
            .args(["lambda", "watch", "--package", "ingest", "--ignore-changes"])
            .args(["--invoke-address", &address.ip().to_string()])
            .args(["--invoke-port", &address.port().to_string()])
            .envs(environment.iter().copied())
            .current_dir(root())
            .stdout(stdout.reopen()?)
            .stderr(Stdio::null());
        let process = command.spawn().context("cannot start cargo-lambda")?;
        let mut watch = Self {
            process,
            tool: tool.to_owned(),
            address,
            stdout,
        };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            let ended = watch.process.try_wait()?;
            ensure!(ended.is_none(), "cargo lambda watch ended: {ended:?}");
            ensure!(
                Instant::now() < deadline,
                "cargo lambda watch does not listen"
            );
            thread::sleep(Duration::from_millis(50));
        }
        Ok(watch)
    }

    fn invoke(&self, name: &str) -> anyhow::Result<Output> {
        let mut command = Command::new(&self.tool);
        command
            .args(["lambda", "invoke", "ingest"])
            .args(["--invoke-address", &self.address.ip().to_string()])
            .args(["--invoke-port", &self.address.port().to_string()])
            .arg("--data-file")
            .arg(root().join(format!("events/{name}.event.json")))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut invoke = command.spawn().context("cannot start cargo-lambda")?;
        let deadline = Instant::now() + PATIENCE;
        // The tool waits for ever if the function has died.
        while invoke.try_wait()?.is_none() {
            if Instant::now() >= deadline {
                invoke.kill()?;
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(invoke.wait_with_output()?)
    }

    /// Returns the EMF documents on stdout so far; the tool's own lines between them are left out.
    fn documents(&mut self) -> anyhow::Result<String> {
        let mut text = String::new();
        self.stdout.rewind()?;
        self.stdout.read_to_string(&mut text)?;
        let documents = text.split_inclusive('\n');
        Ok(documents
            .filter(|line| line.starts_with(r#"{"_aws""#))
            .collect())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn the_sample_events_do_on_a_laptop_what_they_do_in_memory() -> anyhow::Result<()> {
    let Some(tool) = Tool::CargoLambda.find("tests of the laptop's loop")? else {
        return Ok(());
    };
    let Some(server) = DynamoDbLocal::shared()? else {
        return Ok(());
    };
    binary()?;
    let environment = environment(server.endpoint(), "emulator");
    let store = store(&environment, "emulator")?;
    store.create_table().await?;
    let mut watch = Watch::start(&tool, &environment)?;
    let mut reference = Reference::new();
    for name in EVENTS {
        reference.handle(&function::event(name)?).await;
        let output = watch.invoke(name)?;
        assert!(output.status.success(), "{name}: {output:?}");
    }
    function::assert_same(&store, &reference).await?;
    let (said, own) = function::metrics(&watch.documents()?)?;
    assert_eq!(said, reference.metrics());
    assert_eq!(own.len(), EVENTS.len());

    let output = watch.invoke("bomb")?;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && told.contains("NonRetryable"),
        "{told}"
    );
    Ok(())
}
