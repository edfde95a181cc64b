//! Lines of the loggers and servers of the field, one row each, and lines that nobody meant well.

use proptest::prelude::*;
use serde_json::{Value as Tree, json};

use super::*;
use crate::record;

fn show(line: &str) -> String {
    let mut memory = String::new();
    record::tests::show(&record::read(Str::bare(line.as_bytes()), &mut memory))
}

/// Compares what is read of each line with what is expected of it; all rows that are wrong are named by their lines.
#[track_caller]
fn check(rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (line, expected) in rows {
        // In a payload the line is escaped once more, and says the same.
        let payload = Tree::from(*line).to_string();
        let escaped = crate::json::Cursor::<false>::new(payload.as_bytes())
            .long_string()
            .expect("a string");
        let mut memory = String::new();
        let nested = record::tests::show(&record::read(escaped, &mut memory));
        for (how, found) in [("as it is", show(line)), ("escaped", nested)] {
            if found != *expected {
                wrong.push(format!(
                    "{line}, {how}\n    found    {found}\n    expected {expected}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn loggers_of_node() {
    check(&[
        (
            r#"{"level":50,"time":1795247907472,"req":{"method":"POST","url":"/loan/apply","headers":{"x-amzn-trace-id":"Root=1-6793f995-e6318a737798d2149ac1e5da","traceparent":"00-8e3a4037e9fdbb8f7b7cf1f75ad3b22d-508c128436f726f2-01"}},"res":{"statusCode":503},"responseTime":23,"err":{"type":"CircuitOpenError","name":"Error","code":"OPEN","status":500,"config":{"url":"http://x/y","method":"get"}},"msg":"request errored"}"#,
            "at=1795247907472 error method=POST path=/loan/apply status=503 ms=23 trace=1-6793f995-e6318a737798d2149ac1e5da error=CircuitOpenError msg=request errored",
        ),
        (
            r#"{"name":"loan-api","hostname":"h","pid":1,"level":40,"msg":"slow response from scoring","dependency":"scoring","duration":812.5,"time":"2026-11-21T08:03:27.761Z","v":0}"#,
            "at=1795248207761 warn ms=812.5 dep=scoring msg=slow response from scoring",
        ),
        (
            r#"{"level":"silly","message":"x","timestamp":"2026-11-21T08:03:27.761Z"}"#,
            "at=1795248207761 trace msg=x",
        ),
        (
            r#"{"startTime":"2026-11-21T08:03:27.761Z","categoryName":"loan","level":{"level":40000,"levelStr":"ERROR","colour":"red"},"data":["boom"]}"#,
            "at=1795248207761 error",
        ),
        (
            r#"{"elapsedMs":24.25,"level":"debug","message":"auth answered","service":"loan-api","target":"auth","timestamp":"2026-11-21T16:27:21.896Z","traceId":"0d650372e90794dfed52a24135b00a54"}"#,
            "at=1795278441896 debug service=loan-api ms=24.25 trace=0d650372e90794dfed52a24135b00a54 dep=auth msg=auth answered",
        ),
    ]);
}

#[test]
fn loggers_of_python() {
    check(&[
        (
            r#"{"asctime": "2026-11-21 08:03:27,761", "levelname": "INFO", "http_method": "GET", "http_path": "/x", "http_status": "200", "duration": "31.01ms", "message": "GET /x"}"#,
            "at=1795248207761 info method=GET path=/x status=200 ms=31.01 msg=GET /x",
        ),
        (
            r#"{"asctime": "2026-11-21 08:03:27,761", "levelname": "ERROR", "name": "loan_api.clients", "message": "scoring circuit open", "service": "scoring"}"#,
            "at=1795248207761 error dep=scoring msg=scoring circuit open",
        ),
        (
            r#"{"event":"request_finished","level":"info","timestamp":"2026-11-21T08:03:27.761Z","method":"GET","path":"/x","status":200,"duration":0.023412}"#,
            "at=1795248207761 info method=GET path=/x status=200 ms=23.412 msg=request_finished",
        ),
        (
            r#"{"text":"2026 | ERROR | boom\n","record":{"elapsed":{"repr":"0:00:09.1","seconds":9.1},"exception":{"type":"ValueError","value":"bad","traceback":true},"extra":{"trace_id":"0d650372e90794dfed52a24135b00a54"},"level":{"icon":"x","name":"ERROR","no":40},"message":"boom","name":"app","time":{"repr":"2026-11-21 08:03:27.761000+00:00","timestamp":1795248207.761}}}"#,
            "at=1795248207761 error trace=0d650372e90794dfed52a24135b00a54 error=ValueError msg=boom",
        ),
        (
            r#"{"level":"ERROR","message":"Unhandled error","timestamp":"2026-11-21 08:03:27,761+0000","service":"loan-api","exception":"Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2\n    h()\nloans.errors.ScoringError: no","stack_trace":{"type":"ScoringError","value":"no"}}"#,
            "at=1795248207761 error service=loan-api error=ScoringError msg=Unhandled error",
        ),
        (
            r#"{"levelno":30,"msg":"x","created":1795248207.761}"#,
            "at=1795248207761 warn msg=x",
        ),
    ]);
}

#[test]
fn loggers_of_java() {
    check(&[
        (
            r#"{"@timestamp":"2026-11-21T08:03:27.761+00:00","@version":"1","message":"Downstream call failed","logger_name":"c.e.PartnerClient","thread_name":"t","level":"ERROR","level_value":40000,"stack_trace":"com.example.LoanApi$DownException: auth is unavailable\n\tat com.example.A.b(A.java:1)\nCaused by: java.net.ConnectException: refused\n","elapsed":812,"dependency":"auth"}"#,
            "at=1795248207761 error ms=812 error=com.example.LoanApi$DownException dep=auth msg=Downstream call failed",
        ),
        (
            r#"{"instant":{"epochSecond":1795248207,"nanoOfSecond":761000000},"thread":"main","level":"WARN","loggerName":"x","message":"m","thrown":{"name":"java.io.IOException","message":"no"},"endOfBatch":false,"loggerFqcn":"y","contextMap":{"traceId":"0d650372e90794dfed52a24135b00a54"}}"#,
            "at=1795248207761 warn trace=0d650372e90794dfed52a24135b00a54 error=java.io.IOException msg=m",
        ),
        (
            r#"{"version":"1.1","host":"h","short_message":"m","timestamp":1795248207.761,"level":3,"_http_method":"GET","_url_path":"/x","_status":500,"_took_ms":5}"#,
            "at=1795248207761 error method=GET path=/x status=500 ms=5 msg=m",
        ),
        (
            r#"{"@timestamp":"2026-11-21T08:03:27.761Z","log":{"level":"WARN","logger":"x"},"service":{"name":"loan-api"},"message":"m","error":{"type":"a.B","stack_trace":"a.B: x"},"http":{"request":{"method":"GET"},"response":{"status_code":404}},"url":{"path":"/x"},"event":{"duration":1500000}}"#,
            "at=1795248207761 warn service=loan-api method=GET path=/x status=404 ms=1.5 error=a.B msg=m",
        ),
    ]);
}

#[test]
fn loggers_of_go() {
    check(&[
        (
            r#"{"time":"2026-11-21T08:03:27.761123456Z","level":"INFO","msg":"request completed","http":{"method":"GET","path":"/x","status":200},"duration":36637}"#,
            "at=1795248207761 info method=GET path=/x status=200 ms=0.036637 msg=request completed",
        ),
        (
            r#"{"duration":79595052,"level":"warning","msg":"m","method":"GET","path":"/x","status":404,"time":"2026-11-21T08:03:27Z"}"#,
            "at=1795248207000 warn method=GET path=/x status=404 ms=79.595052 msg=m",
        ),
        (
            r#"{"level":"info","ts":1795248207.761,"caller":"a/b.go:1","msg":"m","method":"GET","path":"/x","status":200,"latency":0.0123}"#,
            "at=1795248207761 info method=GET path=/x status=200 ms=12.3 msg=m",
        ),
        (
            r#"{"level":"info","method":"GET","url":"/x","status":200,"duration":1.2345,"time":"2026-11-21T08:03:27Z","message":"m"}"#,
            "at=1795248207000 info method=GET path=/x status=200 ms=1.2345 msg=m",
        ),
        (
            r#"{"caller":"main.go:1","level":"error","msg":"m","ts":"2026-11-21T08:03:27.761Z","took":"1.2ms","err":"dial tcp: connection refused"}"#,
            "at=1795248207761 error ms=1.2 msg=m",
        ),
        (
            r#"{"time":"2026-11-21T08:03:27.761Z","id":"","remote_ip":"1.2.3.4","method":"GET","uri":"/x","status":200,"error":"","latency":123500,"latency_human":"123.5µs"}"#,
            "at=1795248207761 method=GET path=/x status=200 ms=0.1235",
        ),
        (
            r#"{"@level":"warn","@message":"m","@module":"x","@timestamp":"2026-11-21T08:03:27.761000Z"}"#,
            "at=1795248207761 warn msg=m",
        ),
    ]);
}

#[test]
fn loggers_of_rust_ruby_php_and_dotnet() {
    check(&[
        (
            r#"{"timestamp":"2026-11-21T08:03:27.761Z","level":"INFO","fields":{"message":"finished","latency":"153 μs","status":200},"target":"tower_http::trace","span":{"method":"GET","uri":"/x","name":"request"},"spans":[{"method":"GET","uri":"/x","name":"request"}]}"#,
            "at=1795248207761 info method=GET path=/x status=200 ms=0.153 msg=finished",
        ),
        (
            r#"{"method":"GET","path":"/loans/1","format":"json","controller":"LoansController","action":"show","status":500,"duration":58.33,"view":0.0,"db":4.1,"exception":["ActiveRecord::RecordNotFound","gone"]}"#,
            "method=GET path=/loans/1 status=500 ms=58.33 error=ActiveRecord::RecordNotFound",
        ),
        (
            r#"{"timestamp":"2026-11-21T08:03:27.761Z","level":"info","level_index":2,"duration_ms":5.1,"duration":"5.1ms","name":"Rails","message":"Completed #show","payload":{"method":"GET","path":"/x","status":200}}"#,
            "at=1795248207761 info method=GET path=/x status=200 ms=5.1 msg=Completed #show",
        ),
        (
            r#"{"message":"boom","context":{"exception":{"class":"App\\Down","message":"x","code":111},"uri":"/x"},"level":400,"level_name":"ERROR","channel":"app","datetime":"2026-11-21T08:03:27.761+00:00","extra":{}}"#,
            "at=1795248207761 error path=/x error=App\\Down msg=boom",
        ),
        (
            r#"{"@t":"2026-11-21T08:03:27.7610000Z","@mt":"HTTP {RequestMethod}","@tr":"0d650372e90794dfed52a24135b00a54","RequestMethod":"GET","RequestPath":"/x","StatusCode":200,"Elapsed":0.8123}"#,
            "at=1795248207761 info method=GET path=/x status=200 ms=0.8123 trace=0d650372e90794dfed52a24135b00a54 msg=HTTP {RequestMethod}",
        ),
        (
            r#"{"@t":"2026-11-21T08:03:27.7610000Z","@m":"failed","@l":"Error","@x":"System.TimeoutException: slow\n   at A.B()"}"#,
            "at=1795248207761 error error=System.TimeoutException msg=failed",
        ),
        (
            r#"{"Timestamp":"2026-11-21T08:03:27.761Z","EventId":0,"LogLevel":"Critical","Category":"A.B","Message":"m","State":{"Message":"m","Path":"/x","{OriginalFormat}":"m"},"Scopes":[{"TraceId":"0d650372e90794dfed52a24135b00a54"}]}"#,
            "at=1795248207761 fatal path=/x trace=0d650372e90794dfed52a24135b00a54 msg=m",
        ),
    ]);
}

#[test]
fn standards_and_clouds() {
    check(&[
        (
            r#"{"timeUnixNano":"1795248207761000000","severityNumber":17,"body":{"stringValue":"m"},"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"url.path","value":{"stringValue":"/x"}},{"key":"http.response.status_code","value":{"intValue":"200"}},{"key":"exception.type","value":{"stringValue":"a.B"}}],"traceId":"0d650372e90794dfed52a24135b00a54"}"#,
            "at=1795248207761 error method=GET path=/x status=200 trace=0d650372e90794dfed52a24135b00a54 error=a.B msg=m",
        ),
        (
            r#"{"severity":"NOTICE","message":"m","timestamp":{"seconds":1795248207,"nanos":761000000},"logging.googleapis.com/trace":"projects/p/traces/0d650372e90794dfed52a24135b00a54","httpRequest":{"requestMethod":"GET","requestUrl":"https://h/x?y","status":200,"latency":"0.123s"}}"#,
            "at=1795248207761 info method=GET path=https://h/x?y status=200 ms=123 trace=0d650372e90794dfed52a24135b00a54 msg=m",
        ),
        (
            r#"{"status":"info","message":"m","dd":{"trace_id":"4512340987654321012","service":"loan-api"}}"#,
            "service=loan-api msg=m",
        ),
        (
            r#"{"time":"2026-11-21T08:03:27.761Z","type":"platform.report","record":{"requestId":"r","metrics":{"durationMs":23.16,"billedDurationMs":24},"status":"success","tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-6793f995-e6318a737798d2149ac1e5da;Sampled=1"}}}"#,
            "at=1795248207761 ms=23.16 trace=1-6793f995-e6318a737798d2149ac1e5da msg=platform.report",
        ),
        (
            r#"{"requestId":"r","requestTime":"21/Nov/2026:08:03:27 +0000","httpMethod":"GET","routeKey":"GET /x/{id}","path":"/x/1","status":"502","responseLatency":"12","integrationErrorMessage":"-","xrayTraceId":"1-6793f995-e6318a737798d2149ac1e5da"}"#,
            "access at=1795248207000 method=GET path=/x/1 route=/x/{id} status=502 ms=12 trace=1-6793f995-e6318a737798d2149ac1e5da",
        ),
    ]);
}

#[test]
fn servers() {
    check(&[
        (
            r#"{"level":"info","ts":1795248207.761,"logger":"http.log.access","msg":"handled request","request":{"method":"GET","uri":"/x","headers":{"Traceparent":["00-0d650372e90794dfed52a24135b00a54-8f83fada28864074-01"]}},"bytes_read":0,"duration":0.0123,"size":5,"status":200,"resp_headers":{}}"#,
            "access at=1795248207761 info method=GET path=/x status=200 ms=12.3 trace=0d650372e90794dfed52a24135b00a54 msg=handled request",
        ),
        (
            r#"{"DownstreamStatus":201,"Duration":60252417,"OriginDuration":60161417,"RequestMethod":"POST","RequestPath":"/x","RouterName":"r","ServiceName":"s@docker","StartUTC":"2026-11-21T08:03:27.761Z","level":"info","msg":""}"#,
            "access at=1795248207761 info method=POST path=/x status=201 ms=60.252417 dep_ms=60.161417",
        ),
        (
            r#"{"start_time":"2026-11-21T08:03:27.761Z","method":"GET","path":"/x","response_code":200,"response_flags":"-","duration":12,"upstream_service_time":"11","upstream_cluster":"outbound|80||x"}"#,
            "access at=1795248207761 method=GET path=/x status=200 ms=12 dep_ms=11",
        ),
        (
            r#"{"time":"2026-11-21T08:03:27+00:00","remote_addr":"1.2.3.4","request":"GET /x?y=1 HTTP/1.1","status":"200","body_bytes_sent":"7","request_time":"0.031","upstream_response_time":"-"}"#,
            "access at=1795248207000 method=GET path=/x?y=1 status=200 ms=31",
        ),
        (
            r#"{"timestamp":"2026-11-21 08:03:27.761 UTC","error_severity":"ERROR","state_code":"23505","message":"duplicate key","backend_type":"client backend"}"#,
            "at=1795248207761 error error=23505 msg=duplicate key",
        ),
    ]);
}

#[test]
fn envelopes_are_opened() {
    check(&[
        (
            r#"{"log":"{\"level\":30,\"time\":1795248207761,\"msg\":\"up\"}\n","stream":"stdout","time":"2026-11-21T08:03:28Z"}"#,
            "at=1795248207761 info msg=up",
        ),
        (
            r#"{"log":"GET /loan/7 404 3ms\n","stream":"stdout","time":"2026-11-21T08:03:27.761Z"}"#,
            "at=1795248207761 method=GET path=/loan/7 status=404 ms=3 msg=GET /loan/7 404 3ms",
        ),
        (
            r#"{"source":"stdout","log":"{\"log\":\"{\\\"msg\\\":\\\"deep\\\",\\\"level\\\":\\\"warn\\\"}\",\"stream\":\"stderr\",\"time\":\"2026-11-21T08:03:27.761Z\"}","container_id":"c"}"#,
            "at=1795248207761 warn msg=deep",
        ),
        (
            r#"{"timestamp":"2026-11-21T08:03:27.761Z","level":"INFO","requestId":"r","message":"{\"msg\":\"in\",\"status\":200}"}"#,
            "at=1795248207761 info status=200 msg=in",
        ),
        (
            r#"{"levelname":"INFO","asctime":"2026-11-21 08:03:27,761","message":"127.0.0.1:1 - \"GET /x HTTP/1.1\" 200"}"#,
            "access at=1795248207761 info method=GET path=/x status=200 msg=127.0.0.1:1 - \"GET /x HTTP/1.1\" 200",
        ),
    ]);
}

#[test]
fn what_is_no_value_of_a_field_is_none() {
    check(&[
        (r#"{"status":"pending","status_code":204}"#, "status=204"),
        (
            r#"{"status":999,"level":"loud","service":"","latency_ms":null}"#,
            "",
        ),
        (r#"{"msg":"first","message":"second"}"#, "msg=first"),
        (r#"{"message":"second","msg":"first"}"#, "msg=first"),
        (
            r#"{"method":"handle","path":"loan.py","time":12,"trace_id":"req-1"}"#,
            "",
        ),
        (
            r#"{"loan":{"status":200,"path":"/x"},"err":{"config":{"url":"/y"}}}"#,
            "",
        ),
        (
            r#"{"error":"dial tcp: refused","upstream":"10.0.0.1:80"}"#,
            "",
        ),
        (r#"{"error":"EOF"}"#, ""),
        (r#"{"error":"TimeoutError: slow"}"#, "error=TimeoutError"),
        (r#"{"error":"refused"}"#, ""),
        (r#"{"duration":{"secs":0,"nanos":5},"elapsed":5.12345}"#, ""),
        (r#"{"code":200,"msg":"x"}"#, "msg=x"),
        ("{not json}", "msg={not json}"),
    ]);
}

#[test]
fn the_unit_of_a_bare_duration_is_told_with_its_reason() {
    for (line, unit) in [
        (
            r#"{"time":"2026-11-21T08:03:27.7Z","level":"INFO","msg":"m","duration":36637}"#,
            Some(Unit::Nanos),
        ),
        (
            r#"{"level":"info","ts":1795248207.7,"msg":"m","latency":0.1}"#,
            Some(Unit::Seconds),
        ),
        (r#"{"duration":12}"#, Some(Unit::Millis)),
        (r#"{"duration":1203353906}"#, None),
        (r#"{"duration_ms":12}"#, None),
    ] {
        let reader = read(&Str::bare(line.as_bytes())).expect("an object");
        assert_eq!(reader.reason().map(|reason| reason.unit), unit, "{line}");
    }
}

#[test]
fn hostile_lines_are_read_in_one_go() {
    const MANY: usize = 200_000;
    for line in [
        json!({"trace_id": "1-".repeat(MANY)}),
        json!({"trace_id": "Root=".repeat(MANY)}),
        json!({"stack": "Traceback (most recent call last)\n  x\n".repeat(MANY / 8)}),
        json!({"duration": "1s".repeat(MANY)}),
        json!({"message": "{".repeat(MANY), "service": "aaaa"}),
        json!({"log": "{\"log\":".repeat(MANY / 8)}),
        json!({"spans": vec![json!({"spans": [1]}); MANY / 8]}),
    ] {
        let _ = show(&line.to_string());
    }
    let mut nested = String::from("x");
    for _ in 0..12 {
        nested = json!({"log": nested, "stream": "stdout"}).to_string();
    }
    let _ = show(&nested);
}

fn arbitrary() -> impl Strategy<Value = Tree> {
    let text = prop_oneof![
        "\\PC{0,20}",
        "[0-9a-f-]{0,40}",
        "[0-9.:TZµsm ]{0,20}",
        Just("{\"log\":\"x\"}".to_owned()),
        Just("Traceback (most recent call last):\n  x\nE: y".to_owned()),
    ];
    let leaf = prop_oneof![
        text.prop_map(Tree::from),
        any::<f64>().prop_map(Tree::from),
        any::<i64>().prop_map(Tree::from),
        Just(Tree::Null),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            prop::sample::select(vec![
                "level",
                "msg",
                "message",
                "log",
                "time",
                "req",
                "err",
                "error",
                "duration",
                "key",
                "value",
                "attributes",
                "spans",
                "stack",
                "service",
                "target",
                "status",
                "code",
                "exception",
                "headers",
                "trace_id",
                "record",
            ])
            .prop_map(str::to_owned),
            "[a-z]{1,4}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::from),
            prop::collection::hash_map(key, inner, 0..6)
                .prop_map(|m| m.into_iter().collect::<Tree>()),
        ]
    })
}

proptest! {
    #[test]
    fn any_object_ends_without_a_panic_and_a_stream_changes_nothing(trees in prop::collection::vec(arbitrary(), 1..6)) {
        let lines: Vec<String> = trees
            .iter()
            .map(|tree| json!({"at": tree, "error": tree, "msg": tree}).to_string())
            .collect();
        let mut stream = Reader::of_stream();
        for line in &lines {
            let line = Str::bare(line.as_bytes());
            line.read_object(&mut stream).expect("an object");
            let alone = read(&line).expect("an object");
            prop_assert_eq!(stream.fields(), alone.fields());
            prop_assert_eq!(stream.inside(), alone.inside());
        }
        let whole = trees.first().map(Tree::to_string).unwrap_or_default();
        let _ = show(&whole);
    }
}
