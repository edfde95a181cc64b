//! The contract of [`Store`], as a test that every implementation passes: `contract::check(&store).await`.

pub mod rollups;

use atalaya_core::catalog::{SLOTS_PER_PAGE, Slot};
use atalaya_core::series::Sums;
use atalaya_core::time::Minute;
use atalaya_core::window::{ItemKey, MAX_OPERATIONS, Part, Window};
use atalaya_logs::batch::BatchKey;

use crate::store::{DocKey, DocumentKind, Merge, Save, Store, StoreError};

const MINUTE: Minute = Minute(29_453_790);

/// Returns sums with every field filled: counts, a cause with an awkward name, and a latency for
/// each given value.
fn sums(count: u64, latencies: &[f64]) -> Sums {
    let mut sums = Sums {
        count,
        errors: 1,
        client_errors: 2,
        ..Sums::default()
    };
    sums.add_cause("java.net.SocketTimeoutException: 50% \"ñ\" #:x", 1);
    for ms in latencies {
        sums.latency.add(*ms);
    }
    sums
}

fn part(batch: u8, shard: u8, filled: &[(u16, Sums)]) -> Part {
    Part {
        item: ItemKey {
            service: "loan-api".into(),
            minute: MINUTE,
            page: Slot(filled[0].0).page(),
            shard,
        },
        batch: BatchKey([batch; 8]),
        sums: filled
            .iter()
            .map(|(slot, sums)| (Slot(*slot), sums.clone()))
            .collect(),
    }
}

/// Asserts everything that callers rely on, on an empty store.
///
/// # Panics
/// If the store breaks the contract.
pub async fn check(store: &impl Store) -> Result<(), StoreError> {
    windows(store).await?;
    documents(store).await
}

async fn windows(store: &impl Store) -> Result<(), StoreError> {
    assert_eq!(
        store.window("loan-api", MINUTE).await?,
        Window::new(),
        "an empty minute is empty"
    );

    let said = Sums {
        count: 3,
        ..Sums::default()
    };
    let said = (Slot::message(49).0, said);
    let requests = (1, sums(7, &[0.0, 12.5, 1e9]));
    let first = part(1, 3, &[(0, sums(5, &[])), requests, said]);
    assert_eq!(store.merge(&first).await?, Merge::Added, "a new batch");
    assert_eq!(
        store.merge(&first).await?,
        Merge::Repeated,
        "the same batch again"
    );
    assert_eq!(
        store.window("loan-api", MINUTE).await?,
        first.sums,
        "the same batch again changes nothing"
    );

    let second = part(2, 3, &[(1, sums(1, &[12.6, 900.0])), (3, sums(2, &[0.2]))]);
    assert_eq!(store.merge(&second).await?, Merge::Added, "another batch");
    let mut expected = first.sums.clone();
    atalaya_core::window::merge(&mut expected, &second.sums);
    assert_eq!(
        store.window("loan-api", MINUTE).await?,
        expected,
        "a merge adds to what its item holds"
    );

    // A batch counts once in each item, not once in all: items of one batch are written one by one.
    let other_page = part(1, 3, &[(SLOTS_PER_PAGE, sums(3, &[1.0]))]);
    let other_shard = part(3, 9, &[(1, sums(10, &[12.5]))]);
    for extra in [&other_page, &other_shard] {
        assert_eq!(store.merge(extra).await?, Merge::Added, "another item");
        atalaya_core::window::merge(&mut expected, &extra.sums);
    }
    assert_eq!(
        store.window("loan-api", MINUTE).await?,
        expected,
        "a minute is all of its items"
    );
    assert_eq!(
        store.window("loan-api", MINUTE.plus(1)).await?,
        Window::new()
    );
    assert_eq!(
        store.window("loan", MINUTE).await?,
        Window::new(),
        "a prefix is another service"
    );

    // The widest possible sketch fits into one write.
    let wide: Vec<f64> = (0..=2_u16.pow(10))
        .map(|n| 2.0_f64.powf(f64::from(n) / 30.0 - 11.0))
        .collect();
    let mut widest = part(7, 0, &[(36, sums(1025, &wide))]);
    for n in widest.operations()..MAX_OPERATIONS {
        let widest = widest.sums.get_mut(&Slot(36)).expect("just put there");
        widest.add_cause(&format!("cause {n}"), 1);
    }
    assert_eq!(store.merge(&widest).await?, Merge::Added, "the widest part");
    assert_eq!(store.merge(&widest).await?, Merge::Repeated);
    atalaya_core::window::merge(&mut expected, &widest.sums);
    assert_eq!(
        store.window("loan-api", MINUTE).await?,
        expected,
        "the widest part is added whole"
    );
    Ok(())
}

async fn documents(store: &impl Store) -> Result<(), StoreError> {
    let key = |id: &str| DocKey {
        kind: DocumentKind::Change,
        scope: "scoring".into(),
        id: id.into(),
    };
    assert_eq!(store.load(&key("a")).await?, None);
    assert_eq!(
        store.save(&key("a"), 1, "x").await?,
        Save::Conflict,
        "nothing is there to replace"
    );
    assert_eq!(store.save(&key("a"), 0, "{\"n\":1}").await?, Save::Saved);
    assert_eq!(
        store.save(&key("a"), 0, "y").await?,
        Save::Conflict,
        "it is there already"
    );
    assert_eq!(store.save(&key("a"), 1, "{\"n\":2}").await?, Save::Saved);
    let read = store.load(&key("a")).await?.expect("was saved");
    assert_eq!(
        (read.id.as_str(), read.version, read.body.as_str()),
        ("a", 2, "{\"n\":2}")
    );

    for id in ["c", "b", "d"] {
        assert_eq!(store.save(&key(id), 0, id).await?, Save::Saved);
    }
    let elsewhere = DocKey {
        scope: "scoring2".into(),
        ..key("b")
    };
    assert_eq!(store.save(&elsewhere, 0, "other scope").await?, Save::Saved);
    let ids = async |from: &str, limit| -> Result<Vec<String>, StoreError> {
        let found = store
            .list(DocumentKind::Change, "scoring", from, limit)
            .await?;
        Ok(found.into_iter().map(|document| document.id).collect())
    };
    assert_eq!(ids("", 10).await?, ["a", "b", "c", "d"]);
    assert_eq!(ids("b", 10).await?, ["b", "c", "d"]);
    assert_eq!(ids("", 2).await?, ["c", "d"], "a limit keeps the newest");
    assert_eq!(
        store.list(DocumentKind::Alert, "scoring", "", 10).await?,
        []
    );
    Ok(())
}
