"""Records PostgreSQL (its default prefix and Aurora's) and Redis: `run.sh stores.py [NAME…]`. The statements sent are the story's own."""
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import pair
from loan_story import story

PG = "/usr/lib/postgresql/15/bin"
LEVELS = {"LOG": "info", "NOTICE": "info", "WARNING": "warn", "ERROR": "error", "FATAL": "fatal", "PANIC": "fatal", "DETAIL": None, "HINT": None, "STATEMENT": None, "CONTEXT": None}


def post(command, **more):
    return subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def postgres(name, prefix, head, stamp, settings=()):
    room = tempfile.mkdtemp()
    os.chmod(room, 0o777)
    post([f"{PG}/initdb", "-D", f"{room}/data", "-U", "postgres", "-A", "trust", "--no-sync"], check=True)
    began = time.time() * 1000
    out = open(f"{room}/out", "w")
    options = {"log_line_prefix": prefix, "listen_addresses": "127.0.0.1", "unix_socket_directories": room, "log_min_duration_statement": "20ms", "deadlock_timeout": "100ms", "log_lock_waits": "on",
               "statement_timeout": "0", "log_connections": "on", "log_disconnections": "on", "fsync": "off", "log_timezone": "UTC", "max_connections": "20", "log_checkpoints": "on"}
    command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", f"{PG}/postgres", "-D", f"{room}/data"]
    for k, v in options.items():
        command += ["-c", f"{k}={v}"]
    server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    env = {**os.environ, "PGHOST": "127.0.0.1", "PGUSER": "loans", "PGDATABASE": "loans"}

    def sql(text, wait=True, **more):
        run = subprocess.run if wait else subprocess.Popen
        return run(["psql", "-X", "-q", "-c", text], env={**env, **more}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(50):
        if sql("select 1", PGUSER="postgres", PGDATABASE="postgres").returncode == 0:
            break
        time.sleep(.2)
    sql("create role loans login superuser", PGUSER="postgres", PGDATABASE="postgres")
    sql("create database loans owner loans", PGUSER="postgres", PGDATABASE="postgres")
    sql("create table applications (id text primary key, amount int not null check (amount > 0), state text)")
    slow = 0
    for s in story(name, 22):
        trouble, loan = s["trouble"], s["loan"]
        if trouble == "crash":
            sql("select scoer from applications")
        elif trouble == "invalid":
            sql(f"insert into applications values ('{loan}', -5, 'new')")
        elif trouble == "timeout":
            sql("set statement_timeout = 60; select pg_sleep(2)")
        elif trouble == "slow":
            slow += 1
            sql(f"select id, amount,\n       state\n  from pg_sleep(0.0{s['call_ms'] % 40 + 45})\n  left join applications on id = '{loan}'")
        elif trouble == "denied":
            sql("select 1", PGUSER="intruder")
        elif trouble == "refused":
            sql("select 1", PGDATABASE="loan")
        elif trouble == "open":
            first = sql(f"begin; insert into applications values ('lock-{s['n']}', 5, 'new'); select pg_sleep(0.5); commit", wait=False)
            time.sleep(.15)
            sql(f"insert into applications values ('lock-{s['n']}', 6, 'new')")
            first.wait()
        elif s["n"] % 5 == 0:
            sql(f"insert into applications values ('{loan}', {s['amount']}, 'new')")
            sql(f"insert into applications values ('{loan}', {s['amount']}, 'new')")
    sql("checkpoint")
    server.send_signal(2)
    server.wait(20)
    out.close()
    text = open(f"{room}/out").read().replace(room, "/var/lib/postgresql/15")
    text = re.sub(r"\(Debian [^)]*\)", "(Debian 15.8-1.pgdg120+1)", text)
    lines, told = [l for l in text.split("\n")], []
    for i, line in enumerate(lines):
        m = re.match(head, line)
        if not m:
            if told and line.strip():
                told[-1]["message"] += "\n" + line.lstrip("\t")
            continue
        word, message = re.match(r"(\w+):  (.*)", line[m.end():]).groups()
        t = {"level": LEVELS[word], "message": message}
        if LEVELS[word] is None:
            t["alt"] = {"level": ["info", "error", "fatal", "warn"]}
        if d := re.match(r"duration: ([\d.]+) ms", message):
            t["latency_ms"] = float(d.group(1))
        elif d := re.search(r" after ([\d.]+) ms", message):
            t["latency_ms"], t["alt"] = float(d.group(1)), {"latency_ms": [None]}
        elif "session time:" in message:
            t["alt"] = {"latency_ms": [sum(float(x) * f for x, f in zip(re.search(r"time: (\d+):(\d\d):(\d\d\.\d+)", message).groups(), (36e5, 6e4, 1e3)))]}
        elif "checkpoint complete" in message:
            t["alt"] = {"latency_ms": [float(x) * 1000 for x in re.findall(r"=([\d.]+) s", message)]}
        told.append(t)
    assert sum("duration: " in (t["message"] or "") for t in told) >= slow, "a slow statement was not logged"
    pair.write(name, lines, told, head=head, stamp=stamp, read=pair.iso, span=(began, time.time() * 1000))


def redis(name):
    room = tempfile.mkdtemp()
    began = time.time() * 1000
    config = f"dir {room}\nsave 60 5\nloglevel verbose\nmaxmemory 64mb\nrename-command FLUSHALL \"\"\nmaxclients 30\nlogfile \"\"\n"
    open(f"{room}/redis.conf", "w").write(config)
    out = open(f"{room}/out", "w")
    server = subprocess.Popen(["redis-server", f"{room}/redis.conf"], stdout=out, stderr=subprocess.STDOUT)
    time.sleep(1)
    cli = lambda *a: subprocess.run(["redis-cli", *a], stdout=subprocess.DEVNULL)
    for s in story(name, 12):
        cli("set", f"quote:{s['loan']}", str(s["amount"]))
    cli("bgsave")
    time.sleep(1.5)
    replica = subprocess.run(["redis-cli", "replicaof", "127.0.0.1", "6399"], stdout=subprocess.DEVNULL)
    time.sleep(2.5)
    cli("replicaof", "no", "one")
    cli("config", "set", "save", "")
    server.send_signal(15)
    server.wait(10)
    out.close()
    text = open(f"{room}/out").read().replace(room, "/data")
    lines, told = text.split("\n"), []
    for line in lines:
        if line.strip():
            if m := re.match(r"\d+:signal-handler \((\d+)\) (.*)", line):
                told.append({"message": m.group(2), "timestamp_ms": int(m.group(1)) * 1000, "alt": {"timestamp_ms": [None]}})
                continue
            m = re.match(r"\d+:[XCSM] \S+ \S+ \S+ \S+ ([.*#-]) (.*)", line)
            told.append({"level": {".": "debug", "-": "info", "*": "info", "#": "warn"}[m.group(1)], "message": m.group(2).strip(), "alt": {"level": {"-": ["debug"], ".": ["trace"]}.get(m.group(1), [])}})
    pair.write(name, lines, told, head=r"^\d+:([XCSM]|signal-handler) ", stamp=r"^\d+:\w (\S+ \S+ \S+ \S+) ", read=pair.by("%d %b %Y %H:%M:%S.%f"), span=(began, time.time() * 1000))


RECORDINGS = {
    "postgres": lambda n: postgres(n, "%m [%p] ", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC \[\d+\] ", r"^(\S+ \S+ UTC)"),
    "aurora-postgres": lambda n: postgres(n, "%t:%r:%u@%d:[%p]:", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC:[^:]*:[^@]*@[^:]*:\[\d+\]:", r"^(\S+ \S+ UTC)"),
    "redis": redis,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or RECORDINGS:
        RECORDINGS[name](name)
