//! microburst: a proxy in front of a service that sometimes answers in the service's place, with
//! throttling as AWS does under load.

use std::net::SocketAddr;

use anyhow::Context as _;
use serde_json::json;

use crate::aws::{answers, get_json, send_json};
use crate::leash;
use crate::server::Server;
use crate::tools::Tool;

/// A running microburst; dropping it ends it.
#[derive(Debug)]
pub struct Microburst {
    server: Server,
}

impl Microburst {
    /// Starts it in front of an address, letting all through; or returns `None`, with the skip recorded, where it is
    /// missing.
    ///
    /// # Errors
    /// If it is missing though `ATALAYA_REQUIRE=all`, or if it does not start.
    pub fn start(upstream: &str) -> anyhow::Result<Option<Self>> {
        let Some(program) = Tool::Microburst.find("tests of throttling")? else {
            return Ok(None);
        };
        let command = |address: SocketAddr| {
            let mut command = leash::command(&program);
            command.args(["--upstream", upstream, "--no-resign"]);
            command.args(["--host", &address.ip().to_string()]);
            command.args(["--port", &address.port().to_string()]);
            command
        };
        let ready = |address| answers(&format!("http://{address}/_microburst/health"));
        let server = Server::start("microburst", command, ready)?;
        Ok(Some(Self { server }))
    }

    /// Returns the address to use in place of the service's own.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Throttles this share of DynamoDB's operations, 0 to 1, from now on.
    ///
    /// # Errors
    /// If it refuses the rule.
    pub fn throttle(&self, share: f64) -> anyhow::Result<()> {
        let rules = if share > 0.0 {
            json!([{
                "service": "dynamodb", "probability": share,
                "error": { "code": "ProvisionedThroughputExceededException" },
            }])
        } else {
            json!([])
        };
        send_json(&self.control("rules"), &rules).context("microburst refuses the rule")?;
        Ok(())
    }

    /// Returns how often it answered in the service's place, as far back as its record goes.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn throttled(&self) -> anyhow::Result<usize> {
        let fired = get_json(&self.control("fired?limit=1000000"))?;
        Ok(fired.as_array().context("it tells no list")?.len())
    }

    fn control(&self, tail: &str) -> String {
        format!("{}/_microburst/{tail}", self.endpoint())
    }
}
