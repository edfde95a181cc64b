//! The owners' overrides of detectors: a detector can be off, have a lower severity cap, be more or
//! less sensitive, or ignore small effects, for the whole service or for one route or dependency of
//! it.

use std::collections::BTreeMap;

use atalaya_logs::route;

use super::{Detector, Finding, Severity, Subject};

/// The owners' overrides for one service; without any, every detector works with its defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tuning {
    /// Overrides by detector; a detector without an entry works with its defaults.
    detectors: BTreeMap<Detector, Overrides>,
}

/// The overrides of one detector: for all its subjects, and for single ones.
#[derive(Debug, Clone, Default, PartialEq)]
struct Overrides {
    all: Override,
    /// Overrides by subject. Routes are kept as shapes: with placeholders but without their names.
    of: BTreeMap<Subject, Override>,
}

/// An override; a field that is `None` is taken from a wider override, and in the end from the
/// detector.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Override {
    /// The severity cap.
    pub at_most: Option<SeverityCap>,
    /// The sensitivity.
    pub sensitivity: Option<Sensitivity>,
    /// The least effect that is reported, as [`Effect`] measures it for the detector.
    pub at_least: Option<f64>,
}

/// The highest severity that a detector's findings may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeverityCap {
    /// The detector is off.
    Off,
    /// Findings are reported with at most this severity.
    UpTo(Severity),
}

/// How sensitive a detector is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensitivity {
    /// Fewer alerts: findings must be surer and larger.
    Low,
    /// The detector's default.
    #[default]
    Medium,
    /// More alerts: findings may be less sure and smaller.
    High,
}

/// The measure of a detector's least effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The share that was seen, above 0 and at most 1.
    Share,
    /// The duration that was seen, in milliseconds.
    Duration,
    /// The missing share of the requests due, above 0 and at most 1.
    Fall,
    /// How long it has lasted, in milliseconds.
    Stretch,
    /// The count per minute, above 0.
    Rate,
}

impl SeverityCap {
    /// The words for it in the settings, the highest severity first.
    pub const WORDS: [&str; 4] = ["page", "ticket", "info", "off"];

    /// Returns what a word of the settings means.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "off" => Some(Self::Off),
            _ => Severity::named(word).map(Self::UpTo),
        }
    }
}

impl Sensitivity {
    /// The words for it in the settings, the least first.
    pub const WORDS: [&str; 3] = ["low", "medium", "high"];

    /// Returns what a word of the settings means.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "low" => Self::Low,
            "medium" => Self::Medium,
            "high" => Self::High,
            _ => return None,
        })
    }

    /// Returns the factor on a detector's bars: on the least surprise, and on the distance between
    /// the normal value and the least value that it reports.
    ///
    /// A bar of 14 becomes, with low sensitivity, a chance below one in a billion, and with high
    /// sensitivity one in 18,000.
    #[must_use]
    pub const fn bar(self) -> f64 {
        match self {
            Self::Low => 1.5,
            Self::Medium => 1.0,
            Self::High => 0.7,
        }
    }
}

impl Effect {
    fn seen(self, finding: &Finding) -> f64 {
        match self {
            Self::Share | Self::Duration | Self::Rate => finding.seen,
            Self::Stretch => (finding.minute.plus(1).start_ms() - finding.since.start_ms()) as f64,
            Self::Fall => 1.0 - finding.seen / finding.normal.max(f64::MIN_POSITIVE),
        }
    }
}

impl Override {
    /// Returns this override, with its empty fields taken from a wider one.
    #[must_use]
    pub fn over(self, wider: Self) -> Self {
        Self {
            at_most: self.at_most.or(wider.at_most),
            sensitivity: self.sensitivity.or(wider.sensitivity),
            at_least: self.at_least.or(wider.at_least),
        }
    }
}

