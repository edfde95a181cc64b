//! moto: another stand-in for AWS. Here it holds the alarms and the dashboard, which ministack does
//! not return to Terraform as Terraform wrote them.

use std::net::SocketAddr;

use crate::aws::answers;
use crate::leash;
use crate::server::Server;
use crate::tools::Tool;

/// A running moto; dropping it ends it.
#[derive(Debug)]
pub struct Moto {
    server: Server,
}

impl Moto {
    /// Starts it, in one or two seconds; or returns `None`, with the skip recorded, where it is missing.
    ///
    /// # Errors
    /// If it is missing though `ATALAYA_REQUIRE=all`, or if it does not start.
    pub fn start() -> anyhow::Result<Option<Self>> {
        let Some(program) = Tool::Moto.find("tests in the applied stack")? else {
            return Ok(None);
        };
        let command = |address: SocketAddr| {
            let mut command = leash::command(&program);
            command.args(["--host", &address.ip().to_string()]);
            command.args(["--port", &address.port().to_string()]);
            command
        };
        let ready = |address| answers(&format!("http://{address}/moto-api/data.json"));
        let server = Server::start("moto", command, ready)?;
        Ok(Some(Self { server }))
    }

    /// Returns its address.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address)
    }
}
