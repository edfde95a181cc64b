//! What the owners of a service want found, and how surely: detectors that are off or tell less loudly, that look closer
//! or less close, that leave out what is small, for the whole service or for one route or dependency of it.

use std::collections::BTreeMap;

use atalaya_logs::route;

use super::{Detector, Finding, Severity, Subject};

/// The owners' overrides for one service; by default every detector says what it finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tuning {
    /// Overrides by detector; those that are not named are as they come.
    detectors: BTreeMap<Detector, Overrides>,
}

/// What is wanted of one detector: in general, and about single subjects.
#[derive(Debug, Clone, Default, PartialEq)]
struct Overrides {
    all: Override,
    /// The names of routes are shapes: placeholders without their names.
    of: BTreeMap<Subject, Override>,
}

/// What is wanted; what is `None` is left to a wider override, and in the end to the detector.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Override {
    /// The loudest that it may tell.
    pub at_most: Option<SeverityCap>,
    /// How close it looks.
    pub sensitivity: Option<Sensitivity>,
    /// The least effect that is told, as [`Effect`] measures it for the detector.
    pub at_least: Option<f64>,
}

/// How loudly something may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeverityCap {
    /// It is not looked for.
    Off,
    /// It is told, no louder than this.
    UpTo(Severity),
}

/// How close a detector looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensitivity {
    /// Fewer alarms: what it tells must be surer and larger.
    Low,
    /// As it comes.
    #[default]
    Medium,
    /// More alarms: what it tells may be less sure and smaller.
    High,
}

/// What the least effect of a detector's findings is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The share that was seen, above 0 and at most 1.
    Share,
    /// The duration that was seen, in milliseconds.
    Duration,
    /// The share that is missing of what was due, above 0 and at most 1.
    Fall,
    /// How long it has gone on, in milliseconds.
    Stretch,
    /// How often in a minute, above 0.
    Rate,
}

impl SeverityCap {
    /// The words for it in the settings, the loudest first.
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

    /// Returns the factor on a detector's bars: on the surprise that it asks for, and on what lies between what it asks
    /// for and what is normal.
    ///
    /// With a bar of 14, low is a chance below one in a billion and high one of one in 18,000.
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
    /// Returns this chosen, and where it says nothing, a wider one.
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
    /// Adds an override of all that a detector finds; what was set before stays where this says nothing.
    pub fn set(&mut self, detector: Detector, chosen: Override) {
        let all = &mut self.detectors.entry(detector).or_default().all;
        *all = chosen.over(*all);
    }

    /// Adds an override of what a detector finds of one subject. Routes are the same where only the names of their
    /// placeholders differ.
    pub fn set_of(&mut self, detector: Detector, subject: &Subject, chosen: Override) {
        let of = &mut self.detectors.entry(detector).or_default().of;
        let of = of.entry(shape(subject)).or_default();
        *of = chosen.over(*of);
    }

    /// Returns these overrides, and where they say nothing, wider ones, as those for all services are. An override of one
    /// subject comes before one about all, whoever has it.
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

    /// Returns what is wanted of a detector about a subject.
    #[must_use]
    pub fn of(&self, detector: Detector, subject: &Subject) -> Override {
        let Some(overrides) = self.detectors.get(&detector) else {
            return Override::default();
        };
        // Few services name subjects, and shapes take time.
        let own = (!overrides.of.is_empty()).then(|| overrides.of.get(&shape(subject)));
        own.flatten()
            .map_or(overrides.all, |own| own.over(overrides.all))
    }

    /// Returns the factor on a detector's bars about a subject, above 0: 1 is as it comes, less finds more. See
    /// [`Sensitivity::bar`].
    #[must_use]
    pub fn bar(&self, detector: Detector, subject: &Subject) -> f64 {
        let sensitivity = self.of(detector, subject).sensitivity;
        sensitivity.unwrap_or_default().bar()
    }

    /// Returns whether what a detector finds about a subject is wanted at all.
    #[must_use]
    pub fn wants(&self, finding: &Finding) -> bool {
        self.of(finding.detector, &finding.subject).at_most != Some(SeverityCap::Off)
    }

    /// Returns a finding as the owners want to hear it, or `None` where they do not.
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
    fn wishes_bind_their_detector_alone() {
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
    fn own_wishes_come_first_key_by_key_and_single_subjects_before_all() {
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
