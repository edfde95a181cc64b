//! How a failure is returned to Lambda: its type says whether a retry helps, its message names
//! every cause.

use std::error::Error;

use atalaya_flow::FlowError;
use atalaya_flow::store::Retry;
use lambda_runtime::Diagnostic;

/// A delivery that could not be handled. Its text comes from the errors of the flow, which hold no
/// log text.
#[derive(Debug)]
pub struct Failure(pub FlowError);

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: type_of(&failure.0).into(),
            error_message: chain(&failure.0),
        }
    }
}

/// Returns `Retryable` or `NonRetryable`.
pub const fn type_of(error: &FlowError) -> &'static str {
    match error.retry() {
        Retry::Later => "Retryable",
        Retry::Never => "NonRetryable",
    }
}

/// Returns an error and its causes in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        told.push_str(": ");
        told.push_str(&cause.to_string());
        next = cause.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use atalaya_flow::store::StoreError;
    use atalaya_logs::batch::BatchError;

    use super::*;

    fn check(error: FlowError, expected: (&str, &str)) {
        let told = Diagnostic::from(Failure(error));
        assert_eq!((&*told.error_type, &*told.error_message), expected);
    }

    #[test]
    fn the_type_says_whether_trying_again_helps() {
        let store = |retry| StoreError {
            step: "merge of W#a".into(),
            retry,
            source: "throttled".into(),
        };
        let told = "merge of W#a failed: throttled";
        check(store(Retry::Later).into(), ("Retryable", told));
        check(store(Retry::Never).into(), ("NonRetryable", told));
        check(
            BatchError::NotGzip.into(),
            (
                "NonRetryable",
                "delivery cannot be opened: payload is not gzip",
            ),
        );
    }
}
