//! Adapters to AWS: the only crate that names the SDK.
//!
//! The SDK's usual start is left out on purpose: it reads profiles, asks metadata services and parses every root
//! certificate of the system, which a function pays for at each cold start. Here, [`access`] takes what a function's
//! environment holds, and [`trust`] knows the five roots that sign AWS's endpoints.

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
