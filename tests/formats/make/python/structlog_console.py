"""structlog's ConsoleRenderer as it is out of the box, colours and tracebacks included."""
import time
import structlog
from rig import Rig, asked, epoch
from service import serve

rig = Rig("structlog-console", 32, 24)
rig.stamp = lambda text: epoch(text[:23], "%Y-%m-%d %H:%M:%S.%f") if text[19] == "." else epoch(text[:19], "%Y-%m-%d %H:%M:%S")
structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, structlog.processors.StackInfoRenderer(), structlog.dev.set_exc_info,
                                structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S.%f", utc=True), structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)])
log = structlog.get_logger("loans")


class Say:
    def slow(self, s, c, ms):
        log.warning("slow upstream", upstream=c["to"], took_ms=round(ms))
        rig.mark("warn", "slow upstream", dependency=c["to"], latency_ms=round(ms))

    def retry(self, s, c, ms):
        log.warning("upstream returned 503, will retry", upstream=c["to"], took_ms=round(ms))
        rig.mark("warn", "upstream returned 503, will retry", dependency=c["to"], latency_ms=round(ms), alt={"status": [503]})

    def failed(self, s, c, e, ms):
        log.exception("upstream failed", upstream=c["to"], took_ms=round(ms))
        rig.mark("error", "upstream failed", dependency=c["to"], latency_ms=round(ms), error_type=type(e).__name__, alt={"error_type": ["ConnectionRefusedError"]})

    def crash(self, s, e):
        log.critical("request crashed", trace_id=s["w3c"], exc_info=e)
        rig.mark("fatal", "request crashed", error_type="TypeError", trace_id=s["w3c"])

    def created(self, s):
        log.info("loan created", loan=s["loan"], user=s["user"])
        rig.mark("info", "loan created")


log.info("service started", port=8080)
rig.mark("info", "service started")
for s in rig.steps:
    began = time.perf_counter()
    serve(s, Say())
    ms = round((time.perf_counter() - began) * 1000, 1)
    log.info("http request", method=s["method"], path=s["path"], status=s["status"], duration_ms=ms)
    rig.mark("info", "http request", latency_ms=ms, **asked(s))
rig.finish()
