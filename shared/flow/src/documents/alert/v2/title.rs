//! The title of a stored alert, as data.

use atalaya_core::alert;
use atalaya_core::detect::Detector;
use serde::{Deserialize, Serialize};

use super::{StoredError, known, signal, stored_signal, subject};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Title {
    Wrong {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        symptom: Option<Symptom>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
    },
    Resolved(Box<Self>),
    Accepted(Symptom),
    Text(String),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Symptom {
    detector: String,
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signal: Option<String>,
    seen: f64,
    normal: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fault {
    TimesOut,
    Fails,
    Slow,
}

impl Title {
    pub(super) fn of(title: &alert::Title) -> Self {
        match title {
            alert::Title::Wrong { symptom, fault } => Self::Wrong {
                symptom: symptom.as_ref().map(Symptom::of),
                fault: fault.map(Fault::of),
            },
            alert::Title::Resolved(before) => Self::Resolved(Box::new(Self::of(before))),
            alert::Title::Accepted(normal) => Self::Accepted(Symptom::of(normal)),
            alert::Title::Text(words) => Self::Text(words.clone()),
        }
    }

    pub(super) fn read(self) -> Result<alert::Title, StoredError> {
        Ok(match self {
            Self::Wrong { symptom, fault } => alert::Title::Wrong {
                symptom: symptom.map(Symptom::read).transpose()?,
                fault: fault.map(Fault::read),
            },
            Self::Resolved(before) => alert::Title::Resolved(Box::new(before.read()?)),
            Self::Accepted(normal) => alert::Title::Accepted(normal.read()?),
            Self::Text(words) => alert::Title::Text(words),
        })
    }
}

impl Symptom {
    fn of(symptom: &alert::Symptom) -> Self {
        Self {
            detector: symptom.detector.id().to_owned(),
            subject: symptom.subject.to_string(),
            signal: stored_signal(symptom.signal),
            seen: symptom.seen,
            normal: symptom.normal,
        }
    }

    fn read(self) -> Result<alert::Symptom, StoredError> {
        Ok(alert::Symptom {
            detector: known(Detector::named(&self.detector), "detector")?,
            subject: subject(&self.subject)?,
            signal: signal(self.signal)?,
            seen: self.seen,
            normal: self.normal,
        })
    }
}

impl Fault {
    fn of(fault: alert::Fault) -> Self {
        match fault {
            alert::Fault::TimesOut => Self::TimesOut,
            alert::Fault::Fails => Self::Fails,
            alert::Fault::Slow => Self::Slow,
        }
    }

    fn read(self) -> alert::Fault {
        match self {
            Self::TimesOut => alert::Fault::TimesOut,
            Self::Fails => alert::Fault::Fails,
            Self::Slow => alert::Fault::Slow,
        }
    }
}
