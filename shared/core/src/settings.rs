//! The settings of `atalaya.yaml`, typed and checked: text in, settings or every fault of the text out.
//!
//! The caller reads the file; this module gets its text only. `docs/config.md` is the reference of
//! the keys.

mod channels;
mod cursor;
mod faults;
mod named;
mod read;
mod reserved;
mod rules;
pub mod schema;
#[cfg(test)]
mod tests;
mod tuning;
mod values;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use atalaya_logs::batch::is_own_log_group;
use atalaya_logs::extract::{FieldRule, KnownField, Rules};
use atalaya_logs::mask::Countries;
pub use channels::{Channel, channel_kinds};
pub use faults::{Fault, Faults};

use crate::detect::Severity;
use crate::detect::tuning::Tuning;

/// All settings of a deployment. [`Settings::default`] is what no file at all means: useful, with
/// nobody to notify.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The CloudWatch namespace of the metrics; `Atalaya` unless set.
    pub namespace: String,
    /// The services, by name.
    pub services: BTreeMap<String, ServiceSettings>,
    /// The overrides of detectors for all services: they hold where a service sets nothing else,
    /// and for services that are not named.
    pub tuning: Tuning,
    /// The channels that are notified of an incident, by its severity; a severity without channels
    /// notifies nobody.
    pub notify: BTreeMap<Severity, Vec<Channel>>,
    /// The countries whose identity documents are masked in log lines; `br`, `es` and `us` unless
    /// set.
    pub national_ids: Countries,
    /// Atalaya's own log groups that are not recognised by their names. Not in the file: a function
    /// adds the one it writes to.
    pub own_log_groups: Vec<String>,
}

/// The most routes and dependencies with series of their own, for a service that sets no other
/// number.
pub const DEFAULT_MAX_SERIES: u16 = 100;

/// The settings of one service. The default holds for a service that is not named.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSettings {
    /// The log groups it writes to; no other service has them.
    pub log_groups: Vec<String>,
    /// Who is responsible for it.
    pub owner: Option<String>,
    /// The runbook: an `http` or `https` link for the person on call.
    pub runbook: Option<String>,
    /// Its route templates, such as `/loan/{id}/status`; empty when they are to be learned.
    pub routes: Vec<String>,
    /// The paths of fields in its log lines, for fields that detection would miss.
    pub fields: BTreeMap<KnownField, FieldRule>,
    /// The rules that read its lines beyond detection: `fields`, `extract` and `format`, ready for
    /// use.
    pub rules: Rules,
    /// Its dependencies, by name.
    pub dependencies: BTreeMap<String, DependencySettings>,
    /// Its objectives; their names differ.
    pub slos: Vec<Slo>,
    /// The most routes and dependencies that get series of their own, 1 to 1000; 100 unless set.
    pub max_series: u16,
    /// Its owners' overrides of detectors, with those for all services merged in.
    pub tuning: Tuning,
}

/// The settings of a dependency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DependencySettings {
    /// Whether another company runs it; `false` unless set.
    pub external: bool,
    /// The identifier of the RDS or Aurora cluster it is.
    pub rds_cluster: Option<String>,
    /// Other names it has in log lines, such as its host; each belongs to this dependency alone.
    pub aliases: Vec<String>,
}

/// One objective of a service: of its availability, or of its latency when it has a threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    /// Its name, unlike that of any other objective of the service.
    pub name: String,
    /// The share of good requests, in percent, 50 to 99.999.
    pub objective: f64,
    /// The window it is measured over, in days, 1 to 90; 30 unless set.
    pub window_days: u32,
    /// The latency a good request stays under, 1 ms to 1 h; absent when any answer but a failure is good.
    pub threshold: Option<Duration>,
    /// The one route it is about; absent for the whole service.
    pub route: Option<String>,
}

/// The reference to a secret; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretRef {
    /// A parameter of Systems Manager, by its path: `ssm:/atalaya/slack`.
    Parameter(String),
    /// A secret of Secrets Manager, by its name or ARN: `secretsmanager:atalaya/slack`.
    SecretsManager(String),
}

impl Settings {
    /// Reads the text of a settings file. A text without any content means [`Settings::default`].
    ///
    /// # Errors
    /// Every fault of the text, with its line; only a text that is no YAML at all stops at the first.
    pub fn parse(text: &str) -> Result<Self, Faults> {
        let Some(root) = yaml::read(text)? else {
            return Ok(Self::default());
        };
        let mut found = Vec::new();
        let settings = read::settings(&root, &mut found);
        match (Faults::gathered(found), settings) {
            (None, Some(settings)) => Ok(settings),
            (Some(faults), _) => Err(faults),
            // A reading that yields nothing leaves a fault; should one ever not, say so instead of going on.
            (None, None) => Err(unread().into()),
        }
    }

    /// Reads the bytes of a settings file, which must be UTF-8.
    ///
    /// # Errors
    /// As [`Settings::parse`], and the first place that is not UTF-8.
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, Faults> {
        let error = match str::from_utf8(bytes) {
            Ok(text) => return Self::parse(text),
            Err(error) => error,
        };
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let column = 1 + String::from_utf8_lossy(&before[line_start..])
            .chars()
            .count();
        let problem = "is not UTF-8".to_owned();
        Err(yaml::whole_file(line, column, problem, "save the file as UTF-8").into())
    }

    /// Returns the name of the service that writes to `log_group`, if the file names one.
    #[must_use]
    pub fn service_of(&self, log_group: &str) -> Option<&str> {
        let has =
            |service: &ServiceSettings| service.log_groups.iter().any(|group| group == log_group);
        self.services
            .iter()
            .find(|(_, service)| has(service))
            .map(|(name, _)| name.as_str())
    }

    /// Returns the rules for the lines of a log group; `None` if there are none beyond detection.
    #[must_use]
    pub fn rules_of(&self, log_group: &str) -> Option<&Rules> {
        let service = self.service_of(log_group)?;
        let rules = &self.service(service)?.rules;
        (!rules.is_empty()).then_some(rules)
    }

    /// Returns whether a log group is Atalaya's own (law 7: never read yourself).
    #[must_use]
    pub fn is_own_log_group(&self, group: &str) -> bool {
        is_own_log_group(group) || self.own_log_groups.iter().any(|own| own == group)
    }

    /// Returns the detector overrides that hold for a service.
    #[must_use]
    pub fn tuning(&self, service: &str) -> &Tuning {
        let service = self.services.get(service);
        service.map_or(&self.tuning, |service| &service.tuning)
    }

    /// Returns the settings of a service, if the file names it.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&ServiceSettings> {
        self.services.get(name)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            namespace: "Atalaya".to_owned(),
            services: BTreeMap::new(),
            tuning: Tuning::default(),
            notify: BTreeMap::new(),
            national_ids: Countries::default(),
            own_log_groups: Vec::new(),
        }
    }
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            log_groups: Vec::new(),
            owner: None,
            runbook: None,
            routes: Vec::new(),
            fields: BTreeMap::new(),
            rules: Rules::default(),
            dependencies: BTreeMap::new(),
            slos: Vec::new(),
            max_series: DEFAULT_MAX_SERIES,
            tuning: Tuning::default(),
        }
    }
}

impl fmt::Display for SecretRef {
    /// Writes the reference as the file has it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(path) => write!(out, "ssm:{path}"),
            Self::SecretsManager(id) => write!(out, "secretsmanager:{id}"),
        }
    }
}

fn unread() -> Fault {
    let problem = "could not be read".to_owned();
    yaml::whole_file(1, 1, problem, "report this: it is a fault of Atalaya")
}
