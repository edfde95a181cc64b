"""structlog's JSONRenderer with contextvars and formatted exceptions."""
import json, time
import structlog
from rig import Rig, asked, epoch
from service import serve

rig = Rig("structlog-json", 31, 24)
rig.stamp = lambda text: epoch(json.loads(text)["timestamp"], "%Y-%m-%dT%H:%M:%S.%f%z")
structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True),
                                structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
log = structlog.get_logger()


class Say:
    def ok(self, s, c, ms):
        log.debug("dependency_call", dependency=c["to"], duration_ms=round(ms, 2))
        rig.mark("debug", "dependency_call", dependency=c["to"], latency_ms=round(ms, 2), trace_id=s["w3c"])

    def slow(self, s, c, ms):
        log.warning("dependency_slow", dependency=c["to"], duration_ms=round(ms, 2), threshold_ms=400)
        rig.mark("warn", "dependency_slow", dependency=c["to"], latency_ms=round(ms, 2), trace_id=s["w3c"])

    def retry(self, s, c, ms):
        log.warning("dependency_retry", dependency=c["to"], duration_ms=round(ms, 2), attempt=1, reason="503 Service Unavailable")
        rig.mark("warn", "dependency_retry", dependency=c["to"], latency_ms=round(ms, 2), trace_id=s["w3c"], alt={"status": [503]})

    def failed(self, s, c, e, ms):
        log.error("dependency_failed", dependency=c["to"], duration_ms=round(ms, 2), error_type=type(e).__name__, error=str(e))
        rig.mark("error", "dependency_failed", dependency=c["to"], latency_ms=round(ms, 2), error_type=type(e).__name__, trace_id=s["w3c"])

    def crash(self, s, e):
        log.exception("unhandled_exception")
        rig.mark("error", "unhandled_exception", error_type="TypeError", trace_id=s["w3c"])

    def created(self, s):
        log.info("loan_created", loan_id=s["loan"], amount=s["amount"])
        rig.mark("info", "loan_created", trace_id=s["w3c"])


log.info("startup", port=8080)
rig.mark("info", "startup")
for s in rig.steps:
    began = time.perf_counter()
    with structlog.contextvars.bound_contextvars(trace_id=s["w3c"], request_id=s["request_id"]):
        serve(s, Say())
        ms = round((time.perf_counter() - began) * 1000, 3)
        log.info("request_finished", method=s["method"], path=s["path"], status_code=s["status"], elapsed_ms=ms, client=s["ip"])
        rig.mark("info", "request_finished", latency_ms=ms, trace_id=s["w3c"], **asked(s))
rig.finish()
