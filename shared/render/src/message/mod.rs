//! A message: the notification of one event of an incident, with the evidence that was found and a
//! note of the evidence that is missing.
//!
//! The same incident and the same evidence give the same message; each channel's body is rendered
//! from it. Every text that came from logs or names is one clean line of bounded length in it.

mod clean;
pub mod link;
pub(crate) mod parts;
pub mod related;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;
pub(crate) mod words;

use atalaya_core::alert::{Alert, AlertEvent, CauseKind, Status};
use atalaya_core::detect::Severity;
use atalaya_core::excerpt::ExcerptLine;
use atalaya_core::settings::{ServiceSettings, Settings};
use clean::line;
use link::Link;
use related::RelatedMetric;

use crate::words::title;

pub use parts::{CausePart, ChangePart, FindingPart, PatternPart};

/// The most findings in a message.
pub const MAX_FINDINGS: usize = 8;
/// The most changes in a message.
pub const MAX_CHANGES: usize = 5;
/// The most excerpt lines in a message.
pub const MAX_EXCERPTS: usize = 5;
/// The longest title, evidence or other sentence, in characters.
const MAX_SENTENCE: usize = 500;
/// The longest excerpt line, in characters.
const MAX_EXCERPT: usize = 400;
/// The longest name, in characters.
const MAX_NAME: usize = 120;

/// The notification of one event of an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The message's id, `<incident>/<event>/<at>`: the same however often it is sent.
    pub id: String,
    /// The incident's id, by which a receiver groups all messages about it.
    pub dedup_key: String,
    /// The event: opened, updated or resolved.
    pub event: AlertEvent,
    /// The highest severity so far.
    pub severity: Severity,
    /// The service.
    pub service: String,
    /// The environment, such as `prod`, if one is configured.
    pub environment: Option<String>,
    /// The title: what is wrong, how badly, and why, in one line.
    pub title: String,
    /// When the event was decided, in milliseconds since the epoch.
    pub at_ms: i64,
    /// When the incident began, in milliseconds since the epoch.
    pub since_ms: i64,
    /// On resolve: the first healthy moment, in milliseconds since the epoch.
    pub resolved_at_ms: Option<i64>,
    /// How long the incident lasted, or has lasted so far, in milliseconds.
    pub duration_ms: i64,
    /// The findings of the last event while the incident was open.
    pub findings: Vec<FindingPart>,
    /// The most likely cause.
    pub cause: CausePart,
    /// Whether the cause is a dependency that another company runs, so that the reader cannot fix
    /// it.
    pub cause_is_external: bool,
    /// The changes before the incident, the newest first.
    pub changes: Vec<ChangePart>,
    /// The most frequent log patterns of errors and warnings.
    pub error_kinds: Vec<PatternPart>,
    /// Masked log lines, the oldest first.
    pub excerpts: Vec<ExcerptLine>,
    /// Related metrics.
    pub metrics: Vec<RelatedMetric>,
    /// The evidence that is missing from this message, and why; no evidence is left out without a
    /// note.
    pub missing: Vec<String>,
    /// The owner of the service.
    pub owner: Option<String>,
    /// Links to logs, metrics and runbooks.
    pub links: Vec<Link>,
}

/// The evidence that was gathered for an incident.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gathered {
    /// Masked log lines of the service.
    pub excerpts: Vec<ExcerptLine>,
    /// Related metrics.
    pub metrics: Vec<RelatedMetric>,
    /// The evidence that is missing, and why.
    pub missing: Vec<String>,
}

/// The deployment of Atalaya that sends the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The AWS region, for links to its console.
    pub region: String,
    /// The environment, such as `prod`.
    pub environment: Option<String>,
}

impl Message {
    /// Returns the message about an incident's last event.
    #[must_use]
    pub fn of(
        incident: &Alert,
        settings: &Settings,
        deployment: &Deployment,
        gathered: Gathered,
    ) -> Self {
        let service = settings.service(&incident.service);
        let event = incident.event();
        let mut missing: Vec<_> = gathered
            .missing
            .iter()
            .map(|what| line(what, MAX_SENTENCE))
            .collect();
        let (links, told_links) = links(incident, settings, deployment);
        missing.extend(told_links);
        let mut excerpts = gathered.excerpts;
        excerpts.sort_by_key(|excerpt| excerpt.at_ms);
        // The newest lines show the present state.
        let mut excerpts = excerpts.split_off(excerpts.len().saturating_sub(MAX_EXCERPTS));
        for excerpt in &mut excerpts {
            excerpt.text = line(&excerpt.text, MAX_EXCERPT);
        }
        Self {
            id: message_id(incident),
            dedup_key: incident.id.clone(),
            event,
            severity: incident.severity,
            service: line(&incident.service, MAX_NAME),
            environment: deployment
                .environment
                .as_deref()
                .map(|name| line(name, MAX_NAME)),
            title: line(&title::of(incident), MAX_SENTENCE),
            at_ms: incident.at_ms,
            since_ms: incident.since.start_ms(),
            resolved_at_ms: match incident.status {
                Status::Open => None,
                Status::Resolved { ended } => Some(ended.start_ms()),
            },
            duration_ms: incident.duration_ms(),
            findings: parts::findings(incident),
            cause: CausePart::of(&incident.cause),
            cause_is_external: cause_is_external(incident, service),
            changes: parts::changes(incident),
            error_kinds: parts::patterns(incident),
            excerpts,
            metrics: gathered.metrics,
            missing,
            owner: service
                .and_then(|service| service.owner.as_deref())
                .map(|owner| line(owner, MAX_NAME)),
            links,
        }
    }

    /// Returns the message with one more entry under what is missing.
    #[must_use]
    pub fn without(mut self, what: &str) -> Self {
        self.missing.push(line(what, MAX_SENTENCE));
        self
    }
}

/// Returns whether the cause is a dependency that another company runs, according to the settings.
fn cause_is_external(incident: &Alert, service: Option<&ServiceSettings>) -> bool {
    let cause = &incident.cause;
    let known = service.and_then(|service| service.dependencies.get(&cause.name));
    cause.kind == CauseKind::Dependency && known.is_some_and(|known| known.external)
}

/// Returns the id of the message about an incident's last event.
#[must_use]
pub fn message_id(incident: &Alert) -> String {
    format!(
        "{}/{}/{}",
        incident.id,
        incident.event().name(),
        incident.at_ms
    )
}

/// Returns the links, and a note of those that could not be made.
fn links(
    incident: &Alert,
    settings: &Settings,
    deployment: &Deployment,
) -> (Vec<Link>, Vec<String>) {
    let (mut links, mut missing) = (Vec::new(), Vec::new());
    let service = settings.service(&incident.service);
    if let Some(runbook) = service.and_then(|service| service.runbook.as_ref()) {
        links.push(Link {
            label: "Runbook".into(),
            url: runbook.clone(),
        });
    }
    let span = link::Span::around(incident);
    let groups = service.map_or(&[][..], |service| &service.log_groups);
    if groups.is_empty() {
        missing.push("link to the logs: atalaya.yaml names no log group of this service".into());
    } else {
        links.push(link::logs_insights(&deployment.region, groups, span));
    }
    links.push(link::metrics(
        &deployment.region,
        &settings.namespace,
        &incident.service,
        span,
    ));
    (links, missing)
}
