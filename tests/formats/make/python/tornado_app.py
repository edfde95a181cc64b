"""Tornado's coloured-off LogFormatter: [I 261121 16:40:00 web:2348] 200 GET /health (127.0.0.1) 1.20ms."""
import asyncio, logging, threading
import tornado.log, tornado.web
from rig import Rig, asked, epoch, wait_for
from service import serve

rig = Rig("tornado", 43, 26)
rig.stamp = lambda text: epoch(text[3:18], "%y%m%d %H:%M:%S")
tornado.log.enable_pretty_logging()
logging.getLogger().setLevel(logging.DEBUG)
logging.getLogger("asyncio").setLevel(logging.INFO)
log = logging.getLogger("loans")


class Say:
    def ok(self, s, c, ms):
        log.debug("%s replied in %.1fms", c["to"], ms)
        rig.mark("debug", f"{c['to']} replied in {ms:.1f}ms", dependency=c["to"], latency_ms=float(f"{ms:.1f}"))

    def slow(self, s, c, ms):
        log.warning("%s replied in %.1fms", c["to"], ms)
        rig.mark("warn", f"{c['to']} replied in {ms:.1f}ms", dependency=c["to"], latency_ms=float(f"{ms:.1f}"))

    def failed(self, s, c, e, ms):
        log.error("%s: %s", type(e).__name__, e)
        rig.mark("error", f"{type(e).__name__}: {e}", dependency=c["to"], error_type=type(e).__name__, alt={"latency_ms": [c["ms"]]})


class Handler(tornado.web.RequestHandler):
    async def handle(self, *_):
        s = rig.step
        if s["plot"] == "bug":
            from service import load_status
            load_status({"id": s["loan"]})
        await asyncio.to_thread(serve, s, Say())
        self.set_status(s["status"])
        self.write({"id": s["loan"]})
    get = post = handle


def after(s):
    if s["plot"] == "bug":
        rig.mark("error", f"Uncaught exception GET {s['path']}", method="GET", path=s["path"], error_type="TypeError", upto=lambda text: text.rindex("\n[E") + 1)
    level = "error" if s["status"] >= 500 else "warn" if s["status"] >= 400 else "info"
    rig.mark(level, lambda text: text.split("] ", 1)[1].strip(), latency_ms=lambda text: float(text.strip().rsplit(" ", 1)[1][:-2]), alt={"message": [None]}, **asked(s))


async def main():
    tornado.web.Application([(r"/.*", Handler)]).listen(8080, "127.0.0.1")
    log.info("listening on %d", 8080)
    await asyncio.Event().wait()


threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
wait_for(8080)
rig.mark("info", "listening on 8080")
rig.drive(8080, after)
rig.finish()
