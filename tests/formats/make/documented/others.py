"""Stores, brokers, routers and streams with several speakers: documented shapes, and recorded lines merged by their time."""
import sys

from envelopes import recorded
from tape import Tape, events, level_of, packed, request, words

PYTHON = {"timeout": ("requests.exceptions.ReadTimeout", "HTTPSConnectionPool(host='scoring.loans.internal', port=8443): Read timed out. (read timeout=2.0)"),
          "refused": ("requests.exceptions.ConnectionError", "[Errno 111] Connection refused"), "crash": ("KeyError", "'score'")}


def heroku_router(t):
    """The platform router's logfmt after its syslog-like head."""
    for s in t.walk():
        ms = s["took_us"] // 1000
        code = "H12" if s["trouble"] == "timeout" else None
        status = 503 if code else s["status"]
        head = 'at=error code=H12 desc="Request timeout"' if code else "at=info"
        t.add(f'{t.iso(6, "+00:00")} heroku[router]: {head} method={s["method"]} path="{s["target"]}" host=api.loans.example.com request_id={s["request_id"]} fwd="{s["client"]}" dyno=web.{s["n"] % 3 + 1} '
              f'connect=1ms service={ms}ms status={status} bytes={s["bytes_out"]} protocol=https',
              **{**request(s, latency_ms=ms, message=None, error_type=code, alt={"level": ["error"] if code else ["info"], "latency_ms": [ms + 1], "error_type": [None]}), "status": status})


def lambda_text_python(t):
    """Lambda's text format of the Python runtime: bracketed level, tabs, tracebacks, and the runtime's own [ERROR] report."""
    for s in t.walk():
        def say(level, text, stack="", **truth):
            t.add(f"[{ {'warn': 'WARNING'}.get(level, level.upper()) }]\t{t.iso()}\t{s['request_id']}\t{text}{stack}", level=level, message=text, **truth)

        def plain(text, **truth):
            t.add(text, stamped=False, kind="platform", **{"message": text.strip(), "alt": {"message": [None], "level": ["info"]}, **truth})
        plain(f"START RequestId: {s['request_id']} Version: $LATEST")
        for what, level, facts in events(s):
            took = f" after {facts['latency_ms']} ms" if "latency_ms" in facts else ""
            if what == "crash":
                t.add(f"[ERROR] {PYTHON[what][0]}: {PYTHON[what][1]}\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 58, in handler\n    band = answer['score']", stamped=False, level="error",
                      message=PYTHON[what][1], error_type=PYTHON[what][0])
            elif what in PYTHON:
                kind, text = PYTHON[what]
                stack = f"\nTraceback (most recent call last):\n  File \"/var/task/partners.py\", line 63, in call\n    answer = session.post(url, timeout=2.0)\n  File \"/opt/python/requests/adapters.py\", line 713, in send\n    raise {kind.split('.')[-1]}(e, request=request)\n{kind}: {text}"
                say(level, words(what, s) + took, stack, error_type=kind, **facts)
            else:
                say(level, words(what, s) + took, **facts)
        if s["trouble"] != "crash":
            say(level_of(s), f"{s['method']} {s['path']} completed with {s['status']} in {s['took_us'] / 1e6:.3f}s", **request(s, latency_ms=round(s["took_us"] / 1e6, 3) * 1000))
        t.pass_us(s["took_us"])
        ms = round(s["took_us"] / 1000, 2)
        plain(f"END RequestId: {s['request_id']}")
        text = f"REPORT RequestId: {s['request_id']}\tDuration: {ms} ms\tBilled Duration: {int(ms) + 1} ms\tMemory Size: 256 MB\tMax Memory Used: 71 MB\t"
        plain(text, message=text.strip(), latency_ms=ms)
        if s["n"] == 8:
            text = f"{t.iso()} {s['request_id']} Task timed out after 3.00 seconds"
            t.add(text, kind="platform", message="Task timed out after 3.00 seconds", alt={"level": ["error"], "latency_ms": [3000.0], "error_type": ["timeout", "Timeout", "TaskTimedOut", "Task timed out"]})


