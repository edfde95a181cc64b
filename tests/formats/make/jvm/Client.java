package com.example.loans;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileWriter;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Asks an embedded server for the story's requests, one after the other, and tells what it asked and got. */
class Client {
    static volatile JsonNode now;

    /** The servlet's part of the story: the answer's status, or an exception for the server to report. */
    static int answer() throws Exception {
        JsonNode s = now;
        Thread.sleep(Math.min(s.get("took_us").asLong() / 1000, 250));
        String trouble = s.get("trouble").asText("");
        if (trouble.equals("crash")) throw new IllegalStateException("score band table is empty");
        if (trouble.equals("timeout")) throw new javax.naming.TimeLimitExceededException(s.get("dep").asText() + " did not answer within " + s.get("call_ms").asInt() + " ms");
        return s.get("status").asInt();
    }

    static void play(String story, String told, double unitMs) throws Exception {
        ObjectMapper json = new ObjectMapper();
        try (FileWriter out = new FileWriter(told)) {
            for (String line : Files.readAllLines(Path.of(story))) {
                JsonNode s = now = json.readTree(line);
                HttpURLConnection c = (HttpURLConnection) new URL("http://127.0.0.1:8080" + s.get("target").asText()).openConnection();
                c.setRequestMethod(s.get("method").asText());
                c.setRequestProperty("User-Agent", s.get("agent").asText());
                c.setRequestProperty("Connection", "close");
                if (s.get("method").asText().equals("POST")) {
                    c.setDoOutput(true);
                    c.getOutputStream().write("{}".getBytes());
                }
                long began = System.nanoTime();
                int status = c.getResponseCode();
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("kind", "request");
                row.put("method", s.get("method").asText());
                row.put("path", s.get("path").asText());
                row.put("status", status);
                row.put("seen_ms", (System.nanoTime() - began) / 1e6);
                row.put("unit_ms", unitMs);
                out.write(json.writeValueAsString(row) + "\n");
                out.flush();
                Thread.sleep(40);
            }
        }
        System.exit(0);
    }
}
