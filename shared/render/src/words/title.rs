//! The title of an alert: what is wrong, how badly, and why, in one line that is read on a lock screen.

use atalaya_core::alert::{Alert, Cause, CauseKind, Fault, Symptom, Title};
use atalaya_core::detect::table::Unit;
use atalaya_core::detect::{Detector, Subject};
use atalaya_core::time::MINUTE_MS;

use super::{duration, percent};

/// Returns the title: `loan-api: 31 % of requests fail (normally 0.4 %), scoring times out`.
#[must_use]
pub fn of(alert: &Alert) -> String {
    format!("{}: {}", alert.service, without_service(alert))
}

/// Returns the title without the service that it begins with.
#[must_use]
pub fn without_service(alert: &Alert) -> String {
    words(&alert.title, alert)
}

fn words(title: &Title, alert: &Alert) -> String {
    let minutes = alert.duration_ms() / MINUTE_MS;
    match title {
        Title::Wrong { symptom, fault } => {
            let what = symptom.as_ref();
            let what = what.map_or_else(|| "something is unusual".to_owned(), wrong);
            format!("{what}{}", why(&alert.cause, *fault))
        }
        Title::Resolved(before) => {
            format!("resolved after {minutes} min ({})", words(before, alert))
        }
        Title::Accepted(normal) => {
            let hours = minutes / 60;
            format!("taken for normal after {hours} h ({})", changed(normal))
        }
        Title::Text(words) => words.clone(),
    }
}

fn wrong(symptom: &Symptom) -> String {
    let what = match &symptom.subject {
        Subject::Requests => "requests".to_owned(),
        Subject::Route(name) => name.to_string(),
        Subject::Dependency(name) => format!("calls to {name}"),
        Subject::Lines => "log lines".to_owned(),
        Subject::Message(id) => format!("errors of kind {id}"),
    };
    let (seen, normal) = (symptom.seen, symptom.normal);
    match symptom.detector {
        _ if symptom.is_of_failures() => format!(
            "{} of {what} fail (normally {})",
            percent(seen),
            percent(normal)
        ),
        Detector::Latency => format!(
            "{what} slow, p90 {} (normally {})",
            duration(seen),
            duration(normal)
        ),
        Detector::LatencyLevel => format!(
            "{what} slow, median {} (normally {})",
            duration(seen),
            duration(normal)
        ),
        Detector::LatencyTail => format!(
            "{} of {what} far slower than usual (normally {})",
            percent(seen),
            percent(normal)
        ),
        Detector::Drift => format!(
            "{what} get slower, {} slow (normally {})",
            percent(seen),
            percent(normal)
        ),
        Detector::NoLogs => "no log lines".to_owned(),
        other => match other.row().unit {
            Unit::Share => format!(
                "{} of {what} slow (normally {})",
                percent(seen),
                percent(normal)
            ),
            Unit::Milliseconds => format!(
                "{what} slow, {} (normally {})",
                duration(seen),
                duration(normal)
            ),
            Unit::PerMinute => format!("{seen:.1} {what} a minute (normally {normal:.1})"),
        },
    }
}

fn why(cause: &Cause, fault: Option<Fault>) -> String {
    match (cause.kind, fault) {
        (CauseKind::Dependency, fault) => {
            let how = match fault {
                Some(Fault::TimesOut) => "times out",
                Some(Fault::Fails) => "fails",
                Some(Fault::Slow) | None => "is slow",
            };
            format!(", {} {how}", cause.name)
        }
        (CauseKind::Change, _) => ", after its deployment".to_owned(),
        (CauseKind::Own | CauseKind::Traffic | CauseKind::Client | CauseKind::Unknown, _) => {
            String::new()
        }
    }
}

/// Returns what a level is now, and was: `p90 900 ms, was 310 ms`.
fn changed(symptom: &Symptom) -> String {
    let (seen, normal) = (symptom.seen, symptom.normal);
    match symptom.detector {
        Detector::Latency => format!("p90 {}, was {}", duration(seen), duration(normal)),
        Detector::TrafficDrop | Detector::CompletedDrop => {
            format!("{seen:.1} requests a minute, was {normal:.1}")
        }
        Detector::NoLogs | Detector::NewError | Detector::ErrorSurge => {
            format!("{seen:.1} a minute, was {normal:.1}")
        }
        _ if symptom.is_of_failures() => {
            format!("{} fail, was {}", percent(seen), percent(normal))
        }
        _ => format!("{} are slow, was {}", percent(seen), percent(normal)),
    }
}

#[cfg(test)]
mod tests {
    use atalaya_core::alert::{CauseEvidence, Status};
    use atalaya_core::detect::Signal;

    use super::*;
    use crate::fixtures::alert;

    fn symptom(detector: Detector, subject: &str, seen: f64, normal: f64) -> Symptom {
        Symptom {
            detector,
            subject: subject.parse().expect("a subject"),
            signal: detector.signals().first().copied(),
            seen,
            normal,
        }
    }

    fn of_signal(signal: Signal, symptom: Symptom) -> Symptom {
        Symptom {
            signal: Some(signal),
            ..symptom
        }
    }

