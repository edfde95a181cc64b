"""The made-up loan service: its calls really wait, are really refused, and its bug is a real one."""
import socket, time


class UpstreamTimeout(Exception):
    pass


class UpstreamUnavailable(Exception):
    pass


def decide(application):
    return "approved" if application["score"] >= 600 else "declined"


def load_status(row):
    return {"id": row["id"], "decision": decide(row.get("application"))}


def call_out(call):
    if call["end"] == "refused":
        try:
            socket.create_connection(("127.0.0.1", 8443), 1)
        except OSError as refused:
            raise UpstreamUnavailable(f"{call['to']} is unavailable") from refused
    time.sleep(call["ms"] / 1000)
    if call["end"] == "timeout":
        raise UpstreamTimeout(f"{call['to']} did not answer within {call['ms']} ms")


def serve(step, say):
    """Serves one scripted request; `say` is an object with a method for each thing worth telling."""
    def tell(what, *args):
        getattr(say, what, lambda *_: None)(step, *args)
    for call in step["calls"]:
        began = time.perf_counter()
        try:
            call_out(call)
        except (UpstreamTimeout, UpstreamUnavailable) as error:
            return tell("failed", call, error, (time.perf_counter() - began) * 1000)
        tell(call["end"], call, (time.perf_counter() - began) * 1000)
    if step["plot"] == "bug":
        try:
            load_status({"id": step["loan"]})
        except TypeError as error:
            tell("crash", error)
    elif step["status"] == 201:
        tell("created")
    elif step["plot"] in ("missing", "invalid", "expired"):
        tell("rejected", {"missing": f"loan {step['loan']} not found", "invalid": "amount out of range", "expired": "token expired"}[step["plot"]])
