"""The scripted day of a loan-origination API: which requests come, how they end and what goes wrong on the way.

`loan_story.py SEED COUNT` prints one JSON object per request, for drivers in other languages; Python drivers import `story`.
"""
import json
import random
import sys

AGENTS = [
    "LoanPortal/3.8.1 (iOS 17.6.1)", "okhttp/4.12.0", "python-requests/2.32.3", "axios/1.7.7", "curl/8.5.0", "PostmanRuntime/7.42.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36",
]
REASONS = {200: "OK", 201: "Created", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 422: "Unprocessable Entity",
           500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
# What goes wrong, on which route, with which status; spread over the story so that short recordings have each at least once.
TROUBLES = [
    ("slow", "scoring", "apply", 201), ("refused", "auth", "token", 503), ("timeout", "scoring", "apply", 504), ("denied", None, "token", 401),
    ("invalid", None, "apply", 422), ("crash", None, "apply", 500), ("retry", "auth", "status", 200), ("missing", None, "status", 404),
    ("timeout", "aurora", "status", 500), ("open", "scoring", "quote", 503), ("slow", "aurora", "status", 200), ("refused", "scoring", "apply", 502),
]


def story(seed, count):
    """Yields `count` requests; the same seed gives the same story."""
    dice = random.Random(seed)
    hexes = lambda n: "".join(dice.choice("0123456789abcdef") for _ in range(n))
    uuid = lambda: "-".join(hexes(n) for n in (8, 4, 4, 4, 12))
    troubles = list(TROUBLES)
    dice.shuffle(troubles)
    for n in range(count):
        trouble = dep = None
        status = 200
        if n % 2 and n // 2 < len(troubles):
            trouble, dep, route, status = troubles[n // 2]
        else:
            route = dice.choice(["apply", "status", "status", "quote", "token", "health"])
            status = 201 if route == "apply" else 200
        loan = dice.choice([uuid(), str(dice.randint(100000, 999999))])
        user = f"u-{dice.randint(1000, 99999)}"
        path, pattern, method, query = {
            "apply": ("/loan/apply", "/loan/apply", "POST", ""),
            "status": (f"/loan/{loan}/status", "/loan/{id}/status", "GET", dice.choice(["", "", "expand=decision&lang=en"])),
            "quote": ("/loan/quote", "/loan/quote", "GET", f"amount={dice.randint(5, 400)}000&term={dice.choice([12, 24, 36, 60])}"),
            "token": ("/auth/token", "/auth/token", "POST", ""),
            "health": ("/health", "/health", "GET", ""),
        }[route]
        call_ms = {"slow": dice.randint(450, 1900), "timeout": dice.choice([1000, 1500, 2000, 3000]), "refused": dice.randint(1, 4),
                   "retry": dice.randint(60, 300)}.get(trouble)
        took_us = {"health": dice.randint(90, 900)}.get(route, dice.randint(4000, 160000)) + (call_ms or 0) * 1000
        epoch = 1795250400 + n * 3
        yield {
            "n": n, "method": method, "path": path, "pattern": pattern, "query": query, "target": path + ("?" + query if query else ""),
            "status": status, "reason": REASONS[status], "took_us": took_us, "trouble": trouble, "dep": dep, "call_ms": call_ms,
            "loan": loan, "user": user, "amount": dice.randint(5, 400) * 1000, "xray": f"1-{epoch:08x}-{hexes(24)}", "w3c": hexes(32), "span": hexes(16),
            "request_id": uuid(), "client": f"{dice.choice(['203.0.113', '198.51.100'])}.{dice.randint(2, 250)}", "port": dice.randint(20000, 60999),
            "agent": "ELB-HealthChecker/2.0" if route == "health" else dice.choice(AGENTS), "bytes_in": dice.randint(180, 900), "bytes_out": dice.randint(16, 2400),
            "gap_ms": dice.randint(15, 900),
        }


if __name__ == "__main__":
    for step in story(sys.argv[1], int(sys.argv[2])):
        print(json.dumps(step))
