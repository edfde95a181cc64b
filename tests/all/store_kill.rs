//! The store on disk under `kill -9`: a process that merges is killed again and again, and no merge
//! that returned is lost or counted twice.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{env, io};

use anyhow::{Context as _, ensure};
use atalaya_core::catalog::{SLOTS_PER_PAGE, Slot};
use atalaya_core::series::Sums;
use atalaya_core::time::Minute;
use atalaya_core::window::{self, ItemKey, Part, Window};
use atalaya_flow::embedded::EmbeddedStore;
use atalaya_flow::store::{Merge, Store as _};
use atalaya_logs::batch::BatchKey;

/// Names the store's folder to the process that is to be killed, which is this test binary, too.
const FOLDER: &str = "ATALAYA_KILL_FOLDER";

const KILLS: u64 = 50;

/// About as many parts as all processes together get to.
const PARTS: u64 = 1_500;

const MINUTES: i64 = 3;

/// Returns the parts in the order in which every process merges them.
fn parts() -> impl Iterator<Item = Part> {
    (0..PARTS).map(|n| {
        let mut sums = Sums {
            count: n,
            ..Sums::default()
        };
        sums.latency.add(n as f64);
        Part {
            item: ItemKey {
                service: "loan-api".into(),
                minute: Minute(n as i64 % MINUTES),
                page: (n % 2) as u16,
                shard: (n % 7) as u8,
            },
            batch: BatchKey(n.to_be_bytes()),
            sums: Window::from([(Slot((n % 2) as u16 * SLOTS_PER_PAGE + 1), sums)]),
        }
    })
}

/// Not a test by itself: the process that is killed. It prints each merge that returned.
#[tokio::test]
async fn merges_until_it_is_killed() -> anyhow::Result<()> {
    let Some(folder) = env::var_os(FOLDER) else {
        return Ok(());
    };
    let store = EmbeddedStore::open(Path::new(&folder))?;
    for part in parts() {
        store.merge(&part).await?;
        // Bypasses the test harness, which would buffer it.
        writeln!(io::stdout().lock(), "merged")?;
    }
    Ok(())
}

fn spawn(folder: &Path) -> io::Result<Child> {
    let (_, this) = module_path!().split_once("::").unwrap_or_default();
    Command::new(env::current_exe()?)
        .args([
            "--exact",
            &format!("{this}::merges_until_it_is_killed"),
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
}

/// Kills a process once it has reported `merges` merges, and returns how many it reported before it
/// died, and whether the signal ended it.
fn kill_after(merges: u64, folder: &Path) -> anyhow::Result<(u64, bool)> {
    let mut child = spawn(folder)?;
    let lines = BufReader::new(child.stdout.take().context("stdout is piped")?);
    let mut told = 0;
    for line in lines.lines() {
        told += u64::from(line? == "merged");
        if told == merges {
            child.kill()?;
        }
    }
    Ok((told, child.wait()?.code().is_none()))
}

#[tokio::test]
async fn a_killed_process_loses_and_doubles_nothing() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut killed = 0;
    for kill in 1..=KILLS {
        // The signal arrives some merges later, at a random point.
        let (told, by_signal) = kill_after(kill * PARTS / (KILLS + 5), folder.path())?;
        killed += u64::from(by_signal);
        let store = EmbeddedStore::open(folder.path())?;
        for part in parts().take(told as usize) {
            let again = store.merge(&part).await?;
            ensure!(
                again == Merge::Repeated,
                "kill {kill} lost {:?}",
                part.batch
            );
        }
    }
    ensure!(
        killed > KILLS / 2,
        "only {killed} processes were killed in time"
    );
    let status = spawn(folder.path())?.wait_with_output()?.status;
    ensure!(status.success(), "the last process is not killed: {status}");

    let mut expected: BTreeMap<Minute, Window> = BTreeMap::new();
    for part in parts() {
        window::merge(expected.entry(part.item.minute).or_default(), &part.sums);
    }
    let store = EmbeddedStore::open(folder.path())?;
    for (minute, window) in expected {
        assert_eq!(store.window("loan-api", minute).await?, window, "{minute}");
    }
    Ok(())
}