impl Tuning {
    /// Adds an override for all subjects of a detector; a field that it leaves empty keeps its
    /// earlier value.
    pub fn set(&mut self, detector: Detector, chosen: Override) {
        let all = &mut self.detectors.entry(detector).or_default().all;
        *all = chosen.over(*all);
    }

    /// Adds an override for one subject of a detector. Routes that differ only in the names of
    /// their placeholders are the same subject.
    pub fn set_of(&mut self, detector: Detector, subject: &Subject, chosen: Override) {
        let of = &mut self.detectors.entry(detector).or_default().of;
        let of = of.entry(shape(subject)).or_default();
        *of = chosen.over(*of);
    }

    /// Returns these overrides, with empty fields taken from wider ones, such as those for all
    /// services. An override for one subject comes before one for all subjects, whichever of the
    /// two has it.
    #[must_use]
    pub fn over(self, wider: &Self) -> Self {
        let mut both = wider.clone();
        for (detector, overrides) in self.detectors {
            both.set(detector, overrides.all);
            for (subject, chosen) in overrides.of {
                both.set_of(detector, &subject, chosen);
            }
        }
        both
    }

    /// Returns the override of a detector that applies to a subject.
    #[must_use]
    pub fn of(&self, detector: Detector, subject: &Subject) -> Override {
        let Some(overrides) = self.detectors.get(&detector) else {
            return Override::default();
        };
        // Few services have overrides for subjects, and making a shape takes time.
        let own = (!overrides.of.is_empty()).then(|| overrides.of.get(&shape(subject)));
        own.flatten()
            .map_or(overrides.all, |own| own.over(overrides.all))
    }

    /// Returns the factor on a detector's bars for a subject, above 0: 1 is the default, less
    /// reports more. See [`Sensitivity::bar`].
    #[must_use]
    pub fn bar(&self, detector: Detector, subject: &Subject) -> f64 {
        let sensitivity = self.of(detector, subject).sensitivity;
        sensitivity.unwrap_or_default().bar()
    }

    /// Returns whether a detector is on for a subject.
    #[must_use]
    pub fn wants(&self, finding: &Finding) -> bool {
        self.of(finding.detector, &finding.subject).at_most != Some(SeverityCap::Off)
    }

    /// Returns a finding after the owners' overrides, with its severity capped; `None` if the
    /// detector is off for its subject or the effect is too small.
    #[must_use]
    pub fn apply(&self, mut finding: Finding) -> Option<Finding> {
        let chosen = self.of(finding.detector, &finding.subject);
        finding.severity = finding.severity.min(finding.detector.row().loudest);
        match chosen.at_most {
            None => {}
            Some(SeverityCap::Off) => return None,
            Some(SeverityCap::UpTo(severity)) => finding.severity = finding.severity.min(severity),
        }
        let effect = finding.detector.row().effect.seen(&finding);
        (chosen.at_least.is_none_or(|least| effect >= least)).then_some(finding)
    }
}

