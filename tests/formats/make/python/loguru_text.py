"""loguru's default line, with its drawn tracebacks (backtrace and diagnose as they are by default)."""
import time
from loguru import logger
from rig import Rig, asked, epoch
from service import serve

rig = Rig("loguru-text", 33, 24)
rig.stamp = lambda text: epoch(text[:23], "%Y-%m-%d %H:%M:%S.%f")
logger.remove()
logger.add(lambda text: print(text, end="", flush=True), level="TRACE", colorize=False)


class Say:
    def ok(self, s, c, ms):
        logger.trace("{} answered in {:.1f}ms", c["to"], ms)
        rig.mark("trace", f"{c['to']} answered in {ms:.1f}ms", dependency=c["to"], latency_ms=float(f"{ms:.1f}"))

    def slow(self, s, c, ms):
        logger.warning("{} is slow: {:.0f} ms, trace {}", c["to"], ms, s["xray"])
        rig.mark("warn", f"{c['to']} is slow: {ms:.0f} ms, trace {s['xray']}", dependency=c["to"], latency_ms=float(f"{ms:.0f}"), trace_id=s["xray"])

    def retry(self, s, c, ms):
        logger.warning("{} gave 503, retrying", c["to"])
        rig.mark("warn", f"{c['to']} gave 503, retrying", dependency=c["to"], alt={"status": [503]})

    def failed(self, s, c, e, ms):
        logger.exception("call to {} failed", c["to"])
        rig.mark("error", f"call to {c['to']} failed", dependency=c["to"], error_type=type(e).__name__, alt={"error_type": ["ConnectionRefusedError"], "latency_ms": [c["ms"]]})

    def crash(self, s, e):
        logger.opt(exception=e).critical("unhandled exception")
        rig.mark("fatal", "unhandled exception", error_type="TypeError")

    def created(self, s):
        logger.success("loan {} created", s["loan"])
        rig.mark("info", f"loan {s['loan']} created")


logger.info("starting")
rig.mark("info", "starting")
for s in rig.steps:
    began = time.perf_counter()
    serve(s, Say())
    took = (time.perf_counter() - began) * 1000
    line = f"{s['method']} {s['path']}{s['query']} {s['status']} in {took:.2f}ms"
    logger.info(line)
    rig.mark("info", line, latency_ms=float(f"{took:.2f}"), **asked(s))
rig.finish()
