//! The forms of lines that are recognised.

/// The form that a line was read as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Text in which nothing more than words was recognised.
    #[default]
    Text,
    /// A JSON object.
    Json,
    /// `key=value` pairs.
    Logfmt,
    /// Text with a time or a level in front, as logging libraries lay it out.
    Layout,
    /// An access log line of the common log format or its kin.
    Access,
    /// A request line of a web framework's middleware: morgan, koa-logger, Gin and their kin.
    RequestLine,
    /// A line of Tornado's own layout.
    Tornado,
    /// An access log line of an Application Load Balancer.
    Alb,
    /// An access log line of a classic load balancer.
    Elb,
    /// A line of CloudFront's standard log.
    CloudFront,
    /// A line of S3's server access log.
    S3Access,
    /// A comma-separated access line of API Gateway.
    ApiGateway,
    /// An access log line of IIS in its default columns.
    Iis,
    /// A record of a VPC flow log, which is about no request.
    VpcFlow,
    /// A line of HAProxy's HTTP or TCP log.
    Haproxy,
    /// An access log line of Envoy or Istio, or a line of Envoy about itself.
    Envoy,
    /// A native access log line of Squid.
    Squid,
    /// A line of Caddy's console.
    Caddy,
    /// A line of nginx's error log.
    NginxError,
    /// A line of Apache's error log.
    ApacheError,
    /// A line of lighttpd's error log.
    LighttpdError,
    /// A line of Jetty's own logger.
    Jetty,
    /// A line of Tomcat's own logger.
    Tomcat,
    /// A line of PHP's error log, of PHP-FPM or of PHP's own server.
    Php,
    /// A line of PostgreSQL or Aurora PostgreSQL.
    Postgres,
    /// A line of MySQL's or MariaDB's error log.
    MySql,
    /// A line of Redis or Valkey.
    Redis,
    /// A line of RabbitMQ.
    RabbitMq,
    /// A line of Kafka or `ZooKeeper`.
    Kafka,
    /// A line of Elasticsearch, `OpenSearch` or Logstash.
    Elasticsearch,
    /// A line of NATS.
    Nats,
    /// A line of Lambda's platform, or printed through its runtimes.
    Lambda,
    /// A line that a container runtime wrapped, in which no more was recognised.
    Cri,
    /// A line of syslog or journald, in which no more was recognised.
    Syslog,
    /// A line of the kernel.
    Kernel,
}

impl Format {
    /// Returns whether a line of this format is complete: no other line goes on with it.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Json
                | Self::Access
                | Self::RequestLine
                | Self::Alb
                | Self::Elb
                | Self::CloudFront
                | Self::S3Access
                | Self::ApiGateway
                | Self::Iis
                | Self::VpcFlow
                | Self::Haproxy
                | Self::Squid
        )
    }

    /// All forms.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Json,
        Self::Logfmt,
        Self::Layout,
        Self::Access,
        Self::RequestLine,
        Self::Tornado,
        Self::Alb,
        Self::Elb,
        Self::CloudFront,
        Self::S3Access,
        Self::ApiGateway,
        Self::Iis,
        Self::VpcFlow,
        Self::Haproxy,
        Self::Envoy,
        Self::Squid,
        Self::Caddy,
        Self::NginxError,
        Self::ApacheError,
        Self::LighttpdError,
        Self::Jetty,
        Self::Tomcat,
        Self::Php,
        Self::Postgres,
        Self::MySql,
        Self::Redis,
        Self::RabbitMq,
        Self::Kafka,
        Self::Elasticsearch,
        Self::Nats,
        Self::Lambda,
        Self::Cri,
        Self::Syslog,
        Self::Kernel,
    ];

    /// Returns the format's name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "JSON",
            Self::Logfmt => "logfmt",
            Self::Layout => "text layout",
            Self::Access => "access log",
            Self::RequestLine => "request line",
            Self::Tornado => "Tornado log",
            Self::Alb => "ALB access log",
            Self::Elb => "ELB access log",
            Self::CloudFront => "CloudFront access log",
            Self::S3Access => "S3 access log",
            Self::ApiGateway => "API Gateway CSV",
            Self::Iis => "IIS access log",
            Self::VpcFlow => "VPC flow log",
            Self::Haproxy => "HAProxy log",
            Self::Envoy => "Envoy log",
            Self::Squid => "Squid access log",
            Self::Caddy => "Caddy console",
            Self::NginxError => "nginx error log",
            Self::ApacheError => "Apache error log",
            Self::LighttpdError => "lighttpd error log",
            Self::Jetty => "Jetty log",
            Self::Tomcat => "Tomcat log",
            Self::Php => "PHP log",
            Self::Postgres => "PostgreSQL log",
            Self::MySql => "MySQL error log",
            Self::Redis => "Redis log",
            Self::RabbitMq => "RabbitMQ log",
            Self::Kafka => "Kafka log",
            Self::Elasticsearch => "Elasticsearch log",
            Self::Nats => "NATS log",
            Self::Lambda => "Lambda platform",
            Self::Cri => "CRI",
            Self::Syslog => "syslog",
            Self::Kernel => "kernel log",
        }
    }
}
