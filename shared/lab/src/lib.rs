//! The lab tests the product and is no part of it: [`simulate`] writes the logs of a reference
//! service with labelled incidents, and [`trial`] counts how many injected incidents the detector
//! finds.
//!
//! The command line is in `shared/cli`, which leaves this crate out when it is built without its feature `lab`.

pub mod simulate;
pub mod trial;
