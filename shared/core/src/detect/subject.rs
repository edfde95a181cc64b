//! The subject of a finding, in the order of output: requests, a route, a dependency, log lines or
//! a log pattern.

use std::fmt;

/// The subject of a finding, in the order of output: requests, a route, a dependency, log lines or
/// a log pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// All requests of the service.
    Requests,
    /// Requests on a route.
    Route(Box<str>),
    /// Calls to a dependency.
    Dependency(Box<str>),
    /// All log lines of the service.
    Lines,
    /// A log pattern of errors, by its fingerprint.
    Message(Box<str>),
}

impl Subject {
    /// Returns the dependency's name, if it is one.
    #[must_use]
    pub fn dependency(&self) -> Option<&str> {
        match self {
            Self::Dependency(name) => Some(name),
            Self::Requests | Self::Route(_) | Self::Lines | Self::Message(_) => None,
        }
    }
}

impl std::str::FromStr for Subject {
    type Err = UnknownSubject;

    /// Reads what [`fmt::Display`] shows.
    fn from_str(text: &str) -> Result<Self, UnknownSubject> {
        let named = |kind| text.strip_prefix(kind).map(Into::into);
        match (named("route "), named("dependency "), named("error ")) {
            (Some(name), ..) => Ok(Self::Route(name)),
            (_, Some(name), _) => Ok(Self::Dependency(name)),
            (.., Some(id)) => Ok(Self::Message(id)),
            _ if text == "requests" => Ok(Self::Requests),
            _ if text == "lines" => Ok(Self::Lines),
            _ => Err(UnknownSubject),
        }
    }
}

/// A text that names no subject.
#[derive(Debug, thiserror::Error)]
#[error("subject is none of requests, route NAME, dependency NAME, lines and error ID")]
pub struct UnknownSubject;

/// Shows `requests`, `route /loan/apply`, `dependency scoring`, `lines` or `error 3f2a9c01d4e7`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests => f.write_str("requests"),
            Self::Route(name) => write!(f, "route {name}"),
            Self::Dependency(name) => write!(f, "dependency {name}"),
            Self::Lines => f.write_str("lines"),
            Self::Message(id) => write!(f, "error {id}"),
        }
    }
}
