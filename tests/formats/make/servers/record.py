"""Records real HTTP servers in front of a scripted backend: `unshare -nupf --mount-proc sh -c 'ip link set lo up; hostname ip-10-0-12-23; python3 record.py [NAME…]'`.

The backend plays the loan story; the client asks one request after the other, so the server's lines come in the story's order.
Latency is what the server measured: it is read from the line and must agree with what the client saw within 60 ms.
"""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import pair
from loan_story import story

CONF = os.path.join(os.path.dirname(os.path.abspath(__file__)), "conf")
NOW = {}


class Backend(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        step = NOW["step"]
        self.rfile.read(int(self.headers.get("content-length") or 0))
        time.sleep(1.6 if step.get("hang") else min(step["took_us"] / 1e6, .35))
        body = json.dumps({"status": step["reason"], "ref": "x" * (step["bytes_out"] % 200)}).encode()
        try:
            self.send_response(step["status"])
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            pass

    do_GET = do_POST = do_HEAD = do_PUT = answer

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A proxy that gives up on a hanging answer is part of the story."""


def steps(name, count):
    """The story with what only a proxy meets: a dead partner, a hanging backend."""
    for step in story(name, count):
        step.update(hang=step["trouble"] == "timeout", answered=step["status"])
        yield step
        if step["n"] % 17 == 9:
            path = f"/partner/offers/{step['loan']}"
            yield {**step, "method": "GET", "path": path, "target": path, "query": "", "hang": False, "trouble": "dead"}


def ask(port, step, proxy_line):
    NOW["step"] = step
    body = json.dumps({"applicant": step["user"], "amount": step["amount"]}) if step["method"] == "POST" else None
    link = socket.create_connection(("127.0.0.1", port))
    if proxy_line:
        link.sendall(f"PROXY TCP4 {step['client']} 10.0.1.17 {step['port']} 443\r\n".encode())
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    conn.sock = link
    headers = {"Host": "api.loans.example.com", "User-Agent": step["agent"], "X-Forwarded-For": step["client"], "X-Forwarded-Proto": "https",
               "X-Amzn-Trace-Id": "Root=" + step["xray"], "traceparent": f"00-{step['w3c']}-{step['span']}-01", "X-Request-Id": step["request_id"], "Connection": "close"}
    began = time.time()
    conn.request(step["method"], step["target"], body, headers)
    answer = conn.getresponse()
    answer.read()
    step["seen_ms"] = (time.time() - began) * 1000
    step["seen_status"] = answer.status
    if step["hang"] or step["trouble"] == "dead":
        assert answer.status in (step["status"], 502, 503, 504), answer.status  # The proxy's own answer, or the backend's where it waits for that.
        step["answered"] = answer.status
    conn.close()
    time.sleep(.02)


def record(name, command, port, access, other, count=48, conf=None, head=None, stamp=None, read=pair.iso, proxy_line=False, ready=1.0, after=1.0, stop="TERM", tail=None, clean=(), prepare=None):
    room = tempfile.mkdtemp()
    os.chmod(room, 0o777)
    if conf:
        shutil.copy(os.path.join(CONF, conf), room)
    out = NOW["out"] = os.path.join(room, "out")
    command = [c.replace("ROOM", room) for c in command]
    if prepare:
        prepare(room)
    began = time.time() * 1000
    source, sink = os.pipe()
    os.fchmod(sink, 0o666)

    def collect():
        with open(out, "wb", buffering=0) as file:
            while chunk := os.read(source, 65536):
                file.write(chunk)

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        server = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT, cwd=room)
        deadline = time.time() + 15
        while time.time() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), .2).close() if not proxy_line else None
                break
            except OSError:
                time.sleep(.1)
        time.sleep(ready)
        tailer = subprocess.Popen([t.replace("ROOM", room) for t in tail], stdout=sink, stderr=subprocess.STDOUT) if tail else None
        if tailer:
            time.sleep(1)
        asked = []
        for step in steps(name, count):
            ask(port, step, proxy_line)
            asked.append(step)
        time.sleep(after)
        for p in (tailer, server):
            if p:
                p.send_signal(getattr(__import__("signal"), "SIG" + stop))
                p.wait(15)
    finally:
        os.close(sink)
        collector.join(5)
    text = open(out, encoding="utf-8").read()
    for pattern, to in clean:
        text = re.sub(pattern, to, text, flags=re.M)
    lines = text.replace(room + "/Caddyfile", "/etc/caddy/Caddyfile").replace(os.uname().release, "5.10.226-214.880.amzn2.x86_64").split("\n")
    queue, told, last = list(asked), [], None
    for line in lines:
        if not line.strip() or (head and not re.search(head, line)):
            continue
        t = access(line, queue[0]) if queue else None
        if t is not None:
            last = queue.pop(0)
            told.append(t)
        else:
            NOW["line"] = line
            told.append(other(line, queue[0] if queue else None, last))
    if queue:
        print(name, "unmatched:", {k: queue[0][k] for k in ("n", "method", "target", "answered", "seen_status")}, *[l for l in lines if l.strip()][:12], sep="\n")
        raise SystemExit(1)
    pair.write(name, lines, told, head=head, stamp=stamp, read=read, span=(began, time.time() * 1000))
    shutil.rmtree(room, ignore_errors=True)


def request(step, latency=None, **more):
    """The truth of a step's own line; `latency` is what the server measured, held against what the client saw."""
    if latency is not None:
        assert abs(latency - step["seen_ms"]) < 60, (latency, step["seen_ms"], step["target"])
    assert step["answered"] == step["seen_status"], (step["answered"], step["seen_status"], step["target"])
    return {"kind": "request", "method": step["method"], "path": step["path"], "status": step["answered"], "latency_ms": latency, **more}


def is_line_of(line, step):
    return f"{step['method']} {step['target']} HTTP" in line and f" {step['answered']} " in line


LEVEL = {"notice": "info", "info": "info", "warn": "warn", "warning": "warn", "error": "error", "crit": "fatal", "alert": "fatal", "emerg": "fatal", "debug": "debug"}


def nginx_error(line, step, last):
    m = re.match(r"\S+ \S+ \[(\w+)\] \d+#\d+: (?:\*\d+ )?(.*)", line)
    t = {"level": LEVEL[m.group(1)], "message": m.group(2)}
    if "request: " in line:
        t.update(method=step["method"], path=step["path"], alt={
            "message": [m.group(2).split(", client:")[0]], "status": [502, 504], "dependency": ["127.0.0.1:8080", "127.0.0.1:9009", "loan_api", "partner", "upstream"]})
    return t


def nginx_json(line, step):
    if not line.startswith("{"):
        return None
    x = json.loads(line)
    assert x["request_uri"] == step["target"], (x, step)
    return request(step, float(x["request_time"]) * 1000, trace_id=step["xray"], alt={"timestamp_ms": [int(float(x["msec"]) * 1000)], "trace_id": [step["w3c"]], "latency_ms": [
        float(v) * 1000 for v in x["upstream_response_time"].split(", ") if v != "-"], "message": [None]})


def nginx_timed(line, step):
    m = re.search(r' rt=(\S+) uct="\S+" uht="\S+" urt="(\S+)"', line)
    if not m:
        return None
    assert is_line_of(line, step)
    return request(step, float(m.group(1)) * 1000, trace_id=step["xray"], alt={"latency_ms": [float(m.group(2)) * 1000]})


def apache(line, step):
    m = re.search(r" (\d+)/(\d+)$", line)
    if not m or not is_line_of(line, step):
        return None
    return request(step, int(m.group(2)) / 1000, alt={"latency_ms": [int(m.group(1)) * 1000.0]})


def apache_error(line, step, last):
    m = re.match(r"\[([^\]]+)\] \[(\w*):(\w+)\] \[pid [^\]]+\] (?:\[client [^\]]+\] )?(.*)", line)
    message = m.group(4)
    t = {"level": LEVEL[m.group(3)], "message": message, "alt": {"message": [re.sub(r"^.*?AH\d+: ", "", message)], "error_type": re.findall(r"AH\d+", message)}}
    if step and step["path"] in message:
        t["alt"]["path"] = [step["path"]]
    if "127.0.0.1:9009" in message:
        t["alt"]["dependency"] = ["127.0.0.1:9009", "127.0.0.1", "partner"]
    if m.group(1):
        t["timestamp_ms"] = pair.by("%b %d %H:%M:%S.%f %Y")(m.group(1)[4:])
    return t


def haproxy(line, step):
    m = re.match(r"\S+:\d+ \[[^\]]+\] https~? \S+ (-?\d+)/(-?\d+)/(-?\d+)/(-?\d+)/(\+?\d+) (\d+) ", re.sub(r"^<\d+>.*?: ", "", line))
    if not m or not is_line_of(line, step):
        return None
    return request(step, float(m.group(5)), trace_id=step["xray"])


def haproxy_other(line, step, last):
    m = re.match(r"\[(\w+)\]\s+\(\d+\) : (.*)", line)
    if m:
        return {"level": LEVEL[m.group(1).lower()], "message": m.group(2), "no_time": True}
    return {"message": line}


def caddy(line, step):
    x = json.loads(line)
    if not x.get("logger", "").startswith("http.log.access"):
        return None
    r = x["request"]
    assert r["uri"] == step["target"], (x, step)
    return request(step, x["duration"] * 1000, level=x["level"], message=x["msg"], trace_id=step["xray"], timestamp_ms=int(x["ts"] * 1000), alt={"trace_id": [step["w3c"]]})


def caddy_other(line, step, last):
    x = json.loads(line)
    t = {"level": x["level"], "message": x["msg"], "timestamp_ms": int(x["ts"] * 1000)}
    if "request" in x:
        t.update(method=step["method"], path=step["path"], status=x.get("status"), trace_id=step["xray"], latency_ms=x["duration"] * 1000 if "duration" in x else None,
                 alt={"trace_id": [step["w3c"]], "error_type": [x["err_id"]] if "err_id" in x else [], "message": ["dial tcp 127.0.0.1:9009: connect: connection refused"]})
    return t


def lighttpd(line, step):
    m = re.search(r' (\d+)us$', line)
    if not m or not is_line_of(line, step):
        return None
    return request(step, int(m.group(1)) / 1000)


def lighttpd_other(line, step, last):
    m = re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: \(([^)]+)\) (.*)", line)
    return {"message": m.group(2)}


