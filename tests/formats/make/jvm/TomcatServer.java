package com.example.loans;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.io.IOException;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.AccessLogValve;

/** Tomcat with its access log on stdout, as containers set it up. */
public class TomcatServer extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        try {
            response.setStatus(Client.answer());
            response.getWriter().println("{}");
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException("Request processing failed", e);
        }
    }

    public static void main(String[] args) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(new File("tomcat").getAbsolutePath());
        tomcat.setPort(8080);
        Context context = tomcat.addContext("", new File(".").getAbsolutePath());
        Tomcat.addServlet(context, "loanApi", new TomcatServer());
        context.addServletMappingDecoded("/", "loanApi");
        AccessLogValve log = new AccessLogValve() {
            @Override
            public void log(java.io.CharArrayWriter message) {
                System.out.println(message);
            }

            @Override
            protected synchronized void open() {}
        };
        log.setPattern("%h %l %u %t \"%r\" %s %b %D");
        tomcat.getHost().getPipeline().addValve(log);
        tomcat.getConnector();
        tomcat.start();
        Client.play(args[0], args[1], 0.001);
    }
}
