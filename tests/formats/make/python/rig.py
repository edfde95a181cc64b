"""Takes everything a driver prints, and writes it down beside its truth: NAME.log and NAME.truth.jsonl."""
import datetime, http.client, json, os, platform, re, socket, sys, threading, time, traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from scenario import scenario  # noqa: E402

FIELDS = ["timestamp_ms", "level", "message", "method", "path", "status", "latency_ms", "trace_id", "error_type", "dependency"]
UTC = datetime.timezone.utc


def epoch(text, layout):
    """Milliseconds of a time written without a zone, truncated."""
    at = datetime.datetime.strptime(text, layout)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000 + 1e-3)


class Rig:
    """Standard output and standard error of this process go through a pipe into `text`."""

    def __init__(self, name, seed, count):
        self.name, self.text, self.told, self.truth, self.step = name, "", 0, [], None
        self.steps = scenario(seed, count)
        self.stamp = lambda text: None
        self.before = lambda step: None
        self.real = os.fdopen(os.dup(1), "w")
        sys.excepthook = lambda kind, error, trace: print(self.name, *traceback.format_exception(kind, error, trace), self.text[-800:], file=self.real, flush=True)
        reader, writer = os.pipe()
        sys.stdout.flush()
        os.dup2(writer, 1), os.dup2(writer, 2)
        sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        threading.Thread(target=self._read, args=(reader,), daemon=True).start()

    def _read(self, reader):
        left = b""
        while chunk := os.read(reader, 65536):
            left += chunk
            whole = left.rfind(b"\n") + 1
            self.text += left[:whole].decode()
            left = left[whole:]

    def settle(self):
        """Returns once text has come and no more of it comes."""
        before, began = -1, time.time()
        while len(self.text) == self.told or len(self.text) != before:
            before = len(self.text)
            time.sleep(0.012)
            if time.time() - began > 8:
                raise RuntimeError(f"{self.name}: nothing was written: {self.text[self.told:]!r}")

    def mark(self, level=None, message=None, kind="record", alt=None, upto=None, **truth):
        """Declares that all lines written since the last mark (up to `upto`) are one record with this truth."""
        self.settle()
        end = len(self.text) if upto is None else self.told + upto(self.text[self.told:])
        record = self.text[self.told:end]
        lines = record.split("\n")
        full = [i for i, line in enumerate(lines) if line.strip()]
        base = self.text.count("\n", 0, self.told) + 1
        self.told = end
        plain = re.sub(r"\x1b\[[0-9;]*m", "", record)
        truth |= {"level": level, "message": message}
        truth.setdefault("timestamp_ms", self.stamp)
        out = {"first_line": base + full[0], "last_line": base + full[-1]}
        for field in FIELDS:
            value = truth.pop(field, None)
            out[field] = value(plain) if callable(value) else value
        assert not truth, truth
        at = out["timestamp_ms"]
        assert at is None or abs(at / 1000 - time.time()) < 3, (self.name, at, plain)
        out["kind"] = kind
        if alt:
            out["alt"] = alt
        self.truth.append(out)

    def noise(self, lines):
        """Declares each of the next `lines` as noise of its own: no field is asked of a banner."""
        for line in lines:
            if line.strip():
                self.mark(None, None, kind="noise", timestamp_ms=None, alt={"level": ["info", "warn"]}, upto=lambda text: text.index(line) + len(line) + 1)

    def first(self, text):
        """For `upto`: the first line alone."""
        return text.index("\n") + 1

    def drive(self, port, after):
        """Sends each scripted request; `after` marks what was written when it was served."""
        for step in self.steps:
            self.step = step
            self.before(step)
            body = json.dumps({"user": step["user"], "amount": step["amount"]}) if step["method"] == "POST" else None
            headers = {"Host": "loans.example.com", "User-Agent": step["agent"], "X-Amzn-Trace-Id": "Root=" + step["xray"], "X-Forwarded-For": step["ip"], "Connection": "close"}
            if body:
                headers["Content-Type"] = "application/json"
            call = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            call.request(step["method"], step["path"] + step["query"], body, headers)
            answer = call.getresponse()
            answer.read()
            call.close()
            assert answer.status == step["status"], (self.name, step["plot"], answer.status)
            after(step)

    def finish(self):
        assert self.told == len(self.text), self.text[self.told:]
        text = self.text.replace(HERE, "/app")
        text = re.sub(r"/[^\s\"']*?/lib/python3\.11/", "/usr/local/lib/python3.11/", text)
        text = text.replace(platform.platform(), "Linux-6.1.112-x86_64-with-glibc2.36")
        folder = os.environ.get("OUT", os.path.join(HERE, "../.."))
        open(os.path.join(folder, self.name + ".log"), "w").write(text)
        open(os.path.join(folder, self.name + ".truth.jsonl"), "w").writelines(json.dumps(t, ensure_ascii=False) + "\n" for t in self.truth)
        print(f"{self.name}: {text.count(chr(10))} lines, {len(self.truth)} records, {len(text)} bytes", file=self.real, flush=True)
        os._exit(0)


def asked(step):
    return {"kind": "request", "method": step["method"], "path": step["path"], "status": step["status"]}


def wait_for(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")
