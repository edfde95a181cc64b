"""Application lines of platforms and loggers that are no packages, written in their documented shapes."""
import sys

from tape import Tape, events, level_of, packed, request, words

DOTNET = {
    "timeout": ("System.Threading.Tasks.TaskCanceledException", "The request was canceled due to the configured HttpClient.Timeout of 2 seconds elapsing.", "System.TimeoutException: A task was canceled."),
    "refused": ("System.Net.Http.HttpRequestException", "Connection refused (127.0.0.1:8443)", "System.Net.Sockets.SocketException (111): Connection refused"),
    "crash": ("System.ArgumentOutOfRangeException", "Index was out of range. Must be non-negative and less than the size of the collection. (Parameter 'index')", None),
}


def dotnet_stack(what):
    """An exception as .NET prints it: type, message, inner exception after an arrow, frames."""
    kind, message, inner = DOTNET[what]
    frames = ["   at System.Net.Http.HttpConnectionPool.ConnectToTcpHostAsync(String host, Int32 port, HttpRequestMessage initialRequest, Boolean async, CancellationToken cancellationToken)",
              "   at System.Net.Http.HttpClient.<SendAsync>g__Core|83_0(HttpRequestMessage request, HttpCompletionOption completionOption, CancellationTokenSource cts)"]
    own = ["   at LoanApi.Partners.PartnerClient.CallAsync(String partner, CancellationToken ct) in /src/LoanApi/Partners/PartnerClient.cs:line 48",
           "   at LoanApi.Controllers.LoanController.Apply(ApplyRequest request) in /src/LoanApi/Controllers/LoanController.cs:line 71"]
    if not inner:
        return "\n".join([f"{kind}: {message}", "   at System.Collections.Generic.List`1.get_Item(Int32 index)", *own])
    return "\n".join([f"{kind}: {message}", f" ---> {inner}", frames[0], "   --- End of inner exception stack trace ---", frames[1], *own])


def dotnet_alt(what, alt=None):
    alt = dict(alt or {})
    if what in DOTNET and DOTNET[what][2]:
        alt["error_type"] = [DOTNET[what][2].split(":")[0].split(" (")[0]]
    return alt


def cased(text):
    return text[0].upper() + text[1:]


MARKS = {"debug": "DBG", "info": "INF", "warn": "WRN", "error": "ERR"}
NAMES = {"debug": "Debug", "info": "Information", "warn": "Warning", "error": "Error"}


def serilog_console(t):
    """Serilog's console sink with its default template."""
    def say(level, text, stack=None, **truth):
        clock = t.iso(0)[11:19]
        t.add(f"[{clock} {MARKS[level]}] {text}" + (f"\n{stack}" if stack else ""), stamped=False, level=level, message=text, **truth)
    say("info", "Now listening on: http://[::]:8080")
    say("info", "Application started. Press Ctrl+C to shut down.")
    for s in t.walk():
        for what, level, facts in events(s):
            text = cased(words(what, s)) + (f" after {facts['latency_ms']} ms" if "latency_ms" in facts else "")
            say(level, text, dotnet_stack(what) if what in DOTNET else None, **facts, error_type=DOTNET[what][0] if what in DOTNET else None, alt=dotnet_alt(what))
        took = f"{s['took_us'] / 1000:.4f}"
        say("error" if s["status"] >= 500 else "info", f"HTTP {s['method']} {s['path']} responded {s['status']} in {took} ms", **request(s, latency_ms=float(took)))


