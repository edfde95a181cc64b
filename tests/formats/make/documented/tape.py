"""A tape takes records in order, keeps a clock and counts lines; `events` turns a step of the story into what an application would say."""
import json
import os
import random
import sys
from datetime import datetime, timezone

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import pair
from loan_story import story


class Tape:
    """One recording: `add` a record's text and its truth; `at` is the clock in microseconds."""

    def __init__(self, name, count=30):
        self.name, self.lines, self.told = name, [], []
        self.dice = random.Random(name)
        self.at = 1795254300_123457 + self.dice.randint(0, 10**9)
        self.steps = list(story(name, count))

    def pass_us(self, us):
        self.at += int(us)

    def add(self, text, stamped=True, **truth):
        """`stamped`: whether the line carries the tape's time."""
        if stamped and "timestamp_ms" not in truth:
            truth["timestamp_ms"] = self.at // 1000
        rows = text.split("\n")
        self.lines += rows
        self.told.append({**truth, "lines": len(rows)})
        self.at += self.dice.randint(40, 900)

    def iso(self, digits=3, zone="Z", sep="T"):
        t = datetime.fromtimestamp(self.at // 10**6, timezone.utc)
        return t.strftime(f"%Y-%m-%d{sep}%H:%M:%S") + (f".{self.at % 10**6:06d}000"[:digits + 1] if digits else "") + zone

    def clf(self):
        return datetime.fromtimestamp(self.at // 10**6, timezone.utc).strftime("%d/%b/%Y:%H:%M:%S +0000")

    def walk(self):
        """Steps in order, the clock moving by their gaps."""
        for step in self.steps:
            self.pass_us(step["gap_ms"] * 1000)
            yield step

    def end(self):
        pair.write(self.name, self.lines, self.told)


def events(step):
    """What the application says about a step before the request's own line: (what, level, facts)."""
    dep, ms, what = step["dep"], step["call_ms"], step["trouble"]
    if what in ("slow", "retry"):
        yield what, "warn", {"dependency": dep, "latency_ms": ms}
    elif what in ("timeout", "refused"):
        yield what, "error", {"dependency": dep, "latency_ms": ms}
    elif what == "open":
        yield what, "error", {"dependency": dep}
    elif what == "crash":
        yield what, "error", {}
    elif what in ("denied", "invalid", "missing"):
        yield what, "warn", {}
    if step["status"] == 201:
        yield "created", "info", {}


def words(what, step):
    """A plain wording of an event, without its facts."""
    return {
        "slow": f"slow response from {step['dep']}", "retry": f"retrying call to {step['dep']}", "timeout": f"call to {step['dep']} timed out",
        "refused": f"could not connect to {step['dep']}", "open": f"circuit breaker for {step['dep']} is open", "crash": "unhandled exception while processing the request",
        "denied": f"authentication failed for {step['user']}", "invalid": f"application rejected: amount {step['amount']} exceeds the limit",
        "missing": f"loan application {step['loan']} not found", "created": f"loan application {step['loan']} created",
    }[what]


def level_of(step):
    return "error" if step["status"] >= 500 else "warn" if step["status"] >= 400 else "info"


def request(step, **more):
    return {"kind": "request", "method": step["method"], "path": step["path"], "status": step["status"], **more}


def packed(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
