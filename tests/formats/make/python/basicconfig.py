"""logging.basicConfig() without arguments: LEVEL:logger:message, tracebacks under it, print() beside it."""
import logging, time
from rig import Rig, asked
from service import serve

rig = Rig("python-basicconfig", 35, 26)
logging.basicConfig(level=logging.DEBUG)
log = logging.getLogger("loans.api")
client = logging.getLogger("loans.clients")


class Say:
    def slow(self, s, c, ms):
        client.warning("%s took %.3fs, trace_id=%s", c["to"], ms / 1000, s["w3c"])
        rig.mark("warn", f"{c['to']} took {ms / 1000:.3f}s, trace_id={s['w3c']}", dependency=c["to"], latency_ms=float(f"{ms / 1000:.3f}") * 1000, trace_id=s["w3c"])

    def retry(self, s, c, ms):
        logging.warning("retrying %s (1/3)", c["to"])
        rig.mark("warn", f"retrying {c['to']} (1/3)", dependency=c["to"])

    def failed(self, s, c, e, ms):
        client.error("call to %s failed after %d ms: %s", c["to"], ms, e)
        rig.mark("error", f"call to {c['to']} failed after {int(ms)} ms: {e}", dependency=c["to"], latency_ms=int(ms), alt={"latency_ms": [c["ms"]]})
        log.critical("cannot serve %s %s", s["method"], s["path"], exc_info=e)
        rig.mark("fatal", f"cannot serve {s['method']} {s['path']}", method=s["method"], path=s["path"], error_type=type(e).__name__,
                 alt={"error_type": ["ConnectionRefusedError"], "dependency": [c["to"]], "method": [None], "path": [None], "latency_ms": [c["ms"]]})

    def crash(self, s, e):
        log.exception("unhandled exception")
        rig.mark("error", "unhandled exception", error_type="TypeError")

    def created(self, s):
        log.debug("inserted loan %s", s["loan"])
        rig.mark("debug", f"inserted loan {s['loan']}")


print("loan-api 2.4.1 starting on :8080", flush=True)
rig.mark(None, "loan-api 2.4.1 starting on :8080")
for s in rig.steps:
    began = time.perf_counter()
    serve(s, Say())
    ms = (time.perf_counter() - began) * 1000
    line = f"{s['method']} {s['path']} -> {s['status']} ({ms:.0f} ms)"
    log.info(line)
    rig.mark("info", line, latency_ms=float(f"{ms:.0f}"), **asked(s))
rig.finish()
