//! Access lines of the common log format and its kin.

use super::check;

#[test]
fn access_lines_are_read() {
    check(&[
        // Apache: common, combined, vhost_combined, %T/%D, **%T/%D**, %D, combinedio.
        (
            r#"127.0.0.1 - frank [21/Nov/2026:08:04:03 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326"#,
            "access log: access at=1795248243000 method=GET path=/apache_pb.gif status=200",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:10:04:03 +0200] "POST /loan/apply HTTP/1.1" 201 67 "-" "curl/8.5.0""#,
            "access log: access at=1795248243000 method=POST path=/loan/apply status=201",
        ),
        (
            r#"api.example.com:443 203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 304 0 "-" "x" 0/48216"#,
            "access log: access at=1795248243000 method=GET path=/ status=304 ms=48.216",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" **1/1048500**"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=1048.5",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" 48216"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=48.216",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" 416"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" 4821 70123"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET /a \"b\" c HTTP/1.1" 404 5"#,
            r#"access log: access at=1795248243000 method=GET path=/a \"b\" c status=404"#,
        ),
        // nginx: request time bare, quoted, named; traces; ingress; no answer.
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" "10.1.2.3" 0.123 0.120"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=123",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" "0.120" "0.123""#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=123",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" "2.31""#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" rt=0.025 uct="0.000" urt="0.021" trace="Root=1-67141fdd-13855201d3b1e483baa1406a""#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=25 trace=1-67141fdd-13855201d3b1e483baa1406a",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" 567 0.005 [default-api-80] [] 10.0.0.1:8080 12 0.004 200 0af7651916cd43dd8448eb211c80319c"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=5",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" request_time=0.25 traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=250 trace=0af7651916cd43dd8448eb211c80319c",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 499 0 "-" "x""#,
            "access log: access at=1795248243000 method=GET path=/ status=499",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "-" 400 0 "-" "-""#,
            "access log: access at=1795248243000 status=400",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "\x16\x03\x01\x02\x00\x01" 400 157 "-" "-""#,
            "access log: access at=1795248243000 status=400",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET /" 200 5"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "PRI * HTTP/2.0" 400 157 "-" "-""#,
            "access log: access at=1795248243000 method=PRI path=* status=400",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "CONNECT example.com:443 HTTP/1.1" 405 0"#,
            "access log: access at=1795248243000 method=CONNECT path=example.com:443 status=405",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "PROPFIND /dav HTTP/1.1" 207 5"#,
            "access log: access at=1795248243000 method=PROPFIND path=/dav status=207",
        ),
        // Addresses: IPv6, mapped, lists of forwarders, sockets, names.
        (
            r#"2001:db8::1 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/2.0" 200 5"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"::ffff:127.0.0.1 - - [21/Nov/2026:08:04:03 +0000] "GET /health HTTP/1.1" 200 15 "-" "ELB-HealthChecker/2.0""#,
            "access log: access at=1795248243000 method=GET path=/health status=200",
        ),
        (
            r#"203.0.113.7, 10.0.0.1 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#""203.0.113.7, 10.0.0.1" 10.0.0.2 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"unix: - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"web01 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"- - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        // Python: gunicorn, hypercorn behind its logger, uvicorn, werkzeug, Django, Daphne, aiohttp.
        (
            r#"127.0.0.1 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" 0.03125"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=31.25",
        ),
        (
            r#"127.0.0.1:1234 - - [21/Nov/2026:08:04:03 +0000] "GET / 1.1" 200 5 "-" "x" 437"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=0.437",
        ),
        (
            r#"127.0.0.1:1234 - "GET / HTTP/1.1" 200"#,
            "access log: access method=GET path=/ status=200",
        ),
        (
            r#"INFO:     127.0.0.1:1234 - "GET /a?b HTTP/1.1" 200 OK"#,
            r#"access log: access info method=GET path=/a?b status=200 msg=127.0.0.1:1234 - "GET /a?b HTTP/1.1" 200 OK"#,
        ),
        (
            r#"127.0.0.1 - - [21/Nov/2026 08:04:03] "GET / HTTP/1.1" 200 -"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"[21/Nov/2026 08:04:03] "GET / HTTP/1.1" 200 12"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"127.0.0.1:54321 - - [21/Nov/2026:08:04:03] "GET /" 200 12"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"127.0.0.1 [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 150 "-" "x""#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        // Ruby, the JVM, PHP-FPM, Rust.
        (
            r#"203.0.113.22 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 45 0.0056"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=5.6",
        ),
        (
            r#"127.0.0.1 - - [21/Nov/2026:08:04:03 UTC] "GET / HTTP/1.1" 200 15"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"127.0.0.1 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 3 124964"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=124.964",
        ),
        (
            r#"127.0.0.1 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 3 129"#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"127.0.0.1 -  21/Nov/2026:08:04:03 +0000 "GET /index.php" 200"#,
            "access log: access at=1795248243000 method=GET path=/index.php status=200",
        ),
        (
            r#"127.0.0.1:1234 "GET / HTTP/1.1" 200 "-" "x" 1.2ms"#,
            "access log: access method=GET path=/ status=200 ms=1.2",
        ),
        // Times of other kinds: Vert.x, morgan's :date[iso].
        (
            r#"127.0.0.1 - - [Sat, 21 Nov 2026 08:04:03 GMT] "GET / HTTP/1.1" 200 5 "-" "x""#,
            "access log: access at=1795248243000 method=GET path=/ status=200",
        ),
        (
            r#"127.0.0.1 - - [2026-11-21T08:04:03.123Z] "GET / HTTP/1.1" 200 5 "-" "x" - 12.3 ms"#,
            "access log: access at=1795248243123 method=GET path=/ status=200 ms=12.3",
        ),
        // Proxies and gateways.
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" 1 "api@docker" "http://10.0.0.2:80" 12ms"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=12",
        ),
        (
            r#"203.0.113.9 example.com - [21/Nov/2026:08:04:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x" 1524us"#,
            "access log: access at=1795248243000 method=GET path=/ status=200 ms=1.524",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000] "GET http://api.example.com/a HTTP/1.1" 200 5 "-" "x" 437 pass"#,
            "access log: access at=1795248243000 method=GET path=http://api.example.com/a status=200 ms=0.437",
        ),
        (
            r#"203.0.113.9 - - [21/Nov/2026:08:04:03 +0000]"GET /loan/{id} HTTP/1.1" 200 5 18d7bbf6-7e03-f623-e34a-89e531c07802"#,
            "access log: access at=1795248243000 method=GET path=/loan/{id} status=200",
        ),
        // What is none.
        (
            r#"https://scoring:443 "POST /score HTTP/1.1" 200 12"#,
            r#"text: dep=scoring msg=https://scoring:443 "POST /score HTTP/1.1" 200 12"#,
        ),
        (
            r#"the client said "GET / HTTP/1.1" 200 times"#,
            r#"text: method=GET path=/ msg=the client said "GET / HTTP/1.1" 200 times"#,
        ),
        (
            r#"08:04:03 "GET / HTTP/1.1" 200"#,
            r#"text layout: method=GET path=/ status=200 msg="GET / HTTP/1.1" 200"#,
        ),
    ]);
}
