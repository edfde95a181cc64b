//! A function's environment variables, read through a lookup; all faults are reported together.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use atalaya_aws::access::{Access, AccessError};
use atalaya_core::settings::{self, Settings};

/// The DynamoDB table; required.
pub const TABLE: &str = "ATALAYA_TABLE";

/// The namespace of the metrics, in place of the settings' one.
pub const NAMESPACE: &str = "ATALAYA_NAMESPACE";

/// Which clock is used: `wall`, or `event` on a laptop that replays old samples.
pub const CLOCK: &str = "ATALAYA_CLOCK";

/// The path of an `atalaya.yaml`, for a laptop; without it, the settings are those that were deployed to the table.
pub const CONFIG: &str = "ATALAYA_CONFIG";

/// The configuration of a process, read from its environment.
#[derive(Debug)]
pub struct Environment {
    /// Region, credentials and endpoints for calls to AWS.
    pub access: Access,
    /// The table of the store.
    pub table: String,
    /// Where the settings come from.
    pub settings: Source,
    /// The namespace of the metrics, if the environment sets it.
    pub namespace: Option<String>,
    /// The log group that the function writes to.
    pub own_log_group: Option<String>,
    /// Which clock is used.
    pub clock: Clock,
    /// The function's name, the dimension of its metrics about itself.
    pub function: String,
}

/// Where the settings come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A file, read at the start.
    File(Box<Settings>),
    /// The table.
    Deployed,
}

/// Which clock is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The clock of the machine.
    Wall,
    /// The newest event of each batch: samples of last month then give metrics and close minutes.
    Event,
}

impl Environment {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// As [`Environment::read`].
    pub fn of_process(function: &str) -> Result<Self, Refused> {
        Self::read(function, |key| env::var(key).ok(), |path| fs::read(path))
    }

    /// Reads the environment through `lookup`, and the settings file through `read`. An empty value counts as unset.
    /// `function` is the name of a function that Lambda gave none.
    ///
    /// # Errors
    /// If keys are missing or unusable, or the settings file is; all faults at once.
    pub fn read(
        function: &str,
        lookup: impl Fn(&str) -> Option<String>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, Refused> {
        let given = |key: &str| lookup(key).filter(|value| !value.is_empty());
        let mut faults = Vec::new();
        let table = given(TABLE).unwrap_or_else(|| {
            faults.push(Fault::NoTable);
            String::new()
        });
        let clock = match given(CLOCK).as_deref() {
            None | Some("wall") => Clock::Wall,
            Some("event") => Clock::Event,
            Some(_) => {
                faults.push(Fault::Clock);
                Clock::Wall
            }
        };
        let settings = match given(CONFIG).map(PathBuf::from) {
            None => Source::Deployed,
            Some(path) => match settings_of(path, read) {
                Ok(settings) => Source::File(Box::new(settings)),
                Err(fault) => {
                    faults.push(fault);
                    Source::Deployed
                }
            },
        };
        let namespace = given(NAMESPACE).inspect(|name| {
            // Parsed as a line of a settings file, so that the rule for namespaces exists only
            // once.
            let line = serde_json::json!({ "namespace": name }).to_string();
            faults.extend(Settings::parse(&line).err().map(Fault::Namespace));
        });
        let access = Access::from_env(&lookup).map_err(Fault::Access);
        match access {
            Ok(access) if faults.is_empty() => Ok(Self {
                access,
                table,
                settings,
                namespace,
                own_log_group: given("AWS_LAMBDA_LOG_GROUP_NAME"),
                clock,
                function: given("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| function.into()),
            }),
            access => {
                faults.extend(access.err());
                Err(Refused(faults))
            }
        }
    }
}

fn settings_of(
    path: PathBuf,
    read: impl Fn(&Path) -> io::Result<Vec<u8>>,
) -> Result<Settings, Fault> {
    let bytes = read(&path).map_err(|source| Fault::Unreadable {
        path: path.clone(),
        source,
    })?;
    Settings::parse_bytes(&bytes).map_err(|source| Fault::Settings { path, source })
}

/// The environment is not usable.
#[derive(Debug, thiserror::Error)]
#[error("environment is not usable: {}", list(.0))]
pub struct Refused(Vec<Fault>);

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{TABLE} is not set; it names the DynamoDB table")]
    NoTable,
    #[error("{CLOCK} is neither `wall` nor `event`")]
    Clock,
    #[error("{NAMESPACE}: {0}")]
    Namespace(settings::Faults),
    #[error("{CONFIG} names {}, which cannot be read: {source}", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{CONFIG} names {}: {source}", .path.display())]
    Settings {
        path: PathBuf,
        source: settings::Faults,
    },
    #[error("{0}")]
    Access(AccessError),
}

fn list(faults: &[Fault]) -> String {
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [(&str, &str); 4] = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
        (TABLE, "watch"),
    ];

    /// Reads a complete environment with these rows laid over it; every settings file that it names
    /// holds `file`.
    fn read(more: &[(&str, &str)], file: Option<&str>) -> Result<Environment, String> {
        let rows = [&WHOLE[..], more].concat();
        let lookup = |key: &str| {
            let row = rows.iter().rfind(|(name, _)| *name == key);
            row.map(|(_, value)| (*value).to_owned())
        };
        let open = |_: &Path| match file {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        Environment::read("ingest", lookup, open).map_err(|refused| refused.to_string())
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let environment = read(&[], None).expect("is whole");
        assert_eq!(environment.settings, Source::Deployed);
        assert_eq!(environment.clock, Clock::Wall);
        assert_eq!(environment.function, "ingest");
    }

    #[test]
    fn what_is_given_is_taken() {
        let given = [
            (NAMESPACE, "Shop/Watch"),
            (CLOCK, "event"),
            (CONFIG, "atalaya.yaml"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/shop/ingest"),
            ("AWS_LAMBDA_FUNCTION_NAME", "shop-ingest"),
        ];
        let file = "namespace: FromFile\nservices: { loan-api: { log_groups: [/ecs/loan-api] } }\n";
        let environment = read(&given, Some(file)).expect("is whole");
        let Source::File(settings) = environment.settings else {
            panic!("the file is taken")
        };
        assert!(settings.service("loan-api").is_some());
        assert_eq!(environment.namespace.as_deref(), Some("Shop/Watch"));
        assert_eq!(environment.own_log_group.as_deref(), Some("/shop/ingest"));
        assert_eq!(environment.clock, Clock::Event);
        assert_eq!(environment.function, "shop-ingest");
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let broken = [
            (TABLE, ""),
            (CLOCK, "sundial"),
            (CONFIG, "gone.yaml"),
            (NAMESPACE, "AWS/Mine"),
            ("AWS_REGION", ""),
        ];
        let told = read(&broken, None).expect_err("is broken");
        for part in [
            "ATALAYA_TABLE is not set",
            "ATALAYA_CLOCK is neither",
            "ATALAYA_CONFIG names gone.yaml, which cannot be read",
            "ATALAYA_NAMESPACE: ",
            "must not begin with `AWS/`",
            "AWS_REGION is not set",
        ] {
            assert!(told.contains(part), "{part} is not in: {told}");
        }
        let told = read(&[(CONFIG, "a.yaml")], Some("namespce: x")).expect_err("is broken");
        assert!(told.contains("did you mean `namespace`"), "{told}");
    }
}
