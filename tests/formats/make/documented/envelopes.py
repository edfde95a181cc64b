"""Lambda's streams in AWS's documented shapes, and container envelopes around lines that real loggers wrote (recorded here before)."""
import json
import re
import sys

from tape import Tape, events, level_of, packed, pair, request, words

NODE = {"timeout": ("TimeoutError", "no answer within 2000 ms"), "refused": ("Error", "connect ECONNREFUSED 127.0.0.1:8443"), "crash": ("TypeError", "Cannot read properties of undefined (reading 'score')")}
PYTHON = {"timeout": ("ReadTimeout", "HTTPConnectionPool(host='scoring.loans.internal', port=8443): Read timed out. (read timeout=2.0)"),
          "refused": ("ConnectionError", "[Errno 111] Connection refused"), "crash": ("KeyError", "'score'")}
ARN = "arn:aws:lambda:us-east-1::runtime:1c4b2a3f7c5d6e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9012345678abcdef"


def platform(t, kind, record, **truth):
    t.add(packed({"time": t.iso(), "type": f"platform.{kind}", "record": record}), kind="platform", **{**truth, "alt": {"level": ["info"], **truth.get("alt", {})}})


def invocation(t, s, runtime, body, broken=None):
    """The platform's lines around one invocation."""
    if s["n"] == 0:
        platform(t, "initStart", {"initializationType": "on-demand", "phase": "init", "runtimeVersion": runtime, "runtimeVersionArn": ARN, "functionName": "loan-api", "functionVersion": "$LATEST", "instanceId": "2024/11/21/[$LATEST]" + s["w3c"], "instanceMaxMemory": 536870912})
    tracing = {"spanId": s["span"], "type": "X-Amzn-Trace-Id", "value": f"Root={s['xray']};Parent={s['span']};Sampled=1"}
    platform(t, "start", {"requestId": s["request_id"], "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:loan-api", "version": "$LATEST", "tracing": tracing}, trace_id=s["xray"])
    body()
    ms = s["took_us"] / 1000
    metrics = {"durationMs": ms, "billedDurationMs": int(ms) + 1, "memorySizeMB": 512, "maxMemoryUsedMB": 86, **({"initDurationMs": 686.16} if s["n"] == 0 else {})}
    t.pass_us(s["took_us"])
    status = "error" if broken else "success"
    more = {"errorType": broken} if broken else {}
    platform(t, "runtimeDone", {"requestId": s["request_id"], "status": status, **more, "tracing": tracing, "spans": [{"name": "responseLatency", "start": t.iso(), "durationMs": 0.7}],
                                "metrics": {"durationMs": ms, "producedBytes": s["bytes_out"]}}, trace_id=s["xray"], latency_ms=ms, error_type=broken, alt={"latency_ms": [None]}) if s["n"] % 2 else None
    platform(t, "report", {"requestId": s["request_id"], "metrics": metrics, "tracing": tracing, "status": status, **more}, trace_id=s["xray"], latency_ms=ms, error_type=broken)


def lambda_json_node(t):
    """Lambda's JSON log format: platform lines and console calls of the Node runtime."""
    for s in t.walk():
        def say(level, given, **truth):
            t.add(packed({"timestamp": t.iso(), "level": level.upper(), "requestId": s["request_id"], "message": given} if isinstance(given, str) else
                         {"timestamp": t.iso(), "level": level.upper(), "requestId": s["request_id"], **given}), level=level, **truth)
        broken = NODE["crash"][0] if s["trouble"] == "crash" else None

        def body():
            for what, level, facts in events(s):
                if what in NODE:
                    kind, text = NODE[what]
                    stack = [f"{kind}: {text}", "    at PartnerClient.call (/var/task/partner.js:48:13)", "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)", "    at async Runtime.handler (/var/task/index.js:21:18)"]
                    named = {"message": words(what, s), "dependency": facts.get("dependency"), "durationMs": facts.get("latency_ms")} if what != "crash" else {"message": text}
                    say(level, {**named, "errorType": kind, "errorMessage": text, "stackTrace": stack}, message=named["message"], error_type=kind, **facts)
                elif "dependency" in facts:
                    say(level, words(what, s) + (f" after {facts['latency_ms']} ms" if "latency_ms" in facts else ""), message=words(what, s), **facts)
                else:
                    say(level, words(what, s), message=words(what, s))
            if not broken:
                say(level_of(s), f"{s['method']} {s['path']} {s['status']} {s['took_us'] / 1000:.1f}ms", message=f"{s['method']} {s['path']} {s['status']}", **request(s, latency_ms=round(s["took_us"] / 1000, 1)))
        invocation(t, s, "nodejs:20.v43", body, broken)


