//! A stand-in for everything that `notify` calls except the table, on one port of the loopback
//! interface: SNS, SSM's parameters, CloudWatch's metrics, and a web hook. It records the requests
//! that it got.
//!
//! Source of the forms: the API references of SNS `Publish` (query protocol), SSM `GetParameter` (JSON 1.1) and CloudWatch
//! `GetMetricData` (Smithy RPC v2 CBOR, which the SDK speaks).

use std::collections::VecDeque;
use std::io::{self, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::runtime_api::request;

/// The path of the web hook: a secret, which must stand in no log.
pub const SECRET_PATH: &str = "/services/hush-slack-path";

/// The path at which a topic's subscriber listens.
pub const TOPIC_PATH: &str = "/topic";

/// The one parameter that exists; all others are not found.
pub const PARAMETER: &str = "/atalaya/slack";

/// A running far end. Its threads end with the test process.
#[derive(Debug)]
pub struct FarEnd {
    endpoint: String,
    state: Arc<Mutex<State>>,
}

/// What the web hook does once, instead of taking a message with the status 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It answers: status, header lines that each end in `\r\n`, and body.
    Answer(u16, &'static str, String),
    /// It closes the connection without an answer.
    Drop,
    /// It does not answer for ten seconds.
    Silence,
    /// It answers with this status and the first bytes of a body; the rest does not arrive for ten
    /// seconds.
    Stall(u16),
}

#[derive(Debug, Default)]
struct State {
    posts: Vec<Value>,
    published: Vec<String>,
    notified: Vec<Value>,
    replies: VecDeque<Reply>,
    attempts: u32,
    parameters: u32,
}

impl FarEnd {
    /// Starts it.
    ///
    /// # Errors
    /// If no port of the loopback interface can be had.
    pub fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, own) = (Arc::clone(&state), endpoint.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, own) = (Arc::clone(&shared), own.clone());
                // The client that waits for the answer notices a connection that breaks off.
                thread::spawn(move || drop(serve(&stream, &state, &own)));
            }
        });
        Ok(Self { endpoint, state })
    }

    /// Returns its address.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Lets the web hook answer 500 so many times more.
    pub fn refuse(&self, times: u32) {
        for _ in 0..times {
            self.reply(Reply::Answer(500, "", "hush".into()));
        }
    }

    /// Lets the web hook do this once, after the acts that were queued before.
    pub fn reply(&self, reply: Reply) {
        locked(&self.state).replies.push_back(reply);
    }

    /// Returns how many requests the web hook got since the last call.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        std::mem::take(&mut locked(&self.state).attempts)
    }

    /// Returns the messages that the web hook took since the last call.
    #[must_use]
    pub fn posts(&self) -> Vec<Value> {
        std::mem::take(&mut locked(&self.state).posts)
    }

    /// Returns the bodies of the publications since the last call, form-encoded.
    #[must_use]
    pub fn published(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.state).published)
    }

    /// Returns what a topic sent to its subscriber since the last call, confirmations included.
    #[must_use]
    pub fn notified(&self) -> Vec<Value> {
        std::mem::take(&mut locked(&self.state).notified)
    }

    /// Returns how often a parameter was asked for.
    #[must_use]
    pub fn parameters_asked(&self) -> u32 {
        locked(&self.state).parameters
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, state: &Mutex<State>, own: &str) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some((path, body)) = request(&mut reader)? {
        if path == SECRET_PATH {
            let reply = {
                let mut state = locked(state);
                state.attempts += 1;
                state.replies.pop_front()
            };
            if let Some(reply) = reply {
                return replied(stream, &reply);
            }
        }
        let (status, headers, answer) = answer(&path, &body, &mut locked(state), own);
        let mut stream = stream;
        write!(
            stream,
            "HTTP/1.1 {status} Answered\r\n{headers}Content-Length: {}\r\n\r\n",
            answer.len()
        )?;
        stream.write_all(&answer)?;
    }
    Ok(())
}

/// Performs the web hook's next act, and then closes the connection.
fn replied(mut stream: &TcpStream, reply: &Reply) -> io::Result<()> {
    const STALL: Duration = Duration::from_secs(10);
    match reply {
        Reply::Answer(status, headers, body) => {
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} Answered\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
            )?;
        }
        Reply::Drop => {}
        Reply::Silence => thread::sleep(STALL),
        Reply::Stall(status) => {
            write!(
                stream,
                "HTTP/1.1 {status} Answered\r\nContent-Length: 99\r\n\r\nhush"
            )?;
            stream.flush()?;
            thread::sleep(STALL);
        }
    }
    Ok(())
}

fn answer(path: &str, body: &[u8], state: &mut State, own: &str) -> (u16, &'static str, Vec<u8>) {
    const JSON: &str = "Content-Type: application/x-amz-json-1.1\r\n";
    let text = String::from_utf8_lossy(body).into_owned();
    if path == SECRET_PATH {
        state
            .posts
            .push(serde_json::from_str(&text).unwrap_or(Value::String(text)));
        return (200, "", b"ok".to_vec());
    }
    if path == TOPIC_PATH {
        let notification = serde_json::from_str(&text).unwrap_or(Value::String(text));
        state.notified.push(notification);
        return (200, "", Vec::new());
    }
    if path.ends_with("/operation/GetMetricData") {
        return (
            200,
            "smithy-protocol: rpc-v2-cbor\r\nContent-Type: application/cbor\r\n",
            figures(),
        );
    }
    if text.starts_with("Action=Publish&") {
        state.published.push(text);
        let answer = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
            <MessageId>1</MessageId></PublishResult></PublishResponse>";
        return (200, "Content-Type: text/xml\r\n", answer.into());
    }
    state.parameters += 1;
    let asked: Value = serde_json::from_str(&text).unwrap_or_default();
    if asked["Name"] == PARAMETER && asked["WithDecryption"] == true {
        let value = format!("{own}{SECRET_PATH}");
        let answer = json!({"Parameter": {"Name": PARAMETER, "Value": value}});
        return (200, JSON, answer.to_string().into());
    }
    let answer = json!({"__type": "ParameterNotFound"});
    (400, JSON, answer.to_string().into())
}

/// The seventh metric of a request (`m6`) was 45 once in 2026's first second and is 87 in the year
/// 2100; the others have no data.
fn figures() -> Vec<u8> {
    let text = |text: &str| {
        let mut out = vec![0x60 + text.len() as u8];
        out.extend_from_slice(text.as_bytes());
        out
    };
    let number = |x: f64| [&[0xfb][..], &x.to_be_bytes()].concat();
    let moment = |seconds: f64| [vec![0xc1], number(seconds)].concat();
    [
        vec![0xa1],
        text("MetricDataResults"),
        vec![0x81, 0xa3],
        text("Id"),
        text("m6"),
        text("Timestamps"),
        vec![0x82],
        moment(1_767_225_600.0),
        moment(4_102_444_800.0),
        text("Values"),
        vec![0x82],
        number(45.0),
        number(87.0),
    ]
    .concat()
}
