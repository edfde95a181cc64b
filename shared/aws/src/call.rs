//! Shared by the clients of SNS, SSM and CloudWatch: how they call, and what a failed call means.
//!
//! AWS's own message is passed on only if it is about permissions: other messages may repeat
//! values.

use std::error::Error;
use std::time::Duration;

use atalaya_flow::notify::DeliveryError;
use atalaya_flow::store::Retry;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::access::{Access, Service};

const CONNECT: Duration = Duration::from_secs(1);

/// Returns the configuration of a service's client: `attempts` in all, each of which may take `attempt`.
pub(crate) fn config(
    access: &Access,
    service: Service,
    attempts: u32,
    attempt: Duration,
) -> SdkConfig {
    let times = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .build();
    let credentials = SharedCredentialsProvider::new(access.credentials.clone());
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(access.region.clone()))
        .credentials_provider(credentials)
        .http_client(access.http(service))
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        .timeout_config(times);
    config.set_endpoint_url(access.endpoint(service).map(str::to_owned));
    config.build()
}

/// Returns the meaning of a failed call.
pub(crate) fn refusal<E>(service: Service, error: &SdkError<E, HttpResponse>) -> DeliveryError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let name = service.name();
    let (words, retry) = match error {
        SdkError::TimeoutError(_) => (format!("no answer from {name} in time"), Retry::Later),
        SdkError::DispatchFailure(_) => (format!("{name} cannot be reached"), Retry::Later),
        SdkError::ResponseError(_) => (format!("answer of {name} cannot be read"), Retry::Later),
        SdkError::ServiceError(refusal) => {
            let code = refusal.err().code().unwrap_or("an error without a name");
            let status = refusal.raw().status().as_u16();
            let passing = status == 429 || status >= 500 || code.contains("Throttl");
            let retry = if passing { Retry::Later } else { Retry::Never };
            let mut words = format!("{name} answered {code} with status {status}");
            if code.contains("AccessDenied") || code.contains("AuthorizationError") {
                words.push_str(": ");
                words.push_str(refusal.err().message().unwrap_or_default());
            }
            (words, retry)
        }
        // The SDK's enum is non-exhaustive; the remaining variants are requests that could not be
        // built.
        _ => (format!("request to {name} cannot be made"), Retry::Never),
    };
    DeliveryError {
        words,
        retry,
        after: None,
    }
}
