//! Who calls AWS, and where: region, credentials and endpoint out of the environment of a function.

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::trust::{self, Roots};

/// The environment key that chooses the trusted roots: `amazon` or `native`. Unset, it follows the endpoint.
pub const ROOTS_KEY: &str = "ATALAYA_TLS_ROOTS";

/// What is needed to call AWS. Its debug form shows no secret.
#[derive(Debug, Clone)]
pub struct Access {
    pub(crate) region: String,
    pub(crate) credentials: Credentials,
    pub(crate) dynamodb: Option<String>,
    pub(crate) http: SharedHttpClient,
}

impl Access {
    /// Reads the environment through `lookup`: `AWS_REGION` (or `AWS_DEFAULT_REGION`), `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL_DYNAMODB` (or `AWS_ENDPOINT_URL`) and
    /// [`ROOTS_KEY`]. An empty value counts as unset.
    ///
    /// Profiles, single sign-on and metadata services are not asked; `aws configure export-credentials --format env`
    /// turns any of them into these keys.
    ///
    /// # Errors
    /// Where keys are missing or not usable, all of them at once.
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
        let dynamodb = first(&["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"]);
        let absolute = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        if dynamodb.as_ref().is_some_and(|url| !absolute(url)) {
            faults.push(Fault::Endpoint);
        }
        let roots = match first(&[ROOTS_KEY]).as_deref() {
            None => Roots::of_endpoint(dynamodb.as_deref(), &region),
            Some("amazon") => Roots::Amazon,
            Some("native") => Roots::Native,
            Some(_) => {
                faults.push(Fault::Roots);
                Roots::Amazon
            }
        };
        if !faults.is_empty() {
            return Err(AccessError(faults));
        }
        let token = first(&["AWS_SESSION_TOKEN"]);
        Ok(Self {
            region,
            credentials: Credentials::new(id, secret, token, None, "environment"),
            dynamodb,
            http: trust::http_client(roots),
        })
    }
}

/// The environment does not tell how to call AWS.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment does not tell how to call AWS: {}", list(.0))]
pub struct AccessError(Vec<Fault>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("the endpoint of DynamoDB is no http:// or https:// address")]
    Endpoint,
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
                ("AWS_ENDPOINT_URL", "localhost")
            ]),
            "AWS_REGION is not set; AWS_ACCESS_KEY_ID is not set; AWS_SECRET_ACCESS_KEY is not set; \
             the endpoint of DynamoDB is no http:// or https:// address; \
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
        assert_eq!(access.dynamodb.as_deref(), Some("http://special"));
        assert_eq!(access.credentials.session_token(), Some("token-hush"));
        assert!(!format!("{access:?}").contains("hush"));
    }
}
