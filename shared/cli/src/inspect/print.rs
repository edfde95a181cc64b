//! Prints records, for a person or for a program.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Output;
use super::record::Shown;
use crate::input::InputKind;

/// Prints the records of one file.
pub(super) struct Printer<'a, W> {
    out: &'a mut W,
    output: Output,
}

impl<'a, W: Write> Printer<'a, W> {
    pub(super) const fn new(out: &'a mut W, output: Output) -> Self {
        Self { out, output }
    }

    /// Prints the kind that was recognised for a file.
    pub(super) fn heading(&mut self, source: &str, kind: InputKind) -> io::Result<()> {
        if self.output == Output::Text {
            let bold = Style::new().bold();
            writeln!(self.out, "{bold}{source}{bold:#} ({kind})")?;
        }
        Ok(())
    }

    pub(super) fn record(&mut self, shown: &Shown) -> io::Result<()> {
        match self.output {
            Output::Json => {
                serde_json::to_writer(&mut self.out, shown)?;
                self.out.write_all(b"\n")
            }
            Output::Text => self.text(shown),
        }
    }

    /// Prints a line with number, time, level and message, and one with the other fields where there are any.
    fn text(&mut self, shown: &Shown) -> io::Result<()> {
        let dim = Style::new().dimmed();
        let time = shown
            .timestamp_ms
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
            .map_or_else(|| "-".to_owned(), |time| format!("{time:.3}"));
        let level = shown.level.unwrap_or("-");
        let style = colour(level);
        let message = printable(shown.message.as_deref().unwrap_or_default());
        writeln!(
            self.out,
            "{dim}{:>6}{dim:#}  {time:<24}  {style}{level:<5}{style:#}  {message}",
            shown.first_line
        )?;
        let request = [&shown.method, &shown.path]
            .into_iter()
            .flatten()
            .map(|word| printable(word))
            .collect::<Vec<_>>()
            .join(" ");
        let mut facts = Vec::new();
        if !request.is_empty() {
            facts.push(request);
        }
        let named = [
            ("route", shown.route.clone()),
            ("status", shown.status.map(|status| status.to_string())),
            ("latency", shown.latency_ms.map(|ms| format!("{ms} ms"))),
            ("service", shown.service.clone()),
            ("dependency", shown.dependency.clone()),
            ("error", shown.error_type.clone()),
            ("caused by", shown.error_cause.clone()),
            ("trace", shown.trace_id.clone()),
        ];
        for (name, value) in named {
            facts.extend(value.map(|value| format!("{name} {}", printable(&value))));
        }
        let joined = shown.last_line - shown.first_line;
        if joined > 0 {
            facts.push(format!("{joined} more lines joined"));
        }
        if !facts.is_empty() {
            writeln!(self.out, "{dim}{:>8}{}{dim:#}", "", facts.join(" · "))?;
        }
        let mut by_rule: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (field, rule) in &shown.rules {
            by_rule.entry(rule).or_default().push(field);
        }
        let by_rule: Vec<_> = { by_rule.iter() }
            .map(|(rule, fields)| format!("{} by {}", fields.join(", "), printable(rule)))
            .collect();
        if !by_rule.is_empty() {
            writeln!(self.out, "{dim}{:>8}{}{dim:#}", "", by_rule.join(" · "))?;
        }
        Ok(())
    }
}

/// Removes characters that would move the cursor or colour the rest of the screen.
fn printable(text: &str) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    plain.chars().map(shown).collect()
}

fn colour(level: &str) -> Style {
    let colour = match level {
        "fatal" | "error" => AnsiColor::Red,
        "warn" => AnsiColor::Yellow,
        "info" => AnsiColor::Green,
        "debug" | "trace" => AnsiColor::Blue,
        _ => return Style::new(),
    };
    colour.on_default()
}
