//! The `atalaya` command; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    atalaya_cli::run(std::env::args_os())
}
