//! Measures the cost of handling a batch, relative to the unavoidable part: decoding base64 and
//! gzip of the same bytes.
//!
//! `cargo bench -p atalaya-flow --bench pipeline [-- EVENT.json...]` measures the CPU time of this process in rounds in
//! which the stages take turns, so that a busy machine is unfair to none of them, and prints each stage as a multiple
//! of the first. Without arguments it measures three batches that it makes itself.
//!
//! A machine's noise does not show in instruction counts:
//! `valgrind --tool=callgrind target/release/deps/pipeline-* --count N EVENT.json` handles one event N times and
//! prints nothing; the difference between two N is what a batch costs.

use anyhow::{Context as _, bail};
use atalaya_core::catalog::{Catalog, Reserved};
use atalaya_core::digest::digest;
use atalaya_core::metric;
use atalaya_core::settings::Settings;
use atalaya_logs::batch::{Batch, Delivery, Inflater};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::time::{ClockId, clock_gettime};

mod made;

/// Rounds of all stages; each stage handles the batch as often as fills about a millisecond.
const ROUNDS: usize = 200;

/// When the batches were logged, so that metrics of them are never too old.
const NOW_MS: i64 = made::START_MS + 3_600_000;

/// What is measured, each stage with all before it.
const STAGES: [&str; 4] = [
    "base64 + inflate",
    "+ envelope",
    "+ fields + tally",
    "+ parts + EMF",
];

/// The values that the stages keep from batch to batch, as a warm function does.
struct Warm {
    gzip: Vec<u8>,
    plain: Vec<u8>,
    inflate: libdeflater::Decompressor,
    inflater: Inflater,
    settings: Settings,
    documents: Vec<u8>,
}

fn main() -> anyhow::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    arguments.retain(|argument| argument != "--bench");
    let mut warm = Warm {
        gzip: Vec::new(),
        plain: Vec::new(),
        inflate: libdeflater::Decompressor::new(),
        inflater: Inflater::default(),
        settings: Settings::default(),
        documents: Vec::new(),
    };
    if let [flag, times, file] = arguments.as_slice()
        && flag == "--count"
    {
        let event = read(file)?;
        for _ in 0..times.parse().context("how often, after --count")? {
            run(STAGES.len() - 1, &event, &mut warm)?;
        }
        return Ok(());
    }
    let events = if arguments.is_empty() {
        let made = [("small", 20), ("medium", 500), ("large", 10_000)];
        made.map(|(name, lines)| (name.to_owned(), made::event(lines)))
            .to_vec()
    } else {
        let read = |file: String| read(&file).map(|event| (file, event));
        arguments
            .into_iter()
            .map(read)
            .collect::<anyhow::Result<_>>()?
    };
    for (name, event) in events {
        measure(&name, &event, &mut warm)?;
    }
    Ok(())
}

fn read(file: &str) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("reading {file}"))
}

fn measure(name: &str, event: &[u8], warm: &mut Warm) -> anyhow::Result<()> {
    let payload = payload_of(event)?;
    unit(payload, warm)?;
    let start = cpu_time();
    for stage in 1..STAGES.len() {
        run(stage, event, warm)?;
    }
    let round = cpu_time() - start;
    let times = ((0.004 / round) as u32).max(1);
    let mut taken = [const { Vec::new() }; STAGES.len()];
    for _ in 0..ROUNDS {
        for (stage, taken) in taken.iter_mut().enumerate() {
            let start = cpu_time();
            for _ in 0..times {
                match stage {
                    0 => unit(payload, warm)?,
                    stage => run(stage, event, warm)?,
                }
            }
            taken.push((cpu_time() - start) * 1e6 / f64::from(times));
        }
    }
    println!("{name}: {} bytes", event.len());
    let least_and_middle = taken.map(|mut taken| {
        taken.sort_unstable_by(f64::total_cmp);
        (taken[0], taken[taken.len() / 2])
    });
    let (unit_least, unit_middle) = least_and_middle[0];
    for (stage, (least, middle)) in STAGES.iter().zip(least_and_middle) {
        println!(
            "  {stage:<18} min {least:>9.1} us {:>5.2}x   median {middle:>9.1} us {:>5.2}x",
            least / unit_least,
            middle / unit_middle
        );
    }
    Ok(())
}

/// Returns the CPU time that this process has used, in seconds.
fn cpu_time() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 * 1e-9
}

fn payload_of(event: &[u8]) -> anyhow::Result<&[u8]> {
    match Delivery::recognise(event)? {
        Delivery::Logs(payload) => Ok(payload),
        _ => bail!("not an event of a direct subscription"),
    }
}

/// Handles the batch up to a stage, from 1 on.
fn run(stage: usize, event: &[u8], warm: &mut Warm) -> anyhow::Result<()> {
    let json = warm.inflater.base64_gzip(payload_of(event)?)?;
    if stage == 1 {
        let taken = Batch::open(json)?.events().flatten();
        std::hint::black_box(taken.map(|event| event.timestamp_ms).max());
        return Ok(());
    }
    let digest = digest(json, &warm.settings)?;
    if stage == 2 {
        std::hint::black_box(digest.newest_ms);
        return Ok(());
    }
    warm.documents.clear();
    for tally in digest.services {
        let mut catalog = Catalog::default();
        let parts = tally.parts(&mut catalog, &Reserved::of(None), digest.key, digest.shard);
        for part in &parts.parts {
            for (slot, sums) in &part.sums {
                let series = catalog.series(*slot).context("admitted")?;
                let sums = (part.item.minute, sums);
                let service = &part.item.service;
                let written = metric::write(
                    &mut warm.documents,
                    "Atalaya",
                    service,
                    series,
                    sums,
                    NOW_MS,
                );
                written.map_err(|refusal| anyhow::anyhow!("refused: {}", refusal.name()))?;
            }
        }
    }
    std::hint::black_box(warm.documents.len());
    Ok(())
}

/// Decodes base64 and gzip, and does nothing else: the least that any handling costs.
fn unit(payload: &[u8], warm: &mut Warm) -> anyhow::Result<()> {
    warm.gzip.clear();
    STANDARD.decode_vec(payload, &mut warm.gzip)?;
    let size = warm.gzip.last_chunk().context("a trailer")?;
    let size = u32::from_le_bytes(*size) as usize;
    if warm.plain.len() < size {
        warm.plain.resize(size, 0);
    }
    let room = &mut warm.plain[..size];
    std::hint::black_box(warm.inflate.gzip_decompress(&warm.gzip, room)?);
    Ok(())
}
