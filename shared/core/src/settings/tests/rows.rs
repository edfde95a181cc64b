//! Tests of the settings, key by key: which values are accepted, and the words of each fault.

use std::fmt::Write as _;
use std::time::Duration;

use atalaya_logs::mask::{Countries, Country};

use super::super::channel_kinds;
use super::super::schema::keys;
use super::super::values;
use super::{check, parsed};

/// Checks one key of a service; the key stands on line 4.
#[track_caller]
fn check_service(key: &str, expected: &[&str]) {
    check(
        &format!("services:\n  api:\n    log_groups: [/ecs/api]\n    {key}\n"),
        expected,
    );
}

/// Checks the channels of one severity, on line 2.
#[track_caller]
fn check_page(channels: &str, expected: &[&str]) {
    check(&format!("notify:\n  page: {channels}\n"), expected);
}

#[test]
fn namespaces() {
    check("namespace: Loans/prod #1", &[]);
    let rule = "(CloudWatch takes 1 to 255 of the characters A-Z a-z 0-9 . - _ / # : and space)";
    check(
        "namespace: ''",
        &[&format!("line 1: namespace: must not be empty {rule}")],
    );
    check(
        "namespace: 'a*b'",
        &[&format!("line 1: namespace: must not hold `*` {rule}")],
    );
    check(
        &format!("namespace: {}", "a".repeat(256)),
        &[&format!("line 1: namespace: is 256 bytes long {rule}")],
    );
    check(
        "namespace: AWS/Lambda",
        &["line 1: namespace: must not begin with `AWS/` (AWS keeps those namespaces for itself)"],
    );
    check(
        "namespace: ':a'",
        &["line 1: namespace: must not begin with `:` (CloudWatch refuses such a namespace)"],
    );
}

#[test]
fn services_and_log_groups() {
    check(
        "services:\n  api: {}\n",
        &["line 2: services.api: has no `log_groups` (add `log_groups`, which has no default)"],
    );
    check(
        "services:\n  api:\n    log_groups: []\n",
        &[
            "line 3: services.api.log_groups: must name at least one log group (without one the service is never \
           heard)",
        ],
    );
    check(
        "services:\n  api:\n    log_groups: [/ecs/a, /ecs/a]\n",
        &[
            "line 3: services.api.log_groups[1]: `/ecs/a` already belongs to `api` on line 3 (a log group belongs to \
           one service; remove it from one of the two places)",
        ],
    );
    check(
        "services:\n  api:\n    log_groups: ['arn:aws:logs:us-east-1:123456789012:log-group:/ecs/api:*']\n",
        &[
            "line 3: services.api.log_groups[0]: must be the name of a log group, not its ARN (keep what follows \
           `log-group:`, without a final `:*`)",
        ],
    );
    check(
        "services:\n  api:\n    log_groups: /ecs/api\n",
        &["line 3: services.api.log_groups: must be a list, not a text (write it as in [])"],
    );
    check(
        "services:\n  loan api:\n    log_groups: [/ecs/api]\n",
        &[
            "line 2: services.?: `loan api` is not a name (use 1 to 100 letters, digits, `.`, `_` and `-`, beginning \
           with a letter or digit)",
        ],
    );
    check(
        "services:\n",
        &[
            "line 1: services: must be a mapping of keys and values, not nothing (write it as in {}, or remove the \
           key)",
        ],
    );
}

#[test]
fn unknown_keys_are_answered_with_the_nearest() {
    let known: Vec<&str> = keys::SERVICE.names().collect();
    let known = format!("known here: {}", known.join(", "));
    for (key, remedy) in [
        ("log-group: [a]", "did you mean `log_groups`?"),
        ("Owner: a", "did you mean `owner`?"),
        ("route: [/a]", "did you mean `routes`?"),
        ("slo: []", "did you mean `slos`?"),
        ("maxSeries: 3", "did you mean `max_series`?"),
        ("team: a", &known),
    ] {
        let name = key.split(':').next().expect("the row has a key");
        check_service(
            key,
            &[&format!(
                "line 4: services.api.{name}: is not a known key ({remedy})"
            )],
        );
    }
}

