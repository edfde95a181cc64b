//! Lines of AWS: load balancers, CloudFront, S3, API Gateway, flow logs, Lambda.

use super::check;

#[test]
fn lines_of_aws_are_read() {
    check(&[
        // ALB: HTTP/2 with a connection trace, a failure, a Lambda target, the oldest version, a malformed request.
        (
            r#"h2 2026-11-21T08:04:03.123456Z app/loan-alb/50dc6c495c0c9188 198.51.100.35:19423 10.0.11.140:8080 0.001 0.106 0.001 201 201 287 157 "POST https://api.example.com:443/loan/apply?a=b HTTP/2.0" "axios/1.7.7" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/loan-api/73e2 "Root=1-67141fdd-13855201d3b1e483baa1406a" "api.example.com" "arn:aws:acm:us-east-1:1:certificate/1" 0 2026-11-21T08:04:03.000000Z "forward" "-" "-" "10.0.11.140:8080" "201" "-" "-" TID_1234"#,
            "ALB access log: access at=1795248243123 method=POST path=https://api.example.com:443/loan/apply?a=b status=201 ms=108 trace=1-67141fdd-13855201d3b1e483baa1406a",
        ),
        (
            r#"https 2026-11-21T08:04:03.123456Z app/loan-alb/50 [2001:db8::1]:19423 10.0.11.140:8080 0.000 -1 -1 504 - 287 157 "GET https://api.example.com:443/ HTTP/1.1" "x" - - arn:aws:tg "Root=1-67141fdd-13855201d3b1e483baa1406a" "-" "-" 0 2026-11-21T08:04:03.000000Z "forward" "-" "-" "-" "-" "-" "-""#,
            "ALB access log: access at=1795248243123 method=GET path=https://api.example.com:443/ status=504 trace=1-67141fdd-13855201d3b1e483baa1406a",
        ),
        (
            r#"http 2026-11-21T08:04:03.123456Z app/loan-alb/50 198.51.100.35:1 - -1 -1 -1 502 - 287 157 "GET http://api.example.com:80/ HTTP/1.1" "x" - - arn:aws:tg "Root=1-67141fdd-13855201d3b1e483baa1406a" "-" "-" 0 2026-11-21T08:04:03.000000Z "forward" "-" "LambdaInvalidResponse" "-" "-" "-" "-""#,
            "ALB access log: access at=1795248243123 method=GET path=http://api.example.com:80/ status=502 trace=1-67141fdd-13855201d3b1e483baa1406a error=LambdaInvalidResponse",
        ),
        (
            r#"http 2026-11-21T08:04:03.123456Z app/loan-alb/50 198.51.100.35:1 10.0.0.1:80 0.000 0.005 0.000 200 200 34 366 "GET http://api.example.com:80/x HTTP/1.1" "curl/7.46.0" - - arn:aws:tg "Root=1-67141fdd-13855201d3b1e483baa1406a""#,
            "ALB access log: access at=1795248243123 method=GET path=http://api.example.com:80/x status=200 ms=5 trace=1-67141fdd-13855201d3b1e483baa1406a",
        ),
        (
            r#"http 2026-11-21T08:04:03.123456Z app/loan-alb/50 198.51.100.35:1 - -1 -1 -1 400 - 0 0 "- http://alb:80- -" "-" - - - "-" "-" "-" - 2026-11-21T08:04:03.000000Z "-" "-" "-" "-" "-" "-" "-""#,
            "ALB access log: access at=1795248243123 status=400",
        ),
        // Classic ELB.
        (
            r#"2026-11-21T08:04:03.123456Z loan-elb 198.51.100.35:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -"#,
            "ELB access log: access at=1795248243123 method=GET path=http://www.example.com:80/ status=200 ms=1.178",
        ),
        (
            r#"2026-11-21T08:04:03.123456Z loan-elb 198.51.100.35:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" - -"#,
            "ELB access log: access at=1795248243123 ms=1.138",
        ),
        // CloudFront, S3, API Gateway's CSV, IIS, flow logs.
        (
            "2026-11-21\t08:04:03\tSFO5-C1\t2390\t203.0.113.9\tGET\td1.cloudfront.net\t/view/my/file.html\t200\t-\tMozilla/5.0\ta=b\t-\tHit\tSOX4==\td1.cloudfront.net\thttps\t23\t0.012\t-\tTLSv1.2",
            "CloudFront access log: access at=1795248243000 method=GET path=/view/my/file.html status=200 ms=12",
        ),
        (
            r#"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket [21/Nov/2026:08:04:03 +0000] 192.0.2.3 - 3E57427F REST.GET.OBJECT a.txt "GET /bucket/a.txt HTTP/1.1" 404 NoSuchKey 113 - 7 - "-" "S3Console/0.4" -"#,
            "S3 access log: access at=1795248243000 method=GET path=/bucket/a.txt status=404 ms=7 error=NoSuchKey",
        ),
        (
            "203.0.113.1,-,-,21/Nov/2026:08:04:03 +0000,GET,/loan/apply,HTTP/1.1,200,67,c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "API Gateway CSV: access at=1795248243000 method=GET path=/loan/apply status=200",
        ),
        (
            "2026-11-21 08:04:03 10.0.0.1 GET /loan/apply a=b 443 - 203.0.113.9 Mozilla/5.0+(x) - 500 0 64 1234",
            "IIS access log: access at=1795248243000 method=GET path=/loan/apply status=500 ms=1234",
        ),
        (
            "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
            "VPC flow log: msg=2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
        ),
        // Lambda's platform.
        (
            "START RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48 Version: $LATEST",
            "Lambda platform: msg=START RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48 Version: $LATEST",
        ),
        (
            "END RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48",
            "Lambda platform: msg=END RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48",
        ),
        (
            "REPORT RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tDuration: 49.13 ms\tBilled Duration: 50 ms\tMemory Size: 512 MB\tMax Memory Used: 87 MB\tInit Duration: 686.16 ms\t",
            "Lambda platform: ms=49.13 msg=REPORT RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tDuration: 49.13 ms\tBilled Duration: 50 ms\tMemory Size: 512 MB\tMax Memory Used: 87 MB\tInit Duration: 686.16 ms",
        ),
        (
            "REPORT RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 512 MB\tMax Memory Used: 87 MB\tStatus: error\tError Type: Runtime.ExitError\tXRAY TraceId: 1-67141fdd-13855201d3b1e483baa1406a\tSegmentId: ee85\tSampled: true",
            "Lambda platform: ms=3000 trace=1-67141fdd-13855201d3b1e483baa1406a error=Runtime.ExitError msg=REPORT RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 512 MB\tMax Memory Used: 87 MB\tStatus: error\tError Type: Runtime.ExitError\tXRAY TraceId: 1-67141fdd-13855201d3b1e483baa1406a\tSegmentId: ee85\tSampled: true",
        ),
        (
            "XRAY TraceId: 1-67141fdd-13855201d3b1e483baa1406a\tSegmentId: ee85d550db54858b\tSampled: true\t",
            "Lambda platform: trace=1-67141fdd-13855201d3b1e483baa1406a msg=XRAY TraceId: 1-67141fdd-13855201d3b1e483baa1406a\tSegmentId: ee85d550db54858b\tSampled: true",
        ),
        (
            "INIT_START Runtime Version: python:3.11.v52\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:1c4b",
            "Lambda platform: msg=INIT_START Runtime Version: python:3.11.v52\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:1c4b",
        ),
        (
            "INIT_REPORT Init Duration: 9999.31 ms\tPhase: init\tStatus: timeout",
            "Lambda platform: ms=9999.31 msg=INIT_REPORT Init Duration: 9999.31 ms\tPhase: init\tStatus: timeout",
        ),
        (
            "EXTENSION\tName: otel\tState: Ready\tEvents: [INVOKE, SHUTDOWN]",
            "Lambda platform: msg=EXTENSION\tName: otel\tState: Ready\tEvents: [INVOKE, SHUTDOWN]",
        ),
        (
            "2026-11-21T08:04:03.123Z 2b57b54f-05fa-4c58-a83e-395b8e9a0d48 Task timed out after 3.00 seconds",
            "Lambda platform: at=1795248243123 ms=3000 msg=Task timed out after 3.00 seconds",
        ),
        (
            "RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48 Error: Runtime exited with error: signal: killed",
            "Lambda platform: msg=RequestId: 2b57b54f-05fa-4c58-a83e-395b8e9a0d48 Error: Runtime exited with error: signal: killed",
        ),
        // Lambda's runtimes.
        (
            "2026-11-21T08:04:03.123Z\t2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tINFO\tloan created",
            "Lambda platform: at=1795248243123 info msg=loan created",
        ),
        (
            "2026-11-21T08:04:03.123Z\tundefined\tWARN\tcold",
            "Lambda platform: at=1795248243123 warn msg=cold",
        ),
        (
            "2026-11-21T08:04:03.123Z\t2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tINFO\t{\"level\":\"warn\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200,\"message\":\"done\"}",
            "JSON: at=1795248243123 warn method=GET path=/a status=200 msg=done",
        ),
        (
            "2026-11-21T08:04:03.123Z\t2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"no score\",\"stack\":[\"TypeError: no score\"]}",
            "Lambda platform: at=1795248243123 error error=TypeError msg=Invoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"no score\",\"stack\":[\"TypeError: no score\"]}",
        ),
        (
            "[ERROR]\t2026-11-21T08:04:03.5Z\t2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tno loan",
            "Lambda platform: at=1795248243005 error msg=no loan",
        ),
        (
            "[INFO]\t2026-11-21T08:04:03.123Z\t2b57b54f-05fa-4c58-a83e-395b8e9a0d48\tloan created",
            "Lambda platform: at=1795248243123 info msg=loan created",
        ),
        // What is none.
        ("START of the day", "text: msg=START of the day"),
        ("REPORT on loans", "text: msg=REPORT on loans"),
        ("END", "text: msg=END"),
    ]);
}
