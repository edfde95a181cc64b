"""Django: runserver's lines, django.request's, and the verbose formatter of Django's own documentation for the application."""
import logging, os, sys, threading
from rig import Rig, asked, epoch, wait_for
from service import serve

rig = Rig("django", 41, 26)
rig.stamp = lambda text: epoch(text[1:21], "%d/%b/%Y %H:%M:%S")
import django
from django.conf import settings
from django.http import JsonResponse
from django.urls import path, re_path
from django.utils.log import DEFAULT_LOGGING

LOGGING = {"version": 1, "disable_existing_loggers": False,
           "formatters": {"verbose": {"format": "{levelname} {asctime} {module} {process:d} {message}", "style": "{"}},
           "handlers": {"app": {"class": "logging.StreamHandler", "formatter": "verbose"}},
           "loggers": {"loans": {"handlers": ["app"], "level": "DEBUG"}, "django.request": {"handlers": ["app"], "propagate": False}}}
settings.configure(DEBUG=True, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="x", LOGGING=LOGGING, MIDDLEWARE=[], INSTALLED_APPS=["django.contrib.staticfiles"], STATIC_URL="/static/", USE_TZ=True, TIME_ZONE="UTC")
log = logging.getLogger("loans")
verbose = {"timestamp_ms": lambda text: epoch(" ".join(text.split()[1:3]), "%Y-%m-%d %H:%M:%S,%f")}


class Say:
    def slow(self, s, c, ms):
        log.warning("%s slow: %dms (trace %s)", c["to"], ms, s["xray"])
        rig.mark("warn", f"{c['to']} slow: {int(ms)}ms (trace {s['xray']})", dependency=c["to"], latency_ms=int(ms), trace_id=s["xray"], **verbose)

    def retry(self, s, c, ms):
        log.warning("%s returned HTTP 503 after %dms, retrying", c["to"], ms)
        rig.mark("warn", f"{c['to']} returned HTTP 503 after {int(ms)}ms, retrying", dependency=c["to"], latency_ms=int(ms), alt={"status": [503]}, **verbose)

    def failed(self, s, c, e, ms):
        log.error("%s failed after %dms: %s", c["to"], ms, type(e).__name__)
        rig.mark("error", f"{c['to']} failed after {int(ms)}ms: {type(e).__name__}", dependency=c["to"], latency_ms=int(ms), error_type=type(e).__name__, **verbose)

    def created(self, s):
        log.debug("saved application %s", s["loan"])
        rig.mark("debug", f"saved application {s['loan']}", **verbose)


def view(request, **kwargs):
    s = rig.step
    if s["plot"] == "bug":
        from service import load_status
        load_status({"id": s["loan"]})
    serve(s, Say())
    return JsonResponse({"id": s["loan"], "pad": "x" * (s["size"] % 50)}, status=s["status"])


urlpatterns = [path("health", view), path("loan/quote", view), path("loan/apply", view), path("auth/token", view), re_path(r"^loan/(?P<id>[^/]+)/status$", view)]
view.csrf_exempt = True
REASONS = {401: "Unauthorized", 404: "Not Found", 422: "Unprocessable Entity", 503: "Service Unavailable", 504: "Gateway Timeout", 500: "Internal Server Error"}


def after(s):
    if s["status"] >= 400:
        level = "error" if s["status"] >= 500 else "warn"
        message = f"{REASONS[s['status']]}: {s['path']}"
        more = {"error_type": "TypeError"} if s["plot"] == "bug" else {}
        # The reason phrase stands for the status: finding it is no fault.
        rig.mark(level, message, path=s["path"], alt={"status": [s["status"]], "path": [None]}, upto=lambda text: text.rindex("\n[") + 1, **more, **verbose)
    rig.mark(None, None, **asked(s), alt={"level": ["info"] if s["status"] < 400 else ["warn"] if s["status"] < 500 else ["error"]})


django.setup()
from django.core.management import call_command
threading.Thread(target=lambda: call_command("runserver", "127.0.0.1:8080", use_reloader=False, skip_checks=True), daemon=True).start()
wait_for(8080)
rig.settle()
rig.noise(rig.text.split("\n"))
rig.drive(8080, after)
rig.finish()
