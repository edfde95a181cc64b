//! Related metrics from CloudWatch, all of them read by one call within a time budget.

use std::time::{Duration, Instant};

use atalaya_flow::notify::{Evidence, EvidenceError};
use atalaya_render::message::link::Span;
use atalaya_render::message::related::{Point, Wanted};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy};

use crate::access::{Access, Service};
use crate::call;

/// How long a message waits for metrics, at most; a third of the time left where that is less.
const BUDGET: Duration = Duration::from_millis(1_500);

/// The period of the points, in seconds: one minute.
const PERIOD_SECONDS: i32 = 60;

/// Reads metrics.
#[derive(Debug, Clone)]
pub struct Metrics {
    client: Client,
    deadline: Option<Instant>,
}

impl Metrics {
    /// Returns the client. Nothing is asked yet.
    #[must_use]
    pub fn new(access: &Access) -> Self {
        // One attempt: a second one would come too late.
        let config = call::config(access, Service::CloudWatch, 1, BUDGET);
        Self {
            client: Client::new(&config),
            deadline: None,
        }
    }

    /// Returns the client with the moment at which the invocation must be over.
    #[must_use]
    pub fn with_deadline(&self, deadline: Option<Instant>) -> Self {
        Self {
            deadline,
            ..self.clone()
        }
    }

    async fn ask(&self, wanted: &[Wanted], span: Span) -> Result<Vec<Vec<Point>>, EvidenceError> {
        let queries = wanted
            .iter()
            .enumerate()
            .map(|(n, wanted)| query(n, wanted));
        let ask = self
            .client
            .get_metric_data()
            .set_metric_data_queries(Some(queries.collect()))
            .start_time(DateTime::from_millis(span.from_ms))
            .end_time(DateTime::from_millis(span.to_ms))
            .scan_by(ScanBy::TimestampAscending);
        let got = ask.send().await;
        let got =
            got.map_err(|error| EvidenceError(call::refusal(Service::CloudWatch, &error).words))?;
        let mut points = vec![Vec::new(); wanted.len()];
        for result in got.metric_data_results() {
            let number = result.id().and_then(|id| id.strip_prefix('m'));
            let number: Option<usize> = number.and_then(|n| n.parse().ok());
            let Some(points) = number.and_then(|n| points.get_mut(n)) else {
                continue;
            };
            for (at, value) in result.timestamps().iter().zip(result.values()) {
                points.push((at.secs() * 1_000, *value));
            }
        }
        Ok(points)
    }
}

impl Evidence for Metrics {
    async fn points(
        &self,
        wanted: &[Wanted],
        span: Span,
    ) -> Result<Vec<Vec<Point>>, EvidenceError> {
        let left = self.deadline.map_or(BUDGET * 3, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        });
        let budget = BUDGET.min(left / 3);
        let asked = tokio::time::timeout(budget, self.ask(wanted, span)).await;
        asked.unwrap_or_else(|_| {
            let ms = budget.as_millis();
            Err(EvidenceError(format!(
                "no answer from CloudWatch within {ms} ms"
            )))
        })
    }
}

fn query(number: usize, wanted: &Wanted) -> MetricDataQuery {
    let dimension =
        |(name, value): &(&str, String)| Dimension::builder().name(*name).value(value).build();
    let metric = Metric::builder()
        .namespace(&wanted.namespace)
        .metric_name(wanted.name)
        .set_dimensions(Some(wanted.dimensions.iter().map(dimension).collect()))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(PERIOD_SECONDS)
        .stat(wanted.statistic)
        .build();
    MetricDataQuery::builder()
        .id(format!("m{number}"))
        .metric_stat(stat)
        .build()
}
