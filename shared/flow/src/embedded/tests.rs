//! The store on disk keeps the contract of stores, keeps its data across openings, and explains
//! what is wrong with a path.

use std::fs;
use std::path::Path;
use std::time::Duration;

use atalaya_core::catalog::Slot;
use atalaya_core::series::Sums;
use atalaya_core::window::ItemKey;
use atalaya_logs::batch::BatchKey;

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn part(service: &str, batch: u8) -> Part {
    let sums = Sums {
        count: u64::from(batch),
        ..Sums::default()
    };
    Part {
        item: ItemKey {
            service: service.into(),
            minute: Minute(7),
            page: 0,
            shard: 0,
        },
        batch: BatchKey([batch; 8]),
        sums: Window::from([(Slot(1), sums)]),
    }
}

fn catalog() -> DocKey {
    crate::documents::catalog::key("a")
}

#[tokio::test]
async fn the_store_on_disk_keeps_the_contract() {
    let folder = folder();
    let store = EmbeddedStore::open(folder.path()).expect("opens");
    crate::contract::check(&store).await.expect("does not fail");
}

#[tokio::test]
async fn rollups_are_exact_on_disk() {
    let folder = folder();
    let store = EmbeddedStore::open(folder.path()).expect("opens");
    let checked = crate::contract::rollups::check(store).await;
    checked.expect("does not fail");
}

#[tokio::test]
async fn a_store_opened_again_has_all_it_was_told() {
    let folder = folder();
    let path = folder.path().join("deep/er");
    let awkward = "name' OR 1=1 --\0#ñ";
    for round in 0_u64..3 {
        // The second and third opening take the folder and the file itself.
        let file = path.join(FILE_NAME);
        let store = EmbeddedStore::open(if round == 2 { &file } else { &path }).expect("opens");
        let first = part(awkward, 1);
        let merged = store.merge(&first).await.expect("merges");
        assert_eq!(merged == Merge::Repeated, round > 0, "round {round}");
        assert_eq!(
            store.window(awkward, Minute(7)).await.expect("reads"),
            first.sums
        );
        let saved = store.save(&catalog(), round, "{}").await.expect("saves");
        assert_eq!(saved, Save::Saved, "round {round}");
    }
}

#[tokio::test]
async fn two_stores_on_one_path_see_each_other() {
    let folder = folder();
    let open = || EmbeddedStore::open(folder.path()).expect("opens");
    let (one, other) = (open(), open());
    one.merge(&part("a", 1)).await.expect("merges");
    assert_eq!(
        other.merge(&part("a", 1)).await.expect("merges"),
        Merge::Repeated
    );
    other.save(&catalog(), 0, "x").await.expect("saves");
    let saved = one.save(&catalog(), 0, "y").await.expect("saves");
    assert_eq!(saved, Save::Conflict);
}

#[tokio::test]
async fn a_write_that_meets_a_lock_may_succeed_later() {
    let folder = folder();
    let open = || EmbeddedStore::open(folder.path()).expect("opens");
    let (holder, store) = (open(), open());
    store
        .database()
        .busy_timeout(Duration::from_millis(10))
        .expect("is set");
    let lock = |sql| holder.database().execute_batch(sql).expect("runs");
    lock("BEGIN IMMEDIATE");
    let refused = store.merge(&part("a\n", 1)).await.expect_err("is locked");
    assert_eq!(refused.retry, Retry::Later);
    let step = format!(
        "merge of a\\n, 1970-01-01T00:07Z in {}",
        folder.path().join(FILE_NAME).display()
    );
    assert_eq!(refused.step, step);
    assert_eq!(
        store
            .window("a\n", Minute(7))
            .await
            .expect("a read does not wait"),
        Window::new()
    );
    lock("ROLLBACK");
    let merged = store.merge(&part("a\n", 1)).await.expect("merges");
    assert_eq!(merged, Merge::Added);
}

/// Opens `path`, and asserts that it is refused for good with a message that names the path and holds `why`.
fn check_refused(path: &Path, why: &str) {
    let refused = EmbeddedStore::open(path).expect_err(why);
    assert_eq!(refused.retry, Retry::Never, "{why}");
    let told = format!("{refused}: {}", refused.source);
    assert!(told.contains(&path.display().to_string()), "{told}");
    assert!(told.contains(why), "{told} should say: {why}");
}

#[test]
fn a_path_that_holds_no_store_of_ours_is_refused_and_left_as_it_is() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);

    let text = at("notes.txt");
    fs::write(
        &text,
        "not a database, but longer than a header of one: ".repeat(9),
    )
    .expect("writes");
    check_refused(&text, "damaged or no database");

    let foreign = at("other.db");
    let other = Connection::open(&foreign).expect("opens");
    other.execute_batch("CREATE TABLE x (y)").expect("creates");
    drop(other);
    let before = fs::read(&foreign).expect("reads");
    check_refused(&foreign, "another program");
    assert_eq!(fs::read(&foreign).expect("reads"), before);

    let newer = at("newer");
    let store = EmbeddedStore::open(&newer).expect("opens");
    store
        .database()
        .pragma_update(None, "user_version", SCHEMA_VERSION + 1)
        .expect("is set");
    drop(store);
    check_refused(&newer, "use the version that wrote it");

    check_refused(&text.join("below"), "cannot make the folder");
}

#[tokio::test]
async fn a_damaged_store_is_told_on_opening_or_on_reading_and_is_never_a_panic() {
    let folder = folder();
    let path = folder.path().join(FILE_NAME);
    let store = EmbeddedStore::open(folder.path()).expect("opens");
    store.merge(&part("a", 1)).await.expect("merges");
    drop(store);
    let whole = fs::read(&path).expect("reads");
    for at in (0..whole.len()).step_by(997) {
        let mut damaged = whole.clone();
        let end = (at + 997).min(whole.len());
        damaged[at..end].fill(0x5a);
        fs::write(&path, damaged).expect("writes");
        match EmbeddedStore::open(&path) {
            Err(error) => assert_eq!(error.retry, Retry::Never),
            Ok(store) => {
                if let Err(error) = store.window("a", Minute(7)).await {
                    assert_eq!(error.retry, Retry::Never);
                }
            }
        }
    }
}
