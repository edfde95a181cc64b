"""Records Rust's loggers: `record.py [NAME…]` builds the driver (CARGO_TARGET_DIR, or a temporary folder), plays the story and pairs lines with truth."""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import pair
from loan_story import story

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = (r"^\[?\d{4}-", r"^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?[+-]\d\d:\d\d|Z)?)")
VOICES = {  # name: (head, stamp)
    "tracing-json": (None, r'"timestamp":"([^"]+)"'), "tracing-compact": TEXT, "tracing-pretty": (r"^  \d{4}-", r"^  (\S+Z)"), "env-logger": TEXT, "fern": TEXT, "flexi-logger": TEXT,
    "log4rs": TEXT, "log4rs-json": (None, r'"time":"([^"]+)"'), "slog-json": (None, r'"ts":"([^"]+)"'),
}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as room:
        target = os.environ.get("CARGO_TARGET_DIR", f"{room}/target")
        subprocess.run(["cargo", "build", "--quiet", "--locked"], check=True, cwd=HERE, env={**os.environ, "CARGO_TARGET_DIR": target})
        for name in sys.argv[1:] or VOICES:
            head, stamp = VOICES[name]
            with open(f"{room}/story", "w") as f:
                for s in story(name, 34 if name != "tracing-json" else 28):
                    f.write(json.dumps({k: v for k, v in s.items() if v is not None}) + "\n")
            began = time.time() * 1000
            done = subprocess.run([f"{target}/debug/loan-api", name, f"{room}/story", f"{room}/told"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=room, env={**os.environ, "TZ": "UTC"})
            lines = done.stdout.split("\n")
            if done.returncode:
                raise SystemExit(done.stdout[-2000:])
            pair.write(name, lines, [json.loads(l) for l in open(f"{room}/told")], head=head, stamp=stamp, read=pair.iso, span=(began, time.time() * 1000))
