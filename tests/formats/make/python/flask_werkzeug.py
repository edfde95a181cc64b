"""Flask's own logger (its default layout) and Werkzeug's development server."""
import logging, threading
from flask import Flask, request
from rig import Rig, asked, epoch, wait_for
from service import load_status, serve

rig = Rig("flask-werkzeug", 48, 26)
rig.stamp = lambda text: epoch(text[1:24], "%Y-%m-%d %H:%M:%S,%f")
app = Flask("app")
app.logger.setLevel(logging.INFO)


class Say:
    def slow(self, s, c, ms):
        app.logger.warning("%s responded in %.2f s", c["to"], ms / 1000)
        rig.mark("warn", f"{c['to']} responded in {ms / 1000:.2f} s", dependency=c["to"], latency_ms=float(f"{ms / 1000:.2f}") * 1000)

    def retry(self, s, c, ms):
        app.logger.warning("%s returned 503, retrying", c["to"])
        rig.mark("warn", f"{c['to']} returned 503, retrying", dependency=c["to"], alt={"status": [503]})

    def failed(self, s, c, e, ms):
        app.logger.error("call to %s failed: %s (trace %s)", c["to"], type(e).__name__, s["xray"])
        rig.mark("error", f"call to {c['to']} failed: {type(e).__name__} (trace {s['xray']})", dependency=c["to"], error_type=type(e).__name__, trace_id=s["xray"])

    def created(self, s):
        app.logger.info("loan %s created", s["loan"])
        rig.mark("info", f"loan {s['loan']} created")


@app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
@app.route("/<path:path>", methods=["GET", "POST"])
def handle(path):
    if rig.step["plot"] == "bug":
        load_status({"id": rig.step["loan"]})
    serve(rig.step, Say())
    return {"id": rig.step["loan"]}, rig.step["status"]


def after(s):
    if s["plot"] == "bug":
        rig.mark("error", f"Exception on {s['path']} [GET]", method="GET", path=s["path"], error_type="TypeError", upto=lambda text: text.rindex("\n", 0, len(text) - 1) + 1)
    rig.mark(None, None, timestamp_ms=lambda text: epoch(text[text.index("[") + 1:text.index("]")], "%d/%b/%Y %H:%M:%S"), alt={"level": ["info"]}, **asked(s))


threading.Thread(target=lambda: app.run("127.0.0.1", 8080), daemon=True).start()
wait_for(8080)
rig.settle()
rig.noise(rig.text.split("\n"))
rig.drive(8080, after)
rig.finish()
