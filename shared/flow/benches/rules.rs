//! Measures the cost of configured extraction per line: a batch digested without rules, with keys,
//! and with patterns.
//!
//! `cargo bench -p atalaya-flow --bench rules` measures the CPU time of this process in rounds in which the rows take
//! turns, so that a busy machine is unfair to none of them, and prints the least and the middle of each.

use std::fmt::Write as _;

use anyhow::bail;
use atalaya_core::digest::digest;
use atalaya_core::settings::Settings;
use atalaya_logs::batch::{Delivery, Inflater};
use rustix::time::{ClockId, clock_gettime};

mod made;

const ROUNDS: usize = 30;
const LINES: usize = 10_000;

/// A pattern that no line of the batch matches, with a literal that an engine can look for.
const NO_MATCH: &str = "grok: 'job %{NOTSPACE} took %{NUMBER:latency:ms}'";
/// A pattern that no line of the batch matches, and that has nothing to look for.
const NOTHING_TO_LOOK_FOR: &str = "regex: '[A-Z]{4}-\\d{9}=(?<status>\\d{3})'";
/// A pattern that nine lines in ten match.
const MATCH: &str = "regex: '\"status\":(?<status>\\d{3})'";

fn main() -> anyhow::Result<()> {
    let rows = [
        ("no rules", settings("", "", 0)?),
        (
            "2 keys",
            settings(
                "fields: { status: { path: http.rc }, latency: { path: latency_ms } }",
                "",
                0,
            )?,
        ),
        ("1 pattern, no match", settings("", NO_MATCH, 1)?),
        ("20 patterns, no match", settings("", NO_MATCH, 20)?),
        ("1 without a literal", settings("", NOTHING_TO_LOOK_FOR, 1)?),
        (
            "20 without a literal",
            settings("", NOTHING_TO_LOOK_FOR, 20)?,
        ),
        ("1 pattern, match", settings("", MATCH, 1)?),
    ];
    let event = made::event(LINES);
    let Delivery::Logs(payload) = Delivery::recognise(&event)? else {
        bail!("the batch is no event of a direct subscription");
    };
    let mut inflater = Inflater::default();
    let json = inflater.base64_gzip(payload)?;
    let mut taken = [const { Vec::new() }; 7];
    for _ in 0..ROUNDS {
        for ((_, settings), taken) in rows.iter().zip(&mut taken) {
            let start = cpu_time();
            std::hint::black_box(digest(json, settings)?.newest_ms);
            taken.push((cpu_time() - start) * 1e9 / LINES as f64);
        }
    }
    println!("{LINES} lines, {} bytes each", json.len() / LINES);
    for ((name, _), mut taken) in rows.iter().zip(taken) {
        taken.sort_unstable_by(f64::total_cmp);
        let (least, middle) = (taken[0], taken[taken.len() / 2]);
        println!("  {name:<22} min {least:>7.0} ns a line   median {middle:>7.0} ns a line");
    }
    Ok(())
}

/// Settings of the service that the batch is of, with a pattern so many times.
fn settings(keys: &str, pattern: &str, times: usize) -> anyhow::Result<Settings> {
    let mut text = format!("services:\n  loan-api:\n    log_groups: [/ecs/loan-api]\n    {keys}\n");
    if times > 0 {
        text.push_str("    extract:\n");
    }
    for n in 0..times {
        writeln!(
            text,
            "      - {{ name: r{n}, {pattern}, examples: [{{ line: '-', gives: nothing }}] }}"
        )?;
    }
    Ok(Settings::parse(&text)?)
}

/// Returns the CPU time that this process has used, in seconds.
fn cpu_time() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 * 1e-9
}
