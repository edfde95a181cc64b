//! Rows of real lines, a room for each kind of server, and what no line may do.

mod access;
mod aws;
mod complaints;
mod databases;
mod middleware;
mod page;
mod properties;
mod proxies;
mod wrappers;

use crate::record::tests::show;

/// Compares each line's form and fields with what is expected of it.
#[track_caller]
fn check(rows: &[(&str, &str)]) {
    for (line, expected) in rows {
        let fields = super::read(line);
        let found = format!("{}: {}", fields.format.name(), show(&fields));
        assert_eq!(found, *expected, "{line}");
    }
}