def mysql_error(t):
    """MySQL 8's error log, as Aurora MySQL exports it."""
    lines = [("System", "MY-010116", "Server", "/usr/sbin/mysqld (mysqld 8.0.36) starting as process 1"), ("System", "MY-013576", "InnoDB", "InnoDB initialization has started."),
             ("Warning", "MY-010068", "Server", "CA certificate ca.pem is self signed."), ("System", "MY-010931", "Server", "/usr/sbin/mysqld: ready for connections. Version: '8.0.36'  socket: '/tmp/mysql.sock'  port: 3306  Source distribution.")]
    names = {"System": None, "Note": "info", "Warning": "warn", "ERROR": "error"}
    for s in t.walk():
        if s["trouble"] == "timeout" or not s["trouble"]:
            lines.append(("Note", "MY-010914", "Server", f"Aborted connection {s['port']} to db: 'loans' user: 'loan_api' host: '10.0.12.23' (Got timeout reading communication packets)."))
        if s["trouble"] == "denied":
            lines.append(("Note", "MY-010926", "Server", f"Access denied for user 'loan_api'@'10.0.12.{s['n']}' (using password: YES)"))
        if s["trouble"] == "crash":
            lines.append(("ERROR", "MY-012592", "InnoDB", "Operating system error number 28 in a file operation."))
        if s["trouble"] == "slow":
            lines.append(("Warning", "MY-011070", "Server", "'binlog_format' is deprecated and will be removed in a future release."))
        for kind, code, part, text in lines:
            t.pass_us(s["gap_ms"] * 100)
            t.add(f"{t.iso(6)} {s['n'] % 40} [{kind}] [{code}] [{part}] {text}", level=names[kind], message=text, alt={"error_type": [code], "level": ["info"] if kind == "System" else []})
        lines = []


def mysql_slow(t):
    """MySQL's slow query log: one record is its comment lines, the time and the statement."""
    for s in t.walk():
        seconds = f"{s['took_us'] * 9 / 1e6:.6f}"
        sql = f"SELECT id, amount, state\n  FROM applications\n WHERE applicant = '{s['user']}' ORDER BY created_at DESC;" if s["n"] % 2 else f"UPDATE applications SET state = 'scored' WHERE id = '{s['loan']}';"
        stamp, epoch = t.iso(6), t.at // 10**6
        t.add(f"# Time: {stamp}\n# User@Host: loan_api[loan_api] @  [10.0.12.23]  Id: {s['port']}\n# Query_time: {seconds}  Lock_time: 0.000003 Rows_sent: 1  Rows_examined: {s['amount']}\nSET timestamp={epoch};\n{sql}",
              latency_ms=round(float(seconds) * 1000, 3), message=sql, alt={"message": [sql.split("\n")[0], None], "timestamp_ms": [epoch * 1000]})


