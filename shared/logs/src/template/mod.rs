//! Fingerprints of messages: which lines say the same thing, whatever numbers, ids and names stand in them.
//!
//! Three stages, each a function of what it is given, so that neither order nor cuts show (law 3):
//! [`skeleton`] writes a message with its numbers, ids, quotes, paths and values masked, and needs nothing but the
//! message; `shape` finds the words in it that no log is written with (`words`), which may be names of people, hosts
//! or tables; `log_pattern` of `atalaya_core` keeps the skeletons of a service, and once enough different words were
//! met in one place, all of them count as one log pattern. What was counted before under single words is added to it
//! when it is read.

pub mod shape;
pub mod skeleton;
mod words;

use xxhash_rust::xxh3::xxh3_64;

/// What stands in the place of a variable.
pub const VARIABLE: &str = "<*>";

/// The longest text of a fingerprint, in bytes.
pub const MAX_BYTES: usize = 160;

/// Returns the id of a fingerprint: twelve hexadecimal digits of a hash of its text, the same in every process.
#[must_use]
pub fn id(text: &str) -> String {
    format!("{:012x}", xxh3_64(text.as_bytes()) >> 16)
}
