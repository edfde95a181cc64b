//! From bytes to records: what a log delivery holds and what each of its lines says. It stands alone: nothing here knows
//! services, metrics or alerts, and nothing asks a clock, an environment or a file.
//!
//! A delivery is recognised and inflated under a ceiling ([`batch::Delivery`], [`batch::Inflater`]), its log events are
//! read in place ([`batch::Batch`]), events of one record are joined ([`join::Joiner`]), and a record gets its fields
//! ([`record::read`], [`record::Fields`]), corrected by rules of the settings ([`extract::Rules`]). Paths become route
//! templates ([`route::template`]), messages become log patterns ([`template::skeleton`]), and whatever leaves is masked
//! first ([`mask::Mask`]).

pub mod batch;
pub mod exception;
pub mod extract;
pub mod join;
pub mod json;
pub mod mask;
pub mod record;
pub mod route;
pub(crate) mod scan;
pub mod template;
