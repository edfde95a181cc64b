//! A message as plain text, for every channel that has no form of its own.

use std::fmt::Write as _;

use super::{Message, words};
use atalaya_core::alert::AlertEvent;

/// Returns the body.
#[must_use]
pub fn body(message: &Message) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", message.title);
    let _ = writeln!(out, "{}", words::since(message));
    if let Some(owner) = &message.owner {
        let _ = writeln!(out, "owner: {owner}");
    }
    let findings = if message.event == AlertEvent::Resolve {
        "What was wrong"
    } else {
        "What is wrong"
    };
    section(
        &mut out,
        findings,
        message.findings.iter().map(words::finding),
    );
    section(&mut out, "Likely cause", [words::cause(message)]);
    section(
        &mut out,
        "Changes before",
        message.changes.iter().map(words::change),
    );
    section(
        &mut out,
        "Logged most (masked)",
        message.error_kinds.iter().map(words::kind),
    );
    let excerpts = message
        .excerpts
        .iter()
        .map(|excerpt| format!("{} {}", words::second(excerpt.at_ms), excerpt.text));
    section(&mut out, "Log lines (masked)", excerpts);
    section(
        &mut out,
        "Related metrics",
        message.metrics.iter().map(words::metric),
    );
    let links = message.links.iter();
    section(
        &mut out,
        "Links",
        links.map(|link| format!("{}: {}", link.label, link.url)),
    );
    section(
        &mut out,
        "Could not be had",
        message.missing.iter().cloned(),
    );
    let _ = write!(
        out,
        "\nincident {}\nmessage {}\n",
        message.dedup_key, message.id
    );
    out
}

fn section(out: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for line in lines {
        let _ = writeln!(out, "- {line}");
    }
}
