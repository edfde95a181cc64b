//! How AWS is called: region, credentials and endpoints, from the environment of a function.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::trust::{self, Roots};

/// The environment key that chooses the trusted roots: `amazon` or `native`. Unset, it follows the endpoint.
pub const ROOTS_KEY: &str = "ATALAYA_TLS_ROOTS";

/// The services that are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The store.
    DynamoDb,
    /// Topics.
    Sns,
    /// Secrets.
    Ssm,
    /// Related metrics.
    CloudWatch,
}

impl Service {
    const ALL: [Self; 4] = [Self::DynamoDb, Self::Sns, Self::Ssm, Self::CloudWatch];

    /// Returns its name, as a person writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB",
            Self::Sns => "SNS",
            Self::Ssm => "SSM",
            Self::CloudWatch => "CloudWatch",
        }
    }

    const fn endpoint_key(self) -> &'static str {
        match self {
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Sns => "AWS_ENDPOINT_URL_SNS",
            Self::Ssm => "AWS_ENDPOINT_URL_SSM",
            Self::CloudWatch => "AWS_ENDPOINT_URL_CLOUDWATCH",
        }
    }
}

/// Everything that is needed to call AWS. Its debug form shows no secret.
#[derive(Debug, Clone)]
pub struct Access {
    pub(crate) region: String,
    pub(crate) credentials: Credentials,
    endpoints: BTreeMap<Service, String>,
    /// The roots that the environment chooses for every endpoint, if it does.
    chosen: Option<Roots>,
    /// The client of the store, with the roots that its endpoint needs.
    http: SharedHttpClient,
}

impl Access {
    /// Reads the environment through `lookup`: `AWS_REGION` (or `AWS_DEFAULT_REGION`), `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL_DYNAMODB`, `_SNS`, `_SSM` and `_CLOUDWATCH`
    /// (or `AWS_ENDPOINT_URL` for all of them) and [`ROOTS_KEY`]. An empty value counts as unset.
    ///
    /// Profiles, single sign-on and metadata services are not asked; `aws configure export-credentials --format env`
    /// turns any of them into these keys.
    ///
    /// # Errors
    /// If keys are missing or unusable; all of them are reported at once.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, AccessError> {
        let first = |keys: &[&str]| {
            let found = keys.iter().find_map(|key| lookup(key));
            found.filter(|value| !value.is_empty())
        };
        let mut faults = Vec::new();
        let mut needed = |keys: &[&'static str]| {
            first(keys).unwrap_or_else(|| {
                faults.push(Fault::Missing(keys[0]));
                String::new()
            })
        };
        let region = needed(&["AWS_REGION", "AWS_DEFAULT_REGION"]);
        let id = needed(&["AWS_ACCESS_KEY_ID"]);
        let secret = needed(&["AWS_SECRET_ACCESS_KEY"]);
        let absolute = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        let mut endpoints = BTreeMap::new();
        for service in Service::ALL {
            let Some(url) = first(&[service.endpoint_key(), "AWS_ENDPOINT_URL"]) else {
                continue;
            };
            if !absolute(&url) {
                faults.push(Fault::Endpoint(service.name()));
            }
            endpoints.insert(service, url);
        }
        let chosen = match first(&[ROOTS_KEY]).as_deref() {
            None => None,
            Some("amazon") => Some(Roots::Amazon),
            Some("native") => Some(Roots::Native),
            Some(_) => {
                faults.push(Fault::Roots);
                None
            }
        };
        if !faults.is_empty() {
            return Err(AccessError(faults));
        }
        let token = first(&["AWS_SESSION_TOKEN"]);
        let store = endpoints.get(&Service::DynamoDb).map(String::as_str);
        let roots = chosen.unwrap_or_else(|| Roots::of_endpoint(store, &region));
        Ok(Self {
            region,
            credentials: Credentials::new(id, secret, token, None, "environment"),
            endpoints,
            chosen,
            http: trust::http_client(roots),
        })
    }

    /// Returns the region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the endpoint of a service where it is not AWS's own.
    #[must_use]
    pub fn endpoint(&self, service: Service) -> Option<&str> {
        self.endpoints.get(&service).map(String::as_str)
    }

    /// Returns the HTTP client for a service. Services that trust the same roots share a client:
    /// roots are parsed once, and connections are kept together.
    #[must_use]
    pub fn http(&self, service: Service) -> SharedHttpClient {
        let roots = |service| {
            let of_endpoint = || Roots::of_endpoint(self.endpoint(service), &self.region);
            self.chosen.unwrap_or_else(of_endpoint)
        };
        if roots(service) == roots(Service::DynamoDb) {
            self.http.clone()
        } else {
            trust::http_client(roots(service))
        }
    }
}

/// The environment does not say how to call AWS.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment does not tell how to call AWS: {}", list(.0))]
pub struct AccessError(Vec<Fault>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("the endpoint of {0} is no http:// or https:// address")]
    Endpoint(&'static str),
    #[error("{ROOTS_KEY} is neither `amazon` nor `native`")]
    Roots,
}

fn list(faults: &[Fault]) -> String {
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [(&str, &str); 3] = [
        ("AWS_REGION", "eu-south-2"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
    ];

    fn read(env: &[(&str, &str)]) -> Result<Access, AccessError> {
        let found = |key: &str| env.iter().rfind(|(k, _)| *k == key);
        Access::from_env(|key| found(key).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn every_fault_of_the_environment_is_told_at_once() {
        let told = |env: &[(&str, &str)]| {
            let refused = read(env).expect_err("is not whole");
            refused
                .to_string()
                .replace("the environment does not tell how to call AWS: ", "")
        };
        assert_eq!(
            told(&[
                ("AWS_REGION", ""),
                (ROOTS_KEY, "x"),
                ("AWS_ENDPOINT_URL_DYNAMODB", "localhost"),
                ("AWS_ENDPOINT_URL_SNS", "localhost")
            ]),
            "AWS_REGION is not set; AWS_ACCESS_KEY_ID is not set; AWS_SECRET_ACCESS_KEY is not set; \
             the endpoint of DynamoDB is no http:// or https:// address; \
             the endpoint of SNS is no http:// or https:// address; \
             ATALAYA_TLS_ROOTS is neither `amazon` nor `native`"
        );
    }

    #[test]
    fn a_whole_environment_is_read_and_its_secrets_are_not_shown() {
        let more = [
            ("AWS_SESSION_TOKEN", "token-hush"),
            ("AWS_ENDPOINT_URL", "http://general"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://special"),
        ];
        let access = read(&[&WHOLE[..], &more[..]].concat()).expect("is whole");
        assert_eq!(access.region, "eu-south-2");
        assert_eq!(access.endpoint(Service::DynamoDb), Some("http://special"));
        assert_eq!(access.endpoint(Service::Ssm), Some("http://general"));
        assert_eq!(access.credentials.session_token(), Some("token-hush"));
        assert!(!format!("{access:?}").contains("hush"));
    }
}
