"""Records the JVM's loggers: `record.py [NAME…]` compiles the drivers against Debian's jars, plays the story and pairs lines with truth."""
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
JARS = ":".join(f"/usr/share/java/{j}.jar" for j in (
    "logback-classic logback-core slf4j-api logstash-logback-encoder jackson-databind jackson-core jackson-annotations log4j-api log4j-core "
    "tomcat10-embed-core tomcat10-annotations-api jetty9-server jetty9-http jetty9-io jetty9-util servlet-api").split())

LOGBACK = """<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender">{}</appender>
<root level="debug"><appender-ref ref="out"/></root></configuration>"""
LOG4J = """<Configuration status="off"><Appenders><Console name="out">{}</Console></Appenders>
<Loggers><Root level="debug"><AppenderRef ref="out"/></Root></Loggers></Configuration>"""
PATTERN = "<encoder><pattern>{}</pattern></encoder>"
JUL = "handlers=java.util.logging.ConsoleHandler\njava.util.logging.ConsoleHandler.level=ALL\n.level=INFO\ncom.example.level=ALL\n"
JSON_LAYOUT = '<JsonLayout compact="{}" eventEol="true" properties="true" stacktraceAsString="true" {}/>'


def long_date(text):
    return pair.by("%b %d, %Y %I:%M:%S %p")(text)


def instant(text):
    m = re.search(r'"epochSecond"\s*:\s*(\d+),\s*"nanoOfSecond"\s*:\s*(\d+)', text)
    return int(m.group(1)) * 1000 + int(m.group(2)) // 1000000


# name: (count, configuration, head, stamp, reader)
VOICES = {
    "jul-simple": (32, JUL, r"^[A-Z][a-z]{2} \d+, \d{4} ", r"^(\w+ \d+, \d{4} \d+:\d\d:\d\d [AP]M)", long_date),
    "jul-oneline": (34, JUL + "java.util.logging.SimpleFormatter.format=%1$tF %1$tT.%1$tL %4$-7s [%3$s] %5$s%6$s%n\n", r"^\d{4}-", r"^(\S+ \S+)", pair.iso),
    "logback-basic": (32, LOGBACK.format(PATTERN.format("%d{HH:mm:ss.SSS} [%thread] %-5level %logger{36} - %msg%n")), r"^\d\d:\d\d:\d\d\.", None, None),
    "logback-sleuth": (34, LOGBACK.format(PATTERN.format("%d{yyyy-MM-dd HH:mm:ss.SSS} %5level [loan-api,%X{traceId:-},%X{spanId:-}] 1 --- [%15.15t] %-40.40logger{39} : %m%n")), r"^\d{4}-", r"^(\S+ \S+)", pair.iso),
    "logback-logstash": (32, LOGBACK.format('<encoder class="net.logstash.logback.encoder.LogstashEncoder"><customFields>{"service":"loan-api","env":"prod"}</customFields></encoder>'), None, r'"@timestamp":"([^"]+)"', pair.iso),
    "log4j2-pattern": (32, LOG4J.format('<PatternLayout pattern="%d{ISO8601} %-5p [%t] %c{1.} (%F:%L) %X - %m%n%xEx"/>'), r"^\d{4}-", r"^(\S+)", pair.iso),
    "log4j2-json-pretty": (24, LOG4J.format(JSON_LAYOUT.format("false", "")), r"^\{$", r'(?s)("instant".*)', instant),
    "log4j2-json-compact": (26, LOG4J.format(JSON_LAYOUT.format("true", 'includeTimeMillis="true"')), None, r'"timeMillis":(\d+)', int),
}