def mongodb_json(t):
    """MongoDB's structured log with the slow query's duration."""
    for s in t.walk():
        if s["trouble"] in ("slow", "timeout"):
            text = "Slow query"
            t.add(packed({"t": {"$date": t.iso(3, "+00:00")}, "s": "I", "c": "COMMAND", "id": 51803, "ctx": f"conn{s['port']}", "msg": text, "attr": {
                "type": "command", "ns": "loans.applications", "command": {"find": "applications", "filter": {"applicant": s["user"]}}, "planSummary": "COLLSCAN", "keysExamined": 0, "docsExamined": s["amount"],
                "protocol": "op_msg", "durationMillis": s["took_us"] // 1000}}), level="info", message=text, latency_ms=s["took_us"] // 1000)
        elif s["trouble"] == "denied":
            text = "Authentication failed"
            t.add(packed({"t": {"$date": t.iso(3, "+00:00")}, "s": "W", "c": "ACCESS", "id": 20249, "ctx": f"conn{s['port']}", "msg": text, "attr": {
                "mechanism": "SCRAM-SHA-256", "principalName": s["user"], "authenticationDatabase": "loans", "remote": f"10.0.12.23:{s['port']}", "error": "UserNotFound: Could not find user"}}), level="warn", message=text,
                alt={"error_type": ["UserNotFound"]})
        elif s["trouble"] == "crash":
            text = "Failed to unlink socket file"
            t.add(packed({"t": {"$date": t.iso(3, "+00:00")}, "s": "E", "c": "NETWORK", "id": 23024, "ctx": "initandlisten", "msg": text, "attr": {"path": "/tmp/mongodb-27017.sock", "error": "Operation not permitted"}}),
                  level="error", message=text, alt={"path": [None]})
        else:
            text = "Connection accepted" if s["n"] % 2 else "Connection ended"
            t.add(packed({"t": {"$date": t.iso(3, "+00:00")}, "s": "I" if s["n"] % 3 else "D1", "c": "NETWORK", "id": 22943, "ctx": "listener", "msg": text, "attr": {
                "remote": f"10.0.12.23:{s['port']}", "uuid": {"uuid": {"$uuid": s["request_id"]}}, "connectionId": s["n"], "connectionCount": s["n"] % 9}}), level="info" if s["n"] % 3 else "debug", message=text)


def rabbitmq(t):
    for s in t.walk():
        pid = f"<0.{700 + s['n']}.0>"
        if s["trouble"] == "denied":
            level, text = "error", f"HTTP access denied: user '{s['user']}' - invalid credentials"
        elif s["trouble"] == "timeout":
            level, text = "warning", f"closing AMQP connection {pid} (10.0.12.23:{s['port']} -> 10.0.14.5:5672, vhost: 'loans', user: 'loan_api'):\nclient unexpectedly closed TCP connection"
        elif s["trouble"] == "crash":
            level, text = "error", f"closing AMQP connection {pid} (10.0.12.23:{s['port']} -> 10.0.14.5:5672 - loan-api):\nmissed heartbeats from client, timeout: 60s"
        else:
            level, text = "info", f"connection {pid} (10.0.12.23:{s['port']} -> 10.0.14.5:5672): user 'loan_api' authenticated and granted access to vhost 'loans'"
        rows = text.split("\n")
        head = f"{t.iso(6, '+00:00', ' ')} [{level}] {pid} "
        # RabbitMQ repeats its prefix on each line of a message: each is a record.
        for row in rows:
            t.add(head + row, level={"warning": "warn"}.get(level, level), message=row, timestamp_ms=t.at // 1000 if row is rows[0] else t.told[-1]["timestamp_ms"],
                  alt={"latency_ms": [60000.0]} if "60s" in row else {})


def alb_lambda(t):
    """ALB lines with a Lambda target, health of WebSockets and gRPC, refused and malformed requests."""
    for s in t.walk():
        ms = s["took_us"] // 1000
        kind = ["h2", "https", "grpcs", "https"][s["n"] % 4]
        tail = f'"Root={s["xray"]}" "api.loans.example.com" "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012" 0 {t.iso(6)} "forward" "-" "{{}}" "-" "-" "-" "-"'
        arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/loan-fn/73e2d6bc24d8a067"
        head = f"{kind} {t.iso(6)} app/loan-alb/50dc6c495c0c9188 {s['client']}:{s['port']}"
        asked = f'"{s["method"]} https://api.loans.example.com:443{s["target"]} HTTP/{"2.0" if kind in ("h2", "grpcs") else "1.1"}" "{s["agent"]}" TLS_AES_128_GCM_SHA256 TLSv1.3'
        if s["trouble"] == "timeout":
            t.add(f"{head} - -1 -1 -1 502 - {s['bytes_in']} 272 {asked} {arn} " + tail.format("LambdaTimeout"),
                  **{**request(s, trace_id=s["xray"], alt={"error_type": ["LambdaTimeout"]}), "status": 502})
        elif s["n"] % 11 == 7:
            t.add(f'{head} - -1 -1 -1 400 - 0 272 "- https://api.loans.example.com:443- -" "-" - - - "-" "-" "-" - {t.iso(6)} "-" "-" "-" "-" "-" "-" "-"', kind="access", status=400)
        else:
            t.add(f"{head} - 0.000 {ms / 1000:.3f} 0.000 {s['status']} {s['status']} {s['bytes_in']} {s['bytes_out']} {asked} {arn} " + tail.format("-"), **request(s, latency_ms=ms, trace_id=s["xray"]))


def merged(t, *names):
    """Several recordings in one stream, their records in the order of the time since each began."""
    rows = []
    for name in names:
        began = None
        for lines, truth in recorded(name, 26):
            began = began or truth["timestamp_ms"]
            rows.append((truth["timestamp_ms"] - began, len(rows), lines, truth))
    for _, _, lines, truth in sorted(rows, key=lambda r: r[:2]):
        t.add("\n".join(lines), **truth)


RECORDINGS = {f.__name__.replace("_", "-"): f for f in (heroku_router, lambda_text_python, mysql_error, mysql_slow, mongodb_json, rabbitmq, alb_lambda)}
RECORDINGS["mixed-nginx-zap"] = lambda t: merged(t, "nginx-timed", "zap-production")
RECORDINGS["mixed-java-postgres"] = lambda t: merged(t, "logback-sleuth", "jul-oneline", "aurora-postgres")

if __name__ == "__main__":
    for name in sys.argv[1:] or RECORDINGS:
        tape = Tape(name, 18 if name.startswith("lambda") else 32)
        RECORDINGS[name](tape)
        tape.end()
