//! Plays the loan story through a real Rust logger and tells what it gave to it: `loan-api VOICE STORY TOLD`.
mod plain;
mod structured;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Deserialize;

#[derive(Deserialize, Clone)]
pub struct Step {
    pub method: String,
    pub path: String,
    pub target: String,
    pub status: u16,
    pub took_us: u64,
    #[serde(default)]
    pub trouble: String,
    #[serde(default)]
    pub dep: String,
    #[serde(default)]
    pub call_ms: u64,
    pub gap_ms: u64,
    pub user: String,
    pub loan: String,
    pub w3c: String,
    pub xray: String,
    pub client: String,
}

impl Step {
    pub fn took(&self) -> Duration {
        Duration::from_micros(self.took_us)
    }
}

/// Writes what was given to the logger, one JSON object per record.
pub struct Told(std::fs::File);

impl Told {
    pub fn tell(&mut self, value: serde_json::Value) {
        writeln!(self.0, "{value}").expect("the told file takes a line");
    }
}

pub fn ms(d: Duration) -> f64 {
    d.as_secs_f64() * 1e3
}

/// One project's way of logging: its opening, the trouble of a step, and the step's end.
pub trait Voice {
    fn opening(&mut self, told: &mut Told);
    fn trouble(
        &mut self,
        step: &Step,
        took: Duration,
        error: Option<anyhow::Error>,
        told: &mut Told,
    );
    fn done(&mut self, step: &Step, told: &mut Told);
}

/// Really connects: to a closed port, or to one that stays silent.
fn call(step: &Step) -> (Duration, Option<anyhow::Error>) {
    let began = Instant::now();
    let outcome: anyhow::Result<()> = match step.trouble.as_str() {
        "refused" => TcpStream::connect("127.0.0.1:9009")
            .map(drop)
            .with_context(|| format!("connecting to {}", step.dep)),
        "timeout" => (|| {
            let silent = TcpListener::bind("127.0.0.1:0")?;
            let mut stream = TcpStream::connect(silent.local_addr()?)?;
            stream.set_read_timeout(Some(Duration::from_millis(step.call_ms / 8)))?;
            stream
                .read_exact(&mut [0; 1])
                .with_context(|| format!("waiting for {}", step.dep))?;
            Ok(())
        })(),
        "slow" | "retry" => {
            std::thread::sleep(Duration::from_millis(step.call_ms / 8));
            Ok(())
        }
        _ => Ok(()),
    };
    (began.elapsed(), outcome.err())
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let mut told = Told(std::fs::File::create(&args[3])?);
    let mut voice: Box<dyn Voice> = match args[1].as_str() {
        name @ ("tracing-json" | "tracing-compact" | "tracing-pretty" | "slog-json") => {
            structured::voice(name)
        }
        name => plain::voice(name)?,
    };
    voice.opening(&mut told);
    for line in BufReader::new(std::fs::File::open(&args[2])?).lines() {
        let step: Step = serde_json::from_str(&line?)?;
        let (took, error) = call(&step);
        voice.trouble(&step, took, error, &mut told);
        voice.done(&step, &mut told);
        std::thread::sleep(Duration::from_millis(step.gap_ms / 40));
    }
    Ok(())
}