def serilog_compact(t):
    """Serilog.Formatting.Compact (CLEF) with the request logging middleware."""
    def say(level, template, named, rendered=None, what=None, step=None, **truth):
        row = {"@t": t.iso(7), "@mt": template}
        if rendered:
            row["@r"] = rendered
        if level != "info":
            row["@l"] = NAMES[level]
        if what in DOTNET:
            row["@x"] = dotnet_stack(what)
            truth["error_type"] = DOTNET[what][0]
        if step:
            row.update({"@tr": step["w3c"], "@sp": step["span"]})
            truth["trace_id"] = step["w3c"]
        text = template
        for k, v in named.items():
            text = text.replace("{" + k + "}", str(v))
        row.update(named)
        alt = dotnet_alt(what, truth.pop("alt", None))
        alt["message"] = [text.replace("{Elapsed:0.0000}", rendered[0]) if rendered else text]
        t.add(packed(row), message=template, **truth, **({"level": level, "alt": alt} if level != "info" else {"alt": {**alt, "level": ["info"]}}))
    say("info", "Now listening on: {address}", {"address": "http://[::]:8080", "SourceContext": "Microsoft.Hosting.Lifetime"})
    for s in t.walk():
        for what, level, facts in events(s):
            named, template = {"SourceContext": "LoanApi.LoanService", "UserId": s["user"]}, cased(words(what, s))
            if "dependency" in facts:
                named["Dependency"] = facts["dependency"]
            if "latency_ms" in facts:
                template += " after {ElapsedMilliseconds} ms"
                named["ElapsedMilliseconds"] = facts["latency_ms"]
            say(level, template, named, None, what, s, **facts)
        took = s["took_us"] / 1000
        say("error" if s["status"] >= 500 else "info", "HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0000} ms",
            {"RequestMethod": s["method"], "RequestPath": s["path"], "StatusCode": s["status"], "Elapsed": took, "SourceContext": "Serilog.AspNetCore.RequestLoggingMiddleware",
             "RequestId": f"0HN7{s['span'][:9].upper()}:0000000{s['n'] % 9}", "ConnectionId": f"0HN7{s['span'][:9].upper()}"}, [f"{took:.4f}"], None, s, **request(s, latency_ms=took))


def dotnet_simple(t):
    """Microsoft's simple console formatter: category on the first line, message indented below, no time."""
    short = {"debug": "dbug", "info": "info", "warn": "warn", "error": "fail"}

    def say(level, category, text, stack=None, event=0, **truth):
        body = "\n".join("      " + l for l in (text + (f"\n{stack}" if stack else "")).split("\n"))
        t.add(f"{short[level]}: {category}[{event}]\n{body}", stamped=False, level=level, message=text, **truth)
    say("info", "Microsoft.Hosting.Lifetime", "Now listening on: http://[::]:8080", event=14)
    say("info", "Microsoft.Hosting.Lifetime", "Application started. Press Ctrl+C to shut down.")
    say("dbug" and "debug", "LoanApi.Pool", "Pool size is 10")
    for s in t.walk():
        took = f"{s['took_us'] / 1000:.4f}"
        target = f"http://api.loans.example.com{s['target']}"
        say("info", "Microsoft.AspNetCore.Hosting.Diagnostics", f"Request starting HTTP/1.1 {s['method']} {target} - - -", event=1, method=s["method"], path=s["path"]) if s["n"] % 3 == 0 else None
        for what, level, facts in events(s):
            text = cased(words(what, s)) + (f" after {facts['latency_ms']}ms" if "latency_ms" in facts else "")
            say(level, "LoanApi.Partners.PartnerClient" if "dependency" in facts else "LoanApi.LoanService", text, dotnet_stack(what) if what in DOTNET else None, **facts,
                error_type=DOTNET[what][0] if what in DOTNET else None, alt=dotnet_alt(what))
        say("info", "Microsoft.AspNetCore.Hosting.Diagnostics", f"Request finished HTTP/1.1 {s['method']} {target} - {s['status']} - application/json {took}ms", event=2, **request(s, latency_ms=float(took)))


def dotnet_json(t):
    """Microsoft's JSON console formatter with scopes and a UTC timestamp."""
    def say(level, category, template, named, step=None, what=None, event=0, **truth):
        text = template
        for k, v in named.items():
            text = text.replace("{" + k + "}", str(v))
        row = {"Timestamp": t.iso(7), "EventId": event, "LogLevel": NAMES[level], "Category": category, "Message": text}
        if what in DOTNET:
            row["Exception"] = dotnet_stack(what)
            truth["error_type"] = DOTNET[what][0]
        row["State"] = {"Message": text, **named, "{OriginalFormat}": template}
        if step:
            row["Scopes"] = [{"Message": f"SpanId:{step['span']}, TraceId:{step['w3c']}, ParentId:0000000000000000", "SpanId": step["span"], "TraceId": step["w3c"], "ParentId": "0000000000000000"}]
            truth["trace_id"] = step["w3c"]
        t.add(packed(row), level=level, message=text, **{**truth, "alt": dotnet_alt(what, truth.get("alt"))})
    say("info", "Microsoft.Hosting.Lifetime", "Now listening on: {address}", {"address": "http://[::]:8080"}, event=14)
    for s in t.walk():
        for what, level, facts in events(s):
            named, template = {}, cased(words(what, s))
            if "dependency" in facts:
                named["Dependency"] = facts["dependency"]
            if "latency_ms" in facts:
                template += " after {ElapsedMs} ms"
                named["ElapsedMs"] = facts["latency_ms"]
            say(level, "LoanApi.LoanService", template, named, s, what, **facts)
        took = round(s["took_us"] / 1000, 3)
        say("info", "LoanApi.Middleware.RequestLog", "{Method} {Path} {StatusCode} {ElapsedMs}ms", {"Method": s["method"], "Path": s["path"], "StatusCode": s["status"], "ElapsedMs": took}, s, **request(s, latency_ms=took))