def lambda_json_python(t):
    """Lambda's JSON log format: platform lines and the Python runtime's logging records, with `extra` fields beside them."""
    for s in t.walk():
        def say(level, text, extra=None, **truth):
            t.add(packed({"timestamp": t.iso(0), "level": {"warn": "WARN"}.get(level, level.upper()), "message": text, "logger": "loan_api", "requestId": s["request_id"], **(extra or {})}),
                  level=level, message=text, timestamp_ms=t.at // 10**6 * 1000, **truth)

        def body():
            for what, level, facts in events(s):
                extra, kind = {}, None
                if what in PYTHON:
                    kind, text = PYTHON[what]
                    extra = {"stackTrace": ["  File \"/var/task/app.py\", line 41, in handler\n    return route(event)\n", "  File \"/var/task/partners.py\", line 63, in call\n    answer = session.post(url, timeout=2.0)\n"],
                             "errorType": kind, "errorMessage": text, "location": "/var/task/partners.py:call:63"}
                if "dependency" in facts:
                    extra.update({"dependency": facts["dependency"]})
                if "latency_ms" in facts:
                    extra["elapsed"] = f"{facts['latency_ms'] / 1000:.3f}s"
                say(level, words(what, s), extra, error_type=kind, **facts)
            say(level_of(s), "request handled", {"http": {"method": s["method"], "path": s["path"], "status_code": s["status"]}, "elapsed": f"{s['took_us'] / 1e6:.6f}s"}, **request(s, latency_ms=s["took_us"] / 1000))
        invocation(t, s, "python:3.12.v38", body, None)


def lambda_text_node(t):
    """Lambda's text format of the Node runtime: tab-separated, errors with their stack over many lines."""
    for s in t.walk():
        def say(level, text, stack="", **truth):
            t.add(f"{t.iso()}\t{s['request_id']}\t{level.upper()}\t{text}{stack}", level=level, message=text, **truth)

        def plain(text, **truth):
            t.add(text, stamped=False, kind="platform", **{"message": text.strip(), "alt": {"message": [None], "level": ["info"]}, **truth})
        if s["n"] == 0:
            plain(f"INIT_START Runtime Version: nodejs:20.v43\tRuntime Version ARN: {ARN}")
        plain(f"START RequestId: {s['request_id']} Version: $LATEST")
        for what, level, facts in events(s):
            if what == "crash":
                kind, text = NODE[what]
                stack = ["at handler (/var/task/index.js:21:18)", "at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"]
                t.add(f"{t.iso()}\t{s['request_id']}\tERROR\tInvoke Error \t" + packed({"errorType": kind, "errorMessage": text, "stack": [f"{kind}: {text}", *["    " + f for f in stack]]}), level="error",
                      message="Invoke Error", error_type=kind, alt={"message": [text]})
            elif what in NODE:
                kind, text = NODE[what]
                more = "\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16) {\n  errno: -111,\n  code: 'ECONNREFUSED',\n  syscall: 'connect',\n  address: '127.0.0.1',\n  port: 8443\n}" if what == "refused" else "\n    at Timeout._onTimeout (/var/task/partner.js:33:14)\n    at listOnTimeout (node:internal/timers:581:17)"
                say(level, f"{words(what, s)} after {facts['latency_ms']} ms {kind}: {text}", more, error_type=kind, alt={"error_type": ["ECONNREFUSED"]} if what == "refused" else {}, **facts)
            else:
                say(level, words(what, s) + (f" after {facts['latency_ms']} ms" if "latency_ms" in facts else ""), **facts)
        if s["trouble"] != "crash":
            say(level_of(s), f"{s['method']} {s['path']} -> {s['status']} in {s['took_us'] / 1000:.1f} ms", **request(s, latency_ms=round(s["took_us"] / 1000, 1)))
        t.pass_us(s["took_us"])
        ms = round(s["took_us"] / 1000, 2)
        plain(f"END RequestId: {s['request_id']}")
        text = f"REPORT RequestId: {s['request_id']}\tDuration: {ms} ms\tBilled Duration: {int(ms) + 1} ms\tMemory Size: 512 MB\tMax Memory Used: 86 MB\t" + ("Init Duration: 286.16 ms\t" if s["n"] == 0 else "")
        traced = f"\nXRAY TraceId: {s['xray']}\tSegmentId: {s['span']}\tSampled: true\t" if s["n"] % 2 else ""
        plain(text + traced, message=text.strip(), latency_ms=ms, trace_id=s["xray"] if traced else None)


def recorded(name, limit):
    """Records of a recording made before: (lines, truth)."""
    lines = open(f"{pair.HERE}/{name}.log", encoding="utf-8").read().split("\n")
    for row in list(map(json.loads, open(f"{pair.HERE}/{name}.truth.jsonl", encoding="utf-8")))[:limit]:
        yield lines[row["first_line"] - 1:row["last_line"]], {k: v for k, v in row.items() if k not in ("first_line", "last_line") and v is not None}


def enveloped(t, rows, wrap):
    """Wraps every line of a recording; the envelope's time is right too. Lines over 16 KB are cut at 16 KB as container runtimes do."""
    for n, (lines, truth) in enumerate(rows):
        t.pass_us(t.dice.randint(2000, 90000))
        if "timestamp_ms" in truth:
            t.at = truth["timestamp_ms"] * 1000 + t.dice.randint(300, 900)
            truth.setdefault("alt", {}).setdefault("timestamp_ms", []).append(t.at // 1000)
        else:
            if clock := re.match(r"(\d\d):(\d\d):(\d\d)\.(\d{3}) ", lines[0]):
                h, m, sec, ms = map(int, clock.groups())
                t.at = t.at // 86400_000000 * 86400_000000 + ((h * 60 + m) * 60 + sec) * 1000000 + ms * 1000 + 412
            truth["timestamp_ms"] = t.at // 1000
        rows = []
        for line in lines:
            parts = [line[i:i + 16384] for i in range(0, len(line), 16384)]
            for k, part in enumerate(parts):
                rows.append(wrap(t, part, k + 1 == len(parts), n))
                t.pass_us(17)
        t.add("\n".join(rows), **truth)


def docker(t, text, whole, n):
    return packed({"log": text + ("\n" if whole else ""), "stream": "stdout", "time": t.iso(9)})


def cri(t, text, whole, n):
    return f"{t.iso(9)} stdout {'F' if whole else 'P'} {text}"


def firelens(t, text, whole, n):
    return packed({"source": "stderr", "log": text, "container_id": "046d299f927e4bcf18736240410bcb0f-1234567890", "container_name": "loan-api", "ecs_cluster": "loans-prod",
                   "ecs_task_arn": "arn:aws:ecs:us-east-1:123456789012:task/loans-prod/7a1f0c2be9d94c55a3f1c0a4f2b0d9e1", "ecs_task_definition": "loan-api:42"})


def kubernetes(t, text, whole, n):
    return packed({"time": t.iso(9), "stream": "stdout", "_p": "F", "log": text, "kubernetes": {"pod_name": "loan-api-6d5f9c7b8-x2x7k", "namespace_name": "loans", "container_name": "loan-api", "host": "ip-10-0-12-23.ec2.internal",
                   "labels": {"app": "loan-api"}, "container_image": "registry.loans.example.com/loan-api:2.4.1"}})


RECORDINGS = {
    "lambda-json-node": lambda t: lambda_json_node(t), "lambda-json-python": lambda t: lambda_json_python(t), "lambda-text-node": lambda t: lambda_text_node(t),
    "docker-json-file": lambda t: enveloped(t, recorded("logback-basic", 44), docker), "cri-lines": lambda t: enveloped(t, recorded("logback-sleuth", 44), cri),
    "firelens-text": lambda t: enveloped(t, recorded("log4j2-pattern", 44), firelens), "fluentbit-kubernetes": lambda t: enveloped(t, recorded("logback-logstash", 44), kubernetes),
}


def grown():
    """Real lines of logstash-logback-encoder, the first stack among them repeated until it is longer than a runtime's 16 KB."""
    done = False
    for lines, truth in recorded("logback-logstash", 40):
        row = json.loads(lines[0])
        if "stack_trace" in row and not done:
            done = True
            row["stack_trace"] *= 18000 // len(row["stack_trace"]) + 1
        yield [packed(row)], truth


RECORDINGS["docker-split-16k"] = lambda t: enveloped(t, grown(), docker)
RECORDINGS["cri-split-16k"] = lambda t: enveloped(t, grown(), cri)

if __name__ == "__main__":
    for name in sys.argv[1:] or RECORDINGS:
        tape = Tape(name, 16)
        RECORDINGS[name](tape)
        tape.end()
