//! The test bed: real servers for the tests, and the rule for tests whose tools are missing.
//!
//! Deliberately absent: the AWS SDK. A test brings its own client and asks the bed for an endpoint.

pub mod bed;
pub mod build;
pub mod leash;
pub mod runtime_api;
pub mod samples;
pub mod tools;