def squid(line, step):
    m = re.match(r"(\d+\.\d+)\s+(\d+) \S+ \w+/(\d+) \d+ (\S+) (\S+) ", line)
    if not m or int(m.group(3)) != step["answered"] or not m.group(5).endswith(step["path"] + ("?" if step["query"] else "")):
        return None
    return request(step, float(m.group(2)), timestamp_ms=int(m.group(1).replace(".", "")))


def squid_other(line, step, last):
    return {"kind": "access", "timestamp_ms": int(line.split()[0].replace(".", "")), "message": "error:transaction-end-before-headers", "alt": {"message": [None], "latency_ms": [0.0]}}


def varnish(line, step):
    m = re.search(r" (\d+) (\S+)$", line)
    if not is_line_of(line.replace("http://api.loans.example.com", ""), step):
        return None
    return request(step, int(m.group(1)) / 1000, alt={"latency_ms": [None]})  # A bare number does not say its unit.


def varnish_other(line, step, last):
    m = re.match(r"(?:(Debug|Info|Error): )?(.*)", line)
    return {"level": (m.group(1) or "").lower() or None, "message": m.group(2)}


NGINX = ["nginx", "-e", "stderr", "-p", "ROOM", "-c"]
NGINX_TIME = r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) |\"time\":\"([^\"]+)\"|\[(\d\d/\w{3}/[^\]]+)\]"


