//! The store in DynamoDB against DynamoDB Local: the contract, hostile names, concurrent writers,
//! large answers, and a far end that throttles, refuses and loses answers.

mod far_end;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use atalaya_aws::dynamo::DynamoStore;
use atalaya_core::catalog::{SLOTS_PER_PAGE, Slot};
use atalaya_core::series::{MAX_NAME_BYTES, Sums};
use atalaya_core::time::Minute;
use atalaya_core::window::{ItemKey, Part, Window};
use atalaya_flow::contract;
use atalaya_flow::store::{DocKey, DocumentKind, Merge, Retry, Save, Store as _};
use atalaya_logs::batch::BatchKey;
use atalaya_tests::bed::DynamoDbLocal;
use atalaya_tests::local::store;

use self::far_end::{Act, FarEnd};

const MINUTE: Minute = Minute(29_460_000);

/// Returns a store in a new table of the shared server, or `None` where the server cannot be had.
pub(crate) async fn table(
    name: &str,
) -> anyhow::Result<Option<(DynamoStore, &'static DynamoDbLocal)>> {
    let Some(server) = DynamoDbLocal::shared()? else {
        return Ok(None);
    };
    let store = store(server.endpoint(), name)?;
    store.create_table().await?;
    store
        .create_table()
        .await
        .context("making it again is no error")?;
    Ok(Some((store, server)))
}

fn part(service: &str, batch: u64, count: u64) -> Part {
    let sums = Sums {
        count,
        ..Sums::default()
    };
    Part {
        item: ItemKey {
            service: service.into(),
            minute: MINUTE,
            page: 0,
            shard: 5,
        },
        batch: BatchKey(batch.to_be_bytes()),
        sums: Window::from([(Slot(1), sums)]),
    }
}

fn change(scope: &str, id: impl Into<String>) -> DocKey {
    DocKey {
        kind: DocumentKind::Change,
        scope: scope.into(),
        id: id.into(),
    }
}

#[tokio::test]
async fn dynamodb_keeps_the_contract_of_the_store() -> anyhow::Result<()> {
    let Some((store, _)) = table("contract").await? else {
        return Ok(());
    };
    let store = store.metered();
    contract::check(&store).await?;
    let units = store.units();
    assert!(units.reads > 1.0 && units.writes > 10.0, "{units:?}");
    Ok(())
}

#[tokio::test]
async fn hostile_names_are_names_like_any_other() -> anyhow::Result<()> {
    let Some((store, _)) = table("hostile").await? else {
        return Ok(());
    };
    let names = [
        "a".to_owned(),
        format!("a#{MINUTE}"),
        "#".into(),
        "a\0\n\u{202e}b".into(),
        "🔥 :x #0 \"'{{".into(),
        "ñ".repeat(MAX_NAME_BYTES / 2),
    ];
    for (n, name) in (1..).zip(&names) {
        let mut part = part(name, n, n);
        let sums = part.sums.get_mut(&Slot(1)).context("just made")?;
        sums.add_cause(name, n);
        assert_eq!(store.merge(&part).await?, Merge::Added, "{name:?}");
        assert_eq!(store.window(name, MINUTE).await?, part.sums, "{name:?}");
        assert_eq!(store.save(&change(name, "x"), 0, name).await?, Save::Saved);
        let listed = store.list(DocumentKind::Change, name, "", 9).await?;
        assert_eq!(listed.len(), 1, "{name:?}");
        assert_eq!(&listed[0].body, name);
    }
    Ok(())
}

#[tokio::test]
async fn a_crowd_of_writers_counts_each_batch_once() -> anyhow::Result<()> {
    let Some((store, _)) = table("crowd").await? else {
        return Ok(());
    };
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8_u64 {
        let store = store.clone();
        writers.spawn(async move {
            // Neighbouring writers merge the same batches: every batch is delivered twice.
            let (mut added, first) = (0, writer / 2 * 25);
            for batch in first..first + 25 {
                let merged = store.merge(&part("crowd", batch, 1 << (batch % 8))).await?;
                added += u64::from(merged != Merge::Repeated);
            }
            anyhow::Ok(added)
        });
    }
    let mut added = 0;
    while let Some(writer) = writers.join_next().await {
        added += writer??;
    }
    assert_eq!(added, 100);
    let total = store.window("crowd", MINUTE).await?;
    let expected: u64 = (0..100).map(|batch| 1_u64 << (batch % 8)).sum();
    assert_eq!(total[&Slot(1)].count, expected);
    Ok(())
}

