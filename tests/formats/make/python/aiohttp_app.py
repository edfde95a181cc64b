"""aiohttp.web with access_log_format as it is by default plus %Tf-like seconds, and logging.basicConfig with a short layout."""
import asyncio, logging, threading
from aiohttp import web
from rig import Rig, asked, epoch, wait_for
from service import serve

rig = Rig("aiohttp", 42, 26)
rig.stamp = lambda text: epoch(text[:23], "%Y-%m-%d %H:%M:%S,%f")
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-8s [%(name)s] %(message)s")
log = logging.getLogger("loans.clients")


class Say:
    def slow(self, s, c, ms):
        log.warning("slow response from %s: %.0f ms", c["to"], ms)
        rig.mark("warn", f"slow response from {c['to']}: {ms:.0f} ms", dependency=c["to"], latency_ms=float(f"{ms:.0f}"))

    def retry(self, s, c, ms):
        log.warning("%s answered 503, retry 1 of 3", c["to"])
        rig.mark("warn", f"{c['to']} answered 503, retry 1 of 3", dependency=c["to"], alt={"status": [503]})

    def failed(self, s, c, e, ms):
        log.error("connection to %s failed: %s", c["to"], e, exc_info=e)
        rig.mark("error", f"connection to {c['to']} failed: {e}", dependency=c["to"], error_type=type(e).__name__, alt={"error_type": ["ConnectionRefusedError"], "latency_ms": [c["ms"]]})


async def handle(request):
    s = rig.step
    rig.boom = False
    if s["plot"] == "bug":
        from service import load_status
        load_status({"id": s["loan"]})
    await asyncio.to_thread(serve, s, Say())
    return web.json_response({"id": s["loan"]}, status=s["status"])


def after(s):
    if s["plot"] == "bug":
        rig.mark("error", "Error handling request from", error_type="TypeError", upto=lambda text: text.index("[aiohttp.access]", text.index("\n")) and text.rindex("\n", 0, text.index("[aiohttp.access]")) + 1)
    seconds = lambda text: float(text.strip().rsplit(" ", 1)[1][:-1]) * 1000
    rig.mark("info", lambda text: text.split("] ", 1)[1].strip(), latency_ms=seconds, alt={"message": [None], "timestamp_ms": [epoch_of_access(rig)]}, **asked(s))


def epoch_of_access(rig):
    rig.settle()
    text = rig.text[rig.told:]
    at = text.index("[", text.index("[aiohttp.access]") + 5) + 1
    return epoch(text[at:text.index("]", at)], "%d/%b/%Y:%H:%M:%S %z")


def run():
    asyncio.set_event_loop(asyncio.new_event_loop())
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    web.run_app(app, port=8080, host="127.0.0.1", handle_signals=False, access_log_format='%a %t "%r" %s %b "%{Referer}i" "%{User-Agent}i" %Tfs', print=None)


threading.Thread(target=run, daemon=True).start()
wait_for(8080)
log.info("ready")
rig.mark("info", "ready")
rig.drive(8080, after)
rig.finish()
