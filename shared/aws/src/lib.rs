//! Adapters to AWS: the only crate that names the SDK.
//!
//! The SDK's default configuration loader is avoided on purpose: it reads profiles, asks metadata
//! services and parses every root certificate of the system, which would slow each cold start of a
//! function. Here, [`access`] reads a function's environment, and [`trust`] holds the five roots
//! that sign AWS's endpoints.

pub mod access;
#[cfg(any(feature = "cloudwatch", feature = "sns", feature = "ssm"))]
mod call;
#[cfg(all(feature = "sns", feature = "ssm", feature = "http"))]
pub mod channels;
#[cfg(feature = "dynamo")]
pub mod dynamo;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "cloudwatch")]
pub mod metrics;
#[cfg(feature = "ssm")]
pub mod secret;
#[cfg(feature = "sns")]
pub mod topic;
pub mod trust;
