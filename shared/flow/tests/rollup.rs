//! Rollups over a store that fails at any of its calls: whichever process dies at whichever point,
//! the final rollups are exact.

mod failing;

use atalaya_core::settings::Settings;
use atalaya_flow::Flow;
use atalaya_flow::contract::rollups::{exact, play};
use atalaya_flow::memory::MemoryStore;
use failing::FailingStore;

/// Runs the scenario in processes each of which fails at a later write than the one before, then in
/// one that does not fail, and returns how many failed.
async fn killed(step: usize) -> anyhow::Result<usize> {
    let mut store = FailingStore::new(MemoryStore::default());
    let mut ended = 0;
    for write in (0..60).step_by(step) {
        store.fail_at(write);
        let mut flow = Flow::new(store, Settings::default());
        ended += usize::from(play(&mut flow).await.is_err());
        store = flow.store;
    }
    store.heal();
    let mut flow = Flow::new(store, Settings::default());
    play(&mut flow).await?;
    exact(&flow).await?;
    Ok(ended)
}

#[tokio::test]
async fn rollups_are_exact_wherever_a_process_ends() -> anyhow::Result<()> {
    for (step, least) in [(1, 20), (2, 10), (7, 3)] {
        let ended = killed(step).await?;
        assert!(
            ended >= least,
            "failing at every {step}th write ended {ended}"
        );
    }
    Ok(())
}
