//! Tests of the settings: what a good file means, and the exact words of each fault.

use std::time::Duration;

use atalaya_logs::extract::TimeUnit;

use super::*;

mod hostile;
mod rows;
mod rules;
mod schema;
mod tuning;

const REFERENCE: &str = include_str!("../../../../docs/config.md");

const EXAMPLE: &str = r#"services:
  loan-api:
    log_groups: ["/ecs/prod/loan-api"]
    owner: credit-platform
    runbook: https://runbooks.example.com/loan-api
    routes: ["/loan/apply", "/loan/{id}/status"]        # optional: learned otherwise, with a cap
    fields: { latency: { path: "http.elapsed", unit: ms } }  # optional: overrides detection
    dependencies: { scoring: { external: true }, auth: {}, aurora: { rds_cluster: loans } }
    slos:
      - { name: availability, objective: 99.9, window: 30d }
      - { name: latency, objective: 99.0, threshold: 500ms, window: 30d, route: "/loan/apply" }
notify:
  page:   [{ pagerduty: { routing_key: "ssm:/atalaya/pagerduty" } }, { slack: { webhook: "ssm:/atalaya/slack" } }]
  ticket: [{ slack: { webhook: "ssm:/atalaya/slack" } }]
"#;

/// Reads `text` and compares every fault, a line each; no expected line means a file without faults.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let told = match Settings::parse(text) {
        Ok(_) => String::new(),
        Err(faults) => faults.to_string(),
    };
    assert_eq!(
        told,
        expected.join("\n"),
        "of a file that begins:\n{text:.2000}"
    );
}

fn parsed(text: &str) -> Settings {
    Settings::parse(text).expect("the file has no faults")
}

#[test]
fn the_example_means_what_it_says() {
    let settings = parsed(EXAMPLE);
    assert_eq!(settings.namespace, "Atalaya");
    assert_eq!(settings.service_of("/ecs/prod/loan-api"), Some("loan-api"));
    assert_eq!(settings.service_of("/ecs/prod/loan"), None);
    assert_eq!(settings.service("loan"), None);

    let service = settings.service("loan-api").expect("the service is there");
    assert_eq!(service.owner.as_deref(), Some("credit-platform"));
    assert_eq!(
        service.runbook.as_deref(),
        Some("https://runbooks.example.com/loan-api")
    );
    assert_eq!(service.routes, ["/loan/apply", "/loan/{id}/status"]);
    assert_eq!(service.max_series, 100);
    let latency = FieldRule {
        path: "http.elapsed".into(),
        unit: Some(TimeUnit::Milliseconds),
    };
    assert_eq!(
        service.fields,
        BTreeMap::from([(KnownField::Latency, latency)])
    );
    assert_eq!(
        service.dependencies.keys().collect::<Vec<_>>(),
        ["aurora", "auth", "scoring"]
    );
    assert!(service.dependencies["scoring"].external);
    assert_eq!(service.dependencies["auth"], DependencySettings::default());
    assert_eq!(
        service.dependencies["aurora"].rds_cluster.as_deref(),
        Some("loans")
    );
    let latency = Slo {
        name: "latency".into(),
        objective: 99.0,
        window_days: 30,
        threshold: Some(Duration::from_millis(500)),
        route: Some("/loan/apply".into()),
    };
    assert_eq!(service.slos[1], latency);
    assert_eq!(service.slos[0].threshold, None);

    let names = |severity| -> Vec<String> {
        let channels = settings.notify[&severity].iter();
        channels.map(Channel::to_string).collect()
    };
    let (pagerduty, slack) = (
        "pagerduty ssm:/atalaya/pagerduty",
        "slack ssm:/atalaya/slack",
    );
    assert_eq!(names(Severity::Page), [pagerduty, slack]);
    assert_eq!(names(Severity::Ticket), [slack]);
    let secret = settings.notify[&Severity::Ticket][0].secret();
    assert_eq!(secret, Some(&SecretRef::Parameter("/atalaya/slack".into())));
    assert_eq!(settings.notify.get(&Severity::Info), None);
}

#[test]
fn nothing_written_means_the_defaults() {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "{}", "\u{feff}"] {
        assert_eq!(parsed(text), Settings::default(), "of {text:?}");
    }
    assert_eq!(ServiceSettings::default().max_series, 100);
}

#[test]
fn every_fault_is_told_at_once_in_the_order_of_lines() {
    let text = "\
namespce: Loans
services:
  loan-api:
    log_groups: [/ecs/loan-api, /aws/lambda/atalaya-prod-ingest]
    owner: 42
    owner: team
    runbook: runbooks.example.com
    routes:
      - /loan/{id}
      - loan/apply
    slos:
      - { name: availability, objective: 99.9 }
      - name: latency
        objective: 100
        threshold: 500
  scoring:
    log_groups: [/ecs/loan-api]
notify:
  page:
    - slack: { webhook: https://hooks.slack.com/services/T0/B0/abc }
";
    check(
        text,
        &[
            "line 1: namespce: is not a known key (did you mean `namespace`?)",
            "line 4: services.loan-api.log_groups[1]: `/aws/lambda/atalaya-prod-ingest` is a log group of Atalaya \
             itself (remove it: Atalaya would read what it writes, for ever)",
            "line 5: services.loan-api.owner: must be a text, not a number (put it in quotes)",
            "line 6: services.loan-api.owner: stands twice, first on line 5 (keep one of the two)",
            "line 7: services.loan-api.runbook: must begin with `https://` or `http://` (write a whole link, as in \
             https://runbooks.example.com/loan-api)",
            "line 10: services.loan-api.routes[1]: `loan/apply` must begin with `/` (write it as in \
             /loan/{id}/status, with {name} for a part that varies)",
            "line 14: services.loan-api.slos[1].objective: must be between 50 and 99.999, not 100 (an objective of \
             100 leaves no error budget)",
            "line 15: services.loan-api.slos[1].threshold: `500` has no unit (write a whole number and a unit, as in \
             500ms, 1s, 2m, 1h or 30d)",
            "line 17: services.scoring.log_groups[0]: `/ecs/loan-api` already belongs to `loan-api` on line 4 (a log \
             group belongs to one service; remove it from one of the two places)",
            "line 20: notify.page[0].slack.webhook: must be a reference to a secret, not the secret itself (keep the \
             secret in Parameter Store and write `ssm:/path`, or in Secrets Manager and write \
             `secretsmanager:name`; if a secret stood here, replace it)",
        ],
    );
}

#[test]
fn every_example_of_the_reference_has_no_faults() {
    let examples: Vec<&str> = REFERENCE
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(!examples.is_empty());
    for example in examples {
        check(example, &[]);
    }
}
