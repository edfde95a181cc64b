//! The pure core of Atalaya: no async, no clock, no environment, no files, no AWS, no stdout.
//!
//! Values flow one way: a delivery is opened ([`batch`]), lines of one record are joined
//! ([`join`]) and get their fields ([`record`], [`extract`]), requests and calls
//! are summed per series and minute ([`series`], [`sketch`], [`window`]), the sums become metrics ([`metric`]), closed
//! minutes are judged against baselines ([`judge`]), findings of a service that belong together are one alert ([`alert`]), and
//! alerts that belong together one incident ([`incident`]). Hours are summed for budgets and reports ([`rollup`]).

pub mod alert;
pub mod anomaly;
pub mod baseline;
pub mod catalog;
pub mod change;
pub mod detect;
pub mod digest;
pub mod excerpt;
pub mod incident;
pub mod judge;
pub mod ledger;
pub mod log_pattern;
pub mod metric;
pub mod rollup;
pub mod series;
pub mod settings;
pub mod sketch;
pub mod tally;
pub mod time;
pub mod window;
