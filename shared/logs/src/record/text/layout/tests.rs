//! Rows of real lines: a logger, a line as it prints it, and what must be read.

use std::fmt::Write as _;

use proptest::prelude::*;

use crate::record::tests::show;

fn check(rows: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (line, expected) in rows {
        let found = show(&super::super::read(line));
        if found != *expected {
            let _ = write!(
                wrong,
                "\n  {line:?}\n    found    {found:?}\n    expected {expected:?}"
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn java() {
    check(&[
        (
            "2026-11-21T08:04:03.123Z  INFO 1 --- [loan-api] [nio-8080-exec-4] [46e57f8d94ee23f96d2c9019dfaa3cae-67f651b19396863e] c.e.l.web.Filter       : POST /auth/token 200 24ms",
            "at=1795248243123 info method=POST path=/auth/token status=200 ms=24 trace=46e57f8d94ee23f96d2c9019dfaa3cae msg=POST /auth/token 200 24ms",
        ),
        (
            "2026-11-21 08:04:03.123  INFO 1 --- [           main] c.e.LoanApplication        : Starting",
            "at=1795248243123 info msg=Starting",
        ),
        (
            "2026-11-21 08:04:03.123  WARN [loan-api,46e57f8d94ee23f96d2c9019dfaa3cae,67f651b19396863e] 1 --- [nio-1] c.e.Client : scoring responded in 865 ms",
            "at=1795248243123 warn ms=865 trace=46e57f8d94ee23f96d2c9019dfaa3cae dep=scoring msg=scoring responded in 865 ms",
        ),
        (
            "2026-11-21 08:04:03,123 [http-nio-8080-exec-1] ERROR com.example.loans.Client - Call to scoring failed after 1072 ms",
            "at=1795248243123 error ms=1072 dep=scoring msg=Call to scoring failed after 1072 ms",
        ),
        (
            "08:04:03.123 [main] INFO  io.micronaut.runtime.Micronaut - Startup completed in 512ms",
            "info msg=Startup completed in 512ms",
        ),
        (
            "2026-11-21 08:04:03,123 INFO  [io.quarkus] (main) loan-api started in 1.2s",
            "at=1795248243123 info msg=loan-api started in 1.2s",
        ),
        (
            "INFO  [2026-11-21 08:04:03,123] com.example.loans.App: listening",
            "at=1795248243123 info msg=listening",
        ),
        (
            "0    [main] DEBUG org.example.Foo  - Entering application.",
            "debug msg=Entering application.",
        ),
        (
            "[main] INFO com.example.App - listening on 8080",
            "info msg=listening on 8080",
        ),
        (
            "Nov 21, 2026 8:04:03 AM com.example.loans.Client call SEVERE: call to scoring failed after 12 ms",
            "at=1795248243000 error ms=12 dep=scoring msg=call to scoring failed after 12 ms",
        ),
        (
            "[INFO] [11/21/2026 08:04:03.123] [loans-akka.actor.default-dispatcher-3] [akka://loans/user/a] started",
            "at=1795248243123 info msg=[loans-akka.actor.default-dispatcher-3] [akka://loans/user/a] started",
        ),
        (
            "2026-11-21 08:04:03 [eventLoopGroupProxy-4-1] INFO  ktor.application - 200 OK: GET - /loan/7 in 12ms",
            "at=1795248243000 info method=GET path=/loan/7 status=200 ms=12 msg=200 OK: GET - /loan/7 in 12ms",
        ),
    ]);
}

#[test]
fn python() {
    check(&[
        (
            "[2026-11-21 08:04:03 +0000] - (sanic.access)[INFO][127.0.0.1:41234]: GET http://localhost/loan/7  200 83",
            "access at=1795248243000 info method=GET path=http://localhost/loan/7 status=200 msg=GET http://localhost/loan/7  200 83",
        ),
        (
            "web-1  | 2026-11-21 08:04:03 INFO ready",
            "at=1795248243000 info msg=ready",
        ),
        ("WARNING:root:disk is low", "warn msg=disk is low"),
        (
            "ERROR:loans.client:request to scoring failed after 1504 ms: ReadTimeout",
            "error ms=1504 error=ReadTimeout dep=scoring msg=request to scoring failed after 1504 ms: ReadTimeout",
        ),
        (
            "2026-11-21 08:04:03,123 - loans.clients - WARNING - auth returned 503 after 114 ms, retrying",
            "at=1795248243123 warn ms=114 dep=auth msg=auth returned 503 after 114 ms, retrying",
        ),
        (
            "2026-11-21 08:04:03,123 loans.api INFO listening",
            "at=1795248243123 info msg=listening",
        ),
        (
            "2026-11-21 08:04:03,123 INFO loans.api listening",
            "at=1795248243123 info msg=loans.api listening",
        ),
        (
            "[2026-11-21 08:04:03,123] ERROR in app: Exception on /loan/apply [POST]",
            "at=1795248243123 error method=POST path=/loan/apply msg=Exception on /loan/apply [POST]",
        ),
        (
            "[2026-11-21 08:04:03 +0000] [7] [INFO] Booting worker with pid: 7",
            "at=1795248243000 info msg=Booting worker with pid: 7",
        ),
        (
            "[2026-11-21 08:04:03,123: INFO/MainProcess] Task loans.score[5f1b] received",
            "at=1795248243123 info msg=Task loans.score[5f1b] received",
        ),
        (
            "2026-11-21 08:04:03.123 | INFO     | loans.api:apply:12 - created loan 7",
            "at=1795248243123 info msg=created loan 7",
        ),
        (
            "2026-11-21 08:04:03.123 | SUCCESS  | __main__:<module>:12 - ready",
            "at=1795248243123 info msg=ready",
        ),
        (
            "2026-11-21 08:04:03 [warning  ] slow call                      dependency=scoring took=512ms",
            "at=1795248243000 warn ms=512 dep=scoring msg=slow call                      dependency=scoring took=512ms",
        ),
        (
            "2026-11-21 08:04:03 [scrapy.core.engine] INFO: Spider opened",
            "at=1795248243000 info msg=Spider opened",
        ),
        (
            "INFO:     Started server process [1]",
            "info msg=Started server process [1]",
        ),
        (
            "INFO 2026-11-21 08:04:03,123 log 7 140 created loan",
            "at=1795248243123 info msg=created loan",
        ),
        (
            "2026-11-21 08:04:03,123 ERROR django.request Internal Server Error: /loan/apply",
            "at=1795248243123 error path=/loan/apply msg=django.request Internal Server Error: /loan/apply",
        ),
    ]);
}

#[test]
fn ruby_and_php() {
    check(&[
        (
            "I, [2026-11-21T08:04:03.123456 #7]  INFO -- : Completed 200 OK in 12ms (Views: 3.1ms | ActiveRecord: 2.0ms)",
            "at=1795248243123 info status=200 ms=12 msg=Completed 200 OK in 12ms (Views: 3.1ms | ActiveRecord: 2.0ms)",
        ),
        (
            "E, [2026-11-21T08:04:03.123456 #7] ERROR -- loans: scoring timed out after 1001 ms",
            "at=1795248243123 error ms=1001 dep=scoring msg=scoring timed out after 1001 ms",
        ),
        (
            "Started GET \"/loan/7\" for 127.0.0.1 at 2026-11-21 08:04:03 +0000",
            "at=1795248243000 method=GET path=/loan/7 msg=Started GET \"/loan/7\" for 127.0.0.1 at 2026-11-21 08:04:03 +0000",
        ),
        (
            "method=GET path=/loan/7 format=json controller=LoansController action=show status=200 duration=12.34 view=0.10 db=1.20",
            "method=GET path=/loan/7 status=200 ms=12.34",
        ),
        (
            "2026-11-21T08:04:03.123Z pid=7 tid=oxk class=ScoreJob jid=a1b2 elapsed=0.058 INFO: done",
            "at=1795248243123 info ms=58 msg=done",
        ),
        (
            "[2026-11-21T08:04:03.123456+00:00] app.ERROR: call to scoring failed {\"took_ms\":12.5} []",
            "at=1795248243123 error ms=12.5 dep=scoring msg=call to scoring failed {\"took_ms\":12.5} []",
        ),
        (
            "[2026-11-21 08:04:03] production.WARNING: scoring slow {\"dependency\":\"scoring\",\"took_ms\":512}",
            "at=1795248243000 warn ms=512 dep=scoring msg=scoring slow {\"dependency\":\"scoring\",\"took_ms\":512}",
        ),
        (
            "[21-Nov-2026 08:04:03 UTC] PHP Fatal error:  Uncaught RuntimeException: no bands in /app/index.php:12",
            "at=1795248243000 fatal error=RuntimeException msg=Uncaught RuntimeException: no bands in /app/index.php:12",
        ),
        (
            "PHP Warning:  Undefined array key 0 in /app/index.php on line 7",
            "warn msg=Undefined array key 0 in /app/index.php on line 7",
        ),
    ]);
}

#[test]
fn go() {
    check(&[
        (
            "I1121 08:04:03.123456       1 main.go:12] listening on :8080",
            "info msg=listening on :8080",
        ),
        (
            "E1121 08:04:03.123456   12345 client.go:7] \"call failed\" err=\"timeout\" dependency=\"scoring\" took=\"12ms\"",
            "error ms=12 dep=scoring msg=\"call failed\" err=\"timeout\" dependency=\"scoring\" took=\"12ms\"",
        ),
        (
            "2026/11/21 08:04:03 circuit breaker open for scoring",
            "at=1795248243000 dep=scoring msg=circuit breaker open for scoring",
        ),
        (
            "2026/11/21 08:04:03 main.go:12: listening",
            "at=1795248243000 msg=main.go:12: listening",
        ),
        (
            "2026/11/21 08:04:03 INFO request served method=GET path=/loan/7 status=200 duration=12.5ms",
            "at=1795248243000 info method=GET path=/loan/7 status=200 ms=12.5 msg=request served method=GET path=/loan/7 status=200 duration=12.5ms",
        ),
        (
            "2026-11-21T08:04:03.123Z\tINFO\tloans\tapi/main.go:12\trequest served\t{\"method\": \"GET\", \"path\": \"/loan/7\", \"status\": 200, \"duration\": \"12ms\"}",
            "at=1795248243123 info method=GET path=/loan/7 status=200 ms=12 msg=request served",
        ),
        (
            "2026-11-21 08:04:03.123\tWARN\tapp.js:20\tloan-api\tscoring responded in 647ms",
            "at=1795248243123 warn ms=647 dep=scoring msg=scoring responded in 647ms",
        ),
        (
            "1.795248243123e+09\tinfo\tlistening\t{\"port\": 8080}",
            "at=1795248243123 info msg=listening",
        ),
        (
            "8:04AM INF request served method=GET path=/loan/7 status=200 took=12ms",
            "info method=GET path=/loan/7 status=200 ms=12 msg=request served method=GET path=/loan/7 status=200 took=12ms",
        ),
        (
            "2026-11-21T08:04:03Z WRN slow call dependency=scoring took=512ms",
            "at=1795248243000 warn ms=512 dep=scoring msg=slow call dependency=scoring took=512ms",
        ),
        (
            "WARN[0012] slow peer                                     dependency=scoring took=512ms",
            "warn ms=512 dep=scoring msg=slow peer                                     dependency=scoring took=512ms",
        ),
        (
            "2026-11-21T08:04:03.123Z [INFO]  loans: started: port=8080",
            "at=1795248243123 info msg=loans: started: port=8080",
        ),
        (
            "2026/11/21 08:04:03 [host/abc-000001] \"GET http://localhost:8080/loan/7 HTTP/1.1\" from 127.0.0.1:41234 - 200 12B in 12.5ms",
            "at=1795248243000 method=GET path=http://localhost:8080/loan/7 status=200 ms=12.5 msg=[host/abc-000001] \"GET http://localhost:8080/loan/7 HTTP/1.1\" from 127.0.0.1:41234 - 200 12B in 12.5ms",
        ),
    ]);
}

#[test]
fn rust() {
    check(&[
        (
            "  2026-11-21T08:04:03.123456Z  INFO loan_api::http: request finished, status: 200, latency: 148.383ms",
            "at=1795248243123 info status=200 ms=148.383 msg=request finished, status: 200, latency: 148.383ms",
        ),
        (
            "2026-11-21T08:04:03.123456Z  INFO loan_api::http: pool: ready",
            "at=1795248243123 info msg=pool: ready",
        ),
        (
            "2026-11-21T08:04:03.123456Z  INFO request{method=GET uri=/health version=HTTP/1.1}: tower_http::trace::on_response: finished processing request latency=153 μs status=200",
            "at=1795248243123 info method=GET path=/health status=200 ms=0.153 msg=finished processing request",
        ),
        (
            "2026-11-21T08:04:03.123456Z  WARN outer{a=1}:request{method=GET uri=/q?a=1 id=\"}\"}: loan_api: slow dependency dependency=\"scoring\" elapsed_ms=972.679",
            "at=1795248243123 warn method=GET path=/q?a=1 ms=972.679 dep=scoring msg=slow dependency",
        ),
        (
            "2026-11-21T08:04:03.123456Z ERROR loan_api: call failed dependency=\"scoring\" elapsed_ms=0.967 error=Connection refused (os error 111)",
            "at=1795248243123 error ms=0.967 dep=scoring msg=call failed",
        ),
        (
            "  2026-11-21T08:04:03.123456Z  WARN loan_api: slow dependency, dependency: \"scoring\", elapsed_ms: 972.679",
            "at=1795248243123 warn ms=972.679 dep=scoring msg=slow dependency, dependency: \"scoring\", elapsed_ms: 972.679",
        ),
        (
            "[2026-11-21T08:04:03Z INFO  loan_api::http] listening on 0.0.0.0:8080",
            "at=1795248243000 info msg=listening on 0.0.0.0:8080",
        ),
        (
            "[2026-11-21][08:04:03][loan_api][INFO] listening",
            "at=1795248243000 info msg=listening",
        ),
        (
            "2026-11-21T08:04:03.123456789+00:00 INFO loan_api::http - listening",
            "at=1795248243123 info msg=listening",
        ),
        (
            "Nov 21 08:04:03.123 WARN slow call, took: 12ms, dependency: scoring",
            "warn ms=12 dep=scoring msg=slow call, took: 12ms, dependency: scoring",
        ),
    ]);
}

#[test]
fn node() {
    check(&[
        (
            "info: listening {\"port\":8080}",
            "info msg=listening {\"port\":8080}",
        ),
        (
            "2026-11-21T08:04:03.123Z [warn]: slow call to scoring: 512ms",
            "at=1795248243123 warn ms=512 dep=scoring msg=slow call to scoring: 512ms",
        ),
        (
            "2026-11-21 08:04:03 error: auth unreachable: connect ECONNREFUSED 127.0.0.1:8443",
            "at=1795248243000 error dep=auth msg=auth unreachable: connect ECONNREFUSED 127.0.0.1:8443",
        ),
        (
            "[2026-11-21T08:04:03.123] [INFO] default - listening on 8080",
            "at=1795248243123 info msg=default - listening on 8080",
        ),
        (
            "[Nest] 7  - 11/21/2026, 8:04:03 AM     LOG [RoutesResolver] LoanController {/loan}: +3ms",
            "at=1795248243000 info msg=LoanController {/loan}:",
        ),
        (
            "[08:04:03.123] INFO (7): GET /loan/7 200 12ms",
            "info method=GET path=/loan/7 status=200 ms=12 msg=GET /loan/7 200 12ms",
        ),
        ("[info] listening", "info msg=listening"),
        (
            "2026-11-21T08:04:03.123Z loans:http scoring responded in 576ms",
            "at=1795248243123 ms=576 dep=scoring msg=scoring responded in 576ms",
        ),
        (
            "✖  error     circuit breaker is open for scoring",
            "error dep=scoring msg=circuit breaker is open for scoring",
        ),
    ]);
}

#[test]
fn less_common_loggers() {
    check(&[
        // semantic_logger, log4perl, logbook, Yii, CodeIgniter, Hanami, CakePHP.
        (
            "2026-11-21 08:04:03.123456 W [7:puma 001] Loans -- scoring is slow: 512 ms",
            "at=1795248243123 warn ms=512 dep=scoring msg=[7:puma 001] Loans -- scoring is slow: 512 ms",
        ),
        (
            "2026/11/21 08:04:03 INFO> main.pl:12 main:: - ready",
            "at=1795248243000 info msg=main.pl:12 main:: - ready",
        ),
        (
            "[2026-11-21 08:04:03.123456] INFO: loans: ready",
            "at=1795248243123 info msg=loans: ready",
        ),
        (
            "2026-11-21 08:04:03 [127.0.0.1][-][-][info][application] ready",
            "at=1795248243000 info msg=[application] ready",
        ),
        (
            "ERROR - 2026-11-21 08:04:03 --> no bands",
            "at=1795248243000 error msg=--> no bands",
        ),
        (
            "[loans] [INFO] [2026-11-21 08:04:03 +0000] ready",
            "at=1795248243000 info msg=ready",
        ),
        (
            "2026-11-21 08:04:03 Error: no bands",
            "at=1795248243000 error msg=no bands",
        ),
        // swift-log, spdlog, Airflow, Ray, Cassandra, Elasticsearch, Spark, ZooKeeper.
        (
            "2026-11-21T08:04:03+0000 info com.example.loans : [Loans] ready",
            "at=1795248243000 info msg=[Loans] ready",
        ),
        (
            "[2026-11-21 08:04:03.123] [loans] [warning] pool is full",
            "at=1795248243123 warn msg=pool is full",
        ),
        (
            "[2026-11-21T08:04:03.123+0000] {taskinstance.py:1157} INFO - ready",
            "at=1795248243123 info msg=ready",
        ),
        (
            "2026-11-21 08:04:03,123\tINFO worker.py:1 -- ready",
            "at=1795248243123 info msg=ready",
        ),
        (
            "INFO  [main] 2026-11-21 08:04:03,123 CassandraDaemon.java:650 - ready",
            "at=1795248243123 info msg=ready",
        ),
        (
            "[2026-11-21T08:04:03,123][INFO ][o.e.n.Node               ] [node-1] started",
            "at=1795248243123 info msg=started",
        ),
        (
            "26/11/21 08:04:03 INFO SparkContext: ready",
            "info msg=SparkContext: ready",
        ),
        (
            "2026-11-21 08:04:03,123 [myid:1] - WARN  [main:QuorumPeer@123] - no quorum",
            "at=1795248243123 warn msg=no quorum",
        ),
        (
            "2026-11-21 08:04:03 +0000 [info]: #0 ready",
            "at=1795248243000 info msg=#0 ready",
        ),
    ]);
}

#[test]
fn dotnet_and_others() {
    check(&[
        (
            "info: Microsoft.Hosting.Lifetime[14]",
            "info msg=Microsoft.Hosting.Lifetime[14]",
        ),
        (
            "info: Microsoft.AspNetCore.Hosting.Diagnostics[2] Request finished HTTP/1.1 GET http://localhost:8080/loan/7 - 200 - application/json 12.3456ms",
            "info method=GET path=http://localhost:8080/loan/7 status=200 ms=12.3456 msg=Request finished HTTP/1.1 GET http://localhost:8080/loan/7 - 200 - application/json 12.3456ms",
        ),
        (
            "[08:04:03 WRN] Call to scoring failed after 12 ms",
            "warn ms=12 dep=scoring msg=Call to scoring failed after 12 ms",
        ),
        (
            "2026-11-21 08:04:03.123 +00:00 [INF] HTTP GET /loan/7 responded 200 in 12.3456 ms",
            "at=1795248243123 info method=GET path=/loan/7 status=200 ms=12.3456 msg=HTTP GET /loan/7 responded 200 in 12.3456 ms",
        ),
        (
            "2026-11-21 08:04:03.1234|ERROR|Loans.Client|scoring timed out after 1001 ms",
            "at=1795248243123 error ms=1001 dep=scoring msg=scoring timed out after 1001 ms",
        ),
        (
            "2026-11-21T08:04:03.123Z\tee3dc724-c121-5c59-024a-6b639d6c2d14\tINFO\tGET /q -> 200 in 21.9 ms",
            "at=1795248243123 info method=GET path=/q status=200 ms=21.9 msg=GET /q -> 200 in 21.9 ms",
        ),
        (
            "08:04:03.123 [info] Sent 200 in 250µs",
            "info status=200 ms=0.25 msg=Sent 200 in 250µs",
        ),
        (
            "an error in a sentence: ERROR is a word",
            "msg=an error in a sentence: ERROR is a word",
        ),
        (
            "Server listening on http://0.0.0.0:8080",
            "msg=Server listening on http://0.0.0.0:8080",
        ),
        (
            "2026-11-21 08:04:03 error while reading",
            "at=1795248243000 msg=error while reading",
        ),
    ]);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "what is measured is the work itself, which only the clock tells"
)]
fn the_work_grows_with_the_line_and_not_with_its_square() {
    // Reading any part again for each other would take minutes.
    for part in [
        "a=1,",
        "a{b=1}:",
        "a=\"",
        "a='",
        "[",
        "(",
        "1-",
        ": ",
        ", ",
        "| ",
        "INFO ",
        "a.b ",
        "GET /x ",
        "{\"a\":",
        "{\"",
        "a:a",
        "=",
        "x=\\\"",
        "46e57f8d94ee23f96d2c9019dfaa3cae",
    ] {
        let line = part.repeat(65_536 / part.len());
        let began = std::time::Instant::now();
        let _ = super::super::read(&line);
        let _ = super::super::read(&format!("2026-11-21T08:04:03.123456Z  INFO {line}"));
        assert!(
            began.elapsed() < std::time::Duration::from_secs(5),
            "{part:?}"
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let _ = super::super::read(&text);
    }

    #[test]
    fn arbitrary_marks_never_panic(
        text in r#"(2026-11-21|08:04:03|[0-9]{1,4}|Nov|INFO|error|[\[\](){}<>"'=:|,. \t\n-]|µs|ms|GET|/x|http://|a\.b|trace|[0-9a-f]{16}){0,40}"#
    ) {
        let _ = super::super::read(&text);
    }
}
