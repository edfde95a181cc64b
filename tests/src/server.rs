//! A server of the test bed: a program on a leash, on a free port of the loopback interface;
//! starting it waits until it is ready.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::net::SocketAddr;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};

use crate::bed::free_address;

/// How long a start may take: seconds on a quiet machine, ten times as long on a busy one.
const START: Duration = Duration::from_mins(1);

/// A free port can be taken by another program before the server binds it; then another one is tried.
const ATTEMPTS: u32 = 3;

/// A running server; dropping it ends the program.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    output: File,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts the program that `command` makes for an address, a command on a leash, and waits until it is `ready`.
    ///
    /// # Errors
    /// If it ends early or is not ready within a minute; the error carries the program's own output.
    pub(crate) fn start(
        name: &str,
        command: impl Fn(SocketAddr) -> Command,
        ready: impl Fn(SocketAddr) -> bool,
    ) -> anyhow::Result<Self> {
        let mut fault = anyhow!("no attempt was made");
        for _ in 0..ATTEMPTS {
            let address = free_address().context("no free port")?;
            let output = tempfile::tempfile().context("cannot make a file for the output")?;
            let mut command = command(address);
            command
                .stdout(output.try_clone()?)
                .stderr(output.try_clone()?);
            let process = command.spawn().context("cannot start sh")?;
            let mut server = Self {
                process,
                output,
                address,
            };
            match server.wait_until(&ready) {
                Ok(()) => return Ok(server),
                Err(error) => fault = error.context(server.said()),
            }
        }
        Err(fault.context(format!("{name} did not start in {ATTEMPTS} attempts")))
    }

    fn wait_until(&mut self, ready: impl Fn(SocketAddr) -> bool) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        while !ready(self.address) {
            if let Some(status) = self.process.try_wait()? {
                bail!("it ended by itself: {status}");
            }
            if Instant::now() >= deadline {
                bail!("it did not answer within {} s", START.as_secs());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Returns the program's output so far, for an error.
    pub(crate) fn said(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = self
            .output
            .rewind()
            .and_then(|()| self.output.read_to_end(&mut bytes));
        match read {
            Ok(_) => format!("it said: {}", String::from_utf8_lossy(&bytes).trim()),
            Err(error) => format!("what it said cannot be read: {error}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Letting go of the leash ends it; a drop cannot report that the wait for it failed.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
