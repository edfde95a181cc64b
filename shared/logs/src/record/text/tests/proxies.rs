//! Lines of proxies with a layout of their own.

use super::check;

#[test]
fn lines_of_proxies_are_read() {
    check(&[
        // HAProxy: HTTP, in syslog, logged early, refused, TCP.
        (
            r#"10.0.1.2:33317 [21/Nov/2026:08:04:03.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {Root=1-67141fdd-13855201d3b1e483baa1406a|curl} {} "GET /index.html HTTP/1.1""#,
            "HAProxy log: access at=1795248243655 method=GET path=/index.html status=200 ms=109 trace=1-67141fdd-13855201d3b1e483baa1406a",
        ),
        (
            r#"<134>Nov 21 08:04:03 lb haproxy[123]: 10.0.1.2:33317 [21/Nov/2026:08:04:03.655] http-in static/srv1 10/0/30/69/+109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /index.html HTTP/1.1""#,
            "HAProxy log: access at=1795248243655 info method=GET path=/index.html status=200 ms=109",
        ),
        (
            r#"10.0.1.2:33317 [21/Nov/2026:08:04:03.655] https~ api/<NOSRV> -1/-1/-1/-1/12 503 212 - - SC-- 1/1/0/0/0 0/0 "POST /loan/apply HTTP/2.0""#,
            "HAProxy log: access at=1795248243655 method=POST path=/loan/apply status=503 ms=12",
        ),
        (
            r#"10.0.1.2:33317 [21/Nov/2026:08:04:03.655] https~ https/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>""#,
            "HAProxy log: access at=1795248243655 status=400 ms=0",
        ),
        (
            "10.0.1.2:33313 [21/Nov/2026:08:04:03.655] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0",
            "HAProxy log: access at=1795248243655 ms=5007",
        ),
        // Envoy, Istio, Envoy of itself.
        (
            r#"[2026-11-21T08:04:03.310Z] "POST /loan/apply HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "curl" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "api" "tcp://10.0.2.1:80""#,
            "Envoy log: access at=1795248243310 method=POST path=/loan/apply status=204 ms=226",
        ),
        (
            r#"[2026-11-21T08:04:03.310Z] "GET /loan/7?a=b HTTP/1.1" 503 UF,URX upstream_reset_before_response_started{connection_failure} - "delayed connect error: 111" 0 91 1003 - "-" "curl" "cc21" "api" "10.0.0.1:80" outbound|80||api - 10.0.0.1:80 10.0.0.2:1 - default"#,
            "Envoy log: access at=1795248243310 method=GET path=/loan/7?a=b status=503 ms=1003",
        ),
        (
            r#"[2026-11-21T08:04:03.310Z] "GET / HTTP/1.1" 0 DC 0 0 5 - "-" "curl" "cc21" "api" "-""#,
            "Envoy log: access at=1795248243310 method=GET path=/ ms=5",
        ),
        (
            "[2026-11-21 08:04:03.750][1][warning][main] [source/server/server.cc:412] initializing epoch 0",
            "Envoy log: at=1795248243750 warn msg=initializing epoch 0",
        ),
        // Squid, Caddy's console.
        (
            "1795248243.810    160 203.0.113.120 TCP_MISS/200 479 GET http://api.example.com/loan/7? - FIRSTUP_PARENT/127.0.0.1 application/json",
            "Squid access log: access at=1795248243810 method=GET path=http://api.example.com/loan/7? status=200 ms=160",
        ),
        (
            "1795248243.649      0 127.0.0.1 NONE_NONE/000 0 - error:transaction-end-before-headers - HIER_NONE/- -",
            "Squid access log: access at=1795248243649 msg=error:transaction-end-before-headers",
        ),
        (
            "2026/11/21 08:04:03.123\tINFO\thttp.log.access.log0\thandled request\t{\"request\": {\"remote_ip\": \"203.0.113.9\", \"method\": \"GET\", \"host\": \"a.example\", \"uri\": \"/x?y=1\"}, \"bytes_read\": 0, \"duration\": 0.0123, \"size\": 5, \"status\": 200}",
            "Caddy console: access at=1795248243123 info method=GET path=/x?y=1 status=200 ms=12.3 msg=handled request",
        ),
        (
            "2026/11/21 08:04:03.123\tWARN\tadmin\tstopping\t",
            "Caddy console: at=1795248243123 warn msg=stopping",
        ),
    ]);
}
