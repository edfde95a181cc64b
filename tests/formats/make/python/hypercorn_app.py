"""hypercorn's access and error logs, the application's through logging's default layout of `%(levelname)s %(name)s: %(message)s`."""
import asyncio, logging, threading
from hypercorn.asyncio import serve as hyper
from hypercorn.config import Config
from rig import Rig, asked, epoch, wait_for
from service import serve

rig = Rig("hypercorn", 44, 26)
bracket = lambda text: epoch(text[1:26], "%Y-%m-%d %H:%M:%S %z")
log = logging.getLogger("loans")
log.addHandler(logging.StreamHandler())
log.handlers[0].setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
log.setLevel(logging.INFO)


class Say:
    def slow(self, s, c, ms):
        log.warning("dependency=%s status=slow elapsed=%dms trace=%s", c["to"], ms, s["w3c"])
        rig.mark("warn", f"dependency={c['to']} status=slow elapsed={int(ms)}ms trace={s['w3c']}", dependency=c["to"], latency_ms=int(ms), trace_id=s["w3c"])

    def retry(self, s, c, ms):
        log.warning("dependency=%s status=retry elapsed=%dms trace=%s", c["to"], ms, s["w3c"])
        rig.mark("warn", f"dependency={c['to']} status=retry elapsed={int(ms)}ms trace={s['w3c']}", dependency=c["to"], latency_ms=int(ms), trace_id=s["w3c"])

    def failed(self, s, c, e, ms):
        log.error("dependency=%s status=failed elapsed=%dms error=%s", c["to"], ms, type(e).__name__)
        rig.mark("error", f"dependency={c['to']} status=failed elapsed={int(ms)}ms error={type(e).__name__}", dependency=c["to"], latency_ms=int(ms), error_type=type(e).__name__, alt={"error_type": [None]})


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        return await receive()
    s = rig.step
    if s["plot"] == "bug":
        from service import load_status
        load_status({"id": s["loan"]})
    await asyncio.to_thread(serve, s, Say())
    body = b"{" + b" " * s["size"] + b"}"
    await send({"type": "http.response.start", "status": s["status"], "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


def after(s):
    micros = lambda text: int(text.strip().rsplit(" ", 1)[1]) / 1000
    request = {"timestamp_ms": bracket, "latency_ms": micros, "alt": {"message": [None], "latency_ms": [None]}, "message": lambda text: text.split("] ", 3)[-1].strip(), **asked(s)}
    if s["plot"] == "bug":  # told in either order
        rig.settle()
        text = rig.text[rig.told:]
        if not text.split("\n")[0].endswith("Error in ASGI Framework"):
            rig.mark("info", upto=rig.first, **request)
            return rig.mark("error", "Error in ASGI Framework", error_type="TypeError", timestamp_ms=bracket)
        rig.mark("error", "Error in ASGI Framework", error_type="TypeError", timestamp_ms=bracket, upto=lambda text: text.rindex("\n[") + 1)
    rig.mark("info", **request)


config = Config.from_mapping(bind=["127.0.0.1:8080"], accesslog="-", errorlog="-", access_log_format='%(h)s %(l)s %(l)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %(D)s')
threading.Thread(target=lambda: asyncio.run(hyper(app, config, shutdown_trigger=lambda: asyncio.Future())), daemon=True).start()
wait_for(8080)
rig.mark("info", "Running on http://127.0.0.1:8080 (CTRL + C to quit)", timestamp_ms=bracket)
rig.drive(8080, after)
rig.finish()
