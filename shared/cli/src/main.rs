//! The `atalaya` command; see `shared/cli/src/lib.rs`.

fn main() {}
