//! Tests that services, routes and dependencies that the settings name are counted separately
//! whatever names the logs held before, and under one name whatever the logs call them.

use std::collections::BTreeMap;

use atalaya_core::alert::AlertEvent;
use atalaya_core::catalog::Catalog;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::series::{OTHER, SeriesKind};
use atalaya_core::settings::Settings;
use atalaya_core::time::Minute;
use atalaya_core::window::Part;
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::registry::MAX_SERVICES;
use atalaya_flow::store::{DocKey, DocumentKind, Save, Store as _};
use atalaya_flow::{Flow, Payload, Sink};
use proptest::prelude::*;
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;

/// The counts by service, kind and name, and by blamed cause.
#[derive(Debug, Default)]
struct Counts {
    series: BTreeMap<(String, SeriesKind, String), u64>,
    causes: BTreeMap<String, u64>,
}

impl Counts {
    fn of(&self, service: &str, kind: SeriesKind, name: &str) -> u64 {
        let key = (service.to_owned(), kind, name.to_owned());
        self.series.get(&key).copied().unwrap_or_default()
    }

    fn requests(&self, service: &str, route: &str) -> u64 {
        self.of(service, SeriesKind::Route, route)
    }

    fn calls(&self, service: &str, dependency: &str) -> u64 {
        self.of(service, SeriesKind::Dependency, dependency)
    }
}

impl Sink for Counts {
    fn metrics(&mut self, _: Minute, _: &[u8]) {}
    fn added(&mut self, part: &Part, catalog: &Catalog) {
        for (slot, sums) in &part.sums {
            let series = catalog.series(*slot).expect("a slot of the catalog");
            let key = (
                part.item.service.to_string(),
                series.kind,
                series.name.to_string(),
            );
            *self.series.entry(key).or_default() += sums.count;
            for (cause, n) in &sums.causes {
                *self.causes.entry(cause.to_string()).or_default() += n;
            }
        }
    }
    fn finding(&mut self, _: &str, _: &Finding, _: i64) {}
    fn incident(&mut self, _: AlertEvent, _: &Incident) {}
}

