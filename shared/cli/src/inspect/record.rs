//! One record as `inspect` shows it. Programs read it, so the names and their order are frozen.

use std::collections::BTreeMap;

use atalaya_core::settings::Settings;
use atalaya_logs::extract::{Memory, Rules};
use atalaya_logs::json::Str;
use atalaya_logs::record::explain::explain;
use atalaya_logs::record::{Fields, timestamp};
use atalaya_logs::route;
use serde::Serialize;

/// What is recognised in one record; `None` where the line does not carry it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Shown {
    /// The file.
    pub(super) source: String,
    /// The line it begins on, from 1.
    pub(super) first_line: u64,
    /// The line it ends on, the last of its stack trace.
    pub(super) last_line: u64,
    /// When, in milliseconds since the epoch.
    pub(super) timestamp_ms: Option<i64>,
    pub(super) level: Option<&'static str>,
    pub(super) message: Option<String>,
    pub(super) service: Option<String>,
    pub(super) method: Option<String>,
    /// The path that was asked for, without host and query.
    pub(super) path: Option<String>,
    /// The template that the path belongs to.
    pub(super) route: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) latency_ms: Option<f64>,
    pub(super) trace_id: Option<String>,
    pub(super) error_type: Option<String>,
    pub(super) dependency: Option<String>,
    /// The class of what caused the error.
    pub(super) error_cause: Option<String>,
    /// The form that the line was read as.
    pub(super) format: &'static str,
    /// The source of each field, by the field's name: a key, the form, the words, the stack trace,
    /// a rule of the settings.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) rules: BTreeMap<&'static str, String>,
}

/// The fields of a record, and which rules of the settings gave some of them.
#[derive(Debug)]
pub(super) struct Ruled<'a> {
    fields: Fields<'a>,
    rules: BTreeMap<&'static str, String>,
}

impl<'a> Ruled<'a> {
    /// Applies the rules for a record's lines, where there are any, as the functions do.
    pub(super) fn of(
        rules: Option<&'a Rules>,
        text: Str<'a>,
        mut fields: Fields<'a>,
        memory: &'a mut Memory,
    ) -> Self {
        let mut given_by = explain(&text, &fields);
        if let Some(rules) = rules {
            let given = rules.apply(text, &mut fields, memory);
            for field in given.fields() {
                let giver = rules.giver(given, field);
                given_by.extend(giver.map(|giver| (field.name(), giver.to_string())));
            }
        }
        let rules = given_by;
        Self { fields, rules }
    }
}

/// Where a log event stands in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Shown {
    /// Shows a record as the functions read it.
    pub(super) fn of(
        source: &str,
        Ruled { fields, rules }: &Ruled<'_>,
        lines: Lines,
        outside_ms: Option<i64>,
        settings: &Settings,
    ) -> Self {
        let text = |text: Option<Str<'_>>| text.map(|text| text.text().into_owned());
        let path = text(fields.path).map(|path| route::path_of(&path).to_owned());
        let own_ms = fields.timestamp.as_ref().and_then(timestamp::of);
        Self {
            source: source.to_owned(),
            first_line: lines.first,
            last_line: lines.last,
            timestamp_ms: own_ms.or(outside_ms),
            level: fields.level.map(atalaya_logs::record::Level::name),
            message: text(fields.message),
            service: text(fields.service),
            method: text(fields.method),
            route: route_of(fields, path.as_deref(), settings),
            path,
            status: fields.status,
            latency_ms: fields.latency_ms.map(|ms| (ms * 1e3).round() / 1e3),
            trace_id: text(fields.trace_id),
            error_type: text(fields.error_type),
            error_cause: text(fields.error_cause),
            dependency: text(fields.dependency),
            format: fields.format.name(),
            rules: rules.clone(),
        }
    }
}

/// Returns the route: the configured one that matches, the framework's own, or the template of the path.
fn route_of(fields: &Fields<'_>, path: Option<&str>, settings: &Settings) -> Option<String> {
    let service = fields.service.map(|service| service.text());
    let known = service.and_then(|service| settings.service(&service));
    let configured = path.and_then(|path| {
        let mut routes = known?.routes.iter();
        routes
            .find(|template| route::matches(template, path))
            .cloned()
    });
    let framework = || Some(route::of_framework(&fields.route?.text()).into_owned());
    configured
        .or_else(framework)
        .or_else(|| path.map(route::template))
}
