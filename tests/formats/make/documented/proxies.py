"""Access lines of proxies and gateways that are no packages, written in their documented shapes."""
import sys

from tape import Tape, level_of, packed, request


def envoy_text(t):
    """Envoy's default access log format, with Envoy's own lines in the same stream."""
    for text in ("initializing epoch 0 (base id=0, hot restart version=11.104)", "all clusters initialized. initializing init manager", "starting main dispatch loop"):
        t.add(f"[{t.iso(3, '', ' ')}][1][info][main] [source/server/server.cc:412] {text}", level="info", message=text)
    for s in t.walk():
        ms = s["took_us"] // 1000
        flags = {"timeout": "UT", "refused": "UF,URX"}.get(s["trouble"], "-") if s["status"] >= 500 else "-"
        up = "-" if flags == "UT" else str(max(ms - 1, 0))
        t.add(f'[{t.iso()}] "{s["method"]} {s["target"]} HTTP/1.1" {s["status"]} {flags} {s["bytes_in"]} {s["bytes_out"]} {ms} {up} "{s["client"]}" "{s["agent"]}" "{s["request_id"]}" "api.loans.example.com" "10.0.12.23:8080"',
              **request(s, latency_ms=ms, alt={"latency_ms": [int(up)] if up != "-" else []}))
        if s["n"] == 12:
            text = "[C41] remote address:10.0.12.23:8080,TLS_error:|33554536:system library:OPENSSL_internal:Connection reset by peer:TLS_error_end"
            t.add(f"[{t.iso(3, '', ' ')}][17][warning][connection] [source/extensions/transport_sockets/tls/ssl_socket.cc:246] {text}", level="warn", message=text)


def istio_text(t):
    """Istio's default text access log of the sidecar."""
    for s in t.walk():
        ms = s["took_us"] // 1000
        timed_out = s["trouble"] == "timeout" and s["status"] == 504
        flags, details, up = ("UT", "response_timeout", "-") if timed_out else ("-", "via_upstream", str(max(ms - 2, 0)))
        t.add(f'[{t.iso()}] "{s["method"]} {s["target"]} HTTP/2" {s["status"]} {flags} {details} - "-" {s["bytes_in"]} {s["bytes_out"]} {ms} {up} "{s["client"]},10.0.1.17" "{s["agent"]}" '
              f'"{s["request_id"]}" "api.loans.example.com" "10.0.12.23:8080" inbound|8080|| 127.0.0.6:{s["port"]} 10.0.12.23:8080 {s["client"]}:0 outbound_.8080_._.loan-api.loans.svc.cluster.local default',
              **request(s, latency_ms=ms, alt={"latency_ms": [int(up)] if up != "-" else []}))


def envoy_json(t):
    """Envoy's JSON access log with the usual keys (Istio's JSON encoding), plus the trace headers."""
    for s in t.walk():
        ms = s["took_us"] // 1000
        t.add(packed({
            "start_time": t.iso(), "method": s["method"], "path": s["target"], "protocol": "HTTP/1.1", "response_code": s["status"], "response_flags": "-", "response_code_details": "via_upstream",
            "bytes_received": s["bytes_in"], "bytes_sent": s["bytes_out"], "duration": ms, "upstream_service_time": str(max(ms - 1, 0)), "x_forwarded_for": s["client"], "user_agent": s["agent"],
            "request_id": s["request_id"], "authority": "api.loans.example.com", "upstream_host": "10.0.12.23:8080", "upstream_cluster": "loan_api", "route_name": "default",
            "x_b3_traceid": s["w3c"], "upstream_transport_failure_reason": None}), **request(s, latency_ms=ms, trace_id=s["w3c"], alt={"latency_ms": [max(ms - 1, 0)]}))


