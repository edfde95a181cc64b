//! The incident store: reads what judging a service needs, and stores each event of an alert and
//! its incident once, whichever process decides it first.
//!
//! An event of an alert is written to two documents, each over the version that its writer had
//! read:
//!
//! 1. the *alert*, from which all writers learn what was decided last;
//! 2. its *incident*, the outbox from which channels are notified.
//!
//! Before it writes either document, a process that decides the next event puts the previous one
//! into the incident if it is missing there. So no notification is lost: a writer that dies between
//! the two leaves an alert whose incident lacks the event, and the next writer completes it, at the
//! latest the sweep that judges the minute again. And no event enters the outbox twice: an
//! incident's contents follow from the alert alone, an incident takes an event only if it holds
//! none that is as late, and of two processes that complete the same incident one meets a conflict.

use std::collections::BTreeMap;

use atalaya_core::alert::{Alert, MAX_PATTERNS};
use atalaya_core::change::{self, Change};
use atalaya_core::incident::Incident;
use atalaya_core::judge::MinuteView;
use atalaya_core::log_pattern::top::PatternCount;
use atalaya_core::series::SeriesKind;
use atalaya_core::settings::ServiceSettings;
use atalaya_core::time::{MINUTE_MS, Minute};
use atalaya_core::view::top_patterns;
use atalaya_core::window::{self, Window};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::documents::{self, opening::Opening};
use crate::error::FlowError;
use crate::ingest::Flow;
use crate::sink::Sink;
use crate::store::{DocumentKind, Save, Store};

/// How far back a change (a deployment, say) can be the cause of a finding, in milliseconds.
const CHANGES_MS: i64 = 25 * 60 * MINUTE_MS;

/// Changes that are read per service, the newest.
const MAX_CHANGES: usize = 50;

/// Reads of one service that are under way at once.
const CONCURRENT_READS: usize = 8;

/// How long a process waits for another one that is opening an alert, in milliseconds. Writing the
/// alert takes less time than this, so afterwards the other process is known to have died.
const OPENING_MS: i64 = MINUTE_MS;

/// How often the write of an incident is attempted while other processes write first.
const ATTEMPTS: usize = 16;

/// The newest alert of a service, with the version at which it was read.
pub(crate) type Seen = Option<(u64, Alert)>;

impl<S: Store> Flow<S> {
    /// Returns the merged totals of a service's minute, with the names of their series.
    pub(crate) async fn view(
        &mut self,
        service: &str,
        minute: Minute,
    ) -> Result<MinuteView, FlowError> {
        let window = self.store.window(service, minute).await?;
        let mut catalog = self.registry.catalog(&self.store, service).await?;
        let unknown = window.keys().any(|slot| catalog.series(*slot).is_none());
        if unknown {
            catalog = self.registry.refresh(&self.store, service).await?;
        }
        Ok(MinuteView::of(minute, catalog, &window))
    }

    /// Returns the changes of a service and of its dependencies, oldest first. A change of a name
    /// that the settings list as an alias of a dependency is returned under the dependency's name.
    pub(crate) async fn changes(
        &mut self,
        service: &str,
        now_ms: i64,
    ) -> Result<Vec<Change>, FlowError> {
        let catalog = self.registry.catalog(&self.store, service).await?;
        let called = catalog.names(SeriesKind::Dependency);
        let scopes = scopes_of_changes(service, called, self.settings.service(service));
        let from = Change::first_id_at(now_ms.saturating_sub(CHANGES_MS));
        let reads = scopes.keys().map(|scope| {
            self.store
                .list(DocumentKind::Change, scope, &from, MAX_CHANGES)
        });
        let reads = stream::iter(reads).buffered(CONCURRENT_READS);
        let found: Vec<_> = reads.try_collect().await?;
        let mut changes = Vec::new();
        for ((scope, name), documents) in scopes.iter().zip(found) {
            for document in documents {
                let mut change = documents::change::decode(scope, &document.body)?;
                if scope != name {
                    change.service.clone_from(name);
                }
                changes.push(change);
            }
        }
        changes.sort_by(|a, b| (a.at_ms, &a.event_id).cmp(&(b.at_ms, &b.event_id)));
        Ok(changes)
    }

    /// Returns the newest alert of a service.
    pub(crate) async fn newest_alert(&self, service: &str) -> Result<Seen, FlowError> {
        let newest = self
            .store
            .list(DocumentKind::Alert, service, "", 1)
            .await?
            .pop();
        let Some(document) = newest else {
            return Ok(None);
        };
        let alert = documents::alert::decode(service, &document.body)?;
        Ok(Some((document.version, alert)))
    }

