//! The reference for the deployed functions: the same flow over a store in memory, in this process,
//! with everything that it emits kept. Also renders the contents of a store as text, so that two
//! stores can be compared.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;

use anyhow::Context as _;
use atalaya_core::alert::AlertEvent;
use atalaya_core::catalog::Catalog;
use atalaya_core::detect::Finding;
use atalaya_core::digest::digest;
use atalaya_core::incident::Incident;
use atalaya_core::ledger::Ledger;
use atalaya_core::series::SeriesName;
use atalaya_core::settings::Settings;
use atalaya_core::time::Minute;
use atalaya_core::window::Part;
use atalaya_flow::memory::MemoryStore;
use atalaya_flow::store::{DocKey, DocumentKind, Store};
use atalaya_flow::{Flow, FlowError, Payload, Sink, changes};
use atalaya_logs::batch::{Delivery, Inflater, Reject};

/// The flow over a store in memory; its clock is the newest event of each batch.
pub(crate) struct Reference {
    pub(crate) flow: Flow<MemoryStore>,
    pub(crate) ledger: Ledger,
    pub(crate) told: Recorded,
    /// The errors of events that could not be handled, as text.
    pub(crate) failures: Vec<String>,
    /// The ECS services for which changes were received.
    pub(crate) changed: BTreeSet<String>,
}

/// Everything that was emitted.
#[derive(Default)]
pub(crate) struct Recorded {
    /// EMF documents, one a line.
    pub(crate) metrics: Vec<String>,
    /// The minutes to which something was added.
    pub(crate) minutes: BTreeSet<Minute>,
}

impl Sink for Recorded {
    fn metrics(&mut self, _minute: Minute, documents: &[u8]) {
        let text = String::from_utf8_lossy(documents);
        self.metrics.extend(text.lines().map(str::to_owned));
    }

    fn added(&mut self, part: &Part, _catalog: &Catalog) {
        self.minutes.insert(part.item.minute);
    }

    fn finding(&mut self, _service: &str, _finding: &Finding, _now_ms: i64) {
        unreachable!("only a sweep finds something");
    }

    // There is no baseline before the first sweep, so an evaluation of the open minute finds
    // nothing.
    fn incident(&mut self, _event: AlertEvent, _incident: &Incident) {
        unreachable!("only a sweep finds something");
    }
}

impl Reference {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    /// Returns a reference that uses these settings.
    pub(crate) fn with(settings: Settings) -> Self {
        Self {
            flow: Flow::new(MemoryStore::default(), settings),
            ledger: Ledger::default(),
            told: Recorded::default(),
            failures: Vec::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Handles an event as the function does; an event that cannot be decoded is counted, and its
    /// error kept.
    pub(crate) async fn handle(&mut self, event: &[u8]) {
        let handled = match Delivery::recognise(event) {
            Ok(Delivery::Logs(data)) => self.batch(Payload::Base64(data)).await,
            Ok(Delivery::Kinesis(records)) => {
                for record in records {
                    let handled = match &record.gzip {
                        Ok(gzip) => self.batch(Payload::Gzip(gzip)).await,
                        Err(error) => Err(error.clone().into()),
                    };
                    self.note(handled);
                }
                Ok(())
            }
            Ok(Delivery::Change(event)) => {
                let kept = changes::keep(&self.flow.store, event).await;
                kept.map(|change| self.changed.extend([change.service]))
            }
            Err(error) => Err(error.into()),
        };
        self.note(handled);
    }

    fn note(&mut self, handled: Result<(), FlowError>) {
        if let Err(error) = handled {
            if matches!(error, FlowError::Batch(_)) {
                self.ledger.reject(Reject::UnreadableDelivery);
            }
            self.failures.push(chain(&error));
        }
    }

    async fn batch(&mut self, payload: Payload<'_>) -> Result<(), FlowError> {
        let mut inflater = Inflater::default();
        let json = match payload {
            Payload::Base64(text) => inflater.base64_gzip(text)?,
            Payload::Gzip(gzip) => inflater.gzip(gzip)?,
            Payload::Json(json) => json,
        };
        let newest_ms = digest(json, &self.flow.settings)?.newest_ms;
        let now_ms = newest_ms.unwrap_or_default();
        let ingested = self.flow.ingest(payload, now_ms, &mut self.told).await?;
        self.ledger.merge(&ingested.ledger);
        Ok(())
    }

    /// Returns the emitted metrics, sorted: the order in which window items take their parts is not
    /// fixed.
    pub(crate) fn metrics(&self) -> Vec<String> {
        let mut metrics = self.told.metrics.clone();
        metrics.sort_unstable();
        metrics
    }
}

/// Returns everything that a store holds about these minutes and these services' changes, as text.
pub(crate) async fn picture(
    store: &impl Store,
    minutes: &BTreeSet<Minute>,
    changed: &BTreeSet<String>,
) -> anyhow::Result<String> {
    let mut out = String::new();
    let services = match load(store, DocumentKind::Services, "all").await? {
        Some(body) => serde_json::from_str::<Vec<String>>(&body)?,
        None => Vec::new(),
    };
    for service in &services {
        let catalog = load(store, DocumentKind::Catalog, service).await?;
        let catalog = Catalog::decode(&catalog.context("a service has a catalog")?)?;
        for minute in minutes {
            for (slot, sums) in store.window(service, *minute).await? {
                let series = catalog.series(slot).context("a slot has a series")?;
                let SeriesName { kind, name } = series;
                write!(out, "{minute} {service} {kind:?} {name:?}: {}", sums.count)?;
                write!(out, ", errors {} {:?}", sums.errors, sums.causes)?;
                write!(out, ", client errors {}", sums.client_errors)?;
                let latency: Vec<_> = sums.latency.buckets().collect();
                let latency = latency.iter().map(|(bucket, n)| (bucket.number(), *n));
                writeln!(out, ", latency {:?}", latency.collect::<Vec<_>>())?;
            }
        }
        if let Some(state) = load(store, DocumentKind::State, service).await? {
            writeln!(out, "state of {service}: {state}")?;
        }
        for incident in store.list(DocumentKind::Alert, service, "", 99).await? {
            writeln!(out, "incident of {service}: {}", incident.body)?;
        }
        for sample in store.list(DocumentKind::Excerpt, service, "", 99).await? {
            writeln!(out, "sample of {service}, {}: {}", sample.id, sample.body)?;
        }
    }
    for service in changed {
        for change in store.list(DocumentKind::Change, service, "", 99).await? {
            writeln!(out, "change of {service}: {}", change.body)?;
        }
    }
    Ok(out)
}

async fn load(
    store: &impl Store,
    kind: DocumentKind,
    scope: &str,
) -> anyhow::Result<Option<String>> {
    let key = DocKey {
        kind,
        scope: scope.into(),
        id: "v1".into(),
    };
    Ok(store.load(&key).await?.map(|document| document.body))
}

/// Returns an error and its causes in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        told.push_str(": ");
        told.push_str(&cause.to_string());
        next = cause.source();
    }
    told
}
