//! Measures cold starts: `ingest` and a function that does nothing, alternately, from the start of
//! the process to the moment at which it asks for its first event; and, if valgrind is installed,
//! the instructions that this takes.
//!
//! `cargo run -p atalaya-tests --release --bin cold-start [-- RUNS]`. Both functions are built for release first.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use atalaya_tests::build;
use atalaya_tests::runtime_api::Function;

/// The most that `ingest` may take, as a multiple of what the empty function takes.
const MOST: f64 = 4.0;

const RUNS: usize = 30;

/// The environment of a deployed function; nothing is sent before the first event, so no server is
/// needed.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "none"),
    ("AWS_SESSION_TOKEN", "none"),
    ("ATALAYA_TABLE", "atalaya"),
];

fn main() -> anyhow::Result<()> {
    let runs = match env::args().nth(1) {
        Some(text) => text.parse().context("RUNS is a number")?,
        None => RUNS,
    };
    ensure!(runs > 0, "RUNS is at least 1");
    let functions = [
        (
            "ingest",
            build::binary(&["--profile", "lambda", "-p", "ingest"])?,
        ),
        (
            "hello",
            build::binary(&[
                "--profile",
                "lambda",
                "-p",
                "atalaya-tests",
                "--example",
                "hello",
            ])?,
        ),
    ];
    let mut times = [Vec::new(), Vec::new()];
    // The first round only warms the page cache; the two alternate, so that noise affects both.
    for round in 0..=runs {
        for ((_, binary), times) in functions.iter().zip(&mut times) {
            let took = Function::start(binary, &ENVIRONMENT)?.first_asked()?;
            if round > 0 {
                times.push(took);
            }
        }
    }
    println!(
        "from the start of the process to its first request for an event, {runs} runs in turns"
    );
    println!(
        "{:8} {:>10} {:>10} {:>14} {:>10}",
        "", "min ms", "median ms", "instructions", "bytes"
    );
    let mut figures = Vec::new();
    for ((name, binary), times) in functions.iter().zip(&mut times) {
        times.sort_unstable();
        let (min, median) = (ms(times[0]), ms(times[times.len() / 2]));
        let instructions = instructions(binary)?;
        let told = instructions.map_or("no valgrind".into(), |n| n.to_string());
        let bytes = binary.metadata()?.len();
        println!("{name:8} {min:10.2} {median:10.2} {told:>14} {bytes:10}");
        figures.push((min, median, instructions));
    }
    let [ingest, hello] = [figures[0], figures[1]];
    let mut ratios = vec![("min", ingest.0 / hello.0), ("median", ingest.1 / hello.1)];
    if let (Some(ingest), Some(hello)) = (ingest.2, hello.2) {
        ratios.push(("instructions", ingest as f64 / hello as f64));
    }
    for (what, ratio) in &ratios {
        println!("ratio of {what}: {ratio:.2} (at most {MOST})");
    }
    ensure!(
        ratios.iter().all(|(_, ratio)| *ratio <= MOST),
        "a ratio is above {MOST}"
    );
    Ok(())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Counts the instructions of a start and of the end that follows it at once; `None` without valgrind.
fn instructions(binary: &Path) -> anyhow::Result<Option<u64>> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).map(|folder| folder.join("valgrind"));
    let Some(valgrind) = places.find(|place| place.is_file()) else {
        return Ok(None);
    };
    let mut command = Command::new(valgrind);
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(binary);
    let mut function = Function::start_command(command, &ENVIRONMENT)?;
    function.first_asked()?;
    let (_, said) = function.end()?;
    let collected = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.with_context(|| format!("valgrind said: {said}"))?;
    Ok(Some(count.trim().parse()?))
}
