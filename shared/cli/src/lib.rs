//! Placeholder of the room; see docs/architecture.md.

pub mod simulate;
