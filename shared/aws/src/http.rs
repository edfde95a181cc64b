//! Posts over HTTP, for channels. Addresses are secrets: no error and no debug form shows one.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use atalaya_flow::notify::DeliveryError;
use atalaya_render::channels::Request;
use atalaya_render::channels::answer::{Answer, End};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::time::timeout_at;

use crate::trust::{self, Roots};

/// How long one request may take, with its answer.
const ATTEMPT: Duration = Duration::from_secs(3);

/// The most bytes that are read of an answer's body; no channel's answer comes near.
pub const MAX_BODY: usize = 64 * 1_024;

/// The most headers that are kept of an answer, and the most bytes of one's value.
const MAX_HEADERS: usize = 64;
const MAX_HEADER: usize = 1_024;

/// Posts over HTTP.
#[derive(Debug, Default)]
pub struct HttpClient {
    // Made at the first request: reading the system's roots is most of the cost of a start.
    https: OnceLock<SharedHttpConnector>,
    http: OnceLock<SharedHttpConnector>,
}

impl HttpClient {
    /// Makes one request and returns its answer, whatever its status, by `until` and within three seconds. Redirections
    /// are not followed. Of a body, the first 64 KiB are read; [`Answer::end`] says whether that was all of it.
    ///
    /// # Errors
    /// Worth a retry: no answer in time, a broken connection. Final: an address that is neither
    /// `https` nor on this machine, and a request that cannot be built.
    pub async fn post(&self, request: &Request, until: Instant) -> Result<Answer, DeliveryError> {
        let Some(connector) = self.connector(&request.url) else {
            return Err(DeliveryError::never(
                "address in the secret is no https:// address",
            ));
        };
        let Some(request) = encoded(request) else {
            return Err(DeliveryError::never("address in the secret cannot be used"));
        };
        let until = until.min(Instant::now() + ATTEMPT);
        match timeout_at(until.into(), connector.call(request)).await {
            Err(_) => Err(DeliveryError::later("no answer in time")),
            // The connector's error may hold the address, which is a secret.
            Ok(Err(error)) if error.is_timeout() => Err(DeliveryError::later("no answer in time")),
            Ok(Err(error)) if error.is_user() => {
                Err(DeliveryError::never("request cannot be made"))
            }
            Ok(Err(_)) => Err(DeliveryError::later(
                "cannot be reached, or the connection broke off",
            )),
            Ok(Ok(answer)) => Ok(read(answer, until).await),
        }
    }

    fn connector(&self, address: &str) -> Option<&SharedHttpConnector> {
        let make = |roots| move || SharedHttpConnector::new(trust::connector(roots));
        match safety(address)? {
            Safety::Tls => Some(self.https.get_or_init(make(Roots::Native))),
            Safety::Loopback => Some(self.http.get_or_init(make(Roots::None))),
        }
    }
}

/// The reason why an address may be posted to.
#[derive(Debug, PartialEq, Eq)]
enum Safety {
    Tls,
    /// Plain HTTP that does not leave this machine: tests, and a relay beside the function.
    Loopback,
}

fn safety(address: &str) -> Option<Safety> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    match scheme {
        "https" => Some(Safety::Tls),
        "http" if ["127.0.0.1", "localhost", "[::1]"].contains(&host) => Some(Safety::Loopback),
        _ => None,
    }
}

fn encoded(request: &Request) -> Option<HttpRequest> {
    let mut encoded = HttpRequest::new(SdkBody::from(request.body.as_str()));
    encoded.set_method("POST").ok()?;
    encoded.set_uri(request.url.as_str()).ok()?;
    let headers = encoded.headers_mut();
    for (name, value) in &request.headers {
        headers.try_insert(*name, value.clone()).ok()?;
    }
    headers
        .try_insert("content-length", request.body.len().to_string())
        .ok()?;
    // Lambda freezes a function between invocations, and a connection that was kept alive is dead
    // by the next.
    headers.try_insert("connection", "close").ok()?;
    Some(encoded)
}

async fn read(answer: HttpResponse, until: Instant) -> Answer {
    let status = answer.status().as_u16();
    let headers = answer.headers().iter();
    let headers = headers
        .filter(|(_, value)| value.len() <= MAX_HEADER)
        .take(MAX_HEADERS)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut stream = ByteStream::new(answer.into_body());
    let mut body = Vec::new();
    let end = loop {
        match timeout_at(until.into(), stream.next()).await {
            Err(_) | Ok(Some(Err(_))) => break End::Missing,
            Ok(None) => break End::Whole,
            Ok(Some(Ok(chunk))) => {
                let room = MAX_BODY - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    break End::TooLong;
                }
            }
        }
    };
    Answer {
        status,
        headers,
        body,
        end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_and_this_machine_are_posted_to() {
        for (address, expected) in [
            (
                "https://hooks.slack.example/services/T/B/X",
                Some(Safety::Tls),
            ),
            ("http://127.0.0.1:9000/x", Some(Safety::Loopback)),
            ("http://localhost/x", Some(Safety::Loopback)),
            ("http://[::1]:80/x", Some(Safety::Loopback)),
            ("http://hooks.slack.example/x", None),
            ("http://127.0.0.1@evil.example/x", None),
            ("http://127.0.0.1.evil.example/x", None),
            ("http://localhost#@evil.example", Some(Safety::Loopback)),
            ("ftp://127.0.0.1/x", None),
            ("https://", None),
            ("hooks.slack.example", None),
        ] {
            assert_eq!(safety(address), expected, "{address}");
        }
    }
}
