//! The pure core of Atalaya: no async, no clock, no environment, no files, no AWS, no stdout.
//!
//! Values flow one way: a delivery is opened (`batch`), each line gets its fields (`record`), requests and calls
//! are summed per series and minute ([`series`], [`sketch`], [`window`]), the sums become metrics (`metric`), closed
//! minutes are judged against baselines, and findings that belong together are one incident.

pub mod baseline;
pub mod catalog;
pub mod change;
pub mod detect;
pub mod incident;
pub mod judge;
pub mod series;
pub mod sketch;
pub mod time;
pub mod window;
