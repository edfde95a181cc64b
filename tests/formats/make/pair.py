"""Pairs the lines a logger wrote with the truth its driver told, checks both and writes NAME.log and NAME.truth.jsonl.

The truth comes from what the driver gave to the logger or asked of the server; only the time a line carries is read from the line,
by a pattern written per recording. Every value must be found again in its record's own text, or nothing is written.
"""
import json
import os
import re
from datetime import datetime, timezone

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FIELDS = ["timestamp_ms", "level", "message", "method", "path", "status", "latency_ms", "trace_id", "error_type", "dependency"]
ANSI = re.compile(r"\x1b\[[0-9;]*m")
LEVELS = {
    "trace": r"TRACE|FINEST|FINER|trce|VRB|Verbose|\bTRC\b|V\d|-\d", "debug": r"\"s\":\"D|DEBUG|Debug|FINE|CONFIG|dbug|\bDBG\b|\b20\b|DEBUG\d", "info":
    r"\"s\":\"I|INFO|Info|NOTICE|LOG:|\bINF\b|info|\bI\d{4}\b|\bI\[|[*#.-]|Information|\b30\b|\b[69]\b|STATEMENT|DETAIL|HINT", "warn": r"\"s\":\"W|WARN|warn|\bWRN\b|\bW\d{4}\b|WARNING|\b40\b|\b4\b|#",
    "error": r"\"s\":\"E|ERROR|Error|SEVERE|fail|\bERR\b|\bE\d{4}\b|error|\b3\b", "fatal": r"FATAL|CRITICAL|CRIT|crit|PANIC|EMERG|alert|ALERT|\bF\d{4}\b|DPANIC|panic",
}


def iso(text):
    """Milliseconds of an ISO-like stamp; without a zone it is UTC; digits below the millisecond are cut."""
    m = re.match(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?", text)
    y, mo, d, h, mi, s = map(int, m.groups()[:6])
    ms = int(((m.group(7) or "0") + "000")[:3])
    zone = m.group(8) or "Z"
    shift = 0
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        shift = (int(digits[:2]) * 60 + int(digits[2:])) * (60000 if zone[0] == "+" else -60000)
    return int(datetime(y, mo, d, h, mi, s, tzinfo=timezone.utc).timestamp()) * 1000 + ms - shift


def clf(text):
    """Milliseconds of a common-log stamp such as 21/Nov/2026:08:18:23 +0000."""
    return int(datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z").timestamp()) * 1000


def by(layout):
    """A reader for a strptime layout whose stamp has no zone (UTC)."""
    return lambda text: int(datetime.strptime(text, layout).replace(tzinfo=timezone.utc).timestamp() * 1000 + .5)


def found(value, field, text):
    """Whether a truth value is in the record's own text."""
    if field == "level":
        return re.search(LEVELS[value], text, re.I) is not None
    if field == "latency_ms":
        units = [(float(n) * {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1, "s": 1e3, "m": 6e4, "": 0}[u or ""])
                 for n, u in re.findall(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m)?", text)]
        bare = [float(n) for n in re.findall(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", text)]
        near = lambda x: abs(x - value) <= max(.0006, value * .001)
        clock = [(int(h) * 3600 + int(m) * 60 + float(s)) * 1000 for h, m, s in re.findall(r"(\d\d):(\d\d):(\d\d\.\d+)", text)]
        return any(map(near, units)) or any(map(near, clock)) or any(near(x * f) for x in bare for f in (1, 1e3, 1e-3, 1e-6)) or any(
            near((bare[i] + bare[i + 1] + bare[i + 2]) * 1e3) for i in range(len(bare) - 2))
    want = " ".join(str(value).split())
    plain = " ".join(ANSI.sub("", text).split())
    if want in plain:
        return True
    try:
        return want in " ".join(unescaped(text).split())
    except ValueError:
        return False


def unescaped(text):
    """The record with its JSON escapes resolved, twice for envelopes around JSON."""
    for _ in range(2):
        text = re.sub(r'\\(u[0-9a-fA-F]{4}|.)', lambda m: json.loads('"\\' + m.group(1) + '"') if m.group(1)[0] in 'u"\\/bfnrt' else m.group(0), text)
    return text


def write(name, lines, told, head=None, stamp=None, read=iso, span=None):
    """Writes a recording. `head` is the pattern of a record's first line (None: each line is a record), or each told record carries
    `lines`; `stamp` finds the time (its first group that matched), `read` turns it into ms; `span` is the driver's (first, last) ms."""
    while lines and not lines[-1].strip():
        lines.pop()
    starts, i = [], 0
    if told and "lines" in told[0]:
        for t in told:
            starts.append(i)
            i += t.pop("lines")
        assert i == len(lines), f"{name}: told {i} lines, found {len(lines)}"
    else:
        starts = [i for i, line in enumerate(lines) if (head is None and line.strip()) or (head is not None and re.search(head, line))]
        assert starts and starts[0] == 0, f"{name}: first line is no head: {lines[0]!r}"
    if len(starts) != len(told):
        for k in range(min(len(starts), len(told))):
            m = told[k].get("message")
            if m and not found(m, "message", "\n".join(lines[starts[k]:(starts + [len(lines)])[k + 1]])):
                print("first difference:", lines[starts[k]][:200], "|", m)
                break
        raise SystemExit(f"{name}: {len(starts)} records in the text, {len(told)} told")
    out = []
    for k, t in enumerate(told):
        last = (starts + [len(lines)])[k + 1]
        while not lines[last - 1].strip():
            last -= 1
        text = "\n".join(lines[starts[k]:last])
        row = {"first_line": starts[k] + 1, "last_line": last}
        row.update({f: t.get(f) for f in FIELDS})
        if isinstance(row["latency_ms"], float):
            row["latency_ms"] = round(row["latency_ms"], 6)
        m = re.search(stamp, text) if stamp and row["timestamp_ms"] is None and not t.get("no_time") else None
        if m:
            row["timestamp_ms"] = read(next(g for g in m.groups() if g))
            if span:
                assert span[0] - 1000 <= row["timestamp_ms"] <= span[1] + 1000, f"{name}: time of {text[:120]} is outside of the recording"
        for f in FIELDS[1:]:
            if row[f] is not None and not found(row[f], f, text):
                raise SystemExit(f"{name}:{starts[k] + 1}: {f} {row[f]!r} is not in {text[:700]!r}")
        row["kind"] = t.get("kind", "record")
        if t.get("alt"):
            row["alt"] = t["alt"]
        out.append(row)
    with open(f"{HERE}/{name}.log", "w", encoding="utf-8", newline="\n") as log:
        log.write("\n".join(lines) + "\n")
    with open(f"{HERE}/{name}.truth.jsonl", "w", encoding="utf-8", newline="\n") as truth:
        for row in out:
            truth.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    counts = {f: sum(r[f] is not None for r in out) for f in FIELDS}
    size = os.path.getsize(f"{HERE}/{name}.log")
    print(f"{name}: {len(lines)} lines, {len(out)} records, {sum(r['kind'] == 'request' for r in out)} requests, "
          f"{sum(r['last_line'] > r['first_line'] for r in out)} multi-line, {size} bytes; " + " ".join(str(c) for c in counts.values()))
