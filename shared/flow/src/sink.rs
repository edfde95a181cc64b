//! The sink: where what the flow finds is said at once.
//!
//! Metrics leave by it and by nothing else. Findings and incidents are said here too, but the incident's document in the
//! store is what people are told from: it is the outbox.

use atalaya_core::alert::AlertEvent;
use atalaya_core::catalog::Catalog;
use atalaya_core::detect::Finding;
use atalaya_core::incident::Incident;
use atalaya_core::time::Minute;
use atalaya_core::window::Part;

/// Takes what the flow says, in the order in which it is said.
pub trait Sink: Send {
    /// Takes EMF documents of one event-time minute, each on a line of its own.
    fn metrics(&mut self, minute: Minute, documents: &[u8]);

    /// Looks at what a window item took of a batch; the catalog names its series. Most sinks do not care.
    fn added(&mut self, _part: &Part, _catalog: &Catalog) {}

    /// Takes a finding of a service, decided at `now_ms`.
    fn finding(&mut self, service: &str, finding: &Finding, now_ms: i64);

    /// Takes what became of an incident: by whom its document was written, it is said once.
    fn incident(&mut self, event: AlertEvent, incident: &Incident);
}
