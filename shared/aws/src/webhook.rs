//! Posts JSON to web hooks. Their addresses are secrets: no error and no debug form shows one.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use atalaya_flow::notify::DeliveryError;
use atalaya_flow::store::Retry;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use tokio::time::{sleep, timeout};

use crate::trust::{self, Roots};

/// How often a web hook is tried within one delivery.
const ATTEMPTS: u32 = 3;
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(3);
/// The wait after the first attempt, doubled after each; what `Retry-After` says comes before it.
const WAIT: Duration = Duration::from_millis(200);

/// Posts to web hooks.
#[derive(Debug, Default)]
pub struct Webhooks {
    // Made at the first delivery: reading the system's roots is most of the cost of a start.
    https: OnceLock<SharedHttpConnector>,
    http: OnceLock<SharedHttpConnector>,
}

/// What one attempt came to, where it was not a success.
#[derive(Debug)]
struct Failed {
    error: DeliveryError,
    wait: Option<Duration>,
}

impl Webhooks {
    /// Posts `body`, a JSON text, until `until` at the latest. `key` is the same for the same message: a receiver can know
    /// one again that was sent twice.
    ///
    /// # Errors
    /// Worth another try: no answer, a broken connection, the statuses 408, 425, 429 and 5xx; all other answers but
    /// success are final, and so is an address that is neither `https` nor on this machine.
    pub async fn post(
        &self,
        address: &str,
        key: &str,
        body: &str,
        until: Instant,
    ) -> Result<(), DeliveryError> {
        let Some(connector) = self.connector(address) else {
            return Err(never("address in the secret is no https:// address"));
        };
        let mut attempt = 1;
        loop {
            let Err(failed) = once(connector, address, key, body, until).await else {
                return Ok(());
            };
            let wait = failed.wait.unwrap_or(WAIT * 2_u32.pow(attempt - 1));
            let enough = Instant::now() + wait < until;
            if failed.error.retry == Retry::Never || attempt == ATTEMPTS || !enough {
                return Err(failed.error);
            }
            sleep(wait).await;
            attempt += 1;
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

/// Why an address may be posted to.
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

async fn once(
    connector: &SharedHttpConnector,
    address: &str,
    key: &str,
    body: &str,
    until: Instant,
) -> Result<(), Failed> {
    let request = request(address, key, body).ok_or_else(|| Failed {
        error: never("address in the secret cannot be used"),
        wait: None,
    })?;
    let left = until.saturating_duration_since(Instant::now()).min(ATTEMPT);
    let later = |words: &str| Failed {
        error: DeliveryError {
            words: words.into(),
            retry: Retry::Later,
        },
        wait: None,
    };
    match timeout(left, connector.call(request)).await {
        Err(_) => Err(later("no answer in time")),
        // The connector's own words may hold the address.
        Ok(Err(error)) if error.is_timeout() => Err(later("no answer in time")),
        Ok(Err(error)) if error.is_user() => Err(Failed {
            error: never("request cannot be made"),
            wait: None,
        }),
        Ok(Err(_)) => Err(later("cannot be reached, or the connection broke off")),
        Ok(Ok(answer)) => judged(&answer),
    }
}

fn request(address: &str, key: &str, body: &str) -> Option<HttpRequest> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").ok()?;
    request.set_uri(address).ok()?;
    let headers = request.headers_mut();
    headers
        .try_insert("content-type", "application/json; charset=utf-8")
        .ok()?;
    headers
        .try_insert("content-length", body.len().to_string())
        .ok()?;
    headers.try_insert("idempotency-key", key.to_owned()).ok()?;
    // A function is frozen between invocations, and a connection that was kept is dead by the next.
    headers.try_insert("connection", "close").ok()?;
    Some(request)
}

fn judged(answer: &HttpResponse) -> Result<(), Failed> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let passing = matches!(status.as_u16(), 408 | 425 | 429) || status.is_server_error();
    let wait = answer.headers().get("retry-after");
    Err(Failed {
        error: DeliveryError {
            words: format!("answered {}", status.as_u16()),
            retry: if passing { Retry::Later } else { Retry::Never },
        },
        wait: wait
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs),
    })
}

fn never(words: &str) -> DeliveryError {
    DeliveryError {
        words: words.into(),
        retry: Retry::Never,
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

    #[test]
    fn the_status_says_whether_to_try_again() {
        for (status, after, retry, wait) in [
            (500, None, Retry::Later, None),
            (503, Some("2"), Retry::Later, Some(2)),
            (429, Some("30"), Retry::Later, Some(30)),
            (
                429,
                Some("Wed, 21 Oct 2026 07:28:00 GMT"),
                Retry::Later,
                None,
            ),
            (404, None, Retry::Never, None),
            (400, None, Retry::Never, None),
            (302, None, Retry::Never, None),
        ] {
            let status = status_of(status);
            let mut answer = HttpResponse::new(status, SdkBody::empty());
            if let Some(after) = after {
                answer.headers_mut().insert("retry-after", after);
            }
            let failed = judged(&answer).expect_err("is no success");
            assert_eq!(failed.error.retry, retry, "{status}");
            assert_eq!(failed.wait, wait.map(Duration::from_secs), "{status}");
        }
        assert!(judged(&HttpResponse::new(status_of(202), SdkBody::empty())).is_ok());
    }

    fn status_of(status: u16) -> aws_smithy_runtime_api::http::StatusCode {
        status.try_into().expect("is a status")
    }
}