#[test]
fn links() {
    check_service("runbook: http://wiki/x?y=1#z", &[]);
    let rule = "(write a whole link, as in https://runbooks.example.com/loan-api)";
    check_service(
        "runbook: 'https://'",
        &[&format!(
            "line 4: services.api.runbook: is not a link {rule}"
        )],
    );
    check_service(
        "runbook: 'https://a b'",
        &[&format!(
            "line 4: services.api.runbook: is not a link {rule}"
        )],
    );
    check_service(
        "runbook: https://me:hunter2@wiki/x",
        &[
            "line 4: services.api.runbook: must not hold a user name or a password (remove what stands before the \
           `@`)",
        ],
    );
}

#[test]
fn routes_have_templates() {
    check_service("routes: [/, /a/, '/v1.0/{loan_id}/x~y', '/{a}/{b}']", &[]);
    let rule = "(write it as in /loan/{id}/status, with {name} for a part that varies)";
    for (route, part) in [
        ("/loan/{id", "{id"),
        ("/loan/{}", "{}"),
        ("/loan/x{id}", "x{id}"),
        ("/loan//a", ""),
        ("/loan?id=1", "loan?id=1"),
        ("/static/*", "*"),
    ] {
        let expected =
            format!("line 4: services.api.routes[0]: `{route}` has the part `{part}` {rule}");
        check_service(&format!("routes: ['{route}']"), &[&expected]);
    }
    check_service(
        "routes:\n      - '/loan/{id}'\n      - '/loan/{loan}'",
        &[
            "line 6: services.api.routes[1]: `/loan/{loan}` matches the same paths as the route of line 5 (keep one of \
           the two)",
        ],
    );
}

#[test]
fn fields_have_rules() {
    for unit in ["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s"] {
        check_service(
            &format!("fields: {{ latency: {{ path: a.b, unit: {unit} }} }}"),
            &[],
        );
    }
    check_service(
        "fields: { latncy: { path: a } }",
        &["line 4: services.api.fields.latncy: is not a known key (did you mean `latency`?)"],
    );
    check_service(
        "fields: { status: { path: a, unit: ms } }",
        &[
            "line 4: services.api.fields.status.unit: has no meaning here (remove it: only `latency` has a unit)",
        ],
    );
    check_service(
        "fields: { latency: { path: a, unit: sec } }",
        &[
            "line 4: services.api.fields.latency.unit: `sec` is not a unit of latency (use ns, us, µs, ms or s)",
        ],
    );
    check_service(
        "fields: { latency: { path: a..b } }",
        &[
            "line 4: services.api.fields.latency.path: `a..b` is not a path (write the keys of the log line with dots \
           between, as in http.elapsed; at most 8 of them)",
        ],
    );
    check_service(
        "fields: { level: {} }",
        &["line 4: services.api.fields.level: has no `path` (add `path`, which has no default)"],
    );
}

#[test]
fn every_known_field_can_be_told() {
    let mut text = "services:\n  api:\n    log_groups: [/ecs/api]\n    fields:\n".to_owned();
    for key in keys::FIELDS.names() {
        writeln!(text, "      {key}: {{ path: x }}").expect("a string takes all");
    }
    let settings = parsed(&text);
    assert_eq!(
        settings.services["api"].fields.len(),
        keys::FIELDS.keys.len()
    );
}

#[test]
fn dependencies_have_one_meaning_each() {
    check_service(
        "dependencies: { scoring: { aliases: [scoring.example.net] } }",
        &[],
    );
    check_service(
        "dependencies: { scoring: { external: yes } }",
        &[
            "line 4: services.api.dependencies.scoring.external: must be true or false, not a text (write it as in \
           true)",
        ],
    );
    check_service(
        "dependencies:\n      scoring: { aliases: [auth] }\n      auth: {}",
        &[
            "line 5: services.api.dependencies.scoring.aliases[0]: `auth` already names a dependency on line 6 (a name \
           leads to one dependency; remove one of the two)",
        ],
    );
    check_service(
        "dependencies:\n      a: { aliases: [x] }\n      b: { aliases: [x] }",
        &[
            "line 6: services.api.dependencies.b.aliases[0]: `x` already names a dependency on line 5 (a name leads to \
           one dependency; remove one of the two)",
        ],
    );
    check_service(
        "dependencies: { auth: }",
        &[
            "line 4: services.api.dependencies.auth: must be a mapping of keys and values, not nothing (write it as in \
           {}, or remove the key)",
        ],
    );
}

