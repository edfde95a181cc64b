//! The built command, run as its users run it: in a folder of files, with what it prints and says, and how it ends.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A line of a request that was served.
pub(crate) const REQUEST: &str = r#"{"timestamp":"2026-01-05T00:00:01.000Z","level":"info","service":"loan-api","message":"request completed","method":"GET","path":"/loan/40761","status":200,"latency_ms":42.7,"trace_id":"1-695aff14-6053604ec1b06da8f8e78ce7"}"#;

/// Returns the command, whatever the terminal of these tests says of colours.
pub(crate) fn atalaya() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atalaya"));
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// Runs the command in a folder.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    let output = atalaya().current_dir(folder).args(arguments).output();
    output.expect("the command starts")
}

/// Runs the command with a text on standard input.
pub(crate) fn run_with(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = atalaya()
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A command that is misused ends before it reads.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

/// Returns a folder with these files.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("lies in the folder")).expect("can be made");
        fs::write(path, content).expect("can be written");
    }
    folder
}

/// Returns what was printed or said.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns the JSON lines that were printed.
pub(crate) fn lines(output: &Output) -> Vec<Value> {
    let lines = text(&output.stdout);
    let parse = |line: &str| serde_json::from_str(line).expect("each line is JSON");
    lines.lines().map(parse).collect()
}
