//! The test bed: real servers for the tests, and the rule for tests whose tools are missing.
//!
//! Deliberately absent: the AWS SDK. A test reaches a server through the project's own adapters.

pub mod aws;
pub mod bed;
pub mod build;
pub mod far_end;
pub mod leash;
pub mod local;
pub mod microburst;
pub mod ministack;
pub mod moto;
pub mod runtime_api;
pub mod samples;
mod server;
pub mod stack;
pub mod terraform;
pub mod tools;
