//! The test bed: real servers for the tests, and the rule for tests whose tools are missing.
//!
//! Deliberately absent: the AWS SDK. A test reaches a server through the project's own adapters.

pub mod bed;
pub mod build;
pub mod far_end;
pub mod leash;
pub mod local;
pub mod runtime_api;
pub mod samples;
pub mod tools;
