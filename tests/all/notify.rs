//! The function `notify` as it is deployed: its binary, against a stand-in for the Runtime API, DynamoDB Local, and a far end
//! that plays SNS, SSM, CloudWatch and Slack.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, anyhow};
use atalaya_aws::access::Access;
use atalaya_aws::dynamo::DynamoStore;
use atalaya_flow::store::{DocKey, DocumentKind, Save, Store as _};
use atalaya_tests::bed::DynamoDbLocal;
use atalaya_tests::build;
use atalaya_tests::far_end::{FarEnd, PARAMETER, SECRET_PATH};
use atalaya_tests::runtime_api::{Answer, Function, Invocation};
use serde_json::{Value, json};

use crate::conventions::root;

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:atalaya";

const CONFIG: &str = "services:
  loan-api:
    log_groups: [/ecs/prod/loan-api]
    owner: credit-platform
    dependencies: { scoring: { external: true }, aurora: { rds_cluster: loans } }
notify:
  page: [{ slack: { webhook: \"ssm:/atalaya/slack\" } }]
";

/// Returns the function's binary, built by the first test that asks.
fn binary() -> anyhow::Result<&'static Path> {
    static BINARY: OnceLock<anyhow::Result<PathBuf>> = OnceLock::new();
    match BINARY.get_or_init(|| build::binary(&["-p", "notify"])) {
        Ok(path) => Ok(path),
        Err(error) => Err(anyhow!("{error:#}")),
    }
}

/// A function over a table of its own, and its far end.
struct Setup {
    store: DynamoStore,
    far: FarEnd,
    function: Function,
}

impl Setup {
    async fn open(server: &DynamoDbLocal, table: &str, config: &str) -> anyhow::Result<Self> {
        let far = FarEnd::start()?;
        let environment = [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL", far.endpoint()),
            ("AWS_ENDPOINT_URL_DYNAMODB", server.endpoint()),
            ("ATALAYA_TABLE", table),
            ("ATALAYA_TOPIC", TOPIC),
            ("ATALAYA_ENVIRONMENT", "prod"),
            ("ATALAYA_PAGERDUTY_URL", "http://127.0.0.1:9/v2/enqueue"),
        ];
        let access = Access::from_env(|key| {
            let row = environment.iter().find(|(name, _)| *name == key);
            row.map(|(_, value)| (*value).to_owned())
        })?;
        let store = DynamoStore::new(&access, table);
        store.create_table().await?;
        save(&store, DocumentKind::Settings, "atalaya", "next", config).await?;
        let line = r#"{"lines":[{"at":1767861790000,"text":"ERROR scoring timed out for ****"}]}"#;
        save(
            &store,
            DocumentKind::Excerpt,
            "loan-api",
            "2026-01-08T08:43Z#a",
            line,
        )
        .await?;
        let function = Function::start(binary()?, &environment)?;
        Ok(Self {
            store,
            far,
            function,
        })
    }

    /// Sends records to the function and returns the sequence numbers of those that it wants again,
    /// with its output.
    fn tell(&mut self, records: &[Value]) -> anyhow::Result<(Vec<String>, Invocation)> {
        let event = json!({ "Records": records }).to_string();
        let told = self.function.invoke(event.as_bytes())?;
        let Answer::Response(answer) = &told.answer else {
            panic!("{told:?}");
        };
        assert!(!told.stderr.contains(SECRET_PATH), "{}", told.stderr);
        let answer: Value = serde_json::from_str(answer)?;
        let failures = answer["batchItemFailures"].as_array();
        let failures = failures.with_context(|| answer.to_string())?.iter();
        let number = |failure: &Value| failure["itemIdentifier"].as_str().map(str::to_owned);
        let again = failures.filter_map(number).collect();
        Ok((again, told))
    }

    /// Returns how many posts and publications arrived since the last call.
    fn arrived(&self) -> (Vec<Value>, Vec<String>) {
        (self.far.posts(), self.far.published())
    }
}

async fn save(
    store: &DynamoStore,
    kind: DocumentKind,
    scope: &str,
    id: &str,
    body: &str,
) -> anyhow::Result<()> {
    let key = DocKey {
        kind,
        scope: scope.into(),
        id: id.into(),
    };
    assert_eq!(store.save(&key, 0, body).await?, Save::Saved);
    Ok(())
}

/// Returns the record of an incident's document, one of the fixtures of its stored form.
fn record(fixture: &str, number: &str) -> anyhow::Result<Value> {
    let path = root().join(format!(
        "shared/flow/src/documents/incident/fixtures/{fixture}.json"
    ));
    let document = fs::read_to_string(path)?;
    Ok(json!({
        "eventID": number, "eventName": "MODIFY", "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
        "dynamodb": {
            "Keys": {"PK": {"S": "G#all"}, "SK": {"S": "2026-01-08T08:42Z#loan-api-20260108T0842Z"}},
            "NewImage": {"d": {"S": document.trim()}, "v": {"N": "1"}},
            "SequenceNumber": number, "StreamViewType": "NEW_IMAGE"
        }
    }))
}

fn own_metric(told: &Invocation, name: &str) -> anyhow::Result<Value> {
    let document: Value = serde_json::from_str(told.stdout.trim())?;
    assert_eq!(
        document["_aws"]["CloudWatchMetrics"][0]["Namespace"],
        "Atalaya/Self"
    );
    Ok(document[name].clone())
}

#[tokio::test]
async fn each_channel_is_told_once_of_open_and_of_resolve() -> anyhow::Result<()> {
    let Some(server) = DynamoDbLocal::shared()? else {
        return Ok(());
    };
    let mut setup = Setup::open(server, "notify-once", CONFIG).await?;
    let open = record("open-v1", "100")?;
    let mut change = open.clone();
    change["dynamodb"]["Keys"]["PK"]["S"] = "C#loan-api".into();

    let (again, told) = setup.tell(&[change, open.clone()])?;
    assert_eq!(again, [""; 0], "{}", told.stderr);
    assert_eq!(own_metric(&told, "Delivered")?, 2);
    assert_eq!(own_metric(&told, "Filtered")?, 1);
    assert_eq!(
        own_metric(&told, "EnrichmentFailures")?,
        0,
        "{}",
        told.stderr
    );
    let (posts, published) = setup.arrived();
    assert_eq!((posts.len(), published.len()), (1, 1));
    let post = posts[0].to_string();
    for part in [
        "[PAGE] prod loan-api: 31 % of requests fail",
        "owner credit-platform",
        "ERROR scoring timed out for ****",
        "DatabaseConnections of loans: 87 (the hour before: 45)",
        "metrics without data: Requests",
        "/open/1767862020000",
    ] {
        assert!(post.contains(part), "{part} is not in {post}");
    }
    assert!(
        published[0].contains("TopicArn=arn%3Aaws%3Asns"),
        "{}",
        published[0]
    );

    let (again, told) = setup.tell(&[open.clone(), open.clone()])?;
    assert_eq!((again.len(), setup.arrived()), (0, (vec![], vec![])));
    assert_eq!(own_metric(&told, "Duplicates")?, 4);

    let (again, _) = setup.tell(&[open, record("resolved-v1", "101")?])?;
    assert_eq!(again, [""; 0]);
    let (posts, published) = setup.arrived();
    assert_eq!((posts.len(), published.len()), (1, 1));
    assert!(
        posts[0]
            .to_string()
            .contains("[RESOLVED] prod loan-api: resolved after 62 min")
    );
    assert!(
        published[0].contains("for+1+h+2+min") || published[0].contains("for%201%20h%202%20min")
    );
    assert_eq!(setup.far.parameters_asked(), 1, "the secret is kept");
    Ok(())
}

#[tokio::test]
async fn a_channel_that_fails_is_reported_and_told_once_later() -> anyhow::Result<()> {
    let Some(server) = DynamoDbLocal::shared()? else {
        return Ok(());
    };
    let mut setup = Setup::open(server, "notify-fails", CONFIG).await?;
    let records = [record("open-v1", "100")?, record("resolved-v1", "101")?];
    setup.far.refuse(3);
    let (again, told) = setup.tell(&records)?;
    assert_eq!(again, ["100", "101"], "{}", told.stderr);
    assert_eq!(own_metric(&told, "Delivered")?, 2);
    assert_eq!(own_metric(&told, "DeliveryFailures")?, 2);
    let (posts, published) = setup.arrived();
    assert_eq!(
        (posts.len(), published.len()),
        (0, 2),
        "the topic is told all the same"
    );
    assert!(published[0].contains("answered+500") || published[0].contains("answered%20500"));

    let (again, told) = setup.tell(&records)?;
    assert_eq!(again, [""; 0], "{}", told.stderr);
    let (posts, published) = setup.arrived();
    assert_eq!(
        (posts.len(), published.len()),
        (2, 0),
        "who was told is not told again"
    );
    assert!(
        posts[0].to_string().contains("/open/"),
        "in order: {}",
        posts[0]
    );
    assert!(
        posts[1].to_string().contains("/resolve/"),
        "in order: {}",
        posts[1]
    );

    let (again, _) = setup.tell(&records)?;
    assert_eq!((again.len(), setup.arrived()), (0, (vec![], vec![])));
    let scope = "loan-api-20260108T0842Z";
    let kept = setup
        .store
        .list(DocumentKind::Delivery, scope, "", 10)
        .await?;
    assert_eq!(kept.len(), 4, "{kept:?}");
    Ok(())
}

#[tokio::test]
async fn a_secret_that_does_not_exist_is_named_and_holds_up_nobody() -> anyhow::Result<()> {
    let Some(server) = DynamoDbLocal::shared()? else {
        return Ok(());
    };
    let config = CONFIG.replace(PARAMETER, "/atalaya/gone");
    let mut setup = Setup::open(server, "notify-gone", &config).await?;
    let (again, told) = setup.tell(&[record("open-v1", "100")?])?;
    assert_eq!(again, [""; 0], "the topic was told");
    let named = "secret ssm:/atalaya/gone: SSM answered ParameterNotFound with status 400";
    assert!(told.stderr.contains(named), "{}", told.stderr);
    assert_eq!(own_metric(&told, "DeliveryFailures")?, 1);
    let (_, published) = setup.arrived();
    assert!(
        published[0].contains("ParameterNotFound"),
        "{}",
        published[0]
    );
    Ok(())
}
