//! The table of names: which keys carry which field, in the conventions of the common loggers, servers and standards.
//!
//! A name is written as its words; case and the marks between words do not count, so `http.status_code` stands for
//! `http_status_code`, `httpStatusCode` and `HttpStatus-Code` alike. A dot also says that the name may be nested there:
//! `{"http":{"status_code":200}}`. `docs/formats.md` shows this table; a test compares the two.

use super::Field::{
    CallLatency, Called, Code, Dependency, ErrorCode, ErrorText, ErrorType, Inside, Latency, Level,
    Logger, Message, Method, Moment, MomentOr, OneOf, Path, PlatformType, RequestLine, Route,
    Service, Stack, Status, Timestamp, TraceId,
};
use super::Part::{Nanos as NanoPart, Seconds as SecondPart};
use super::Scale::{Letter, OpenTelemetry, Python, Syslog};
use super::Unit::{Micros, Millis, Nanos, Seconds, Unsaid};
use super::{Field, Opens, Sign, Unit};

/// Names of one field. Where several stand in one record, the one with the lowest rank gives the value.
#[derive(Debug)]
pub struct Row {
    /// What a value under these names is.
    pub field: Field,
    /// From 0 on; of equal ranks the first in the record is taken.
    pub rank: u8,
    /// The names, parted by blanks.
    pub names: &'static str,
}

const fn row(field: Field, rank: u8, names: &'static str) -> Row {
    Row { field, rank, names }
}

