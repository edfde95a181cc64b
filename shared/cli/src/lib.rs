//! The `atalaya` command as a library: what it reads (`input`) and what it can do, one module for each subcommand.

pub mod args;
pub mod input;
pub mod replay;
pub mod simulate;
