//! Lines in wrappers: CRI, syslog, the kernel.

use super::check;

#[test]
fn wrappers_are_taken_off() {
    check(&[
        (
            "2026-11-21T08:04:03.123456789Z stdout F plain words",
            "CRI: at=1795248243123 msg=plain words",
        ),
        (
            r#"2026-11-21T08:04:03.123456789Z stderr F {"level":"error","msg":"boom","time":"2026-11-21T08:04:02Z"}"#,
            "JSON: at=1795248242000 error msg=boom",
        ),
        (
            r#"2026-11-21T08:04:03.123456789Z stdout F 203.0.113.9 - - [21/Nov/2026:08:04:01 +0000] "GET / HTTP/1.1" 200 5"#,
            "access log: access at=1795248241000 method=GET path=/ status=200",
        ),
        (
            "2026-11-21T08:04:03.123456789Z stdout F 2026-11-21T08:04:02.123456789Z stdout F twice",
            "CRI: at=1795248242123 msg=twice",
        ),
        (
            "<34>Nov 21 08:04:03 web1 su: 'su root' failed for lonvick on /dev/pts/8",
            "syslog: fatal msg='su root' failed for lonvick on /dev/pts/8",
        ),
        (
            r#"<30>Nov 21 08:04:03 3ba5b73b8243[812]: {"level":"warn","msg":"slow"}"#,
            "JSON: warn msg=slow",
        ),
        (
            r#"<165>1 2026-11-21T08:04:03.003Z web1 loans 12 ID47 [ex@1 a="b]c" d="e"][y@2 z="1"] An application event"#,
            "syslog: at=1795248243003 info msg=An application event",
        ),
        (
            "<11>1 2026-11-21T08:04:03Z web1 loans - - - method=GET path=/a status=500",
            "logfmt: at=1795248243000 error method=GET path=/a status=500",
        ),
        (
            "Nov 21 08:04:03 web1 systemd[1]: Started Loans API.",
            "syslog: msg=Started Loans API.",
        ),
        (
            "Nov  1 08:04:03 web1 kernel: [12345.678901] Out of memory: Killed process 7 (java) total-vm:8388608kB",
            "kernel log: msg=Out of memory: Killed process 7 (java) total-vm:8388608kB",
        ),
        (
            "2026-11-21T08:04:03.123456+00:00 web1 sshd[99]: Accepted publickey for ec2-user",
            "syslog: at=1795248243123 msg=Accepted publickey for ec2-user",
        ),
        (
            "[12345.678901] Out of memory: Killed process 7 (java) total-vm:8388608kB",
            "kernel log: msg=Out of memory: Killed process 7 (java) total-vm:8388608kB",
        ),
        // What is none.
        ("Nov 21 was a Saturday", "text: msg=Nov 21 was a Saturday"),
        ("<b>bold</b>", "text: msg=<b>bold</b>"),
        ("<999>1 x", "text: msg=<999>1 x"),
    ]);
}