#[test]
fn objectives_have_bounds() {
    for objective in ["50", "99", "99.9", "99.999", "9.95e1"] {
        check_service(
            &format!("slos: [{{ name: a, objective: {objective} }}]"),
            &[],
        );
    }
    let share = "it is the share of good requests in percent, as in 99.9";
    for (objective, shown, why) in [
        ("100", "100", "an objective of 100 leaves no error budget"),
        (
            "99.9999",
            "99.9999",
            "an objective of 99.9999 leaves no error budget",
        ),
        ("0.999", "0.999", "it is in percent, as in 99.9"),
        ("-1", "-1", share),
        ("49.9", "49.9", share),
        ("101", "101", share),
    ] {
        let at = "line 4: services.api.slos[0].objective: must be between 50 and 99.999";
        let expected = format!("{at}, not {shown} ({why})");
        check_service(
            &format!("slos: [{{ name: a, objective: {objective} }}]"),
            &[&expected],
        );
    }
    for (objective, is) in [
        ("99%", "a text"),
        ("nan", "a text"),
        (".inf", "a text"),
        ("[]", "a list"),
    ] {
        let at = "line 4: services.api.slos[0].objective: must be a number";
        let expected = format!("{at}, not {is} (write it as in 99.9)");
        check_service(
            &format!("slos: [{{ name: a, objective: {objective} }}]"),
            &[&expected],
        );
    }
    check_service(
        "slos: [{ name: a, objective: '99.9' }]",
        &[
            "line 4: services.api.slos[0].objective: must be a number, not a text (write it as in 99.9, without \
           quotes)",
        ],
    );
}

#[test]
fn objectives_have_names_windows_and_routes() {
    check_service(
        "slos:\n      - {}",
        &[
            "line 5: services.api.slos[0]: has no `name` (add `name`, which has no default)",
            "line 5: services.api.slos[0]: has no `objective` (add `objective`, which has no default)",
        ],
    );
    check_service(
        "slos:\n      - { name: a, objective: 99 }\n      - { name: a, objective: 95 }",
        &[
            "line 6: services.api.slos[1].name: `a` is already the name of the objective of line 5 (give each \
           objective of a service its own name)",
        ],
    );
    for (window, problem) in [
        (
            "24h",
            "must be whole days, not 24h (write it in days, as in 7d, 28d or 30d)",
        ),
        (
            "0d",
            "must be between 1d and 90d, not 0d (write it in days, as in 7d, 28d or 30d)",
        ),
        (
            "91d",
            "must be between 1d and 90d, not 91d (write it in days, as in 7d, 28d or 30d)",
        ),
    ] {
        let expected = format!("line 4: services.api.slos[0].window: {problem}");
        check_service(
            &format!("slos: [{{ name: a, objective: 99, window: '{window}' }}]"),
            &[&expected],
        );
    }
    for (threshold, problem) in [
        (
            "0ms",
            "must be between 1ms and 1h, not 0ms (it is the latency a good request stays under)",
        ),
        (
            "2h",
            "must be between 1ms and 1h, not 2h (it is the latency a good request stays under)",
        ),
    ] {
        let expected = format!("line 4: services.api.slos[0].threshold: {problem}");
        check_service(
            &format!("slos: [{{ name: a, objective: 99, threshold: '{threshold}' }}]"),
            &[&expected],
        );
    }
    check_service("slos: [{ name: a, objective: 99, route: /any }]", &[]);
    check_service(
        "routes: [/a, /b]\n    slos: [{ name: a, objective: 99, route: /c }]",
        &[
            "line 5: services.api.slos[0].route: `/c` is not among the routes of the service (add it to `routes`, or \
           use one of: /a, /b)",
        ],
    );
}

