"""OpenTelemetry's ConsoleLogRecordExporter: each record is a JSON object over many lines."""
import logging, time
from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
import json
from rig import Rig, asked, epoch
from service import serve

rig = Rig("otel-console", 46, 15)
rig.stamp = lambda text: epoch(json.loads(text)["timestamp"].replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S.%f%z")
provider = LoggerProvider(resource=Resource({"service.name": "loan-api"}))
provider.add_log_record_processor(SimpleLogRecordProcessor(ConsoleLogRecordExporter()))
set_logger_provider(provider)
trace.set_tracer_provider(TracerProvider())
tracer = trace.get_tracer("loans")
logging.basicConfig(level=logging.INFO, handlers=[LoggingHandler(logger_provider=provider)])
log = logging.getLogger("loans")
now = lambda: format(trace.get_current_span().get_span_context().trace_id, "032x")


class Say:
    def slow(self, s, c, ms):
        log.warning("dependency is slow", extra={"peer.service": c["to"], "duration_ms": round(ms)})
        rig.mark("warn", "dependency is slow", dependency=c["to"], latency_ms=round(ms), trace_id=now())

    def failed(self, s, c, e, ms):
        log.error("dependency failed", extra={"peer.service": c["to"], "duration_ms": round(ms)}, exc_info=e)
        rig.mark("error", "dependency failed", dependency=c["to"], latency_ms=round(ms), error_type=type(e).__name__, trace_id=now(), alt={"error_type": ["ConnectionRefusedError"]})

    def crash(self, s, e):
        log.exception("unhandled exception")
        rig.mark("error", "unhandled exception", error_type="TypeError", trace_id=now())


log.info("started")
rig.mark("info", "started")
for s in rig.steps:
    began = time.perf_counter()
    with tracer.start_as_current_span(s["path"]):
        serve(s, Say())
        took = round(time.perf_counter() - began, 6)
        log.info("request served", extra={"http.request.method": s["method"], "url.path": s["path"], "http.response.status_code": s["status"], "http.server.request.duration": took})
        rig.mark("info", "request served", latency_ms=took * 1000, trace_id=now(), **asked(s))
rig.finish()