/// All names but those made of [`TIMES`] and [`CALLED`].
pub const ROWS: &[Row] = &[
    row(
        Timestamp,
        0,
        "@timestamp timestamp time ts @t asctime datetime event_time log_time time_iso8601 \
         timestamp_ms timestamp_ns ts_ms epoch_ms time.timestamp timestamp_utc",
    ),
    row(
        Timestamp,
        1,
        "time_unix_nano time_local msec request_time_epoch start_time start_utc started_at \
         source_realtime_timestamp realtime_timestamp event_timestamp local_time datetime.date \
         t.$date t time.repr",
    ),
    row(
        Timestamp,
        4,
        "observed_time_unix_nano observed_timestamp start_local date created",
    ),
    row(
        Moment(SecondPart),
        2,
        "timestamp.seconds time.seconds instant.epoch_second",
    ),
    row(
        Moment(NanoPart),
        2,
        "timestamp.nanos time.nanos instant.nano_of_second",
    ),
    row(
        Level,
        0,
        "level lvl levelname severity severity_text log.level @level @l level_str level.level_str \
         error_severity",
    ),
    row(OneOf(OpenTelemetry), 3, "severity_number"),
    row(OneOf(Python), 3, "levelno level_number"),
    row(
        OneOf(Syslog),
        3,
        "priority syslog_severity log.syslog.severity.code syslog.severity.code",
    ),
    row(OneOf(Letter), 5, "s"),
    row(Message, 0, "msg"),
    row(Message, 1, "message @message @m rendered_message"),
    row(
        Message,
        2,
        "event short_message body body.string_value text_payload log_message",
    ),
    row(Message, 3, "@mt message_template"),
    row(Message, 6, "full_message"),
    row(
        Message,
        50,
        "error.message exception.message exception_value text error.msg",
    ),
    row(Message, 52, "panic"),
    row(PlatformType, 60, "type"),
    row(
        Service,
        0,
        "service service.name dd.service service_context.service",
    ),
    row(Service, 2, "application application_name app app_name"),
    row(
        Method,
        0,
        "method verb http.method http.request.method request.method http_verb cs_method \
         request.http_method request.request_method http.request_info.method",
    ),
    row(
        Path,
        0,
        "path url.path http.path http.target request.path request.uri request.url request.target \
         uri http.request.uri http.uri http.request.path http.request.target request.url.path \
         uri_path cs_uri_stem http.url_details.path path_info request.raw_path \
         request.request_path raw_path",
    ),
    row(
        Path,
        1,
        "url http.url http.request.url request.request_url original_url request.original_url",
    ),
    row(
        Path,
        3,
        "url.original url.full request.url.raw request.url.full full_path endpoint",
    ),
    row(
        RequestLine,
        4,
        "request request_line http_request first_line request_first_line",
    ),
    row(
        Route,
        0,
        "route http.route request.route request.route.path route_template route_pattern \
         resource_path route_key url.template endpoint_template matched_path matched_route \
         path_template route_path url_rule uri_template request.matched_path http.route_pattern",
    ),
    row(
        Status,
        0,
        "status status_code http.status http.status_code http.response.status_code \
         http.response.status response.status response.status_code response_code http_code \
         downstream_status sc_status request.status http.response.code",
    ),
    row(Status, 3, "origin_status response_http_status"),
    row(MomentOr(Seconds), 2, "request_time"),
    row(MomentOr(Millis), 2, "time_ms time_millis total_ms"),
    row(
        Latency(Seconds),
        1,
        "http.server.request.duration http.client.request.duration",
    ),
    row(
        Latency(Millis),
        1,
        "http.server.duration http.client.duration",
    ),
    row(Latency(Nanos), 1, "event.duration"),
    row(
        Latency(Millis),
        1,
        "latencies.request metrics.duration_ms attr.duration_millis",
    ),
    row(Latency(Millis), 7, "ms"),
    row(CallLatency(Seconds), 2, "upstream_response_time"),
    row(
        CallLatency(Millis),
        1,
        "upstream_service_time integration_latency",
    ),
    row(CallLatency(Nanos), 1, "origin_duration"),
    row(
        TraceId,
        0,
        "xray_trace_id x_amzn_trace_id headers.x_amzn_trace_id aws.xray.trace_id amzn_trace_id \
         tracing.value http_x_amzn_trace_id request_x_amzn_trace_id",
    ),
    row(
        TraceId,
        1,
        "trace.id dd.trace_id otel_trace_id @tr trace.trace_id trace_context.trace_id \
         tracing.trace_id opentelemetry.trace_id logging.googleapis.com/trace span.trace_id \
         span_context.trace_id",
    ),
    row(
        TraceId,
        2,
        "traceparent headers.traceparent x_b3_traceid headers.x_b3_traceid b3 headers.b3 \
         x_cloud_trace_context headers.x_cloud_trace_context sentry_trace headers.sentry_trace \
         uber_trace_id http_traceparent request_traceparent headers.uber_trace_id trace",
    ),
    row(
        ErrorType,
        0,
        "error.type exception.type exc_type exception.exception_type exception.exc_type \
         stack_trace.type",
    ),
    row(
        ErrorType,
        1,
        "error.class exception.class exception.exception_class error_class_name",
    ),
    row(
        ErrorType,
        2,
        "error.kind error.name exception.name fault.type",
    ),
    row(
        Stack,
        5,
        "stack stack_trace error.stack error.stack_trace exception.stack_trace exception.stack \
         exception.traceback error.traceback exception @x exc_info exc_text traceback throwable \
         extended_stack_trace",
    ),
    row(ErrorText, 8, "error err cause error.cause"),
    row(
        ErrorCode,
        9,
        "error.code exception.code errcode fault_code sqlstate state_code error.response_type",
    ),
    row(Code, 12, "code"),
    row(Dependency, 0, "dependency dependency.name dep dep_name"),
    row(Dependency, 1, "callee service.target.name"),
    row(Dependency, 3, "upstream downstream peer"),
    row(
        Called,
        0,
        "target remote provider backend partner integration vendor system api",
    ),
    row(Inside, 0, "log"),
    row(
        Logger,
        0,
        "logger logger_name name log.logger source_context category channel",
    ),
];

/// Names of durations, each with every one of [`UNITS`] behind it. Alone they leave the unit unsaid.
pub const TIMES: &str = "latency duration elapsed elapsed_time response_time took time_taken process_time \
     processing_time execution_time exec_time total_time time_spent run_time total_duration \
     total_latency call_duration call_latency request.duration request.latency request.elapsed \
     response.duration response.latency response.elapsed http.latency http.duration http.elapsed \
     http.response_time http.request.duration http.response.duration http.response.latency \
     http.response.elapsed http.elapsed_time";

