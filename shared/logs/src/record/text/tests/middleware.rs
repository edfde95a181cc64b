//! Request lines of web frameworks' middleware.

use super::check;

#[test]
fn request_lines_of_frameworks_are_read() {
    check(&[
        // morgan: dev and tiny, short.
        (
            "GET /loan/7?a=b 200 12.345 ms - 45",
            "request line: access method=GET path=/loan/7?a=b status=200 ms=12.345",
        ),
        (
            "GET /loan/7 304 - - 0.345 ms",
            "request line: access method=GET path=/loan/7 status=304 ms=0.345",
        ),
        (
            "203.0.113.86 - POST /loan/apply HTTP/1.1 503 51 - 12.077 ms",
            "request line: access method=POST path=/loan/apply status=503 ms=12.077",
        ),
        // koa-logger.
        (
            "  <-- GET /health",
            "request line: access method=GET path=/health",
        ),
        (
            "  --> GET /health 200 1.2s 1kb",
            "request line: access method=GET path=/health status=200 ms=1200",
        ),
        (
            "  xxx POST /loan/apply 500 12ms -",
            "request line: access method=POST path=/loan/apply status=500 ms=12",
        ),
        (
            "  --> POST /loan/apply 504 1,041ms 58b",
            "request line: access method=POST path=/loan/apply status=504 ms=1041",
        ),
        // Gin, Negroni, chi.
        (
            r#"[GIN] 2026/11/21 - 08:04:03 | 200 |      12.345µs |       127.0.0.1 | GET      "/loan/7""#,
            "request line: access at=1795248243000 method=GET path=/loan/7 status=200 ms=0.012345",
        ),
        (
            "[negroni] 2026-11-21T08:04:03Z | 404 | \t 1.5ms | localhost:8080 | GET /x",
            "request line: access at=1795248243000 method=GET path=/x status=404 ms=1.5",
        ),
        (
            r#""GET http://localhost:8080/x HTTP/1.1" from 127.0.0.1:5 - 200 12B in 1.234ms"#,
            "request line: access method=GET path=http://localhost:8080/x status=200 ms=1.234",
        ),
        (
            "08:04:03 | 200 |     1.5ms |       127.0.0.1 | GET     | /x        | -",
            "request line: access method=GET path=/x status=200 ms=1.5",
        ),
        // Tornado.
        (
            "[W 261121 08:04:03 web:2591] 404 GET /x (127.0.0.1) 0.79ms",
            "Tornado log: access at=1795248243000 warn method=GET path=/x status=404 ms=0.79 msg=404 GET /x (127.0.0.1) 0.79ms",
        ),
        (
            "[E 261121 08:04:03 web:2108] Uncaught exception GET /loan/7 (127.0.0.1)",
            "Tornado log: at=1795248243000 error method=GET path=/loan/7 msg=Uncaught exception GET /loan/7 (127.0.0.1)",
        ),
        // Spring's pattern for Tomcat, PHP's own server.
        (
            "[21/Nov/2026:08:04:03 +0000] 127.0.0.1 GET /x HTTP/1.1 200 (12 ms)",
            "request line: access at=1795248243000 method=GET path=/x status=200 ms=12",
        ),
        (
            "[Sat Nov 21 08:04:03 2026] 127.0.0.1:5 [404]: GET /x",
            "request line: access at=1795248243000 method=GET path=/x status=404",
        ),
        // What is none.
        (
            "GET READY 200 12 ms - 5",
            "text: msg=GET READY 200 12 ms - 5",
        ),
    ]);
}
