"""ecs-logging's StdlibFormatter: dotted and nested ECS fields, error.type and error.stack_trace."""
import json, logging, time
import ecs_logging
from rig import Rig, asked, epoch
from service import serve

rig = Rig("ecs-python", 45, 22)
rig.stamp = lambda text: epoch(json.loads(text)["@timestamp"].replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S.%f%z")
handler = logging.StreamHandler()
handler.setFormatter(ecs_logging.StdlibFormatter(exclude_fields=["log.original", "process"], extra={"service.name": "loan-api", "service.environment": "production"}))
logging.basicConfig(level=logging.INFO, handlers=[handler])
log = logging.getLogger("loans.api")


class Say:
    def of(self, s, c, ms):
        return {"trace.id": s["w3c"], "span.id": s["span"], "service.target.name": c["to"], "event.duration": int(ms * 1e6)}, dict(dependency=c["to"], latency_ms=int(ms * 1e6) / 1e6, trace_id=s["w3c"])

    def slow(self, s, c, ms):
        extra, truth = self.of(s, c, ms)
        log.warning("slow dependency", extra=extra)
        rig.mark("warn", "slow dependency", **truth)

    def retry(self, s, c, ms):
        extra, truth = self.of(s, c, ms)
        log.warning("dependency unavailable, retrying", extra=extra)
        rig.mark("warn", "dependency unavailable, retrying", **truth)

    def failed(self, s, c, e, ms):
        extra, truth = self.of(s, c, ms)
        log.error("dependency failed", extra=extra, exc_info=e)
        rig.mark("error", "dependency failed", error_type=type(e).__name__, alt={"error_type": ["ConnectionRefusedError"]}, **truth)

    def crash(self, s, e):
        log.exception("unhandled exception", extra={"trace.id": s["w3c"]})
        rig.mark("error", "unhandled exception", error_type="TypeError", trace_id=s["w3c"])


log.info("started")
rig.mark("info", "started")
for s in rig.steps:
    began = time.perf_counter()
    serve(s, Say())
    ns = int((time.perf_counter() - began) * 1e9)
    log.info("request", extra={"http": {"request": {"method": s["method"]}, "response": {"status_code": s["status"], "body": {"bytes": s["size"]}}}, "url": {"path": s["path"], "query": s["query"][1:]},
                               "client": {"ip": s["ip"]}, "user_agent": {"original": s["agent"]}, "event.duration": ns, "trace.id": s["w3c"]})
    rig.mark("info", "request", latency_ms=ns / 1e6, trace_id=s["w3c"], **asked(s))
rig.finish()
