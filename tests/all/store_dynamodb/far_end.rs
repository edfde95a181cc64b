//! A far end that fails on demand: a proxy in front of DynamoDB Local, which itself never throttles
//! and loses no answer.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// How the proxy treats a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// The request is forwarded, and so is the answer.
    Forward,
    /// The request is forwarded, and the connection breaks off before the answer.
    LoseAnswer,
    /// The request is answered with this status and error, and never forwarded.
    Refuse(u16, &'static str),
}

/// A text that is in every refusal: a value from a log line, as AWS's messages may repeat it.
pub(super) const LOG_TEXT: &str = "hush-log-text";

/// A running far end. Its threads end with the test process.
pub(super) struct FarEnd {
    pub(super) endpoint: String,
    script: Arc<Mutex<Script>>,
}

struct Script {
    first: VecDeque<Act>,
    then: Act,
    requests: usize,
}

impl FarEnd {
    /// Starts a far end in front of `server` that treats the first requests as `first` says, and
    /// all others as `then` says.
    pub(super) fn start(server: &str, first: &[Act], then: Act) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let script = Arc::new(Mutex::new(Script {
            first: first.iter().copied().collect(),
            then,
            requests: 0,
        }));
        let server = server.trim_start_matches("http://").to_owned();
        let shared = Arc::clone(&script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, script) = (server.clone(), Arc::clone(&shared));
                // Some tests are about clients that disconnect half-way, so this is no error.
                thread::spawn(move || drop(serve(stream, &server, &script)));
            }
        });
        Ok(Self { endpoint, script })
    }

    /// Returns how many requests were received so far.
    pub(super) fn requests(&self) -> usize {
        let script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.requests
    }
}

/// Serves one request; the connection is closed after it.
fn serve(mut client: TcpStream, server: &str, script: &Mutex<Script>) -> io::Result<()> {
    let request = read_request(&client)?;
    let act = {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        script.requests += 1;
        script.first.pop_front().unwrap_or(script.then)
    };
    match act {
        Act::Refuse(status, code) => {
            let body = format!(r#"{{"__type":"com.amazonaws#{code}","message":"{LOG_TEXT}"}}"#);
            write!(
                client,
                "HTTP/1.1 {status} Refused\r\nContent-Type: application/x-amz-json-1.0\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
        }
        Act::Forward => client.write_all(&forward(&request, server)?),
        Act::LoseAnswer => forward(&request, server).map(drop),
    }
}

/// Reads head and body of a request, and asks in its head for the connection to be closed after the answer.
fn read_request(client: &TcpStream) -> io::Result<Vec<u8>> {
    let mut client = BufReader::new(client);
    let mut request = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if client.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            request.extend_from_slice(b"connection: close\r\n\r\n");
            break;
        }
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        request.extend_from_slice(line.as_bytes());
    }
    let head = request.len();
    request.resize(head + length, 0);
    client.read_exact(&mut request[head..])?;
    Ok(request)
}

fn forward(request: &[u8], server: &str) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(server)?;
    server.write_all(request)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    Ok(answer)
}
