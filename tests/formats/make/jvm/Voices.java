package com.example.loans;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.apache.logging.log4j.ThreadContext;
import org.slf4j.MDC;
import static net.logstash.logback.argument.StructuredArguments.kv;

/** The real loggers behind one door each; their configuration comes from the command line (see record.py). */
class Voices {
    static class Jul implements LoanApi.Voice {
        static final Map<String, Level> LEVELS = Map.of("debug", Level.FINE, "info", Level.INFO, "warn", Level.WARNING, "error", Level.SEVERE);

        public void say(String level, String logger, String message, Throwable thrown, Object... named) {
            java.util.logging.Logger.getLogger(logger).logp(LEVELS.get(level), logger, "handle", message, thrown);
        }
    }

    static class jul_simple extends Jul {}

    static class jul_oneline extends Jul {}

    static class Logback implements LoanApi.Voice {
        public void say(String level, String logger, String message, Throwable thrown, Object... named) {
            List<Object> args = new ArrayList<>();
            for (int i = 0; i < named.length; i += 2) args.add(kv((String) named[i], named[i + 1]));
            if (thrown != null) args.add(thrown);
            org.slf4j.Logger log = org.slf4j.LoggerFactory.getLogger(logger);
            switch (level) {
                case "debug": log.debug(message, args.toArray()); break;
                case "info": log.info(message, args.toArray()); break;
                case "warn": log.warn(message, args.toArray()); break;
                default: log.error(message, args.toArray());
            }
        }

        public void context(JsonNode step) {
            MDC.clear();
            if (step != null && LoanApi.printsTrace) {
                boolean xray = LoanApi.mode.equals("logback-logstash");
                MDC.put(xray ? "xray_trace_id" : "traceId", LoanApi.trace);
                if (xray) MDC.put("request_id", step.get("request_id").asText());
                else MDC.put("spanId", step.get("span").asText());
            }
        }
    }

    static class logback_basic extends Logback {}

    static class logback_sleuth extends Logback {}

    static class logback_logstash extends Logback {}

    static class Log4j implements LoanApi.Voice {
        public void say(String level, String logger, String message, Throwable thrown, Object... named) {
            org.apache.logging.log4j.LogManager.getLogger(logger).log(org.apache.logging.log4j.Level.valueOf(level), message, thrown);
        }

        public void context(JsonNode step) {
            ThreadContext.clearAll();
            if (step != null) {
                ThreadContext.put(LoanApi.mode.equals("log4j2-json-compact") ? "AWS-XRAY-TRACE-ID" : "trace_id", LoanApi.trace);
                if (!LoanApi.mode.equals("log4j2-json-compact")) ThreadContext.put("span_id", step.get("span").asText());
            }
        }
    }

    static class log4j2_pattern extends Log4j {}

    static class log4j2_json_pretty extends Log4j {}

    static class log4j2_json_compact extends Log4j {}
}
