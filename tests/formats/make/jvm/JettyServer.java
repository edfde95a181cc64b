package com.example.loans;

import java.io.IOException;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.CustomRequestLog;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.AbstractHandler;

/** Jetty with its own StdErrLog and the extended NCSA request log on stdout. */
public class JettyServer extends AbstractHandler {
    @Override
    public void handle(String target, Request base, HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
        try {
            response.setStatus(Client.answer());
            base.setHandled(true);
            response.getWriter().println("{}");
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException("Request processing failed", e);
        }
    }

    public static void main(String[] args) throws Exception {
        Server server = new Server(8080);
        server.setHandler(new JettyServer());
        server.setRequestLog(new CustomRequestLog(System.out::println, CustomRequestLog.EXTENDED_NCSA_FORMAT + " %{ms}T"));
        server.start();
        Client.play(args[0], args[1], 1);
    }
}