def any_time(text):
    if text[4] == "/":
        return pair.by("%Y/%m/%d %H:%M:%S")(text)
    return pair.clf(text) if text[2] == "/" else pair.iso(text)


RECORDINGS = {
    "nginx-json": lambda n: record(n, NGINX + ["ROOM/nginx-json.conf"], 80, nginx_json, nginx_error, conf="nginx-json.conf", stamp=NGINX_TIME, read=any_time),
    "nginx-timed": lambda n: record(n, NGINX + ["ROOM/nginx-timed.conf"], 80, nginx_timed, nginx_error, conf="nginx-timed.conf", stamp=NGINX_TIME, read=any_time),
    "apache-vhost": lambda n: record(n, ["apache2", "-f", "ROOM/apache.conf", "-DFOREGROUND"], 80, apache, apache_error, conf="apache.conf", stamp=r"\[(\d\d/\w{3}/[^\]]+)\]",
                                     read=pair.clf, stop="TERM", clean=[(r"^AH005\d\d.*\n", "")]),
    "haproxy-http": lambda n: record(n, ["haproxy", "-f", "ROOM/haproxy.cfg", "-db"], 80, haproxy, haproxy_other, conf="haproxy.cfg", stamp=r"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{3})\]",
                                     read=pair.by("%d/%b/%Y:%H:%M:%S.%f"), proxy_line=True, stop="USR1"),
    "caddy-json": lambda n: record(n, ["env", "HOME=/config", "caddy", "run", "--adapter", "caddyfile", "--config", "ROOM/Caddyfile"], 80, caddy, caddy_other, conf="Caddyfile", count=34,
                                   clean=[(r"^(?!\{).*\n", "")]),
    "lighttpd-access": lambda n: record(n, ["sh", "-c", "exec lighttpd -D -f ROOM/lighttpd.conf 3>&1"], 80, lighttpd, lighttpd_other, conf="lighttpd.conf",
                                        stamp=r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)|\[(\d\d/\w{3}/[^\]]+)\]", read=any_time),
    "squid-native": lambda n: record(n, ["squid", "-N", "-f", "ROOM/squid.conf"], 80, squid, squid_other, conf="squid.conf", stamp=r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)", read=any_time, ready=3),
    "varnishncsa": lambda n: record(n, ["varnishd", "-F", "-a", ":80", "-f", "ROOM/default.vcl", "-n", "ROOM/v", "-s", "malloc,16m"], 80, varnish, varnish_other,
                                    conf="default.vcl", stamp=r"\[(\d\d/\w{3}/[^\]]+)\]", read=pair.clf, ready=4, after=3,
                                    tail=["varnishncsa", "-n", "ROOM/v", "-F", '%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-agent}i" %D %{Varnish:handling}x']),
}

if __name__ == "__main__":
    back = Server(("127.0.0.1", 8080), Backend)
    threading.Thread(target=back.serve_forever, daemon=True).start()
    for name in sys.argv[1:] or RECORDINGS:
        try:
            RECORDINGS[name](name)
        except (AttributeError, KeyError, OSError, AssertionError) as error:
            print(f"{name} failed: {error!r}; at {NOW.get('line')!r}; what the server wrote:")
            print(open(NOW["out"], encoding="utf-8").read()[:3000])
            raise
