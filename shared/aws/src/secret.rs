//! Secrets: read from Systems Manager's parameters, and through them from Secrets Manager, and
//! cached in the process for minutes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use atalaya_core::settings::SecretRef;
use atalaya_flow::notify::DeliveryError;
use aws_sdk_ssm::Client;

use crate::access::{Access, Service};
use crate::call;

const ATTEMPTS: u32 = 3;
const ATTEMPT: Duration = Duration::from_secs(2);

/// How long a secret is used before it is read again.
const KEPT: Duration = Duration::from_mins(5);

/// The path under which Systems Manager exposes the secrets of Secrets Manager.
const SECRETS_MANAGER: &str = "/aws/reference/secretsmanager/";

/// The random end of a secret's ARN: a hyphen and six characters.
const ARN_END: usize = 7;

/// Reads secrets. Its debug form shows none.
pub struct Secrets {
    client: Client,
    kept: Mutex<BTreeMap<SecretRef, (Instant, String)>>,
}

impl Secrets {
    /// Returns the client. Nothing is asked yet.
    #[must_use]
    pub fn new(access: &Access) -> Self {
        let config = call::config(access, Service::Ssm, ATTEMPTS, ATTEMPT);
        Self {
            client: Client::new(&config),
            kept: Mutex::default(),
        }
    }

    /// Returns a secret.
    ///
    /// # Errors
    /// If it cannot be read; the error's text names its reference and never its value.
    pub async fn get(&self, reference: &SecretRef) -> Result<String, DeliveryError> {
        let now = Instant::now();
        if let Some((read, secret)) = self.kept().get(reference)
            && now.duration_since(*read) < KEPT
        {
            return Ok(secret.clone());
        }
        let get = self.client.get_parameter();
        let get = get.name(parameter(reference)).with_decryption(true);
        let got = get.send().await.map_err(|error| {
            let refused = call::refusal(Service::Ssm, &error);
            DeliveryError {
                words: format!("secret {reference}: {}", refused.words),
                ..refused
            }
        })?;
        let value = got.parameter.and_then(|parameter| parameter.value);
        let value = value.map(|value| value.trim().to_owned());
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            let words = format!("secret {reference} is empty");
            return Err(DeliveryError::never(words));
        };
        self.kept().insert(reference.clone(), (now, value.clone()));
        Ok(value)
    }

    /// Drops a secret that was refused, so that the next delivery reads the one that replaced it.
    pub fn forget(&self, reference: &SecretRef) {
        self.kept().remove(reference);
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<SecretRef, (Instant, String)>> {
        // No write can panic half-way, so the content behind a poisoned lock is consistent.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the name of the parameter that holds a secret.
fn parameter(reference: &SecretRef) -> String {
    match reference {
        SecretRef::Parameter(path) => path.clone(),
        SecretRef::SecretsManager(id) => {
            // A parameter's name cannot hold an ARN: the secret's own name stands in it, before a random end.
            let name = match id.split_once(":secret:") {
                Some((arn, name)) if arn.starts_with("arn:") => {
                    let end = name.len().saturating_sub(ARN_END);
                    let random = name.get(end..).is_some_and(|end| end.starts_with('-'));
                    if random { &name[..end] } else { name }
                }
                _ => id,
            };
            format!("{SECRETS_MANAGER}{name}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_its_parameter() {
        let manager = |id: &str| SecretRef::SecretsManager(id.into());
        for (reference, name) in [
            (
                SecretRef::Parameter("/atalaya/slack".into()),
                "/atalaya/slack",
            ),
            (
                manager("atalaya/slack"),
                "/aws/reference/secretsmanager/atalaya/slack",
            ),
            (
                manager(
                    "arn:aws:secretsmanager:us-east-1:111122223333:secret:atalaya/slack-a1B2c3",
                ),
                "/aws/reference/secretsmanager/atalaya/slack",
            ),
            (
                manager("arn:aws:secretsmanager:us-east-1:111122223333:secret:plain"),
                "/aws/reference/secretsmanager/plain",
            ),
        ] {
            assert_eq!(parameter(&reference), name, "{reference}");
        }
    }
}
