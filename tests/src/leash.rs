//! Programs on a leash: they end when the test lets go of them, and also when it dies in any other way.

use std::path::Path;
use std::process::{Command, Stdio};

/// Becomes the program; a watcher ends it, in good order, when its stdin closes.
const LEASH: &str =
    r#"exec 3<&0; { read -r _ <&3; kill "$$"; } >/dev/null 2>&1 & exec "$@" 3<&- </dev/null"#;

/// Returns a command for a program that ends when its child's `stdin` is dropped.
#[must_use]
pub fn command(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", LEASH, "leash"]).arg(program);
    command.stdin(Stdio::piped());
    command
}
