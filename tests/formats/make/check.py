"""Looks for every truth value in its record's own text, and for every line in one record: `check.py [NAME...]`."""
import json, os, re, sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
LEVELS = {"trace": "trace 10", "debug": "debug 20 d 100", "info": "info 30 log notice success i 200 250", "warn": "warn warning 40 w 300", "error": "error err 50 e severe 400", "fatal": "fatal critical crit 60 f c 50 500"}


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def squeezed(text):
    return " ".join(text.split())


def readings(record):
    """The record as it stands, and with JSON's and PHP's escapes undone."""
    text = plain(record)
    yield text
    yield text.replace('\\"', '"').replace("\\/", "/").replace("\\\\", "\\").replace("\\n", "\n")


def near(want, text):
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?(?:[eE]-?\d+)?", re.sub(r"(?<=\d),(?=\d{3})", "", text))]
    return any(abs(n * unit - want) <= max(.011, want * .002) for n in numbers for unit in (1, 1000, 1e-3, 1e-6))


def found(field, value, record):
    if field == "timestamp_ms":
        return any(ch.isdigit() for ch in record)  # checked against the clock when it was written
    if field == "level":
        words = set(re.findall(r"[a-z]+|\d+", plain(record).lower()))
        return bool(words & set(LEVELS[value].split()))
    if field == "latency_ms":
        return near(value, plain(record))
    if field == "status":
        return re.search(rf"(?<!\d){value}(?!\d)", plain(record)) is not None
    if field == "error_type":
        value = re.split(r"[.$\\]|::", value)[-1]
    if field in ("method", "dependency"):
        return re.search(rf"\b{re.escape(value)}\b", plain(record)) is not None
    return any(squeezed(str(value)) in squeezed(text) for text in readings(record))


def check(name):
    lines = open(os.path.join(FOLDER, name + ".log")).read().split("\n")
    faults, owner = [], {}
    for truth in map(json.loads, open(os.path.join(FOLDER, name + ".truth.jsonl"))):
        first, last = truth["first_line"], truth["last_line"]
        for at in range(first, last + 1):
            if owner.setdefault(at, first) != first:
                faults.append(f"{name}:{at}: in two records")
        record = "\n".join(lines[first - 1:last])
        if not lines[first - 1].strip() or not lines[last - 1].strip():
            faults.append(f"{name}:{first}: a record begins or ends with a blank line")
        for field, value in truth.items():
            if field not in ("first_line", "last_line", "kind", "alt") and value is not None and not found(field, value, record):
                faults.append(f"{name}:{first}: {field} {value!r} is not in the record: {record[:160]!r}")
    faults += [f"{name}:{at}: in no record" for at, line in enumerate(lines, 1) if plain(line).strip() and at not in owner]
    return faults


names = sys.argv[1:] or sorted(f[:-4] for f in os.listdir(FOLDER) if f.endswith(".log"))
faults = [fault for name in names for fault in check(name)]
print(*faults, f"{len(names)} sources, {len(faults)} faults", sep="\n")
sys.exit(bool(faults))