#[tokio::test]
async fn answers_of_several_pages_are_read_whole() -> anyhow::Result<()> {
    let Some((store, _)) = table("pages").await? else {
        return Ok(());
    };
    // DynamoDB cuts an answer at one megabyte; four of these are more.
    let body = "x".repeat(300_000);
    for id in ["a", "b", "c", "d", "e"] {
        assert_eq!(store.save(&change("big", id), 0, &body).await?, Save::Saved);
    }
    for (from, limit, expected) in [
        ("", 9, "abcde"),
        ("", 4, "bcde"),
        ("d", 4, "de"),
        ("", 0, ""),
    ] {
        let found = store.list(DocumentKind::Change, "big", from, limit).await?;
        let ids: String = found.into_iter().map(|document| document.id).collect();
        assert_eq!(ids, expected, "from {from:?}, at most {limit}");
    }
    Ok(())
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_known_as_ones_own() -> anyhow::Result<()> {
    let Some((_, server)) = table("lost").await? else {
        return Ok(());
    };
    for (first, requests) in [
        (&[Act::LoseAnswer][..], 2),
        (
            &[
                Act::Refuse(400, "ThrottlingException"),
                Act::LoseAnswer,
                Act::LoseAnswer,
            ],
            4,
        ),
    ] {
        let batch = requests as u64;
        let service = format!("lost-{batch}");
        let far = FarEnd::start(server.endpoint(), first, Act::Forward)?;
        let through = store(&far.endpoint, "lost")?;
        let part = part(&service, batch, 3);
        assert_eq!(through.merge(&part).await?, Merge::Added);
        assert_eq!(far.requests(), requests);
        assert_eq!(
            through.merge(&part).await?,
            Merge::Repeated,
            "a later call is another one"
        );
        assert_eq!(through.window(&service, MINUTE).await?, part.sums);

        let far = FarEnd::start(server.endpoint(), first, Act::Forward)?;
        let through = store(&far.endpoint, "lost")?;
        let key = change(&service, "x");
        assert_eq!(through.save(&key, 0, "body").await?, Save::Saved);
        assert_eq!(far.requests(), requests);
        assert_eq!(through.save(&key, 0, "body").await?, Save::Conflict);
    }
    Ok(())
}

#[tokio::test]
async fn throttling_and_outages_are_tried_again() -> anyhow::Result<()> {
    let Some((_, server)) = table("throttled").await? else {
        return Ok(());
    };
    for (batch, (status, code)) in (1..).zip([
        (400, "ProvisionedThroughputExceededException"),
        (400, "RequestLimitExceeded"),
        (400, "ThrottlingException"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ]) {
        let refusals = [Act::Refuse(status, code); 2];
        let far = FarEnd::start(server.endpoint(), &refusals, Act::Forward)?;
        let store = store(&far.endpoint, "throttled")?;
        let merged = store.merge(&part("throttled", batch, 1)).await?;
        assert_eq!(merged, Merge::Added, "{code}");
        assert_eq!(far.requests(), 3, "{code}");
    }
    Ok(())
}

/// Merges through a far end that always refuses, and returns how many requests it got, whether a
/// retry may help, and the text of the error.
async fn refused(act: Act, time: Option<Duration>) -> anyhow::Result<(usize, Retry, String)> {
    let far = FarEnd::start("127.0.0.1:9", &[], act)?;
    let mut store = store(&far.endpoint, "atalaya")?;
    if let Some(time) = time {
        store = store.with_deadline(Instant::now() + time);
    }
    let error = store.merge(&part("loan-api", 1, 1)).await.err();
    let error = error.context("is refused")?;
    let told = format!("{error}: {}", error.source);
    Ok((far.requests(), error.retry, told))
}

#[tokio::test]
async fn a_refusal_says_what_it_is_about_and_repeats_nothing_of_a_log() -> anyhow::Result<()> {
    let step = format!("merge of W#loan-api#{MINUTE} in table atalaya failed: ");
    for (code, why) in [
        (
            "ResourceNotFoundException",
            "table atalaya does not exist in region us-east-1",
        ),
        (
            "ValidationException",
            "dynamodb answered ValidationException with status 400 (request unknown)",
        ),
    ] {
        let told = refused(Act::Refuse(400, code), None).await?;
        assert_eq!(told, (1, Retry::Never, format!("{step}{why}")));
    }
    // AWS's message about permissions names the role, the action and the table, which a person
    // needs to fix it.
    let denied = Act::Refuse(400, "AccessDeniedException");
    let (requests, retry, told) = refused(denied, None).await?;
    assert_eq!((requests, retry), (1, Retry::Never));
    assert!(
        told.starts_with(&format!("{step}access is denied")),
        "{told}"
    );
    Ok(())
}

#[tokio::test]
async fn throttling_without_end_is_given_up_after_ten_attempts() -> anyhow::Result<()> {
    let throttled = Act::Refuse(400, "ThrottlingException");
    let (requests, retry, told) = refused(throttled, None).await?;
    assert_eq!((requests, retry), (10, Retry::Later), "{told}");
    assert!(told.contains("ThrottlingException"), "{told}");
    assert!(!told.contains(far_end::LOG_TEXT), "{told}");
    Ok(())
}

#[tokio::test]
async fn no_call_outlives_its_deadline() -> anyhow::Result<()> {
    let throttled = Act::Refuse(400, "ThrottlingException");
    for (ms, at_most) in [(0, 0), (200, 8)] {
        let start = Instant::now();
        let (requests, retry, told) = refused(throttled, Some(Duration::from_millis(ms))).await?;
        assert!(requests <= at_most, "{requests} requests");
        assert_eq!(retry, Retry::Later);
        assert!(
            told.ends_with("no time is left before the deadline"),
            "{told}"
        );
        assert!(start.elapsed() < Duration::from_secs(2));
    }
    Ok(())
}

#[tokio::test]
async fn a_far_end_that_is_not_there_is_told_and_may_come_back() -> anyhow::Result<()> {
    // The discard port: nobody listens there.
    let store = store("http://127.0.0.1:9", "atalaya")?;
    let key = change("loan-api", "x");
    let error = store.load(&key).await.err().context("nobody is there")?;
    assert_eq!(error.retry, Retry::Later);
    assert_eq!(error.step, "read of C#loan-api/x in table atalaya");
    let told = error.source.to_string();
    assert!(told.starts_with("dynamodb cannot be reached: "), "{told}");
    Ok(())
}

#[tokio::test]
async fn a_minute_is_the_same_in_all_three_implementations() -> anyhow::Result<()> {
    let Some((remote, _)) = table("implementations").await? else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let disk = atalaya_flow::embedded::EmbeddedStore::open(folder.path())?;
    let memory = atalaya_flow::memory::MemoryStore::default();
    for n in 0..40_u64 {
        let mut sums = BTreeMap::new();
        for slot in 0..=(n % 4) as u16 {
            let mut of_slot = Sums {
                count: n,
                errors: n % 3,
                client_errors: n % 2,
                ..Sums::default()
            };
            of_slot.latency.add(1.7_f64.powi(n as i32 % 20));
            of_slot.add_cause(["scoring", "", "e", "12"][n as usize % 4], n % 3 + 1);
            sums.insert(Slot((n % 3) as u16 * SLOTS_PER_PAGE + slot), of_slot);
        }
        let mut part = part("implementations", n / 2 * 2, 0);
        part.item.page = (n % 3) as u16;
        part.item.shard = (n % 5) as u8;
        part.sums = sums;
        let merged = memory.merge(&part).await?;
        assert_eq!(remote.merge(&part).await?, merged, "part {n}");
        assert_eq!(disk.merge(&part).await?, merged, "part {n}");
    }
    let total = memory.window("implementations", MINUTE).await?;
    assert_eq!(remote.window("implementations", MINUTE).await?, total);
    assert_eq!(disk.window("implementations", MINUTE).await?, total);
    Ok(())
}