    fn with_cause(kind: CauseKind, name: &str, title: Title) -> Alert {
        let cause = Cause {
            kind,
            name: name.into(),
            evidence: CauseEvidence::Nothing,
        };
        Alert {
            cause,
            title,
            ..alert()
        }
    }

    #[test]
    fn each_detector_has_its_words() {
        let [failing, slow] = [Signal::Errors, Signal::Latency];
        let share = |detector| symptom(detector, "requests", 0.31, 0.004);
        let rows = [
            (
                symptom(Detector::ErrorRate, "route /pay", 0.31, 0.004),
                "31 % of /pay fail (normally 0.4 %)",
            ),
            (
                symptom(Detector::Latency, "dependency scoring", 2_100.0, 330.0),
                "calls to scoring slow, p90 2.1 s (normally 330 ms)",
            ),
            (
                symptom(Detector::LatencyLevel, "requests", 480.0, 210.0),
                "requests slow, median 480 ms (normally 210 ms)",
            ),
            (
                share(Detector::LatencyTail),
                "31 % of requests far slower than usual (normally 0.4 %)",
            ),
            (
                of_signal(failing, share(Detector::Drift)),
                "31 % of requests fail (normally 0.4 %)",
            ),
            (
                of_signal(slow, share(Detector::Drift)),
                "requests get slower, 31 % slow (normally 0.4 %)",
            ),
            (
                of_signal(slow, share(Detector::AfterDeploy)),
                "31 % of requests slow (normally 0.4 %)",
            ),
            (symptom(Detector::NoLogs, "lines", 0.0, 5.2), "no log lines"),
            (
                symptom(Detector::TrafficDrop, "requests", 2.0, 24.9),
                "2.0 requests a minute (normally 24.9)",
            ),
            (
                symptom(Detector::NewError, "error 3f2a9c01d4e7", 10.0, 0.0),
                "10.0 errors of kind 3f2a9c01d4e7 a minute (normally 0.0)",
            ),
        ];
        for (symptom, expected) in rows {
            assert_eq!(wrong(&symptom), expected, "{symptom:?}");
        }
    }

    #[test]
    fn the_cause_ends_a_title() {
        let wrong = |fault| Title::Wrong {
            symptom: Some(symptom(Detector::ErrorRate, "requests", 0.31, 0.004)),
            fault,
        };
        let (dependency, fails) = (
            CauseKind::Dependency,
            "31 % of requests fail (normally 0.4 %)",
        );
        for (kind, name, fault, expected) in [
            (
                dependency,
                "scoring",
                Some(Fault::TimesOut),
                ", scoring times out",
            ),
            (dependency, "scoring", Some(Fault::Fails), ", scoring fails"),
            (
                dependency,
                "scoring",
                Some(Fault::Slow),
                ", scoring is slow",
            ),
            (
                CauseKind::Change,
                "loan-api",
                None,
                ", after its deployment",
            ),
            (CauseKind::Own, "loan-api", None, ""),
            (CauseKind::Unknown, "", None, ""),
        ] {
            let alert = with_cause(kind, name, wrong(fault));
            assert_eq!(of(&alert), format!("loan-api: {fails}{expected}"));
            assert_eq!(without_service(&alert), format!("{fails}{expected}"));
        }
        let nothing = Title::Wrong {
            symptom: None,
            fault: None,
        };
        let alert = with_cause(CauseKind::Unknown, "", nothing);
        assert_eq!(of(&alert), "loan-api: something is unusual");
    }

    #[test]
    fn the_end_is_told_with_what_was_wrong_or_is_normal_now() {
        let over = |title, minutes| {
            let mut alert = with_cause(CauseKind::Own, "loan-api", title);
            alert.status = Status::Resolved {
                ended: alert.since.plus(minutes),
            };
            of(&alert)
        };
        let wrong = Title::Wrong {
            symptom: Some(symptom(Detector::ErrorRate, "requests", 0.31, 0.004)),
            fault: None,
        };
        assert_eq!(
            over(Title::Resolved(Box::new(wrong)), 62),
            "loan-api: resolved after 62 min (31 % of requests fail (normally 0.4 %))"
        );
        let old = Title::Text("as it was".into());
        assert_eq!(
            over(Title::Resolved(Box::new(old)), 62),
            "loan-api: resolved after 62 min (as it was)"
        );
        let rows = [
            (
                symptom(Detector::Latency, "requests", 900.0, 100.0),
                "p90 900 ms, was 100 ms",
            ),
            (
                symptom(Detector::TrafficDrop, "requests", 12.0, 25.0),
                "12.0 requests a minute, was 25.0",
            ),
            (
                symptom(Detector::ErrorRate, "requests", 0.015, 0.004),
                "1.5 % fail, was 0.4 %",
            ),
            (
                symptom(Detector::ErrorSurge, "error 3f2a9c01d4e7", 10.0, 0.1),
                "10.0 a minute, was 0.1",
            ),
            (
                symptom(Detector::LatencyTail, "requests", 0.1, 0.004),
                "10 % are slow, was 0.4 %",
            ),
        ];
        for (normal, words) in rows {
            assert_eq!(
                over(Title::Accepted(normal), 7 * 60 + 5),
                format!("loan-api: taken for normal after 7 h ({words})")
            );
        }
    }
}
