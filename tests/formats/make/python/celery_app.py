"""A Celery worker (solo pool, broker in memory): received, succeeded, retried and raised tasks with their tracebacks."""
import logging, threading, time, warnings
from celery import Celery
from celery.utils.log import get_task_logger
from rig import Rig, epoch

warnings.simplefilter("ignore")  # running as root
rig = Rig("celery-worker", 47, 22)
rig.stamp = lambda text: epoch(text.lstrip()[1:24], "%Y-%m-%d %H:%M:%S,%f")
app = Celery("loans", broker="memory://localhost/", backend="cache+memory://")
app.conf.update(worker_hijack_root_logger=True, broker_connection_retry_on_startup=True, worker_enable_remote_control=False, task_send_sent_event=False)
log = get_task_logger("loans.tasks")
from service import UpstreamTimeout, UpstreamUnavailable, call_out, decide
state = {"done": threading.Event()}


class Say:
    pass


@app.task(name="loans.tasks.score", bind=True)
def score(self, step):
    rig.mark("info", f"Task loans.tasks.score[{self.request.id}] received")
    for call in step["calls"]:
        began = time.perf_counter()
        call_out(call)
        ms = int((time.perf_counter() - began) * 1000)
        if call["end"] == "slow":
            log.warning("%s took %d ms for loan %s", call["to"], ms, step["loan"])
            rig.mark("warn", f"{call['to']} took {ms} ms for loan {step['loan']}", dependency=call["to"], latency_ms=ms)
        elif call["end"] == "retry":
            log.warning("%s returned 503, retrying", call["to"])
            rig.mark("warn", f"{call['to']} returned 503, retrying", dependency=call["to"], alt={"status": [503]})
    if step["plot"] == "bug":
        decide(None)
    log.info("scored loan %s", step["loan"])
    rig.mark("info", f"scored loan {step['loan']}")
    return {"loan": step["loan"], "decision": "approved"}


from celery.signals import task_postrun, worker_ready
worker_ready.connect(lambda **_: state["done"].set(), weak=False)
threading.Thread(target=lambda: app.worker_main(["worker", "--pool=solo", "--loglevel=INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]), daemon=True).start()
state["done"].wait(20)
time.sleep(0.3)
rig.settle()
lines = rig.text.split("\n")
for line in lines:
    if line.startswith("[20"):
        rig.mark("info" if ": INFO/" in line else "warn", line.split("] ", 1)[1], upto=lambda text: text.index(line) + len(line) + 1)
    else:
        rig.noise([line])
for s in rig.steps:
    if s["plot"] in ("health", "unknown"):
        continue
    rig.step = s
    task = score.delay(s)
    for _ in range(400):
        if task.ready():
            break
        time.sleep(0.01)
    name = f"Task loans.tasks.score[{task.id}]"
    if task.state == "SUCCESS":
        rig.mark("info", lambda text: text.split("] ", 1)[1].strip(), latency_ms=lambda text: float(text.split("succeeded in ")[1].split("s:")[0]) * 1000)
    else:
        kind = type(task.result).__name__
        rig.mark("error", f"{name} raised unexpected: {kind}(", error_type=kind, alt={"error_type": ["ConnectionRefusedError"], "dependency": [call["to"] for call in s["calls"][-1:]], "latency_ms": [call["ms"] for call in s["calls"][-1:]]})
rig.finish()
