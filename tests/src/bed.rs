//! DynamoDB Local, AWS's own stand-in for DynamoDB, started for the tests and stopped after them.
//!
//! It has no option to listen on the loopback interface alone, so it is reachable from outside for
//! as long as a test runs; it holds test data only.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{self, Path, PathBuf};
use std::process::Child;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};

use crate::leash;
use crate::tools::Tool;

/// How long a start may take: seconds on a quiet machine, ten times as long on a busy one.
const START: Duration = Duration::from_mins(1);

/// A free port can be taken by another program before Java binds it; then another one is tried.
const ATTEMPTS: u32 = 3;

/// Where a server keeps its tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In memory: gone with the server.
    Memory,
    /// In an existing folder, where a later server finds the tables again.
    Folder(PathBuf),
}

/// A running DynamoDB Local; dropping it ends the server.
#[derive(Debug)]
pub struct DynamoDbLocal {
    server: Child,
    endpoint: String,
}

impl DynamoDbLocal {
    /// Returns the server that all tests of this process share, started by the first that asks
    /// (2 to 6 s); or `None`, with the skip recorded, where a tool is missing.
    ///
    /// The tables of all tests share one space: give yours a name of its own.
    ///
    /// # Errors
    ///
    /// As [`DynamoDbLocal::start`]; every test that asks gets the error of the one start.
    pub fn shared() -> anyhow::Result<Option<&'static Self>> {
        static SHARED: OnceLock<anyhow::Result<Option<DynamoDbLocal>>> = OnceLock::new();
        match SHARED.get_or_init(|| Self::start(&Storage::Memory)) {
            Ok(server) => Ok(server.as_ref()),
            Err(error) => Err(anyhow!("{error:#}")),
        }
    }

    /// Starts a server of one's own and waits until it answers; or returns `None`, with the skip
    /// recorded, where a tool is missing.
    ///
    /// # Errors
    ///
    /// If a tool is missing though `ATALAYA_REQUIRE=all`, or if the server ends early or
    /// does not answer within a minute; the error then carries the server's own output.
    pub fn start(storage: &Storage) -> anyhow::Result<Option<Self>> {
        const WANTED_BY: &str = "DynamoDB Local tests";
        let (Some(jar), Some(java)) = (
            Tool::DynamoDbJar.find(WANTED_BY)?,
            Tool::Java.find(WANTED_BY)?,
        ) else {
            return Ok(None);
        };
        let mut fault = anyhow!("no attempt was made");
        for _ in 0..ATTEMPTS {
            match Self::launch(&java, &jar, storage) {
                Ok(server) => return Ok(Some(server)),
                Err(error) => fault = error,
            }
        }
        Err(fault.context(format!(
            "DynamoDB Local did not start in {ATTEMPTS} attempts"
        )))
    }

    /// Returns the address to give to a client, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn launch(java: &Path, jar: &Path, storage: &Storage) -> anyhow::Result<Self> {
        let address = free_address().context("no free port")?;
        let mut output = tempfile::tempfile().context("cannot make a file for the output")?;
        let home = jar.parent().context("the jar has no folder")?;

        let mut command = leash::command(java);
        command.arg(library_path(home)).arg("-jar").arg(jar);
        command.args([
            "-sharedDb",
            "-disableTelemetry",
            "-port",
            &address.port().to_string(),
        ]);
        // The server leaves a file in the folder it runs in, which must not be one of ours.
        command.current_dir(home);
        match storage {
            Storage::Memory => command.arg("-inMemory"),
            Storage::Folder(folder) => command.arg("-dbPath").arg(path::absolute(folder)?),
        };
        command
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?);

        let server = command.spawn().context("cannot start sh")?;
        let mut guard = Self {
            server,
            endpoint: format!("http://{address}"),
        };
        guard
            .wait_until_ready(address)
            .with_context(|| said(&mut output))?;
        Ok(guard)
    }

    fn wait_until_ready(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        while !answers(address) {
            if let Some(status) = self.server.try_wait()? {
                bail!("the server ended by itself: {status}");
            }
            if Instant::now() >= deadline {
                bail!("the server did not answer within {} s", START.as_secs());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for DynamoDbLocal {
    fn drop(&mut self) {
        // Letting go of the leash ends the server in good order; a drop cannot report that the wait
        // for it failed.
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}

/// Returns the argument that gives Java the path of the store's native library.
fn library_path(home: &Path) -> OsString {
    let mut argument = OsString::from("-Djava.library.path=");
    argument.push(home.join("DynamoDBLocal_lib"));
    argument
}

/// Returns a loopback address whose port was free a moment ago.
///
/// # Errors
///
/// If the loopback interface has no free port.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Returns whether a DynamoDB answers there: even its refusal of an unsigned request names it.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> io::Result<String> {
        let patience = Duration::from_secs(5);
        let mut stream = TcpStream::connect_timeout(&address, patience)?;
        stream.set_read_timeout(Some(patience))?;
        write!(
            stream,
            "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains("dynamodb"))
}

/// Returns the server's output so far, for an error.
fn said(output: &mut File) -> String {
    let mut text = String::new();
    let read = output
        .rewind()
        .and_then(|()| output.read_to_string(&mut text));
    match read {
        Ok(_) => format!("the server said: {}", text.trim()),
        Err(error) => format!("what the server said cannot be read: {error}"),
    }
}
