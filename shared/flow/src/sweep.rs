//! Sweep: closes the minutes of a service that are due, judges each against what is normal, and learns it.
//!
//! Whoever sweeps first does it for all: the state that a sweep leaves is written only over the state that it found,
//! and an incident is written before it. A crash between the two is mended by judging the same minutes again, which
//! changes nothing.

use atalaya_core::change::Change;
use atalaya_core::detect::Finding;
use atalaya_core::incident::line::KindLine;
use atalaya_core::incident::{Incident, MAX_KINDS};
use atalaya_core::judge::{Case, MinuteView, ServiceState, judge};
use atalaya_core::series::SeriesKind;
use atalaya_core::template::top;
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_core::window::{self, Window};

use crate::error::FlowError;
use crate::ingest::Flow;
use crate::sink::Sink;
use crate::store::{DocKey, Kind, Save, Store};

/// How long after its end a minute is closed, in milliseconds. What comes later still counts in its window and its
/// metrics, but is not judged again.
pub const LATENESS_MS: i64 = MINUTE_MS;

/// Minutes that one sweep closes at most; after a longer silence it goes on at the end of it.
const MAX_MINUTES: i64 = 24 * 60;

/// How far back a change can be the cause of something, in milliseconds.
const CHANGES_MS: i64 = 25 * 60 * MINUTE_MS;

/// Changes of one service that are looked at.
const MAX_CHANGES: usize = 50;

/// Returns the last minute that is closed at a moment.
#[must_use]
pub const fn closed_at(now_ms: i64) -> Minute {
    Minute::of_ms(now_ms.saturating_sub(LATENESS_MS)).plus(-1)
}

impl<S: Store> Flow<S> {
    /// Closes what is due at `now_ms` of one service. `first` is where a service without a state begins.
    pub async fn sweep(
        &mut self,
        service: &str,
        first: Minute,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<(), FlowError> {
        let due = closed_at(now_ms);
        let key = DocKey {
            kind: Kind::State,
            scope: service.into(),
            id: "v1".into(),
        };
        let (version, mut state) = match self.store.load(&key).await? {
            Some(document) => (document.version, decode_state(service, &document.body)?),
            None => (0, ServiceState::default()),
        };
        let next = state.closed_through.map_or(first, |closed| closed.plus(1));
        let next = next.max(due.plus(1 - MAX_MINUTES));
        if next > due {
            return Ok(());
        }
        let changes = self.changes(service, now_ms).await?;
        let mut incident = self.last_incident(service).await?;
        let mut found: Vec<(Finding, i64)> = Vec::new();
        for minute in next.0..=due.0 {
            let minute = Minute(minute);
            // A minute is judged as of its closing, whenever the sweep gets to it.
            let at_ms = minute.plus(1).start_ms() + LATENESS_MS;
            let known: Vec<Change> = changes
                .iter()
                .filter(|c| c.at_ms <= at_ms)
                .cloned()
                .collect();
            let view = self.view(service, minute).await?;
            let case = Case {
                service,
                last: incident.as_ref().map(|(_, incident)| incident),
                changes: &known,
                tuning: self.settings.tuning(service),
                now_ms: at_ms,
            };
            let judgement = judge(&mut state, &view, &case);
            found.extend(
                judgement
                    .findings
                    .into_iter()
                    .map(|finding| (finding, at_ms)),
            );
            if let Some((event, mut told)) = judgement.incident {
                if told.is_open() {
                    told.kinds = self.said(service, &told).await?;
                }
                let seen = incident.as_ref().filter(|(_, last)| last.id == told.id);
                let seen = seen.map_or(0, |(version, _)| *version);
                let key = DocKey {
                    kind: Kind::Incident,
                    scope: service.into(),
                    id: told.id.clone(),
                };
                if self.store.save(&key, seen, &told.encode()).await? == Save::Conflict {
                    // Another sweep is at the same minutes and was first; the rest is its work.
                    return Ok(());
                }
                sink.incident(event, &told);
                incident = Some((seen + 1, told));
            }
        }
        if self.store.save(&key, version, &state.encode()).await? == Save::Saved {
            for (finding, at_ms) in &found {
                sink.finding(service, finding, *at_ms);
            }
        }
        Ok(())
    }

    /// Returns the names of all services, those included that others have met since.
    pub async fn services(&mut self) -> Result<Vec<String>, FlowError> {
        self.registry.forget_services();
        Ok(self.registry.services(&self.store).await?.to_vec())
    }

    /// Closes what is due at `now_ms` of all services.
    pub async fn sweep_all(
        &mut self,
        first: Minute,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<(), FlowError> {
        let services = self.registry.services(&self.store).await?.to_vec();
        for service in services {
            self.sweep(&service, first, now_ms, sink).await?;
        }
        Ok(())
    }

    /// Returns what is known of a service's minute.
    async fn view(&mut self, service: &str, minute: Minute) -> Result<MinuteView, FlowError> {
        let window = self.store.window(service, minute).await?;
        let mut catalog = self.registry.catalog(&self.store, service).await?;
        let unknown = window.keys().any(|slot| catalog.series(*slot).is_none());
        if unknown {
            catalog = self.registry.refresh(&self.store, service).await?;
        }
        Ok(MinuteView::of(minute, catalog, &window))
    }

    /// Returns what was said most in the minutes of an incident.
    async fn said(
        &mut self,
        service: &str,
        incident: &Incident,
    ) -> Result<Vec<KindLine>, FlowError> {
        let mut all = Window::new();
        for minute in incident.told_minutes() {
            let window = self.store.window(service, Minute(minute)).await?;
            window::merge(&mut all, &window);
        }
        let catalog = self.registry.catalog(&self.store, service).await?;
        let said = top::of(catalog, &all, MAX_KINDS);
        Ok(said.into_iter().map(KindLine::of).collect())
    }

    /// Returns the changes of a service and of those it calls, oldest first.
    async fn changes(&mut self, service: &str, now_ms: i64) -> Result<Vec<Change>, FlowError> {
        let catalog = self.registry.catalog(&self.store, service).await?;
        let mut scopes = vec![service.to_owned()];
        scopes.extend(catalog.names(SeriesKind::Dependency).map(str::to_owned));
        let from = Change::first_id_at(now_ms.saturating_sub(CHANGES_MS));
        let mut changes = Vec::new();
        for scope in scopes {
            let found = self
                .store
                .list(Kind::Change, &scope, &from, MAX_CHANGES)
                .await?;
            for document in found {
                let change =
                    Change::decode(&document.body).map_err(|source| FlowError::Stored {
                        what: "change",
                        scope: scope.clone(),
                        source: source.into(),
                    })?;
                changes.push(change);
            }
        }
        changes.sort_by(|a, b| (a.at_ms, &a.event_id).cmp(&(b.at_ms, &b.event_id)));
        Ok(changes)
    }

    async fn last_incident(&self, service: &str) -> Result<Option<(u64, Incident)>, FlowError> {
        let newest = self.store.list(Kind::Incident, service, "", 1).await?.pop();
        let decode = |document: crate::store::Document| {
            let incident =
                Incident::decode(&document.body).map_err(|source| FlowError::Stored {
                    what: "incident",
                    scope: service.to_owned(),
                    source: source.into(),
                })?;
            Ok((document.version, incident))
        };
        newest.map(decode).transpose()
    }
}

fn decode_state(service: &str, body: &str) -> Result<ServiceState, FlowError> {
    ServiceState::decode(body).map_err(|source| FlowError::Stored {
        what: "state",
        scope: service.to_owned(),
        source: source.into(),
    })
}
