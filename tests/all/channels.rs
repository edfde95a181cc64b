//! Channels against a far end that answers as the real services do, and as they should not: which
//! messages are delivered, which are retried at once, which later, and which never.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use atalaya_aws::access::Access;
use atalaya_aws::channels::Channels;
use atalaya_aws::http::{HttpClient, MAX_BODY};
use atalaya_core::detect::Severity;
use atalaya_core::settings::schema::{Value, keys};
use atalaya_core::settings::{Channel, Settings, channel_kinds};
use atalaya_flow::documents;
use atalaya_flow::notify::{DeliveryError, Notifier as _};
use atalaya_flow::store::Retry;
use atalaya_render::channels::answer::End;
use atalaya_render::channels::{Receipt, Request};
use atalaya_render::message::{Deployment, Gathered, Message};
use atalaya_tests::far_end::{FarEnd, Reply, SECRET_PATH};

use crate::conventions::root;

const SLACK: &str = "slack: { webhook: \"ssm:/atalaya/slack\" }";
const WEBHOOK: &str = "webhook: { url: \"ssm:/atalaya/slack\" }";
const PAGERDUTY: &str = "pagerduty: { routing_key: \"ssm:/atalaya/slack\" }";
const SNS: &str = "sns: { topic: \"arn:aws:sns:us-east-1:111122223333:atalaya\" }";

/// A far end and the channels that call it.
struct Bench {
    far: FarEnd,
    channels: Channels,
    message: Message,
}

impl Bench {
    fn start() -> anyhow::Result<Self> {
        let far = FarEnd::start()?;
        let hook = format!("{}{SECRET_PATH}", far.endpoint());
        let environment = [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL", far.endpoint()),
            ("ATALAYA_PAGERDUTY_URL", &hook),
        ];
        let lookup = |key: &str| {
            let row = environment.iter().find(|(name, _)| *name == key);
            row.map(|(_, value)| (*value).to_owned())
        };
        let access = Access::from_env(lookup)?;
        let channels = Channels::new(&access, lookup);
        let fixture = root().join("shared/flow/src/documents/alert/fixtures/open-v2.json");
        let stored = fs::read_to_string(fixture)?;
        let deployment = Deployment {
            region: "us-east-1".into(),
            environment: None,
        };
        let message = Message::of(
            &documents::alert::decode("loan-api", stored.trim())?,
            &Settings::default(),
            &deployment,
            Gathered::default(),
        );
        Ok(Self {
            far,
            channels,
            message,
        })
    }

    async fn deliver(&self, channel: &str) -> anyhow::Result<Result<Receipt, DeliveryError>> {
        let settings = Settings::parse(&format!("notify: {{ page: [ {{ {channel} }} ] }}"))?;
        let channel: &Channel = settings.notify[&Severity::Page]
            .first()
            .context("one channel")?;
        let delivered = self.channels.deliver(channel, &self.message, None).await;
        // Whatever the far end answers, no part of a secret and no text of its own is copied into
        // the error.
        assert!(!format!("{delivered:?}").contains("hush"), "{delivered:?}");
        Ok(delivered)
    }
}

