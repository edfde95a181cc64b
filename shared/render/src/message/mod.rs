//! A message: what people are told of one event of an incident, with all that was found beside it and all that was not.
//!
//! The same incident and the same evidence make the same message; each channel's form is a text that is rendered from
//! it. Everything that came out of logs or names is one clean line of bounded length by then.

mod clean;
pub mod link;
pub mod related;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;
pub(crate) mod words;

use clean::line;
use link::Link;
use related::RelatedMetric;

use atalaya_core::alert::line::{CauseLine, ChangeLine, FindingLine, IncidentLine, LogPatternLine};
use atalaya_core::alert::{Alert, AlertEvent, MAX_PATTERNS};
use atalaya_core::detect::Severity;
use atalaya_core::excerpt::ExcerptLine;
use atalaya_core::settings::Settings;

/// The most findings that are told.
pub const MAX_FINDINGS: usize = 8;
/// The most changes that are told.
pub const MAX_CHANGES: usize = 5;
/// The most excerpt lines that are told.
pub const MAX_EXCERPTS: usize = 5;
/// The longest title, evidence or other sentence, in characters.
const MAX_SENTENCE: usize = 500;
/// The longest excerpt line, in characters.
const MAX_EXCERPT: usize = 400;
/// The longest name, in characters.
const MAX_NAME: usize = 120;

/// What people are told of one event of an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// `<incident>/<event>/<at>`: the same however often it is sent.
    pub id: String,
    /// The incident's id, by which a receiver folds all messages about it.
    pub dedup_key: String,
    /// What became of the incident.
    pub event: AlertEvent,
    /// How bad, at its worst so far.
    pub severity: Severity,
    /// The service.
    pub service: String,
    /// The environment, such as `prod`, where one is told.
    pub environment: Option<String>,
    /// What, how badly, and why, in one line.
    pub title: String,
    /// When this was decided, in milliseconds since the epoch.
    pub at_ms: i64,
    /// When it began, in milliseconds since the epoch.
    pub since_ms: i64,
    /// On resolve: the first healthy moment, in milliseconds since the epoch.
    pub resolved_at_ms: Option<i64>,
    /// How long it lasted, or has lasted so far, in milliseconds.
    pub duration_ms: i64,
    /// What was found when it was last told as open.
    pub findings: Vec<FindingLine>,
    /// What most likely caused it.
    pub cause: CauseLine,
    /// What changed before, the newest first.
    pub changes: Vec<ChangeLine>,
    /// Which kinds of errors and warnings were logged most.
    pub error_kinds: Vec<LogPatternLine>,
    /// Masked log lines, the oldest first.
    pub excerpts: Vec<ExcerptLine>,
    /// Related metrics.
    pub metrics: Vec<RelatedMetric>,
    /// What could not be had for this message, and why; nothing is left out without a word.
    pub missing: Vec<String>,
    /// Who is responsible for the service.
    pub owner: Option<String>,
    /// Where to read on.
    pub links: Vec<Link>,
}

/// What was gathered beside an incident.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gathered {
    /// Masked log lines of the service.
    pub excerpts: Vec<ExcerptLine>,
    /// Related metrics.
    pub metrics: Vec<RelatedMetric>,
    /// What could not be had, and why.
    pub missing: Vec<String>,
}

/// Where Atalaya runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The AWS region, for links to its console.
    pub region: String,
    /// The environment, such as `prod`.
    pub environment: Option<String>,
}

impl Message {
    /// Returns what is told of an incident's last event.
    #[must_use]
    pub fn of(
        incident: &Alert,
        settings: &Settings,
        deployment: &Deployment,
        gathered: Gathered,
    ) -> Self {
        let service = settings.service(&incident.service);
        let event = incident.event();
        let told = IncidentLine::of(event, incident);
        let mut missing: Vec<_> = gathered
            .missing
            .iter()
            .map(|what| line(what, MAX_SENTENCE))
            .collect();
        let (links, told_links) = links(incident, settings, deployment);
        missing.extend(told_links);
        let mut excerpts = gathered.excerpts;
        excerpts.sort_by_key(|excerpt| excerpt.at_ms);
        // The newest: they tell of now.
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
            title: line(&told.title, MAX_SENTENCE),
            at_ms: told.at,
            since_ms: told.since,
            resolved_at_ms: told.resolved_at,
            duration_ms: incident.duration_ms(),
            findings: findings(told.findings),
            cause: CauseLine {
                kind: told.cause.kind,
                name: line(&told.cause.name, MAX_NAME),
                evidence: line(&told.cause.evidence, MAX_SENTENCE),
            },
            changes: changes(told.changes),
            error_kinds: kinds(told.error_kinds),
            excerpts,
            metrics: gathered.metrics,
            missing,
            owner: service
                .and_then(|service| service.owner.as_deref())
                .map(|owner| line(owner, MAX_NAME)),
            links,
        }
    }

    /// Returns the message with one more thing that could not be done.
    #[must_use]
    pub fn without(mut self, what: &str) -> Self {
        self.missing.push(line(what, MAX_SENTENCE));
        self
    }
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

/// Returns the links, and what of them could not be made.
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

fn findings(mut findings: Vec<FindingLine>) -> Vec<FindingLine> {
    findings.sort_by(|a, b| b.surprise.total_cmp(&a.surprise));
    findings.truncate(MAX_FINDINGS);
    for finding in &mut findings {
        finding.subject = line(&finding.subject, MAX_NAME);
        finding.evidence = line(&finding.evidence, MAX_SENTENCE);
    }
    findings
}

fn kinds(mut kinds: Vec<LogPatternLine>) -> Vec<LogPatternLine> {
    kinds.truncate(MAX_PATTERNS);
    for kind in &mut kinds {
        kind.text = line(&kind.text, MAX_SENTENCE);
    }
    kinds
}

fn changes(mut changes: Vec<ChangeLine>) -> Vec<ChangeLine> {
    changes.sort_by_key(|change| std::cmp::Reverse(change.at));
    changes.truncate(MAX_CHANGES);
    for change in &mut changes {
        change.service = line(&change.service, MAX_NAME);
        change.what = line(&change.what, MAX_SENTENCE);
    }
    changes
}