def traefik_clf(t):
    """Traefik's access log in its common format and its own lines in the same stream."""
    for level, text in (("info", "Configuration loaded from flags."), ("info", "Traefik version 2.11.2 built on 2026-04-11T15:58:36Z")):
        t.add(f'time="{t.iso(0)}" level={level} msg="{text}"', level=level, message=text, timestamp_ms=t.at // 10**6 * 1000)
    for s in t.walk():
        ms = s["took_us"] // 1000
        t.add(f'{s["client"]} - - [{t.clf()}] "{s["method"]} {s["target"]} HTTP/1.1" {s["status"]} {s["bytes_out"]} "-" "{s["agent"]}" {s["n"] + 1} "loan-api@docker" "http://10.0.12.23:8080" {ms}ms',
              timestamp_ms=t.at // 10**6 * 1000, **request(s, latency_ms=ms))
        if s["n"] in (9, 21):
            text = "Health check failed, removing from server list. Backend: \\\"loan-api@docker\\\" URL: \\\"http://10.0.12.24:8080\\\" Weight: 1 Reason: HTTP request failed: Get \\\"http://10.0.12.24:8080/health\\\": dial tcp 10.0.12.24:8080: connect: connection refused"
            t.add(f'time="{t.iso(0)}" level=warning msg="{text}"', level="warn", message=text.replace('\\"', '"'), timestamp_ms=t.at // 10**6 * 1000,
                  alt={"message": [text], "method": ["GET"], "path": ["/health"]})


def traefik_json(t):
    for s in t.walk():
        ns = s["took_us"] * 1000 + 417
        start = t.iso(9)
        t.pass_us(s["took_us"])
        t.add(packed({
            "ClientAddr": f"{s['client']}:{s['port']}", "ClientHost": s["client"], "ClientPort": str(s["port"]), "ClientUsername": "-", "DownstreamContentSize": s["bytes_out"], "DownstreamStatus": s["status"],
            "Duration": ns, "OriginContentSize": s["bytes_out"], "OriginDuration": ns - 91000, "OriginStatus": s["status"], "Overhead": 91000, "RequestAddr": "api.loans.example.com", "RequestContentSize": s["bytes_in"],
            "RequestCount": s["n"] + 1, "RequestHost": "api.loans.example.com", "RequestMethod": s["method"], "RequestPath": s["target"], "RequestPort": "-", "RequestProtocol": "HTTP/1.1", "RequestScheme": "http",
            "RetryAttempts": 0, "RouterName": "loan-api@ecs", "ServiceAddr": "10.0.12.23:8080", "ServiceName": "loan-api@ecs", "StartLocal": start, "StartUTC": start, "entryPointName": "web",
            "level": "info", "msg": "", "request_X-Amzn-Trace-Id": "Root=" + s["xray"], "time": t.iso(0)}), timestamp_ms=t.at // 10**6 * 1000,
            **request(s, level="info", latency_ms=ns / 1e6, trace_id=s["xray"], alt={"timestamp_ms": [t.at // 1000 - s["took_us"] // 1000, (t.at - s["took_us"]) // 1000], "latency_ms": [(ns - 91000) / 1e6]}))


def apigw_json(t):
    """API Gateway's access log with the JSON format its console proposes, plus latencies and the X-Ray id."""
    for s in t.walk():
        ms = s["took_us"] // 1000
        t.add(packed({
            "requestId": s["request_id"], "extendedRequestId": "Zx1f" + s["span"][:11] + "=", "ip": s["client"], "caller": "-", "user": "-", "requestTime": t.clf(), "requestTimeEpoch": t.at // 1000, "httpMethod": s["method"],
            "resourcePath": s["pattern"], "path": "/prod" + s["path"], "status": str(s["status"]), "protocol": "HTTP/1.1", "responseLength": str(s["bytes_out"]), "responseLatency": str(ms),
            "integrationLatency": str(max(ms - 3, 0)), "integrationStatus": "200", "errorMessage": "-" if s["status"] < 500 else "Internal server error", "xrayTraceId": s["xray"], "userAgent": s["agent"]}),
            **{**request(s, latency_ms=ms, trace_id=s["xray"], alt={
                "timestamp_ms": [t.at // 10**6 * 1000], "latency_ms": [max(ms - 3, 0)], "status": [], "message": [None], "path": [s["path"]]}), "path": "/prod" + s["path"]})


def apigw_clf(t):
    """API Gateway's CLF access log as the console proposes it (no blank before the request)."""
    for s in t.walk():
        t.add(f'{s["client"]} - - [{t.clf()}]"{s["method"]} {s["pattern"]} HTTP/1.1" {s["status"]} {s["bytes_out"]} {s["request_id"]}',
              timestamp_ms=t.at // 10**6 * 1000, **{**request(s, alt={"path": [None]} if "{" in s["pattern"] else {}), "path": s["pattern"]})


def elb_classic(t):
    """Classic load balancer access lines."""
    for s in t.walk():
        us = s["took_us"]
        dead = s["trouble"] in ("timeout",) and s["status"] == 504
        back, times = ("-", "-1 -1 -1") if dead else ("10.0.12.23:8080", f"0.000041 {us / 1e6:.6f} 0.000023")
        t.add(f'{t.iso(6)} loan-elb {s["client"]}:{s["port"]} {back} {times} {s["status"]} {0 if dead else s["status"]} {s["bytes_in"]} {s["bytes_out"]} '
              f'"{s["method"]} https://api.loans.example.com:443{s["target"]} HTTP/1.1" "{s["agent"]}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2',
              **request(s, latency_ms=None if dead else (us + 64) / 1000, alt={} if dead else {"latency_ms": [us / 1000]}))


def alb_v1(t):
    """ALB lines of the years before conn_trace_id: no classification fields, no redirect fields."""
    for s in t.walk():
        ms = s["took_us"] // 1000
        t.add(f'https {t.iso(6)} app/loan-alb/50dc6c495c0c9188 {s["client"]}:{s["port"]} 10.0.12.23:8080 0.000 {ms / 1000:.3f} 0.000 {s["status"]} {s["status"]} {s["bytes_in"]} {s["bytes_out"]} '
              f'"{s["method"]} https://api.loans.example.com:443{s["target"]} HTTP/1.1" "{s["agent"]}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 '
              f'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/loan-api/73e2d6bc24d8a067 "Root={s["xray"]}" "api.loans.example.com" "session-reused" 0',
              **request(s, latency_ms=ms, trace_id=s["xray"]))


RECORDINGS = {"envoy-text": envoy_text, "istio-text": istio_text, "envoy-json": envoy_json, "traefik-clf": traefik_clf, "traefik-json": traefik_json, "apigw-json": apigw_json,
              "apigw-clf": apigw_clf, "elb-classic": elb_classic, "alb-v1": alb_v1}

if __name__ == "__main__":
    for name in sys.argv[1:] or RECORDINGS:
        tape = Tape(name, 36)
        RECORDINGS[name](tape)
        tape.end()
