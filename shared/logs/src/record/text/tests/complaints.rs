//! Error logs of web servers.

use super::check;

#[test]
fn error_logs_of_web_servers_are_read() {
    check(&[
        (
            r#"2026/11/21 08:04:03 [error] 7#7: *12 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 203.0.113.74, server: api, request: "POST /loan/apply HTTP/1.1", upstream: "http://127.0.0.1:9000/loan/apply", host: "api""#,
            r#"nginx error log: at=1795248243000 error method=POST path=/loan/apply msg=upstream timed out (110: Connection timed out) while reading response header from upstream, client: 203.0.113.74, server: api, request: "POST /loan/apply HTTP/1.1", upstream: "http://127.0.0.1:9000/loan/apply", host: "api""#,
        ),
        (
            "2026/11/21 08:04:03 [notice] 1#1: nginx/1.22.1",
            "nginx error log: at=1795248243000 info msg=nginx/1.22.1",
        ),
        (
            "2026/11/21 08:04:03 [emerg] 1#1: bind() to 0.0.0.0:80 failed (98: Address already in use)",
            "nginx error log: at=1795248243000 fatal msg=bind() to 0.0.0.0:80 failed (98: Address already in use)",
        ),
        (
            "[Sat Nov 21 08:04:03.123456 2026] [proxy:error] [pid 12:tid 34] (111)Connection refused: AH00957: HTTP: attempt to connect to 127.0.0.1:9000 failed",
            "Apache error log: at=1795248243123 error msg=(111)Connection refused: AH00957: HTTP: attempt to connect to 127.0.0.1:9000 failed",
        ),
        (
            "[Sat Nov 21 08:04:03.123456 2026] [mpm_event:notice] [pid 46:tid 46] AH00489: Apache/2.4.62 (Debian) configured",
            "Apache error log: at=1795248243123 info msg=AH00489: Apache/2.4.62 (Debian) configured",
        ),
        (
            "[Sat Nov 21 08:04:03 2026] [error] [client 203.0.113.9] File does not exist: /var/www/x",
            "Apache error log: at=1795248243000 error msg=[client 203.0.113.9] File does not exist: /var/www/x",
        ),
        (
            "[Sat Nov 21 08:04:03.123456 2026] [core:trace3] [pid 46] request.c(304): x",
            "Apache error log: at=1795248243123 trace msg=request.c(304): x",
        ),
        (
            "2026-11-21 08:04:03: (server.c.1704) server started (lighttpd/1.4.69)",
            "lighttpd error log: at=1795248243000 msg=server started (lighttpd/1.4.69)",
        ),
        (
            "2026-11-21 08:04:03.285:INFO:oejs.Server:main: Started @930ms",
            "Jetty log: at=1795248243285 info msg=Started @930ms",
        ),
        (
            "21-Nov-2026 08:04:03.568 SEVERE [http-nio-8080-exec-8] org.apache.catalina.core.StandardWrapperValve.invoke Servlet.service() for servlet [api] threw exception",
            "Tomcat log: at=1795248243568 error msg=Servlet.service() for servlet [api] threw exception",
        ),
        (
            "[21-Nov-2026 08:04:03 UTC] PHP Fatal error:  Uncaught RuntimeException: no score in /app/a.php:3",
            "PHP log: at=1795248243000 fatal error=RuntimeException msg=Uncaught RuntimeException: no score in /app/a.php:3",
        ),
        (
            "[21-Nov-2026 08:04:03] NOTICE: fpm is running, pid 1",
            "PHP log: at=1795248243000 info msg=fpm is running, pid 1",
        ),
        (
            r#"[21-Nov-2026 08:04:03.123456] WARNING: [pool www] child 12 said into stderr: "x""#,
            r#"PHP log: at=1795248243123 warn msg=[pool www] child 12 said into stderr: "x""#,
        ),
        (
            "[Sat Nov 21 08:04:03 2026] 127.0.0.1:44846 Accepted",
            "PHP log: at=1795248243000 msg=127.0.0.1:44846 Accepted",
        ),
        (
            "[Sat Nov 21 08:04:03 2026] PHP Fatal error:  Uncaught TypeError: no score",
            "PHP log: at=1795248243000 fatal error=TypeError msg=Uncaught TypeError: no score",
        ),
        (
            "[Sat Nov 21 08:04:03 2026] Out of memory: Killed process 7 (java)",
            "text layout: at=1795248243000 msg=Out of memory: Killed process 7 (java)",
        ),
        (
            "[Sat Nov 21 08:04:03 2026] [warning] scoring responded in 621ms",
            "text layout: at=1795248243000 warn ms=621 dep=scoring msg=scoring responded in 621ms",
        ),
        // What is none.
        (
            "2026/11/21 08:04:03 listening on :8080",
            "text layout: at=1795248243000 msg=listening on :8080",
        ),
    ]);
}
