package com.example.loans;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plays the loan story through a real logger and tells, record by record, what it gave to it: `LoanApi VOICE STORY TOLD`. */
public class LoanApi {
    interface Voice {
        void say(String level, String logger, String message, Throwable thrown, Object... named);
        default void context(JsonNode step) {}
    }

    static final ObjectMapper JSON = new ObjectMapper();
    static FileWriter told;
    static Voice voice;
    static String mode;
    /** Whether the logger prints the trace of the current request beside every message. */
    static boolean printsTrace;
    static String trace;

    static class UpstreamUnavailableException extends RuntimeException {
        UpstreamUnavailableException(String message, Throwable cause) { super(message, cause); }
    }

    static class UpstreamTimeoutException extends RuntimeException {
        UpstreamTimeoutException(String message, Throwable cause) { super(message, cause); }
    }

    static class ApplicationNotFoundException extends RuntimeException {
        ApplicationNotFoundException(String message) { super(message); }
    }

    static Map<String, Object> fact(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) map.put((String) pairs[i], pairs[i + 1]);
        return map;
    }

    static void say(String level, String logger, String message, Throwable thrown, Map<String, Object> fact, Object... named) throws Exception {
        voice.say(level, logger, message, thrown, named);
        Map<String, Object> row = fact("level", level, "message", message);
        if (trace != null && printsTrace) row.put("trace_id", trace);
        if (thrown != null) {
            row.put("error_type", thrown.getClass().getName());
            List<String> causes = new ArrayList<>();
            for (Throwable c = thrown.getCause(); c != null; c = c.getCause()) causes.add(c.getClass().getName());
            if (!causes.isEmpty()) row.put("alt", fact("error_type", causes));
        }
        row.putAll(fact);
        told.write(JSON.writeValueAsString(row) + "\n");
        told.flush();
        Thread.sleep(3);
    }

    static void call(String host, int port, int timeout) throws Exception {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1}), port), 1000);
            socket.setSoTimeout(timeout);
            socket.getInputStream().read();
        }
    }

    static class Bands {
        List<String> names;
        String top() { return names.get(0); }
    }

    public static void main(String[] args) throws Exception {
        mode = args[0];
        told = new FileWriter(args[2]);
        Class<?> v = Class.forName("com.example.loans.Voices$" + mode.replace("-", "_"));
        voice = (Voice) v.getDeclaredConstructor().newInstance();
        Phrases phrases = new Phrases(mode);
        printsTrace = phrases.printsTrace;
        phrases.opening();
        ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        for (String line : Files.readAllLines(Path.of(args[1]))) {
            JsonNode s = JSON.readTree(line);
            int n = s.get("n").asInt();
            Thread.currentThread().setName("http-nio-8080-exec-" + (n % 10 + 1));
            trace = s.get("path").asText().equals("/health") ? null : phrases.xray ? s.get("xray").asText() : s.get("w3c").asText();
            voice.context(trace == null ? null : s);
            String trouble = s.get("trouble").asText("null"), dep = s.get("dep").asText();
            long began = System.nanoTime();
            try {
                switch (trouble) {
                    case "refused": call(dep + ".loans.internal", 9009, 100); break;
                    case "timeout":
                        if (dep.equals("aurora")) {
                            Thread.sleep(s.get("call_ms").asInt() / 8);
                            throw new SQLTransientConnectionException("LoanPool - Connection is not available, request timed out after " + (System.nanoTime() - began) / 1000000 + "ms.");
                        }
                        call(dep + ".loans.internal", silent.getLocalPort(), s.get("call_ms").asInt() / 8);
                        break;
                    case "slow": case "retry": Thread.sleep(s.get("call_ms").asInt() / 8); break;
                    default:
                }
                long ms = (System.nanoTime() - began) / 1000000;
                if (trouble.equals("slow")) phrases.slow(dep, ms);
                if (trouble.equals("retry")) phrases.retry(dep, ms);
                if (trouble.equals("open")) phrases.open(dep);
                if (trouble.equals("denied")) phrases.denied(s.get("user").asText());
                if (trouble.equals("invalid")) phrases.invalid(s.get("amount").asInt());
                if (trouble.equals("missing")) throw new ApplicationNotFoundException("Loan application " + s.get("loan").asText() + " does not exist");
                if (trouble.equals("crash")) new Bands().top();
                if (s.get("status").asInt() == 201) phrases.created(s.get("loan").asText(), s.get("amount").asInt());
            } catch (java.net.SocketTimeoutException | SQLTransientConnectionException e) {
                phrases.failed(dep, (System.nanoTime() - began) / 1000000, new UpstreamTimeoutException(dep + " did not answer in time", e));
            } catch (java.net.ConnectException e) {
                phrases.failed(dep, (System.nanoTime() - began) / 1000000, new UpstreamUnavailableException(dep + " is unavailable", e));
            } catch (RuntimeException e) {
                phrases.crashed(s, e);
            }
            phrases.done(s);
            Thread.sleep(s.get("gap_ms").asInt() / 40);
        }
        System.exit(0);
    }
}
