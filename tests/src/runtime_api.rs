//! Lambda's Runtime API, as far as a function needs it, and a function that runs against it: what a function does
//! between two events is then the same as in Lambda, without one.
//!
//! Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail, ensure};
use tempfile::NamedTempFile;

/// How long a function may take for anything that is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often it is checked whether the function still runs.
const LOOK: Duration = Duration::from_millis(100);

/// The answer of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The response to the event.
    Response(String),
    /// The error that it failed with: JSON with `errorType` and `errorMessage`.
    Error(String),
}

/// The API's side of one function.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    /// Dropped to close the connection to the function.
    events: Option<Sender<Vec<u8>>>,
    answers: Receiver<Answer>,
    asked: Receiver<Instant>,
}

/// What all connections of an API share.
struct Far {
    events: Mutex<Receiver<Vec<u8>>>,
    answers: Sender<Answer>,
    asked: Sender<Instant>,
    time_limit: Duration,
}

impl RuntimeApi {
    /// Opens the API for a function whose invocations may take this long.
    ///
    /// # Errors
    /// If no port of the loopback interface can be had.
    pub fn start(time_limit: Duration) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        let address = listener.local_addr()?;
        let (events, events_far) = mpsc::channel();
        let (answers_far, answers) = mpsc::channel();
        let (asked_far, asked) = mpsc::channel();
        let far = Arc::new(Far {
            events: Mutex::new(events_far),
            answers: answers_far,
            asked: asked_far,
            time_limit,
        });
        // The listener ends with the process; on the loopback interface it does no harm until then.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let far = Arc::clone(&far);
                // The side that waits for the answer notices a connection that breaks off.
                thread::spawn(move || far.serve(&stream));
            }
        });
        Ok(Self {
            address,
            events: Some(events),
            answers,
            asked,
        })
    }

    /// Returns the value of `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Hangs up on the function when it asks for its next event: it ends then, in good order.
    pub fn hang_up(&mut self) {
        self.events = None;
    }
}

impl Far {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        let mut number = 0;
        while let Some((path, body)) = request(&mut reader)? {
            if path.ends_with("/invocation/next") {
                let _ = self.asked.send(Instant::now());
                let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
                let Ok(event) = events.recv() else {
                    return Ok(());
                };
                number += 1;
                self.send_event(stream, number, &event)?;
                continue;
            }
            let body = String::from_utf8_lossy(&body).into_owned();
            let answer = if path.ends_with("/response") {
                Answer::Response(body)
            } else {
                Answer::Error(body)
            };
            let _ = self.answers.send(answer);
            let mut stream = stream;
            stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")?;
        }
        Ok(())
    }

    fn send_event(&self, mut stream: &TcpStream, number: u32, event: &[u8]) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let deadline = (now.unwrap_or_default() + self.time_limit).as_millis();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Lambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-{number:012}\r\n\
             Lambda-Runtime-Deadline-Ms: {deadline}\r\n\
             Lambda-Runtime-Invoked-Function-Arn: \
             arn:aws:lambda:us-east-1:123456789012:function:atalaya-ingest\r\n\r\n",
            event.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(event)
    }
}

/// Reads one request: its path and body; `None` at the end of the connection.
pub(crate) fn request(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((path, body)))
}

/// A function's process; dropping it ends it.
#[derive(Debug)]
pub struct Function {
    process: Child,
    api: RuntimeApi,
    started: Instant,
    stdout: Stream,
    stderr: Stream,
}

/// The outcome of one event.
#[derive(Debug)]
pub struct Invocation {
    /// Its answer.
    pub answer: Answer,
    /// Its output on stdout until then.
    pub stdout: String,
    /// Its output on stderr until then.
    pub stderr: String,
}

/// An output stream of the process, written to a file that is read while the process runs.
#[derive(Debug)]
struct Stream(NamedTempFile);

impl Stream {
    fn new() -> anyhow::Result<(Self, File)> {
        let file = NamedTempFile::new().context("cannot make a file for the output")?;
        // Opened twice, so that reading does not move the process's position for writing.
        let far = file.reopen()?;
        Ok((Self(file), far))
    }

    fn read_on(&mut self) -> anyhow::Result<String> {
        let mut text = String::new();
        self.0.read_to_string(&mut text)?;
        Ok(text)
    }
}

impl Function {
    /// Starts a function's binary with an environment of nothing but Lambda's own keys and these.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(binary: &Path, environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_command(Command::new(binary), environment)
    }

    /// Starts a function by a command that runs it, such as a tool that watches it.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start_command(
        mut command: Command,
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let api = RuntimeApi::start(PATIENCE)?;
        let (stdout, stdout_far) = Stream::new()?;
        let (stderr, stderr_far) = Stream::new()?;
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "atalaya-ingest")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(stdout_far)
            .stderr(stderr_far);
        let started = Instant::now();
        let process = command
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self {
            process,
            api,
            started,
            stdout,
            stderr,
        })
    }

    /// Hands it an event and waits for its answer.
    ///
    /// # Errors
    /// If it ends instead, or does not answer within a minute; with its output on stderr.
    pub fn invoke(&mut self, event: &[u8]) -> anyhow::Result<Invocation> {
        let events = self.api.events.as_ref().context("it was hung up on")?;
        events.send(event.to_vec()).context("the API is gone")?;
        let answer = wait(&self.api.answers, &mut self.process);
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => bail!("{error:#}; it said: {}", self.stderr.read_on()?),
        };
        Ok(Invocation {
            answer,
            stdout: self.stdout.read_on()?,
            stderr: self.stderr.read_on()?,
        })
    }

    /// Waits until it asks for its first event and returns how long that took from its start.
    ///
    /// # Errors
    /// If it ends instead, or does not ask within a minute.
    pub fn first_asked(&mut self) -> anyhow::Result<Duration> {
        let asked = wait(&self.api.asked, &mut self.process);
        match asked {
            Ok(asked) => Ok(asked - self.started),
            Err(error) => bail!("{error:#}; it said: {}", self.stderr.read_on()?),
        }
    }

    /// Ends it in good order, by closing the connection, and returns whether it ended successfully
    /// and its output on stderr.
    ///
    /// # Errors
    /// If it does not end within a minute.
    pub fn end(mut self) -> anyhow::Result<(bool, String)> {
        self.api.hang_up();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok((status.success(), self.stderr.read_on()?));
            }
            ensure!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // The process may have ended already; a drop cannot report errors.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for something of a process.
fn wait<T>(receiver: &Receiver<T>, process: &mut Child) -> anyhow::Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match receiver.recv_timeout(LOOK) {
            Ok(got) => return Ok(got),
            Err(RecvTimeoutError::Disconnected) => bail!("the API is gone"),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(status) = process.try_wait()? {
            bail!("the function ended: {status}");
        }
        ensure!(Instant::now() < deadline, "no answer in time");
    }
}
