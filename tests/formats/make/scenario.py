"""Prints the scripted requests of a loan origination API as JSON: `scenario.py SEED COUNT`."""
import json, random, sys, uuid

AGENTS = ["curl/8.5.0", "okhttp/4.12.0", "axios/1.7.7", "python-requests/2.32.3", "PostmanRuntime/7.42.0",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1"]
# What each request meets: name, weight.
PLOTS = [("health", 3), ("quote", 4), ("status", 4), ("apply", 4), ("token", 2), ("slow", 2), ("retry", 2),
         ("timeout", 2), ("refused", 2), ("bug", 2), ("missing", 2), ("invalid", 2), ("expired", 1), ("unknown", 1)]


def scenario(seed, count):
    rng = random.Random(seed)
    plots = [name for name, weight in PLOTS for _ in range(weight)]
    # Each plot comes at least once where there is room; the rest is chance.
    order = [name for name, _ in PLOTS] + [rng.choice(plots) for _ in range(max(0, count - len(PLOTS)))]
    rng.shuffle(order)
    order = ["health"] + order[: count - 1]
    return [step(rng, plot) for plot in order]


def step(rng, plot):
    loan = rng.choice([str(uuid.UUID(int=rng.getrandbits(128), version=4)), f"LN-{rng.randrange(10**6):06}", str(rng.randrange(10**6))])
    ms = lambda low, high: round(rng.uniform(low, high), 2)
    ok = lambda to, low=2, high=25: {"to": to, "end": "ok", "ms": ms(low, high)}
    method, path, query, status, calls = "GET", "/health", "", 200, []
    if plot == "quote":
        path, query, calls = "/loan/quote", f"?amount={rng.randrange(5, 90) * 1000}&term={rng.choice([24, 36, 48])}", [ok("scoring")]
    elif plot in ("status", "missing", "bug"):
        path, calls = f"/loan/{loan}/status", [ok("aurora")]
        query = rng.choice(["", "", "?expand=decision&lang=en"])
        status = {"status": 200, "missing": 404, "bug": 500}[plot]
    elif plot in ("token", "expired"):
        method, path, calls, status = "POST", "/auth/token", [ok("auth")], 200 if plot == "token" else 401
    elif plot == "invalid":
        method, path, status = "POST", "/loan/apply", 422
    elif plot == "unknown":
        path, status = "/wp-login.php", 404
    elif plot != "health":
        method, path, status, calls = "POST", "/loan/apply", 201, [ok("auth"), ok("scoring"), ok("aurora")]
        if plot == "slow":
            calls[1] = {"to": "scoring", "end": "slow", "ms": ms(410, 700)}
        elif plot == "retry":
            calls[0] = {"to": "auth", "end": "retry", "ms": ms(60, 140)}
        elif plot == "timeout":
            to = rng.choice(["scoring", "aurora"])
            calls, status = [ok("auth"), {"to": to, "end": "timeout", "ms": rng.choice([800, 1000, 1200])}], 504
        elif plot == "refused":
            calls, status = [{"to": rng.choice(["scoring", "auth"]), "end": "refused", "ms": 0}], 503
    w3c = f"{rng.getrandbits(128):032x}"
    return {"plot": plot, "method": method, "path": path, "query": query, "status": status, "calls": calls, "loan": loan,
            "user": f"u-{rng.randrange(30000, 40000)}", "amount": rng.randrange(5, 90) * 1000, "size": rng.randrange(15, 900),
            "ip": f"{rng.choice(['198.51.100', '203.0.113'])}.{rng.randrange(1, 250)}", "agent": "ELB-HealthChecker/2.0" if plot == "health" else rng.choice(AGENTS),
            "xray": f"1-{rng.randrange(0x66000000, 0x68000000):08x}-{rng.getrandbits(96):024x}", "w3c": w3c, "span": f"{rng.getrandbits(64):016x}",
            "request_id": str(uuid.UUID(int=rng.getrandbits(128), version=4))}


if __name__ == "__main__":
    print(json.dumps(scenario(int(sys.argv[1]), int(sys.argv[2]))))