#[test]
fn durations() {
    for (text, milliseconds) in [
        ("500ms", 500),
        ("1s", 1_000),
        ("2m", 120_000),
        ("1h", 3_600_000),
        ("30d", 2_592_000_000),
    ] {
        let read = values::duration(text).expect("the row is a duration");
        assert_eq!(read, Duration::from_millis(milliseconds), "of {text}");
    }
    for text in [
        "",
        "s",
        "ms",
        "1.5s",
        "-1s",
        "1 s",
        "1S",
        "1w",
        "+1s",
        "٣s",
        "99999999999999999999s",
        "300000000000d",
    ] {
        assert!(values::duration(text).is_err(), "of {text}");
    }
}

#[test]
fn series_are_capped() {
    check_service("max_series: 1000", &[]);
    for number in ["0", "1001", "2.5", "-1"] {
        let at = "line 4: services.api.max_series: must be a whole number from 1 to 1000";
        let expected = format!(
            "{at}, not {number} (each route and dependency is several metrics on the bill)"
        );
        check_service(&format!("max_series: {number}"), &[&expected]);
    }
    check_service(
        "routes: [/a, /b]\n    dependencies: { c: {} }\n    max_series: 2",
        &[
            "line 2: services.api: has 3 routes and dependencies, more than its max_series of 2 (raise `max_series` \
           (at most 1000), or name fewer)",
        ],
    );
}

#[test]
fn channels() {
    check_page(
        "[{ sns: { topic: 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:page.fifo' } }]",
        &[],
    );
    check_page(
        "[{ webhook: { url: 'secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:x-Ab' } }]",
        &[],
    );
    check_page(
        "[{ sns: { topic: 'arn:aws:sqs:us-east-1:123456789012:q' } }]",
        &[
            "line 2: notify.page[0].sns.topic: is not the ARN of an SNS topic (write it as in \
           arn:aws:sns:us-east-1:123456789012:atalaya-page)",
        ],
    );
    check_page(
        "[{ slack: { webhook: 'ssm:slack' } }]",
        &[
            "line 2: notify.page[0].slack.webhook: does not name a parameter after `ssm:` (write the whole path, as in \
           ssm:/atalaya/slack)",
        ],
    );
    check_page(
        "[{ slack: { webhook: 'secretsmanager:' } }]",
        &[
            "line 2: notify.page[0].slack.webhook: does not name a secret after `secretsmanager:` (write its name or \
           its ARN, as in secretsmanager:atalaya/slack)",
        ],
    );
    check_page(
        "[{ slak: { webhook: 'ssm:/a' } }]",
        &["line 2: notify.page[0].?: is not a known key (did you mean `slack`?)"],
    );
    check_page(
        "[{ slack: {} }]",
        &["line 2: notify.page[0].slack: has no `webhook` (add `webhook`, which has no default)"],
    );
    let kinds: Vec<_> = channel_kinds().collect();
    let one = format!(
        "line 2: notify.page[0]: must be exactly one channel (write one item for each channel: {})",
        kinds.join(", ")
    );
    for item in [
        "{}",
        "{ slack: { webhook: 'ssm:/a' }, webhook: { url: 'ssm:/b' } }",
    ] {
        check_page(&format!("[{item}]"), &[&one]);
    }
    check_page(
        "[{ slack: { webhook: 'ssm:/a' } }, { slack: { webhook: 'ssm:/a' } }]",
        &[
            "line 2: notify.page[1]: is the same channel as one before it (remove it: it would tell everything twice)",
        ],
    );
    check(
        "notify: { pager: [] }",
        &["line 1: notify.pager: is not a known key (did you mean `page`?)"],
    );
}

#[test]
fn countries_whose_documents_are_masked() {
    check("mask: {}", &[]);
    check("mask: { national_ids: [] }", &[]);
    check("mask:\n  national_ids: [es, in, fr]\n", &[]);
    check(
        "mask:\n  national_ids:\n    - es\n    - xx\n",
        &[
            "line 4: mask.national_ids[1]: `xx` is not a country whose documents are known (use ar, br, cl, es, fr, \
           gb, in, it, mx, pl, us)",
        ],
    );
    let set = parsed("mask: { national_ids: [fr] }").national_ids;
    assert_eq!(set, Countries::NONE.with(Country::Fr));
    assert_eq!(parsed("").national_ids, Countries::default());
    assert_eq!(
        parsed("mask: { national_ids: [] }").national_ids,
        Countries::NONE
    );
}
