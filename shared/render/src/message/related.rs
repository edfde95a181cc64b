//! Related metrics: chooses the metrics that help to understand an incident, and compares their
//! mean during the incident with their mean before it.

use atalaya_core::alert::{Alert, CauseKind};
use atalaya_core::settings::{ServiceSettings, Settings};
use atalaya_core::time::MINUTE_MS;

use crate::words::duration;

/// Length of the time before an incident that is taken as normal.
const BEFORE_MS: i64 = 60 * MINUTE_MS;

/// The most metrics that are read: one `GetMetricData` takes 500, a person far fewer.
pub const MAX_WANTED: usize = 20;

/// A metric that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its label in a message: `DatabaseConnections of loans`.
    pub label: String,
    /// Its CloudWatch namespace.
    pub namespace: String,
    /// Its name.
    pub name: &'static str,
    /// Its dimensions.
    pub dimensions: Vec<(&'static str, String)>,
    /// The statistic of a minute's values: `Sum`, `Average`, `Maximum` or a percentile.
    pub statistic: &'static str,
    /// The unit of its values.
    pub unit: MetricUnit,
}

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricUnit {
    /// Things, a minute.
    PerMinute,
    /// Things at once.
    Count,
    /// Percent, 0 to 100.
    Percent,
    /// Milliseconds.
    Milliseconds,
}

impl MetricUnit {
    /// Returns its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerMinute => "per_minute",
            Self::Count => "count",
            Self::Percent => "percent",
            Self::Milliseconds => "ms",
        }
    }

    /// Returns a value in words.
    pub(super) fn told(self, value: f64) -> String {
        match self {
            Self::PerMinute => format!("{value:.1} a minute"),
            Self::Count => format!("{value:.0}"),
            Self::Percent => format!("{value:.0} %"),
            Self::Milliseconds => duration(value),
        }
    }
}

/// A value of a metric at a minute, in milliseconds since the epoch.
pub type Point = (i64, f64);

/// A related metric, as a message shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RelatedMetric {
    /// Its label.
    pub label: String,
    /// The unit of its values.
    pub unit: MetricUnit,
    /// The mean since the incident began.
    pub during: f64,
    /// The mean of the hour before, if there are points.
    pub before: Option<f64>,
}

impl RelatedMetric {
    /// Returns the related metric from its points; `None` if there are none since the incident
    /// began.
    #[must_use]
    pub fn of(wanted: &Wanted, points: &[Point], since_ms: i64) -> Option<Self> {
        let mean = |during: bool| {
            let of = points.iter().filter(|(at, _)| (*at >= since_ms) == during);
            let (count, sum) = of.fold((0_u32, 0.0), |(n, sum), (_, value)| (n + 1, sum + value));
            (count > 0).then(|| (sum / f64::from(count) * 1e3).round() / 1e3)
        };
        Some(Self {
            label: wanted.label.clone(),
            unit: wanted.unit,
            during: mean(true)?,
            before: mean(false),
        })
    }
}

/// Returns the span that is read: from an hour before an incident to its last event.
#[must_use]
pub fn span(incident: &Alert) -> super::link::Span {
    super::link::Span {
        from_ms: incident.since.start_ms() - BEFORE_MS,
        to_ms: incident.at_ms.max(incident.since.plus(1).start_ms()),
    }
}

/// Returns the metrics to read for an incident: those of the service, those of the dependency that
/// is the cause, and those of the databases behind it. ECS's CPU and memory are left out, because
/// the name of the cluster is unknown here.
#[must_use]
pub fn wanted(incident: &Alert, settings: &Settings) -> Vec<Wanted> {
    let own = |label: &str, name, dimensions, statistic, unit| Wanted {
        label: label.to_owned(),
        namespace: settings.namespace.clone(),
        name,
        dimensions,
        statistic,
        unit,
    };
    let service = || ("Service", incident.service.clone());
    let rows = [
        ("Requests", "Sum", MetricUnit::PerMinute),
        ("Errors", "Sum", MetricUnit::PerMinute),
        ("Latency", "p90", MetricUnit::Milliseconds),
    ];
    let mut wanted: Vec<_> = rows
        .into_iter()
        .map(|(name, statistic, unit)| {
            own(
                &label(name, statistic),
                name,
                vec![service()],
                statistic,
                unit,
            )
        })
        .collect();
    if incident.cause.kind == CauseKind::Dependency {
        let rows = [
            ("Calls", "Sum", MetricUnit::PerMinute),
            ("CallErrors", "Sum", MetricUnit::PerMinute),
            ("CallLatency", "p90", MetricUnit::Milliseconds),
        ];
        let dependency = &incident.cause.name;
        for (name, statistic, unit) in rows {
            let label = format!("{} of {dependency}", label(name, statistic));
            let dimensions = vec![service(), ("Dependency", dependency.clone())];
            wanted.push(own(&label, name, dimensions, statistic, unit));
        }
    }
    wanted.extend(
        settings
            .service(&incident.service)
            .into_iter()
            .flat_map(databases),
    );
    wanted.truncate(MAX_WANTED);
    wanted
}

fn databases(service: &ServiceSettings) -> impl Iterator<Item = Wanted> {
    let clusters = service.dependencies.values();
    let clusters = clusters.filter_map(|dependency| dependency.rds_cluster.as_deref());
    clusters.flat_map(|cluster| {
        [
            ("DatabaseConnections", MetricUnit::Count),
            ("CPUUtilization", MetricUnit::Percent),
        ]
        .map(|(name, unit)| Wanted {
            label: format!("{name} of {cluster}"),
            namespace: "AWS/RDS".into(),
            name,
            dimensions: vec![("DBClusterIdentifier", cluster.to_owned())],
            statistic: "Average",
            unit,
        })
    })
}

fn label(name: &str, statistic: &str) -> String {
    if statistic == "p90" {
        format!("{name} p90")
    } else {
        name.to_owned()
    }
}
