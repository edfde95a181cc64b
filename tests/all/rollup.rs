//! Rollups over DynamoDB Local: the contract, and exact sums under `kill -9`: a process that
//! ingests and sweeps is killed at random points and started again from the beginning of its
//! scenario, until it finishes.

use std::env;
use std::io;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use atalaya_core::settings::Settings;
use atalaya_flow::Flow;
use atalaya_flow::contract::rollups;
use atalaya_tests::local::store;

use crate::store_dynamodb::table;

/// Gives the store's endpoint to the process that is to be killed, which is this test binary too.
const ENDPOINT: &str = "ATALAYA_ROLLUP_ENDPOINT";

/// How often the process is killed: 25 times, or as often as this variable says.
const KILLS: &str = "ATALAYA_KILLS";

const TABLE: &str = "rollup-kill";

#[tokio::test]
async fn rollups_are_exact_in_dynamodb() -> anyhow::Result<()> {
    let Some((store, _)) = table("rollups").await? else {
        return Ok(());
    };
    Box::pin(rollups::check(store)).await?;
    Ok(())
}

/// Not a test by itself: the process that is killed.
#[tokio::test]
async fn plays_the_story_until_it_is_killed() -> anyhow::Result<()> {
    let Ok(endpoint) = env::var(ENDPOINT) else {
        return Ok(());
    };
    let mut flow = Flow::new(store(&endpoint, TABLE)?, Settings::default());
    rollups::play(&mut flow).await?;
    Ok(())
}

fn spawn(endpoint: &str) -> io::Result<Child> {
    let (_, this) = module_path!().split_once("::").unwrap_or_default();
    let play = format!("{this}::plays_the_story_until_it_is_killed");
    Command::new(env::current_exe()?)
        .args(["--exact", &play, "--nocapture"])
        .env(ENDPOINT, endpoint)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// Runs the process, kills it after `limit`, and returns whether it was killed.
fn run(endpoint: &str, limit: Duration) -> anyhow::Result<bool> {
    let mut child = spawn(endpoint)?;
    let began = Instant::now();
    while began.elapsed() < limit && child.try_wait()?.is_none() {
        thread::sleep(Duration::from_millis(1));
    }
    child.kill()?;
    Ok(child.wait()?.code().is_none())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn rollups_are_exact_after_kills() -> anyhow::Result<()> {
    let Some((kept, server)) = table(TABLE).await? else {
        return Ok(());
    };
    let kills = env::var(KILLS).ok().and_then(|n| n.parse().ok());
    let kills: u64 = kills.unwrap_or(25);
    let mut random = fastrand::Rng::with_seed(11);
    let mut killed = 0;
    // Each process runs a little longer than the one before, so that kills fall on all of the
    // scenario; how long the scenario takes is learnt from the processes that finish.
    let mut whole = Duration::from_millis(400);
    for n in 0..kills * 4 {
        if killed == kills {
            break;
        }
        let reach = whole.mul_f64((n + 1) as f64 / kills as f64).min(whole);
        let limit = reach.mul_f64(random.f64()) + Duration::from_millis(5);
        if run(server.endpoint(), limit)? {
            killed += 1;
            if n >= kills / 2 {
                whole = whole.mul_f64(1.03);
            }
        } else {
            whole = limit;
        }
    }
    ensure!(killed == kills, "{killed} of {kills} were killed");
    ensure!(
        !run(server.endpoint(), Duration::from_mins(3))?,
        "the last process is not killed"
    );
    let flow = Flow::new(kept, Settings::default());
    rollups::exact(&flow).await?;
    eprintln!("{killed} kills: rollups exact");
    Ok(())
}