def play(name, room):
    count, config, head, stamp, read = VOICES[name]
    with open(f"{room}/story", "w") as f:
        f.writelines(json.dumps(s) + "\n" for s in story(name, count))
    kind = name.split("-")[0]
    file = f"{room}/{kind}.conf" + (".xml" if kind != "jul" else "")
    open(file, "w").write(config)
    flag = {"jul": "-Djava.util.logging.config.file=", "logback": "-Dlogback.configurationFile=", "log4j2": "-Dlog4j2.configurationFile="}[kind] + file
    began = time.time() * 1000
    done = subprocess.run(["java", "-Duser.timezone=UTC", "-Duser.language=en", "-Duser.country=US", flag, "-cp", f"{room}:{JARS}", "com.example.loans.LoanApi", name, f"{room}/story", f"{room}/told"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=room)
    lines = [l.replace(f"[{os.path.basename(room)}/:?]", "[app.jar:2.4.1]") for l in done.stdout.split("\n") if not l.startswith(("Picked up ", "SLF4J:"))]
    told = [json.loads(l) for l in open(f"{room}/told")]
    if not told:
        print(done.stdout[:2000])
    pair.write(name, lines, told, head=head, stamp=stamp, read=read, span=(began, time.time() * 1000))


def serve(name, room):
    """Records an embedded server with a servlet playing the story; the driver asks and tells, the server's own lines are read here."""
    stamp, read, own = SERVERS[name]
    with open(f"{room}/story", "w") as f:
        f.writelines(json.dumps(s) + "\n" for s in story(name, 36))
    open(f"{room}/jul.conf", "w").write(JUL.replace("com.example.level=ALL\n", "java.util.logging.ConsoleHandler.formatter=org.apache.juli.OneLineFormatter\n"))
    began = time.time() * 1000
    done = subprocess.run(["java", "-Duser.timezone=UTC", "-Duser.language=en", "-Duser.country=US", f"-Djava.util.logging.config.file={room}/jul.conf", "-Dorg.eclipse.jetty.util.log.class=org.eclipse.jetty.util.log.StdErrLog", "-cp", f"{room}:{JARS}",
                           f"com.example.loans.{name.split('-')[0].title()}Server", f"{room}/story", f"{room}/told"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=room)
    lines = [l.replace(room, "/app") for l in done.stdout.split("\n") if not l.startswith(("Picked up ", "SLF4J:"))]
    asked, told, head = [json.loads(l) for l in open(f"{room}/told")], [], ACCESS + "|" + own
    waiting = None
    for line in lines:
        if re.search(ACCESS, line):
            t = asked.pop(0)
            m = re.search(ACCESS + r'"(\w+) (\S+) [^"]+" (\d+) ', line)
            assert (m.group(1), m.group(2).split("?")[0], int(m.group(3))) == (t["method"], t["path"], t["status"]), (line, t)
            t["latency_ms"] = float(re.search(r" (\d+)$", line).group(1)) * t.pop("unit_ms")
            t["alt"] = {"latency_ms": [None]}  # A bare number does not say its unit: Tomcat's %D was ms until version 10.
            assert t["latency_ms"] <= t.pop("seen_ms") + 5, (line, t)
            told.append(t)
        elif m := re.search(own, line):
            told.append({"level": {"SEVERE": "error", "WARNING": "warn", "WARN": "warn"}.get(m.group(1), m.group(1).lower()), "message": m.group(2)})
            waiting = told[-1] if m.group(1) in ("SEVERE", "WARNING", "WARN") else None
            if m.group(2).startswith("/"):
                told[-1]["alt"] = {"path": [m.group(2)]}
        elif waiting and (m := re.match(r"\s*([\w.$]+(?:Exception|Error))(?:: |$)", line)):
            waiting["error_type"], waiting = m.group(1), None
        if m := re.search(r"Exception: (scoring|aurora) did not answer within (\d+) ms", line):
            told[-1].setdefault("alt", {}).update(dependency=[m.group(1)], latency_ms=[float(m.group(2))])
        if m := re.match(r"Caused by: ([\w.$]+)", line):
            told[-1].setdefault("alt", {}).setdefault("error_type", []).append(m.group(1))
    assert not asked, (asked[0], done.stdout[-3000:])
    pair.write(name, lines, told, head=head, stamp=stamp, read=read, span=(began, time.time() * 1000))


ACCESS = r"^\d+\.\d+\.\d+\.\d+ - - \[[^\]]+\] "


def tomcat_time(text):
    return pair.clf(text) if "/" in text else pair.by("%d-%b-%Y %H:%M:%S.%f")(text)


def jetty_time(text):
    return pair.clf(text) if "/" in text else pair.iso(text)


SERVERS = {
    "tomcat-embedded": (r"^(\d\d-\w{3}-\d{4} \S+)|\[(\d\d/[^\]]+)\]", tomcat_time, r"^\d\d-\w{3}-\d{4} \S+ (\w+) \[[^\]]+\] \S+ (.*)"),
    "jetty-ncsa": (r"^(\d{4}-\S+ [\d:.]{12})|\[(\d\d/[^\]]+)\]", jetty_time, r"^\d{4}-\d\d-\d\d [\d:.]{12}:(\w+):[^:]*:[^:]+: ?(.*)"),
}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as room:
        subprocess.run(["javac", "-nowarn", "-d", room, "-cp", JARS, *[f"{HERE}/{f}" for f in os.listdir(HERE) if f.endswith(".java")]], check=True)
        for name in sys.argv[1:] or [*VOICES, *SERVERS]:
            (serve if name in SERVERS else play)(name, room)