/// What may stand behind a name of [`TIMES`], and the unit that it says.
pub const UNITS: &[(&str, Unit)] = &[
    ("_ms", Millis),
    ("_msec", Millis),
    ("_millis", Millis),
    ("_milliseconds", Millis),
    ("_in_ms", Millis),
    ("_s", Seconds),
    ("_sec", Seconds),
    ("_secs", Seconds),
    ("_seconds", Seconds),
    ("_in_seconds", Seconds),
    ("_us", Micros),
    ("_usec", Micros),
    ("_micros", Micros),
    ("_microseconds", Micros),
    ("_ns", Nanos),
    ("_nanos", Nanos),
    ("_nanoseconds", Nanos),
    ("_human", Unsaid),
    ("_str", Unsaid),
];

/// What a called service is called by, each with every one of [`CALLED_AS`] and [`CALLED_FOR`] behind it.
pub const CALLED: &str =
    "dependency dep upstream downstream peer remote target external called destination";

/// What may stand behind a name of [`CALLED`] before the name of the service.
pub const CALLED_AS: &[&str] = &[".service", ".service_name"];

/// What may stand behind a name of [`CALLED`] before the duration of the call, with [`UNITS`] behind it.
pub const CALLED_FOR: &[&str] = &["", ".latency", ".duration", ".time", ".elapsed"];

/// Objects whose members count: as if they stood around the object, or under another name.
pub const SCOPES: &[(Opens, &str)] = &[
    (
        Opens::Through,
        "attributes attrs context ctx extra fields properties state scopes payload record data \
         meta metadata mdc context_map labels tags named_tags json_payload span spans details \
         custom resource structured_data log_processed message msg event_data event_properties \
         resource_logs scope_logs log_records args",
    ),
    (Opens::As("request"), "req http_req http_request"),
    (
        Opens::As("response"),
        "res resp http_response http_res reply",
    ),
    (Opens::As("error"), "err errors"),
    (
        Opens::As("exception"),
        "exc thrown throwable exception_object exc_info",
    ),
    (
        Opens::As("headers"),
        "request.headers http.request.headers http.headers headers",
    ),
];

/// Keys that show which logger or server wrote the line.
pub const SIGNS: &[(Sign, &str)] = &[
    (Sign::TIME, "time"),
    (Sign::TS, "ts"),
    (Sign::MSG, "msg"),
    (Sign::MESSAGE, "message"),
    (Sign::EVENT, "event"),
    (Sign::CALLER, "caller"),
    (Sign::GELF, "short_message"),
    (Sign::CLEF, "@t @mt @i @m"),
    (
        Sign::DOTNET,
        "message_template source_context rendered_message @mt {original_format} @i",
    ),
    (
        Sign::PYTHON,
        "asctime levelname levelno lineno func_name pathname exc_info task_name process_name \
         record",
    ),
    (Sign::PHP, "level_name channel extra"),
    (
        Sign::JAVA,
        "logger_name thread_name level_value @version logger_fqcn end_of_batch instant \
         logger_class_name log.logger process.thread.name thread",
    ),
    (Sign::RUBY, "controller named_tags level_index"),
    (Sign::RUST, "span spans module_path thread_id fields"),
    (
        Sign::TRAEFIK,
        "router_name downstream_status entry_point_name origin_duration request_count",
    ),
    (Sign::CADDY, "resp_headers bytes_read"),
    (
        Sign::ENVOY,
        "response_flags upstream_cluster response_code_details",
    ),
    (
        Sign::SERVER,
        "body_bytes_sent remote_user upstream_addr http_user_agent time_local",
    ),
    (
        Sign::GATEWAY,
        "resource_path route_key integration_latency response_latency api_id",
    ),
    (
        Sign::CONTAINER,
        "stream container_id container_name ecs_task_arn ecs_cluster kubernetes docker container \
         log_processed",
    ),
];
