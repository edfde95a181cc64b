//! The metrics that the functions emit about themselves: one table of what each function emits, and of the alarm that
//! watches it or the reason why none does.
//!
//! A function names its metrics by [`SelfMetric`], so it cannot emit a name that is not listed
//! here. Tests compare the table with what each handler emits, with
//! `infra/modules/pipeline/self-metrics.json`, from which Terraform creates the alarms, and with
//! the tables in `docs/telemetry.md`.

mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::table::TABLE;

/// The CloudWatch namespace of all self-metrics.
pub const NAMESPACE: &str = "Atalaya/Self";

/// The one dimension of all self-metrics; its value is the deployed name of the function.
pub const DIMENSION: &str = "Function";

/// The one unit of all self-metrics.
pub const UNIT: &str = "Count";

/// A function of Atalaya.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// Takes batches of log lines.
    Ingest,
    /// Evaluates closed minutes on a schedule.
    Sweep,
    /// Stores deployments and task stops.
    Changes,
    /// Delivers incidents to channels.
    Notify,
}

impl Function {
    /// All functions, in the order in which documents list them.
    pub const ALL: [Self; 4] = [Self::Ingest, Self::Sweep, Self::Changes, Self::Notify];

    /// Returns the name, with which the deployed name ends.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Sweep => "sweep",
            Self::Changes => "changes",
            Self::Notify => "notify",
        }
    }

    /// Returns the names of the metrics that the table says this function emits, sorted.
    #[must_use]
    pub fn metric_names(self) -> Vec<&'static str> {
        let rows = TABLE.iter().filter(|row| row.function == self);
        let mut names: Vec<_> = rows.map(|row| row.metric.name()).collect();
        names.sort_unstable();
        names
    }
}

/// The name of a self-metric. What it counts may differ by function; the table says what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "the table says of each what it counts, by function"
)]
pub enum SelfMetric {
    Changes,
    ConfigRefused,
    ConservationBroken,
    Continuations,
    Control,
    Delivered,
    DeliveryFailures,
    Duplicates,
    EnrichmentFailures,
    ExcerptFailures,
    Failures,
    Filtered,
    MetricsRefused,
    OpenMinuteFailures,
    Received,
    Records,
    Rejected,
    SeriesFolded,
    SweepFailures,
    Sweeps,
    Windows,
}

impl SelfMetric {
    /// Returns the name in CloudWatch.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changes => "Changes",
            Self::ConfigRefused => "ConfigRefused",
            Self::ConservationBroken => "ConservationBroken",
            Self::Continuations => "Continuations",
            Self::Control => "Control",
            Self::Delivered => "Delivered",
            Self::DeliveryFailures => "DeliveryFailures",
            Self::Duplicates => "Duplicates",
            Self::EnrichmentFailures => "EnrichmentFailures",
            Self::ExcerptFailures => "ExcerptFailures",
            Self::Failures => "Failures",
            Self::Filtered => "Filtered",
            Self::MetricsRefused => "MetricsRefused",
            Self::OpenMinuteFailures => "OpenMinuteFailures",
            Self::Received => "Received",
            Self::Records => "Records",
            Self::Rejected => "Rejected",
            Self::SeriesFolded => "SeriesFolded",
            Self::SweepFailures => "SweepFailures",
            Self::Sweeps => "Sweeps",
            Self::Windows => "Windows",
        }
    }
}

/// One metric of one function.
#[derive(Debug)]
pub struct Row {
    /// The function that emits it, once per invocation.
    pub function: Function,
    /// Its name.
    pub metric: SelfMetric,
    /// What it counts, as a part of a sentence; Markdown.
    pub meaning: &'static str,
    /// How people learn that it is not zero.
    pub watch: Watch,
}

/// How a self-metric reaches people.
#[derive(Debug)]
pub enum Watch {
    /// By an alarm of its own.
    Alarm(Alarm),
    /// By another alarm of the Terraform module, named without the pipeline's name, that detects
    /// the same problem.
    CoveredBy(&'static str),
    /// Not at all, for this reason.
    NoAlarm(&'static str),
}

/// An alarm that is on while the sum of a metric over a period is greater than a threshold.
#[derive(Debug)]
pub struct Alarm {
    /// Its name, without the pipeline's name in front.
    pub name: &'static str,
    /// Length of a period, in seconds.
    pub period_s: u32,
    /// How many periods in a row must be over the threshold.
    pub periods: u32,
    /// The greatest sum of a period at which the alarm stays off.
    pub threshold: u32,
    /// The description of what has happened and the possible reasons: whole sentences, in which
    /// `{name}` stands for the pipeline's name.
    pub cause: &'static str,
    /// What to do: whole sentences, as above.
    pub remedy: &'static str,
}

impl Alarm {
    /// Returns an alarm that one count in five minutes sets off.
    const fn at_once(name: &'static str, cause: &'static str, remedy: &'static str) -> Self {
        Self {
            name,
            period_s: 300,
            periods: 1,
            threshold: 0,
            cause,
            remedy,
        }
    }

    /// Returns an alarm that a count in each of three periods of five minutes sets off: a single
    /// failure that is retried needs no attention.
    const fn after_15_minutes(
        name: &'static str,
        cause: &'static str,
        remedy: &'static str,
    ) -> Self {
        let mut alarm = Self::at_once(name, cause, remedy);
        alarm.periods = 3;
        alarm
    }
}

/// Returns the EMF document of one invocation, a line with its line feed. `deployed` is the function's deployed name and
/// `at_ms` the time of the invocation in milliseconds since the epoch.
pub(crate) fn document(deployed: &str, at_ms: i64, counts: &[(SelfMetric, u64)]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(rename = "_aws")]
        aws: Metadata,
        #[serde(rename = "Function")]
        function: &'a str,
        #[serde(flatten)]
        counts: BTreeMap<&'static str, u64>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Metadata {
        timestamp: i64,
        cloud_watch_metrics: [Directive; 1],
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Directive {
        namespace: &'static str,
        dimensions: [[&'static str; 1]; 1],
        metrics: Vec<Definition>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Definition {
        name: &'static str,
        unit: &'static str,
    }
    let counts: BTreeMap<_, _> = counts
        .iter()
        .map(|(metric, count)| (metric.name(), *count))
        .collect();
    let definitions = counts.keys().map(|name| Definition { name, unit: UNIT });
    let directive = Directive {
        namespace: NAMESPACE,
        dimensions: [[DIMENSION]],
        metrics: definitions.collect(),
    };
    let document = Document {
        aws: Metadata {
            timestamp: at_ms,
            cloud_watch_metrics: [directive],
        },
        function: deployed,
        counts,
    };
    let mut line = serde_json::to_vec(&document).expect("plain values always encode");
    line.push(b'\n');
    line
}
