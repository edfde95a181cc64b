"""Checks recordings at rest: `verify.py [NAME…]`: lines covered once and in order, truth values found in their record's text, times within a day's sense."""
import json
import os
import sys

import pair

names = sys.argv[1:] or sorted(f[:-12] for f in os.listdir(pair.HERE) if f.endswith(".truth.jsonl"))
values = records = 0
for name in names:
    lines = open(f"{pair.HERE}/{name}.log", encoding="utf-8").read().split("\n")
    end = 0
    for row in map(json.loads, open(f"{pair.HERE}/{name}.truth.jsonl", encoding="utf-8")):
        between = lines[end:row["first_line"] - 1]
        assert not any(l.strip() for l in between), f"{name}: lines before {row['first_line']} belong to no record"
        end, records = row["last_line"], records + 1
        text = "\n".join(lines[row["first_line"] - 1:end])
        assert row["kind"] in ("request", "access", "record", "platform", "noise"), row["kind"]
        assert row["timestamp_ms"] is None or 1_700_000_000_000 < row["timestamp_ms"] < 1_900_000_000_000, f"{name}:{row['first_line']}: time {row['timestamp_ms']}"
        for field in pair.FIELDS[1:]:
            if row[field] is not None:
                values += 1
                assert pair.found(row[field], field, text), f"{name}:{row['first_line']}: {field} {row[field]!r} is not in the text"
    assert not any(l.strip() for l in lines[end:]), f"{name}: lines after {end} belong to no record"
print(f"{len(names)} recordings, {records} records, {values} values found in their text")
