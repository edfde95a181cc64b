//! The incident: alerts that belong together, and the outbox from which channels are notified.
//!
//! The incident's document holds everything that a message needs, its alerts in their own stored
//! form. Its key begins with the minute in which its first alert began, so that the newest
//! incidents of all services are the last ones of their scope.

use atalaya_core::alert::{Alert, CauseKind, Status};
use atalaya_core::detect::Severity;
use atalaya_core::incident::{Incident, RankedCause};
use atalaya_core::time::Minute;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{DocumentKind, alert, read, unreadable};
use crate::error::FlowError;
use crate::store::DocKey;

/// The scope of incidents: those of all services.
pub const SCOPE: &str = "all";

/// Returns the key of the incident that an alert opens.
#[must_use]
pub fn key(first: &Alert) -> DocKey {
    let id = format!("{}#{}", first.since, first.id);
    DocKey::new(DocumentKind::Incident, SCOPE, id)
}

/// Why a stored incident cannot be read.
#[derive(Debug, thiserror::Error)]
enum Unknown {
    #[error("it has an unknown {0}")]
    Word(&'static str),
    #[error("it has no alert")]
    Empty,
}

/// Returns the stored form.
///
/// # Panics
/// Never: strings and numbers always encode.
#[must_use]
pub fn encode(incident: &Incident) -> String {
    let raw = |alert: &Alert| {
        RawValue::from_string(alert::encode(alert)).expect("the stored form of an alert is JSON")
    };
    let cause = |cause: &RankedCause| v1::Cause {
        kind: cause.kind.name().to_owned(),
        name: cause.name.clone(),
        alert: cause.alert,
    };
    let v1 = v1::Incident {
        v: DocumentKind::Incident.row().version,
        id: incident.id.clone(),
        since: incident.since.0,
        ended: match incident.status {
            Status::Open => None,
            Status::Resolved { ended } => Some(ended.0),
        },
        opened_at: incident.opened_at_ms,
        at: incident.at_ms,
        severity: incident.severity.name().to_owned(),
        causes: incident.causes.iter().map(cause).collect(),
        alerts: incident.alerts().map(raw).collect(),
    };
    serde_json::to_string(&v1).expect("strings and numbers always encode")
}

/// Reads the stored form; `scope` names the owner in an error.
///
/// # Errors
/// If the text is not a stored incident, or is of another version.
pub fn decode(scope: &str, body: &str) -> Result<Incident, FlowError> {
    let kind = DocumentKind::Incident;
    let unknown = |unknown| unreadable(kind.row().name, scope, unknown);
    let v1: v1::Incident = read(kind, scope, body)?;
    let cause = |cause: v1::Cause| {
        let kind = CauseKind::named(&cause.kind).ok_or_else(|| unknown(Unknown::Word("cause")))?;
        Ok(RankedCause {
            kind,
            name: cause.name,
            alert: cause.alert,
        })
    };
    let causes: Result<_, FlowError> = v1.causes.into_iter().map(cause).collect();
    let mut alerts = v1.alerts.iter();
    let first = alerts.next().ok_or_else(|| unknown(Unknown::Empty))?;
    let others: Result<_, FlowError> = alerts
        .map(|body| alert::decode(scope, body.get()))
        .collect();
    let severity = Severity::named(&v1.severity);
    Ok(Incident {
        id: v1.id,
        since: Minute(v1.since),
        status: v1.ended.map_or(Status::Open, |ended| Status::Resolved {
            ended: Minute(ended),
        }),
        opened_at_ms: v1.opened_at,
        at_ms: v1.at,
        severity: severity.ok_or_else(|| unknown(Unknown::Word("severity")))?,
        causes: causes?,
        first: alert::decode(scope, first.get())?,
        others: others?,
    })
}

/// The stored form, frozen.
mod v1 {
    use super::{Deserialize, RawValue, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(super) struct Incident {
        pub(super) v: u8,
        pub(super) id: String,
        pub(super) since: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub(super) ended: Option<i64>,
        pub(super) opened_at: i64,
        pub(super) at: i64,
        pub(super) severity: String,
        pub(super) causes: Vec<Cause>,
        pub(super) alerts: Vec<Box<RawValue>>,
    }

    #[derive(Serialize, Deserialize)]
    pub(super) struct Cause {
        pub(super) kind: String,
        pub(super) name: String,
        pub(super) alert: usize,
    }
}

#[cfg(test)]
mod tests {
    use atalaya_core::alert::AlertEvent;

    use super::*;

    const OPEN: &str = include_str!("incident/fixtures/open-v1.json");
    const RESOLVED: &str = include_str!("incident/fixtures/resolved-v1.json");
    const OPEN_OF_V2: &str = include_str!("incident/fixtures/open-v1-of-alert-v2.json");
    const RESOLVED_OF_V2: &str = include_str!("incident/fixtures/resolved-v1-of-alert-v2.json");

    #[test]
    fn the_first_form_stays_readable_with_alerts_of_any_form() {
        for (frozen, event) in [
            (OPEN, AlertEvent::Open),
            (RESOLVED, AlertEvent::Resolve),
            (OPEN_OF_V2, AlertEvent::Open),
            (RESOLVED_OF_V2, AlertEvent::Resolve),
        ] {
            let incident = decode("all", frozen).expect("frozen fixture");
            assert_eq!(incident.event(), event);
            assert_eq!(incident, Incident::of(incident.first.clone()));
            let key = key(&incident.first);
            assert_eq!(key.id, "2026-01-08T08:42Z#loan-api-20260108T0842Z");
        }
    }

    #[test]
    fn it_is_written_with_alerts_of_their_second_form() {
        for frozen in [OPEN_OF_V2, RESOLVED_OF_V2] {
            let incident = decode("all", frozen).expect("frozen fixture");
            assert_eq!(encode(&incident), frozen.trim());
        }
        let old = decode("all", OPEN).expect("frozen fixture");
        let again = decode("all", &encode(&old)).expect("own form");
        assert_eq!(again, old, "the words of the first form are kept");
    }

    #[test]
    fn what_was_never_written_is_refused() {
        for (whole, other) in [
            (r#""v":1,"id""#, r#""v":2,"id""#),
            (
                r#""severity":"page","causes""#,
                r#""severity":"dire","causes""#,
            ),
            (
                r#""causes":[{"kind":"dependency""#,
                r#""causes":[{"kind":"weather""#,
            ),
            (r#""alerts":[{"v":1"#, r#""alerts":[{"v":9"#),
        ] {
            let body = OPEN.replacen(whole, other, 1);
            assert_ne!(body, OPEN, "{whole}");
            assert!(decode("all", &body).is_err(), "{other}");
        }
        let (front, _) = OPEN.split_once(r#""alerts":["#).expect("it has alerts");
        assert!(decode("all", &format!(r#"{front}"alerts":[]}}"#)).is_err());
    }
}
