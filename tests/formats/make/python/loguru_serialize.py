"""loguru with serialize=True and fields bound to `extra`."""
import json, sys, time
from loguru import logger
from rig import Rig, asked
from service import serve

rig = Rig("loguru-serialize", 34, 16)
rig.stamp = lambda text: int(json.loads(text)["record"]["time"]["timestamp"] * 1000 + 1e-3)
logger.remove()
logger.add(sys.stdout, level="INFO", serialize=True, diagnose=False)


class Say:
    def slow(self, s, c, ms):
        logger.bind(dependency=c["to"], latency_ms=round(ms)).warning("dependency slow")
        rig.mark("warn", "dependency slow", dependency=c["to"], latency_ms=round(ms))

    def retry(self, s, c, ms):
        logger.bind(dependency=c["to"], latency_ms=round(ms)).warning("dependency retried")
        rig.mark("warn", "dependency retried", dependency=c["to"], latency_ms=round(ms))

    def failed(self, s, c, e, ms):
        logger.bind(dependency=c["to"], latency_ms=round(ms), trace_id=s["w3c"]).exception("dependency failed")
        rig.mark("error", "dependency failed", dependency=c["to"], latency_ms=round(ms), error_type=type(e).__name__, trace_id=s["w3c"], alt={"error_type": ["ConnectionRefusedError"]})

    def crash(self, s, e):
        logger.exception("unexpected")
        rig.mark("error", "unexpected", error_type="TypeError")


logger.info("started")
rig.mark("info", "started")
for s in rig.steps:
    began = time.perf_counter()
    serve(s, Say())
    ms = round((time.perf_counter() - began) * 1000, 2)
    logger.bind(method=s["method"], path=s["path"], status=s["status"], latency_ms=ms, trace_id=s["w3c"]).info("request")
    rig.mark("info", "request", latency_ms=ms, trace_id=s["w3c"], **asked(s))
rig.finish()
