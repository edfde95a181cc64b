package com.example.loans;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** How the made-up projects word their messages; each voice has its own tongue. */
class Phrases {
    final String tongue;
    final boolean printsTrace, xray;

    Phrases(String mode) {
        tongue = mode;
        xray = mode.equals("jul-simple") || mode.equals("logback-logstash") || mode.equals("log4j2-json-compact");
        printsTrace = !mode.startsWith("jul") && !mode.equals("logback-basic");
    }

    /** The trace id in the message itself, where the layout has no place for it. */
    private String tail(Map<String, Object> fact) {
        if (!tongue.equals("jul-simple") || LoanApi.trace == null) return "";
        fact.put("trace_id", LoanApi.trace);
        return " traceId=" + LoanApi.trace;
    }

    private void say(String level, String logger, String message, Throwable thrown, Map<String, Object> fact, Object... named) throws Exception {
        LoanApi.say(level, "com.example.loans." + logger, message, thrown, fact, named);
    }

    private boolean structured() { return tongue.equals("logback-logstash"); }

    void opening() throws Exception {
        say("info", "LoanApplication", "Starting LoanApplication v2.4.1", null, LoanApi.fact());
        say("debug", "config.PoolConfig", "pool size 10, connection timeout 2000", null, LoanApi.fact());
        say("info", "LoanApplication", "Listening on port 8080", null, LoanApi.fact());
    }

    void slow(String dep, long ms) throws Exception {
        Map<String, Object> f = LoanApi.fact("dependency", dep, "latency_ms", ms);
        switch (tongue) {
            case "logback-logstash": say("warn", "client.PartnerClient", "Slow downstream call", null, f, "dependency", dep, "elapsed_ms", ms, "threshold_ms", 50); break;
            case "logback-basic": say("warn", "client.PartnerClient", "call to " + dep + " took " + ms + "ms", null, f); break;
            case "log4j2-pattern": say("warn", "client.PartnerClient", "Slow call: dependency=" + dep + " elapsed=" + ms + "ms", null, f); break;
            default: say("warn", "client.PartnerClient", "Slow response from " + dep + ": " + ms + " ms" + tail(f), null, f);
        }
    }

    void retry(String dep, long ms) throws Exception {
        Map<String, Object> f = LoanApi.fact("dependency", dep, "latency_ms", ms, "alt", LoanApi.fact("status", new int[] {503}));
        if (structured()) say("warn", "client.PartnerClient", "Retrying downstream call", null, f, "dependency", dep, "elapsed_ms", ms, "attempt", 1);
        else say("warn", "client.PartnerClient", dep + " returned 503 after " + ms + " ms, attempt 1 of 2" + tail(f), null, f);
    }

    void open(String dep) throws Exception {
        Map<String, Object> f = LoanApi.fact("dependency", dep);
        if (structured()) say("error", "client.PartnerClient", "Circuit breaker is open", null, f, "dependency", dep);
        else say("error", "client.PartnerClient", "CircuitBreaker '" + dep + "' is OPEN and does not permit further calls" + tail(f), null, f);
    }

    void failed(String dep, long ms, Throwable e) throws Exception {
        Map<String, Object> f = LoanApi.fact("dependency", dep, "latency_ms", ms);
        if (structured()) say("error", "client.PartnerClient", "Downstream call failed", e, f, "dependency", dep, "elapsed_ms", ms);
        else if (tongue.equals("log4j2-pattern")) say("error", "client.PartnerClient", "Call failed: dependency=" + dep + " elapsed=" + ms + "ms", e, f);
        else say("error", "client.PartnerClient", "Call to " + dep + " failed after " + ms + " ms" + tail(f), e, f);
    }

    void crashed(JsonNode s, RuntimeException e) throws Exception {
        Map<String, Object> f = LoanApi.fact();
        if (e instanceof LoanApi.ApplicationNotFoundException) say("warn", "web.ErrorHandler", "Application not found" + tail(f), e, f);
        else say("error", "web.ErrorHandler", "Unhandled exception while handling the request" + tail(f), e, f);
    }

    void denied(String user) throws Exception {
        Map<String, Object> f = LoanApi.fact();
        if (structured()) say("warn", "auth.TokenService", "Authentication failed", null, f, "user_id", user);
        else say("warn", "auth.TokenService", "Authentication failed for " + user + ": bad credentials" + tail(f), null, f);
    }

    void invalid(int amount) throws Exception {
        Map<String, Object> f = LoanApi.fact();
        say("info", "web.ApplyController", "Rejected application: amount " + amount + " is above the limit" + tail(f), null, f);
    }

    void created(String loan, int amount) throws Exception {
        Map<String, Object> f = LoanApi.fact();
        if (structured()) say("info", "service.LoanService", "Loan application created", null, f, "loan_id", loan, "amount", amount);
        else say("info", "service.LoanService", "Created loan application " + loan + " over " + amount + " USD" + tail(f), null, f);
    }

    void done(JsonNode s) throws Exception {
        String method = s.get("method").asText(), path = s.get("path").asText(), target = s.get("target").asText();
        int status = s.get("status").asInt();
        long us = s.get("took_us").asLong(), ms = us / 1000;
        String level = status >= 500 ? "error" : "info";
        Map<String, Object> f = LoanApi.fact("kind", "request", "method", method, "path", path, "status", status, "latency_ms", ms);
        switch (tongue) {
            case "jul-simple": say(level, "web.AccessFilter", "Completed " + method + " " + target + " with status " + status + " in " + ms + " ms" + tail(f), null, f); break;
            case "jul-oneline": say(level, "web.AccessFilter", method + " " + target + " -> " + status + " (" + ms + " ms)", null, f); break;
            case "logback-logstash":
                f.put("latency_ms", us / 1000.0);
                say(level, "web.AccessFilter", "Request finished", null, f, "http_method", method, "request_uri", target, "http_status", status, "duration_ms", us / 1000.0, "client_ip", s.get("client").asText());
                break;
            case "logback-basic": say(level, "web.AccessFilter", method + " " + target + " " + status + " " + ms + "ms", null, f); break;
            case "log4j2-pattern": say(level, "web.AccessFilter", "method=" + method + " uri=" + target + " status=" + status + " elapsed=" + ms + "ms client=" + s.get("client").asText(), null, f); break;
            case "log4j2-json-pretty": say(level, "web.AccessFilter", method + " " + target + " responded " + status + " in " + ms + " ms", null, f); break;
            default: say(level, "web.AccessFilter", "HTTP " + method + " " + target + " => " + status + " took=" + ms + "ms", null, f);
        }
    }
}
