//! ministack: most of AWS in one process, in memory, with functions that really run. Its
//! differences from AWS that matter here are listed at [`Ministack`].

use std::net::SocketAddr;

use crate::aws::{Aws, answers};
use crate::leash;
use crate::server::Server;
use crate::tools::Tool;

/// A running ministack; dropping it ends it, and its functions with it.
///
/// Differences from AWS: a log subscription invokes its function once and without the alias, with
/// neither retry nor failure destination; the destination of asynchronous invocations is looked up
/// on the unqualified function alone; signatures and permissions are not checked; log events may be
/// of any age.
#[derive(Debug)]
pub struct Ministack {
    server: Server,
}

impl Ministack {
    /// Starts it, in about a second; or returns `None`, with the skip recorded, where it is missing.
    ///
    /// # Errors
    /// If it is missing though `ATALAYA_REQUIRE=all`, or if it does not start.
    pub fn start() -> anyhow::Result<Option<Self>> {
        let Some(program) = Tool::Ministack.find("tests in the applied stack")? else {
            return Ok(None);
        };
        let command = |address: SocketAddr| {
            let mut command = leash::command(&program);
            command
                // By default it would listen on all interfaces.
                .env("BIND_HOST", address.ip().to_string())
                .env("GATEWAY_PORT", address.port().to_string())
                // The endpoint that it passes to its functions, which would call AWS otherwise.
                .env("AWS_ENDPOINT_URL", format!("http://{address}"))
                .env("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "0.2");
            command
        };
        let ready = |address| answers(&format!("http://{address}/_ministack/health"));
        let server = Server::start("ministack", command, ready)?;
        Ok(Some(Self { server }))
    }

    /// Returns the address of all its services.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Returns a client of it.
    #[must_use]
    pub fn aws(&self) -> Aws {
        Aws::at(self.endpoint())
    }

    /// Returns its output so far, for an error.
    pub fn said(&mut self) -> String {
        self.server.said()
    }
}
