//! Lines of databases and brokers.

use super::check;

#[test]
fn logs_of_databases_and_brokers_are_read() {
    check(&[
        // PostgreSQL and Aurora, with several prefixes.
        (
            "2026-11-21 08:04:03.123 UTC [123] LOG:  database system is ready to accept connections",
            "PostgreSQL log: at=1795248243123 info msg=database system is ready to accept connections",
        ),
        (
            r#"2026-11-21 08:04:03.123 UTC [123] loans@loans ERROR:  relation "loan" does not exist at character 15"#,
            r#"PostgreSQL log: at=1795248243123 error msg=relation "loan" does not exist at character 15"#,
        ),
        (
            "2026-11-21 08:04:03.123 UTC [123] loans@loans STATEMENT:  SELECT * FROM loan",
            "PostgreSQL log: at=1795248243123 msg=SELECT * FROM loan",
        ),
        (
            "2026-11-21 08:04:03 UTC:10.0.1.2(43210):loans@loans:[123]:FATAL:  remaining connection slots are reserved",
            "PostgreSQL log: at=1795248243000 fatal msg=remaining connection slots are reserved",
        ),
        (
            "2026-11-21 08:04:03 UTC:10.0.1.2(43210):loans@loans:[123]:LOG:  duration: 1234.567 ms  execute <unnamed>: SELECT 1",
            "PostgreSQL log: at=1795248243000 info ms=1234.567 msg=duration: 1234.567 ms  execute <unnamed>: SELECT 1",
        ),
        (
            "2026-11-21 08:04:03.123 GMT [123]: [3-1] user=loans,db=loans,app=[unknown],client=10.0.0.1 57014 ERROR:  canceling statement due to statement timeout",
            "PostgreSQL log: at=1795248243123 error error=57014 msg=canceling statement due to statement timeout",
        ),
        (
            "2026-11-21 09:04:03.123 CET [123] WARNING:  there is no transaction in progress",
            "PostgreSQL log: at=1795248243123 warn msg=there is no transaction in progress",
        ),
        (
            r#"LOG:  listening on IPv4 address "0.0.0.0", port 5432"#,
            r#"PostgreSQL log: info msg=listening on IPv4 address "0.0.0.0", port 5432"#,
        ),
        (
            r#"2026-11-21 08:04:03.123 UTC,"app","loans",123,"10.0.0.1:5",65f,3,"SELECT",2026-11-21 08:04:00 UTC,3/5,0,ERROR,42P01,"relation ""loan"" does not exist",,,,,,"select 1",15,,"api""#,
            r#"PostgreSQL log: at=1795248243123 error error=42P01 msg=relation ""loan"" does not exist"#,
        ),
        (
            "2026-11-21 08:04:03.123 UTC [1] WARNING C-0x55d: loans/app@10.0.0.1:5 pooler error: query_wait_timeout",
            "PostgreSQL log: at=1795248243123 warn msg=C-0x55d: loans/app@10.0.0.1:5 pooler error: query_wait_timeout",
        ),
        // MySQL 8, 5.7, MariaDB, the slow query log.
        (
            "# Time: 2026-11-21T08:04:03.123456Z\n# User@Host: app[app] @  [10.0.0.1]\n# Query_time: 1.5  Lock_time: 0.000003 Rows_sent: 1\nSELECT 1;",
            "MySQL error log: at=1795248243123 ms=1500 msg=SELECT 1;",
        ),
        (
            "2026-11-21T08:04:03.123456Z 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections.",
            "MySQL error log: at=1795248243123 info msg=/usr/sbin/mysqld: ready for connections.",
        ),
        (
            "2026-11-21T08:04:03.123456Z 9 [ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11",
            "MySQL error log: at=1795248243123 error error=MY-012574 msg=Unable to lock ./ibdata1 error: 11",
        ),
        (
            "2026-11-21T08:04:03.123456Z 12 [Warning] Aborted connection 12 to db: 'loans'",
            "MySQL error log: at=1795248243123 warn msg=Aborted connection 12 to db: 'loans'",
        ),
        (
            "2026-11-21  8:04:03 0 [Note] mariadbd: ready for connections.",
            "MySQL error log: at=1795248243000 info msg=mariadbd: ready for connections.",
        ),
        // Redis and Valkey.
        (
            "1:M 21 Nov 2026 08:04:03.123 * Ready to accept connections tcp",
            "Redis log: at=1795248243123 info msg=Ready to accept connections tcp",
        ),
        (
            "1:C 21 Nov 2026 08:04:03.123 # WARNING Memory overcommit must be enabled!",
            "Redis log: at=1795248243123 warn msg=WARNING Memory overcommit must be enabled!",
        ),
        (
            "7:S 21 Nov 2026 08:04:03.123 - DB 0: 1 keys",
            "Redis log: at=1795248243123 debug msg=DB 0: 1 keys",
        ),
        // RabbitMQ, Kafka.
        (
            "2026-11-21 08:04:03.123456+00:00 [warning] <0.230.0> closing AMQP connection",
            "RabbitMQ log: at=1795248243123 warn msg=closing AMQP connection",
        ),
        (
            "[2026-11-21 08:04:03,123] ERROR [KafkaServer id=0] Fatal error during startup (kafka.server.KafkaServer)",
            "Kafka log: at=1795248243123 error msg=[KafkaServer id=0] Fatal error during startup",
        ),
        (
            "[2026-11-21T08:04:03,123][WARN ][o.e.c.c.ClusterBootstrapService] [node-1] this node is locked",
            "Elasticsearch log: at=1795248243123 warn msg=this node is locked",
        ),
        (
            "[1] 2026/11/21 08:04:03.123456 [ERR] Address already in use",
            "NATS log: at=1795248243123 error msg=Address already in use",
        ),
        // What is none.
        ("ERROR:    nothing", "text layout: error msg=nothing"),
        ("1:2 21 Nov", "text: msg=1:2 21 Nov"),
    ]);
}