fn settings() -> Settings {
    let text = "services:
  api:
    log_groups: [/ecs/api]
    routes: [\"/loan/{id}/status\", /loan/apply]
    dependencies: { scoring: { aliases: [scoring.example.net, risk-engine] }, auth: {} }
  shop:
    log_groups: [/ecs/shop]
    slos: [{ name: checkout, objective: 99, route: \"/cart/{cart}\" }]
    max_series: 3
";
    Settings::parse(text).expect("is without fault")
}

fn flow() -> Flow<MemoryStore> {
    Flow::new(MemoryStore::default(), settings())
}

/// Hands in lines of a log group as one batch.
async fn ingest(
    flow: &mut Flow<MemoryStore>,
    counts: &mut Counts,
    group: &str,
    lines: &[Value],
) -> anyhow::Result<()> {
    let event = |(n, line): (usize, &Value)| json!({"id": format!("{line}-{n}"), "timestamp": START_MS, "message": line.to_string()});
    let events: Vec<Value> = lines.iter().enumerate().map(event).collect();
    let batch = json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": group,
        "logStream": "s", "subscriptionFilters": [], "logEvents": events});
    let payload = batch.to_string();
    flow.ingest(Payload::Json(payload.as_bytes()), START_MS + 1_000, counts)
        .await?;
    Ok(())
}

fn request(path: &str) -> Value {
    json!({"path": path, "method": "GET", "status": 200, "latency_ms": 5})
}

fn of_service(name: &str) -> Value {
    json!({"service": name, "path": "/loan/apply", "method": "GET", "status": 200})
}

/// A word of letters: digits would make it an id.
fn word(n: usize) -> String {
    let letter = |digit: u8| char::from(b'a' + digit);
    [n / 100, n / 10 % 10, n % 10]
        .map(|digit| letter(digit as u8))
        .iter()
        .collect()
}

async fn store(flow: &Flow<MemoryStore>, kind: DocumentKind, scope: &str, body: &str) {
    let id = "v1".to_owned();
    let scope = scope.to_owned();
    let saved = flow.store.save(&DocKey { kind, scope, id }, 0, body).await;
    assert_eq!(saved.expect("memory takes it"), Save::Saved);
}

#[tokio::test]
async fn three_hundred_names_leave_a_configured_service_its_own() -> anyhow::Result<()> {
    let names: Vec<Value> = (0..300).map(|n| of_service(&word(n))).collect();
    for size in [300, 50] {
        let (mut flow, mut counts) = (flow(), Counts::default());
        for names in names.chunks(size) {
            ingest(&mut flow, &mut counts, "/ecs/elsewhere", names).await?;
        }
        let mut last = vec![of_service("newcomer")];
        last.extend([of_service("api"), of_service("api")]);
        ingest(&mut flow, &mut counts, "/ecs/elsewhere", &last).await?;
        assert_eq!(
            counts.requests("api", "/loan/apply"),
            2,
            "batches of {size}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_list_of_services_that_was_full_before_takes_what_is_named() -> anyhow::Result<()> {
    let (mut flow, mut counts) = (flow(), Counts::default());
    let names: Vec<String> = (0..MAX_SERVICES).map(word).collect();
    store(
        &flow,
        DocumentKind::Services,
        "all",
        &json!(names).to_string(),
    )
    .await;
    let lines = ["api", "newcomer", "aaa"].map(of_service);
    ingest(&mut flow, &mut counts, "/ecs/api", &lines).await?;
    let of = |service| counts.requests(service, "/loan/apply");
    assert_eq!(["api", "newcomer", OTHER, "aaa"].map(of), [1, 0, 1, 1]);
    Ok(())
}

#[tokio::test]
async fn a_hundred_and_ten_slugs_leave_configured_routes_their_own() -> anyhow::Result<()> {
    let slugs: Vec<Value> = (0..110)
        .map(|n| request(&format!("/{}", word(n))))
        .collect();
    let (mut flow, mut counts) = (flow(), Counts::default());
    ingest(&mut flow, &mut counts, "/ecs/api", &slugs).await?;
    let call = json!({"dependency": "scoring", "duration_ms": 7.5});
    let lines = [request("/loan/17/status"), request("/loan/apply"), call];
    ingest(&mut flow, &mut counts, "/ecs/api", &lines).await?;
    assert_eq!(counts.requests("api", "/loan/{id}/status"), 1);
    assert_eq!(counts.requests("api", "/loan/apply"), 1);
    assert_eq!(counts.calls("api", "scoring"), 1);
    let of_api = |(service, kind, name): &&(String, SeriesKind, String)| {
        service == "api" && !kind.is_message() && *kind != SeriesKind::Lines && name != OTHER
    };
    let kept = counts.series.keys().filter(of_api).count();
    assert_eq!(kept, 99, "auth has a place of the hundred, too");
    Ok(())
}

#[tokio::test]
async fn a_catalog_that_was_full_before_takes_what_is_named() -> anyhow::Result<()> {
    let (mut flow, mut counts) = (flow(), Counts::default());
    let routes: Vec<_> = (1..=100).map(|n| (n, format!("/{}", word(n)))).collect();
    let causes: Vec<_> = (0..32).map(|n| format!("E{}", word(n))).collect();
    let full = json!({"r": routes, "d": [], "c": causes}).to_string();
    store(&flow, DocumentKind::Catalog, "api", &full).await;
    let failed = json!({"path": "/loan/apply", "method": "GET", "status": 503,
        "dependency": "risk-engine", "dependency_ms": 9});
    let lines = [failed, request("/aab"), request("/new")];
    ingest(&mut flow, &mut counts, "/ecs/api", &lines).await?;
    let of = |route| counts.requests("api", route);
    assert_eq!(["/loan/apply", "/aab", "/new", OTHER].map(of), [1, 1, 0, 1]);
    assert_eq!(counts.calls("api", "scoring"), 1);
    assert_eq!(
        counts.causes.get("scoring"),
        Some(&1),
        "{:?}",
        counts.causes
    );
    Ok(())
}

#[tokio::test]
async fn the_route_of_an_objective_has_its_place_where_routes_are_learned() -> anyhow::Result<()> {
    let (mut flow, mut counts) = (flow(), Counts::default());
    let slugs = ["/a", "/b", "/c", "/d"].map(request);
    ingest(&mut flow, &mut counts, "/ecs/shop", &slugs).await?;
    let framework = json!({"route": "/cart/:id", "method": "GET", "status": 200});
    let lines = [request("/cart/17"), framework];
    ingest(&mut flow, &mut counts, "/ecs/shop", &lines).await?;
    let of = |route| counts.requests("shop", route);
    assert_eq!(
        ["/a", "/b", "/c", OTHER, "/cart/{cart}"].map(of),
        [1, 1, 0, 2, 2]
    );
    Ok(())
}

#[tokio::test]
async fn calls_under_an_alias_are_calls_of_the_dependency() -> anyhow::Result<()> {
    let call = |name: &str| json!({"dependency": name, "duration_ms": 7.5});
    let served = |name: &str| {
        json!({"path": "/loan/apply", "method": "GET", "status": 500,
            "dependency": name, "dependency_ms": 9})
    };
    let rows = [
        ("a call by its name", call("scoring"), "scoring"),
        ("a call by its host", call("scoring.example.net"), "scoring"),
        (
            "a host in another case",
            call("Scoring.Example.NET"),
            "scoring",
        ),
        ("a call by another alias", call("risk-engine"), "scoring"),
        (
            "a request that names an alias",
            served("risk-engine"),
            "scoring",
        ),
        (
            "a message that names one",
            json!({"level": "warn", "msg": "call to risk-engine failed after 12 ms"}),
            "scoring",
        ),
        ("a call of another", call("auth"), "auth"),
        ("a call of an unknown one", call("ledger"), "ledger"),
    ];
    for (row, line, expected) in rows {
        let (mut flow, mut counts) = (flow(), Counts::default());
        ingest(
            &mut flow,
            &mut counts,
            "/ecs/api",
            std::slice::from_ref(&line),
        )
        .await?;
        let named = |(_, kind, _): &&(String, SeriesKind, String)| *kind == SeriesKind::Dependency;
        let names: Vec<_> = counts.series.keys().filter(named).collect();
        assert_eq!(names.len(), 1, "{row}: {names:?}");
        assert_eq!(counts.calls("api", expected), 1, "{row}: {names:?}");
        let blamed: Vec<_> = counts.causes.keys().collect();
        if line["path"].is_string() {
            assert!(blamed.contains(&&expected.to_owned()), "{row}: {blamed:?}");
        }
        assert!(
            !blamed.iter().any(|cause| cause.contains("risk")),
            "{row}: {blamed:?}"
        );
    }
    Ok(())
}

#[derive(Debug, Clone)]
enum Line {
    Slug(usize),
    Call(usize),
    Service(usize),
    Named,
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        4 => (0..400_usize).prop_map(Line::Slug),
        2 => (0..400_usize).prop_map(Line::Call),
        2 => (0..400_usize).prop_map(Line::Service),
        1 => Just(Line::Named),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(32)
    })]

    #[test]
    fn what_is_named_is_never_other(
        batches in prop::collection::vec(prop::collection::vec(line(), 1..400), 1..5),
    ) {
        let (mut flow, mut counts) = (flow(), Counts::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut expected = 0;
        for batch in &batches {
            let mut lines = Vec::new();
            for line in batch {
                match line {
                    Line::Slug(n) => lines.push(request(&format!("/{}", word(*n)))),
                    Line::Call(n) => lines.push(json!({"dependency": word(*n), "duration_ms": 7})),
                    Line::Service(n) => lines.push(of_service(&word(*n))),
                    Line::Named => {
                        expected += 1;
                        lines.extend([
                            request("/loan/17/status"),
                            json!({"dependency": "scoring.example.net", "duration_ms": 7}),
                            json!({"service": "shop", "path": "/cart/9", "method": "GET", "status": 404}),
                        ]);
                    }
                }
            }
            let ingested = runtime.block_on(ingest(&mut flow, &mut counts, "/ecs/api", &lines));
            ingested.expect("memory takes it");
        }
        prop_assert_eq!(counts.requests("api", "/loan/{id}/status"), expected);
        prop_assert_eq!(counts.calls("api", "scoring"), expected);
        prop_assert_eq!(counts.requests("shop", "/cart/{cart}"), expected);
    }
}
