//! The errors of calls to the table, and whether a retry helps.
//!
//! Error messages name the table and the key. AWS's own message is passed on only if it is about
//! permissions: its other messages may repeat values, and values come from log lines.

use std::error::Error;
use std::time::Duration;

use atalaya_flow::store::{Retry, StoreError};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::item::ItemError;

/// The names of temporary refusals. Answers of status 429 and 5xx count as such, too.
const PASSING: [&str; 8] = [
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
];

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("table {table} does not exist in region {region}")]
    NoTable { table: String, region: String },
    #[error("access is denied ({code}): {message}")]
    Denied { code: String, message: String },
    #[error("dynamodb answered {code} with status {status} (request {request})")]
    Refused {
        code: String,
        status: u16,
        request: String,
    },
    #[error("no answer from dynamodb in time")]
    Timeout,
    #[error("no time is left before the deadline")]
    Deadline,
    #[error("dynamodb cannot be reached: {0}")]
    Unreachable(String),
    #[error("answer of dynamodb cannot be read: {0}")]
    Answer(String),
    #[error("request cannot be made: {0}")]
    Request(String),
    #[error("stored item cannot be read")]
    Item(#[from] ItemError),
}

impl Fault {
    /// Returns the fault behind a failed call.
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>, table: &str, region: &str) -> Self
    where
        E: ProvideErrorMetadata + RequestId + Error + 'static,
    {
        match error {
            SdkError::TimeoutError(_) => Self::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::Timeout,
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(error) => Self::Unreachable(chain(error)),
                None => Self::Unreachable("connection failed".into()),
            },
            SdkError::ResponseError(_) => Self::Answer("connection broke off".into()),
            SdkError::ServiceError(refusal) => {
                let code = refusal.err().code().unwrap_or("unknown").to_owned();
                let status = refusal.raw().status().as_u16();
                Self::refused(code, status, refusal.err(), table, region)
            }
            // The SDK's enum is non-exhaustive; the remaining variants are requests that could not
            // be built.
            other => Self::Request(chain(other)),
        }
    }

    fn refused(
        code: String,
        status: u16,
        error: &(impl ProvideErrorMetadata + RequestId),
        table: &str,
        region: &str,
    ) -> Self {
        match code.as_str() {
            "ResourceNotFoundException" => Self::NoTable {
                table: table.into(),
                region: region.into(),
            },
            "AccessDeniedException" | "UnrecognizedClientException" | "ExpiredTokenException" => {
                let message = error.message().unwrap_or_default().into();
                Self::Denied { code, message }
            }
            _ => Self::Refused {
                code,
                status,
                request: error.request_id().unwrap_or("unknown").into(),
            },
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Timeout | Self::Deadline | Self::Unreachable(_) | Self::Answer(_) => Retry::Later,
            Self::Refused { code, status, .. }
                if PASSING.contains(&code.as_str()) || *status == 429 || *status >= 500 =>
            {
                Retry::Later
            }
            _ => Retry::Never,
        }
    }

    /// Returns the error of a step, `verb` of `key`.
    pub(super) fn at(self, verb: &str, key: &str, table: &str) -> StoreError {
        let key: String = key.chars().take(300).collect();
        StoreError {
            step: format!("{verb} of {} in table {table}", key.escape_debug()),
            retry: self.retry(),
            source: Box::new(self),
        }
    }
}

/// Returns an error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_told = cause.to_string();
        if !told.ends_with(&cause_told) {
            told.push_str(": ");
            told.push_str(&cause_told);
        }
        next = cause.source();
    }
    told
}

/// How long a whole call may take where no deadline is set.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
