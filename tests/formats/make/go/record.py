"""Records Go's loggers: `record.py [NAME…]` builds the driver against Debian's -dev packages, plays the story and pairs lines with truth."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import pair
from loan_story import story

HERE = os.path.dirname(os.path.abspath(__file__))
DAY = r"^(\d{4}/\d\d/\d\d (?:- )?\d\d:\d\d:\d\d(?:\.\d+)?)"


def slashed(text):
    return pair.iso(text.replace(" - ", " ").replace("/", "-"))


def klogged(text):
    return pair.by("%Y%m%d %H:%M:%S.%f")(f"{time.gmtime().tm_year}{text}") // 1


def epoch(text):
    return int(float(text) * 1000 + 1e-3)


VOICES = {  # name: (head, stamp, reader)
    "zap-production": (None, r'"ts":(\d+\.\d+)', epoch), "zap-console": (r"^\d{4}-", r"^(\S+)", pair.iso), "zerolog": (None, r'"time":"([^"]+)"', pair.iso),
    "zerolog-console": (r"^\d{4}-", r"^(\S+)", pair.iso), "logrus-json": (None, r'"time":"([^"]+)"', pair.iso), "klog": (r"^[IWEF]\d{4} ", r"^\w(\d{4} \S+)", klogged), "go-log": (DAY, DAY, slashed),
    "hclog": (r"^\d{4}-", r"^(\S+)", pair.iso), "go-kit-logfmt": (None, r"^ts=(\S+)", pair.iso), "gin": (r"^\[GIN\] |^(\x1b\[31m)?\d{4}/.* \[Recovery\]", r"(\d{4}/\d\d/\d\d (?:- )?\d\d:\d\d:\d\d)", slashed),
}


def measured(line):
    """Gin's own measure, for records whose request the driver told."""
    m = re.search(r"\| +([\d.]+)(ns|µs|ms|s) \|", line)
    return float(m.group(1)) * {"ns": 1e-6, "µs": 1e-3, "ms": 1, "s": 1e3}[m.group(2)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as room:
        env = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "-trimpath", "TZ": "UTC", "CGO_ENABLED": "0", "GOCACHE": os.environ.get("GOCACHE", f"{room}/cache")}
        src = f"{room}/go/src/loan-api"
        os.makedirs(src)
        open(f"{src}/main.go", "w").write(open(f"{HERE}/main.go").read())
        env["GOPATH"] = f"{room}/go:/usr/share/gocode"
        subprocess.run(["go", "build", "-o", f"{room}/loanapi", "loan-api"], check=True, env=env, cwd=room)
        for name in sys.argv[1:] or VOICES:
            head, stamp, read = VOICES[name]
            with open(f"{room}/story", "w") as f:
                for s in story(name, 34):
                    f.write(json.dumps({k: v for k, v in s.items() if v is not None}) + "\n")
            began = time.time() * 1000
            done = subprocess.run([f"{room}/loanapi", name, f"{room}/story", f"{room}/told"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
            lines = done.stdout.split("\n")
            told = [json.loads(l) for l in open(f"{room}/told")]
            if done.returncode:
                raise SystemExit(done.stdout[-2000:])
            if name == "gin":
                own = [l for l in lines if re.search(head, l)]
                for line, t in zip(own, told):
                    if line.startswith("[GIN]"):
                        t["latency_ms"] = measured(line)
                        if t["status"] >= 500 and (m := re.search(r"^Error #01: (\w+) did not answer within", "\n".join(lines[lines.index(line):][:2]), re.M)):
                            t["alt"] = {"dependency": [m.group(1)], "level": ["error"], "message": [None]}
            if name == "klog":  # The year is not in the line.
                for t in told:
                    t.setdefault("alt", {})["timestamp_ms"] = [None]
            pair.write(name, lines, told, head=head, stamp=stamp, read=read, span=(began, time.time() * 1000))
