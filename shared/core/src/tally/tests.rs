//! The sums that a batch adds, and the bounds on them.

use atalaya_logs::record;

use super::*;

/// Tallies lines logged in minute 0 and shows each series with its sums.
fn show(catalog: &mut Catalog, cap: usize, lines: &[&str]) -> (Vec<String>, u64) {
    let settings = Settings::default();
    let mut tally = Tally::new(&settings, "/ecs/prod/loan-api");
    for line in lines {
        let mut text = String::new();
        tally.add(&record::read(Str::bare(line.as_bytes()), &mut text), 5);
    }
    let mut reserved = Reserved::of(None);
    reserved.cap = cap;
    let mut shown = Vec::new();
    let mut folded = 0;
    for service in tally.finish() {
        let parts = service.parts(catalog, &reserved, BatchKey([0; 8]), 0);
        folded += parts.folded;
        for (slot, sums) in parts.parts.iter().flat_map(|part| &part.sums) {
            let series = catalog.series(*slot).expect("admitted");
            shown.push(format!(
                "{} {:?} {} n={} e={} c={} {:?}",
                service.service,
                series.kind,
                series.name,
                sums.count,
                sums.errors,
                sums.client_errors,
                sums.causes
            ));
        }
    }
    (shown, folded)
}

#[test]
fn requests_calls_and_lines_are_counted_where_they_belong() {
    let lines = [
        r#"{"path":"/loan/17","method":"GET","status":200,"latency_ms":5}"#,
        r#"{"path":"/loan/18?x","method":"GET","status":503,"latency_ms":5,"dependency":"scoring","dependency_ms":4}"#,
        r#"{"path":"/loan/19","method":"GET","status":404,"latency_ms":5,"level":"error"}"#,
        r#"{"dependency":"scoring","level":"error","error_type":"ReadTimeout"}"#,
        r#"10.0.0.1 - - "GET /loan/17 HTTP/1.1" 200 2"#,
    ];
    let (shown, folded) = show(&mut Catalog::default(), 100, &lines);
    assert_eq!(
        shown,
        [
            "loan-api Lines  n=5 e=2 c=0 {}",
            "loan-api Route /loan/{id} n=3 e=1 c=1 {\"scoring\": 1}",
            "loan-api Dependency scoring n=2 e=2 c=0 {\"ReadTimeout\": 1, \"status 503\": 1}",
            "loan-api Error ReadTimeout n=1 e=0 c=0 {}",
        ]
    );
    assert_eq!(folded, 0);
}

#[test]
fn access_lines_count_where_nothing_else_tells() {
    let line = r#"10.0.0.1 - - "GET /loan/17 HTTP/1.1" 200 2"#;
    let (shown, _) = show(&mut Catalog::default(), 100, &[line]);
    assert_eq!(shown[1], "loan-api Route /loan/{id} n=1 e=0 c=0 {}");
    let mut told = Catalog::default();
    told.told_by_application = true;
    assert_eq!(
        show(&mut told, 100, &[line]).0,
        ["loan-api Lines  n=1 e=0 c=0 {}"]
    );
}

#[test]
fn messages_that_say_the_same_are_counted_as_one() {
    let lines = [
        r#"{"level":"error","msg":"payment 17 to a@b.example failed: password=hunter2"}"#,
        r#"{"level":"fatal","msg":"payment 18 to c@d.example failed: password=secret"}"#,
        r#"{"level":"warn","msg":"payment 18 to c@d.example failed: password=secret"}"#,
        r#"{"level":"info","msg":"payment 19 accepted"}"#,
        r#"{"level":"info","msg":"trying again","error_type":"ReadTimeout"}"#,
        r#"{"msg":"trying again","error_type":""}"#,
        r#"{"msg":"gave up","error_type":"java.net.ConnectException"}"#,
        r#"{"level":"error"}"#,
    ];
    let (shown, folded) = show(&mut Catalog::default(), 0, &lines);
    assert_eq!(
        shown[1..],
        [
            "loan-api Warning ReadTimeout: trying again n=1 e=0 c=0 {}",
            "loan-api Warning payment <*> to <*> failed: password=<*> n=1 e=0 c=0 {}",
            "loan-api Error ConnectException: gave up n=1 e=0 c=0 {}",
            "loan-api Error payment <*> to <*> failed: password=<*> n=2 e=0 c=0 {}",
        ]
    );
    assert_eq!(folded, 0);
}