def nlog_text(t):
    """NLog's default layout: ${longdate}|${level}|${logger}|${message}|${exception}."""
    def say(level, logger, text, stack=None, **truth):
        t.add(f"{t.iso(4, '', ' ')}|{level.upper()}|{logger}|{text}" + (f"|{stack}" if stack else ""), level=level, message=text, **truth)
    say("info", "LoanApi.Program", "init main")
    for s in t.walk():
        for what, level, facts in events(s):
            text = cased(words(what, s)) + (f" ({facts['latency_ms']} ms)" if "latency_ms" in facts else "")
            say(level, "LoanApi.Partners.PartnerClient" if "dependency" in facts else "LoanApi.LoanService", text, dotnet_stack(what) if what in DOTNET else None, **facts,
                error_type=DOTNET[what][0] if what in DOTNET else None, alt=dotnet_alt(what))
        say(level_of(s), "LoanApi.Middleware.RequestLog", f"{s['method']} {s['target']} responded {s['status']} in {s['took_us'] // 1000} ms", **request(s, latency_ms=s["took_us"] // 1000))


def nlog_json(t):
    """NLog's JsonLayout as its wiki shows it, with event properties."""
    def say(level, logger, text, props, what=None, step=None, **truth):
        row = {"time": t.iso(4, "", " "), "level": level.upper(), "logger": logger, "message": text}
        if step:
            row["traceId"] = truth["trace_id"] = step["w3c"]
        if props:
            row["eventProperties"] = props
        if what in DOTNET:
            row["exception"] = {"type": DOTNET[what][0], "message": DOTNET[what][1], "stackTrace": dotnet_stack(what).split("\n", 1)[1]}
            truth["error_type"] = DOTNET[what][0]
        t.add(packed(row), level=level, message=text, **truth)
    for s in t.walk():
        for what, level, facts in events(s):
            props = {"Partner": facts["dependency"]} if "dependency" in facts else {"UserId": s["user"]}
            if "latency_ms" in facts:
                props["DurationMs"] = facts["latency_ms"]
            say(level, "LoanApi.LoanService", cased(words(what, s)), props, what, s, **facts)
        say(level_of(s), "LoanApi.Middleware.RequestLog", "Request completed", {"HttpMethod": s["method"], "RequestPath": s["path"], "StatusCode": s["status"], "DurationMs": s["took_us"] / 1000}, None, s,
            **request(s, latency_ms=s["took_us"] / 1000))


JAVA_STACK = ("com.example.loans.client.{0}: {1}\n\tat com.example.loans.client.PartnerClient.call(PartnerClient.java:57)\n\tat com.example.loans.service.LoanService.score(LoanService.java:91)\n"
              "\tat com.example.loans.web.LoanController.apply(LoanController.java:44)\n\tat java.base/java.lang.Thread.run(Thread.java:1583)\nCaused by: java.net.{2}\n\tat java.base/sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:592)\n\t... 47 more\n")
JAVA = {"timeout": ("PartnerTimeoutException", "no answer in time", "SocketTimeoutException: Read timed out"), "refused": ("PartnerDownException", "partner unavailable", "ConnectException: Connection refused")}


def java_thrown(what):
    if what not in JAVA:
        return None
    a, b, c = JAVA[what]
    return f"com.example.loans.client.{a}", b, JAVA_STACK.format(a, b, c), "java.net." + c.split(":")[0]


def ecs_dotted(t):
    """ecs-logging: Elastic Common Schema with dotted keys, event.duration in nanoseconds."""
    for s in t.walk():
        def say(level, text, extra, **truth):
            row = {"@timestamp": t.iso(), "log.level": level.upper(), "message": text, "ecs.version": "1.2.0", "service.name": "loan-api", "service.environment": "prod", "event.dataset": "loan-api",
                   "process.thread.name": f"http-nio-8080-exec-{s['n'] % 10 + 1}", "log.logger": "com.example.loans.web.AccessLog", "trace.id": s["w3c"], "transaction.id": s["span"], **extra}
            t.add(packed(row), level=level, message=text, trace_id=s["w3c"], **truth)
        for what, level, facts in events(s):
            extra, truth, thrown = {}, dict(facts), java_thrown(what)
            if "dependency" in facts:
                extra["destination.service.name"] = extra["labels.dependency"] = facts["dependency"]
            if "latency_ms" in facts:
                extra["event.duration"] = facts["latency_ms"] * 1000000
            if thrown:
                extra.update({"error.type": thrown[0], "error.message": thrown[1], "error.stack_trace": thrown[2]})
                truth.update(error_type=thrown[0], alt={"error_type": [thrown[3]]})
            say(level, words(what, s), extra, **truth)
        say(level_of(s), "request handled", {"http.request.method": s["method"], "url.path": s["path"], "url.query": s["query"], "http.response.status_code": s["status"], "client.ip": s["client"],
                                             "user_agent.original": s["agent"], "event.duration": s["took_us"] * 1000, "event.outcome": "failure" if s["status"] >= 500 else "success"}, **request(s, latency_ms=s["took_us"] / 1000))


def spring_ecs(t):
    """Spring Boot 3.4+ structured logging, format ecs (nested), MDC and key-value pairs at the top."""
    def say(level, logger, text, extra=None, step=None, **truth):
        row = {"@timestamp": t.iso(9), "log": {"level": level.upper(), "logger": "com.example.loans." + logger}, "process": {"pid": 1, "thread": {"name": f"http-nio-8080-exec-{step['n'] % 10 + 1}" if step else "main"}},
               "service": {"name": "loan-api", "version": "2.4.1", "environment": "prod", "node": {}}, "message": text}
        if step:
            row.update(traceId=step["w3c"], spanId=step["span"])
            truth["trace_id"] = step["w3c"]
        row.update(extra or {})
        row["ecs"] = {"version": "8.11"}
        t.add(packed(row), level=level, message=text, **truth)
    say("info", "LoanApplication", "Started LoanApplication in 3.218 seconds (process running for 3.871)", alt={"latency_ms": [None]})
    for s in t.walk():
        for what, level, facts in events(s):
            extra, truth, thrown = {}, dict(facts), java_thrown(what)
            text = words(what, s) + (f" after {facts['latency_ms']} ms" if "latency_ms" in facts else "")
            if thrown:
                extra["error"] = {"type": thrown[0], "message": thrown[1], "stack_trace": thrown[2]}
                truth.update(error_type=thrown[0], alt={"error_type": [thrown[3]]})
            say(level, "client.PartnerClient" if "dependency" in facts else "service.LoanService", text, extra, s, **truth)
        say(level_of(s), "web.AccessLog", f"{s['method']} {s['target']} {s['status']} {s['took_us'] // 1000}ms", None, s, **request(s, latency_ms=s["took_us"] // 1000))


def gelf(t):
    """GELF 1.1 as Spring Boot's structured logging and log4j2's GelfLayout write it: syslog severities, underscored extras."""
    severity = {"debug": 7, "info": 6, "warn": 4, "error": 3}
    for s in t.walk():
        def say(level, text, extra, full=None, **truth):
            row = {"version": "1.1", "short_message": text, "timestamp": t.at // 1000 / 1000, "level": severity[level], "_level_name": level.upper(), "_process_pid": 1,
                   "_process_thread_name": f"http-nio-8080-exec-{s['n'] % 10 + 1}", "host": "loan-api", "_log_logger": "com.example.loans.web.AccessLog", "_trace_id": s["w3c"], "_service_version": "2.4.1", **extra}
            if full:
                row["full_message"] = full
            t.add(packed(row), level=level, message=text, trace_id=s["w3c"], **truth)
        for what, level, facts in events(s):
            extra, truth, thrown = {}, dict(facts), java_thrown(what)
            if "dependency" in facts:
                extra["_dependency"] = facts["dependency"]
            if "latency_ms" in facts:
                extra["_duration_ms"] = facts["latency_ms"]
            full = None
            if thrown:
                extra.update({"_error_type": thrown[0], "_error_message": thrown[1], "_error_stack_trace": thrown[2]})
                full = words(what, s) + "\n\n" + thrown[2]
                truth.update(error_type=thrown[0], alt={"error_type": [thrown[3]]})
            say(level, words(what, s), extra, full, **truth)
        say(level_of(s), "request completed", {"_http_method": s["method"], "_http_path": s["path"], "_http_status": s["status"], "_duration_ms": s["took_us"] / 1000}, **request(s, latency_ms=s["took_us"] / 1000))


def gcp_json(t):
    """Google Cloud's structured logging fields: severity, httpRequest with latency in seconds as text, the trace as a resource name."""
    names = {"info": "INFO", "warn": "WARNING", "error": "ERROR", "debug": "DEBUG"}
    for s in t.walk():
        def say(level, text, extra, **truth):
            t.add(packed({"severity": names[level], "message": text, "timestamp": t.iso(9), "logging.googleapis.com/trace": f"projects/loans-prod/traces/{s['w3c']}",
                          "logging.googleapis.com/spanId": s["span"], "logging.googleapis.com/trace_sampled": True, "logging.googleapis.com/sourceLocation": {"file": "server.py", "line": "88", "function": "handle"}, **extra}),
                  level=level, message=text, trace_id=s["w3c"], **truth)
        for what, level, facts in events(s):
            extra = {k: v for k, v in (("dependency", facts.get("dependency")), ("duration_ms", facts.get("latency_ms"))) if v is not None}
            say(level, words(what, s), extra, **facts)
        say(level_of(s), "request served", {"httpRequest": {"requestMethod": s["method"], "requestUrl": f"https://api.loans.example.com{s['target']}", "status": s["status"], "responseSize": str(s["bytes_out"]),
                                                            "userAgent": s["agent"], "remoteIp": s["client"], "latency": f"{s['took_us'] / 1e6:.6f}s", "protocol": "HTTP/1.1"}}, **request(s, latency_ms=s["took_us"] / 1000))


def otlp_json(t):
    """OTLP's JSON encoding, one resourceLogs document a line, as the collector's file exporter writes it."""
    numbers = {"debug": 5, "info": 9, "warn": 13, "error": 17}

    def value(v):
        return {"intValue": str(v)} if isinstance(v, int) else {"doubleValue": v} if isinstance(v, float) else {"stringValue": v}
    for s in t.walk():
        def say(level, text, attributes, **truth):
            record = {"timeUnixNano": str(t.at * 1000), "observedTimeUnixNano": str(t.at * 1000 + 120000), "severityNumber": numbers[level], "severityText": level.upper(), "body": {"stringValue": text},
                      "attributes": [{"key": k, "value": value(v)} for k, v in attributes.items()], "flags": 1, "traceId": s["w3c"], "spanId": s["span"]}
            t.add(packed({"resourceLogs": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "loan-api"}}, {"key": "deployment.environment", "value": {"stringValue": "prod"}}]},
                                            "scopeLogs": [{"scope": {"name": "loan_api.web"}, "logRecords": [record]}]}]}), level=level, message=text, trace_id=s["w3c"], **truth)
        for what, level, facts in events(s):
            attributes, truth, thrown = {}, dict(facts), java_thrown(what)
            if "dependency" in facts:
                attributes["peer.service"] = facts["dependency"]
            if "latency_ms" in facts:
                attributes["duration_ms"] = facts["latency_ms"]
            if thrown:
                attributes.update({"exception.type": thrown[0], "exception.message": thrown[1], "exception.stacktrace": thrown[2]})
                truth.update(error_type=thrown[0], alt={"error_type": [thrown[3]]})
            say(level, words(what, s), attributes, **truth)
        say(level_of(s), "HTTP request", {"http.request.method": s["method"], "url.path": s["path"], "http.route": s["pattern"], "http.response.status_code": s["status"], "duration_ms": s["took_us"] / 1000},
            **request(s, latency_ms=s["took_us"] / 1000))


RECORDINGS = {f.__name__.replace("_", "-"): f for f in (serilog_console, serilog_compact, dotnet_simple, dotnet_json, nlog_text, nlog_json, ecs_dotted, spring_ecs, gelf, gcp_json, otlp_json)}

if __name__ == "__main__":
    for name in sys.argv[1:] or RECORDINGS:
        tape = Tape(name, 30)
        RECORDINGS[name](tape)
        tape.end()