/// The result of a delivery: the text of its failure, whether it is retried, and the wait that was
/// asked for.
type Expected = Result<(), (&'static str, Retry, Option<u64>)>;

/// Delivers, within so many seconds, to a channel whose far end first answers with `replies` and
/// then accepts everything.
async fn check(
    channel: &str,
    replies: Vec<Reply>,
    seconds: u64,
    attempts: u32,
    expected: Expected,
) -> anyhow::Result<()> {
    let mut bench = Bench::start()?;
    for reply in replies {
        bench.far.reply(reply);
    }
    // A delivery may take a third of what is left of the invocation.
    let start = Instant::now();
    let deadline = start + Duration::from_secs(3 * seconds);
    bench.channels = bench.channels.with_deadline(Some(deadline));
    let delivered = bench.deliver(channel).await?;
    let took = start.elapsed();
    assert!(took < Duration::from_secs(seconds + 4), "{took:?}");
    let found = delivered.map(drop).map_err(|error| {
        let after = error.after.map(|after| after.as_secs());
        (error.words, error.retry, after)
    });
    let expected = expected.map_err(|(words, retry, after)| (words.to_owned(), retry, after));
    assert_eq!(found, expected);
    assert_eq!(bench.far.attempts(), attempts);
    Ok(())
}

fn says(status: u16, headers: &'static str, body: &str) -> Reply {
    Reply::Answer(status, headers, body.into())
}

fn refused(word: &str) -> Reply {
    says(200, "", &format!(r#"{{"ok":false,"error":"{word}"}}"#))
}

#[tokio::test]
async fn taken_with_200() -> anyhow::Result<()> {
    for channel in [SLACK, WEBHOOK, PAGERDUTY] {
        check(channel, Vec::new(), 8, 1, Ok(())).await?;
    }
    Ok(())
}

#[tokio::test]
async fn pagerduty_gives_its_key() -> anyhow::Result<()> {
    let bench = Bench::start()?;
    let body = r#"{"status":"success","dedup_key":"given"}"#;
    bench.far.reply(says(202, "", body));
    let receipt = bench.deliver(PAGERDUTY).await??;
    assert_eq!(receipt.key.as_deref(), Some("given"));
    assert!(receipt.at_ms > 1_767_225_600_000, "{receipt:?}");
    Ok(())
}

#[tokio::test]
async fn sns_gives_its_id() -> anyhow::Result<()> {
    let bench = Bench::start()?;
    let receipt = bench.deliver(SNS).await??;
    assert_eq!(receipt.id.as_deref(), Some("1"));
    assert_eq!(bench.far.published().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_refusal_beside_200_that_stays() -> anyhow::Result<()> {
    let expected = ("refused: channel_not_found", Retry::Never, None);
    let reply = refused("channel_not_found");
    check(SLACK, vec![reply], 8, 1, Err(expected)).await
}

#[tokio::test]
async fn a_refusal_beside_200_of_an_unknown_word() -> anyhow::Result<()> {
    let expected = ("refused: a_word_of_tomorrow", Retry::Never, None);
    let reply = refused("a_word_of_tomorrow");
    check(SLACK, vec![reply], 8, 1, Err(expected)).await
}

#[tokio::test]
async fn a_refusal_beside_200_that_repeats_the_secret() -> anyhow::Result<()> {
    let expected = ("refused: without a word", Retry::Never, None);
    let replies = vec![refused(SECRET_PATH)];
    check(SLACK, replies, 8, 1, Err(expected)).await
}

#[tokio::test]
async fn a_refusal_beside_200_that_passes_at_once() -> anyhow::Result<()> {
    let reply = refused("internal_error");
    check(SLACK, vec![reply; 2], 8, 3, Ok(())).await
}

#[tokio::test]
async fn a_refusal_beside_200_that_passes_later() -> anyhow::Result<()> {
    let expected = ("refused: ratelimited", Retry::Later, None);
    let reply = refused("ratelimited");
    check(SLACK, vec![reply; 3], 8, 3, Err(expected)).await
}

#[tokio::test]
async fn what_slack_calls_a_refusal_other_receivers_may_say() -> anyhow::Result<()> {
    let reply = refused("channel_not_found");
    check(WEBHOOK, vec![reply], 8, 1, Ok(())).await
}

#[tokio::test]
async fn a_status_with_its_word() -> anyhow::Result<()> {
    let expected = ("answered 404: no_service", Retry::Never, None);
    let reply = says(404, "", "no_service");
    check(SLACK, vec![reply], 8, 1, Err(expected)).await
}

#[tokio::test]
async fn a_rate_limit_that_ends_too_late() -> anyhow::Result<()> {
    let expected = ("answered 429", Retry::Later, Some(30));
    let reply = says(429, "Retry-After: 30\r\n", "");
    check(WEBHOOK, vec![reply], 8, 1, Err(expected)).await
}

#[tokio::test]
async fn a_rate_limit_that_ends_in_time() -> anyhow::Result<()> {
    let reply = says(429, "Retry-After: 1\r\n", "");
    check(WEBHOOK, vec![reply], 8, 2, Ok(())).await
}

#[tokio::test]
async fn a_rate_limit_without_end() -> anyhow::Result<()> {
    let expected = ("answered 429", Retry::Later, Some(24 * 3_600));
    let reply = says(429, "Retry-After: 18446744073709551615\r\n", "");
    check(WEBHOOK, vec![reply], 8, 1, Err(expected)).await
}

#[tokio::test]
async fn a_failed_server() -> anyhow::Result<()> {
    let expected = ("answered 500", Retry::Later, None);
    let reply = says(500, "", "hush, not a word");
    check(WEBHOOK, vec![reply; 3], 8, 3, Err(expected)).await
}

#[tokio::test]
async fn a_dropped_connection() -> anyhow::Result<()> {
    let words = "cannot be reached, or the connection broke off";
    let expected = (words, Retry::Later, None);
    check(WEBHOOK, vec![Reply::Drop; 3], 8, 3, Err(expected)).await
}

#[tokio::test]
async fn a_redirection_is_not_followed() -> anyhow::Result<()> {
    let expected = ("answered 302", Retry::Never, None);
    let reply = says(302, "Location: /services/hush-slack-path\r\n", "");
    check(WEBHOOK, vec![reply], 8, 1, Err(expected)).await
}

#[tokio::test]
async fn no_answer() -> anyhow::Result<()> {
    let expected = ("no answer in time", Retry::Later, None);
    check(WEBHOOK, vec![Reply::Silence], 1, 1, Err(expected)).await
}

#[tokio::test]
async fn a_huge_body() -> anyhow::Result<()> {
    let huge = "h".repeat(10_000_000);
    for channel in [SLACK, WEBHOOK, PAGERDUTY] {
        check(channel, vec![says(200, "", &huge)], 8, 1, Ok(())).await?;
    }
    let expected = ("answered 400", Retry::Never, None);
    check(SLACK, vec![says(400, "", &huge)], 8, 1, Err(expected)).await
}

#[tokio::test]
async fn a_slow_body_of_a_receiver_whose_status_says_all() -> anyhow::Result<()> {
    for channel in [WEBHOOK, PAGERDUTY] {
        check(channel, vec![Reply::Stall(200)], 1, 1, Ok(())).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_body_that_may_be_a_refusal() -> anyhow::Result<()> {
    let words = "answered 200, but not all of it in time";
    let expected = (words, Retry::Later, None);
    check(SLACK, vec![Reply::Stall(200)], 1, 1, Err(expected)).await
}

#[tokio::test]
async fn of_a_body_so_much_is_read_and_no_more() -> anyhow::Result<()> {
    let bench = Bench::start()?;
    let url = format!("{}{SECRET_PATH}", bench.far.endpoint());
    let headers = "Retry-After: 7\r\nX-Long: ".to_owned() + &"x".repeat(2_000) + "\r\n";
    let (most, headers) = (MAX_BODY, &*headers.leak());
    for (bytes, kept, end) in [
        (0, 0, End::Whole),
        (most, most, End::Whole),
        (most + 1, most, End::TooLong),
        (100 * most, most, End::TooLong),
    ] {
        bench.far.reply(says(200, headers, &"b".repeat(bytes)));
        let request = Request::json(&url, &bench.message, "{}".into());
        let until = Instant::now() + Duration::from_secs(3);
        let answer = HttpClient::default().post(&request, until).await?;
        assert_eq!((answer.body.len(), answer.end), (kept, end), "{bytes}");
        assert_eq!(answer.header("retry-after"), Some("7"));
        assert_eq!(answer.header("x-long"), None);
    }
    Ok(())
}

#[tokio::test]
async fn a_secret_that_was_refused_for_good_is_read_again() -> anyhow::Result<()> {
    let bench = Bench::start()?;
    bench.far.reply(refused("invalid_auth"));
    assert!(bench.deliver(SLACK).await?.is_err());
    for _ in 0..2 {
        bench.deliver(SLACK).await??;
    }
    assert_eq!(bench.far.parameters_asked(), 2);
    Ok(())
}

#[test]
fn every_kind_has_a_page_with_a_row_for_each_key_and_no_other() -> anyhow::Result<()> {
    let folder = root().join("docs/channels");
    let mut pages = BTreeSet::new();
    for entry in fs::read_dir(&folder)? {
        pages.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    let kinds: BTreeSet<_> = channel_kinds().map(|kind| format!("{kind}.md")).collect();
    assert_eq!(pages, kinds);
    for kind in keys::CHANNEL.keys {
        let Value::Section(section) = kind.value else {
            anyhow::bail!("{} is no section", kind.name);
        };
        let page = fs::read_to_string(folder.join(format!("{}.md", kind.name)))?;
        let row = |line: &str| {
            Some(
                line.strip_prefix("| `notify.")?
                    .split_once('`')?
                    .0
                    .to_owned(),
            )
        };
        let told: Vec<_> = page.lines().filter_map(row).collect();
        let mapping = format!("<severity>[].{}", kind.name);
        let keys = { section.keys.iter() }.map(|key| format!("{mapping}.{}", key.name));
        let known: Vec<_> = [mapping.clone()].into_iter().chain(keys).collect();
        assert_eq!(told, known);
    }
    Ok(())
}
