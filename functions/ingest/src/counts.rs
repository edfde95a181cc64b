//! Turns the ledger of an invocation into self-metrics.

use atalaya_core::ledger::Ledger;
use atalaya_lambda::self_metric::SelfMetric;

/// Returns the counts of a ledger under the names of their metrics.
pub(crate) fn of(ledger: &Ledger) -> Vec<(SelfMetric, u64)> {
    vec![
        (SelfMetric::Received, ledger.received),
        (SelfMetric::Records, ledger.records),
        (SelfMetric::Continuations, ledger.continuations),
        (SelfMetric::Rejected, ledger.rejects()),
        (SelfMetric::Filtered, ledger.filtered),
        (SelfMetric::Duplicates, ledger.duplicates),
        (SelfMetric::Control, ledger.control),
        (SelfMetric::Windows, ledger.windows),
        (SelfMetric::SeriesFolded, ledger.folded),
        (SelfMetric::MetricsRefused, ledger.refused.values().sum()),
        (SelfMetric::ExcerptFailures, ledger.excerpt_failures),
        (
            SelfMetric::OpenMinuteFailures,
            ledger.open_evaluation_failures,
        ),
        (
            SelfMetric::ConservationBroken,
            u64::from(!ledger.balances()),
        ),
    ]
}