    /// Stores an alert's new event, puts it into the incident, and returns `true`; returns `false`
    /// if another process was first. `seen` is the newest alert that the judgement took into
    /// account; on success it becomes this alert.
    pub(crate) async fn tell(
        &mut self,
        seen: &mut Seen,
        mut alert: Alert,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<bool, FlowError> {
        if let Some((_, last)) = seen {
            self.owe(last, sink).await?;
        }
        if alert.is_open() {
            alert.kinds = self.said(&alert).await?;
        }
        let before = seen.as_ref().filter(|(_, last)| last.id == alert.id);
        let version = before.map_or(0, |(version, _)| *version);
        if version == 0 && !self.opens(&alert, seen, now_ms).await? {
            return Ok(false);
        }
        let key = documents::alert::key(&alert.service, &alert.id);
        let body = documents::alert::encode(&alert);
        if self.store.save(&key, version, &body).await? == Save::Conflict {
            return Ok(false);
        }
        self.owe(&alert, sink).await?;
        *seen = Some((version + 1, alert));
        Ok(true)
    }

    /// Puts the last event of an alert into its incident, the outbox, and reports it to the sink,
    /// unless the incident holds that event already.
    pub(crate) async fn owe(&self, alert: &Alert, sink: &mut impl Sink) -> Result<(), FlowError> {
        let key = documents::incident::key(alert);
        for _ in 0..ATTEMPTS {
            let mut version = 0;
            if let Some(document) = self.store.load(&key).await? {
                version = document.version;
                if documents::incident::decode(&alert.service, &document.body)?.holds(alert) {
                    return Ok(());
                }
            }
            let incident = Incident::of(alert.clone());
            let body = documents::incident::encode(&incident);
            if self.store.save(&key, version, &body).await? == Save::Saved {
                sink.incident(incident.event(), &incident);
                return Ok(());
            }
        }
        Err(FlowError::Contended {
            what: DocumentKind::Incident.row().name,
            scope: alert.service.clone(),
        })
    }

    /// Returns whether this process may open the alert: no other process is opening an alert of the
    /// service at this moment.
    ///
    /// Two processes that see the same problem may date its start to different minutes, and so give
    /// the alert different ids; a condition on one alert document cannot detect that. Therefore a
    /// process first writes to the service's single opening document, over the version that it
    /// read, which alert it is about to open.
    async fn opens(&self, alert: &Alert, seen: &Seen, now_ms: i64) -> Result<bool, FlowError> {
        let key = documents::opening::key(&alert.service);
        let mut version = 0;
        if let Some(document) = self.store.load(&key).await? {
            let last = documents::opening::decode(&alert.service, &document.body)?;
            if last.alert == alert.id {
                // The same alert is being opened again: the version check on the alert document
                // lets one writer win.
                return Ok(true);
            }
            let known = seen.as_ref().is_some_and(|(_, seen)| seen.id == last.alert);
            if !known && (now_ms - last.at_ms).abs() < OPENING_MS {
                return Ok(false);
            }
            version = document.version;
        }
        let opening = Opening {
            alert: alert.id.clone(),
            at_ms: now_ms,
        };
        let body = documents::opening::encode(&opening);
        Ok(self.store.save(&key, version, &body).await? == Save::Saved)
    }

    /// Returns the most frequent log patterns in the minutes of an incident.
    async fn said(&mut self, incident: &Alert) -> Result<Vec<PatternCount>, FlowError> {
        let service = &incident.service;
        let minutes = incident.told_minutes();
        let reads = minutes.map(|minute| self.store.window(service, Minute(minute)));
        let mut reads = stream::iter(reads).buffered(CONCURRENT_READS);
        let mut all = Window::new();
        while let Some(window) = reads.try_next().await? {
            window::merge(&mut all, &window);
        }
        drop(reads);
        let catalog = self.registry.catalog(&self.store, service).await?;
        Ok(top_patterns(catalog, &all, MAX_PATTERNS))
    }
}

/// Returns the scopes under which the changes of a service and of its dependencies are stored, each
/// with the name by which the judgement knows it. An alias that is a host name cannot name an ECS
/// service, so no read is spent on it.
fn scopes_of_changes<'a>(
    service: &str,
    called: impl Iterator<Item = &'a str>,
    settings: Option<&ServiceSettings>,
) -> BTreeMap<String, String> {
    let mut scopes = BTreeMap::new();
    for told in called {
        let name = settings.and_then(|settings| settings.dependency(told));
        let name = name.unwrap_or(told);
        let configured = settings.and_then(|settings| settings.dependencies.get(name));
        let aliases = configured.into_iter().flat_map(|known| &known.aliases);
        let aliases = aliases.map(String::as_str);
        let aliases = aliases.filter(|alias| change::may_name_service(alias));
        for scope in aliases.chain([told, name]) {
            scopes.insert(scope.to_owned(), name.to_owned());
        }
    }
    scopes.insert(service.to_owned(), service.to_owned());
    scopes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use atalaya_core::alert::{AlertEvent, Cause, CauseEvidence, CauseKind, Status, Title};
    use atalaya_core::detect::Severity;
    use atalaya_core::settings::Settings;

    use super::*;
    use crate::changes;
    use crate::memory::MemoryStore;

    /// A sink that counts the events of incidents.
    #[derive(Default)]
    struct Count(usize);

    impl Sink for Count {
        fn metrics(&mut self, _: Minute, _: &[u8]) {}
        fn finding(&mut self, _: &str, _: &atalaya_core::detect::Finding, _: i64) {}
        fn incident(&mut self, _: AlertEvent, _: &Incident) {
            self.0 += 1;
        }
    }

    fn alert(id: &str) -> Alert {
        Alert {
            id: id.into(),
            service: "loan-api".into(),
            since: Minute(100),
            status: Status::Open,
            opened_at_ms: 0,
            at_ms: 0,
            severity: Severity::Page,
            title: Title::Text(String::new()),
            cause: Cause {
                kind: CauseKind::Own,
                name: "loan-api".into(),
                evidence: CauseEvidence::Nothing,
            },
            findings: Vec::new(),
            symptoms: BTreeSet::new(),
            changes: Vec::new(),
            kinds: Vec::new(),
            judged_through: Minute(101),
        }
    }

    fn deployment(service: &str) -> String {
        format!(
            r#"{{"id":"e-{service}","detail-type":"ECS Deployment State Change","source":"aws.ecs",
            "time":"2026-01-08T02:10:00Z","resources":["arn:aws:ecs:us-east-1:1:service/prod/{service}"],
            "detail":{{"eventName":"SERVICE_DEPLOYMENT_IN_PROGRESS","deploymentId":"ecs-svc/7"}}}}"#
        )
    }

    #[tokio::test]
    async fn a_change_of_an_alias_is_one_of_the_dependency() -> Result<(), FlowError> {
        let text = "services: { loan-api: { log_groups: [/a], dependencies: \
                    { scoring: { aliases: [scoring-v2, scoring.example.net] }, auth: {} } } }";
        let settings = Settings::parse(text).expect("is without fault");
        let rows = [
            ("the service itself", "loan-api", Some("loan-api")),
            ("a dependency", "scoring", Some("scoring")),
            ("an alias", "scoring-v2", Some("scoring")),
            ("a dependency that was never called", "auth", None),
            ("somebody else", "ledger", None),
        ];
        for (row, service, expected) in rows {
            let mut flow = Flow::new(MemoryStore::default(), settings.clone());
            // A catalog of before the alias was configured has a series of its own for it.
            let key = documents::catalog::key("loan-api");
            let catalog = r#"{"r":[],"d":[[1,"scoring"],[2,"scoring-v2"]],"c":[]}"#;
            assert_eq!(flow.store.save(&key, 0, catalog).await?, Save::Saved);
            let change = changes::keep(&flow.store, &deployment(service)).await?;
            let now_ms = change.at_ms + 1;
            let found = flow.changes("loan-api", now_ms).await?;
            let found: Vec<_> = found.iter().map(|change| change.service.as_str()).collect();
            assert_eq!(found, Vec::from_iter(expected), "{row}");
        }
        Ok(())
    }

    /// Two processes see the same problem at once and date it to different minutes; the second one
    /// has not read the first one's alert.
    #[tokio::test]
    async fn one_of_two_opens_an_incident() -> Result<(), FlowError> {
        let mut flow = Flow::new(MemoryStore::default(), Settings::default());
        let mut said = Count::default();
        let rows = [
            ("a", None, 0, true),
            ("b", None, OPENING_MS - 1, false),
            ("a", None, OPENING_MS - 1, false),
            // By now the process that was opening it must have died.
            ("b", None, OPENING_MS, true),
            // A process that has read the previous alert may open the next at once: a sweep after a
            // long pause does.
            ("c", Some("b"), OPENING_MS + 1, true),
        ];
        for (id, seen, now_ms, expected) in rows {
            let mut seen = seen.map(|id| (1, alert(id)));
            let before = said.0;
            let told = flow.tell(&mut seen, alert(id), now_ms, &mut said).await?;
            assert_eq!(told, expected, "{id} at {now_ms}");
            assert_eq!(said.0 - before, usize::from(expected), "{id} at {now_ms}");
            if told {
                assert_eq!(
                    seen.map(|(version, seen)| (version, seen.id)),
                    Some((1, id.into()))
                );
            }
        }
        // Only a process that has read the newest alert's last version adds an event to it.
        let mut seen = flow.newest_alert("loan-api").await?;
        let mut stale = seen.clone();
        let update = || Alert {
            at_ms: 9,
            judged_through: Minute(102),
            ..alert("c")
        };
        assert!(flow.tell(&mut seen, update(), 9, &mut said).await?);
        assert_eq!(seen.map(|(version, _)| version), Some(2));
        assert!(!flow.tell(&mut stale, update(), 9, &mut said).await?);
        Ok(())
    }
}
