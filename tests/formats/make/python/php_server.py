"""PHP's built-in server: its access lines, PHP's own warnings and fatal errors with stack traces, error_log() beside them."""
import json, os, re, subprocess, tempfile
from rig import Rig, asked, epoch, wait_for

rig = Rig("php-builtin-server", 74, 24)
rig.stamp = lambda text: epoch(re.match(r"\[(.*?)\]", text)[1], "%a %b %d %H:%M:%S %Y")
step = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False).name
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../php")
subprocess.Popen(["php", "-d", "display_errors=0", "-d", "log_errors=1", "-d", "error_reporting=32767", "-S", "127.0.0.1:8080", "-t", os.path.join(folder, "www")], env={**os.environ, "STEP": step})
wait_for(8080)
rig.settle()
rig.mark(None, "PHP 8.2.36 Development Server (http://127.0.0.1:8080) started", upto=rig.first)
rig.mark(None, "Accepted", upto=rig.first)
rig.settle()
while rig.told < len(rig.text):
    rig.mark(None, lambda text: text.split("] ")[1].split()[-1], upto=rig.first)


def thrown(text):
    return re.search(r"thrown in .*\n", text).end()


def after(s):
    rig.settle()
    rig.mark(None, "Accepted", upto=rig.first)
    ends = {call["end"]: call for call in s["calls"]}
    levels = lambda *names: {"level": list(names)}
    if call := ends.get("slow"):
        rig.mark("warn", lambda text: text.split("[warning] ")[1].strip(), dependency=call["to"], latency_ms=lambda text: float(re.search(r" in (\d+)ms", text)[1]), upto=rig.first)
    if call := ends.get("retry"):
        rig.mark("warn", f"retrying {call['to']} after HTTP 503", dependency=call["to"], alt={"status": [503]}, upto=rig.first)
    for end, kind in (("timeout", "UpstreamTimeout"), ("refused", "UpstreamUnavailable")):
        if call := ends.get(end):
            rig.mark("error", f"{call['to']} call failed: Loans\\{kind}", dependency=call["to"], error_type=f"Loans\\{kind}", alt={"error_type": [kind]}, upto=rig.first)
    if s["plot"] == "bug":
        rig.mark("fatal", "Uncaught TypeError: Loans\\decide(): Argument #1 ($application) must be of type array, null given", error_type="TypeError", alt=levels("error"),
                 upto=thrown)
        # The built-in server tells the fatal error again in its access line, stack and all.
        rig.mark(None, None, alt={"error_type": ["TypeError"], "level": ["fatal", "error"]}, upto=thrown, **asked(s))
    else:
        rig.mark(None, None, upto=rig.first, **asked(s))
    rig.mark(None, "Closing")


rig.before = lambda s: open(step, "w").write(json.dumps(s)) and None
rig.drive(8080, after)
text = rig.text
rig.text = text.replace(os.path.abspath(folder), "/app").replace(folder, "/app")
rig.told = len(rig.text)
rig.finish()
