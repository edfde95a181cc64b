//! A backtest as text for a person: each incident, the totals, and the differences between the two
//! settings.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use atalaya_core::detect::Severity;

use super::Run;
use super::difference::{Change, Stretch, name};
use super::past::{Past, PastAlert};
use super::totals::{Counts, Totals};
use crate::replay::{duration, grouped, moment, plural};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default();
const GOOD: Style = AnsiColor::Green.on_default();
const PLAIN: Style = Style::new();

/// Returns everything, ready to be printed.
pub(super) fn written(config: &Run, against: Option<(&Run, &[Stretch<'_>])>) -> String {
    let mut text = heading(&config.past);
    text.push_str(&told(config));
    if let Some((against, stretches)) = against {
        text.push_str(&told(against));
        text.push_str(&differences(config, against, stretches));
    }
    text
}

fn heading(past: &Past) -> String {
    let received = past.ledger.received;
    let events = if received == 1 { "event" } else { "events" };
    let mut text = format!("{BOLD}{} log {events}{BOLD:#}", grouped(received));
    if let (Some((first, _)), Some(end_ms)) = (past.span, past.end_ms()) {
        let first_ms = first.start_ms();
        let (from, to, lasted) = (
            moment(first_ms),
            moment(end_ms),
            duration(end_ms - first_ms),
        );
        let _ = write!(
            text,
            "{DIM}, {from} – {to} UTC, {lasted} of event time{DIM:#}"
        );
    }
    if past.ledger.duplicates > 0 {
        let known = grouped(past.ledger.duplicates);
        let _ = write!(
            text,
            "\n{WARN}{known} of them were counted before: the state has seen these logs{WARN:#}"
        );
    }
    text.push('\n');
    text
}

/// Writes all incidents under one of the settings, and their totals.
fn told(run: &Run) -> String {
    let past = &run.past;
    let mut text = format!("\n{BOLD}{}{BOLD:#}: ", run.name);
    match past.incidents.len() {
        0 => {
            let _ = writeln!(text, "{GOOD}no incident{GOOD:#}");
        }
        n => {
            let _ = writeln!(text, "{}", plural(n, "incident"));
            text.push_str(&incidents(past));
        }
    }
    text.push_str(&totals(&Totals::of(past)));
    text
}

fn incidents(past: &Past) -> String {
    let mut table = Table::new(&["severity", "told", "since", "lasted", "service", "seen by"]);
    for told in &past.incidents {
        let lasted = duration(past.lasted_ms(told));
        let lasted = match told.ended_ms {
            Some(_) => lasted,
            None => format!("over {lasted}"),
        };
        let severity = told.severity.name().to_owned();
        let detectors: Vec<&str> = told.detectors.iter().copied().collect();
        let (opened, since) = (moment(told.opened_ms), moment(told.since_ms));
        let cells = [
            severity,
            opened,
            since,
            lasted,
            told.service.clone(),
            detectors.join(", "),
        ];
        table.row(cells, style_of(told.severity));
        table.note(&told.title, PLAIN);
        table.note(&why(told), DIM);
    }
    table.written()
}

/// The cause, and when the incident became a page if it was first reported with a lower severity.
fn why(told: &PastAlert) -> String {
    let cause = format!("{} {}", told.cause.kind, told.cause.name);
    let mut text = format!("cause: {}", cause.trim_end());
    if let Some(paged_ms) = told.paged_ms.filter(|paged| *paged > told.opened_ms) {
        let _ = write!(text, "; a page from {} on", moment(paged_ms));
    }
    text
}

fn totals(totals: &Totals) -> String {
    const HEADS: [&str; 6] = [
        "service",
        "incidents",
        "pages",
        "tickets",
        "in incident",
        "pages a week",
    ];
    if totals.services.is_empty() {
        return String::new();
    }
    let row = |name: String, counts: &Counts| {
        let rate = totals.a_week(counts.pages);
        let [incidents, pages, tickets, lasted] = cells(counts);
        [
            name,
            incidents,
            pages,
            tickets,
            lasted,
            rate.map_or("–".to_owned(), |n| format!("{n:.2}")),
        ]
    };
    let mut table = Table::numbers(&HEADS);
    for (name, counts) in &totals.services {
        table.row(row(name.clone(), counts), PLAIN);
    }
    if totals.services.len() > 1 {
        table.row(row("all".to_owned(), &totals.all), BOLD);
    }
    let mut text = format!("\n{}", table.written());
    if totals.weeks.len() > 1 {
        let mut table =
            Table::numbers(&["week from", "incidents", "pages", "tickets", "in incident"]);
        for (from, counts) in &totals.weeks {
            let [incidents, pages, tickets, lasted] = cells(counts);
            let monday = moment(*from);
            let monday = monday.trim_end_matches(" 00:00").to_owned();
            table.row([monday, incidents, pages, tickets, lasted], PLAIN);
        }
        let _ = write!(text, "\n{}", table.written());
    }
    text
}

fn cells(counts: &Counts) -> [String; 4] {
    let lasted = match counts.lasted_ms {
        0 => "–".to_owned(),
        ms => duration(ms),
    };
    let [incidents, pages, tickets] =
        [counts.incidents(), counts.pages, counts.tickets].map(grouped);
    [incidents, pages, tickets, lasted]
}

fn differences(config: &Run, against: &Run, stretches: &[Stretch<'_>]) -> String {
    let label = |change| match change {
        Change::OnlyConfig => format!("only with {}", config.name),
        Change::OnlyAgainst => format!("only with {}", against.name),
        Change::Changed => "changed".to_owned(),
        Change::Same => "the same".to_owned(),
    };
    let count = |change| {
        let all = stretches
            .iter()
            .filter(|stretch| stretch.change() == change);
        format!("{} {}", all.count(), label(change))
    };
    let counts = Change::ALL.map(count).join(", ");
    let mut text = format!(
        "\n{BOLD}{} instead of {}{BOLD:#}: {counts}\n",
        config.name, against.name
    );
    let mut table = Table::new(&["", "since", "service", "what"]);
    for stretch in stretches {
        let change = stretch.change();
        let (side, style) = match change {
            Change::Same => continue,
            Change::OnlyConfig => (&stretch.config, BAD),
            Change::OnlyAgainst => (&stretch.against, GOOD),
            Change::Changed => (&stretch.config, WARN),
        };
        let title = side.worst().map_or("", |worst| &worst.title);
        let what = match change {
            Change::Changed => stretch.words(),
            _ => format!("{}, {}", name(side.severity()), duration(side.lasted_ms)),
        };
        let since = moment(stretch.since_ms());
        table.row(
            [label(change), since, stretch.service.to_owned(), what],
            style,
        );
        table.note(title, DIM);
    }
    text.push_str(&table.written());
    text
}

const fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Page => BAD,
        Severity::Ticket | Severity::Info => WARN,
    }
}

/// Rows in columns as wide as they must be. A row may have notes below it, which stand under its second column.
struct Table {
    rows: Vec<Row>,
    /// The first of the columns that are set to the right; numbers stand under numbers.
    right_from: usize,
}

enum Row {
    Cells(Vec<String>, Style),
    Note(String, Style),
}

impl Table {
    fn new(heads: &[&str]) -> Self {
        let heads = heads.iter().map(|head| (*head).to_owned()).collect();
        Self {
            rows: vec![Row::Cells(heads, DIM)],
            right_from: usize::MAX,
        }
    }

    /// A table whose first column is a name and all others are numbers.
    fn numbers(heads: &[&str]) -> Self {
        Self {
            right_from: 1,
            ..Self::new(heads)
        }
    }

    fn row<const N: usize>(&mut self, cells: [String; N], style: Style) {
        self.rows.push(Row::Cells(cells.into(), style));
    }

    fn note(&mut self, text: &str, style: Style) {
        self.rows.push(Row::Note(text.to_owned(), style));
    }

    /// Returns the rows below the heads, if there are any; the style is that of a row's first cell, of all cells where
    /// they are heads.
    fn written(&self) -> String {
        if self.rows.len() < 2 {
            return String::new();
        }
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            let Row::Cells(cells, _) = row else { continue };
            widths.resize(widths.len().max(cells.len()), 0);
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            match row {
                Row::Note(note, style) => {
                    let indent = widths.first().map_or(0, |width| width + 2);
                    let _ = writeln!(text, "  {:indent$}{style}{note}{style:#}", "");
                }
                Row::Cells(cells, style) => {
                    let mut line = String::new();
                    for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                        let style = if at == 0 || column == 0 {
                            *style
                        } else {
                            PLAIN
                        };
                        let pad = width - cell.chars().count();
                        let (before, after) = match column >= self.right_from {
                            true => (pad, 0),
                            false if column + 1 == cells.len() => (0, 0),
                            false => (0, pad),
                        };
                        let _ = write!(line, "  {:before$}{style}{cell}{style:#}{:after$}", "", "");
                    }
                    let _ = writeln!(text, "{}", line.trim_end());
                }
            }
        }
        text
    }
}