fn shape(subject: &Subject) -> Subject {
    match subject {
        Subject::Route(name) => Subject::Route(route::shape(name).into()),
        _ => subject.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::tests::finding;

    fn check(tuning: &Tuning, finding: &Finding, expected: Option<Severity>) {
        let told = tuning.apply(finding.clone());
        let severity = told.as_ref().map(|told| told.severity);
        assert_eq!(severity, expected, "{tuning:?} of {finding:?}");
    }

    fn of_latency(chosen: Override) -> Tuning {
        let mut tuning = Tuning::default();
        tuning.set(Detector::Latency, chosen);
        tuning
    }

    fn at_most(cap: SeverityCap) -> Override {
        Override {
            at_most: Some(cap),
            ..Override::default()
        }
    }

    fn at_least(effect: f64) -> Override {
        Override {
            at_least: Some(effect),
            ..Override::default()
        }
    }

    fn route(name: &str) -> Subject {
        Subject::Route(name.into())
    }

    const PAGE: Option<Severity> = Some(Severity::Page);
    const TICKET: Option<Severity> = Some(Severity::Ticket);

    #[test]
    fn overrides_bind_their_detector_alone() {
        let slow = finding(Detector::Latency, Subject::Requests, 900.0);
        let failing = finding(Detector::ErrorRate, Subject::Requests, 0.3);
        for (chosen, expected) in [
            (Override::default(), PAGE),
            (at_most(SeverityCap::UpTo(Severity::Page)), PAGE),
            (at_most(SeverityCap::UpTo(Severity::Ticket)), TICKET),
            (at_most(SeverityCap::Off), None),
            (at_least(900.0), PAGE),
            (at_least(901.0), None),
        ] {
            check(&of_latency(chosen), &slow, expected);
            check(&of_latency(chosen), &failing, PAGE);
        }
        assert!(!of_latency(at_most(SeverityCap::Off)).wants(&slow));
        assert!(of_latency(at_least(901.0)).wants(&slow));
    }

    #[test]
    fn an_effect_is_what_the_detector_sees_of_it() {
        for (detector, seen, least, told) in [
            (Detector::ErrorRate, 0.02, 0.02, true),
            (Detector::ErrorRate, 0.02, 0.03, false),
            (Detector::TrafficDrop, 40.0, 0.6, true),
            (Detector::TrafficDrop, 40.0, 0.61, false),
            (Detector::CompletedDrop, 0.0, 1.0, true),
            (Detector::NoLogs, 0.0, 120_000.0, true),
            (Detector::NoLogs, 0.0, 120_001.0, false),
            (Detector::NewError, 3.0, 3.0, true),
            (Detector::ErrorSurge, 3.0, 4.0, false),
        ] {
            let mut tuning = Tuning::default();
            tuning.set(detector, at_least(least));
            let finding = finding(detector, Subject::Requests, seen);
            check(&tuning, &finding, told.then_some(detector.row().loudest));
        }
    }

    #[test]
    fn one_route_can_be_silenced_or_kept() {
        let mut tuning = of_latency(at_most(SeverityCap::UpTo(Severity::Ticket)));
        tuning.set_of(
            Detector::Latency,
            &route("/export/{day}"),
            at_most(SeverityCap::Off),
        );
        let important = at_most(SeverityCap::UpTo(Severity::Page));
        tuning.set_of(Detector::Latency, &route("/pay"), important);
        for (subject, expected) in [
            (Subject::Requests, TICKET),
            (route("/export/{id}"), None),
            (route("/export"), TICKET),
            (route("/pay"), PAGE),
        ] {
            check(
                &tuning,
                &finding(Detector::Latency, subject, 900.0),
                expected,
            );
        }
    }

    #[test]
    fn own_overrides_come_first_key_by_key_and_single_subjects_before_all() {
        let high = Override {
            sensitivity: Some(Sensitivity::High),
            ..Override::default()
        };
        let mut wider = of_latency(at_most(SeverityCap::Off).over(at_least(500.0)));
        wider.set_of(
            Detector::Latency,
            &route("/health"),
            at_most(SeverityCap::Off),
        );
        let own = of_latency(at_most(SeverityCap::UpTo(Severity::Ticket)).over(high)).over(&wider);
        let chosen = own.of(Detector::Latency, &Subject::Requests);
        let ticket = Some(SeverityCap::UpTo(Severity::Ticket));
        assert_eq!((chosen.at_most, chosen.at_least), (ticket, Some(500.0)));
        let health = own.of(Detector::Latency, &route("/health"));
        assert_eq!(health.at_most, Some(SeverityCap::Off));
        assert!(own.bar(Detector::Latency, &Subject::Requests) < 1.0);
        assert!((own.bar(Detector::ErrorRate, &Subject::Requests) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn words_come_back() {
        assert!(
            SeverityCap::WORDS
                .iter()
                .all(|word| SeverityCap::named(word).is_some())
        );
        assert!(Sensitivity::WORDS.map(Sensitivity::named).is_sorted());
        assert_eq!(Sensitivity::named("normal"), None);
    }
}
