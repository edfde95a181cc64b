//! The sink: the port to which the flow emits its results as it produces them.
//!
//! Metrics are emitted through the sink alone. Findings and incidents are reported here too, but
//! channels are notified from the incident's document in the store: that is the outbox.

use atalaya_core::alert::AlertEvent;
use atalaya_core::catalog::Catalog;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::time::Minute;
use atalaya_core::window::Part;

/// Takes the results of the flow in the order in which they are produced.
pub trait Sink: Send {
    /// Takes EMF documents of one event-time minute, each on a line of its own.
    fn metrics(&mut self, minute: Minute, documents: &[u8]);

    /// Takes the part of a batch that a window item has taken; the catalog names its series. Most
    /// sinks ignore it.
    fn added(&mut self, _part: &Part, _catalog: &Catalog) {}

    /// Takes a finding of a service, decided at `now_ms`.
    fn finding(&mut self, service: &str, finding: &Finding, now_ms: i64);

    /// Takes an event of an incident; only the process that wrote the incident's document reports
    /// the event, so it is reported once.
    fn incident(&mut self, event: AlertEvent, incident: &Incident);
}