#[test]
fn what_is_over_the_cap_is_other_and_said() {
    let lines: Vec<String> = ["b", "a", "d", "c"]
        .map(|r| format!(r#"{{"route":"/{r}","method":"GET","status":200}}"#))
        .to_vec();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (shown, folded) = show(&mut Catalog::default(), 2, &lines);
    assert_eq!(
        shown[1..],
        [
            "loan-api Route /a n=1 e=0 c=0 {}",
            "loan-api Route /b n=1 e=0 c=0 {}",
            "loan-api Route other n=2 e=0 c=0 {}",
        ]
    );
    assert_eq!(folded, 2);
}

#[test]
fn a_flood_of_paths_that_nobody_serves_leaves_room_for_those_that_are() {
    let mut catalog = Catalog::default();
    let scanned: Vec<String> = (0..300)
        .map(|n| {
            format!(
                r#"{{"path":"/admin-{}/x","method":"GET","status":404}}"#,
                letters(n)
            )
        })
        .collect();
    let scanned: Vec<&str> = scanned.iter().map(String::as_str).collect();
    let (shown, folded) = show(&mut catalog, 100, &scanned);
    assert_eq!(
        (shown.len(), folded),
        (27, 275),
        "25 routes, other, and the lines"
    );
    let served: Vec<String> = (0..75)
        .map(|n| {
            format!(
                r#"{{"path":"/served-{}","method":"GET","status":200}}"#,
                letters(n)
            )
        })
        .collect();
    let served: Vec<&str> = served.iter().map(String::as_str).collect();
    assert_eq!(show(&mut catalog, 100, &served).1, 0, "each is admitted");
}

#[test]
fn what_is_named_has_its_place_in_a_flood_within_one_batch() {
    let text = "services:
  api:
    log_groups: [g]
    routes: [/loan/apply]
    dependencies: { scoring: { aliases: [risk-engine] } }
";
    let settings = Settings::parse(text).expect("is without fault");
    let mut tally = Tally::new(&settings, "g");
    let mut add = |line: &str| {
        let mut text = String::new();
        tally.add(&record::read(Str::bare(line.as_bytes()), &mut text), 5);
    };
    for n in 0..MAX_SERIES as u32 {
        let path = letters(n);
        add(&format!(
            r#"{{"path":"/{path}","method":"GET","status":200}}"#
        ));
    }
    for n in 0..2 * MAX_CAUSES {
        add(&format!(
            r#"{{"path":"/loan/apply","method":"GET","status":500,"error_type":"E{n}"}}"#
        ));
    }
    add(
        r#"{"path":"/loan/apply","method":"GET","status":503,"dependency":"risk-engine","dependency_ms":9}"#,
    );
    let services = tally.finish();
    let mut catalog = Catalog::default();
    let reserved = Reserved::of(settings.service("api"));
    let parts = services[0].parts(&mut catalog, &reserved, BatchKey([0; 8]), 0);
    let sums_of = |series: &SeriesName| {
        let slot = catalog.slot(series).expect("admitted");
        let mut sums = parts.parts.iter().filter_map(|part| part.sums.get(&slot));
        sums.next().expect("is counted").clone()
    };
    let requests = sums_of(&SeriesName::route("/loan/apply"));
    assert_eq!(requests.count, 2 * MAX_CAUSES as u64 + 1);
    assert_eq!(requests.causes.get("scoring"), Some(&1));
    assert_eq!(sums_of(&SeriesName::dependency("scoring")).count, 1);
    assert_eq!(catalog.len(), 101, "a hundred, and the other routes");
}

/// Returns a word of letters for a number: digits would make it an id.
fn letters(n: u32) -> String {
    format!("{n:o}")
        .chars()
        .map(|c| (c as u8 - b'0' + b'g') as char)
        .collect()
}

#[test]
fn a_flood_of_names_stays_bounded() {
    let settings = Settings::default();
    let mut tally = Tally::new(&settings, "g");
    for n in 0..10_000 {
        let line = format!(
            r#"{{"service":"s{n}","route":"/r{n}/x","method":"GET","status":500,"error_type":"E{n}"}}"#
        );
        let mut text = String::new();
        tally.add(&record::read(Str::bare(line.as_bytes()), &mut text), 5);
    }
    let services = tally.finish();
    assert_eq!(services.len(), MAX_SERVICES);
    let total: u64 = services
        .iter()
        .flat_map(|s| {
            let reserved = Reserved::of(None);
            s.parts(&mut Catalog::default(), &reserved, BatchKey([0; 8]), 0)
                .parts
        })
        .filter_map(|part| part.sums.get(&Slot::LINES).map(|sums| sums.count))
        .sum();
    assert_eq!(total, 10_000, "every record is counted somewhere");
    assert!(
        services
            .iter()
            .all(|service| service.series.len() <= MAX_SERIES + 3)
    );
}
