//! Rows of real lines, a file for each kind of server, and what no line may do.

mod access;
mod aws;
mod complaints;
mod databases;
mod middleware;
mod page;
mod properties;
mod proxies;
mod wrappers;

use super::{balancer, complaint, database, lambda, proxy};
use crate::record::Fields;
use crate::record::tests::show;

/// Reads one form of line, or refuses.
type Reader = for<'a> fn(&'a str) -> Option<Fields<'a>>;

/// Every reader of a server's form.
const READERS: &[(&str, Reader)] = &[
    ("access", super::access::read),
    ("middleware", super::middleware::read),
    ("alb", balancer::alb),
    ("elb", balancer::elb),
    ("s3", balancer::s3),
    ("cloudfront", balancer::cloudfront),
    ("gateway", balancer::gateway),
    ("iis", balancer::iis),
    ("flow", balancer::flow),
    ("haproxy", proxy::haproxy),
    ("envoy", proxy::envoy),
    ("envoy_own", proxy::envoy_own),
    ("squid", proxy::squid),
    ("caddy", proxy::caddy),
    ("nginx", complaint::nginx),
    ("apache", complaint::apache),
    ("lighttpd", complaint::lighttpd),
    ("jetty", complaint::jetty),
    ("tomcat", complaint::tomcat),
    ("postgres", database::postgres),
    ("postgres_csv", database::postgres_csv),
    ("pgbouncer", database::pgbouncer),
    ("mysql", database::mysql),
    ("mysql_slow", database::mysql_slow),
    ("redis", database::redis),
    ("rabbitmq", database::rabbitmq),
    ("kafka", database::kafka),
    ("elasticsearch", database::elasticsearch),
    ("nats", database::nats),
    ("platform", lambda::platform),
    ("printed", lambda::printed),
    ("python", lambda::python),
];

/// Compares each line's form and fields with what is expected of it; no two readers may want one line,
/// but for Envoy's, which is an access line with more behind it, and is tried first. All rows are compared, and those
/// that are wrong are named by their lines.
#[track_caller]
fn check(rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (row, (line, expected)) in (1..).zip(rows) {
        let fields = super::read(line);
        let found = format!("{}: {}", fields.format.name(), show(&fields));
        if found != *expected {
            wrong.push(format!(
                "row {row}: {line}\n    found    {found}\n    expected {expected}"
            ));
        }
        let wanted = READERS
            .iter()
            .filter(|(_, read)| read(line.trim_end()).is_some());
        let wanted: Vec<_> = wanted.map(|(name, _)| *name).collect();
        if wanted.len() > 1 && wanted != ["access", "envoy"] {
            wrong.push(format!("row {row}: {line}\n    {wanted:?} all want it"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} faults in {} rows:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}
