//! The pure core of Atalaya: no async, no clock, no environment, no files, no AWS, no stdout.
//!
//! Values flow one way. A batch whose records [`atalaya_logs`] reads is summed per series and
//! minute ([`digest::digest`], [`tally::ServiceTally`], [`window::Window`]), and the sums become
//! metrics ([`metric`]). A closed minute ([`view::MinuteView`]) is judged against what is normal
//! for its service ([`judge::judge`], [`judge::ServiceState`]): what is unusual is a
//! [`detect::Finding`], findings of a service that belong together are one [`alert::Alert`], and
//! alerts that belong together one [`incident::Incident`]. Hours are summed for budgets and reports
//! ([`rollup::Rollup`]). The settings of a deployment are [`settings::Settings`].

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
mod surprise;
pub mod tally;
pub mod time;
pub mod view;
pub mod window;
